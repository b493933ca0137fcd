"""The queue's filters, and how a saved view stores and reads them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from db.choices import Condition, Lack, QueueOrder, Stage
from db.errors import CommandRefused

NO_LEAD = 0
# Days, and their labels: how long a case has been open, and how soon a deadline is due.
AGES = {0: "Any", 30: "Over 30 days", 90: "Over 90 days", 182: "Over 6 months", 365: "Over a year"}
WINDOWS = {None: "Any", -1: "Missed"} | {days: f"In {days} days" for days in (7, 14, 28)}
STATUSES = ("open", "closed", "all")
CODE = re.compile(r"[\w.-]{1,40}", re.ASCII)
MOST_CODES = 60
BIGGEST_ID = 2**31 - 1
UNREADABLE = "These filters can’t be saved. Clear them, choose them again, then save."


@dataclass(frozen=True)
class QueueFilters:
    """The queue's filters; empty means any. `lead` is a volunteer's id, or NO_LEAD."""

    search: str = ""
    stages: tuple[Stage, ...] = ()
    flags: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    lead: int | None = None
    body_kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    specialty_groups: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    older_than_days: int = 0
    deadline_within_days: int | None = None
    condition: Condition | None = None
    for_meeting: bool = False
    lacks: Lack | None = None
    status: str = "open"
    order: QueueOrder = QueueOrder.URGENT
    page: int = 1


CODED = ("flags", "processes", "body_kinds", "regions", "grades", "specialty_groups", "findings")
# Search words may be about a person, so they are never saved. A page number is not a filter.
NOT_KEPT = ("search", "page")


def written(filters: QueueFilters) -> dict[str, object]:
    """The filters to save: only those set, without search words and page."""
    plain = QueueFilters()
    every = {part.name: getattr(filters, part.name) for part in fields(filters) if part.name not in NOT_KEPT}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in every.items()
        if value != getattr(plain, name)
    }


def read(kept: Mapping[str, object]) -> QueueFilters:
    """The saved filters. Refuses anything `written` does not produce: other names, other types, unknown codes."""
    known = {part.name for part in fields(QueueFilters)} - set(NOT_KEPT)
    if not set(kept) <= known:
        raise CommandRefused(UNREADABLE)
    try:
        return QueueFilters(**{name: _part(name, value) for name, value in kept.items()})
    except (TypeError, ValueError):
        raise CommandRefused(UNREADABLE) from None


def _part(name: str, value: object) -> Any:  # Any: what each filter takes is checked here, by name
    if name in CODED or name == "stages":
        if not isinstance(value, list | tuple) or len(value) > MOST_CODES:
            raise ValueError(name)
        return tuple(Stage(code) if name == "stages" else _code(code) for code in value)
    if name == "for_meeting":
        if not isinstance(value, bool):
            raise ValueError(name)
        return value
    if name == "condition":
        return None if value is None else Condition(str(value))
    if name == "lacks":
        return None if value is None else Lack(str(value))
    if name == "order":
        return QueueOrder(str(value))
    offered: dict[str, Collection[Any]] = {
        "older_than_days": AGES,
        "deadline_within_days": WINDOWS,
        "status": STATUSES,
        "lead": (None,),
    }
    if isinstance(value, bool) or (value not in offered[name] and not (name == "lead" and _is_id(value))):
        raise ValueError(name)
    return value


def _code(code: object) -> str:
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise ValueError(code)
    return code


def _is_id(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= BIGGEST_ID
