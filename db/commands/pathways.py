"""When a process came to each of its stages: told now or later, corrected in the open, never edited."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.record import add_line, audit, process_on, touch
from db.declared import Patterns, command
from db.errors import CommandRefused, Stale
from db.models import Case, CaseProcess, Process, ProcessEvent, ProcessStage, Volunteer
from db.rules import pathways as rules


def begin_stage(
    session: Session, viewer: Viewer | None, row: CaseProcess, since: date, *, is_exact: bool = True
) -> ProcessEvent:
    """Notes that the process came to the stage it is at now. `is_exact` is false where nobody told the day."""
    numbers = select(ProcessEvent.number).where(ProcessEvent.case_process_id == row.id)
    event = ProcessEvent(
        case_process_id=row.id,
        number=max(session.scalars(numbers), default=0) + 1,
        edition=1,
        stage=row.stage,
        since=since,
        is_exact=is_exact,
        by_id=viewer.id if viewer else None,
        at=clock.now(),
    )
    session.add(event)
    return event


def take_turn(session: Session, viewer: Viewer, case: Case) -> None:
    """Before events are read: of two people at once the second is told, because what they read has changed."""
    touch(case, viewer)
    session.flush()


def events_of(session: Session, row: CaseProcess) -> list[ProcessEvent]:
    """Every edition of every event of a process."""
    return list(session.scalars(select(ProcessEvent).where(ProcessEvent.case_process_id == row.id)))


def keep_beside(session: Session, viewer: Viewer, row: CaseProcess) -> None:
    """The stage about to be left goes on beside the next: somebody stays excluded while an investigation begins."""
    _edition(session, viewer, rules.current(events_of(session, row)), beside=True)


def end_beside(session: Session, viewer: Viewer, row: CaseProcess, stages: list[str], on: date) -> None:
    """What went on beside the others and belongs to these stages ended that day."""
    for event in rules.live(events_of(session, row)):
        if event.beside and event.until is None and event.stage in stages and event.since <= on:
            _edition(session, viewer, event, until=on)


@command(says="added an earlier stage of the process {process}", patterns=Patterns.NEVER, moves_access=False)
def add_process_stage(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    stage: str,
    since: date,
    until: date | None = None,
) -> None:
    """Adds a stage that the process went through before the one it is at. Refuses: not found, unknown stage, days
    in the future or not before the stage it is at. A day before the process began moves its beginning."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _process(session, viewer, case, case_process_id)
    step = session.get(ProcessStage, (row.process, stage))
    if step is None:
        raise CommandRefused("Stage of the process: choose one of those offered.", field="stage")
    events = events_of(session, row)
    number = max(event.number for event in events) + 1
    _check(events, number, since, until, row)
    session.add(
        ProcessEvent(
            case_process_id=row.id,
            number=number,
            edition=1,
            stage=stage,
            since=since,
            is_exact=True,
            until=until,
            by_id=viewer.id,
            at=clock.now(),
        )
    )
    row.started_on = min(row.started_on, since)
    words = f"it was at {step.label} from {since:%-d %B %Y}{f' to {until:%-d %B %Y}' if until else ''}."
    _record(session, viewer, case, row, words, "add_process_stage", since)


@command(says="corrected the days of a stage of the process {process}", patterns=Patterns.NEVER, moves_access=False)
def correct_process_stage(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    number: int,
    seen_edition: int,
    since: date,
    until: date | None = None,
    withdrawn: bool = False,
) -> None:
    """Replaces the days of one stage, or withdraws a stage noted by mistake; what stood there is kept.

    Refuses: not found, no such stage, somebody corrected it first, days that cannot be (`problem_with_days`),
    withdrawing the stage it is at, nothing changed.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _process(session, viewer, case, case_process_id)
    events = events_of(session, row)
    found = next((event for event in rules.live(events) if event.number == number), None)
    if found is None:
        raise CommandRefused("Stage: choose one of those recorded.", field="number")
    if found.edition != seen_edition:
        raise _stale(session, found)
    if withdrawn:
        if found is rules.current(events):
            raise CommandRefused("It is at this stage now: move the process to the right one first.", field="withdrawn")
        since, until = found.since, found.until
    else:
        _check(events, number, since, until, row)
        if (since, until, True) == (found.since, found.until, found.is_exact):
            raise CommandRefused("Nothing has changed yet.", field="since")
    began_with_it = found.since == row.started_on
    new = _edition(
        session, viewer, found, since=since, until=until, is_exact=found.is_exact or not withdrawn, withdrawn=withdrawn
    )
    days = [event.since for event in rules.live([*events, new])]
    row.started_on = min(days) if began_with_it else min(row.started_on, *days)
    _record(session, viewer, case, row, _words(session, row, found, new), "correct_process_stage", since)


def _words(session: Session, row: CaseProcess, old: ProcessEvent, new: ProcessEvent) -> str:
    label = session.get_one(ProcessStage, (row.process, old.stage)).label
    if new.withdrawn:
        return f"{label} was noted by mistake and is withdrawn."
    was = f"{old.since:%-d %B %Y}" if old.is_exact else "a day not recorded"
    until = f" to {new.until:%-d %B %Y}" if new.until else ""
    return f"{label} was from {new.since:%-d %B %Y}{until}; recorded before: from {was}."


def _edition(session: Session, viewer: Viewer, old: ProcessEvent, **changes: object) -> ProcessEvent:
    """The next edition of an event. The caller sees that it is the newest that is replaced."""
    kept = {
        name: getattr(old, name)
        for name in ("case_process_id", "number", "stage", "since", "is_exact", "until", "beside", "withdrawn")
    }
    new = ProcessEvent(**(kept | changes), edition=old.edition + 1, by_id=viewer.id, at=clock.now())
    session.add(new)
    return new


def _process(session: Session, viewer: Viewer, case: Case, case_process_id: int) -> CaseProcess:
    take_turn(session, viewer, case)
    return process_on(session, case, case_process_id)


def _check(events: list[ProcessEvent], number: int, since: date, until: date | None, row: CaseProcess) -> None:
    problem = rules.problem_with_days(events, number, since, until, today=clock.today(), ended_on=row.ended_on)
    if problem:
        field, why = problem
        raise CommandRefused(why, field=field)


def _stale(session: Session, event: ProcessEvent) -> Stale:
    changer = session.get(Volunteer, event.by_id) if event.by_id else None
    local = event.at.astimezone(clock.LONDON)
    return Stale(changed_by=changer.name if changer else "Somebody", changed_at=f"{local:%H:%M on %-d %B}")


def _record(
    session: Session, viewer: Viewer, case: Case, row: CaseProcess, words: str, action: str, since: date
) -> None:
    label = session.get_one(Process, row.process).label
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{label}: {words}")
    audit(session, viewer, action, case=case, process=row.process, since=since.isoformat())
    refresh_card(session, case.id)
