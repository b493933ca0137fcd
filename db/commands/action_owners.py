"""Who may own an action, and who gets it when its owner leaves the case or is barred from it."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import ColumnElement, Subquery, and_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred
from db.action_access import is_checked
from db.away import away_today
from db.card import refresh_card
from db.choices import AssignmentRole, AssignmentStatus, EntryKind, Role
from db.commands.lost_codings import end_lost_codings
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Tells, change
from db.errors import Invalid
from db.models import Action, ActionOffer, Assignment, Case, Coding, Volunteer
from db.rules.limits import REASON_LENGTH

change("pass_on_action", says="passed an action to {about}", tells=Tells.NAMED, moves_access=False)


def checked_action(
    session: Session, case: Case, *, text: str, owner_id: int | None, due_on: date | None, missing: str
) -> Action:
    """A new action for the case, not added yet. `missing` is what to say if it has no words.

    Refuses (Invalid): next_action, action_owner_id and action_due_on, by field.
    """
    problems = {}
    words = clean_text(text, field="next_action", label="Next action", required=False, most=REASON_LENGTH)
    if not words:
        problems["next_action"] = missing
    if due_on is None:
        problems["action_due_on"] = "Due: choose a day."
    elif due_on < clock.today():
        problems["action_due_on"] = "Due: choose today or a later day."
    if owner_id is None or not may_own(session, owner_id, case.id):
        problems["action_owner_id"] = "Owner: choose from the list."
    if problems:
        raise Invalid(problems)
    assert due_on is not None
    return Action(case_id=case.id, text=words, owner_id=owner_id, due_on=due_on, created_at=clock.now())


def may_own(session: Session, volunteer_id: int, case_id: int) -> bool:
    """Whether this person may own an action on this case: active, doing casework, not barred."""
    # Locked until the end, so that their account cannot end meanwhile.
    fit = select(Volunteer.id).where(Volunteer.id == volunteer_id, Volunteer.active, Volunteer.role != Role.OBSERVER)
    # If the organisation is not matched nobody has been checked: only leads and the team may know of the case.
    found = session.scalar(fit.where(is_checked(case_id)).with_for_update(read=True, of=Volunteer))
    return found is not None and not is_barred(session, volunteer_id, case_id)


def next_owner(session: Session, case: Case, viewer: Viewer | None, *, besides: int | None = None) -> int | None:
    """Who takes over actions that their owner can no longer do: the case lead; else a lead, starting with the one
    acting; else somebody on the case; else any volunteer. None if everybody is barred.
    """
    return next((id for id in _in_turn(session, case, viewer) if id != besides and may_own(session, id, case.id)), None)


def _in_turn(session: Session, case: Case, viewer: Viewer | None) -> Iterator[int]:
    held = (Assignment.case_id == case.id, Assignment.status == AssignmentStatus.ACCEPTED)
    # Not from the card, which is brought up to date last.
    yield from session.scalars(select(Assignment.volunteer_id).where(*held, Assignment.role == AssignmentRole.LEAD))
    if viewer is not None and viewer.is_lead:
        yield viewer.id
    people = select(Volunteer.id).where(Volunteer.active, Volunteer.role != Role.OBSERVER)
    here_first = (Volunteer.id.in_(away_today()), Volunteer.id)
    yield from session.scalars(people.where(Volunteer.role == Role.LEAD).order_by(*here_first))
    yield from session.scalars(select(Assignment.volunteer_id).where(*held).order_by(Assignment.id))
    yield from session.scalars(people.order_by(*here_first))


def end_offers(session: Session, why: str, *conditions: ColumnElement[bool]) -> None:
    """Ends the open offers that meet the conditions. `why` is for the record."""
    live = select(ActionOffer).where(ActionOffer.status == AssignmentStatus.OFFERED, *conditions)
    for offer in session.scalars(live):
        offer.status, offer.answered_at, offer.answer = AssignmentStatus.ENDED, clock.now(), why


def pass_on(
    session: Session, viewer: Viewer | None, case: Case, person: Volunteer, why: str, *, only_to_a_lead: bool = False
) -> None:
    """Passes somebody's actions on a case to the next person who may own them, and ends the offers made to them. Ends
    the second coding they were asked for too, if they may not read the case any more.

    `why` follows their name: “has left”. If nobody may own an action it stays, and the conflict check reports it.
    `only_to_a_lead` is for a person who may still see the case: their actions pass to the case lead, or from a
    volunteer to a lead, or stay.
    """
    end_lost_codings(session, viewer, Coding.case_id == case.id, Coding.coder_id == person.id)
    end_offers(session, f"{person.name} {why}.", ActionOffer.case_id == case.id, ActionOffer.to_id == person.id)
    owned = select(Action).where(Action.case_id == case.id, Action.owner_id == person.id, Action.done_at.is_(None))
    actions = session.scalars(owned).all() if case.is_open else []
    to = next_owner(session, case, viewer, besides=person.id) if actions else None
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
    """`pass_on` for every open case where they own or are offered an action."""
    owned = select(Action.case_id).where(Action.owner_id == person.id, Action.done_at.is_(None))
    offered = select(ActionOffer.case_id).where(
        ActionOffer.to_id == person.id, ActionOffer.status == AssignmentStatus.OFFERED
    )
    concerned = Case.id.in_(owned.union(offered))
    for case in session.scalars(select(Case).where(Case.is_open, concerned).order_by(Case.id)).all():
        pass_on(session, viewer, case, person, why)


def pass_on_for_leavers(session: Session) -> None:
    """For accounts that ended before actions passed on automatically."""
    gone = Volunteer.active.is_(False) | (Volunteer.role == Role.OBSERVER)
    owned = select(Action.owner_id).join(Case, Case.id == Action.case_id).where(Action.done_at.is_(None), Case.is_open)
    for person in session.scalars(select(Volunteer).where(gone, Volunteer.id.in_(owned))).all():
        pass_on_all(session, None, person, "has left")


def pass_on_barred(session: Session, viewer: Viewer | None, barred: Subquery) -> None:
    """`pass_on` for each of these (volunteer, case) pairs where the person owns or is offered an action."""
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
