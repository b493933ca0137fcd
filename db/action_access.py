"""Who may change an action, and who may own one or be offered it. Commands check this; lists show it."""

from sqlalchemy import BindParameter, ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_people, read_case, see_card
from db.away import away_today
from db.choices import AssignmentStatus, Role
from db.errors import CommandRefused, NotFound
from db.models import Action, Assignment, Case, Disclosure, Leave, Volunteer
from db.rules.actions import DECIDE

ALREADY = "That action has already been done. Look at the list again."
DECIDE_FIRST = "The decision still waits: under “Care of the doctor” on the case, say whether you agree."
ASKED_THEMSELVES = "Nobody else can answer for whoever was asked. Ask somebody else under “Care of the doctor”."


def case_for_action(session: Session, viewer: Viewer, reference: str, action_id: int) -> tuple[Case, Action]:
    """The case and its open action, for anybody who may read the case in full, and for the action's owner.

    Refuses: not found (the same for a case, an action or a person they may not know of), and already done.
    """
    case, action = case_and_action(session, viewer, reference, action_id)
    if action.done_at is not None:
        raise CommandRefused(ALREADY)
    return case, action


def case_and_action(session: Session, viewer: Viewer, reference: str, action_id: int) -> tuple[Case, Action]:
    """The same for an action that may be done already. Refuses: not found."""
    case = see_card(session, viewer, reference)
    action = session.get(Action, action_id)
    mine = action is not None and action.case_id == case.id and action.owner_id == viewer.id
    if not mine:
        read_case(session, viewer, reference)
    if action is None or action.case_id != case.id:
        raise NotFound
    return case, action


def is_awaited(session: Session, action: Action) -> bool:
    """Whether this is a decision about breaking confidence that its owner was asked for and has yet to answer."""
    mine = (Disclosure.case_id == action.case_id, Disclosure.second_id == action.owner_id)
    asked = select(Disclosure.id).where(*mine, Disclosure.answered_at.is_(None)).limit(1)
    return action.text == DECIDE and session.scalar(asked) is not None


def is_checked(case_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """The condition on `Volunteer` besides the wall: the organisation is matched, or they are a lead or on the case."""
    on_it = select(Assignment.volunteer_id).where(
        Assignment.case_id == case_id, Assignment.status == AssignmentStatus.ACCEPTED
    )
    matched = exists().where(Case.id == case_id, Case.organisation_id.is_not(None))
    return or_(matched, Volunteer.role == Role.LEAD, Volunteer.id.in_(on_it))


def takers(case_id: int) -> Select[int]:
    """Ids of the people this case's actions may be offered to: they may read it in full and are not away today."""
    placed = exists().where(
        Assignment.case_id == case_id,
        Assignment.volunteer_id == Volunteer.id,
        Assignment.status == AssignmentStatus.ACCEPTED,
    )
    today = clock.today()
    covers = exists().where(
        Assignment.case_id == case_id,
        Assignment.status == AssignmentStatus.ACCEPTED,
        Leave.volunteer_id == Assignment.volunteer_id,
        Leave.cover_id == Volunteer.id,
        Leave.starts_on <= today,
        Leave.ends_on >= today,
    )
    in_full = or_(Volunteer.role == Role.LEAD, and_(Volunteer.role == Role.VOLUNTEER, or_(placed, covers)))
    fit = (Volunteer.active, in_full, Volunteer.id.not_in(away_today()))
    return select(Volunteer.id).where(*fit, Volunteer.id.not_in(barred_people(case_id)))
