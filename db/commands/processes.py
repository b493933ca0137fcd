"""Processes: added, moved to another stage, ended."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.check_ins import ask_check_in
from db.commands.deadlines import start_deadlines
from db.commands.debriefs import owe_debriefs, was_heard
from db.commands.pathways import begin_stage, end_beside, events_of, keep_beside, take_turn
from db.commands.process_deadlines import begin_duty
from db.commands.record import add_line, audit, touch
from db.commands.reviews import leave_reviews
from db.commands.wall import end_barred_access
from db.dated_events import events_of as dated_events
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Case, CaseProcess, Organisation, Process, ProcessStage
from db.rules.allotting import DebriefKind
from db.rules.dated_events import STAGE, rules_begun
from db.rules.pathways import problem_with_move
from db.rules.safety import CheckInAt


@command(says="added the process {process}", patterns=Patterns.ALWAYS)
def add_process(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    process: str,
    stage: str,
    organisation_id: int | None,
    started_on: date,
    since: date | None = None,
    deadlines: Sequence[str] = (),
) -> None:
    """Adds a process at one of its stages, which it reached on `since`. Without that the day counts as unknown, unless
    it is the first stage. `deadlines` are the rules, among those that the stage starts, whose deadlines are added. Its
    organisation extends the conflict wall at once, and the places of people it bars end.

    Refuses: not found, unknown codes, a start in the future, a stage that began before the process, a deadline that the
    stage does not start or whose day is not known.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    kind, step = _known(session, process, stage)
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        raise CommandRefused("Organisation: choose from the list.", field="organisation_id")
    if started_on > clock.today():
        raise CommandRefused("Started: choose today or an earlier day.", field="started_on")
    if since is not None and not started_on <= since <= clock.today():
        raise CommandRefused("Since: choose a day from the start of the process until today.", field="since")
    row = CaseProcess(
        case_id=case.id, process=process, stage=stage, organisation_id=organisation_id, started_on=started_on
    )
    session.add(row)
    session.flush()
    day = since or (started_on if step.position == 1 else None)
    begin_stage(session, viewer, row, day or started_on, is_exact=day is not None)
    # Where nobody knows since when, the doctor is in it today.
    if step.starts:
        begin_duty(session, viewer, case, row, step.starts, day or clock.today())
    ask_check_in(session, viewer, case, CheckInAt.STAGE, stage, process=process, on=day or clock.today())
    _start(session, viewer, case, row, deadlines, day)
    _record(session, viewer, case, f"Process added: {kind.label}, at {step.label}.", "add_process", process)
    end_barred_access(session, viewer, case_ids=[case.id])


@command(says="moved or ended the process {process}", patterns=Patterns.ALWAYS)
def move_process(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    stage: str,
    since: date | None = None,
    ended: bool = False,
    keep_reviews: bool = False,
    deadlines: Sequence[str] = (),
) -> None:
    """Moves a process to another of its stages, which it reached on `since` (by default today), or ends it there on
    that day. Stages may be skipped or gone back to. `deadlines` are the rules, among those that the stage starts, whose
    deadlines are added. Refuses: not found, an unknown stage, an impossible day, a deadline that the stage does not
    start.

    Reviews that belong to the earlier stage, such as an exclusion's, end with it unless they are kept: a doctor may
    stay excluded during an investigation, and that stage then goes on beside the new one. They always end with the
    process.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    take_turn(session, viewer, case)
    row = session.get(CaseProcess, case_process_id)
    if row is None or row.case_id != case.id or row.ended_on is not None:
        raise CommandRefused("Process: choose one of this case’s current processes.", field="case_process_id")
    kind, step = _known(session, row.process, stage)
    day = since or clock.today()
    if problem := problem_with_move(events_of(session, row), day, started_on=row.started_on, today=clock.today()):
        raise CommandRefused(problem, field="since")
    if keep_reviews and not ended and stage != row.stage:
        keep_beside(session, viewer, row)
    came_from, row.stage = row.stage, stage
    if came_from != stage:
        end_beside(session, viewer, row, [stage], day)
        begin_stage(session, viewer, row, day)
        if step.starts:
            begin_duty(session, viewer, case, row, step.starts, day)
        ask_check_in(session, viewer, case, CheckInAt.STAGE, stage, process=row.process, on=day)
    _start(session, viewer, case, row, deadlines, day)
    if ended:
        row.ended_on = day
        ask_check_in(session, viewer, case, CheckInAt.END, row.process, process=row.process, on=day)
        if was_heard(session, row.process, stage):
            owe_debriefs(session, viewer, case, DebriefKind.HEARING, row.ended_on)
    told = f" since {day:%-d %B %Y}" if since and not ended and came_from != stage else ""
    told = f" on {day:%-d %B %Y}" if since and ended else told
    words = f"{kind.label}: {'ended at' if ended else 'now at'} {step.label}{told}."
    if ended or not keep_reviews:
        stopped = leave_reviews(session, viewer, case, row, came_from)
        words += "".join(f" Reviews stopped: {name}." for name in stopped)
    _record(session, viewer, case, words, "move_process", row.process)


def _start(
    session: Session, viewer: Viewer, case: Case, row: CaseProcess, deadlines: Sequence[str], day: date | None
) -> None:
    if not deadlines:
        return
    offered = rules_begun(dated_events(session), process=row.process, place=STAGE, value=row.stage)
    if day is None or not set(deadlines) <= set(offered):
        raise CommandRefused("Deadlines: choose from those that this stage starts.", field="deadlines")
    start_deadlines(session, viewer, case, deadlines, day, process=row)


def _known(session: Session, process: str, stage: str) -> tuple[Process, ProcessStage]:
    kind = session.get(Process, process)
    if kind is None:
        raise CommandRefused("Process: choose from the list.", field="process")
    step = session.get(ProcessStage, (process, stage))
    if step is None:
        raise CommandRefused("Stage of the process: choose from the list.", field="stage")
    return kind, step


def _record(session: Session, viewer: Viewer, case: Case, words: str, action: str, process: str) -> None:
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    audit(session, viewer, action, case=case, process=process)
    refresh_card(session, case.id)
