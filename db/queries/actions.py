"""Actions across cases: owners, due days, moves and offers. Filtered, sorted and counted in SQL."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, union
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, full_cases, read_case, visible_cases
from db.action_access import case_for_action, takers
from db.choices import AssignmentStatus, Stage
from db.models import Action, ActionMove, ActionOffer, Case, Leave, Volunteer
from db.queries.names import namesakes
from db.rules.actions import WEEK_DAYS, ActionDue, ActionEnd, Whosever

PAGE = 50

ENDED = 20


@dataclass(frozen=True)
class ActionFilters:
    """The list's filters; empty means any. `owner` is a volunteer's id, and only used with EVERYBODY."""

    whose: Whosever = Whosever.MINE
    owner: int | None = None
    due: ActionDue | None = None
    stages: tuple[Stage, ...] = ()
    page: int = 1

    @property
    def may_be_of_no_case(self) -> bool:
        """Whether what the viewer has to do on no case fits too."""
        return self.whose is Whosever.MINE and not self.stages


@dataclass(frozen=True)
class ActionRow:
    """One open action. `is_last`: it is the only one on its case. `full`: the viewer may open the case. `moved`: how
    often it was moved. `offer_*`: its open offer, if any. `away_until`: the last day of its owner's leave."""

    id: int
    reference: str
    stage: Stage
    text: str
    due_on: date
    owner_id: int
    owner: str
    away_until: date | None
    moved: int
    is_last: bool
    full: bool
    offer_id: int | None
    offer_to_id: int | None
    offer_to: str | None
    offer_note: str | None


@dataclass(frozen=True)
class ActionPage:
    """One page of PAGE actions; `late` of the `total` are overdue."""

    rows: list[ActionRow]
    total: int
    late: int
    page: int
    pages: int


@dataclass(frozen=True)
class EndedAction:
    """`by` ended it; None if it was ended by an earlier version."""

    id: int
    text: str
    done_at: datetime
    ended_how: ActionEnd
    owner: str
    by: str | None


@dataclass(frozen=True)
class MovedAction:
    """One move to a later day."""

    action_id: int
    from_on: date
    to_on: date
    reason: str
    by: str


@dataclass(frozen=True)
class CaseActions:
    """The actions of one case: open ones by due day, the last ENDED that ended, and all moves by action."""

    open: list[ActionRow]
    ended: list[EndedAction]
    moves: dict[int, list[MovedAction]]


def is_last() -> ColumnElement[bool]:
    """Whether `Action` is the only open one on its case."""
    other = aliased(Action)
    return (
        ~select(other.id)
        .where(other.case_id == Action.case_id, other.done_at.is_(None), other.id != Action.id)
        .exists()
    )


def action_list(session: Session, viewer: Viewer, filters: ActionFilters, today: date) -> ActionPage:
    """A page of open actions on open cases, by due day: the viewer's own and those offered to them, on any case they
    may see; other people's on cases they may read in full. Nothing on a case they are barred from."""
    conditions = _conditions(viewer, filters, today)
    late = func.count().filter(Action.due_on < today)
    counts = select(func.count(), late).select_from(Action).join(Case, Case.id == Action.case_id).where(*conditions)
    total, past = session.execute(counts).one()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, filters.page), pages)
    query = _rows(viewer, today).where(*conditions).order_by(Action.due_on, Action.id)
    found = session.execute(query.limit(PAGE).offset((page - 1) * PAGE)).all()
    return ActionPage(rows=[_row(row) for row in found], total=total, late=past, page=page, pages=pages)


