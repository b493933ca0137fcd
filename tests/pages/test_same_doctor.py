"""Same doctor?: asked on Home while there is something to answer, answered and taken back on its page."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from db.models import DoctorAnswer
from tests.db.helpers import rows
from tests.factories import Casework, make_case
from tests.pages.helpers import buttons_of, every_row, plain, press_forged, press_row, seen

Run = Callable[..., AppTest]
ASKED = "1 pair of cases may be about one doctor"


@pytest.fixture
def second(app_casework: Casework) -> str:
    with app_casework.database.write() as session:
        return make_case(session, actor_id=app_casework.lead, body=app_casework.other_body)


def test_a_lead_answers_and_takes_it_back(app_casework: Casework, second: str, app_as: Run) -> None:
    assert ASKED in seen(app_as(app_casework.lead))
    app = app_as(app_casework.lead, "same_doctor")
    assert "Same name and same contact" in seen(app)
    press_row(app, "One doctor", about=second)
    assert not app.exception
    assert [row.is_one for row in rows(app_casework.database, DoctorAnswer)] == [True]
    assert ASKED not in seen(app_as(app_casework.lead))
    again = app_as(app_casework.lead, "same_doctor")
    assert "Nothing to answer" in seen(again)
    press_row(again, "Undo", about=second)
    assert "Same name and same contact" in seen(again)
    press_row(again, "Two doctors", about=second)
    assert not again.exception
    assert [row.is_one for row in rows(app_casework.database, DoctorAnswer) if row.undone_at is None] == [False]
    assert second in seen(app)


def test_what_was_answered_stays_greyed_with_undo_until_one_leaves(
    app_casework: Casework, second: str, app_as: Run
) -> None:
    app = press_row(app_as(app_casework.lead, "same_doctor"), "Two doctors", about=second)
    [row] = every_row(app)
    assert row["done"]
    assert row["note"] == "You answered: two doctors"
    assert [(button["w"], button["s"]) for button in buttons_of(row)] == [
        ("Undo", False),
        ("One doctor", True),
        ("Two doctors", True),
    ]
    press_row(app, "Undo")
    assert not every_row(app)[0].get("done")
    assert all(row.undone_at for row in rows(app_casework.database, DoctorAnswer))


def test_a_press_on_a_pair_that_is_not_listed_answers_nothing(app_casework: Casework, second: str, app_as: Run) -> None:
    app = app_as(app_casework.lead, "same_doctor")
    for forged in (f"one_{app_casework.reference} {second}x", f"one_x {second}", f"two_LNB-222222 {second}", 7, None):
        assert not press_forged(app, forged).exception
    assert rows(app_casework.database, DoctorAnswer) == []


def test_who_may_not_read_both_is_asked_nothing(app_casework: Casework, second: str, app_as: Run) -> None:
    for who in (app_casework.in_conflict, app_casework.on_case):
        assert "may be about one doctor" not in seen(app_as(who))
    page = seen(app_as(app_casework.in_conflict, "same_doctor"))
    assert "Nothing to answer" in page
    assert second not in page
    assert app_casework.reference not in page


def test_the_inbox_says_which_case_may_be_the_same_doctors(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        make_case(session, actor_id=app_casework.off_case, body=app_casework.other_body)
    said = f"opened a case that may be for the same doctor as {app_casework.reference}"
    assert said in plain(seen(app_as(app_casework.lead, "inbox")))
    for who in (app_casework.in_conflict, app_casework.on_case, app_casework.off_case):
        assert "same doctor" not in seen(app_as(who, "inbox"))
