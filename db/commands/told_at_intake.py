"""Days that the doctor mentions in the first message: each is recorded where it acts, not only as a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import EntryKind
from db.commands.check_ins import ask_check_in
from db.commands.deadlines import put_day, start_deadlines
from db.commands.pathways import begin_stage
from db.commands.record import add_line
from db.dated_events import events_of
from db.models import Case, CaseProcess
from db.rules.dated_events import HEARING, LIMIT, STAGE, DatedEvent, tellable
from db.rules.days import FIRST, LAST
from db.rules.safety import CheckInAt


@dataclass(frozen=True)
class Told:
    """A day that the doctor mentioned: a dated event by its code (`db/reference/dated_events.csv`). What is missing is
    refused."""

    event: str
    on: date | None


def problems_with_told(session: Session, told: Sequence[Told], processes: Sequence[str]) -> dict[str, str]:
    """What is wrong with these days, by the number of their row: “told_0”, “told_on_0”."""
    if not told:
        return {}
    offered = {event.code: event for event in tellable(events_of(session), processes)}
    problems = {}
    for number, one in enumerate(told):
        event = offered.get(one.event)
        if event is None:
            problems[f"told_{number}"] = f"Date {number + 1}: choose what happened, for a process chosen above."
        elif one.on is None:
            problems[f"told_on_{number}"] = f"Date {number + 1}: choose the day, or leave the whole line empty."
        elif not FIRST <= one.on <= LAST:
            problems[f"told_on_{number}"] = f"Date {number + 1}: check the year, {one.on.year:04d} can’t be right."
        elif event.place == STAGE and one.on > clock.today():
            problems[f"told_on_{number}"] = f"Date {number + 1}: choose today or an earlier day."
    return problems


def begin_as_told(session: Session, viewer: Viewer, row: CaseProcess, told: Sequence[Told]) -> bool:
    """Puts a new process at the stages the doctor told of, since the days told. Returns whether there were any."""
    steps = _steps(session, row.process, told)
    for since, stage in steps:
        row.stage, row.started_on = stage, min(row.started_on, since)
        begin_stage(session, viewer, row, since)
        session.flush()
    return bool(steps)


def _steps(session: Session, process: str, told: Sequence[Told]) -> list[tuple[date, str]]:
    mine = [(on, event) for event, on in _days(session, told) if event.process == process and event.place == STAGE]
    return sorted((on, event.value) for on, event in mine if event.value)


def record_told(session: Session, viewer: Viewer, case: Case, told: Sequence[Told]) -> None:
    """Makes deadlines, check-ins and timeline lines of the days told."""
    if not told:
        return
    rows = {row.process: row for row in session.scalars(select(CaseProcess).where(CaseProcess.case_id == case.id))}
    for event, on in _days(session, told):
        add_line(session, viewer, case, EntryKind.NOTE, f"Told by the doctor: {event.label}, {on:%-d %B %Y}.")
        if event.place and event.value:
            place = CheckInAt(event.place)
            # Of an outcome that may be one of several, which it was is not told yet.
            ask_check_in(session, viewer, case, place, event.value.split()[0], process=event.process, on=on)
        start_deadlines(session, viewer, case, event.rules, on, process=rows.get(event.process or ""))
        if event.as_date and on >= clock.today():
            is_hearing, is_limit = event.as_date == HEARING, event.as_date == LIMIT
            put_day(session, viewer, case, event.label, on, is_hearing=is_hearing, must_not_miss=is_limit)


def _days(session: Session, told: Sequence[Told]) -> list[tuple[DatedEvent, date]]:
    """The first day first, each once."""
    if not told:
        return []
    events = {event.code: event for event in events_of(session)}
    found = {(events[one.event], one.on) for one in told if one.on is not None}
    return sorted(found, key=lambda one: (one[1], one[0].code))
