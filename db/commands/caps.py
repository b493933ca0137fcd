"""Caseload limits: the usual ones, or those a lead has set for one person with a reason."""

from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of, visible_cases
from db.choices import AssignmentRole, AssignmentStatus, Role, Stage
from db.commands.record import audit, clean_text, limits_of
from db.declared import Password, Patterns, command
from db.errors import CommandRefused
from db.models import Assignment, Caps, Case, Debrief, Volunteer
from db.rules import allotting
from db.rules.allotting import Carried, Weight
from db.rules.limits import MOST_ACTIVE_CASES, MOST_CRISIS_CASES, MOST_POINTS, REASON_LENGTH
from db.rules.points import Load, capacity, case_points, share


@command(says="set somebody’s caseload limits", patterns=Patterns.NEVER, password=Password.AGAIN, moves_access=False)
def set_caps(
    session: Session,
    *,
    actor_id: int,
    volunteer_id: int,
    most_crisis_cases: int | None,
    most_active_cases: int | None,
    most_points: int | None,
    reason: str,
) -> None:
    """Raises or lowers somebody's caseload limits; None goes back to the usual limit.

    Refuses: not a lead, no such person or an observer, a number out of range, no reason.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    person = session.get(Volunteer, volunteer_id)
    if person is None or person.role is Role.OBSERVER:
        raise CommandRefused("Person: choose from the list.", field="volunteer_id")
    for field, value, most in (
        ("most_crisis_cases", most_crisis_cases, MOST_CRISIS_CASES),
        ("most_active_cases", most_active_cases, MOST_ACTIVE_CASES),
        ("most_points", most_points, MOST_POINTS),
    ):
        if value is not None and not 0 <= value <= most:
            raise CommandRefused(f"Choose a number between 0 and {most}.", field=field)
    words = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    row = session.get(Caps, volunteer_id) or Caps(volunteer_id=volunteer_id)
    row.most_crisis_cases, row.most_active_cases, row.most_points = most_crisis_cases, most_active_cases, most_points
    row.reason, row.set_by_id, row.set_at = words, viewer.id, clock.now()
    session.add(row)
    audit(
        session,
        viewer,
        "set_caps",
        volunteer_id=volunteer_id,
        most_crisis_cases=most_crisis_cases,
        most_active_cases=most_active_cases,
        most_points=most_points,
    )


def too_much(session: Session, viewer: Viewer, person: Volunteer, case: Case, role: AssignmentRole) -> str:
    """Why a place on this case would be over the person's caseload limit, as the end of a sentence; empty if it is not.

    Counts only what the viewer may see: a refusal must not tell a lead about a case they are barred from. When the
    person accepts, all their cases are counted.
    """
    limits, today = limits_of(session), clock.today()
    row = session.get(Caps, person.id)
    caps = allotting.caps_of(
        capacity(person.pledged_hours, person.joined_on, today),
        limits,
        crisis=row.most_crisis_cases if row else None,
        active=row.most_active_cases if row else None,
        points=row.most_points if row else None,
    )
    return allotting.obstacle(
        _carried(session, viewer, person.id, case, today), caps, _weight(session, case, role, today), role
    )


def _weight(session: Session, case: Case, role: AssignmentRole, today: date) -> Weight:
    limits = limits_of(session)
    points, flags = points_of(session, case, today), set(case.flags.split())
    return Weight(
        points=share(points, role),
        is_crisis=allotting.CRISIS in flags,
        is_heavy=allotting.is_heavy(points, flags, limits=limits),
    )


def points_of(session: Session, case: Case, today: date) -> int:
    load = Load(
        stage=case.stage,
        extra=case.extra_points,
        hearing_on=case.hearing_on,
        chase_on=case.chase_on,
        override=case.points_override,
    )
    return case_points(load, today, hearing_days=limits_of(session).hearing_points_days)


def _carried(session: Session, viewer: Viewer, volunteer_id: int, but: Case, today: date) -> Carried:
    """Their caseload without this case, as its interim contact already has points for it."""
    held = session.execute(
        select(Assignment.role, Case)
        .join(Case, Case.id == Assignment.case_id)
        .where(
            Assignment.volunteer_id == volunteer_id,
            Assignment.status == AssignmentStatus.ACCEPTED,
            Case.is_open,
            Case.id != but.id,
            visible_cases(viewer),
        )
    ).all()
    counted = [case for role, case in held if allotting.counts_to_caps(role)]
    limits = limits_of(session)
    return Carried(
        points=sum(share(points_of(session, case, today), role) for role, case in held),
        crisis_cases=sum(allotting.CRISIS in case.flags.split() for case in counted),
        active_cases=sum(case.stage is Stage.ACTIVE for case in counted),
        cool_until=allotting.cool_until(_last_hearing(session, viewer, volunteer_id), today, limits),
    )


def _last_hearing(session: Session, viewer: Viewer, volunteer_id: int) -> date | None:
    return session.scalar(
        select(func.max(Debrief.happened_on))
        .join(Case, and_(Case.id == Debrief.case_id, visible_cases(viewer)))
        .where(Debrief.volunteer_id == volunteer_id, ~Debrief.ready)
    )
