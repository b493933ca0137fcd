"""Home: what needs attention today, most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from db.access import Viewer, own_cases, stands_for, visible_among
from db.choices import AssignmentStatus, Condition, Stage
from db.models import (
    Action,
    ActionOffer,
    Assignment,
    Case,
    Deadline,
    Flag,
    UpdateRequest,
    Volunteer,
    Waiting,
)
from db.queries.actions import is_last
from db.queries.conditions import condition_sql, unplanned
from db.rules.limits import Limits

DUE_SOON_DAYS = 7
LINES = 40
NO_ACTION, NOT_LAST = literal(0), literal(False)


@dataclass(frozen=True)
class Attention:
    """One thing that needs a person. `order`: 1 crisis or statutory, 2 late, 3 due. `what` is a short code. `id` is
    of the action or of the offer of one, else 0; `is_last` where an action is the only one left on its case."""

    order: int
    what: str
    reference: str
    name: str
    due_on: date | None
    stage: Stage
    id: int = 0
    is_last: bool = False


def my_attention(session: Session, viewer: Viewer, today: date, limits: Limits) -> list[Attention]:
    """What needs this person: crisis and statutory dates, then late, then due. At most LINES."""
    concern = _concerning(session, viewer)
    mine = Case.id.in_([row.id for row in concern if row.own])
    # Whoever owns an action is told of it, on the team or not: nobody else will do it.
    may_act = Case.id.in_([row.id for row in concern])
    parts = [
        _crisis(mine),
        _deadlines(mine, today, limits),
        _actions(may_act, viewer, today),
        _chases(mine, today),
        _updates(mine, viewer, today, limits),
        _asked(mine, viewer),
        _offers(may_act, viewer),
        _action_offers(may_act, viewer),
    ]
    lines = union_all(*parts).subquery()
    urgent_first = (lines.c.order, lines.c.due_on.nulls_last(), lines.c.reference, lines.c.what, lines.c.id)
    query = select(lines).order_by(*urgent_first).limit(LINES)
    return [Attention(**row._mapping) for row in session.execute(query)]


def _concerning(session: Session, viewer: Viewer) -> Sequence[Row[*tuple[Any, ...]]]:
    """The few visible open cases that could need this person, so that the wall is asked about once, not in every part:
    those where they have a place or an offer of one, and those with an open action of theirs or an offer of one."""
    own = Case.id.in_(own_cases(viewer.id))
    offered = select(Assignment.case_id).where(
        Assignment.volunteer_id == viewer.id, Assignment.status == AssignmentStatus.OFFERED
    )
    acting = select(Action.case_id).where(Action.owner_id == viewer.id, Action.done_at.is_(None))
    asked = select(ActionOffer.case_id).where(
        ActionOffer.to_id == viewer.id, ActionOffer.status == AssignmentStatus.OFFERED
    )
    theirs = union(own_cases(viewer.id), offered, acting, asked).subquery()
    rows = session.execute(
        select(Case.id, own.label("own")).join_from(theirs, Case, Case.id == theirs.c[0]).where(Case.is_open)
    ).all()
    seen = visible_among(session, viewer, [row.id for row in rows])
    return [row for row in rows if row.id in seen]


def _line(
    order: ColumnElement[int] | int,
    what: ColumnElement[str] | str,
    name: Any,
    due: Any,
    id: Any = NO_ACTION,
    is_last: ColumnElement[bool] = NOT_LAST,
) -> list[ColumnElement[Any]]:
    place = literal(order) if isinstance(order, int) else order
    return [
        place.label("order"),
        (literal(what) if isinstance(what, str) else what).label("what"),
        Case.reference.label("reference"),
        name.label("name"),
        due.label("due_on"),
        Case.stage.label("stage"),
        id.label("id"),
        is_last.label("is_last"),
    ]


def _crisis(mine: ColumnElement[bool]) -> Select[Any]:
    line = _line(1, "crisis", Flag.why, Flag.review_on)
    return (
        select(*line).join(Flag, Flag.case_id == Case.id).where(mine, Flag.code == "CRISIS", Flag.cleared_at.is_(None))
    )


def _deadlines(mine: ColumnElement[bool], today: date, limits: Limits) -> Select[Any]:
    statutory = Deadline.kind.in_(("statutory", "national"))
    order = case((statutory, 1), (Deadline.due_on < today, 2), else_=3)
    soon = Deadline.due_on.between(today, today + timedelta(days=limits.at_risk_days))
    what = case((and_(unplanned(), soon), "at_risk"), else_="deadline")
    return (
        select(*_line(order, what, Deadline.name, Deadline.due_on))
        .join(Deadline, Deadline.case_id == Case.id)
        .where(
            mine,
            Deadline.whose == "ours",
            Deadline.met_on.is_(None),
            Deadline.lapsed_on.is_(None),
            or_(
                Deadline.due_on <= today + timedelta(days=limits.deadline_window_days),
                and_(statutory, Deadline.due_on <= today + timedelta(days=limits.at_risk_days)),
            ),
        )
    )


def _actions(may_act: ColumnElement[bool], viewer: Viewer, today: date) -> Select[Any]:
    order = case((Action.due_on < today, 2), else_=3)
    return (
        select(*_line(order, "action", Action.text, Action.due_on, Action.id, is_last()))
        .join(Action, Action.case_id == Case.id)
        .where(
            may_act,
            Action.owner_id == viewer.id,
            Action.done_at.is_(None),
            Action.due_on <= today + timedelta(days=DUE_SOON_DAYS),
        )
    )


def _chases(mine: ColumnElement[bool], today: date) -> Select[Any]:
    order = case((Waiting.chase_on < today, 2), else_=3)
    return (
        select(*_line(order, "chase", Waiting.on_whom, Waiting.chase_on))
        .join(Waiting, Waiting.case_id == Case.id)
        .where(mine, Waiting.ended_on.is_(None), Waiting.chase_on <= today + timedelta(days=1))
    )


def _updates(mine: ColumnElement[bool], viewer: Viewer, today: date, limits: Limits) -> Select[Any]:
    late = condition_sql(Condition.UPDATE_OVERDUE, today, limits)
    line = _line(2, "update", literal(""), null())
    # One line is enough: who is asked for the update is told so instead.
    return select(*line).where(mine, late, or_(~_answers_for_lead(viewer), ~exists().where(_ASKED)))


_ASKED = and_(UpdateRequest.case_id == Case.id, UpdateRequest.answered_at.is_(None))


def _asked(mine: ColumnElement[bool], viewer: Viewer) -> Select[Any]:
    """Updates that a lead asked of the case lead of now, this person or one they cover: who asks, and what for."""
    who = Volunteer.name + case((UpdateRequest.note == "", ""), else_=": " + UpdateRequest.note)
    return (
        select(*_line(2, "asked", who, null()))
        .join(UpdateRequest, _ASKED)
        .join(Volunteer, Volunteer.id == UpdateRequest.asked_by_id)
        .where(mine, _answers_for_lead(viewer))
    )


def _answers_for_lead(viewer: Viewer) -> ColumnElement[bool]:
    # A case that nobody leads is nobody's to answer for: its update is late like any other's.
    return func.coalesce(Case.lead_id, 0).in_(stands_for(viewer.id))


def _offers(visible: ColumnElement[bool], viewer: Viewer) -> Select[Any]:
    line = _line(2, "offer", Assignment.reason, null())
    return (
        select(*line)
        .join(Assignment, Assignment.case_id == Case.id)
        .where(
            visible,
            Assignment.volunteer_id == viewer.id,
            Assignment.status == AssignmentStatus.OFFERED,
        )
    )


def _action_offers(may_act: ColumnElement[bool], viewer: Viewer) -> Select[Any]:
    line = _line(2, "action_offer", Action.text, Action.due_on, ActionOffer.id)
    return (
        select(*line)
        .join(Action, Action.case_id == Case.id)
        .join(ActionOffer, ActionOffer.action_id == Action.id)
        .where(may_act, ActionOffer.to_id == viewer.id, ActionOffer.status == AssignmentStatus.OFFERED)
    )
