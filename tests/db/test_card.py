"""The card of a case: lists are sorted and counted by it, so it must follow every kind of write."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.card import deferred_cards, refresh_card, refresh_cards
from db.choices import (
    AssignmentRole,
    Contact,
    DeadlineKind,
    EntryKind,
    Evidence,
    Representation,
    Stage,
    Whose,
)
from db.commands.assignments import end_assignment, offer_case
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.flags import clear_flag, raise_flag
from db.commands.processes import add_process, move_process
from db.commands.recusals import recuse
from db.commands.update_status import update_status
from db.commands.waiting import begin_waiting, end_waiting
from db.models import Action, Assignment, Case, CaseProcess, Deadline, Entry, StageEvent, Waiting
from db.models.cases import FAR_FUTURE, PLAIN_RANK
from tests.db.helpers import at_once, last, plain_update, rows, run, the_case
from tests.factories import Casework, make_case

TODAY = clock.today()
COLUMNS = Case.__table__.columns.keys()
PROJECTIONS = [*COLUMNS[COLUMNS.index("lead_id") :]]


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def deadline(casework: Casework, name: str, due: int, **more: Any) -> int:
    fields: dict[str, Any] = {"kind": DeadlineKind.STATUTORY, "whose": Whose.OURS, "due_on": day(due)}
    run(casework, add_deadline, name=name, **(fields | more))
    return int(last(casework.database, Deadline).id)


def note(casework: Casework, kind: EntryKind, **more: Any) -> Entry:
    run(casework, add_entry, kind=kind, text="Words", **more)
    entry = last(casework.database, Entry)
    assert isinstance(entry, Entry)
    return entry


def projections(casework: Casework) -> dict[str, Any]:
    case = the_case(casework)
    return {name: getattr(case, name) for name in PROJECTIONS}


def test_deadlines_ours_first_and_each_clock_by_its_own_rule(casework: Casework) -> None:
    deadline(casework, "Body, typical", -9, whose=Whose.BODY, kind=DeadlineKind.TYPICAL)
    assert the_case(casework).body_due_on is None
    body = deadline(casework, "Body, national", 2, whose=Whose.BODY, kind=DeadlineKind.NATIONAL)
    case = the_case(casework)
    # The nearest of the body's own, until there is one of ours, however late.
    assert case.next_deadline_id != body
    assert (case.body_due_on, case.ours_due_on, case.queue_due_on) == (day(2), None, FAR_FUTURE)
    local = deadline(casework, "Ours, local", 30, kind=DeadlineKind.LOCAL)
    case = the_case(casework)
    assert (case.next_deadline_id, case.ours_due_on, case.queue_due_on) == (local, day(30), day(30))
    assert case.unplanned_due_on is None
    appeal = deadline(casework, "Appeal", 20)
    hearing = deadline(casework, "Hearing", 25, is_hearing=True)
    case = the_case(casework)
    assert (case.next_deadline_id, case.unplanned_due_on, case.hearing_on) == (appeal, day(20), day(25))
    run(casework, change_deadline, deadline_id=appeal, plan="Counsel drafts it")
    case = the_case(casework)
    assert (case.next_deadline_id, case.unplanned_due_on) == (appeal, day(25))
    run(casework, change_deadline, deadline_id=appeal, met_on=TODAY)
    run(casework, change_deadline, deadline_id=hearing, lapsed_reason="Called off")
    case = the_case(casework)
    assert (case.next_deadline_id, case.unplanned_due_on, case.hearing_on) == (local, None, None)


def test_flags_and_the_rank_of_red_ones(casework: Casework) -> None:
    run(casework, raise_flag, code="EXCL", why="Excluded", review_on=TODAY)
    assert (the_case(casework).flags, the_case(casework).queue_rank) == ("EXCL", PLAIN_RANK)
    run(casework, raise_flag, code="CRISIS", why="Said so", review_on=TODAY)
    case = the_case(casework)
    assert (set(case.flags.split()), case.queue_rank, case.extra_points) == ({"EXCL", "CRISIS"}, 0, 1)
    run(casework, clear_flag, casework.lead, code="CRISIS", why="Safe", spoke_by="Vik", spoke_on=TODAY)
    assert (the_case(casework).flags, the_case(casework).queue_rank, the_case(casework).extra_points) == (
        "EXCL",
        PLAIN_RANK,
        0,
    )


def test_each_extra_point(casework: Casework) -> None:
    assert the_case(casework).extra_points == 0
    with casework.database.write() as session:
        session.execute(update(Case).values(representation=Representation.NONE, large_bundle=True, weekly_contact=True))
    for code in ("CRISIS", "MEDIA", "UNREP", "VISA"):
        run(casework, raise_flag, code=code, why="So", review_on=TODAY)
    run(casework, add_process, process="GMC", stage="TRIAGE", organisation_id=None, started_on=TODAY)
    # crisis, media, no representation (once, though flagged too), bundle, weekly contact, second live process
    assert the_case(casework).extra_points == 6


def test_processes_live_ones_only(casework: Casework) -> None:
    run(casework, add_process, process="GMC", stage="TRIAGE", organisation_id=None, started_on=TODAY)
    assert set(the_case(casework).process_codes.split()) == {"GMC", "MHPS"}
    mhps = rows(casework.database, CaseProcess)[0].id
    run(casework, move_process, case_process_id=mhps, stage="OUTCOME", ended=True)
    assert the_case(casework).process_codes == "GMC"


def test_a_process_met_again_and_again_does_not_overflow_the_card(casework: Casework) -> None:
    for _ in range(30):
        run(casework, add_process, process="REPRES", stage=_stage(casework), organisation_id=None, started_on=TODAY)
    assert set(the_case(casework).process_codes.split()) == {"REPRES", "MHPS"}


def _stage(casework: Casework) -> str:
    from db.models import ProcessStage

    with casework.database.read() as session:
        found = session.scalars(select(ProcessStage.code).where(ProcessStage.process == "REPRES")).first()
    assert found is not None
    return found


def test_waiting_and_chasing(casework: Casework) -> None:
    run(casework, begin_waiting, on_whom="HR", chase_on=day(9))
    run(casework, begin_waiting, on_whom="GMC", chase_on=day(3))
    case = the_case(casework)
    assert (case.waiting_since, case.chase_on) == (TODAY, day(3))
    run(casework, end_waiting, waiting_id=last(casework.database, Waiting).id)
    assert the_case(casework).chase_on == day(9)
    run(casework, end_waiting, waiting_id=rows(casework.database, Waiting)[0].id)
    assert (the_case(casework).waiting_since, the_case(casework).chase_on) == (None, None)


def test_last_contact_last_casework_and_last_update(casework: Casework) -> None:
    assert (the_case(casework).reached_at, the_case(casework).substantive_at) == (None, None)
    note(casework, EntryKind.NOTE)
    run(casework, add_finding, code="S01", evidence=Evidence.REPORTED, case_process_id=None, quarter="2025Q1", note="")
    assert the_case(casework).substantive_at is None
    tried = note(casework, EntryKind.CONTACT, contact=Contact.TRIED)
    assert (the_case(casework).reached_at, the_case(casework).substantive_at) == (None, tried.at)
    reached = note(casework, EntryKind.CONTACT, contact=Contact.REACHED)
    document = note(casework, EntryKind.DOCUMENT)
    case = the_case(casework)
    assert (case.reached_at, case.substantive_at, case.update_at) == (reached.at, document.at, None)
    run(casework, update_status, **plain_update(casework, action_owner_id=casework.lead, action_due_on=day(5)))
    case = the_case(casework)
    assert case.substantive_at == document.at
    assert case.update_at == last(casework.database, Entry, kind=EntryKind.UPDATE).at
    assert (case.next_action_id, case.next_action_on) == (last(casework.database, Action).id, day(5))


def test_lead_and_since_when_there_is_none(casework: Casework) -> None:
    case = the_case(casework)
    assert (case.lead_id, case.unallocated_since, case.queue_since) == (casework.on_case, None, FAR_FUTURE)
    place = last(casework.database, Assignment)
    run(casework, end_assignment, casework.lead, assignment_id=place.id, handover="Moved away")
    ended = last(casework.database, Assignment, id=place.id).ended_at
    case = the_case(casework)
    assert (case.lead_id, case.unallocated_since, case.queue_since) == (None, ended, case.opened_on)


def test_an_offer_that_nobody_took_does_not_start_the_wait_again(casework: Casework) -> None:
    with casework.database.write() as session:
        reference = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
    on: dict[str, Any] = {"actor": casework.lead, "reference": reference}
    run(casework, offer_case, **on, volunteer_id=casework.off_case, role=AssignmentRole.LEAD, reason="Room")
    offer = last(casework.database, Assignment)
    run(casework, end_assignment, **on, assignment_id=offer.id, handover="Taken back")
    case = the_case(casework, reference)
    assert case.unallocated_since == case.received_at


def test_a_recused_lead_leaves_the_case_unallocated(casework: Casework) -> None:
    run(casework, recuse, casework.lead, volunteer_id=casework.on_case, reason="Kin")
    case = the_case(casework)
    assert case.lead_id is None
    assert case.unallocated_since is not None


def test_refreshing_raises_no_version_and_touches_no_other_case(casework: Casework) -> None:
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
    before = the_case(casework)
    with casework.database.write() as session:
        session.execute(update(Case).values(flags="WRONG"))
        refresh_card(session, before.id)
    assert (the_case(casework).version, the_case(casework).flags) == (before.version, "")
    assert the_case(casework, other).flags == "WRONG"


def test_refreshing_all_is_refreshing_each(casework: Casework) -> None:
    run(casework, raise_flag, code="CRISIS", why="Said so", review_on=TODAY)
    deadline(casework, "Appeal", 20)
    before = projections(casework)
    with casework.database.write() as session:
        blank = {name: None for name in PROJECTIONS if Case.__table__.c[name].nullable}
        session.execute(update(Case).values(blank | {"flags": "", "extra_points": 0, "queue_rank": PLAIN_RANK}))
        refresh_cards(session, Case.id > 0)
    assert projections(casework) == before


def test_deferred_cards_are_brought_up_to_date_on_leaving(casework: Casework) -> None:
    with casework.database.write() as session:
        with deferred_cards(session):
            raise_flag(
                session, actor_id=casework.lead, reference=casework.reference, code="WB", why="So", review_on=TODAY
            )
            assert session.scalars(select(Case.flags)).one() == ""
        assert session.scalars(select(Case.flags)).one() == "WB"


def test_a_failure_inside_deferred_cards_ends_the_deferring(casework: Casework) -> None:
    with casework.database.read() as session:
        with pytest.raises(RuntimeError), deferred_cards(session):
            raise RuntimeError
        assert not session.info.keys() & {"deferred_cards"}


def test_two_writes_at_once_both_show_on_the_card(casework: Casework) -> None:
    """The second reads the rows anew once it is its turn: a flag must not vanish behind a phone call."""

    def crisis(session: Session) -> None:
        raise_flag(
            session, actor_id=casework.lead, reference=casework.reference, code="CRISIS", why="So", review_on=TODAY
        )

    def call(session: Session) -> None:
        add_entry(
            session,
            actor_id=casework.on_case,
            reference=casework.reference,
            kind=EntryKind.CONTACT,
            text="Rang",
            contact=Contact.REACHED,
        )

    assert at_once(casework.database, crisis, call) is None
    case = the_case(casework)
    assert (case.flags, case.queue_rank) == ("CRISIS", 0)
    assert case.reached_at is not None


def test_two_entries_at_once_are_both_kept(casework: Casework) -> None:
    def entry(words: str) -> Any:
        return lambda session: add_entry(
            session, actor_id=casework.lead, reference=casework.reference, kind=EntryKind.DOCUMENT, text=words
        )

    assert at_once(casework.database, entry("One"), entry("Two")) is None
    assert [row.text for row in rows(casework.database, Entry, kind=EntryKind.DOCUMENT)] == ["One", "Two"]
    assert the_case(casework).substantive_at == last(casework.database, Entry, kind=EntryKind.DOCUMENT).at


def test_a_closed_case_is_not_unallocated(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Assignment).values(status="ended", ended_at=clock.now()))
        session.execute(update(Case).values(is_open=False, stage=Stage.CLOSED))
        refresh_card(session, session.scalars(select(Case.id)).one())
    assert the_case(casework).unallocated_since is None
    assert count_events(casework) == 1


def count_events(casework: Casework) -> int:
    return len(rows(casework.database, StageEvent))


def test_a_missed_deadline_hides_no_other_that_is_at_risk(casework: Casework) -> None:
    from db.choices import Condition
    from db.queries.case_detail import case_detail
    from db.queries.my_cases import my_cases
    from db.queries.queue import QueueFilters, case_queue, condition_counts
    from db.rules.limits import Limits
    from tests.db.helpers import viewer

    limits, both = Limits(), {Condition.DEADLINE_MISSED, Condition.AT_RISK}

    def seen() -> list[set[Condition]]:
        """As the queue, the case and the card of my cases have it."""
        with casework.database.read() as session:
            who = viewer(casework, "on_case")
            detail = case_detail(session, who, casework.reference, TODAY, limits).conditions
            own = my_cases(session, who, TODAY, limits)[0].conditions
            counts = condition_counts(session, who, TODAY, limits)
            found = case_queue(session, who, QueueFilters(condition=Condition.AT_RISK), TODAY, limits).total
        assert found == counts[Condition.AT_RISK]
        return [both & detail, both & own, {condition for condition in both if counts[condition]}]

    deadline(casework, "Missed", -3)
    assert seen() == [{Condition.DEADLINE_MISSED}] * 3
    close = deadline(casework, "Close", 12)
    assert seen() == [both] * 3
    with casework.database.read() as session:
        detail = case_detail(session, viewer(casework, "on_case"), casework.reference, TODAY, limits)
        queue = case_queue(session, viewer(casework, "on_case"), QueueFilters(), TODAY, limits).rows
    assert detail.next_deadline == ("Missed", day(-3), "ours")
    assert detail.coming == ("Close", day(12), "ours")
    assert (queue[0].coming, queue[0].coming_on) == ("Close", day(12))
    run(casework, change_deadline, deadline_id=close, plan="Counsel drafts it")
    assert seen() == [{Condition.DEADLINE_MISSED}] * 3
