"""Days that the doctor mentions in the first message act at once: as deadlines, stages and check-ins."""

from datetime import date, timedelta

import pytest

from db import clock
from db.choices import DeadlineKind, EntryKind, Whose
from db.commands.deadlines import change_deadline
from db.commands.open_case import open_case
from db.commands.processes import move_process
from db.commands.told_at_intake import Told
from db.errors import Invalid
from db.models import Action, CaseProcess, CheckIn, Deadline, Entry, ProcessEvent
from tests.db.commands.test_open_case import intake_at, take
from tests.db.helpers import assert_all_or_nothing, refused, rows, run, the_case
from tests.factories import Casework

WEEK = timedelta(weeks=1)


def deadlines(casework: Casework, reference: str) -> dict[str | None, Deadline]:
    """By rule; a day that is its own deadline by its name."""
    case = the_case(casework, reference)
    return {row.rule or row.name: row for row in rows(casework.database, Deadline, case_id=case.id)}


def test_an_exclusion_and_a_meeting_told_stand_as_deadlines(casework: Casework) -> None:
    """“Excluded last week, meeting in two”: as the domain reference has it."""
    excluded, meeting = clock.today() - WEEK, clock.today() + 2 * WEEK
    reference = take(casework, processes=("MHPS",), told=(Told("EXCLUDED", excluded), Told("MEETING", meeting)))

    found = deadlines(casework, reference)
    assert set(found) == {
        "MHPS-EXCL-IMMEDIATE-2W",
        "MHPS-PPA-12W",
        "MHPS-EXCL-CEILING-6M",
        "Meeting with the employer or another body",
    }
    limit = found["MHPS-EXCL-IMMEDIATE-2W"]
    assert (limit.due_on, limit.trigger_on, limit.whose) == (excluded + 2 * WEEK, excluded, Whose.BODY)
    own = found["Meeting with the employer or another body"]
    assert (own.due_on, own.whose, own.kind, own.is_hearing) == (meeting, Whose.OURS, DeadlineKind.LOCAL, False)

    case = the_case(casework, reference)
    (process,) = rows(casework.database, CaseProcess, case_id=case.id)
    assert (process.stage, process.started_on) == ("EXCL-IMMEDIATE", excluded)
    assert limit.case_process_id == process.id
    (event,) = rows(casework.database, ProcessEvent, case_process_id=process.id)
    assert (event.stage, event.since, event.is_exact) == ("EXCL-IMMEDIATE", excluded, True)
    notes = [row.text for row in rows(casework.database, Entry, case_id=case.id, kind=EntryKind.NOTE)]
    assert f"Told by the doctor: Excluded from work at once, {excluded:%-d %B %Y}." in notes
    # The card knows what comes first.
    assert (case.ours_due_on, case.body_due_on) == (meeting, limit.due_on)


def test_several_stages_told_are_gone_through_in_the_order_of_their_days(casework: Casework) -> None:
    first, then = clock.today() - 8 * WEEK, clock.today() - WEEK
    told = (Told("GMC-RULE-7-LETTER", then), Told("GMC-RULE-4-LETTER", first))
    reference = take(casework, processes=("GMC",), told=told)
    case = the_case(casework, reference)
    (process,) = rows(casework.database, CaseProcess, case_id=case.id)
    assert (process.stage, process.started_on) == ("RULE-7", first)
    events = rows(casework.database, ProcessEvent, case_process_id=process.id)
    assert [(event.stage, event.since) for event in events] == [("RULE-4", first), ("RULE-7", then)]
    assert deadlines(casework, reference)["GMC-RULE-7-28D"].due_on == then + 4 * WEEK


