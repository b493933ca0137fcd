"""Home: what needs attention today, most urgent first."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, full_few, kept, stands_for, visible_cases
from db.choices import AssignmentStatus, Condition, Stage
from db.id_lists import among
from db.models import (
    Action,
    ActionOffer,
    Assignment,
    Case,
    Coding,
    Consent,
    Deadline,
    Flag,
    UpdateRequest,
    Volunteer,
    Waiting,
)
from db.models.casework import is_hard
from db.queries.actions import is_last
from db.queries.concerning import concerning
from db.queries.conditions import condition_sql, unplanned
from db.rules.attention import Need, is_hushed
from db.rules.codings import CodingStatus
from db.rules.consent import ASK_AFTER, ASK_BEFORE
from db.rules.limits import Limits
from db.rules.safety import TOLD_AT_ONCE

LINES = 40
# So many cases of one condition are named on a lead's Home; more are only counted.
NAMED = 8
NO_ACTION, NOT_LAST = literal(0), literal(False)


@dataclass(frozen=True)
class Attention:
    """One thing that needs a person. `order`: 1 crisis or hard limit, 2 overdue, 3 due. `id` is the action's or the
    action offer's, else 0; `is_last` is true for the only action on its case; `hushed` if it can wait, as they are at
    capacity or have asked for quiet."""

    order: int
    what: Need
    reference: str
    name: str
    due_on: date | None
    stage: Stage
    id: int = 0
    is_last: bool = False
    hushed: bool = False


def my_attention(session: Session, viewer: Viewer, today: date, limits: Limits) -> list[Attention]:
    """What needs this person: crises and hard limits, then what is overdue, then what is due. At most LINES."""
    concern = concerning(session, viewer)
    few = {
        "ids": [row.id for row in concern],
        "mine": [row.id for row in concern if row.own],
        # People are told of an offer even if they may not see the card, as the organisation may not be matched.
        "asked": [row.id for row in concern if row.card or row.offered],
        # The owner of an action is told of it even if they are not on the case: nobody else will do it.
        "may_act": [row.id for row in concern if row.card],
        "viewer_id": viewer.id,
    }
    rows = session.execute(_lines_for(viewer, today, limits), few)
    return [_attention(dict(row._mapping), today) for row in rows]


@kept
def _lines_for(viewer: Viewer, today: date, limits: Limits) -> Select[*tuple[object, ...]]:
    mine, asked, may_act = (among(Case.id, name) for name in ("mine", "asked", "may_act"))
    parts = [
        _crisis(mine),
        _flags(mine, today),
        _consents(mine, viewer, today),
        _deadlines(mine, today, limits),
        _actions(may_act, viewer, today, limits),
        _chases(mine, today),
        _updates(mine, viewer, today, limits),
        _asked(mine, viewer),
        _offers(asked, viewer),
        _action_offers(may_act, viewer),
        _codings(may_act, viewer),
    ]
    lines = union_all(*parts).subquery()
    urgent_first = (lines.c.order, lines.c.due_on.nulls_last(), lines.c.reference, lines.c.what, lines.c.id)
    own = select(Volunteer.says_full, Volunteer.quiet_until).where(Volunteer.id == viewer.id).subquery()
    return select(lines, own).join_from(lines, own, true()).order_by(*urgent_first).limit(LINES)


def _attention(row: dict[str, Any], today: date) -> Attention:
    quiet_until, says_full, what = row.pop("quiet_until"), row.pop("says_full"), Need(row.pop("what"))
    quiet = quiet_until is not None and quiet_until > today
    return Attention(**row, what=what, hushed=is_hushed(what, quiet=quiet, says_full=says_full))


def _line(
    order: ColumnElement[int] | int,
    what: ColumnElement[str] | Need,
    name: SQLColumnExpression[str],
    due: SQLColumnExpression[object],
    id: SQLColumnExpression[int | None] = NO_ACTION,
    is_last: ColumnElement[bool] = NOT_LAST,
) -> list[SQLColumnExpression[object]]:
    place = literal(order) if isinstance(order, int) else order
    return [
        place.label("order"),
        (literal(what.value) if isinstance(what, Need) else what).label("what"),
        Case.reference.label("reference"),
        name.label("name"),
        due.label("due_on"),
        Case.stage.label("stage"),
        id.label("id"),
        is_last.label("is_last"),
    ]


def _crisis(mine: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
    line = _line(1, Need.CRISIS, Flag.why, Flag.review_on)
    live = (Flag.code.in_(TOLD_AT_ONCE), Flag.cleared_at.is_(None))
    return select(*line).join(Flag, Flag.case_id == Case.id).where(mine, *live)


def _flags(mine: ColumnElement[bool], today: date) -> Select[*tuple[object, ...]]:
    """Other flags whose day to look again has come, or comes tomorrow: named by their code, not by why."""
    order = case((Flag.review_on < today, 2), else_=3)
    due = (Flag.code.not_in(TOLD_AT_ONCE), Flag.cleared_at.is_(None), Flag.review_on <= today + timedelta(days=1))
    line = _line(order, Need.FLAG, Flag.code, Flag.review_on)
    return select(*line).join(Flag, Flag.case_id == Case.id).where(mine, *due)


def _consents(mine: ColumnElement[bool], viewer: Viewer, today: date) -> Select[*tuple[object, ...]]:
    """A yes that runs out soon or has just run out, for the case lead to ask again: by its purpose and whom."""
    later = aliased(Consent)
    answered_since = exists().where(
        later.case_id == Consent.case_id,
        later.purpose == Consent.purpose,
        later.whom.is_not_distinct_from(Consent.whom),
        later.given_at > Consent.given_at,
    )
    order = case((Consent.expires_on < today, 2), else_=3)
    what = Consent.purpose + case((Consent.whom.is_(None), ""), else_=" " + func.coalesce(Consent.whom, ""))
    return (
        select(*_line(order, Need.CONSENT, what, Consent.expires_on))
        .join(Consent, Consent.case_id == Case.id)
        .where(
            mine,
            _answers_for_lead(viewer),
            Consent.given,
            Consent.withdrawn_at.is_(None),
            Consent.expires_on.between(today - ASK_AFTER, today + ASK_BEFORE),
            ~answered_since,
        )
    )


def _deadlines(mine: ColumnElement[bool], today: date, limits: Limits) -> Select[*tuple[object, ...]]:
    statutory = is_hard()
    order = case((statutory, 1), (Deadline.due_on < today, 2), else_=3)
    soon = Deadline.due_on.between(today, today + timedelta(days=limits.at_risk_days))
    what = case((and_(unplanned(), soon), Need.AT_RISK.value), else_=Need.DEADLINE.value)
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


def _actions(may_act: ColumnElement[bool], viewer: Viewer, today: date, limits: Limits) -> Select[*tuple[object, ...]]:
    order = case((Action.due_on < today, 2), else_=3)
    return (
        select(*_line(order, Need.ACTION, Action.text, Action.due_on, Action.id, is_last()))
        .join(Action, Action.case_id == Case.id)
        .where(
            may_act,
            Action.owner_id == viewer.id,
            Action.done_at.is_(None),
            Action.due_on <= today + timedelta(days=limits.action_window_days),
        )
    )


def _chases(mine: ColumnElement[bool], today: date) -> Select[*tuple[object, ...]]:
    order = case((Waiting.chase_on < today, 2), else_=3)
    return (
        select(*_line(order, Need.CHASE, Waiting.on_whom, Waiting.chase_on))
        .join(Waiting, Waiting.case_id == Case.id)
        .where(mine, Waiting.ended_on.is_(None), Waiting.chase_on <= today + timedelta(days=1))
    )


def _updates(mine: ColumnElement[bool], viewer: Viewer, today: date, limits: Limits) -> Select[*tuple[object, ...]]:
    late = condition_sql(Condition.UPDATE_OVERDUE, today, limits)
    line = _line(2, Need.UPDATE, literal(""), null())
    # Only one line: a case lead who was asked for an update is told that instead.
    return select(*line).where(mine, late, or_(~_answers_for_lead(viewer), ~exists().where(_ASKED)))


_ASKED = and_(UpdateRequest.case_id == Case.id, UpdateRequest.answered_at.is_(None))


def _asked(mine: ColumnElement[bool], viewer: Viewer) -> Select[*tuple[object, ...]]:
    """Updates requested from the present case lead, if that is this person or somebody they cover."""
    who = Volunteer.name + case((UpdateRequest.note == "", ""), else_=": " + UpdateRequest.note)
    return (
        select(*_line(2, Need.ASKED, who, null()))
        .join(UpdateRequest, _ASKED)
        .join(Volunteer, Volunteer.id == UpdateRequest.asked_by_id)
        .where(mine, _answers_for_lead(viewer))
    )


def _answers_for_lead(viewer: Viewer) -> ColumnElement[bool]:
    # Nobody answers a request on a case without a case lead: its update is overdue like any other.
    return func.coalesce(Case.lead_id, 0).in_(stands_for(viewer.id))


def _offers(visible: ColumnElement[bool], viewer: Viewer) -> Select[*tuple[object, ...]]:
    line = _line(2, Need.OFFER, Assignment.reason, null())
    return (
        select(*line)
        .join(Assignment, Assignment.case_id == Case.id)
        .where(
            visible,
            Assignment.volunteer_id == viewer.id,
            Assignment.status == AssignmentStatus.OFFERED,
        )
    )


def _action_offers(may_act: ColumnElement[bool], viewer: Viewer) -> Select[*tuple[object, ...]]:
    line = _line(2, Need.ACTION_OFFER, Action.text, Action.due_on, ActionOffer.id)
    return (
        select(*line)
        .join(Action, Action.case_id == Case.id)
        .join(ActionOffer, ActionOffer.action_id == Action.id)
        .where(may_act, ActionOffer.to_id == viewer.id, ActionOffer.status == AssignmentStatus.OFFERED)
    )


def _codings(may_act: ColumnElement[bool], viewer: Viewer) -> Select[*tuple[object, ...]]:
    """Cases to code a second time, as long as they may read them, and who asked."""
    return (
        select(*_line(3, Need.CODING, Volunteer.name, null()))
        .join(Coding, Coding.case_id == Case.id)
        .join(Volunteer, Volunteer.id == Coding.asked_by_id)
        .where(may_act, full_few(viewer.role))
        .where(Coding.coder_id == viewer.id, Coding.status == CodingStatus.ASKED)
    )


def names_of(
    session: Session, viewer: Viewer, conditions: tuple[Condition, ...], today: date, limits: Limits
) -> dict[Condition, tuple[str, ...]]:
    """For leads: the cases that meet each of these conditions, each with its case lead, if any; at most NAMED of one.
    For conditions that few meet."""
    if not viewer.is_lead or not conditions:
        return {}
    marks = [condition_sql(one, today, limits).label(one.value) for one in conditions]
    query = (
        select(Case.reference, Volunteer.name, *marks)
        .outerjoin(Volunteer, Volunteer.id == Case.lead_id)
        .where(Case.is_open, visible_cases(viewer), or_(*marks))
        .order_by(Case.queue_rank, Case.queue_due_on, Case.id)
        .limit(NAMED * len(conditions))
    )
    found: dict[Condition, list[str]] = {one: [] for one in conditions}
    for row in session.execute(query):
        for one in conditions:
            if row._mapping[one.value] and len(found[one]) < NAMED:
                found[one].append(f"{row.reference} ({row.name})" if row.name else row.reference)
    return {one: tuple(names) for one, names in found.items()}
