"""Whose an action may be, and to whom it passes when somebody leaves a case or must not see it any more."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import BindParameter, ColumnElement, Subquery, and_, exists, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred, read_case, see_card
from db.card import refresh_card
from db.choices import AssignmentRole, AssignmentStatus, EntryKind, Role
from db.commands.contact import away_today
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Tells, change
from db.errors import CommandRefused, Invalid, NotFound
from db.models import Action, ActionOffer, Assignment, Case, Volunteer

LONGEST = 500
ALREADY = "That action is done already. Look at the list again."


change("pass_on_action", says="passed an action on to {about}", tells=Tells.NAMED, moves_access=False)


def case_for_action(session: Session, viewer: Viewer, reference: str, action_id: int) -> tuple[Case, Action]:
    """The case and its open action, for whoever may read the case in full, and for the action's own owner.

    Refuses: not found, the same for a case, an action and a person of whom nobody may know; and done already.
    """
    case = see_card(session, viewer, reference)
    action = session.get(Action, action_id)
    mine = action is not None and action.case_id == case.id and action.owner_id == viewer.id
    if not mine:
        read_case(session, viewer, reference)
    if action is None or action.case_id != case.id:
        raise NotFound
    if action.done_at is not None:
        raise CommandRefused(ALREADY)
    return case, action


def checked_action(
    session: Session, case: Case, *, text: str, owner_id: int | None, due_on: date | None, missing: str
) -> Action:
    """A new action of the case, not added yet. `missing` is what to say where its words are.

    Refuses (Invalid) next_action, action_owner_id and action_due_on by field.
    """
    problems = {}
    words = clean_text(text, field="next_action", label="Next action", required=False, most=LONGEST)
    if not words:
        problems["next_action"] = missing
    if due_on is None:
        problems["action_due_on"] = "Due: choose the day it is due."
    elif due_on < clock.today():
        problems["action_due_on"] = "Due: choose today or a later day."
    if owner_id is None or not may_own(session, owner_id, case.id):
        problems["action_owner_id"] = "Owner: choose one of the people offered."
    if problems:
        raise Invalid(problems)
    assert due_on is not None
    return Action(case_id=case.id, text=words, owner_id=owner_id, due_on=due_on, created_at=clock.now())


def may_own(session: Session, volunteer_id: int, case_id: int) -> bool:
    """Whether this person may be given an action of this case: active, in casework, not behind its wall."""
    # Held until the end, so that nobody leaves while they are being given something to do.
    fit = select(Volunteer.id).where(Volunteer.id == volunteer_id, Volunteer.active, Volunteer.role != Role.OBSERVER)
    found = session.scalar(fit.with_for_update(read=True))
    if found is None or is_barred(session, volunteer_id, case_id):
        return False
    # Where the body is not matched nobody has been checked: only leads and who is on the case hear of it.
    return session.scalar(select(Volunteer.id).where(Volunteer.id == volunteer_id, is_checked(case_id))) is not None


def is_checked(case_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """The condition on `Volunteer` beside the wall: the case's body is matched, or they are a lead or on the case."""
    on_it = select(Assignment.volunteer_id).where(
        Assignment.case_id == case_id, Assignment.status == AssignmentStatus.ACCEPTED
    )
    matched = exists().where(Case.id == case_id, Case.organisation_id.is_not(None))
    return or_(matched, Volunteer.role == Role.LEAD, Volunteer.id.in_(on_it))


def heir(session: Session, case: Case, viewer: Viewer | None, *, besides: int | None = None) -> int | None:
    """Who takes on what somebody else can do no longer: the case lead; else a lead, the acting one first; else
    somebody on the case; else any volunteer. None where everybody stands behind the wall.
    """
    return next((id for id in _in_turn(session, case, viewer) if id != besides and may_own(session, id, case.id)), None)


def _in_turn(session: Session, case: Case, viewer: Viewer | None) -> Iterator[int]:
    held = (Assignment.case_id == case.id, Assignment.status == AssignmentStatus.ACCEPTED)
    # Not from the card: that is brought up to date last.
    yield from session.scalars(select(Assignment.volunteer_id).where(*held, Assignment.role == AssignmentRole.LEAD))
    if viewer is not None and viewer.is_lead:
        yield viewer.id
    people = select(Volunteer.id).where(Volunteer.active, Volunteer.role != Role.OBSERVER)
    here_first = (Volunteer.id.in_(away_today()), Volunteer.id)
    yield from session.scalars(people.where(Volunteer.role == Role.LEAD).order_by(*here_first))
    yield from session.scalars(select(Assignment.volunteer_id).where(*held).order_by(Assignment.id))
    yield from session.scalars(people.order_by(*here_first))