def test_a_dismissal_told_starts_the_tribunals_limits_and_a_check_in(casework: Casework) -> None:
    day = clock.today() - timedelta(days=2)
    reference = take(casework, processes=("MHPS",), told=(Told("DISMISSED", day),))
    found = deadlines(casework, reference)
    assert set(found) == {"ET-PRIMARY-3M", "ET-INTERIM-RELIEF-7D", "ET-CONTRACT-3M"}
    assert found["ET-INTERIM-RELIEF-7D"].due_on == day + WEEK
    assert found["ET-INTERIM-RELIEF-7D"].whose is Whose.OURS
    # The tribunal's limits are of no process that the case has yet.
    assert {row.case_process_id for row in found.values()} == {None}
    case = the_case(casework, reference)
    assert [row.kind for row in rows(casework.database, CheckIn, case_id=case.id)] == ["dismissal"]
    assert any("Check in" in row.text for row in rows(casework.database, Action, case_id=case.id))


def test_a_day_that_has_passed_is_no_deadline_of_ours(casework: Casework) -> None:
    reference = take(casework, told=(Told("MEETING", clock.today() - WEEK),))
    assert deadlines(casework, reference) == {}


def test_a_limit_told_must_not_be_missed(casework: Casework) -> None:
    reference = take(casework, told=(Told("REPLY-BY", clock.today() + WEEK),))
    (row,) = deadlines(casework, reference).values()
    assert row.must_not_miss


def test_a_day_told_twice_stands_once(casework: Casework) -> None:
    day = Told("EXCLUDED-FORMALLY", clock.today())
    reference = take(casework, processes=("MHPS",), told=(day, day))
    assert set(deadlines(casework, reference)) == {"MHPS-EXCL-FORMAL-4W"}


@pytest.mark.parametrize(
    ("told", "processes", "field"),
    [
        (Told("NOTHING", date(2026, 11, 20)), ("MHPS",), "told_0"),
        (Told("", date(2026, 11, 20)), ("MHPS",), "told_0"),
        # Of a process that the doctor does not face.
        (Told("GMC-RULE-7-LETTER", date(2026, 11, 20)), ("MHPS",), "told_0"),
        (Told("EXCLUDED", None), ("MHPS",), "told_on_0"),
        (Told("EXCLUDED", date(25, 3, 5)), ("MHPS",), "told_on_0"),
        (Told("MEETING", date(2061, 1, 1)), ("MHPS",), "told_on_0"),
        (Told("EXCLUDED", date(2059, 1, 1)), ("MHPS",), "told_on_0"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_line(
    casework: Casework, told: Told, processes: tuple[str, ...], field: str
) -> None:
    with refused(casework.database, "choose|check the year", error=Invalid) as refusal:
        take(casework, processes=processes, told=(told,))
    assert set(refusal().problems) == {field}


def test_all_or_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    told = (Told("EXCLUDED", clock.today()), Told("HEARING", clock.today() + WEEK))
    intake = intake_at(casework, processes=("MHPS",), told=told)
    assert_all_or_nothing(casework, monkeypatch, open_case, intake=intake)


def test_the_same_deadline_is_not_added_again_by_the_process(casework: Casework) -> None:
    day = clock.today()
    reference = take(casework, processes=("MHPS",), told=(Told("EXCLUDED", day),))
    case = the_case(casework, reference)
    (process,) = rows(casework.database, CaseProcess, case_id=case.id)
    move = {"reference": reference, "case_process_id": process.id, "since": day}
    run(casework, move_process, stage="SCREEN", **move)
    again = {"stage": "EXCL-IMMEDIATE", "deadlines": ("MHPS-EXCL-IMMEDIATE-2W",), **move}
    run(casework, move_process, **again)
    (found,) = rows(casework.database, Deadline, case_id=case.id, rule="MHPS-EXCL-IMMEDIATE-2W")

    # One that lapsed is no reason to lose the limit.
    lapse = {"reference": reference, "deadline_id": found.id, "lapsed_reason": "Recorded by mistake"}
    run(casework, change_deadline, **lapse)
    run(casework, move_process, stage="SCREEN", **move)
    run(casework, move_process, **again)
    assert len(rows(casework.database, Deadline, case_id=case.id, rule="MHPS-EXCL-IMMEDIATE-2W")) == 2
