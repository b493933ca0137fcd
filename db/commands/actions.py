"""Actions: added, done, or moved to a later day with a reason. A case's last one cannot end without another."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import case as case_when
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.action_access import DECIDE_FIRST, case_for_action, is_awaited
from db.card import refresh_card
from db.choices import HARD_KINDS, EntryKind, Whose
from db.commands.action_owners import checked_action, end_offers
from db.commands.record import add_line, audit, clean_text, limits_of, touch
from db.declared import Patterns, change, command
from db.errors import CommandRefused
from db.models import Action, ActionMove, ActionOffer, Case, Deadline
from db.models.casework import is_hard
from db.rules.actions import ActionEnd
from db.rules.limits import REASON_LENGTH
from db.rules.words import many


def _finished(details: Mapping[str, object]) -> str:
    how = ActionEnd.DROPPED if details.get("dropped") else ActionEnd.DONE
    return f"marked an action owned by {{about}} as {how.label.lower()}"


change("next_action", says="set an action for {about}, due {due_on}", moves_access=False)


@command(says=None, patterns=Patterns.NEVER)
def add_action(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    next_action: str,
    action_owner_id: int,
    action_due_on: date | None,
) -> None:
    """Adds an action to an open case. Refuses: not found, a closed case, Invalid by field."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if not case.is_open:
        raise CommandRefused("This case is not open. A lead can reopen it.")
    _add(session, viewer, case, next_action, action_owner_id, action_due_on, "Action: say what needs to be done.")
    touch(case, viewer)
    refresh_card(session, case.id)


@command(says=_finished, patterns=Patterns.NEVER, moves_access=False)
def finish_action(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    action_id: int,
    outcome: str = "",
    dropped: bool = False,
    next_action: str = "",
    action_owner_id: int | None = None,
    action_due_on: date | None = None,
) -> None:
    """Ends an action as done, or as no longer needed (`dropped`) with a reason. The outcome goes on the timeline.

    Refuses: not found, already done, a decision about breaking confidence that is not answered yet as done, and the
    case's last one without a next one (Invalid by field).
    """
    viewer = viewer_of(session, actor_id)
    case, action = case_for_action(session, viewer, reference, action_id)
    if not dropped and is_awaited(session, action):
        raise CommandRefused(DECIDE_FIRST)
    words = clean_text(outcome, field="outcome", label="What came of it", required=False)
    if dropped and not words:
        raise CommandRefused("What came of it: say why this is no longer needed.", field="outcome")
    if next_action.strip() or not _others(session, action):
        missing = "What happens next? This is the last action on an open case."
        _add(session, viewer, case, next_action, action_owner_id, action_due_on, missing)
    how = ActionEnd.DROPPED if dropped else ActionEnd.DONE
    ended_at = end_action(session, viewer, action, how)
    head = f"{how.label}: {action.text}"
    # Only a finished action counts as work; the rest is a change to the record.
    kind = EntryKind.SYSTEM if dropped else EntryKind.ACTION
    # The same time as the action's end, by which an undo finds it.
    add_line(session, viewer, case, kind, f"{head}\n{words}" if words else head, at=ended_at)
    touch(case, viewer)
    audit(session, viewer, "finish_action", case=case, owner_id=action.owner_id, dropped=dropped)
    refresh_card(session, case.id)


