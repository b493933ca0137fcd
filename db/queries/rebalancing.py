"""Which cases could be handed over so that nobody is over capacity, each with its reason and its cost.

For leads. Only cases the lead may see are counted, so somebody may be over capacity without it showing.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, visible_cases
from db.choices import AssignmentRole, AssignmentStatus, Contact, Stage
from db.models import Assignment, Case, Entry, Handover, Volunteer
from db.queries.conditions import points_sql
from db.queries.pairs import asked_before, barred
from db.queries.workload import Carrying, Workload, is_free
from db.rules.allotting import CRISIS, is_heavy
from db.rules.limits import Limits
from db.rules.rebalance import Carrier, Movable, Plan, rebalance

# The people most over capacity, and the cases of each. With more, the search would take too long.
MOST_GIVERS, MOST_CASES = 12, 20


@dataclass(frozen=True)
class Proposed:
    """One move. It costs continuity: `months` with the case and `reached` contacts with the doctor."""

    reference: str
    stage: Stage
    from_name: str
    to_id: int
    to_name: str
    points: int
    months: int
    reached: int
    reason: str


@dataclass(frozen=True)
class Waiting:
    """A handover that is waiting for an answer."""

    reference: str
    from_name: str
    to_name: str


@dataclass(frozen=True)
class Rebalancing:
    """`over` are people over capacity, `still_over` those left so; `at_least` and `is_exact` as in `Plan`."""

    moves: tuple[Proposed, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    over: tuple[str, ...] = ()
    still_over: tuple[str, ...] = ()
    at_least: int = 0
    is_exact: bool = True


def rebalancing(session: Session, viewer: Viewer, load: Workload, today: date, limits: Limits) -> Rebalancing:
    """The moves, cheapest first. Empty for anybody but a lead. `load` is the same viewer's."""
    if not viewer.is_lead:
        return Rebalancing()
    people = {int(row.volunteer_id): row for row in load.carrying()}
    above = sorted((row for row in people.values() if row.points > row.capacity), key=lambda r: r.capacity - r.points)
    givers = [int(row.volunteer_id) for row in above[:MOST_GIVERS]]
    held = _held(session, viewer, givers, today, limits)
    free = [row for row in held if row.to_id is None and not _is_near(row.hearing_on, today, limits)]
    movable = _few_of_each([_movable(row, today, limits) for row in free])
    case_ids = [case.case_id for case in movable]
    shut = barred(session, case_ids) | asked_before(session, case_ids)
    carriers = _carriers(people, givers, [row for row in held if row.to_id is not None])
    plan = rebalance(carriers, movable, shut)
    return _told(plan, people, {row.case_id: row for row in held}, carriers, today)


def _held(
    session: Session, viewer: Viewer, givers: list[int], today: date, limits: Limits
) -> list[Row[*tuple[object, ...]]]:
    """The cases they lead, with their contacts with the doctor, and who has been offered a handover."""
    offer = aliased(Assignment)
    waits = (
        select(Handover.replaces_id, Volunteer.id.label("to_id"), Volunteer.name.label("to_name"))
        .join(offer, offer.id == Handover.offer_id)
        .join(Volunteer, Volunteer.id == offer.volunteer_id)
        .where(offer.status == AssignmentStatus.OFFERED)
        .subquery()
    )
    reached = (
        select(func.count())
        .where(Entry.case_id == Case.id, Entry.author_id == Assignment.volunteer_id, Entry.contact == Contact.REACHED)
        .scalar_subquery()
    )
    query = (
        select(
            Case.id.label("case_id"),
            Case.reference,
            Case.stage,
            Case.flags,
            Case.process_codes,
            Case.hearing_on,
            Assignment.volunteer_id,
            Assignment.answered_at,
            points_sql(today, limits).label("points"),
            reached.label("reached"),
            waits.c.to_id,
            waits.c.to_name,
        )
        .join(Case, Case.id == Assignment.case_id)
        .outerjoin(waits, waits.c.replaces_id == Assignment.id)
        .where(
            Assignment.volunteer_id.in_(givers),
            Assignment.status == AssignmentStatus.ACCEPTED,
            Assignment.role == AssignmentRole.LEAD,
            Case.is_open,
            visible_cases(viewer) & Case.organisation_id.is_not(None),
        )
    )
    # Not sorted by the database: SQLite would then go through all cases in that order, not through these people's.
    return sorted(session.execute(query).all(), key=lambda row: row.case_id)


