"""A stage move made by mistake, taken back by a lead: in the open, with a reason. Nothing is overwritten."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import Stage
from db.commands.record import audit, clean_text, stale, touch
from db.commands.stages import record_stage
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import StageEvent
from db.rules.limits import REASON_LENGTH
from db.rules.stages import TAKES_BACK, standing

ENDED = (
    "This case has ended. Reopen it instead, and say why: deadlines and flags that ended only with the case come back."
)


@command(says="took back a stage move", patterns=Patterns.ALWAYS)
def take_back_move(session: Session, *, actor_id: int, reference: str, seen_stage: Stage, reason: str) -> None:
    """A lead takes back the last move that stands: the case is again at the stage before, since the day it came there.
    What the move recorded stays on the timeline and no longer counts. `seen_stage` is the stage as shown.

    Refuses: not a lead, not found, a case that has moved since, one that has ended, one that never moved, no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    why = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    if not case.is_open:
        raise CommandRefused(ENDED)
    if case.stage is not seen_stage:
        raise stale(session, case.updated_by_id, case.updated_at)
    mine = select(StageEvent).where(StageEvent.case_id == case.id).order_by(StageEvent.at, StageEvent.id)
    moves = standing(session.scalars(mine).all())
    if len(moves) < 2 or moves[-1].from_stage is None or not moves[-1].from_stage.is_open:
        raise CommandRefused("There is no move to take back.")
    mistaken, before = moves[-1], moves[-2]
    record_stage(
        session,
        viewer=viewer,
        case=case,
        to=before.to_stage,
        reason=f"Taken back: {why}",
        details={TAKES_BACK: mistaken.id},
    )
    case.stage_since = before.at
    touch(case, viewer)
    audit(session, viewer, "take_back_move", case=case)
    refresh_card(session, case.id)
