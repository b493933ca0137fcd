"""Offering an action to somebody else, who becomes its owner on accepting."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import is_barred, read_case, require_lead, viewer_of
from db.action_access import ASKED_THEMSELVES, case_for_action, is_awaited, takers
from db.asked import has_said
from db.card import refresh_card
from db.choices import AssignmentStatus, EntryKind
from db.commands.conflicts import say_no_conflict, step_aside
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, Tells, command
from db.errors import CommandRefused, NotFound
from db.models import Action, ActionOffer, Case, Volunteer
from db.rules.limits import REASON_LENGTH

GONE = "That offer is no longer open."


def _answered(details: Mapping[str, object]) -> str:
    return f"{'accepted' if details.get('accepted') else 'declined'} an action from {{about}}"


@command(says="offered an action to {about}", patterns=Patterns.NEVER, tells=Tells.NAMED, moves_access=False)
def offer_action(
    session: Session, *, actor_id: int, reference: str, action_id: int, to_id: int, note: str = ""
) -> None:
    """Offers an action to somebody who may read the case in full. Its owner keeps it until they accept.

    Refuses: not found, already done, a decision that its owner was asked for, its owner, anybody barred, away, gone or
    not on the case (all in one sentence), and a second offer while one is open.
    """
    viewer = viewer_of(session, actor_id)
    case, action = case_for_action(session, viewer, reference, action_id)
    if is_awaited(session, action):
        raise CommandRefused(ASKED_THEMSELVES)
    words = clean_text(note, field="note", label="Note", required=False, most=REASON_LENGTH)
    if session.scalar(takers(case.id).where(Volunteer.id == to_id, Volunteer.id != action.owner_id)) is None:
        raise CommandRefused("Hand over to: choose from the list.", field="to_id")
    offer = ActionOffer(
        case_id=case.id,
        action_id=action.id,
        from_id=action.owner_id,
        to_id=to_id,
        offered_by_id=viewer.id,
        offered_at=clock.now(),
        note=words,
        status=AssignmentStatus.OFFERED,
    )
    session.add(offer)
    session.flush()
    touch(case, viewer)
    audit(session, viewer, "offer_action", case=case, volunteer_id=to_id)


@command(says=_answered, patterns=Patterns.WITH_A_CONFLICT, tells=Tells.NAMED)
def answer_action_offer(
    session: Session,
    *,
    actor_id: int,
    action_offer_id: int,
    accept: bool,
    reason: str = "",
    no_conflict: bool = False,
    has_conflict: bool = False,
) -> None:
    """The person offered an action accepts it or declines. If they are not on the case they must first say, having seen
    the names of its organisations, that they know of no conflict; somebody with a conflict steps back instead.

    Refuses: somebody else's offer, one that has ended and a case they may no longer read (all the same); no answer
    about a conflict.
    """
    viewer = viewer_of(session, actor_id)
    offer = session.get(ActionOffer, action_offer_id)
    if offer is None or offer.to_id != viewer.id or is_barred(session, viewer.id, offer.case_id):
        raise NotFound(GONE)
    if offer.status is not AssignmentStatus.OFFERED:
        raise CommandRefused(GONE)
    case = session.get_one(Case, offer.case_id)
    said = clean_text(reason, field="reason", label="Reason", required=False, most=REASON_LENGTH)
    if has_conflict:
        step_aside(session, viewer, case, said=said)
        return
    if accept and not has_said(session, viewer, case):
        say_no_conflict(session, viewer, case, no_conflict=no_conflict)
    read_case(session, viewer, case.reference)
    action = session.get_one(Action, offer.action_id)
    came_from, me = session.get_one(Volunteer, action.owner_id), session.get_one(Volunteer, viewer.id)
    offer.status = AssignmentStatus.ACCEPTED if accept else AssignmentStatus.DECLINED
    offer.answered_at, offer.answer = clock.now(), said or None
    if accept:
        action.owner_id = viewer.id
        words = f"Action handed over from {came_from.name} to {me.name}: {action.text}"
        add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    told = {"accepted": accept, "action_offer_id": offer.id}
    audit(session, viewer, "answer_action_offer", case=case, volunteer_id=came_from.id, **told)
    refresh_card(session, case.id)


@command(says="took back the offer of an action to {about}", patterns=Patterns.NEVER, moves_access=False)
def take_back_action(session: Session, *, actor_id: int, reference: str, action_id: int) -> None:
    """Takes back the open offer of an action; for its owner, the person who offered it, or a lead. Refuses: none."""
    viewer = viewer_of(session, actor_id)
    case, action = case_for_action(session, viewer, reference, action_id)
    live = select(ActionOffer).where(ActionOffer.action_id == action.id, ActionOffer.status == AssignmentStatus.OFFERED)
    offer = session.scalar(live)
    if offer is None:
        raise CommandRefused(GONE)
    if viewer.id not in (action.owner_id, offer.offered_by_id):
        require_lead(viewer)
    offer.status, offer.answered_at, offer.answer = AssignmentStatus.ENDED, clock.now(), "Taken back."
    touch(case, viewer)
    audit(session, viewer, "take_back_action", case=case, volunteer_id=offer.to_id)
