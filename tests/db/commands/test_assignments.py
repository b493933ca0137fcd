"""Places on a case: offered, accepted or declined, ended; one case lead at a time, whoever clicks when."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import AssignmentRole, AssignmentStatus, EntryKind, Stage
from db.commands.assignments import end_assignment, offer_case
from db.commands.handover import hand_over
from db.commands.leave import add_leave, end_leave
from db.commands.people import set_says_full
from db.commands.recusals import recuse
from db.errors import NotAllowed, NotFound
from db.models import Action, Assignment, Audit, Case, Entry, Leave, Volunteer
from db.queries.home import my_attention
from db.queries.inbox import inbox
from db.rules.actions import FIRST_ACTION, FIRST_REPLY
from db.rules.attention import Need
from db.rules.clock import is_working_day, working_days_between
from db.rules.limits import Limits
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    count,
    last,
    refused,
    revision,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, answer_offer, give_place, give_second, make_case, make_volunteer

TODAY = clock.today()


def an_offer(casework: Casework, **changes: Any) -> dict[str, Any]:
    filled: dict[str, Any] = {"volunteer_id": casework.off_case, "role": AssignmentRole.SECOND, "reason": "Knows MHPS"}
    return filled | changes


def offered(casework: Casework, **changes: Any) -> int:
    run(casework, offer_case, casework.lead, **an_offer(casework, **changes))
    return int(last(casework.database, Assignment).id)


def unled_case(casework: Casework) -> str:
    with casework.database.write() as session:
        return make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")


def test_the_new_case_lead_owns_the_first_reply_and_whoever_offered_hears(casework: Casework) -> None:
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org")
        give_place(session, lead=casework.in_conflict, volunteer=casework.off_case, reference=other)
    [action] = rows(casework.database, Action, case_id=the_case(casework, other).id)
    assert (action.text, action.owner_id, action.done_at) == (FIRST_ACTION, casework.off_case, None)
    with casework.database.read() as session:
        told = inbox(session, viewer(casework, "in_conflict"), 0)
        lines = my_attention(session, viewer(casework, "off_case"), clock.today(), Limits())
    assert (told[0].action, told[0].who, told[0].details["accepted"]) == ("answer_offer", "Uma", True)
    assert [line.name for line in lines if line.what is Need.ACTION] == [FIRST_ACTION]


def test_where_nobody_waits_for_a_reply_the_new_case_lead_writes_first(casework: Casework) -> None:
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org")
        session.execute(update(Action).where(Action.text == FIRST_ACTION).values(text="Chronology"))
        give_place(session, lead=casework.in_conflict, volunteer=casework.off_case, reference=other)
    first, reply = rows(casework.database, Action, case_id=the_case(casework, other).id)
    assert (first.text, first.owner_id) == ("Chronology", casework.lead)
    assert (reply.text, reply.owner_id) == (FIRST_REPLY, casework.off_case)
    assert is_working_day(reply.due_on, nation="england")
    assert working_days_between(clock.today(), reply.due_on, nation="england") == 1


def test_a_second_volunteer_owes_no_first_reply(casework: Casework) -> None:
    before = count(casework.database, Action)
    with casework.database.write() as session:
        give_second(session, casework)
    assert count(casework.database, Action) == before


def test_a_place_is_offered_by_a_lead_with_a_reason(casework: Casework) -> None:
    version = the_case(casework).version
    assert_recorded(casework, "offer_case", offer_case, casework.lead, **an_offer(casework))
    row = last(casework.database, Assignment)
    assert (row.volunteer_id, row.role, row.status) == (casework.off_case, "second", AssignmentStatus.OFFERED)
    assert (row.offered_by_id, row.reason, row.answered_at) == (casework.lead, "Knows MHPS", None)
    assert last(casework.database, Entry, kind=EntryKind.SYSTEM).text == "Second volunteer offered to Uma."
    assert the_case(casework).version > version


def test_the_person_accepts_declaring_no_conflict(casework: Casework) -> None:
    offer = offered(casework)
    with refused(casework.database, "whether you have or had a link", field="no_conflict"):
        run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=True)
    stamp = revision(casework.database)
    told = run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=True, no_conflict=True)
    assert told == casework.reference
    row = last(casework.database, Assignment)
    assert (row.status, row.no_conflict, row.ended_at) == (AssignmentStatus.ACCEPTED, True, None)
    audited = last(casework.database, Audit, action="answer_offer")
    told_of = {
        "volunteer_id": casework.off_case,
        "accepted": True,
        "asked_by_id": casework.lead,
        "assignment_id": offer,
    }
    assert (audited.actor_id, audited.details) == (casework.off_case, told_of)
    assert revision(casework.database)[1] == stamp[1] + 1


@pytest.mark.parametrize("reason", ["No time", " "])
def test_or_declines_with_a_reason_or_none_and_may_be_asked_again(casework: Casework, reason: str) -> None:
    offer = offered(casework)
    run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=False, reason=reason)
    row = last(casework.database, Assignment)
    assert (row.status, row.answer, row.no_conflict) == (AssignmentStatus.DECLINED, reason.strip() or None, False)
    assert offered(casework) != offer


def test_an_offer_is_answered_once_and_by_nobody_else(casework: Casework) -> None:
    offer = offered(casework)
    for who in (casework.lead, casework.on_case, casework.in_conflict, casework.observer):
        with refused(casework.database, "no longer open", error=NotFound):
            run(casework, answer_offer, who, assignment_id=offer, accept=True, no_conflict=True)
    with refused(casework.database, "no longer open", error=NotFound):
        run(casework, answer_offer, casework.off_case, assignment_id=999_999, accept=True, no_conflict=True)
    run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=False, reason="No time")
    with refused(casework.database, "already been answered"):
        run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=True, no_conflict=True)


def test_a_wall_that_rises_after_the_offer_makes_it_no_offer_at_all(casework: Casework) -> None:
    offer = offered(casework)
    run(casework, recuse, casework.lead, volunteer_id=casework.off_case, reason="Kin")
    with refused(casework.database, "no longer open", error=NotFound):
        run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=True, no_conflict=True)


def test_only_leads_offer_and_nobody_hears_of_a_case_by_trying(casework: Casework) -> None:
    with refused(casework.database, "Only a lead", error=NotAllowed):
        run(casework, offer_case, casework.on_case, **an_offer(casework))
    assert_for_the_team_only(casework, offer_case, **an_offer(casework))


def test_no_word_tells_who_is_barred(casework: Casework) -> None:
    with casework.database.write() as session:
        gone = make_volunteer(session, "gone", active=False)
    said = set()
    for person in (casework.in_conflict, casework.observer, gone, 999_999):
        with refused(casework.database, "choose from the list", field="volunteer_id") as caught:
            run(casework, offer_case, casework.lead, **an_offer(casework, volunteer_id=person))
        said.add(caught().message)
    # Nor when more is true of them: full, away, with a place already.
    run(casework, set_says_full_of(casework), casework.in_conflict)
    with refused(casework.database, "choose from the list", field="volunteer_id") as caught:
        run(casework, offer_case, casework.lead, **an_offer(casework, volunteer_id=casework.in_conflict))
    assert said == {caught().message}


def set_says_full_of(_casework: Casework) -> Any:
    def command(session: Any, *, actor_id: int, reference: str) -> None:
        assert reference
        set_says_full(session, actor_id=actor_id, says_full=True)

    return command


def test_whoever_says_they_are_full_is_full(casework: Casework) -> None:
    run(casework, set_says_full_of(casework), casework.off_case)
    with refused(casework.database, "Uma is at capacity", field="volunteer_id"):
        run(casework, offer_case, casework.lead, **an_offer(casework))


@pytest.mark.parametrize(("start", "end", "away"), [(0, 0, True), (-3, 3, True), (1, 5, False), (-5, -1, False)])
def test_nobody_is_asked_on_a_day_of_their_leave(casework: Casework, start: int, end: int, away: bool) -> None:
    with casework.database.write() as session:
        add_leave(
            session,
            actor_id=casework.off_case,
            volunteer_id=casework.off_case,
            starts_on=TODAY + timedelta(days=start),
            ends_on=TODAY + timedelta(days=end),
        )
    if away:
        with refused(casework.database, "Uma is on leave today", field="volunteer_id"):
            offered(casework)
        with casework.database.write() as session:
            end_leave(session, actor_id=casework.off_case, leave_id=last(casework.database, Leave).id)
    offered(casework)


def test_one_case_lead_and_one_place_each(casework: Casework) -> None:
    with refused(casework.database, "has a case lead", field="role"):
        offered(casework, role=AssignmentRole.LEAD)
    offered(casework)
    for person in (casework.off_case, casework.on_case):
        with refused(casework.database, "already has a place on this case"):
            offered(casework, volunteer_id=person)


def test_a_case_that_is_over_has_no_places_to_offer(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).values(stage=Stage.CLOSED, is_open=False))
    with refused(casework.database, "not open"):
        offered(casework)


def test_of_two_who_accept_the_lead_at_once_one_becomes_lead(casework: Casework) -> None:
    reference = unled_case(casework)
    on: dict[str, Any] = {"reference": reference, "role": AssignmentRole.LEAD}
    first = offered(casework, **on)
    second = offered(casework, **on, volunteer_id=casework.on_case)

    def accept(person: int, offer: int) -> Any:
        return lambda session: answer_offer(
            session, actor_id=person, assignment_id=offer, accept=True, no_conflict=True
        )

    refusal = at_once(casework.database, accept(casework.off_case, first), accept(casework.on_case, second))
    assert refusal is not None
    assert "has just become case lead" in refusal.message
    assert the_case(casework, reference).lead_id == casework.off_case
    statuses = {row.id: row.status for row in rows(casework.database, Assignment)}
    assert (statuses[first], statuses[second]) == (AssignmentStatus.ACCEPTED, AssignmentStatus.OFFERED)
    with refused(casework.database, "has just become case lead"):
        run(casework, answer_offer, casework.on_case, assignment_id=second, accept=True, no_conflict=True)


def test_the_database_itself_allows_one_lead_and_one_place(casework: Casework) -> None:
    """Whatever a command overlooked."""
    place = last(casework.database, Assignment)

    def another(**changes: Any) -> None:
        fields = {c.name: getattr(place, c.name) for c in Assignment.__table__.columns if c.name != "id"}
        with casework.database.write() as session:
            session.add(Assignment(**(fields | changes)))

    with refused(casework.database, "has just become case lead"):
        another(volunteer_id=casework.off_case)
    with refused(casework.database, "already has a place"):
        another(role=AssignmentRole.SECOND)
    another(role=AssignmentRole.SECOND, volunteer_id=casework.off_case)


def test_offered_twice_at_once_it_is_offered_once(casework: Casework) -> None:
    def offer(session: Any) -> None:
        offer_case(session, actor_id=casework.lead, reference=casework.reference, **an_offer(casework))

    refusal = at_once(casework.database, offer, offer)
    assert refusal is not None
    assert "already has a place" in refusal.message


def test_a_place_ends_with_a_handover_by_its_holder_or_a_lead(casework: Casework) -> None:
    place = last(casework.database, Assignment).id
    with refused(casework.database, "fill this in", field="handover"):
        run(casework, end_assignment, assignment_id=place, handover="")
    assert_recorded(casework, "end_assignment", end_assignment, assignment_id=place, handover="Papers in order")
    row = rows(casework.database, Assignment)[0]
    assert (row.status, row.ended_reason) == (AssignmentStatus.ENDED, "Papers in order")
    assert "Handover: Papers in order" in last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    assert the_case(casework).lead_id is None
    with refused(casework.database, "already left this case", field="assignment_id"):
        run(casework, end_assignment, casework.lead, assignment_id=place, handover="Again")


def test_nobody_but_a_lead_ends_anothers_place(casework: Casework) -> None:
    offer = offered(casework)
    run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=True, no_conflict=True)
    with refused(casework.database, "Only a lead", error=NotAllowed):
        run(casework, end_assignment, casework.on_case, assignment_id=offer, handover="Out")
    run(casework, end_assignment, casework.lead, assignment_id=offer, handover="Moved")
    for wrong in (offer, 999_999):
        with refused(casework.database, "already left this case"):
            run(casework, end_assignment, casework.lead, assignment_id=wrong, handover="Moved")


def test_only_the_team_and_leads_may_end_a_place(casework: Casework) -> None:
    place = last(casework.database, Assignment).id
    assert_for_the_team_only(casework, end_assignment, assignment_id=place, handover="Out")


def test_a_handover_is_whole_or_not_at_all(casework: Casework) -> None:
    place = last(casework.database, Assignment).id
    passing: dict[str, Any] = {"assignment_id": place, "handover": "All in the file", "role": AssignmentRole.LEAD}
    with refused(casework.database, "choose from the list"):
        run(casework, hand_over, casework.lead, **passing, to_id=casework.in_conflict)
    run(casework, hand_over, casework.lead, **passing, to_id=casework.off_case)
    old, meanwhile, new = rows(casework.database, Assignment)
    assert (meanwhile.volunteer_id, meanwhile.role) == (casework.lead, "interim"), "the doctor has somebody meanwhile"
    assert (old.status, new.status) == (AssignmentStatus.ENDED, AssignmentStatus.OFFERED)
    assert (new.volunteer_id, new.role, new.reason) == (casework.off_case, "lead", "All in the file")


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, offer_case, casework.lead, **an_offer(casework))
    offer = offered(casework)
    assert_all_or_nothing(
        casework, monkeypatch, answer_offer, casework.off_case, assignment_id=offer, accept=True, no_conflict=True
    )
    assert_all_or_nothing(casework, monkeypatch, end_assignment, casework.lead, assignment_id=offer, handover="Out")


def test_hostile_text_is_kept_as_plain_text_or_refused(casework: Casework) -> None:
    def offer_and_decline(words: str) -> None:
        offer = offered(casework, reason=words)
        run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=False, reason=words)

    assert_hostile_text_is_plain(casework, offer_and_decline, lambda: last(casework.database, Assignment).answer)


def test_a_person_whose_account_has_ended_answers_nothing(casework: Casework) -> None:
    offer = offered(casework)
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(active=False))
    with refused(casework.database, "not active", error=NotFound):
        run(casework, answer_offer, casework.off_case, assignment_id=offer, accept=True, no_conflict=True)