@command(says="moved an action owned by {about} to {due_on}", patterns=Patterns.NEVER, moves_access=False)
def snooze_action(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    action_id: int,
    seen_due_on: date,
    due_on: date,
    reason: str,
    past_deadline: bool = False,
) -> None:
    """Moves an action to a later day, with a reason. Keeps the day it had.

    Refuses: not found, already done, moved meanwhile, a day that is not later or is too far ahead, one after a hard
    limit of ours that is still to come, and after any other deadline of ours unless `past_deadline`.
    """
    viewer = viewer_of(session, actor_id)
    case, action = case_for_action(session, viewer, reference, action_id)
    if action.due_on != seen_due_on:
        raise CommandRefused(f"Somebody has just moved this to {action.due_on:%-d %B %Y}. Check it, then save again.")
    why = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    if due_on <= action.due_on or due_on < clock.today():
        raise CommandRefused("New date: choose a day after its date now, and not in the past.", field="due_on")
    most_days = limits_of(session).snooze_days
    if due_on > clock.today() + timedelta(days=most_days):
        raise CommandRefused(
            f"New date: at most {many(most_days, 'day')} from today. If this is no longer needed, say so instead.",
            field="due_on",
        )
    _keep_deadlines(session, case, due_on, past_deadline)
    note_move(session, viewer, action, due_on, why)
    action.due_on = due_on
    touch(case, viewer)
    audit(session, viewer, "snooze_action", case=case, owner_id=action.owner_id, due_on=due_on.isoformat())
    refresh_card(session, case.id)


def note_move(session: Session, viewer: Viewer, action: Action, to_on: date, reason: str) -> None:
    """Records that an action moved to a later day. A move to an earlier day needs no reason."""
    if to_on > action.due_on:
        move = {"from_on": action.due_on, "to_on": to_on, "reason": reason, "by_id": viewer.id, "at": clock.now()}
        session.add(ActionMove(case_id=action.case_id, action_id=action.id, **move))


def end_action(session: Session, viewer: Viewer, action: Action, how: ActionEnd) -> datetime:
    """Ends an action and the offers of it. Returns when."""
    ended_at = clock.now()
    action.done_at, action.done_by_id, action.ended_how = ended_at, viewer.id, how
    end_offers(session, f"{how.label}.", ActionOffer.action_id == action.id)
    return ended_at


def end_with_the_case(session: Session, viewer: Viewer, case: Case) -> None:
    """Ends the open actions of a case that ends; the timeline keeps their words."""
    for action in session.scalars(select(Action).where(Action.case_id == case.id, Action.done_at.is_(None))):
        end_action(session, viewer, action, ActionEnd.CASE_ENDED)
        words = f"{ActionEnd.CASE_ENDED.label}: {action.text} (due {action.due_on:%-d %B %Y})"
        add_line(session, viewer, case, EntryKind.SYSTEM, words)


def _add(
    session: Session, viewer: Viewer, case: Case, text: str, owner_id: int | None, due_on: date | None, missing: str
) -> None:
    action = checked_action(session, case, text=text, owner_id=owner_id, due_on=due_on, missing=missing)
    session.add(action)
    audit(session, viewer, "next_action", case=case, owner_id=owner_id, due_on=action.due_on.isoformat())


def _others(session: Session, action: Action) -> int:
    open_ones = select(func.count()).where(Action.case_id == action.case_id, Action.done_at.is_(None))
    return session.scalar(open_ones.where(Action.id != action.id)) or 0


def _keep_deadlines(session: Session, case: Case, due_on: date, past_deadline: bool) -> None:
    live = (Deadline.case_id == case.id, Deadline.met_on.is_(None), Deadline.lapsed_on.is_(None))
    to_come = Deadline.due_on.between(clock.today(), due_on - timedelta(days=1))
    ours = select(Deadline).where(*live, to_come, Deadline.whose == Whose.OURS)
    first = case_when((is_hard(), 0), else_=1)
    passed = session.scalars(ours.order_by(first, Deadline.due_on, Deadline.id)).first()
    if passed is None:
        return
    after = f"New date: that is after “{passed.name}” on {passed.due_on:%-d %B %Y}"
    if passed.kind in HARD_KINDS or passed.must_not_miss:
        raise CommandRefused(f"{after}, which is a hard limit. Choose that day or an earlier one.", field="due_on")
    if not past_deadline:
        raise CommandRefused(f"{after}. Tick below to move it anyway.", field="due_on")
