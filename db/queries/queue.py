"""The case queue: filtered, sorted, counted and paged in SQL."""

import functools
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import (
    CARD_CONDITIONS,
    CARD_FIELDS,
    CardField,
    Viewer,
    barred_once,
    full_few,
    full_of_visible,
    visible_cases,
)
from db.choices import Condition, Role
from db.models import Action, Case, Deadline, Organisation, TimeRule, Volunteer
from db.queries.card_words import deadline_words
from db.queries.conditions import coming_id, condition_sql
from db.queries.queue_narrowed import each_asked
from db.rules.limits import Limits
from db.rules.queue_filters import NO_LEAD as NO_LEAD
from db.rules.queue_filters import QueueFilters as QueueFilters

PAGE = 50
# A URL may ask for any number, but databases have a largest offset.
LAST_PAGE = 1_000_000
# The field of the card that each column shows; None is only for people who may read the case in full.
QUEUE_COLUMNS: dict[str, CardField | None] = {
    "reference": CardField.REFERENCE,
    "flags": CardField.FLAGS,
    "stage": CardField.STAGE,
    "days_in_stage": CardField.AGES,
    "processes": CardField.PROCESSES,
    "deadline": CardField.DEADLINES,
    "due_on": CardField.DEADLINES,
    "days_left": CardField.DEADLINES,
    "whose": CardField.DEADLINES,
    "next_action": None,
    "unallocated": CardField.UNALLOCATED,
    "lead": None,
    "reached_on": None,
    "body_kind": CardField.BODY_KIND,
    "region": CardField.REGION,
    "body": None,
    "body_code": None,
    "opened_on": CardField.AGES,
    "coming": CardField.DEADLINES,
    "coming_left": CardField.DEADLINES,
}
COLUMNS = tuple(QUEUE_COLUMNS)


@dataclass(frozen=True)
class QueuePage:
    """One page: `rows` has COLUMNS, of plain objects or None; `total` cases on `pages` pages of PAGE; `page` is the one
    shown."""

    rows: pd.DataFrame
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The number of the first row among all, from 1."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def case_queue(session: Session, viewer: Viewer, filters: QueueFilters, today: date, limits: Limits) -> QueuePage:
    """A page of the cases whose card this viewer may see: urgent flags first, then the nearest of our deadlines, then
    the longest unallocated.

    Columns: reference, flags (codes), stage (code), days_in_stage, processes (codes), deadline (name), due_on
    (date), days_left (days), whose (code), next_action, unallocated, lead (name), reached_on (date), body_kind and
    region (codes), body (name), body_code (its code; None if it is not matched), opened_on (date), coming (name) and
    coming_left (days) of the deadline after one that has passed. If the viewer may not read the case in full, columns
    that are not on the card are None and a deadline has its rule's name.
    """
    conditions = _conditions(viewer, filters, today, limits)
    total, page, ids = _page(session, filters, conditions)
    return QueuePage(rows=rows_of(session, viewer, ids, today), total=total, page=page, pages=_pages(total))


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE))


def _page(session: Session, filters: QueueFilters, conditions: list[ColumnElement[bool]]) -> tuple[int, int, list[int]]:
    """The total, the page shown and its ids."""
    page = min(max(1, filters.page), LAST_PAGE)
    count = select(func.count()).select_from(Case).where(*conditions)
    # A search reads every summary, which is best done once. Without one, two statements use the queue's index.
    counted = func.count().over() if filters.search.strip() else count.scalar_subquery()
    ordered = select(Case.id, counted).where(*conditions).order_by(*_order(filters)).limit(PAGE)
    rows = session.execute(ordered.offset((page - 1) * PAGE)).all()
    if rows or page == 1:
        return rows[0][1] if rows else 0, page, [row[0] for row in rows]
    last = _pages(session.scalar(count) or 0)
    return _page(session, replace(filters, page=min(page - 1, last)), conditions)


def condition_counts(session: Session, viewer: Viewer, today: date, limits: Limits) -> dict[Condition, int]:
    """How many open cases meet each condition, in one statement: for CARD_CONDITIONS every visible case, for the others
    those this viewer may read in full."""
    full = full_of_visible(viewer)

    def holds(condition: Condition) -> ColumnElement[bool]:
        met = condition_sql(condition, today, limits)
        return met if condition in CARD_CONDITIONS else and_(full, met)

    counts = [func.count().filter(holds(condition)).label(condition.value) for condition in Condition]
    row = session.execute(select(*counts).select_from(Case).where(Case.is_open, visible_cases(viewer))).one()
    return {condition: getattr(row, condition.value) for condition in Condition}


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
    return (Case.queue_rank, Case.queue_due_on, Case.queue_since, Case.id)