def case_actions(session: Session, viewer: Viewer, reference: str, today: date) -> CaseActions:
    """Refuses (NotFound) anybody who may not read the case in full."""
    found = read_case(session, viewer, reference)
    here = Action.case_id == found.id
    rows = session.execute(
        _rows(viewer, today).where(here, Action.done_at.is_(None)).order_by(Action.due_on, Action.id)
    )
    by, owner = aliased(Volunteer), aliased(Volunteer)
    ended = (
        select(Action.id, Action.text, Action.done_at, Action.ended_how, owner.name.label("owner"), by.name.label("by"))
        .join(owner, owner.id == Action.owner_id)
        .outerjoin(by, by.id == Action.done_by_id)
        .where(here, Action.done_at.is_not(None))
        .order_by(Action.done_at.desc(), Action.id.desc())
        .limit(ENDED)
    )
    moved = (
        select(
            ActionMove.action_id, ActionMove.from_on, ActionMove.to_on, ActionMove.reason, Volunteer.name.label("by")
        )
        .join(Volunteer, Volunteer.id == ActionMove.by_id)
        .where(ActionMove.case_id == found.id)
        .order_by(ActionMove.id)
    )
    moves: dict[int, list[MovedAction]] = {}
    for move in session.execute(moved):
        moves.setdefault(move.action_id, []).append(MovedAction(**move._mapping))
    return CaseActions(
        open=[_row(row) for row in rows],
        ended=[
            EndedAction(**{**row._mapping, "ended_how": row.ended_how or ActionEnd.DONE})
            for row in session.execute(ended)
        ],
        moves=moves,
    )


def action_takers(session: Session, viewer: Viewer, reference: str, action_id: int) -> dict[int, str]:
    """{id: name} of the people an action may be offered to. Refuses what the offer itself would refuse."""
    found, action = case_for_action(session, viewer, reference, action_id)
    fit = Volunteer.id.in_(takers(found.id))
    people = select(Volunteer.id, Volunteer.name).where(fit, Volunteer.id != action.owner_id)
    apart = namesakes(session)
    rows = session.execute(people.order_by(Volunteer.name, Volunteer.id))
    return {row.id: apart.get(row.id, row.name) for row in rows}


def _live_offer() -> ColumnElement[bool]:
    return and_(ActionOffer.action_id == Action.id, ActionOffer.status == AssignmentStatus.OFFERED)


def _rows(viewer: Viewer, today: date) -> Select[*tuple[object, ...]]:
    to = aliased(Volunteer)
    moved = select(func.count()).where(ActionMove.action_id == Action.id).correlate(Action).scalar_subquery()
    away = (
        select(func.max(Leave.ends_on))
        .where(Leave.volunteer_id == Action.owner_id, Leave.starts_on <= today, Leave.ends_on >= today)
        .correlate(Action)
        .scalar_subquery()
    )
    return (
        select(
            Action.id,
            Case.reference,
            Case.stage,
            Action.text,
            Action.due_on,
            Action.owner_id,
            Volunteer.name.label("owner"),
            away.label("away_until"),
            moved.label("moved"),
            is_last().label("is_last"),
            full_cases(viewer).label("full"),
            ActionOffer.id.label("offer_id"),
            ActionOffer.to_id.label("offer_to_id"),
            to.name.label("offer_to"),
            ActionOffer.note.label("offer_note"),
        )
        .join(Case, Case.id == Action.case_id)
        .join(Volunteer, Volunteer.id == Action.owner_id)
        .outerjoin(ActionOffer, _live_offer())
        .outerjoin(to, to.id == ActionOffer.to_id)
    )


def _row(row: Row[*tuple[object, ...]]) -> ActionRow:
    return ActionRow(**row._mapping)


def _conditions(viewer: Viewer, filters: ActionFilters, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [and_(Action.done_at.is_(None), Case.is_open)]
    if filters.whose is Whosever.MINE:
        offered = select(ActionOffer.action_id).where(
            ActionOffer.to_id == viewer.id, ActionOffer.status == AssignmentStatus.OFFERED
        )
        own = select(Action.id).where(Action.owner_id == viewer.id, Action.done_at.is_(None))
        # Ids first, each from its index: an OR would scan all open actions.
        found += [Action.id.in_(union(own, offered)), visible_cases(viewer)]
    else:
        found.append(full_cases(viewer))
    if filters.whose is Whosever.AWAY:
        away = select(Leave.volunteer_id).where(Leave.starts_on <= today, Leave.ends_on >= today)
        found.append(Action.owner_id.in_(away))
    if filters.whose is Whosever.EVERYBODY and filters.owner is not None:
        found.append(Action.owner_id == filters.owner)
    if filters.due is not None:
        last = today + timedelta(days=WEEK_DAYS)
        late, soon = Action.due_on < today, Action.due_on.between(today, last)
        found.append({ActionDue.LATE: late, ActionDue.WEEK: soon, ActionDue.LATER: Action.due_on > last}[filters.due])
    if filters.stages:
        found.append(Case.stage.in_(filters.stages))
    return found
