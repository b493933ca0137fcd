"""One's own account: password, sign-ins, leave, being full, employers."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update
from streamlit.testing.v1 import AppTest
from streamlit_authenticator.utilities import Hasher

from dashboard.ui.text import one_of
from db import clock
from db.commands.accounts import start_session
from db.models import Affiliation, Leave, SignInSession, Volunteer
from tests.factories import Casework
from tests.pages.helpers import field, open_part, press, seen

Run = Callable[..., AppTest]
OLD, NEW = "an old password of mine", "copper lantern drifts home"


def with_password(work: Casework, volunteer_id: int) -> None:
    with work.database.write() as session:
        hashed = Hasher.hash(OLD)
        session.execute(update(Volunteer).where(Volunteer.id == volunteer_id).values(password_hash=hashed))


def live(work: Casework, volunteer_id: int) -> int:
    with work.database.read() as session:
        found = select(func.count()).where(SignInSession.volunteer_id == volunteer_id, SignInSession.ended_at.is_(None))
        return session.scalar(found) or 0


def hash_of(work: Casework, volunteer_id: int) -> str | None:
    with work.database.read() as session:
        return session.get_one(Volunteer, volunteer_id).password_hash


def fill(app: AppTest, current: str = OLD, new: str = NEW, again: str = NEW) -> AppTest:
    field(app, "Current password").input(current)
    field(app, "New password").input(new)
    field(app, "Confirm new password").input(again)
    return press(app, "Change password")


def test_a_new_password_ends_the_other_sign_ins(app_casework: Casework, app_as: Run) -> None:
    me = app_casework.off_case
    with_password(app_casework, me)
    with app_casework.database.log() as session:
        start_session(session, volunteer_id=me, device="elsewhere", days=1)
    app = open_part(app_as(me, "account"), "account", "Password")
    assert live(app_casework, me) == 2
    fill(app)
    assert not app.exception
    assert "Password changed" in seen(app)
    assert live(app_casework, me) == 1
    assert Hasher.check_pw(NEW, hash_of(app_casework, me))
    assert field(app, "New password").value == ""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"current": "wrong"}, "Your current password is not right."),
        ({"again": "something else entirely"}, "do not match"),
        ({"new": "short", "again": "short"}, "at least 12"),
        ({"new": "password1234567", "again": "password1234567"}, "Try four unrelated words."),
        ({"new": "x" * 65, "again": "x" * 65}, "64 plain characters"),
    ],
)
def test_a_refused_password_changes_nothing(
    app_casework: Casework, app_as: Run, typed: dict[str, str], words: str
) -> None:
    with_password(app_casework, app_casework.off_case)
    before = hash_of(app_casework, app_casework.off_case)
    app = fill(open_part(app_as(app_casework.off_case, "account"), "account", "Password"), **typed)
    assert words in seen(app)
    assert hash_of(app_casework, app_casework.off_case) == before


def test_another_sign_in_is_ended(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.log() as session:
        start_session(session, volunteer_id=app_casework.off_case, device="Elsewhere, Firefox", days=1)
    app = open_part(app_as(app_casework.off_case, "account"), "account", "Where I am signed in")
    assert "Elsewhere" in seen(app)
    press(app, "End")
    assert live(app_casework, app_casework.off_case) == 1
    assert "Elsewhere" not in seen(app)


def test_only_ones_own_sign_ins_are_shown(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.log() as session:
        start_session(session, volunteer_id=app_casework.lead, device="The lead's own device", days=1)
    app = open_part(app_as(app_casework.off_case, "account"), "account", "Where I am signed in")
    assert "this one" in seen(app)
    assert "own device" not in seen(app)


def test_i_am_full(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.off_case, "account")
    field(app, "I’m at capacity").check()
    press(app, "Save")
    with app_casework.database.read() as session:
        assert session.get_one(Volunteer, app_casework.off_case).says_full
    assert field(app, "I’m at capacity").value is True


def test_own_leave(app_casework: Casework, app_as: Run) -> None:
    press(app_as(app_casework.off_case, "account"), "Add leave")
    with app_casework.database.read() as session:
        row = session.execute(select(Leave.volunteer_id, Leave.starts_on)).one()
    assert row == (app_casework.off_case, clock.today())


def test_own_employer_is_declared_but_not_ended(app_casework: Casework, app_as: Run) -> None:
    app = open_part(app_as(app_casework.off_case, "account"), "account", "My employers")
    field(app, "Search for an employer or other organisation").input("EX001").run()
    field(app, "Organisation").set_value(app_casework.body)
    press(app, "Declare organisation")
    with app_casework.database.read() as session:
        found = select(Affiliation.organisation_id).where(Affiliation.volunteer_id == app_casework.off_case)
        assert session.scalars(found).all() == [app_casework.body]
    assert "End" not in [button.label for button in app.button]


def test_an_observer_has_no_time_and_no_employers(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.observer, "account")
    assert not app.exception
    titles = ["Password", "Two-step sign-in", "Where I am signed in"]
    assert [tab.label for tab in app.tabs] == [one_of(title) for title in titles]


def test_what_is_typed_in_a_tab_waits_there_and_its_tab_opens(app_casework: Casework, app_as: Run) -> None:
    app = open_part(app_as(app_casework.off_case, "account"), "account", "My employers")
    field(app, "What it is to you").select_index(1).run()
    open_part(app, "account", "My time")
    assert field(app, "What it is to you").index == 1
    again = app_as(app_casework.off_case, "account")
    assert field(again, "What it is to you").index == 1
    with pytest.raises(AssertionError):
        field(again, "First day away")
