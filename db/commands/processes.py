"""What the case is facing: begun, moved on, ended."""

from datetime import date

from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.debriefs import owe_debriefs, was_heard
from db.commands.record import add_line, audit, touch
from db.commands.reviews import leave_reviews
from db.commands.wall import end_barred_access
from db.errors import CommandRefused
from db.models import Case, CaseProcess, Organisation, Process, ProcessStage
from db.rules.allotting import DebriefKind


def add_process(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    process: str,
    stage: str,
    organisation_id: int | None,
    started_on: date,
) -> None:
    """Adds a process, at a stage of its own. Refuses: not found, unknown codes, a start in the future.

    Its body widens the conflict wall at once, and ends the places of those it bars.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    kind, step = _known(session, process, stage)
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        raise CommandRefused("Body: choose one of those offered.", field="organisation_id")
    if started_on > clock.today():
        raise CommandRefused("Started: this is in the future.", field="started_on")
    session.add(
        CaseProcess(
            case_id=case.id,
            process=process,
            stage=stage,
            organisation_id=organisation_id,
            started_on=started_on,
        )
    )
    _record(session, viewer, case, f"Process added: {kind.label}, at {step.label}.", "add_process", process)
    end_barred_access(session, viewer, case_ids=[case.id])


def move_process(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    stage: str,
    ended: bool = False,
    keep_reviews: bool = False,
) -> None:
    """Moves a process to another of its stages, or ends it there. Refuses: not found, unknown stage.

    Reviews that belong to the stage left (an exclusion's) end with it, unless they are kept: somebody may still be
    excluded while an investigation goes on. With the process itself they always end.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = session.get(CaseProcess, case_process_id)
    if row is None or row.case_id != case.id or row.ended_on is not None:
        raise CommandRefused("Process: choose one of this case’s live processes.", field="case_process_id")
    kind, step = _known(session, row.process, stage)
    came_from, row.stage = row.stage, stage
    if ended:
        row.ended_on = clock.today()
        if was_heard(session, row.process, stage):
            owe_debriefs(session, viewer, case, DebriefKind.HEARING, row.ended_on)
    words = f"{kind.label}: {'ended at' if ended else 'now at'} {step.label}."
    if ended or not keep_reviews:
        stopped = leave_reviews(session, viewer, case, row, came_from)
        words += "".join(f" No further review is due: {name}." for name in stopped)
    _record(session, viewer, case, words, "move_process", row.process)


def _known(session: Session, process: str, stage: str) -> tuple[Process, ProcessStage]:
    kind = session.get(Process, process)
    if kind is None:
        raise CommandRefused("Process: choose one of those offered.", field="process")
    step = session.get(ProcessStage, (process, stage))
    if step is None:
        raise CommandRefused("Stage of the process: choose one of those offered.", field="stage")
    return kind, step


def _record(session: Session, viewer: Viewer, case: Case, words: str, action: str, process: str) -> None:
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    audit(session, viewer, action, case=case, process=process)
    refresh_card(session, case.id)
