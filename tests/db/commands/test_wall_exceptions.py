"""Exceptions from the wall: two other people, a reason and a day."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from db import clock
from db.access import viewer_of
from db.choices import PartyRole, Role
from db.commands.recusals import recuse
from db.commands.wall_exceptions import MOST_DAYS, agree_exception, ask_exception, end_exception
from db.errors import NotAllowed, NotFound
from db.models import Entry, WallException
from db.queries.inbox import inbox
from db.queries.wall import AskedException, asked_exceptions, wall_of
from tests.db.helpers import assert_for_the_team_only, barred, count, last, refused, run, viewer
from tests.factories import Casework, make_volunteer

TODAY = clock.today()


def ask(casework: Casework, actor: int | None = None, **changes: Any) -> int:
    values = {"volunteer_id": casework.in_conflict, "reason": "No other lead knows tribunals", "ends_on": TODAY}
    run(casework, ask_exception, casework.lead if actor is None else actor, **(values | changes))
    return int(last(casework.database, WallException).id)


def answer(casework: Casework, command: Any, actor: int, exception: int) -> None:
    with casework.database.write() as session:
        command(session, actor_id=actor, exception_id=exception)


def test_two_other_people_let_somebody_through_until_a_day(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    exception = ask(casework, ends_on=TODAY + timedelta(days=2))
    assert barred(casework, casework.in_conflict)
    answer(casework, agree_exception, casework.on_case, exception)
    assert not barred(casework, casework.in_conflict)
    assert "an exception agreed by two people" in last(casework.database, Entry).text
    monkeypatch.setattr(clock, "today", lambda: TODAY + timedelta(days=3))
    assert barred(casework, casework.in_conflict)


def test_a_lead_is_asked_for_a_second_word_and_the_answer_reaches_whom_it_concerns(casework: Casework) -> None:
    with casework.database.write() as session:
        lea = make_volunteer(session, "lea", Role.LEAD)
        barred_too = make_volunteer(session, "bea", Role.LEAD)
        recuse(session, actor_id=lea, reference=casework.reference, volunteer_id=barred_too, reason="Kin")
    exception = ask(casework)
    assert [(row.reference, row.name, row.asked_by) for row in asked(casework, lea)] == [
        (casework.reference, "Con", "Lena")
    ]
    # Not whoever asked, nor the person it is for, nor anybody else behind the wall, nor anybody who is no lead.
    for who in (casework.lead, casework.in_conflict, barred_too, casework.on_case, casework.observer):
        assert asked(casework, who) == []
    answer(casework, agree_exception, lea, exception)
    assert asked(casework, lea) == []
    assert "agree_exception" in told(casework, "lead")
    assert "agree_exception" in told(casework, "in_conflict")
    answer(casework, end_exception, lea, exception)
    assert "end_exception" in told(casework, "lead")
    # Behind the wall again: nothing of the case any more.
    assert told(casework, "in_conflict") == []


def asked(casework: Casework, who: int) -> list[AskedException]:
    with casework.database.read() as session:
        return asked_exceptions(session, viewer_of(session, who), TODAY)


def told(casework: Casework, who: str) -> list[str]:
    with casework.database.read() as session:
        return [notice.action for notice in inbox(session, viewer(casework, who), 0)]


def test_an_exception_ends_at_once_when_somebody_ends_it(casework: Casework) -> None:
    exception = ask(casework)
    answer(casework, agree_exception, casework.on_case, exception)
    assert not barred(casework, casework.in_conflict)
    answer(casework, end_exception, casework.lead, exception)
    assert barred(casework, casework.in_conflict)
    with refused(casework.database, "exception has ended"):
        answer(casework, agree_exception, casework.on_case, exception)


def test_nobody_lets_themselves_through_and_nobody_alone(casework: Casework) -> None:
    with refused(casework.database, "Not found", error=NotFound):
        ask(casework, casework.in_conflict)
    with refused(casework.database, "Only a lead", error=NotAllowed):
        ask(casework, casework.on_case)
    exception = ask(casework)
    with refused(casework.database, "this takes two people"):
        answer(casework, agree_exception, casework.lead, exception)
    with refused(casework.database, "exception has ended"):
        answer(casework, agree_exception, casework.in_conflict, exception)
    with refused(casework.database, "Not found", error=NotFound):
        answer(casework, agree_exception, casework.off_case, exception)
    with refused(casework.database, "Only a lead", error=NotAllowed):
        answer(casework, end_exception, casework.on_case, exception)


def test_an_exception_needs_a_barred_person_a_reason_and_a_day_soon(casework: Casework) -> None:
    assert_for_the_team_only(casework, ask_exception, volunteer_id=casework.in_conflict, reason="x", ends_on=TODAY)
    for changes, field, words in (
        ({"volunteer_id": casework.off_case}, "volunteer_id", "choose from the list"),
        ({"reason": " "}, "reason", "fill this in"),
        ({"ends_on": TODAY + timedelta(days=MOST_DAYS + 1)}, "ends_on", "choose a day within the next"),
        ({"ends_on": None}, "ends_on", "choose a day within the next"),
    ):
        with refused(casework.database, words, field=field):
            ask(casework, **changes)
    ask(casework)
    with refused(casework.database, "already been asked", field="volunteer_id"):
        ask(casework)


def test_the_team_reads_exceptions_and_only_leads_who_is_barred(casework: Casework) -> None:
    ask(casework)
    with casework.database.read() as session:
        for_lead = wall_of(session, viewer(casework, "lead"), casework.reference, TODAY)
        for_team = wall_of(session, viewer(casework, "on_case"), casework.reference, TODAY)
        for who in ("off_case", "in_conflict", "observer"):
            with pytest.raises(NotFound):
                wall_of(session, viewer(casework, who), casework.reference, TODAY)
    assert for_lead.barred == {casework.in_conflict: "Con"}
    assert for_team.barred == {}
    assert for_team.exceptions == for_lead.exceptions
    (row,) = for_lead.exceptions
    assert (row.name, row.asked_by, row.agreed_by) == ("Con", "Lena", None)
    assert for_lead.parties == (PartyRole.DOCTOR,)


def test_the_database_itself_holds_to_two_other_people(casework: Casework) -> None:
    ask(casework)
    for column in ("asked_by_id", "volunteer_id"):
        agree = update(WallException).values(agreed_by_id=getattr(WallException, column))
        with pytest.raises(IntegrityError), casework.database.engine.begin() as connection:
            connection.execute(agree)
    assert count(casework.database, WallException) == 1