def end_offers(session: Session, why: str, *conditions: ColumnElement[bool]) -> None:
    """Ends the live offers that meet the conditions. `why` is for the record."""
    live = select(ActionOffer).where(ActionOffer.status == AssignmentStatus.OFFERED, *conditions)
    for offer in session.scalars(live):
        offer.status, offer.answered_at, offer.answer = AssignmentStatus.ENDED, clock.now(), why


def pass_on(
    session: Session, viewer: Viewer | None, case: Case, person: Volunteer, why: str, *, only_to_a_lead: bool = False
) -> None:
    """Gives what somebody owns on one case to the next who may have it, and ends the offers made to them there.

    `why` follows their name: “has left”. What is nobody else's to take stays; the check of conflicts says so.
    `only_to_a_lead` is for whoever may still see the case: it goes to the case lead, or from a volunteer to a lead,
    or stays.
    """
    end_offers(session, f"{person.name} {why}.", ActionOffer.case_id == case.id, ActionOffer.to_id == person.id)
    owned = select(Action).where(Action.case_id == case.id, Action.owner_id == person.id, Action.done_at.is_(None))
    actions = session.scalars(owned).all() if case.is_open else []
    to = heir(session, case, viewer, besides=person.id) if actions else None
    if to is None or (only_to_a_lead and not _leads(session, case, to, person)):
        return
    name = session.get_one(Volunteer, to).name
    for action in actions:
        end_offers(session, f"{person.name} {why}.", ActionOffer.action_id == action.id)
        action.owner_id = to
        words = f"Action passed to {name}, as {person.name} {why}: {action.text}"
        add_line(session, viewer, case, EntryKind.SYSTEM, words)
        audit(session, viewer, "pass_on_action", case=case, volunteer_id=to)
    touch(case, viewer)
    refresh_card(session, case.id)


def _leads(session: Session, case: Case, to: int, person: Volunteer) -> bool:
    held = select(Assignment.id).where(Assignment.case_id == case.id, Assignment.volunteer_id == to)
    is_case_lead = held.where(Assignment.role == AssignmentRole.LEAD, Assignment.status == AssignmentStatus.ACCEPTED)
    if session.scalar(is_case_lead) is not None:
        return True
    return person.role is not Role.LEAD and session.get_one(Volunteer, to).role is Role.LEAD


def pass_on_all(session: Session, viewer: Viewer | None, person: Volunteer, why: str) -> None:
    """`pass_on` on every open case where they own something or are offered it."""
    owned = select(Action.case_id).where(Action.owner_id == person.id, Action.done_at.is_(None))
    offered = select(ActionOffer.case_id).where(
        ActionOffer.to_id == person.id, ActionOffer.status == AssignmentStatus.OFFERED
    )
    concerned = Case.id.in_(owned.union(offered))
    for case in session.scalars(select(Case).where(Case.is_open, concerned).order_by(Case.id)).all():
        pass_on(session, viewer, case, person, why)


def pass_on_of_the_gone(session: Session) -> None:
    """For accounts that ended before actions passed on by themselves."""
    gone = Volunteer.active.is_(False) | (Volunteer.role == Role.OBSERVER)
    owned = select(Action.owner_id).join(Case, Case.id == Action.case_id).where(Action.done_at.is_(None), Case.is_open)
    for person in session.scalars(select(Volunteer).where(gone, Volunteer.id.in_(owned))).all():
        pass_on_all(session, None, person, "has left")


def pass_on_barred(session: Session, viewer: Viewer | None, barred: Subquery) -> None:
    """`pass_on` for each of these (volunteer, case) pairs that owns something there or is offered it."""
    owned = select(Action.owner_id, Action.case_id).join(
        barred, and_(barred.c.volunteer_id == Action.owner_id, barred.c.case_id == Action.case_id)
    )
    live = select(ActionOffer.to_id, ActionOffer.case_id).join(
        barred, and_(barred.c.volunteer_id == ActionOffer.to_id, barred.c.case_id == ActionOffer.case_id)
    )
    pairs = owned.where(Action.done_at.is_(None)).union(live.where(ActionOffer.status == AssignmentStatus.OFFERED))
    for person_id, case_id in sorted(map(tuple, session.execute(pairs).all())):
        case, person = session.get_one(Case, case_id), session.get_one(Volunteer, person_id)
        pass_on(session, viewer, case, person, "has a conflict of interest")
