"""The history tab of the case page: plain words for every look and change."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.case.parts import TEAM
from db import clock
from db.choices import HistoryKind
from db.commands.flags import raise_flag
from db.commands.identity import open_identity
from tests.factories import Casework
from tests.pages.helpers import open_tab, plain, press, seen, tabs_of

Run = Callable[..., AppTest]


def history(app_as: Run, work: Casework, who: int) -> AppTest:
    return open_tab(app_as(who, "case", ref=work.reference), work.reference, TEAM)


def test_it_says_who_looked_who_opened_the_identity_and_who_changed_what(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    with work.database.write() as session:
        open_identity(session, actor_id=work.lead, reference=work.reference, reason="To **ring** back")
        raise_flag(
            session, actor_id=work.lead, reference=work.reference, code="CRISIS", why="Said so", review_on=clock.today()
        )
    app = history(app_as, work, work.on_case)
    assert not app.exception
    text = plain(seen(app))
    for words in (
        "Vik · viewed the case",
        "Lena · opened the doctor’s identity · reason given: To **ring** back",
        "Lena · raised the flag Crisis",
        "Lena · offered the case to Vik",
        "Vik · accepted the offer of the case",
        "Lena · opened the case",
    ):
        assert words in text, words
    assert "\\*\\*ring\\*\\*" in seen(app)


def test_it_shows_one_kind_on_demand(app_casework: Casework, app_as: Run) -> None:
    app = history(app_as, app_casework, app_casework.lead)
    kinds = next(group for group in app.button_group if group.key == f"history_kinds_{app_casework.reference}")
    kinds.set_value([HistoryKind.VIEW]).run()
    text = plain(seen(app))
    assert "viewed the case" in text
    assert "opened the case" not in text
    kinds.set_value([HistoryKind.IDENTITY]).run()
    assert "Nothing of this kind yet." in seen(app)


def test_a_long_history_comes_a_page_at_a_time(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    with work.database.log() as session:
        for number in range(35):
            open_identity(session, actor_id=work.lead, reference=work.reference, reason=f"Reason {number}")
    app = history(app_as, work, work.lead)
    assert "opened the case" not in plain(seen(app))
    press(app, "Show more")
    assert "opened the case" in plain(seen(app))
    assert "Show more" not in [button.label for button in app.button]


def test_other_volunteers_have_no_such_tab(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.off_case, "case", ref=app_casework.reference)
    assert not tabs_of(app)
