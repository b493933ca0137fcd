"""One-time links and sign-in sessions."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db.choices import Role
from db.commands import accounts, people
from db.commands.accounts import LINK_DAYS
from db.engine import Database
from db.errors import CommandRefused
from db.models import Audit, OneTimeLink, SignInSession, Volunteer
from db.queries.session import account_of, live_sessions, person_of
from tests.db.helpers import Clock
from tests.factories import Casework


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


def test_of_two_servers_that_start_together_both_links_open_and_the_first_used_is_the_only_one(
    database: Database, time: Clock
) -> None:
    def started() -> str:
        with database.write() as session:
            token = accounts.first_lead_link(session)
        assert token is not None
        return token

    forgotten = started()
    time.on(minutes=11)
    one, other = started(), started()
    with pytest.raises(CommandRefused):
        use(database, forgotten, username="early", name="Early")
    use(database, one, username="lena", name="Lena Lead")
    with pytest.raises(CommandRefused):
        use(database, other, username="late", name="Late")


def test_a_leavers_link_is_dead(casework: Casework) -> None:
    token = link_for(casework, casework.off_case)
    with casework.database.write() as session:
        people.deactivate(session, actor_id=casework.lead, volunteer_id=casework.off_case)
    with pytest.raises(CommandRefused, match="has been used"):
        use(casework.database, token)


# Sessions


def test_a_session_ends_when_it_lies_idle_and_use_puts_that_off(casework: Casework, time: Clock) -> None:
    with casework.database.log() as session:
        token = accounts.start_session(
            session, volunteer_id=casework.lead, device="test", days=1, idle=timedelta(minutes=60)
        )
    for _ in range(3):
        time.on(minutes=50)
        assert is_live(casework, token)
        with casework.database.log() as session:
            accounts.seen(session, token=token, idle=timedelta(minutes=60))
    time.on(minutes=61)
    assert not is_live(casework, token)
    with casework.database.log() as session:
        accounts.seen(session, token=token, idle=timedelta(minutes=60))
    assert not is_live(casework, token), "a session that is over is not woken by use"


def test_use_never_puts_off_the_absolute_end(casework: Casework, time: Clock) -> None:
    token = sign_in(casework, casework.lead, days=0.5)
    for _ in range(24):
        time.on(minutes=29)
        with casework.database.log() as session:
            accounts.seen(session, token=token)
    assert is_live(casework, token)
    time.on(minutes=25)
    assert not is_live(casework, token)


def test_a_cookie_is_fetched_once_and_only_of_a_live_session(casework: Casework, time: Clock) -> None:
    token, other = sign_in(casework, casework.lead), sign_in(casework, casework.lead)

    def fetched(wanted: str) -> bool:
        with casework.database.log() as session:
            return accounts.take_cookie(session, token=wanted) is not None

    assert [fetched(token), fetched(token), fetched("nobody's")] == [True, False, False]
    time.on(days=2)
    assert not fetched(other)


def test_a_providers_answer_begins_one_session_only(casework: Casework) -> None:
    def begin() -> None:
        with casework.database.log() as session:
            accounts.start_session(session, volunteer_id=casework.lead, device="test", days=1, proof="answer 1")

    begin()
    with pytest.raises(CommandRefused, match="already been used"):
        begin()


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


def test_an_account_without_a_password_cannot_sign_in(casework: Casework) -> None:
    with casework.database.read() as session:
        assert account_of(session, "lena") is None
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.lead).values(password_hash="$2b$x"))
    with casework.database.read() as session:
        assert account_of(session, " Lena ") == (casework.lead, "$2b$x")
