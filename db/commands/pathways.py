"""When a process reached each of its stages. Events are only added: a correction is a new edition."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.check_ins import ask_check_in
from db.commands.corrections import clean_reason
from db.commands.process_deadlines import begin_duty
from db.commands.record import add_line, audit, process_on, touch
from db.declared import Patterns, command
from db.errors import CommandRefused, Stale
from db.models import Case, CaseProcess, Correction, Process, ProcessEvent, ProcessStage, Volunteer
from db.rules import pathways as rules
from db.rules.corrections import Corrected
from db.rules.safety import CheckInAt


def begin_stage(
    session: Session, viewer: Viewer | None, row: CaseProcess, since: date, *, is_exact: bool = True
) -> ProcessEvent:
    """Records when the process reached its current stage. `is_exact` is false if the day is not known."""
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
    """Call before reading events: if two people act at once, the second is refused as stale."""
    touch(case, viewer)
    session.flush()


def events_of(session: Session, row: CaseProcess) -> list[ProcessEvent]:
    """Every edition of every event of a process."""
    return list(session.scalars(select(ProcessEvent).where(ProcessEvent.case_process_id == row.id)))


def keep_beside(session: Session, viewer: Viewer, row: CaseProcess) -> None:
    """Lets the current stage go on beside the next: a doctor may stay excluded while an investigation starts."""
    _edition(session, viewer, rules.current(events_of(session, row)), beside=True)


def end_beside(session: Session, viewer: Viewer, row: CaseProcess, stages: list[str], on: date) -> None:
    """Ends, on that day, those of these stages that went on beside others."""
    for event in rules.live(events_of(session, row)):
        if event.beside and event.until is None and event.stage in stages and event.since <= on:
            _edition(session, viewer, event, until=on)


def withdraw_stages(session: Session, viewer: Viewer, row: CaseProcess) -> None:
    """Withdraws every stage recorded of a process that turned out to be of another kind."""
    for event in rules.live(events_of(session, row)):
        _edition(session, viewer, event, withdrawn=True)
    session.flush()


@command(says="added an earlier stage to the process {process}", patterns=Patterns.NEVER, moves_access=False)
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
    """Adds a stage that the process went through before its current one. A day before the process started moves its
    start. Refuses: not found, an unknown stage, days in the future or not before the current stage."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _process(session, viewer, case, case_process_id)
    step = session.get(ProcessStage, (row.process, stage))
    if step is None:
        raise CommandRefused("Stage of the process: choose from the list.", field="stage")
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
    if step.starts:
        begin_duty(session, viewer, case, row, step.starts, since)
    ask_check_in(session, viewer, case, CheckInAt.STAGE, stage, process=row.process, on=since)
    words = f"at {step.label} from {since:%-d %B %Y}{f' to {until:%-d %B %Y}' if until else ''}."
    _record(session, viewer, case, row, words, "add_process_stage", since)


@command(says="corrected the dates of a stage of the process {process}", patterns=Patterns.NEVER, moves_access=False)
def correct_process_stage(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    number: int,
    seen_edition: int,
    since: date,
    reason: str,
    until: date | None = None,
    withdrawn: bool = False,
) -> None:
    """Corrects the dates of a stage, or withdraws a stage recorded by mistake. The earlier edition is kept.

    Refuses: not found, no such stage, corrected by somebody else meanwhile, impossible dates (`problem_with_days`),
    withdrawing the current stage, no changes, no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    why = clean_reason(reason)
    row = _process(session, viewer, case, case_process_id)
    events = events_of(session, row)
    found = next((event for event in rules.live(events) if event.number == number), None)
    if found is None:
        raise CommandRefused("Stage: choose from the list.", field="number")
    if found.edition != seen_edition:
        raise _stale(session, found)
    if withdrawn:
        if found is rules.current(events):
            raise CommandRefused("The process is at this stage. Move it to the right stage first.", field="withdrawn")
        since, until = found.since, found.until
    else:
        _check(events, number, since, until, row)
        if (since, until, True) == (found.since, found.until, found.is_exact):
            raise CommandRefused("You have not changed anything yet.", field="since")
    began_with_it = found.since == row.started_on
    new = _edition(
        session, viewer, found, since=since, until=until, is_exact=found.is_exact or not withdrawn, withdrawn=withdrawn
    )
    days = [event.since for event in rules.live([*events, new])]
    row.started_on = min(days) if began_with_it else min(row.started_on, *days)
    noted = Correction(
        case_id=case.id,
        what=Corrected.PROCESS,
        was=_was(session, row, found),
        reason=why,
        by_id=viewer.id,
        at=clock.now(),
    )
    session.add(noted)
    session.flush()
    words = f"{_words(session, row, found, new)} {why}"
    _record(session, viewer, case, row, words, "correct_process_stage", since, correction_ids=[noted.id])


def _words(session: Session, row: CaseProcess, old: ProcessEvent, new: ProcessEvent) -> str:
    label = session.get_one(ProcessStage, (row.process, old.stage)).label
    if new.withdrawn:
        return f"{label} was recorded by mistake and has been withdrawn."
    was = f"{old.since:%-d %B %Y}" if old.is_exact else "an unknown day"
    until = f" to {new.until:%-d %B %Y}" if new.until else ""
    return f"{label} corrected: from {new.since:%-d %B %Y}{until} (was recorded from {was})."


def _was(session: Session, row: CaseProcess, old: ProcessEvent) -> str:
    stage = session.get_one(ProcessStage, (row.process, old.stage)).label
    since = f"{old.since:%-d %B %Y}" if old.is_exact else "an unknown day"
    until = f" to {old.until:%-d %B %Y}" if old.until else ""
    return f"{session.get_one(Process, row.process).label}, {stage}: from {since}{until}"


def _edition(session: Session, viewer: Viewer, old: ProcessEvent, **changes: object) -> ProcessEvent:
    """The next edition of an event. The caller makes sure that it replaces the newest."""
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
    session: Session,
    viewer: Viewer,
    case: Case,
    row: CaseProcess,
    words: str,
    action: str,
    since: date,
    **details: object,
) -> None:
    label = session.get_one(Process, row.process).label
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{label}: {words}")
    audit(session, viewer, action, case=case, process=row.process, since=since.isoformat(), **details)
    refresh_card(session, case.id)
