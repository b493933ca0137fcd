"""Conditions and workload points in SQL, from the card of a case.

Each expression gives the same as its namesake in `db/rules/`; a property test compares the two.
"""

from datetime import date, timedelta

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, and_, case, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from db import clock
from db.choices import Condition, Stage, Whose
from db.models import Case, Deadline, Leave, Volunteer
from db.models.cases import CRISIS_RANK
from db.models.casework import is_hard
from db.rules import points
from db.rules.limits import Limits


def condition_sql(condition: Condition, today: date, limits: Limits) -> ColumnElement[bool]:
    """Whether the condition applies to `Case` today."""
    return and_(Case.is_open, _SQL[condition](today, limits))


def points_sql(today: date, limits: Limits) -> ColumnElement[int]:
    """`rules.points.case_points` as an expression over `Case`."""
    stages = case(*((Case.stage == stage, value) for stage, value in points.STAGE_POINTS.items()), else_=0)
    soon = today + timedelta(days=limits.hearing_points_days)
    base = case(
        (Case.hearing_on.between(today, soon), points.HEARING_POINTS),
        (Case.chase_on >= today, points.AWAITING_POINTS),
        else_=stages,
    )
    weighed = base + Case.extra_points
    return case(
        (Case.points_override.is_not(None), Case.points_override),
        (Case.stage.in_([stage for stage in Stage if not stage.is_open]), 0),
        (weighed > points.CAP, points.CAP),
        else_=weighed,
    )


def _crisis(_today: date, _limits: Limits) -> ColumnElement[bool]:
    return Case.queue_rank == CRISIS_RANK


def _unallocated(_today: date, _limits: Limits) -> ColumnElement[bool]:
    return Case.lead_id.is_(None)


def _deadline_missed(today: date, _limits: Limits) -> ColumnElement[bool]:
    return Case.ours_due_on < today


def _at_risk(today: date, limits: Limits) -> ColumnElement[bool]:
    # A missed deadline stays first, so another may be close behind it: only then are the deadlines read.
    last = today + timedelta(days=limits.at_risk_days)
    behind = exists().where(Deadline.case_id == Case.id, unplanned(), Deadline.due_on.between(today, last))
    return and_(Case.unplanned_due_on <= last, or_(Case.unplanned_due_on >= today, behind))


def unplanned(of: type[Deadline] = Deadline) -> ColumnElement[bool]:
    """A deadline of ours that must not be missed, neither met nor lapsed, without a confirmed plan."""
    live = and_(of.met_on.is_(None), of.lapsed_on.is_(None))
    return and_(live, is_hard(of), of.plan.is_(None))


def first_unplanned(today: date) -> ScalarSelect[date]:
    """The date of the first such deadline from today on, for `Case` in the surrounding statement."""
    own = aliased(Deadline)
    first = select(func.min(own.due_on)).where(own.case_id == Case.id, unplanned(own), own.due_on >= today)
    return first.correlate(Case).scalar_subquery()


def coming_id(today: date | BindParameter[date]) -> ColumnElement[int]:
    """If the next deadline (joined as `Deadline`) has passed: the first still to come, ours before others."""
    later = aliased(Deadline)
    live = (later.case_id == Case.id, later.met_on.is_(None), later.lapsed_on.is_(None), later.due_on >= today)
    first = select(later.id).where(*live, later.whose != Whose.WINDOW)
    first = first.order_by(later.whose.desc(), later.due_on, later.id).limit(1)
    return case((Deadline.due_on < today, first.correlate(Case).scalar_subquery()))


def _body_in_breach(today: date, _limits: Limits) -> ColumnElement[bool]:
    return Case.body_due_on < today


def _action_overdue(today: date, _limits: Limits) -> ColumnElement[bool]:
    return Case.next_action_on < today


def _update_overdue(today: date, limits: Limits) -> ColumnElement[bool]:
    limit = today - timedelta(days=limits.update_every_days)
    late = or_(Case.update_at < clock.midnight(limit), and_(Case.update_at.is_(None), Case.opened_on < limit))
    return and_(Case.lead_id.is_not(None), late)


def _chase_due(today: date, _limits: Limits) -> ColumnElement[bool]:
    return Case.chase_on <= today


def _awaiting_others(today: date, _limits: Limits) -> ColumnElement[bool]:
    return Case.chase_on > today


def _stalled(today: date, limits: Limits) -> ColumnElement[bool]:
    def quiet_for(days: int) -> ColumnElement[bool]:
        limit = today - timedelta(days=days)
        return or_(
            Case.substantive_at < clock.midnight(limit),
            and_(Case.substantive_at.is_(None), Case.opened_on < limit),
        )

    urgent = Case.flags != ""
    return and_(
        or_(Case.chase_on.is_(None), Case.chase_on <= today),
        or_(quiet_for(limits.stalled_days), and_(urgent, quiet_for(limits.stalled_days_urgent))),
    )


def _owner_away(today: date, _limits: Limits) -> ColumnElement[bool]:
    return lead_is_absent(today)


def lead_is_absent(today: date) -> ColumnElement[bool]:
    """Whether the case lead is on leave, covered or not, or has left. Covered cases count too, as the person covering
    may be barred from this one."""
    # Few are away at once, so a list of them is faster than a lookup for each case.
    on_leave = select(Leave.volunteer_id).where(Leave.starts_on <= today, Leave.ends_on >= today)
    return Case.lead_id.in_(union_all(on_leave, select(Volunteer.id).where(Volunteer.active.is_(False))))


_SQL = {
    Condition.CRISIS: _crisis,
    Condition.UNALLOCATED: _unallocated,
    Condition.AT_RISK: _at_risk,
    Condition.DEADLINE_MISSED: _deadline_missed,
    Condition.ACTION_OVERDUE: _action_overdue,
    Condition.UPDATE_OVERDUE: _update_overdue,
    Condition.CHASE_DUE: _chase_due,
    Condition.STALLED: _stalled,
    Condition.AWAITING_OTHERS: _awaiting_others,
    Condition.BODY_IN_BREACH: _body_in_breach,
    Condition.OWNER_AWAY: _owner_away,
}
