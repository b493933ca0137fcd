"""Handing an action over: the owner's until accepted, one offer at a time, settled when somebody leaves."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import AssignmentStatus, Role
from db.commands.action_offers import answer_action_offer, offer_action, take_back_action
from db.commands.actions import add_action, finish_action
from db.commands.assignments import end_assignment
from db.commands.conflicts import see_bodies
from db.commands.leave import add_leave
from db.commands.people import change_volunteer, deactivate
from db.commands.recusals import recuse
from db.commands.wall import check_conflicts
from db.errors import NotAllowed, NotFound
from db.models import Action, ActionOffer, Assignment, Recusal, Volunteer
from db.queries.actions import ActionFilters, action_list, action_takers
from db.queries.home import my_attention
from db.queries.inbox import inbox
from db.rules.limits import Limits
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_recorded,
    at_once,
    last,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, give_second, make_volunteer

TODAY = clock.today()


@pytest.fixture
def second(casework: Casework) -> int:
    """Somebody else on the case."""
    with casework.database.write() as session:
        person = make_volunteer(session, "sam")
        give_second(session, casework, person)
    return person


@pytest.fixture
def mine(casework: Casework) -> Casework:
    """The person on the case owns a second action."""
    run(
        casework,
        add_action,
        next_action="Ring HR",
        action_owner_id=casework.on_case,
        action_due_on=TODAY + timedelta(days=3),
    )
    return casework


def the_action(casework: Casework) -> Any:
    return rows(casework.database, Action, text="Ring HR")[0]


def offer(casework: Casework, to: int, **more: Any) -> ActionOffer:
    run(casework, offer_action, action_id=the_action(casework).id, to_id=to, **more)
    found: ActionOffer = last(casework.database, ActionOffer)
    return found


def answer(casework: Casework, who: int, row: ActionOffer, **fields: Any) -> None:
    with casework.database.write() as session:
        answer_action_offer(session, actor_id=who, action_offer_id=row.id, **fields)


def lists(casework: Casework, who: str) -> list[tuple[str, str | None]]:
    with casework.database.read() as session:
        page = action_list(session, viewer(casework, who), ActionFilters(), TODAY)
    return [(row.text, row.offer_to) for row in page.rows if row.text == "Ring HR"]


def test_it_stays_with_its_owner_until_accepted_and_is_on_both_lists(mine: Casework) -> None:
    row = offer(mine, mine.lead, note="You know HR")
    assert the_action(mine).owner_id == mine.on_case
    assert lists(mine, "on_case") == lists(mine, "lead") == [("Ring HR", "Lena")]
    with mine.database.read() as session:
        asked = my_attention(session, viewer(mine, "lead"), TODAY, Limits())
        told = inbox(session, viewer(mine, "lead"), 0)
    assert [(line.name, line.id) for line in asked if line.what == "action_offer"] == [("Ring HR", row.id)]
    assert (told[0].action, told[0].is_mine) == ("offer_action", True)
    with refused(mine.database, "whether you have or had a link", field="no_conflict"):
        answer(mine, mine.lead, row, accept=True)
    with refused(mine.database, "See the organisation’s name first", field="no_conflict"):
        answer(mine, mine.lead, row, accept=True, no_conflict=True)
    run(mine, see_bodies, mine.lead)
    answer(mine, mine.lead, row, accept=True, no_conflict=True)
    assert the_action(mine).owner_id == mine.lead
    assert lists(mine, "on_case") == []
    assert last(mine.database, ActionOffer).status is AssignmentStatus.ACCEPTED


def test_declined_with_a_reason_or_without_and_taken_back(mine: Casework) -> None:
    answer(mine, mine.lead, offer(mine, mine.lead), accept=False)
    assert last(mine.database, ActionOffer).answer is None
    row = offer(mine, mine.lead)
    answer(mine, mine.lead, row, accept=False, reason="Away soon")
    assert (last(mine.database, ActionOffer).answer, the_action(mine).owner_id) == ("Away soon", mine.on_case)
    with refused(mine.database, "no longer open"):
        answer(mine, mine.lead, row, accept=True)
    offer(mine, mine.lead)
    assert_recorded(mine, "take_back_action", take_back_action, action_id=the_action(mine).id)
    with refused(mine.database, "no longer open"):
        run(mine, take_back_action, action_id=the_action(mine).id)


def test_only_somebody_who_may_read_the_case_is_offered_it_and_nobody_is_pointed_at(
    mine: Casework, second: int
) -> None:
    with mine.database.write() as session:
        gone = make_volunteer(session, "gus", Role.LEAD, active=False)
        away = make_volunteer(session, "abi", Role.LEAD)
        add_leave(session, actor_id=mine.lead, volunteer_id=away, starts_on=TODAY, ends_on=TODAY)
    with mine.database.read() as session:
        action = the_action(mine).id
        people = action_takers(session, viewer(mine, "on_case"), mine.reference, action)
        assert set(people) == {mine.lead, second}
    said = set()
    for to in (mine.off_case, mine.in_conflict, mine.observer, gone, away, mine.on_case, 10**6):
        with refused(mine.database, "choose from the list", field="to_id") as caught:
            offer(mine, to)
        said.add(str(caught()))
    assert len(said) == 1


def test_one_offer_at_a_time(mine: Casework, second: int) -> None:
    offer(mine, mine.lead)
    with refused(mine.database, "already offered to somebody"):
        offer(mine, second)


def test_of_two_offers_at_once_one_is_refused(mine: Casework, second: int) -> None:
    action_id = the_action(mine).id

    def to(person: int) -> Any:
        return lambda session: offer_action(
            session, actor_id=mine.lead, reference=mine.reference, action_id=action_id, to_id=person
        )

    assert at_once(mine.database, to(mine.lead), to(second)) is not None
    assert len(rows(mine.database, ActionOffer)) == 1


def test_an_offer_is_answered_by_whoever_it_was_made_to(mine: Casework, second: int) -> None:
    row = offer(mine, mine.lead)
    for who in (mine.on_case, mine.off_case, second, mine.in_conflict, mine.observer):
        with pytest.raises(NotFound, match="no longer open"):
            answer(mine, who, row, accept=True)
    with pytest.raises(NotAllowed):
        run(mine, take_back_action, second, action_id=the_action(mine).id)


def test_accepting_what_is_behind_ones_wall_is_no_offer(mine: Casework, second: int) -> None:
    row = offer(mine, second)
    with mine.database.write() as session:
        case = the_case(mine).id
        session.add(Recusal(volunteer_id=second, case_id=case, reason="x", at=clock.now()))
    with pytest.raises(NotFound):
        answer(mine, second, row, accept=True)


def test_a_finished_action_is_nobodys_to_accept(mine: Casework) -> None:
    row = offer(mine, mine.lead)
    run(mine, finish_action, action_id=the_action(mine).id)
    with refused(mine.database, "no longer open"):
        answer(mine, mine.lead, row, accept=True)


@pytest.mark.parametrize("how", ["answer", "offer"])
def test_a_failure_half_way_leaves_nothing(mine: Casework, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    action_id = the_action(mine).id
    if how == "offer":
        assert_all_or_nothing(mine, monkeypatch, offer_action, action_id=action_id, to_id=mine.lead)
        return
    row = offer(mine, mine.lead)
    run(mine, see_bodies, mine.lead)

    def accept(session: Any, *, actor_id: int, reference: str) -> None:  # noqa: ARG001 - as `run` calls a command
        answer_action_offer(session, actor_id=actor_id, action_offer_id=row.id, accept=True, no_conflict=True)

    accept.__module__ = answer_action_offer.__module__
    assert_all_or_nothing(mine, monkeypatch, accept, mine.lead)


# Passed on ----------------------------------------------------------------------------------------------------


def test_whoever_is_recused_loses_actions_and_offers(mine: Casework, second: int) -> None:
    offer(mine, second)
    run(mine, recuse, mine.lead, volunteer_id=second, reason="Knows them")
    assert last(mine.database, ActionOffer).status is AssignmentStatus.ENDED
    run(mine, recuse, mine.lead, volunteer_id=mine.on_case, reason="Knows them")
    assert the_action(mine).owner_id == mine.lead


def test_what_a_leaver_owned_passes_to_the_case_lead_or_a_lead(mine: Casework, second: int) -> None:
    with mine.database.write() as session:
        session.execute(update(Action).values(owner_id=second))
        deactivate(session, actor_id=mine.lead, volunteer_id=second)
    assert the_action(mine).owner_id == mine.on_case
    with mine.database.write() as session:
        deactivate(session, actor_id=mine.lead, volunteer_id=mine.on_case)
    assert the_action(mine).owner_id == mine.lead


def test_the_same_where_somebody_behind_the_wall_ends_the_account(mine: Casework) -> None:
    with mine.database.write() as session:
        deactivate(session, actor_id=mine.in_conflict, volunteer_id=mine.on_case)
    assert the_action(mine).owner_id == mine.lead


def test_an_ended_place_passes_actions_on_and_an_offer_taken_back_does_not(mine: Casework, second: int) -> None:
    with mine.database.write() as session:
        session.execute(update(Action).where(Action.text == "Ring HR").values(owner_id=second))
    place = last(mine.database, Assignment)
    run(mine, end_assignment, second, assignment_id=place.id, handover="All said")
    assert the_action(mine).owner_id == mine.on_case
    [led] = rows(mine.database, Assignment, volunteer_id=mine.on_case)
    run(mine, end_assignment, assignment_id=led.id, handover="All said")
    assert the_action(mine).owner_id == mine.lead


def test_an_observer_owns_nothing(mine: Casework) -> None:
    with mine.database.write() as session:
        session.execute(update(Action).values(owner_id=mine.off_case))
        change_volunteer(
            session,
            actor_id=mine.lead,
            volunteer_id=mine.off_case,
            seen_version=1,
            name="Uma",
            role=Role.OBSERVER,
            email="",
            pledged_hours=4,
            skills=(),
            says_full=False,
        )
    assert {row.owner_id for row in rows(mine.database, Action)} == {mine.on_case}


def test_the_nightly_check_mends_what_an_earlier_version_left(mine: Casework) -> None:
    with mine.database.write() as session:
        gone = make_volunteer(session, "gus", active=False)
        session.execute(update(Action).where(Action.text == "Ring HR").values(owner_id=gone))
        session.execute(update(Action).where(Action.text != "Ring HR").values(owner_id=mine.in_conflict))
        check_conflicts(session)
    assert {row.owner_id for row in rows(mine.database, Action)} == {mine.on_case}
    assert rows(mine.database, Volunteer, id=gone)
