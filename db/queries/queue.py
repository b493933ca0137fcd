"""Case queue: which cases, in what order, with what next. Filtered, sorted, counted and cut in SQL."""

import functools
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import BindParameter, ColumnElement, Date, Row, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, barred_once, full_few, full_of_visible, visible_cases
from db.choices import Condition, Role
from db.models import Action, Case, CaseProcess, Deadline, Finding, Flag, MeetingMark, Organisation, Volunteer
from db.queries.conditions import coming_id, condition_sql
from db.rules.limits import Limits
from db.rules.queue_filters import NO_LEAD as NO_LEAD
from db.rules.queue_filters import QueueFilters as QueueFilters

PAGE = 50
# An address may ask for any number, and a database counts no further than it can.
LAST_PAGE = 1_000_000
COLUMNS = (
    "reference", "flags", "stage", "days_in_stage", "processes", "deadline", "due_on", "days_left", "whose",
    "next_action", "lead", "reached_on", "body_kind", "region", "body", "opened_on", "coming", "coming_left",
)  # fmt: skip


@dataclass(frozen=True)
class QueuePage:
    """One page: `rows` has COLUMNS, of plain objects or None; `total` cases over `pages` pages of PAGE; `page` is the
    one shown."""

    rows: pd.DataFrame
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The place of the first row among all, from 1."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def case_queue(session: Session, viewer: Viewer, filters: QueueFilters, today: date, limits: Limits) -> QueuePage:
    """A page of the cases this viewer may see a card of: red flags, nearest own deadline, longest unallocated.

    Columns: reference, flags (codes), stage (code), days_in_stage, processes (codes), deadline (name), due_on
    (date), days_left (days), whose (code), next_action, lead (name), reached_on (date), body_kind and region
    (codes), body (name), opened_on (date), coming (name) and coming_left (days) of the deadline after one that is
    past. next_action and body are None on cases the viewer may not open.
    """
    conditions = _conditions(viewer, filters, today, limits)
    total, page, ids = _page(session, filters, conditions)
    return QueuePage(rows=_rows(session, viewer, ids, today), total=total, page=page, pages=_pages(total))


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE))


def _page(session: Session, filters: QueueFilters, conditions: list[ColumnElement[bool]]) -> tuple[int, int, list[int]]:
    """Total, page shown and its ids."""
    page = min(max(1, filters.page), LAST_PAGE)
    count = select(func.count()).select_from(Case).where(*conditions)
    # A search reads every summary, which is best done once; else each part is quick by itself, by the queue's index.
    counted = func.count().over() if filters.search.strip() else count.scalar_subquery()
    ordered = select(Case.id, counted).where(*conditions).order_by(*_order(filters)).limit(PAGE)
    rows = session.execute(ordered.offset((page - 1) * PAGE)).all()
    if rows or page == 1:
        return rows[0][1] if rows else 0, page, [row[0] for row in rows]
    last = _pages(session.scalar(count) or 0)
    return _page(session, replace(filters, page=min(page - 1, last)), conditions)


def condition_counts(session: Session, viewer: Viewer, today: date, limits: Limits) -> dict[Condition, int]:
    """How many of the viewer's visible open cases meet each derived condition, in one statement."""
    counts = [
        func.count().filter(condition_sql(condition, today, limits)).label(condition.value) for condition in Condition
    ]
    row = session.execute(select(*counts).select_from(Case).where(Case.is_open, visible_cases(viewer))).one()
    return {condition: getattr(row, condition.value) for condition in Condition}


def view_counts(
    session: Session, viewer: Viewer, views: tuple[QueueFilters, ...], today: date, limits: Limits
) -> tuple[int, ...]:
    """How many cases this viewer sees in each view, in one statement: as many as the queue itself would show them."""
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


def _order(filters: QueueFilters) -> tuple[Any, ...]:
    if filters.status == "closed":
        return (Case.closed_on.desc(), Case.id)
    return (Case.queue_rank, Case.queue_due_on, Case.queue_since, Case.id)


