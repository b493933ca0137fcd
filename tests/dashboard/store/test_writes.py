"""What every write asks first, inside its own transaction: a live session, a second factor, a fresh password."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import select, update

from dashboard import store
from db import clock
from db.commands.accounts import end_sessions, start_session
from db.commands.affiliations import add_affiliation
from db.commands.approvals import agree_approval
from db.commands.people import send_link, set_says_full
from db.commands.second_factor import begin_factor
from db.declared import Password, commands, facts_of
from db.errors import CommandRefused, ProofNeeded
from db.models import AccessLog, Affiliation, Approval, Audit, OneTimeLink, SecondFactor, SignInSession
from db.queries.session import Person
from tests.factories import Casework

AsPerson = Callable[..., Person]
COMMANDS = [command for _, command in sorted(commands().items()) if facts_of(command).password is Password.AGAIN]


@pytest.fixture
def signed_in(app_casework: Casework) -> Iterator[AsPerson]:
    """`signed_in(id, factor=True)`: that person, in this process's own session state."""

    def begin(who: int, *, factor: bool = True) -> Person:
        with app_casework.database.log() as session:
            if factor:
                session.merge(SecondFactor(volunteer_id=who, confirmed_at=clock.now()))
            token = start_session(session, volunteer_id=who, device="test", days=1)
        st.session_state["sign_in_token"] = token
        person = store.person_of(token)
        assert person
        return person

    yield begin
    st.session_state.clear()


def proved(work: Casework, minutes_ago: float | None) -> None:
    moment = None if minutes_ago is None else clock.now() - timedelta(minutes=minutes_ago)
    with work.database.log() as session:
        session.execute(update(SignInSession).values(proved_at=moment))


def audited(work: Casework) -> list[str]:
    with work.database.read() as session:
        return list(session.scalars(select(Audit.action).order_by(Audit.id)))


@pytest.mark.parametrize("minutes_ago", [None, 10.1, 600])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: getattr(one, "__name__", None))
def test_people_are_changed_only_with_a_fresh_password(
    app_casework: Casework, signed_in: AsPerson, command: Callable[..., Any], minutes_ago: float | None
) -> None:
    person = signed_in(app_casework.lead)
    proved(app_casework, minutes_ago)
    before = audited(app_casework)
    # Refused before the command hears of it: no field can talk its way past.
    with pytest.raises(ProofNeeded):
        store.write(person, command, once="form", volunteer_id=app_casework.off_case)
    assert audited(app_casework) == before


def test_a_fresh_password_lets_the_same_form_through(app_casework: Casework, signed_in: AsPerson) -> None:
    person = signed_in(app_casework.lead)
    proved(app_casework, None)
    with pytest.raises(ProofNeeded):
        store.write(person, send_link, once="form", volunteer_id=app_casework.off_case)
    store.note_proof(st.session_state["sign_in_token"])
    assert store.write(person, send_link, once="form", volunteer_id=app_casework.off_case)
    with app_casework.database.read() as session:
        assert len(session.scalars(select(OneTimeLink.id)).all()) == 1


def test_a_password_given_in_another_session_does_not_count(app_casework: Casework, signed_in: AsPerson) -> None:
    signed_in(app_casework.lead)
    other = st.session_state["sign_in_token"]
    person = signed_in(app_casework.lead)
    proved(app_casework, None)
    store.note_proof(other)
    with pytest.raises(ProofNeeded):
        store.write(person, send_link, once="form", volunteer_id=app_casework.off_case)


def test_ones_own_employer_is_declared_without_and_anothers_with(app_casework: Casework, signed_in: AsPerson) -> None:
    person = signed_in(app_casework.lead)
    proved(app_casework, None)
    fields: dict[str, Any] = {"organisation_id": app_casework.other_body, "started_on": date(2024, 1, 1)}
    with pytest.raises(ProofNeeded):
        store.write(person, add_affiliation, once="other", volunteer_id=app_casework.off_case, **fields)
    store.write(person, add_affiliation, once="own", volunteer_id=person.id, **fields)
    with app_casework.database.read() as session:
        found = select(Affiliation.volunteer_id).where(Affiliation.organisation_id == app_casework.other_body)
        assert session.scalars(found).all() == [person.id]


def test_identity_is_opened_only_with_a_fresh_password(app_casework: Casework, signed_in: AsPerson) -> None:
    person = signed_in(app_casework.on_case)
    proved(app_casework, 11)
    with pytest.raises(ProofNeeded):
        store.identity(person, app_casework.reference, "To ring them")
    with app_casework.database.read() as session:
        assert session.scalars(select(AccessLog.id)).all() == []
    proved(app_casework, 9)
    assert store.identity(person, app_casework.reference, "To ring them").name == "Test Doctor"


def test_everyday_work_never_asks_again(app_casework: Casework, signed_in: AsPerson) -> None:
    person = signed_in(app_casework.on_case)
    proved(app_casework, 600)
    store.write(person, set_says_full, once="form", says_full=True)
    assert audited(app_casework)[-1] == "set_says_full"


def test_a_lead_without_a_second_factor_can_do_nothing_but_set_it_up(
    app_casework: Casework, signed_in: AsPerson
) -> None:
    person = signed_in(app_casework.lead, factor=False)
    with pytest.raises(CommandRefused, match="two-step sign-in first"):
        store.write(person, set_says_full, once="form", says_full=True)
    with pytest.raises(CommandRefused, match="two-step sign-in first"):
        store.identity(person, app_casework.reference, "To ring them")
    store.write(person, begin_factor, once="begin")
    assert store.factor(person).pending


def test_a_volunteer_needs_none(app_casework: Casework, signed_in: AsPerson) -> None:
    person = signed_in(app_casework.on_case, factor=False)
    store.write(person, set_says_full, once="form", says_full=True)


@pytest.mark.parametrize("end", ["ended", "idle", "over"])
def test_a_session_that_ended_writes_nothing(app_casework: Casework, signed_in: AsPerson, end: str) -> None:
    person = signed_in(app_casework.on_case)
    past = clock.now() - timedelta(seconds=1)
    with app_casework.database.log() as session:
        if end == "ended":
            end_sessions(session, volunteer_id=person.id)
        else:
            session.execute(update(SignInSession).values({"idle_until" if end == "idle" else "expires_at": past}))
    with pytest.raises(CommandRefused, match="Copy what you typed"):
        store.write(person, set_says_full, once="form", says_full=True)
    with pytest.raises(CommandRefused, match="You are signed out"):
        store.identity(person, app_casework.reference, "To ring them")


def test_who_tries_what_might_lower_a_wall_and_is_refused_is_written_down(
    app_casework: Casework, signed_in: AsPerson
) -> None:
    signed_in(app_casework.in_conflict)
    person = signed_in(app_casework.lead)
    store.write(person, send_link, once="ask", volunteer_id=app_casework.on_case)
    with app_casework.database.read() as session:
        asked = session.scalars(select(Approval.id)).one()
    with pytest.raises(CommandRefused, match="this takes two people"):
        store.write(person, agree_approval, once="agree", approval_id=asked)
    with app_casework.database.read() as session:
        row = session.scalars(select(Audit).order_by(Audit.id.desc())).first()
        assert row is not None
        assert (row.action, row.actor_id, row.details) == ("attempt", person.id, {"command": "agree_approval"})
