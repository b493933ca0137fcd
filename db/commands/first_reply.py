"""Who leads a case from now on owns the first reply to the doctor: nobody waits for the other to write."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import EntryKind
from db.commands.action_owners import end_offers
from db.commands.record import add_line, audit
from db.models import Action, ActionOffer, Case
from db.rules.actions import FIRST_ACTION, FIRST_REPLY
from db.rules.clock import Unit, due_date


def own_first_reply(session: Session, viewer: Viewer, case: Case) -> None:
    """The reply that still waits passes to the new case lead; where none does, they get one for the next working
    day."""
    waiting = select(Action).where(
        Action.case_id == case.id, Action.done_at.is_(None), Action.text.in_((FIRST_ACTION, FIRST_REPLY))
    )
    action = session.scalars(waiting.order_by(Action.due_on, Action.id)).first()
    if action is None:
        due_on = due_date(clock.today(), 1, Unit.WORKING_DAYS, nation=case.nation)
        moment = clock.now()
        session.add(Action(case_id=case.id, text=FIRST_REPLY, owner_id=viewer.id, due_on=due_on, created_at=moment))
        audit(session, viewer, "next_action", case=case, owner_id=viewer.id, due_on=due_on.isoformat())
    elif action.owner_id != viewer.id:
        end_offers(session, "Passed to the new case lead.", ActionOffer.action_id == action.id)
        action.owner_id = viewer.id
        add_line(session, viewer, case, EntryKind.SYSTEM, f"Action passed to the new case lead: {action.text}")
        audit(session, viewer, "pass_on_action", case=case, volunteer_id=viewer.id)
