"""The case queue: filtered, sorted, counted and paged in SQL."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, select
from sqlalchemy.orm import Session

from db.access import CARD_CONDITIONS, Viewer, barred_once, full_of_visible, kept, visible_cases
from db.choices import Condition, QueueOrder
from db.models import Case
from db.models.cases import CRISIS_RANK
from db.queries import search
from db.queries.case_rows import CaseRow, rows_of
from db.queries.conditions import condition_sql
from db.queries.near_matches import NearMatches, near_matches
from db.queries.queue_narrowed import each_asked
from db.rules.limits import Limits
from db.rules.queue_filters import NO_LEAD as NO_LEAD
from db.rules.queue_filters import QueueFilters as QueueFilters

PAGE = 50
# The best matches first: who does not find it among them asks in other words.
SEARCH_PAGE = 20
# A URL may ask for any number, but databases have a largest offset.
LAST_PAGE = 1_000_000


@dataclass(frozen=True)
class QueuePage:
    """One page of `size` cases at most: its rows; `total` cases on `pages` pages; `page` is the one shown. `is_more` if
    a search found more than `total`, which are on no page."""

    rows: tuple[CaseRow, ...]
    total: int
    page: int
    size: int = PAGE
    is_more: bool = False

    @property
    def pages(self) -> int:
        return _pages(self.total, self.size)

    @property
    def first(self) -> int:
        """The number of the first row among all, from 1."""
        return (self.page - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def by_person(self) -> bool:
        """Whether a case on this page was found by the doctor's name or contact."""
        return any(row.found.by_person for row in self.rows if row.found)


def case_queue(session: Session, viewer: Viewer, filters: QueueFilters, today: date, limits: Limits) -> QueuePage:
    """A page of the cases whose card this viewer may see, in the order that was asked for. A case in crisis comes first
    in every order, except among closed cases, of which the last closed comes first, and in a search, which has the best
    match first (db/queries/search.py) unless another order was chosen.
    """
    if filters.search.strip():
        return _searched(session, viewer, filters, today, limits)
    total, page, ids = _page(session, filters, _conditions(viewer, filters, today, limits))
    return QueuePage(rows=rows_of(session, viewer, ids, today), total=total, page=page)


def _searched(
    session: Session,
    viewer: Viewer,
    filters: QueueFilters,
    today: date,
    limits: Limits,
) -> QueuePage:
    on_card, narrowed = _narrowed(viewer, replace(filters, search="", page=1), today, limits)
    found = search.hits(session, viewer, filters.search, on_card=on_card, narrowed=narrowed)
    ids, total = found.ids, len(found.ids)
    if filters.order is not QueueOrder.URGENT:
        ids = tuple(session.scalars(select(Case.id).where(Case.id.in_(ids)).order_by(*_order(filters))))
    page = min(max(1, filters.page), _pages(total, SEARCH_PAGE))
    ids = ids[(page - 1) * SEARCH_PAGE : page * SEARCH_PAGE]
    rows = rows_of(session, viewer, ids, today, filters.search)
    return QueuePage(rows=rows, total=total, page=page, size=SEARCH_PAGE, is_more=found.is_cut)


def near(session: Session, viewer: Viewer, filters: QueueFilters, today: date, limits: Limits) -> NearMatches:
    """For filters whose search found nothing: what would be found under the same filters."""
    on_card, narrowed = _narrowed(viewer, replace(filters, search="", page=1), today, limits)
    return near_matches(session, viewer, filters.search, on_card=on_card, narrowed=narrowed)


@kept
def _narrowed(
    viewer: Viewer, filters: QueueFilters, today: date, limits: Limits
) -> tuple[search.Conditions, search.Conditions]:
    """What a case must meet that is found by its reference, and one that is found by anything else."""
    by_words = tuple(condition for _, condition in each_asked(filters, today, limits))
    return tuple(_conditions(viewer, filters, today, limits)), by_words


def _pages(total: int, size: int) -> int:
    return max(1, -(-total // size))


def _page(session: Session, filters: QueueFilters, conditions: list[ColumnElement[bool]]) -> tuple[int, int, list[int]]:
    """The total, the page shown and its ids."""
    page = min(max(1, filters.page), LAST_PAGE)
    count = select(func.count()).select_from(Case).where(*conditions)
    ordered = select(Case.id, count.scalar_subquery()).where(*conditions).order_by(*_order(filters)).limit(PAGE)
    rows = session.execute(ordered.offset((page - 1) * PAGE)).all()
    if rows or page == 1:
        return rows[0][1] if rows else 0, page, [row[0] for row in rows]
    last = _pages(session.scalar(count) or 0, PAGE)
    return _page(session, replace(filters, page=min(page - 1, last)), conditions)


def condition_counts(session: Session, viewer: Viewer, today: date, limits: Limits) -> dict[Condition, int]:
    """How many open cases meet each condition, in one statement: for CARD_CONDITIONS every visible case, for the others
    those this viewer may read in full."""
    row = session.execute(_counts(viewer, today, limits)).one()
    return {condition: getattr(row, condition.value) for condition in Condition}


@kept
def _counts(viewer: Viewer, today: date, limits: Limits) -> Select[*tuple[int, ...]]:
    full = full_of_visible(viewer)

    def holds(condition: Condition) -> ColumnElement[bool]:
        met = condition_sql(condition, today, limits)
        return met if condition in CARD_CONDITIONS else and_(full, met)

    counts = [func.count().filter(holds(condition)).label(condition.value) for condition in Condition]
    return select(*counts).select_from(Case).where(Case.is_open, visible_cases(viewer))


def view_counts(
    session: Session, viewer: Viewer, views: tuple[QueueFilters, ...], today: date, limits: Limits
) -> tuple[int, ...]:
    """How many cases the queue would show this viewer in each view, in one statement."""
    if not views:
        return ()
    barred = barred_once(viewer)
    counts = [
        select(func.count())
        .select_from(Case)
        .where(*_conditions(viewer, view, today, limits, barred))
        .scalar_subquery()
        for view in views
    ]
    return tuple(session.execute(select(*counts)).one())


def _order(filters: QueueFilters) -> tuple[SQLColumnExpression[object], ...]:
    if filters.status == "closed":
        return (Case.closed_on.desc(), Case.id)
    return (*_ORDERS[filters.order], Case.id)


# A case in crisis before everything, whatever the order.
_NOT_IN_CRISIS = Case.queue_rank > CRISIS_RANK
_ORDERS: dict[QueueOrder, tuple[SQLColumnExpression[object], ...]] = {
    QueueOrder.URGENT: (Case.queue_rank, Case.queue_due_on, Case.queue_since),
    QueueOrder.DEADLINE: (_NOT_IN_CRISIS, Case.queue_due_on),
    QueueOrder.AGE: (_NOT_IN_CRISIS, Case.opened_on),
    # Never reached comes first. Databases differ on where nothing stands, so it is said.
    QueueOrder.REACHED: (_NOT_IN_CRISIS, Case.reached_at.is_not(None), Case.reached_at),
    QueueOrder.UNALLOCATED: (_NOT_IN_CRISIS, Case.unallocated_since.is_(None), Case.unallocated_since),
}


def _conditions(
    viewer: Viewer, filters: QueueFilters, today: date, limits: Limits, barred: Select[int] | None = None
) -> list[ColumnElement[bool]]:
    barred = barred_once(viewer) if barred is None else barred
    found = [visible_cases(viewer, barred=barred)]
    asked = list(each_asked(filters, today, limits))
    if not all(on_card for on_card, _ in asked):
        found.append(full_of_visible(viewer))
    return found + [condition for _, condition in asked]