def _conditions(
    viewer: Viewer, filters: QueueFilters, today: date, limits: Limits, barred: Select[int] | None = None
) -> list[ColumnElement[bool]]:
    barred = barred_once(viewer) if barred is None else barred
    found = [visible_cases(viewer, barred=barred)]
    if filters.status != "all":
        found.append(Case.is_open == (filters.status == "open"))
    if filters.condition is not None:
        found.append(condition_sql(filters.condition, today, limits))
    found += _listed(filters)
    if filters.lead is not None:
        found.append(Case.lead_id.is_(None) if filters.lead == NO_LEAD else Case.lead_id == filters.lead)
    if filters.older_than_days:
        found.append(Case.opened_on <= today - timedelta(days=filters.older_than_days))
    if filters.deadline_within_days is not None:
        found.append(Case.ours_due_on <= today + timedelta(days=filters.deadline_within_days))
    if filters.for_meeting:
        found.append(exists().where(MeetingMark.case_id == Case.id, MeetingMark.cleared_at.is_(None)))
    if filters.search.strip():
        found.append(_search(viewer, filters.search))
    return found


def _listed(filters: QueueFilters) -> list[ColumnElement[bool]]:
    columns = (
        (Case.stage, filters.stages),
        (Case.body_kind, filters.body_kinds),
        (Case.region, filters.regions),
        (Case.grade, filters.grades),
        (Case.specialty_group, filters.specialty_groups),
    )
    found: list[ColumnElement[bool]] = [column.in_(values) for column, values in columns if values]
    if filters.flags:
        raised = exists().where(Flag.case_id == Case.id, Flag.cleared_at.is_(None), Flag.code.in_(filters.flags))
        found.append(raised)
    if filters.processes:
        live = and_(CaseProcess.case_id == Case.id, CaseProcess.ended_on.is_(None))
        found.append(exists().where(live, CaseProcess.process.in_(filters.processes)))
    if filters.findings:
        found.append(exists().where(Finding.case_id == Case.id, Finding.code.in_(filters.findings)))
    return found


def _search(viewer: Viewer, words: str) -> ColumnElement[bool]:
    """By the start of a reference for all; by every word of the summary on cases the viewer may open."""
    tidy = words.replace("\x00", "").strip()[:200]
    reference = Case.reference.startswith(tidy.upper(), autoescape=True)
    in_summary = and_(*(Case.summary.icontains(word, autoescape=True) for word in tidy.split()[:8]))
    return or_(reference, and_(full_of_visible(viewer), in_summary))


def _rows(session: Session, viewer: Viewer, ids: list[int], today: date) -> pd.DataFrame:
    place = {case_id: n for n, case_id in enumerate(ids)}
    asked = {"ids": ids, "viewer_id": viewer.id, "today": today}
    rows = sorted(session.execute(_cards(viewer.role), asked), key=lambda row: place[row.id])
    # As they are: a column each of pandas' own types would take longer than the query.
    return pd.DataFrame([_record(row, today) for row in rows], columns=list(COLUMNS), dtype=object)


@functools.cache
def _cards(role: Role) -> Select[*tuple[Any, ...]]:
    # Kept, because putting it together costs more than running it.
    today: BindParameter[date] = bindparam("today", type_=Date)
    lead, coming = aliased(Volunteer), aliased(Deadline)
    return (
        select(
            Case.id, Case.reference, Case.flags, Case.stage, Case.stage_since, Case.process_codes,
            Deadline.name.label("deadline"), Deadline.due_on, Deadline.whose, Action.text.label("action"),
            lead.name.label("lead"), Case.reached_at, Case.body_kind, Case.region,
            func.coalesce(Organisation.name, Case.body_text).label("body"), Case.opened_on,
            full_few(role).label("full"), coming.name.label("coming"), coming.due_on.label("coming_on"),
        )
        .outerjoin(Deadline, Deadline.id == Case.next_deadline_id)
        .outerjoin(coming, coming.id == coming_id(today))
        .outerjoin(Action, Action.id == Case.next_action_id)
        .outerjoin(lead, lead.id == Case.lead_id)
        .outerjoin(Organisation, Organisation.id == Case.organisation_id)
        .where(Case.id.in_(bindparam("ids", expanding=True)))
    )  # fmt: skip


def _record(row: Row[*tuple[Any, ...]], today: date) -> tuple[Any, ...]:
    """One case in the order of COLUMNS."""
    return (
        row.reference,
        " ".join(sorted(row.flags.split())),
        row.stage.value,
        (today - clock.london_day(row.stage_since)).days,
        " ".join(sorted(set(row.process_codes.split()))),
        row.deadline,
        row.due_on,
        (row.due_on - today).days if row.due_on else None,
        row.whose.value if row.whose else None,
        row.action if row.full else None,
        row.lead,
        clock.london_day(row.reached_at) if row.reached_at else None,
        row.body_kind,
        row.region,
        row.body if row.full else None,
        row.opened_on,
        row.coming,
        (row.coming_on - today).days if row.coming_on else None,
    )
