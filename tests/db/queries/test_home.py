"""Home: what needs whom today, in what order; and how the caseload moved."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from db import clock
from db.choices import Approached, AssignmentRole, AssignmentStatus, ConsentPurpose, DeadlineKind, Stage, Whose
from db.commands.assignments import offer_case
from db.commands.consents import record_consent
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.flags import clear_flag, raise_flag
from db.commands.update_status import update_status
from db.commands.waiting import begin_waiting, end_waiting
from db.models import Action, Assignment, Case, Consent, Deadline, Flag, StageEvent, Volunteer, Waiting
from db.models.cases import URGENT_RANK
from db.queries.home import LINES, Attention, my_attention
from db.queries.my_cases import my_cases
from db.queries.trend import trend
from db.rules.attention import Need
from db.rules.limits import Limits
from tests.db.helpers import last, run, statements, the_case, viewer
from tests.factories import Casework, make_case

TODAY = clock.today()
LIMITS = Limits()


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def attention(casework: Casework, who: str = "on_case") -> list[Attention]:
    with casework.database.read() as session:
        return my_attention(session, viewer(casework, who), TODAY, LIMITS)


def told(casework: Casework, who: str = "on_case") -> list[tuple[int, str, str]]:
    return [(line.order, line.what, line.name) for line in attention(casework, who)]


def deadline(casework: Casework, name: str, due: int, **more: Any) -> None:
    fields: dict[str, Any] = {"kind": DeadlineKind.LOCAL, "whose": Whose.OURS, "due_on": day(due)}
    run(casework, add_deadline, name=name, **(fields | more))


@pytest.fixture
def calm(casework: Casework) -> Casework:
    """The case of the person on it, with nothing that needs anybody today."""
    with casework.database.write() as session:
        session.execute(update(Action).values(owner_id=casework.on_case, due_on=day(30)))
    return casework


def test_a_flag_is_there_from_the_day_before_it_is_to_be_looked_at(calm: Casework) -> None:
    run(calm, raise_flag, code="MEDIA", why="A paper rang", review_on=day(2))
    assert Need.FLAG not in [line.what for line in attention(calm)]
    for on, order in ((1, 3), (0, 3), (-1, 2)):
        with calm.database.write() as session:
            session.execute(update(Flag).values(review_on=day(on)))
        [line] = [line for line in attention(calm) if line.what is Need.FLAG]
        assert (line.order, line.name, line.due_on) == (order, "MEDIA", day(on))
    for who in ("lead", "off_case", "in_conflict"):
        assert Need.FLAG not in [line.what for line in attention(calm, who)]


def test_a_consent_that_runs_out_is_asked_again_by_the_case_lead(calm: Casework) -> None:
    contact: dict[str, Any] = {"purpose": ConsentPurpose.CONTACT, "whom": Approached.GMC, "given": True}
    run(calm, record_consent, **contact, expires_on=day(15))
    assert attention(calm) == []
    for on, order in ((14, 3), (0, 3), (-1, 2), (-60, 2)):
        with calm.database.write() as session:
            session.execute(update(Consent).where(Consent.whom == Approached.GMC).values(expires_on=day(on)))
        [line] = attention(calm)
        assert (line.order, line.what, line.name, line.due_on) == (order, Need.CONSENT, "contact gmc", day(on))
    for who in ("lead", "off_case", "in_conflict"):
        assert attention(calm, who) == []
    run(calm, record_consent, **contact, expires_on=day(90))
    assert attention(calm) == []


def test_nothing_to_do_is_nothing(calm: Casework) -> None:
    for who in ("lead", "on_case", "off_case", "in_conflict", "observer"):
        assert attention(calm, who) == []


def test_crisis_and_statutory_first_then_late_then_due(calm: Casework) -> None:
    deadline(calm, "Local, late", -2)
    deadline(calm, "Local, soon", 3)
    deadline(calm, "Statutory", 20, kind=DeadlineKind.STATUTORY)
    deadline(calm, "National", 28, kind=DeadlineKind.NATIONAL)
    run(calm, raise_flag, code="CRISIS", why="Said so", review_on=TODAY)
    run(calm, begin_waiting, on_whom="HR", chase_on=TODAY)
    with calm.database.write() as session:
        session.execute(update(Action).values(due_on=day(-1), text="Ring"))
    lines = attention(calm)
    assert [(line.order, line.what, line.name, line.due_on) for line in lines] == [
        (1, "crisis", "Said so", TODAY),
        (1, "at_risk", "Statutory", day(20)),
        (1, "at_risk", "National", day(28)),
        (2, "deadline", "Local, late", day(-2)),
        (2, "action", "Ring", day(-1)),
        (3, "chase", "HR", TODAY),
        (3, "deadline", "Local, soon", day(3)),
    ]
    assert {(line.reference, line.stage) for line in lines} == {(calm.reference, Stage.NEW)}


def test_far_settled_and_other_peoples_things_are_left_out(calm: Casework) -> None:
    deadline(calm, "Local, far", 15)
    deadline(calm, "Statutory, far", 29, kind=DeadlineKind.STATUTORY)
    deadline(calm, "Theirs", 1, whose=Whose.BODY)
    deadline(calm, "Met", 1)
    run(calm, change_deadline, deadline_id=last(calm.database, Deadline).id, met_on=TODAY)
    deadline(calm, "Lapsed", 1)
    run(calm, change_deadline, deadline_id=last(calm.database, Deadline).id, lapsed_reason="Off")
    run(calm, raise_flag, code="CRISIS", why="Was so", review_on=TODAY)
    run(calm, clear_flag, calm.lead, code="CRISIS", why="Safe", spoke_by="Vik", spoke_on=TODAY)
    run(calm, begin_waiting, on_whom="Later", chase_on=day(2))
    run(calm, begin_waiting, on_whom="Done", chase_on=TODAY)
    run(calm, end_waiting, waiting_id=last(calm.database, Waiting).id)
    assert told(calm) == []
    deadline(calm, "Mine", 1)
    for who in ("lead", "off_case", "in_conflict", "observer"):
        assert told(calm, who) == []


def test_an_update_overdue_by_its_own_name(calm: Casework) -> None:
    with calm.database.write() as session:
        session.execute(update(Case).values(opened_on=day(-8)))
    assert told(calm) == [(2, "update", "")]


def test_lines_without_a_date_have_the_same_place_on_every_database(calm: Casework) -> None:
    deadline(calm, "Local, late", -2)
    with calm.database.write() as session:
        session.execute(update(Case).values(opened_on=day(-8)))
    assert told(calm) == [(2, "deadline", "Local, late"), (2, "update", "")]


def test_an_offer_waits_for_its_answer(calm: Casework) -> None:
    run(calm, offer_case, calm.lead, volunteer_id=calm.off_case, role=AssignmentRole.SECOND, reason="Knows MHPS")
    assert told(calm, "off_case") == [(2, "offer", "Knows MHPS")]
    assert told(calm) == []


def test_a_lead_owns_actions_on_cases_of_others(calm: Casework) -> None:
    run(
        calm,
        update_status,
        seen_version=the_case(calm).version,
        what_changed="",
        contact=_none(),
        wellbeing=_same(),
        next_action="Sign the letter",
        action_owner_id=calm.lead,
        action_due_on=TODAY,
    )
    assert told(calm, "lead") == [(3, "action", "Sign the letter")]
    assert told(calm) == []


def test_whoever_takes_a_message_is_told_of_the_first_action(calm: Casework) -> None:
    with calm.database.write() as session:
        make_case(session, actor_id=calm.off_case, body=calm.other_body, contact="another.doctor@example.org")
    (line,) = attention(calm, "off_case")
    assert (line.what, line.due_on) == ("action", day(1))
    assert line.name.startswith("Triage: reply to the doctor")
    assert told(calm) == []


def _none() -> Any:
    from db.choices import Contact

    return Contact.NONE


def _same() -> Any:
    from db.choices import Wellbeing

    return Wellbeing.SAME


def test_a_closed_case_needs_nobody(calm: Casework) -> None:
    deadline(calm, "Local, late", -2)
    with calm.database.write() as session:
        session.execute(update(Case).values(is_open=False, stage=Stage.CLOSED))
    assert told(calm) == []


def test_the_list_is_cut_and_takes_three_statements(calm: Casework) -> None:
    fields = {
        "case_id": the_case(calm).id,
        "name": "Day",
        "due_on": TODAY,
        "kind": DeadlineKind.LOCAL,
        "whose": Whose.OURS,
        "version": 1,
        "is_hearing": False,
    }
    with calm.database.write() as session:
        session.execute(insert(Deadline), [fields] * (LINES + 5))
    who = viewer(calm, "on_case")
    with calm.database.read() as session, statements(calm.database) as log:
        assert len(my_attention(session, who, TODAY, LIMITS)) == LINES
    assert len(log) <= 3


def test_my_cases_are_mine_and_open_in_the_queues_order(calm: Casework) -> None:
    with calm.database.write() as session:
        second = make_case(session, actor_id=calm.lead, body=calm.other_body, contact="n@example.org")
    place: dict[str, Any] = {"volunteer_id": calm.on_case, "role": AssignmentRole.LEAD, "reason": "Room"}
    run(calm, offer_case, calm.lead, reference=second, **place)
    assert mine(calm) == [calm.reference]
    with calm.database.write() as session:
        session.execute(update(Assignment).values(status=AssignmentStatus.ACCEPTED))
        session.execute(update(Case).where(Case.reference == second).values(queue_rank=URGENT_RANK))
    assert mine(calm) == [second, calm.reference]
    with calm.database.write() as session:
        session.execute(update(Case).where(Case.reference == second).values(is_open=False, stage=Stage.CLOSED))
    assert mine(calm) == [calm.reference]
    for who in ("lead", "off_case", "in_conflict", "observer"):
        assert mine(calm, who) == []


def mine(casework: Casework, who: str = "on_case") -> list[str]:
    with casework.database.read() as session:
        return [case.reference for case in my_cases(session, viewer(casework, who), TODAY, LIMITS)]


# Trend and totals -----------------------------------------------------------------------------------------------


def set_days(casework: Casework, opened: int, closed: int | None) -> None:
    over = {"is_open": False, "stage": Stage.CLOSED, "closed_on": day(closed)} if closed is not None else {}
    with casework.database.write() as session:
        session.execute(
            update(Case).where(Case.reference == casework.reference).values({"opened_on": day(opened)} | over)
        )
        if closed is not None:
            noon = datetime.combine(day(closed), time(12), tzinfo=UTC)
            session.add(
                StageEvent(
                    case_id=the_case(casework).id,
                    from_stage=Stage.NEW,
                    to_stage=Stage.CLOSED,
                    at=noon,
                    reason="",
                    details={},
                )
            )


def weeks(casework: Casework, who: str = "lead") -> list[tuple[date, int, int, int]]:
    with casework.database.read() as session:
        frame = trend(session, viewer(casework, who), TODAY)
    assert list(frame.columns) == ["week", "opened", "closed", "open"]
    return list(frame.itertuples(index=False, name=None))


def test_quiet_hushes_all_but_crises_and_limits(casework: Casework) -> None:
    run(casework, raise_flag, code="CRISIS", why="x", review_on=day(1))
    deadline(casework, "Local, soon", 3)
    with casework.database.write() as session:
        session.execute(update(Action).values(owner_id=casework.on_case, due_on=day(1)))
        session.execute(update(Case).values(opened_on=day(-30), update_at=None))

    def hushed() -> dict[str, bool]:
        return {line.what.value: line.hushed for line in attention(casework)}

    def say(**values: Any) -> None:
        with casework.database.write() as session:
            session.execute(update(Volunteer).where(Volunteer.id == casework.on_case).values(values))

    assert set(hushed().values()) == {False}
    say(quiet_until=day(2))
    assert hushed() == {"crisis": False, "deadline": False, "action": True, "update": True}
    say(quiet_until=TODAY)
    assert set(hushed().values()) == {False}
    # At capacity: not what is their own plan, only what others would like.
    say(says_full=True)
    assert hushed() == {"crisis": False, "deadline": False, "action": False, "update": True}


def test_the_trend_counts_each_week_to_its_end(casework: Casework) -> None:
    set_days(casework, -70, -14)
    found = weeks(casework)
    assert len(found) == 26
    assert [week.weekday() for week, *_ in found] == [0] * 26
    assert found[-1][0] <= TODAY < found[-1][0] + timedelta(days=7)
    opened = {week for week, came, _, _ in found if came}
    closed = {week for week, _, went, _ in found if went}
    assert opened == {week for week, *_ in found if week <= day(-70) < week + timedelta(days=7)}
    assert closed == {week for week, *_ in found if week <= day(-14) < week + timedelta(days=7)}
    for week, _, _, still_open in found:
        end = week + timedelta(days=6)
        assert still_open == (day(-70) <= end < day(-14) or (end >= day(-70) and week > day(-14) > end)), week


def test_the_trend_is_for_leads_over_what_they_may_see(casework: Casework) -> None:
    for who in ("on_case", "off_case", "in_conflict", "observer"):
        assert {(came, went, still) for _, came, went, still in weeks(casework, who)} == {(0, 0, 0)}, who


def test_a_closure_stays_in_the_trend_after_reopening(casework: Casework) -> None:
    from db.commands.stages import record_stage

    before = sum(went for _, _, went, _ in weeks(casework))
    with casework.database.write() as session:
        case = session.scalars(select(Case)).one()
        for stage in (Stage.CLOSED, Stage.TRIAGE):
            record_stage(session, viewer=None, case=case, to=stage, reason="", details={})
    assert sum(went for _, _, went, _ in weeks(casework)) == before + 1