def _conditions(
    viewer: Viewer, filters: QueueFilters, today: date, limits: Limits, barred: Select[int] | None = None
) -> list[ColumnElement[bool]]:
    barred = barred_once(viewer) if barred is None else barred
    found = [visible_cases(viewer, barred=barred)]
    asked = list(each_asked(filters, today, limits))
    if not all(on_card for on_card, _ in asked):
        found.append(full_of_visible(viewer))
    found += [condition for _, condition in asked]
    if filters.search.strip():
        found.append(_search(viewer, filters.search))
    return found


def _search(viewer: Viewer, words: str) -> ColumnElement[bool]:
    """By the start of the reference; or, on cases the viewer may open, by every word in the summary."""
    tidy = words.replace("\x00", "").strip()[:200]
    reference = Case.reference.startswith(tidy.upper(), autoescape=True)
    in_summary = and_(*(Case.summary.icontains(word, autoescape=True) for word in tidy.split()[:8]))
    return or_(reference, and_(full_of_visible(viewer), in_summary))


def rows_of(session: Session, viewer: Viewer, ids: list[int], today: date) -> pd.DataFrame:
    """These cases in this order, with the columns of `case_queue`. Only for cases whose card the viewer may see."""
    place = {case_id: n for n, case_id in enumerate(ids)}
    asked = {"ids": ids, "viewer_id": viewer.id, "today": today}
    rows = sorted(session.execute(_cards(viewer.role), asked), key=lambda row: place[row.id])
    # As objects: converting to pandas' own types would take longer than the query.
    return pd.DataFrame([_record(row, today) for row in rows], columns=list(COLUMNS), dtype=object)


@functools.cache
def _cards(role: Role) -> Select[*tuple[object, ...]]:
    # Cached: building it costs more than running it.
    today: BindParameter[date] = bindparam("today", type_=Date)
    lead, coming = aliased(Volunteer), aliased(Deadline)
    rule, coming_rule = aliased(TimeRule), aliased(TimeRule)
    return (
        select(
            Case.id,
            Case.reference,
            Case.flags,
            Case.stage,
            Case.stage_since,
            Case.process_codes,
            Deadline.name.label("deadline"),
            Deadline.due_on,
            Deadline.whose,
            Action.text.label("action"),
            lead.name.label("lead"),
            Case.reached_at,
            Case.body_kind,
            Case.region,
            func.coalesce(Organisation.name, Case.body_text).label("body"),
            Organisation.code.label("body_code"),
            Case.opened_on,
            full_few(role).label("full"),
            coming.name.label("coming"),
            coming.due_on.label("coming_on"),
            Case.lead_id,
            rule.label.label("rule"),
            Deadline.kind,
            Deadline.is_hearing,
            coming_rule.label.label("coming_rule"),
            coming.kind.label("coming_kind"),
            coming.is_hearing.label("coming_is_hearing"),
        )
        .outerjoin(Deadline, Deadline.id == Case.next_deadline_id)
        .outerjoin(coming, coming.id == coming_id(today))
        .outerjoin(rule, rule.code == Deadline.rule)
        .outerjoin(coming_rule, coming_rule.code == coming.rule)
        .outerjoin(Action, Action.id == Case.next_action_id)
        .outerjoin(lead, lead.id == Case.lead_id)
        .outerjoin(Organisation, Organisation.id == Case.organisation_id)
        .where(Case.id.in_(bindparam("ids", expanding=True)))
    )


def _record(row: Row[*tuple[object, ...]], today: date) -> tuple[object, ...]:
    """One case in the order of COLUMNS; only its card, unless it may be read in full."""
    deadline, coming = row.deadline, row.coming
    if not row.full:
        deadline = deadline and deadline_words(row.rule, row.kind, is_hearing=row.is_hearing)
        coming = coming and deadline_words(row.coming_rule, row.coming_kind, is_hearing=row.coming_is_hearing)
    every = (
        row.reference,
        " ".join(sorted(row.flags.split())),
        row.stage.value,
        (today - clock.london_day(row.stage_since)).days,
        " ".join(sorted(set(row.process_codes.split()))),
        deadline,
        row.due_on,
        (row.due_on - today).days if row.due_on else None,
        row.whose.value if row.whose else None,
        row.action,
        row.lead_id is None,
        row.lead,
        clock.london_day(row.reached_at) if row.reached_at else None,
        row.body_kind,
        row.region,
        row.body,
        row.body_code,
        row.opened_on,
        coming,
        (row.coming_on - today).days if row.coming_on else None,
    )
    if row.full:
        return every
    return tuple(
        value if field in CARD_FIELDS else None for field, value in zip(QUEUE_COLUMNS.values(), every, strict=True)
    )
