"""Who is signed in: the row decides on every run, and says how fresh the data is."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import Role
from db.commands.accounts import end_session, start_session
from db.models import Revision, SignInSession, Volunteer
from db.queries.session import Person, account_of, live_sessions, person_of
from db.sign_in import token_hash
from tests.db.helpers import count, last, revision, rows, statements
from tests.factories import Casework


def sign_in(casework: Casework, who: int | None = None, device: str = "Firefox", days: float = 1) -> str:
    with casework.database.log() as session:
        return start_session(session, volunteer_id=who or casework.on_case, device=device, days=days)


def person(casework: Casework, token: str) -> Person | None:
    with casework.database.read() as session:
        return person_of(session, token)


def test_a_token_is_its_person_at_this_revision_in_one_statement(casework: Casework) -> None:
    token = sign_in(casework)
    with casework.database.read() as session, statements(casework.database) as log:
        found = person_of(session, token)
    assert len(log) == 1
    assert found is not None
    assert (found.id, found.role, found.name, found.username) == (casework.on_case, Role.VOLUNTEER, "Vik", "vik")
    assert (found.database, found.revision, found.patterns) == revision(casework.database)
    assert (found.is_lead, found.sees_cases, found.is_demo) == (False, True, False)
    assert found.key == (casework.on_case, "volunteer", found.database, found.revision)
    assert found.patterns_key == (casework.on_case, "volunteer", found.database, found.patterns)


def test_only_a_hash_of_the_token_is_stored(casework: Casework) -> None:
    token = sign_in(casework)
    row = last(casework.database, SignInSession)
    assert row.token_hash == token_hash(token)
    assert token not in str(vars(row))


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "a\x00b", "é" * 1000])
def test_a_token_that_was_never_there_is_nobody(casework: Casework, token: str) -> None:
    sign_in(casework)
    assert person(casework, token) is None
    assert person(casework, last(casework.database, SignInSession).token_hash) is None


def test_a_session_that_ended_or_ran_out_is_nobody(casework: Casework) -> None:
    token, other = sign_in(casework), sign_in(casework)
    assert person(casework, sign_in(casework, days=0)) is None
    with casework.database.log() as session:
        end_session(session, actor_id=casework.on_case, token=token)
    assert person(casework, token) is None
    assert person(casework, other) is not None
    with casework.database.log() as session:
        session.execute(update(SignInSession).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert person(casework, other) is None


def test_nobody_ends_the_session_of_another(casework: Casework) -> None:
    token = sign_in(casework)
    with casework.database.log() as session:
        end_session(session, actor_id=casework.lead, token=token)
        end_session(session, actor_id=casework.lead, session_id=last(casework.database, SignInSession).id)
    assert person(casework, token) is not None


def test_an_ended_account_and_a_changed_role_show_at_once(casework: Casework) -> None:
    token = sign_in(casework)
    change(casework, role=Role.OBSERVER)
    found = person(casework, token)
    assert found
    assert (found.role, found.sees_cases) == (Role.OBSERVER, False)
    change(casework, active=False)
    assert person(casework, token) is None


def change(casework: Casework, **values: Any) -> None:
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.on_case).values(values))


def test_a_write_raises_the_revision_and_a_log_does_not(casework: Casework) -> None:
    token = sign_in(casework)
    before = person(casework, token)
    sign_in(casework)
    assert person(casework, token) == before
    change(casework, name="Viktor")
    after = person(casework, token)
    assert before
    assert after
    assert (after.name, after.revision, after.patterns) == ("Viktor", before.revision + 1, before.patterns + 1)
    with casework.database.write(patterns=False) as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.on_case).values(says_full=True))
    latest = person(casework, token)
    assert latest
    assert (latest.revision, latest.patterns) == (after.revision + 1, after.patterns)
    assert count(casework.database, Revision) == 1


def test_a_failed_write_raises_nothing(casework: Casework) -> None:
    before = revision(casework.database)

    def fail() -> None:
        with casework.database.write() as session:
            session.execute(update(Volunteer).values(says_full=True))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert revision(casework.database) == before
    assert not any(row.says_full for row in rows(casework.database, Volunteer))


def test_an_account_is_found_by_its_name_however_typed_if_it_can_sign_in(casework: Casework) -> None:
    def account(username: str) -> tuple[int, str] | None:
        with casework.database.read() as session:
            return account_of(session, username)

    assert account("vik") is None  # no password yet
    change(casework, password_hash="$2b$12$hash")
    assert account("vik") == account("  VIK ") == (casework.on_case, "$2b$12$hash")
    for nobody in ("", "nobody", "%", "vi_", "vik' --", "x" * 100_000):
        assert account(nobody) is None
    change(casework, active=False)
    assert account("vik") is None


def test_live_sessions_are_ones_own_newest_first(casework: Casework) -> None:
    for device in ("Laptop", "Phone", "Tablet"):
        sign_in(casework, device=device)
    ended = sign_in(casework, device="Lost phone")
    sign_in(casework, casework.lead, device="Another’s")
    sign_in(casework, device="Old", days=0)
    with casework.database.log() as session:
        end_session(session, actor_id=casework.on_case, token=ended)
    with casework.database.read() as session:
        assert [row.device for row in live_sessions(session, casework.on_case)] == ["Tablet", "Phone", "Laptop"]
        assert live_sessions(session, casework.observer) == []
