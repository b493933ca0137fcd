"""The conditions for the queue's filters, and whether each looks only at the card."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, true

from db.access import CARD_CONDITIONS, CARD_FIELDS, CardField
from db.choices import QueueOrder
from db.code_mapping import counts_as
from db.models import Case, CaseProcess, Finding, Flag, MeetingMark
from db.queries.conditions import condition_sql
from db.queries.lacking import lacks_sql
from db.rules.limits import Limits
from db.rules.queue_filters import NO_LEAD, QueueFilters

# The field of the card that each filter looks at; None is only for cases the viewer may read in full. For search,
# condition and lead see `each_asked`.
CARD_FILTERS: dict[str, CardField | None] = {
    "stages": CardField.STAGE,
    "flags": CardField.FLAGS,
    "processes": CardField.PROCESSES,
    "body_kinds": CardField.BODY_KIND,
    "regions": CardField.REGION,
    "grades": None,
    "specialty_groups": None,
    "findings": None,
    "older_than_days": CardField.AGES,
    "deadline_within_days": CardField.DEADLINES,
    "for_meeting": None,
    "lacks": None,
    "status": CardField.STAGE,
}
# And the field that each order looks at.
ORDER_FIELDS: dict[QueueOrder, CardField | None] = {
    QueueOrder.URGENT: CardField.DEADLINES,
    QueueOrder.DEADLINE: CardField.DEADLINES,
    QueueOrder.AGE: CardField.AGES,
    QueueOrder.REACHED: None,
    QueueOrder.UNALLOCATED: CardField.AGES,
}


def each_asked(filters: QueueFilters, today: date, limits: Limits) -> Iterator[tuple[bool, ColumnElement[bool]]]:
    """Each filter that is set: whether it looks only at the card, and its condition."""
    for name, condition in (*_narrowed(filters, today), *_marked(filters, today)):
        yield CARD_FILTERS[name] in CARD_FIELDS, condition
    if filters.condition is not None:
        yield filters.condition in CARD_CONDITIONS, condition_sql(filters.condition, today, limits)
    if ORDER_FIELDS[filters.order] not in CARD_FIELDS:
        # An order tells as much as a filter does.
        yield False, true()
    if filters.lead == NO_LEAD:
        yield True, Case.lead_id.is_(None)
    elif filters.lead is not None:
        yield False, Case.lead_id == filters.lead


def _narrowed(filters: QueueFilters, today: date) -> Iterator[tuple[str, ColumnElement[bool]]]:
    if filters.status != "all":
        yield "status", Case.is_open == (filters.status == "open")
    columns: dict[str, Any] = {
        "stages": Case.stage,
        "body_kinds": Case.body_kind,
        "regions": Case.region,
        "grades": Case.grade,
        "specialty_groups": Case.specialty_group,
    }
    for name, column in columns.items():
        if values := getattr(filters, name):
            yield name, column.in_(values)
    if filters.flags:
        live = and_(Flag.case_id == Case.id, Flag.cleared_at.is_(None))
        yield "flags", exists().where(live, Flag.code.in_(filters.flags))
    if filters.processes:
        live = and_(CaseProcess.case_id == Case.id, CaseProcess.ended_on.is_(None))
        yield "processes", exists().where(live, CaseProcess.process.in_(filters.processes))
    if filters.findings:
        yield "findings", exists().where(Finding.case_id == Case.id, counts_as(*filters.findings))
    if filters.older_than_days:
        yield "older_than_days", Case.opened_on <= today - timedelta(days=filters.older_than_days)
    if filters.deadline_within_days is not None:
        yield "deadline_within_days", Case.ours_due_on <= today + timedelta(days=filters.deadline_within_days)


def _marked(filters: QueueFilters, today: date) -> Iterator[tuple[str, ColumnElement[bool]]]:
    if filters.for_meeting:
        yield "for_meeting", exists().where(MeetingMark.case_id == Case.id, MeetingMark.cleared_at.is_(None))
    if filters.lacks is not None:
        yield "lacks", lacks_sql(filters.lacks, today)