def _is_near(hearing_on: date | None, today: date, limits: Limits) -> bool:
    return hearing_on is not None and today <= hearing_on <= today + timedelta(days=limits.hearing_keeps_days)


def _movable(row: Row[*tuple[object, ...]], today: date, limits: Limits) -> Movable:
    flags = set(row.flags.split())
    return Movable(
        case_id=row.case_id,
        holder=row.volunteer_id,
        points=row.points,
        cost=_months(row, today) + row.reached,
        is_active=row.stage is Stage.ACTIVE,
        is_crisis=CRISIS in flags,
        is_heavy=is_heavy(row.points, flags, limits=limits),
    )


def _months(row: Row[*tuple[object, ...]], today: date) -> int:
    return (today - clock.london_day(row.answered_at)).days // 30 if row.answered_at else 0


def _few_of_each(cases: list[Movable]) -> list[Movable]:
    """At most MOST_CASES of each person's cases: those with the most points, and cheapest."""
    kept: dict[int, list[Movable]] = {}
    for case in sorted(cases, key=lambda case: (-case.points, case.cost, case.case_id)):
        kept.setdefault(case.holder, []).append(case)
    return [case for some in kept.values() for case in some[:MOST_CASES]]


def _carriers(people: dict[int, Carrying], givers: list[int], offered: list[Row[*tuple[object, ...]]]) -> list[Carrier]:
    """Everybody, as if waiting handovers had been accepted; without people over capacity beyond MOST_GIVERS."""
    gives = {one: sum(row.points for row in offered if row.volunteer_id == one) for one in people}
    gets = {one: [row for row in offered if row.to_id == one] for one in people}
    return [
        Carrier(
            id=one,
            points=row.points - gives[one] + sum(got.points for got in gets[one]),
            capacity=row.capacity,
            active=row.active_cases + sum(got.stage is Stage.ACTIVE for got in gets[one]),
            crisis=row.crisis_cases + sum(CRISIS in got.flags.split() for got in gets[one]),
            most_active=row.most_active,
            most_crisis=row.most_crisis,
            takes=is_free(row) and one not in givers,
            rests=row.rests_until is not None,
        )
        for one, row in people.items()
        if one in givers or row.points <= row.capacity
    ]


def _told(
    plan: Plan,
    people: dict[int, Carrying],
    cases: dict[int, Row[*tuple[object, ...]]],
    carriers: list[Carrier],
    today: date,
) -> Rebalancing:
    load = {one.id: one for one in carriers}
    moves = []
    for move in plan.moves:
        row, giver, receiver = cases[move.case_id], people[move.giver], people[move.receiver]
        known = sorted(set(receiver.skills.split()) & set(row.process_codes.split()))
        reason = (
            f"{giver.name} has {load[move.giver].points} of {giver.capacity:g} points; "
            f"{receiver.name} has {load[move.receiver].points} of {receiver.capacity:g}"
            + (f" and knows {' and '.join(known)}" if known else "")
        )
        moves.append(
            Proposed(
                reference=row.reference,
                stage=row.stage,
                from_name=giver.name,
                to_id=move.receiver,
                to_name=receiver.name,
                points=row.points,
                months=_months(row, today),
                reached=row.reached,
                reason=reason,
            )
        )
    offered = [row for row in cases.values() if row.to_id is not None]
    return Rebalancing(
        moves=tuple(sorted(moves, key=lambda move: (move.months + move.reached, move.reference))),
        waiting=tuple(Waiting(row.reference, people[row.volunteer_id].name, row.to_name) for row in offered),
        over=tuple(people[one.id].name for one in carriers if one.over > 0),
        still_over=tuple(people[one].name for one in plan.still_over),
        at_least=plan.at_least,
        is_exact=plan.is_exact,
    )
