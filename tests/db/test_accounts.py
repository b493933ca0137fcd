"""One-time links, sign-in sessions and the throttle."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from db import clock
from db.choices import Role
from db.commands import accounts, people
from db.commands.accounts import ATTEMPTS_BEFORE_DELAY, LINK_DAYS, WINDOW
from db.engine import Database
from db.errors import CommandRefused
from db.models import Audit, OneTimeLink, SignInAttempt, SignInSession, Volunteer
from db.queries.session import account_of, live_sessions, person_of
from tests.factories import Casework


class Clock:
    """Time that a test moves on."""

    def __init__(self) -> None:
        self.moment = clock.now()

    def now(self) -> datetime:
        return self.moment

    def on(self, **step: float) -> None:
        self.moment += timedelta(**step)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock()
    monkeypatch.setattr(clock, "now", told.now)
    return told


def link_for(casework: Casework, volunteer_id: int) -> str:
    with casework.database.write() as session:
        return accounts.new_link(session, volunteer_id=volunteer_id)


def use(database: Database, token: str, **fields: Any) -> int:
    with database.write() as session:
        return accounts.use_link(session, token=token, password_hash="$2b$hash", **fields)


def sign_in(casework: Casework, volunteer_id: int, days: float = 1) -> str:
    with casework.database.log() as session:
        return accounts.start_session(session, volunteer_id=volunteer_id, device="test", days=days)


def is_live(casework: Casework, token: str) -> bool:
    with casework.database.read() as session:
        return person_of(session, token) is not None


# Links


def test_a_link_sets_a_password_once(casework: Casework) -> None:
    token = link_for(casework, casework.off_case)
    with casework.database.read() as session:
        assert accounts.link_opens(session, token) == (False, "uma")
    assert use(casework.database, token) == casework.off_case
    with casework.database.read() as session:
        assert account_of(session, "uma") == (casework.off_case, "$2b$hash")
        assert session.scalars(select(Audit.action).order_by(Audit.id.desc())).first() == "use_link"
    with pytest.raises(CommandRefused, match="has been used"):
        use(casework.database, token)


def test_a_newer_link_replaces_the_older(casework: Casework) -> None:
    older = link_for(casework, casework.off_case)
    link_for(casework, casework.off_case)
    with pytest.raises(CommandRefused, match="has been used"):
        use(casework.database, older)


def test_a_link_expires(casework: Casework, time: Clock) -> None:
    token = link_for(casework, casework.off_case)
    time.on(days=LINK_DAYS, minutes=1)
    with pytest.raises(CommandRefused, match="has expired"):
        use(casework.database, token)


@pytest.mark.parametrize("token", ["", "not a token", "x" * 5000])
def test_an_unknown_link_is_the_same_refusal(casework: Casework, token: str) -> None:
    with casework.database.read() as session, pytest.raises(CommandRefused) as refused:
        accounts.link_opens(session, token)
    assert refused.value.message == accounts.BAD_LINK


def test_only_a_hash_of_the_token_is_kept(casework: Casework) -> None:
    token = link_for(casework, casework.off_case)
    with casework.database.read() as session:
        assert token not in session.scalars(select(OneTimeLink.token_hash)).all()


def test_a_used_link_ends_every_session(casework: Casework) -> None:
    token = sign_in(casework, casework.off_case)
    use(casework.database, link_for(casework, casework.off_case))
    assert not is_live(casework, token)


def test_the_first_lead_makes_their_own_account(database: Database) -> None:
    with database.write() as session:
        token = accounts.first_lead_link(session)
    assert token is not None
    with database.read() as session:
        assert accounts.link_opens(session, token) == (True, None)
    use(database, token, username="Lena", name="Lena Lead")
    with database.read() as session:
        assert session.execute(select(Volunteer.username, Volunteer.role)).one() == ("lena", "lead")
    with database.write() as session:
        assert accounts.first_lead_link(session) is None


def test_the_first_lead_link_is_void_once_there_is_anybody(database: Database) -> None:
    with database.write() as session:
        first = accounts.first_lead_link(session)
        people.add_volunteer(session, actor_id=None, username="quick", name="Quick", role=Role.LEAD)
    assert first is not None
    with pytest.raises(CommandRefused):
        use(database, first, username="late", name="Late")


# Sessions


def test_a_session_ends_by_itself(casework: Casework, time: Clock) -> None:
    token = sign_in(casework, casework.lead, days=1)
    assert is_live(casework, token)
    time.on(days=1, seconds=1)
    assert not is_live(casework, token)


def test_a_new_password_ends_the_other_sessions(casework: Casework) -> None:
    kept, other = sign_in(casework, casework.lead), sign_in(casework, casework.lead)
    anothers = sign_in(casework, casework.on_case)
    with casework.database.write() as session:
        accounts.change_password(session, actor_id=casework.lead, password_hash="$2b$new", keep_token=kept)
    assert [is_live(casework, token) for token in (kept, other, anothers)] == [True, False, True]
    with casework.database.read() as session:
        assert session.scalars(select(Audit.action).order_by(Audit.id.desc())).first() == "change_password"


def test_an_ended_account_has_no_session(casework: Casework) -> None:
    token = sign_in(casework, casework.off_case)
    with casework.database.write() as session:
        people.deactivate(session, actor_id=casework.lead, volunteer_id=casework.off_case)
    assert not is_live(casework, token)
    with casework.database.read() as session:
        assert account_of(session, "uma") is None


def test_one_ends_ones_own_sessions_only(casework: Casework) -> None:
    token = sign_in(casework, casework.off_case)
    with casework.database.read() as session:
        (row,) = live_sessions(session, casework.off_case)
    for actor, left in ((casework.lead, True), (casework.off_case, False)):
        with casework.database.log() as session:
            accounts.end_session(session, actor_id=actor, session_id=row.id)
        assert is_live(casework, token) is left


def test_only_a_hash_of_a_session_is_kept(casework: Casework) -> None:
    token = sign_in(casework, casework.lead)
    with casework.database.read() as session:
        assert token not in session.scalars(select(SignInSession.token_hash)).all()


# The throttle


def fail(casework: Casework, username: str, times: int = 1) -> None:
    for _ in range(times):
        with casework.database.log() as session:
            accounts.note_failure(session, username=username)


def wait_for(casework: Casework, username: str) -> str:
    with casework.database.read() as session:
        try:
            accounts.check_throttle(session, username=username)
        except CommandRefused as refusal:
            return refusal.message
    return ""


@pytest.mark.parametrize("username", ["lena", "nobody-of-that-name"])
def test_the_wait_doubles_the_same_for_known_and_unknown_names(casework: Casework, time: Clock, username: str) -> None:
    del time
    fail(casework, username, ATTEMPTS_BEFORE_DELAY - 1)
    assert wait_for(casework, username) == ""
    waits = []
    for _ in range(3):
        fail(casework, username)
        waits.append(wait_for(casework, username))
    assert waits == [f"Too many attempts. Wait {n} seconds, then try again." for n in (15, 30, 60)]


def test_the_wait_ends_and_never_passes_the_window(casework: Casework, time: Clock) -> None:
    fail(casework, "lena", 30)
    assert f"Wait {WINDOW.total_seconds():.0f} seconds" in wait_for(casework, "lena")
    time.on(minutes=15, seconds=1)
    assert wait_for(casework, "lena") == ""


def test_the_throttle_is_by_name_however_it_is_typed(casework: Casework) -> None:
    fail(casework, " LENA ", ATTEMPTS_BEFORE_DELAY)
    assert wait_for(casework, "lena")
    assert wait_for(casework, "vik") == ""


def test_success_forgets_the_failures(casework: Casework) -> None:
    fail(casework, "lena", ATTEMPTS_BEFORE_DELAY)
    with casework.database.log() as session:
        accounts.forget_failures(session, username="lena")
    assert wait_for(casework, "lena") == ""


def test_what_was_typed_is_not_kept(casework: Casework) -> None:
    fail(casework, "my secret password")
    with casework.database.read() as session:
        assert "secret" not in session.scalars(select(SignInAttempt.name_hash)).one()


def test_old_failures_are_forgotten(casework: Casework, time: Clock) -> None:
    fail(casework, "lena", 3)
    time.on(minutes=16)
    fail(casework, "vik")
    with casework.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 1


def test_an_account_without_a_password_cannot_sign_in(casework: Casework) -> None:
    with casework.database.read() as session:
        assert account_of(session, "lena") is None
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.lead).values(password_hash="$2b$x"))
    with casework.database.read() as session:
        assert account_of(session, " Lena ") == (casework.lead, "$2b$x")
