"""Leadership's numbers, counted by hand; the same from lines kept in memory; nothing from behind a wall."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from db import clock
from db.choices import (
    AssignmentRole,
    AssignmentStatus,
    Condition,
    ConsentPurpose,
    Contact,
    DeadlineKind,
    EntryKind,
    Lack,
    Stage,
    Whose,
)
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.update_status import update_status
from db.errors import NotAllowed
from db.models import (
    Assignment,
    Case,
    CaseProcess,
    Consent,
    Correction,
    Deadline,
    Debrief,
    Doctor,
    Entry,
    FindingCode,
    Leave,
    OrganisationMerger,
    ProcessOutcome,
    StageEvent,
    Volunteer,
    Waiting,
)
from db.queries.leadership import Leadership, days_asked, leadership, offered_periods, read_since
from db.queries.leadership_lines import LeadershipLines, lines_now, with_quiet
from db.queries.queue import case_queue, condition_counts
from db.rules.allotting import DebriefKind
from db.rules.limits import Limits
from db.rules.periods import Period, quarter_around
from db.rules.queue_filters import QueueFilters
from db.rules.spread import Share, Spread
from tests.db.helpers import plain, plain_update, run, the_case, viewer
from tests.factories import Casework, make_body, make_case

TODAY, LIMITS = date(2026, 11, 18), Limits()
NOW = quarter_around(TODAY)
LONG_AGO = datetime(2020, 1, 6, 12, tzinfo=UTC)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@dataclass
class Told:
    """A case by its days. `led` are pairs: from, until."""

    opened: date
    reached: datetime | None = None
    led: tuple[tuple[date, date | None], ...] = ()
    ended: tuple[tuple[Stage, date], ...] = ()
    reopened: date | None = None


# Each with the quarter it was opened in: see the numbers below.
TOLD = {
    "A": Told(date(2026, 10, 5), noon(date(2026, 10, 8)), ((date(2026, 10, 6), None),)),
    "B": Told(date(2026, 11, 1), noon(date(2026, 11, 6))),
    "C": Told(date(2026, 11, 17)),
    "D": Told(
        date(2026, 8, 10),
        noon(date(2026, 8, 10)),
        ((date(2026, 8, 20), date(2026, 10, 20)),),
        ((Stage.CLOSED, date(2026, 10, 20)),),
    ),
    "E": Told(
        date(2026, 7, 1),
        noon(date(2026, 7, 21)),
        ((date(2026, 7, 5), date(2026, 9, 1)),),
        ((Stage.DECLINED, date(2026, 9, 1)),),
    ),
    "F": Told(
        date(2025, 12, 30), None, ((date(2026, 1, 2), date(2026, 1, 15)),), ((Stage.REFERRED, date(2026, 1, 15)),)
    ),
    # Reached at half past midnight on 12 July, in London.
    "G": Told(date(2026, 7, 10), datetime(2026, 7, 11, 23, 30, tzinfo=UTC), ((date(2026, 7, 12), date(2026, 10, 1)),)),
    "H": Told(
        date(2025, 11, 5),
        None,
        ((date(2025, 11, 6), date(2025, 11, 20)), (date(2026, 8, 6), None)),
        ((Stage.CLOSED, date(2025, 11, 20)),),
        reopened=date(2026, 8, 5),
    ),
}


def add(session: Session, work: Casework, name: str, told: Told) -> int:
    like = session.scalars(select(Case).where(Case.reference == work.reference)).one()
    doctor = Doctor(created_at=LONG_AGO)
    session.add(doctor)
    session.flush()
    is_open = not told.ended or told.reopened is not None
    columns = [column.name for column in Case.__table__.columns if column.name not in ("id", "source_key")]
    values = {column: getattr(like, column) for column in columns} | {
        "reference": f"LNB-77777{name}",
        "doctor_id": doctor.id,
        "organisation_id": work.other_body,
        "opened_on": told.opened,
        "is_open": is_open,
        "stage": Stage.TRIAGE if is_open else told.ended[-1][0],
        "closed_on": None if is_open else told.ended[-1][1],
    }
    case_id: int = session.execute(insert(Case).returning(Case.id), values).scalar_one()
    of_case: dict[str, Any] = {"case_id": case_id}
    if told.reached:
        spoke = {"kind": EntryKind.CONTACT, "contact": Contact.REACHED, "text": "x"}
        session.add(Entry(at=told.reached, recorded_at=told.reached, **of_case, **spoke))
    for first, last in told.led:
        over = AssignmentStatus.ENDED if last else AssignmentStatus.ACCEPTED
        taken: dict[str, Any] = {"offered_at": noon(first), "answered_at": noon(first), "reason": "", "status": over}
        lead: dict[str, Any] = {"volunteer_id": work.off_case, "role": AssignmentRole.LEAD}
        session.add(Assignment(ended_at=noon(last) if last else None, **of_case, **lead, **taken))
    moves = [(Stage.ACTIVE, stage, day) for stage, day in told.ended]
    if told.reopened:
        moves.append((told.ended[-1][0], Stage.TRIAGE, told.reopened))
    for from_stage, to_stage, day in moves:
        moved: dict[str, Any] = {"from_stage": from_stage, "to_stage": to_stage, "reason": "", "details": {}}
        session.add(StageEvent(at=noon(day), **of_case, **moved))
    session.flush()
    return case_id


@pytest.fixture
def ids(casework: Casework) -> dict[str, int]:
    """The cases above; the one everybody here knows is made an old one, open and led."""
    with casework.database.write() as session:
        session.execute(update(Case).values(opened_on=LONG_AGO.date(), received_at=LONG_AGO))
        session.execute(update(Entry).values(at=LONG_AGO))
        session.execute(update(StageEvent).values(at=LONG_AGO))
        session.execute(update(Assignment).values(answered_at=LONG_AGO))
        return {name: add(session, casework, name, told) for name, told in TOLD.items()}


def counted(work: Casework, who: str = "lead", period: Period = NOW, today: date = TODAY) -> Leadership:
    with work.database.read() as session:
        lines = lines_now(session, None, read_since(today), LIMITS.stalled_days, today)
        lines = with_quiet(session, lines, days_asked(period, today), LIMITS.stalled_days)
        return leadership(session, viewer(work, who), period, today, lines)


@pytest.mark.usefixtures("ids")
def test_the_caseload_of_three_periods_is_as_counted_by_hand(casework: Casework) -> None:
    found = counted(casework)
    now, before, year = found.now, found.before, found.year_before
    assert [each.period.code for each in (now, before, year)] == ["2026Q4", "2026Q3", "2025Q4"]
    assert [each.until for each in (now, before, year)] == [TODAY, date(2026, 9, 30), date(2025, 12, 31)]
    assert [each.opened for each in (now, before, year)] == [3, 3, 2]
    assert [each.closed for each in (now, before, year)] == [1, 0, 1]
    assert [each.passed_on for each in (now, before, year)] == [0, 1, 0]
    assert [each.reopened for each in (now, before, year)] == [0, 1, 0]
    # A, B, C, G, H and the old one; D, G, H and the old one; F and the old one.
    assert [each.open for each in (now, before, year)] == [6, 4, 2]
    # B, C and G; nobody; F, which somebody accepted on 2 January.
    assert [each.unallocated for each in (now, before, year)] == [3, 0, 1]


@pytest.mark.usefixtures("ids")
def test_waits_are_whole_london_days_of_the_cases_opened_in_the_period(casework: Casework) -> None:
    found = counted(casework)
    assert found.now.first_contact == Spread(2, 4, 3, 5)
    assert found.now.waiting_contact == 1
    assert found.before.first_contact == Spread(3, 2, 0, 20)
    assert (found.year_before.first_contact, found.year_before.waiting_contact) == (Spread(0), 2)
    assert (found.now.allocation, found.now.waiting_lead) == (Spread(1, 1, 1, 1), 2)
    assert found.before.allocation == Spread(3, 4, 2, 10)
    assert found.year_before.allocation == Spread(2, 2, 1, 3)


def test_limits_are_of_deadlines_whose_day_is_over_and_that_still_apply(
    casework: Casework, ids: dict[str, int]
) -> None:
    ours = [(5, 4), (7, 10), (26, None), (44, None), (56, None)]  # days from 5 October: due, met
    theirs = [("A", 6, 15), ("A", 25, None), ("B", 29, 28), ("D", 25, None)]
    first = date(2026, 10, 5)
    told: dict[str, Any] = {"name": "x", "kind": DeadlineKind.LOCAL}
    with casework.database.write() as session:
        for due, met in ours:
            session.add(
                Deadline(case_id=ids["A"], whose=Whose.OURS, due_on=_on(first, due), met_on=_on(first, met), **told)
            )
        session.add(
            Deadline(case_id=ids["A"], whose=Whose.OURS, due_on=_on(first, 15), lapsed_on=_on(first, 16), **told)
        )
        session.add(Deadline(case_id=ids["A"], whose=Whose.WINDOW, due_on=_on(first, 15), **told))
        for name, due, met in theirs:
            session.add(
                Deadline(case_id=ids[name], whose=Whose.BODY, due_on=_on(first, due), met_on=_on(first, met), **told)
            )
        regulator = make_body(session, "REG1", kind="regulator")
        process = CaseProcess(
            case_id=ids["B"], process="GMC", stage="TRIAGE", organisation_id=regulator, started_on=first
        )
        session.add(process)
        session.flush()
        session.add(
            Deadline(case_id=ids["B"], case_process_id=process.id, whose=Whose.BODY, due_on=_on(first, 30), **told)
        )
    found = counted(casework).now
    # Met in time, met late, missed; today's and those to come are not over.
    assert found.limits == Share(1, 3)
    # D ended before its day: nobody knows.
    assert found.bodies == (("acute", Share(2, 3)), ("regulator", Share(1, 1)))
    assert counted(casework).before.limits == Share(0, 0)


def _on(first: date, days: int | None) -> date | None:
    return None if days is None else first + timedelta(days=days)


def test_no_news_goes_by_what_was_so_that_day(casework: Casework, ids: dict[str, int]) -> None:
    with casework.database.write() as session:
        waits = {"on_whom": "HR", "since": date(2026, 11, 1), "chase_on": date(2026, 11, 25)}
        session.add(Waiting(case_id=ids["G"], **waits))
        told = {"kind": EntryKind.NOTE, "text": "A note is no news", "at": noon(TODAY), "recorded_at": noon(TODAY)}
        session.add(Entry(case_id=ids["A"], **told))
    found = counted(casework)
    # A, H and the old one. B was reached on 6 November, C came yesterday, G waits for others.
    assert found.now.quiet == 3
    # On 30 September: D, G and H, of which H came back on 5 August, and the old one.
    assert found.before.quiet == 4


def test_of_an_outcome_the_newest_edition_counts(casework: Casework, ids: dict[str, int]) -> None:
    told: dict[str, Any] = {"note": "", "ended": False, "at": noon(TODAY)}
    with casework.database.write() as session:
        process = CaseProcess(case_id=ids["A"], process="MHPS", stage="SCREEN", started_on=date(2026, 10, 5))
        session.add(process)
        session.flush()
        of: dict[str, Any] = {"case_id": ids["A"], "case_process_id": process.id, **told}
        for number, edition, outcome, on, withdrawn in (
            (1, 1, "LOCAL-WARNING", date(2026, 10, 9), False),
            (1, 2, "FINAL-WARNING", date(2026, 10, 9), False),
            (2, 1, "LOCAL-WARNING", date(2026, 10, 10), False),
            (3, 1, "LOCAL-WARNING", date(2026, 10, 11), False),
            (4, 1, "LOCAL-WARNING", date(2026, 10, 12), False),
            (4, 2, "LOCAL-WARNING", date(2026, 10, 12), True),
            (5, 1, "LOCAL-WARNING", date(2026, 9, 30), False),
        ):
            row = {"number": number, "edition": edition, "outcome": outcome, "happened_on": on, "withdrawn": withdrawn}
            session.add(ProcessOutcome(**of, **row))
    found = counted(casework)
    assert found.now.outcomes == (("MHPS", "LOCAL-WARNING", 2), ("MHPS", "FINAL-WARNING", 1))
    assert found.before.outcomes == (("MHPS", "LOCAL-WARNING", 1),)
    assert found.changes.outcomes == 2


@pytest.mark.usefixtures("ids")
def test_months_agree_with_the_periods(casework: Casework) -> None:
    months, found = counted(casework).months, counted(casework)
    assert [str(months.month.iloc[at]) for at in (0, -1)] == ["2025-11-01", "2026-11-01"]
    assert months.opened.tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 2, 1, 0, 1, 2]
    assert months.ended.tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]
    assert (months.open.iloc[-1], months.unallocated.iloc[-1]) == (found.now.open, found.now.unallocated)
    assert (months.open.iloc[1], months.unallocated.iloc[1]) == (found.year_before.open, found.year_before.unallocated)


def test_today_it_is_what_the_queue_counts(casework: Casework) -> None:
    with casework.database.write() as session:
        make_case(session, actor_id=casework.lead, body=casework.other_body, contact="a@example.org")
    found = counted(casework, period=quarter_around(clock.today()), today=clock.today())
    with casework.database.read() as session:
        told = condition_counts(session, viewer(casework, "lead"), clock.today(), LIMITS)
        is_open = session.scalar(select(func.count()).select_from(Case).where(Case.is_open))
    assert (found.now.open, found.now.unallocated) == (is_open, told[Condition.UNALLOCATED])


def test_what_cases_lack_is_what_the_queue_then_lists(casework: Casework, ids: dict[str, int]) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).where(Case.id.in_((ids["A"], ids["B"], ids["D"]))).values(organisation_id=None))
        session.execute(update(Case).where(Case.id.in_((ids["A"], ids["G"]))).values(stage=Stage.ACTIVE))
        for name, given, withdrawn, expires in (
            ("A", True, None, None),
            ("B", False, None, None),
            ("C", True, LONG_AGO, None),
            ("G", True, None, clock.today() - timedelta(days=1)),
            ("H", True, None, clock.today()),
        ):
            told: dict[str, Any] = {"given": given, "withdrawn_at": withdrawn, "expires_on": expires, "wording": "x"}
            session.add(Consent(case_id=ids[name], purpose=ConsentPurpose.HOLD, given_at=LONG_AGO, **told))
        late: dict[str, Any] = {"name": "x", "kind": DeadlineKind.LOCAL, "whose": Whose.BODY, "lapsed_on": TODAY}
        session.add(Deadline(case_id=ids["A"], due_on=TODAY, **late))
    lacking = counted(casework, today=clock.today()).lacking
    assert lacking[Lack.UNCODED] == 2
    assert lacking[Lack.UNMATCHED] == 2
    assert lacking[Lack.NO_CONSENT] == 3
    assert lacking[Lack.NO_DEADLINE] >= 4
    with casework.database.read() as session:
        for lack, count in lacking.items():
            page = case_queue(session, viewer(casework, "lead"), QueueFilters(lacks=lack), clock.today(), LIMITS)
            assert page.total == count, lack


def test_volunteers_are_counted_and_nobody_is_named(casework: Casework, ids: dict[str, int]) -> None:
    with casework.database.write() as session:
        session.add(Leave(volunteer_id=casework.on_case, starts_on=TODAY, ends_on=TODAY))
        session.add(Leave(volunteer_id=casework.on_case, starts_on=TODAY, ends_on=TODAY + timedelta(days=9)))
        session.add(Leave(volunteer_id=casework.observer, starts_on=TODAY, ends_on=TODAY))
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(says_full=True))
        due: dict[str, Any] = {"volunteer_id": casework.on_case, "kind": DebriefKind.HEARING}
        session.add(Debrief(case_id=ids["A"], happened_on=TODAY, **due))
    found = counted(casework).wellbeing
    assert (found.people, found.on_leave, found.at_capacity, found.quiet, found.debriefs) == (4, 1, 1, 0, 1)


def test_what_changed_in_the_counting_is_told_where_it_is_recorded(casework: Casework, ids: dict[str, int]) -> None:
    with casework.database.write() as session:
        session.execute(update(FindingCode).where(FindingCode.code == "S01").values(valid_from=date(2026, 11, 2)))
        session.execute(update(FindingCode).where(FindingCode.code == "S02").values(valid_to=date(2025, 9, 30)))
        third = make_body(session, "EX009")
        merger = {"predecessor_id": casework.body, "successor_id": third, "merged_on": date(2024, 4, 1)}
        session.add(OrganisationMerger(recorded_at=noon(TODAY), **merger))
        for what in ("grade", "contact"):
            session.add(Correction(case_id=ids["A"], what=what, reason="x", at=noon(TODAY)))
    told = counted(casework).changes
    assert [(change.on, change.began) for change in told.terms if change.what == "Finding"] == [
        (date(2026, 11, 2), True)
    ]
    assert (told.merged, told.corrected) == (1, 1)


def test_a_barred_lead_is_told_the_same_with_and_without_the_cases(casework: Casework, ids: dict[str, int]) -> None:
    """Every case here but those of the other organisation is at the one that the lead in conflict belongs to."""
    before = plain(counted(casework, "in_conflict"))
    with casework.database.write() as session:
        late: dict[str, Any] = {"name": "x", "kind": DeadlineKind.LOCAL}
        for number, told in enumerate(TOLD.values()):
            case_id = add(session, casework, str(number + 2), told)
            session.execute(update(Case).where(Case.id == case_id).values(organisation_id=casework.body))
            for whose in (Whose.OURS, Whose.BODY):
                session.add(Deadline(case_id=case_id, whose=whose, due_on=date(2026, 10, 9), **late))
            session.add(Correction(case_id=case_id, what="grade", reason="x", at=noon(TODAY)))
            owed: dict[str, Any] = {"volunteer_id": casework.on_case, "kind": DebriefKind.HEARING, "happened_on": TODAY}
            session.add(Debrief(case_id=case_id, **owed))
    assert plain(counted(casework, "in_conflict")) == before
    assert counted(casework).now.opened == 6
    del ids


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer"])
def test_only_leads_are_told(casework: Casework, who: str) -> None:
    with pytest.raises(NotAllowed):
        counted(casework, who)


def test_lines_kept_are_brought_up_to_date_with_what_changed(casework: Casework, ids: dict[str, int]) -> None:
    since = read_since(clock.today())

    def read(kept: LeadershipLines | None) -> LeadershipLines:
        with casework.database.read() as session:
            lines = lines_now(session, kept, since, LIMITS.stalled_days, clock.today())
            return with_quiet(session, lines, (clock.today(), TODAY), LIMITS.stalled_days)

    kept = read(None)
    fields: dict[str, Any] = {"kind": DeadlineKind.LOCAL, "whose": Whose.OURS, "name": "x"}
    run(casework, add_deadline, due_on=clock.today(), **fields)
    run(casework, update_status, **(plain_update(casework) | {"contact": Contact.REACHED, "what_changed": "x"}))
    with casework.database.write() as session:
        make_case(session, actor_id=casework.lead, body=casework.body, contact="b@example.org")
    again = read(kept)
    assert _same(again, read(None))
    assert not _same(kept, again)
    with casework.database.read() as session:
        deadline = session.scalars(select(Deadline.id).order_by(Deadline.id.desc())).first()
    run(casework, change_deadline, deadline_id=deadline, met_on=clock.today())
    assert _same(read(again), read(None))
    assert read(again).audit_id > kept.audit_id
    assert the_case(casework).id not in ids.values()


def _same(one: LeadershipLines, other: LeadershipLines) -> bool:
    kinds = ("openings", "endings", "places", "deadlines", "lacking", "outcomes")
    pairs = [(getattr(one, kind), getattr(other, kind)) for kind in kinds]
    pairs += [(one.quiet[day], other.quiet[day]) for day in one.quiet]
    return one.quiet.keys() == other.quiet.keys() and all(sorted(a.tolist()) == sorted(b.tolist()) for a, b in pairs)


def test_of_days_gone_by_only_the_ends_of_months_stay_in_memory(casework: Casework) -> None:
    with casework.database.read() as session:
        lines = lines_now(session, None, read_since(TODAY), LIMITS.stalled_days, TODAY)
        for days in ((date(2026, 10, 30), date(2026, 10, 31)), (date(2026, 11, 1),), (TODAY,)):
            lines = with_quiet(session, lines, days, LIMITS.stalled_days)
    assert sorted(lines.quiet) == [date(2026, 10, 31), TODAY]


def test_periods_that_are_offered_are_all_read() -> None:
    for day in (date(2026, 1, 1), date(2026, 3, 31), date(2028, 2, 29), TODAY):
        periods = offered_periods(day)
        assert periods[0].first <= day <= periods[0].last
        assert len({each.code for each in periods}) == len(periods)
        assert min(each.year_before.first for each in periods) >= read_since(day)
        assert min(each.before.first for each in periods) >= read_since(day)
