"""Who could take an unallocated case: up to MOST people, with the reasons.

Somebody who may not know of a case is simply not suggested, without a reason.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, visible_cases
from db.choices import AssignmentStatus
from db.models import Assignment, Case
from db.queries.changed_cases import KeptLines
from db.queries.pairs import Pair, asked_before, barred
from db.queries.rebalancing import Rebalancing, rebalancing
from db.queries.unallocated import Unallocated, Waits, unallocated
from db.queries.workload import Carrying, Workload, is_free, workload
from db.rules.allotting import CRISIS, is_heavy
from db.rules.limits import Limits
from db.rules.words import many

MOST = 3


@dataclass(frozen=True)
class Suggestion:
    """Somebody with room for a case, and the reasons for suggesting them."""

    volunteer_id: int
    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Allocation:
    """The workload (a volunteer's own, a lead's of everybody), who has room, unallocated cases and, for leads, who each
    could be offered to and which cases could be handed over."""

    people: pd.DataFrame
    with_room: tuple[str, ...]
    unallocated: pd.DataFrame
    total: int
    suggestions: dict[str, tuple[Suggestion, ...]]
    rebalancing: Rebalancing


class Balance(NamedTuple):
    """What everybody carries, and how it could be evened out."""

    load: Workload
    rebalancing: Rebalancing


def balance(
    session: Session, viewer: Viewer, today: date, limits: Limits, *, places: KeptLines | None = None
) -> Balance:
    """`places` as for `workload`. It stays as it is while they have not moved (`KeptLines.has_moved`)."""
    load = workload(session, viewer, today, limits, places=places)
    return Balance(load, rebalancing(session, viewer, load, today, limits))


def allocation(
    session: Session, viewer: Viewer, today: date, limits: Limits, *, balanced: Balance | None = None
) -> Allocation:
    """The workload page in one read. For the columns see `workload` and `unallocated`. `balanced` may come from an
    earlier call of `balance`."""
    load, evened = balanced or balance(session, viewer, today, limits)
    waiting = unallocated(session, viewer, today, limits)
    found = suggestions(session, viewer, load, waiting, limits)
    shown = waiting.rows.drop(columns=["case_id", "points"])
    return Allocation(load.people, load.with_room, shown, waiting.total, found, evened)


def suggestions(
    session: Session, viewer: Viewer, load: Workload, waiting: Unallocated, limits: Limits
) -> dict[str, tuple[Suggestion, ...]]:
    """For leads: {reference: up to MOST people, best first}. Without cases that are offered to somebody or whose
    organisation is not matched.

    Both arguments are the same viewer's. Takes the same number of statements for any number of cases.
    """
    if not viewer.is_lead or waiting.rows.empty:
        return {}
    cases = [row for row in waiting.waits() if not isinstance(row.offered_to, str)]
    people = [row for row in load.carrying() if _is_free(row)]
    case_ids = [row.case_id for row in cases]
    unmatched = set(session.scalars(select(Case.id).where(Case.id.in_(case_ids), Case.organisation_id.is_(None))))
    # If the organisation is not matched nobody has been checked: a lead matches it first, or offers it knowingly.
    cases = [row for row in cases if row.case_id not in unmatched]
    shut_out = barred(session, case_ids) | asked_before(session, case_ids)
    known = _know_the_doctor(session, viewer, case_ids)
    found = {}
    for row in cases:
        fit = [one for one in people if (one.volunteer_id, row.case_id) not in shut_out and _fits(one, row, limits)]
        ranked = sorted(fit, key=lambda one: _rank(one, row, known))
        found[str(row.reference)] = tuple(_suggestion(one, row, known) for one in ranked[:MOST])
    return found


def _is_free(person: Carrying) -> bool:
    return is_free(person) and person.active_cases < person.most_active


def _fits(person: Carrying, row: Waits, limits: Limits) -> bool:
    flags = set(row.flags.split())
    if CRISIS in flags and person.crisis_cases >= person.most_crisis:
        return False
    if person.rests_until is not None and is_heavy(row.points, flags, limits=limits):
        return False
    return bool(person.points + row.points <= person.capacity)


def _rank(person: Carrying, row: Waits, known: set[Pair]) -> tuple[bool, int, int, float, str]:
    continuity = (person.volunteer_id, row.case_id) in known
    used = person.points / person.capacity
    return (not continuity, -len(_shared_skills(person, row)), person.offers, used, person.name)


def _suggestion(person: Carrying, row: Waits, known: set[Pair]) -> Suggestion:
    reasons = [f"{person.points} of {person.capacity:g} points used"]
    if person.offers:
        reasons.append(f"{many(person.offers, 'offer')} to answer")
    if skills := _shared_skills(person, row):
        reasons.append(f"knows {' and '.join(skills)}")
    if (person.volunteer_id, row.case_id) in known:
        # Without the other case, which somebody who reads this may not know of.
        reasons.append("has worked with this doctor before")
    reasons.append("no known conflict")
    return Suggestion(int(person.volunteer_id), person.name, tuple(reasons))


def _shared_skills(person: Carrying, row: Waits) -> list[str]:
    return sorted(set(person.skills.split()) & set(row.processes.split()))


def _know_the_doctor(session: Session, viewer: Viewer, case_ids: list[int]) -> set[Pair]:
    """Who is or was on another case of the same doctor that the viewer may see too."""
    this = aliased(Case)
    pairs = session.execute(
        select(Assignment.volunteer_id, this.id)
        .join(Case, Case.id == Assignment.case_id)
        .join(this, this.doctor_id == Case.doctor_id)
        .where(
            this.id.in_(case_ids),
            Case.id != this.id,
            Assignment.status.in_((AssignmentStatus.ACCEPTED, AssignmentStatus.ENDED)),
            visible_cases(viewer),
        )
    )
    return {(volunteer_id, case_id) for volunteer_id, case_id in pairs}
