"""The status update: the form that volunteers use most, in under a minute."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import NO_CHANGE_CODE, ConsentPurpose, Contact, EntryKind, Stage, Wellbeing, YesNo
from db.commands.action_owners import checked_action
from db.commands.actions import end_action, note_move
from db.commands.check_ins import ask_check_in
from db.commands.flags import live_flag, put_flag
from db.commands.record import add_line, audit, check_version, clean_text, touch
from db.commands.stages import move_stage
from db.consented import need_consent
from db.declared import Patterns, command, label
from db.errors import CommandRefused, Invalid
from db.models import Action, Case, CheckIn, Entry, UpdateRequest
from db.rules.actions import DECIDE, ActionEnd
from db.rules.consent import Needed
from db.rules.safety import CRISIS, CRISIS_ACTION, CheckInAt, looked_at_again

NO_CHANGE = "No change."
WITH_AN_UPDATE = "With a status update."


def _updated(details: Mapping[str, object]) -> str:
    if to := details.get("moved_to"):
        return f"recorded a status update, and moved the case to {label(Stage, to, 'another stage')}"
    return "recorded a status update"


@command(says=_updated, patterns=Patterns.WITH_A_MOVE, moves_access=False)
def update_status(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    seen_version: int,
    what_changed: str,
    contact: Contact,
    wellbeing: Wellbeing,
    next_action: str,
    action_owner_id: int,
    action_due_on: date | None,
    move_to: Stage | None = None,
    move_values: dict[str, object] | None = None,
    blocked_by: str = "",
    help_wanted: str = "",
    danger: YesNo | None = None,
    raise_crisis: bool = False,
) -> None:
    """Records an update, the next action and, if asked, one stage move, all or nothing. A new next action ends the one
    before. A doctor who is worse is asked about: `danger`, or `raise_crisis` to be safe, raises the crisis flag in the
    same save, if it is not up yet.

    Refuses: not found (unknown, barred or not on the case), Stale (somebody saved first), Invalid (by field; a doctor
    who is worse and no answer about danger), a move that is not allowed, help wanted from a meeting to which the doctor
    has not agreed.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    check_version(session, case, seen_version)
    if not case.is_open and move_to is None:
        raise CommandRefused("This case is not open. A lead can reopen it.")
    if wellbeing == Wellbeing.WORSE and danger is None:
        raise Invalid({"danger": "Is the doctor in danger now? Please answer: “Not asked yet” is fine."})
    text = clean_text(what_changed, field="what_changed", label="What changed", required=False)
    blocked = clean_text(blocked_by, field="blocked_by", label="Blocked by", required=False)
    wanted = clean_text(help_wanted, field="help_wanted", label="Help wanted", required=False)
    if wanted:
        need_consent(session, case, Needed(ConsentPurpose.MEETING), field="help_wanted")
    unchanged = not text and contact is Contact.NONE and move_to is None
    if unchanged:
        text = NO_CHANGE
    entry = add_line(
        session,
        viewer,
        case,
        EntryKind.UPDATE,
        text or contact.label + ".",
        contact=contact,
        wellbeing=wellbeing,
        code=NO_CHANGE_CODE if unchanged and not (blocked or wanted) else None,
        blocked_by=blocked or None,
        help_wanted=wanted or None,
    )
    if danger is YesNo.YES or raise_crisis:
        _raise_crisis(session, viewer, case, text if not unchanged else "", in_danger=danger is YesNo.YES)
    if move_to is not None:
        move_stage(session, viewer=viewer, case=case, to=move_to, values=move_values or {}, reason=text)
    if case.is_open:
        set_next_action(session, viewer, case, text=next_action, owner_id=action_owner_id, due_on=action_due_on)
    if outcome := (move_values or {}).get("outcome"):
        # After the next action, or the update would end the check-in in the same breath.
        ask_check_in(session, viewer, case, CheckInAt.OUTCOME, str(outcome), on=clock.today())
    _answer_request(session, case, entry)
    touch(case, viewer)
    audit(session, viewer, "update_status", case=case, contact=contact, moved_to=move_to)
    refresh_card(session, case.id)


def _raise_crisis(session: Session, viewer: Viewer, case: Case, text: str, *, in_danger: bool) -> None:
    """Before any move, so that no case ends over it unsaid."""
    if live_flag(session, case, CRISIS) is not None:
        return
    said = "The doctor is in danger now." if in_danger else "The doctor is worse."
    put_flag(session, viewer, case, CRISIS, f"{said} {text}".strip(), looked_at_again(CRISIS, clock.today()))


@command(says="recorded a status update: no change", patterns=Patterns.NEVER, moves_access=False)
def note_no_change(session: Session, *, actor_id: int, reference: str, seen_version: int) -> int:
    """Records that somebody checked and nothing has changed: an update, but not contact or work. The next action stays
    as it is, overdue or not. Returns the id of the entry, which they can undo.

    Refuses: not found (unknown, barred or not on the case), Stale (somebody saved first), a case that is not open, and
    one without a next action, which needs the full form.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    check_version(session, case, seen_version)
    if not case.is_open:
        raise CommandRefused("This case is not open. A lead can reopen it.")
    if case.next_action_id is None:
        raise CommandRefused("This case has no next action. Record a full update and say what happens next.")
    entry = add_line(
        session,
        viewer,
        case,
        EntryKind.UPDATE,
        NO_CHANGE,
        contact=Contact.NONE,
        wellbeing=Wellbeing.NOT_ASKED,
        code=NO_CHANGE_CODE,
    )
    _answer_request(session, case, entry)
    touch(case, viewer)
    audit(session, viewer, "note_no_change", case=case)
    refresh_card(session, case.id)
    return entry.id


def _answer_request(session: Session, case: Case, answer: Entry) -> None:
    asked = (UpdateRequest.case_id == case.id) & UpdateRequest.answered_at.is_(None)
    # The time of the entry, by which an undo finds what it answered.
    session.execute(update(UpdateRequest).where(asked).values(answered_at=answer.at))


def set_next_action(
    session: Session, viewer: Viewer, case: Case, *, text: str, owner_id: int, due_on: date | None
) -> None:
    """Sets the next action, which every open case has: a new date for the same action, or a new action. That replaces
    the one before, unless the doctor's safety depends on it: then it stands beside it."""
    missing = "What happens next?"
    action = checked_action(session, case, text=text, owner_id=owner_id, due_on=due_on, missing=missing)
    waiting = select(Action).where(Action.case_id == case.id, Action.done_at.is_(None))
    open_ones = session.scalars(waiting.order_by(Action.due_on, Action.id)).all()
    current = open_ones[0] if open_ones else None
    same = next((one for one in open_ones if (one.text, one.owner_id) == (action.text, owner_id)), None)
    if current is not None and current is not same and not _is_for_safety(session, current):
        end_action(session, viewer, current, ActionEnd.REPLACED)
    if same is not None:
        note_move(session, viewer, same, action.due_on, WITH_AN_UPDATE)
        same.due_on = action.due_on
        return
    session.add(action)
    audit(session, viewer, "next_action", case=case, owner_id=owner_id, due_on=action.due_on.isoformat())


def _is_for_safety(session: Session, action: Action) -> bool:
    """A check-in, or a second person's decision about breaking confidence: only ended by doing it, or with a reason."""
    asked = session.scalars(select(CheckIn.id).where(CheckIn.action_id == action.id).limit(1)).first()
    return asked is not None or action.text in (DECIDE, CRISIS_ACTION)
