"""Looking after each other: debriefs to arrange, whom the viewer covers for, and (for leads) who is away."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, kept, visible_cases
from db.models import Case, Debrief, Leave, Volunteer
from db.queries.pairs import barred, said_no_conflict
from db.rules.allotting import DebriefKind

MOST = 50


@dataclass(frozen=True)
class DebriefDue:
    """A debrief to arrange. `reference` is None if the viewer may no longer see the case."""

    id: int
    name: str
    kind: DebriefKind
    happened_on: date
    reference: str | None


@dataclass(frozen=True)
class Covering:
    """Current or future leave that the viewer covers."""

    leave_id: int
    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Away:
    """Somebody on leave today. `cases` counts the open cases they lead that the viewer may see; `uncovered` counts
    those that nobody covers: nobody was chosen, or they are away, have left, are barred, or have not said yet that they
    know of no conflict.
    """

    volunteer_id: int
    name: str
    ends_on: date
    cover: str | None
    cases: int
    uncovered: int


@dataclass(frozen=True)
class Care:
    """The viewer's own debriefs and cover; for leads also others' debriefs and everybody away, most uncovered first."""

    own: tuple[DebriefDue, ...]
    covering: tuple[Covering, ...]
    others: tuple[DebriefDue, ...]
    away: tuple[Away, ...]


def care(session: Session, viewer: Viewer, today: date) -> Care:
    if not viewer.sees_cases:
        return Care((), (), (), ())
    own, others = _debriefs(session, viewer)
    return Care(own, _covering(session, viewer, today), others, _away(session, viewer, today))


def _debriefs(session: Session, viewer: Viewer) -> tuple[tuple[DebriefDue, ...], tuple[DebriefDue, ...]]:
    rows = session.execute(_to_arrange(viewer)).all()
    due = [(row.volunteer_id, DebriefDue(row.id, name, row.kind, row.happened_on, ref)) for row, name, ref in rows]
    return tuple(one for who, one in due if who == viewer.id), tuple(one for who, one in due if who != viewer.id)


@kept
def _to_arrange(viewer: Viewer) -> Select[Debrief, str, str]:
    mine = Debrief.volunteer_id == viewer.id
    return (
        select(Debrief, Volunteer.name, Case.reference)
        .join(Volunteer, Volunteer.id == Debrief.volunteer_id)
        .outerjoin(Case, and_(Case.id == Debrief.case_id, visible_cases(viewer)))
        .where(
            Debrief.outcome.is_(None),
            mine if not viewer.is_lead else mine | and_(Case.id.is_not(None), Volunteer.active),
        )
        .order_by(~mine, Debrief.happened_on, Debrief.id)
        .limit(MOST)
    )


def _covering(session: Session, viewer: Viewer, today: date) -> tuple[Covering, ...]:
    rows = session.execute(
        select(Leave.id, Volunteer.name, Leave.starts_on, Leave.ends_on)
        .join(Volunteer, Volunteer.id == Leave.volunteer_id)
        .where(Leave.cover_id == viewer.id, Leave.ends_on >= today)
        .order_by(Leave.starts_on, Leave.id)
    )
    return tuple(Covering(*row) for row in rows)


def _away(session: Session, viewer: Viewer, today: date) -> tuple[Away, ...]:
    if not viewer.is_lead:
        return ()
    leaves = _leaves(session, today)
    led = session.execute(
        select(Case.id, Case.lead_id).where(
            Case.lead_id.in_({row.volunteer_id for row in leaves}), Case.is_open, visible_cases(viewer)
        )
    ).all()
    stand_ins: dict[int, set[int]] = defaultdict(set)
    for row in leaves:
        if row.cover_id is not None and row.cover_is_here:
            stand_ins[row.volunteer_id].add(row.cover_id)
    ids = [row.id for row in led if row.lead_id in stand_ins]
    may = said_no_conflict(session, ids) - barred(session, ids)
    covered = {row.id for row in led if any((cover, row.id) in may for cover in stand_ins.get(row.lead_id, ()))}
    many, bare = Counter(row.lead_id for row in led), Counter(row.lead_id for row in led if row.id not in covered)
    found = {
        row.volunteer_id: Away(
            row.volunteer_id,
            row.name,
            row.ends_on,
            row.cover if row.cover_is_here else None,
            many[row.volunteer_id],
            bare[row.volunteer_id],
        )
        for row in leaves
    }
    return tuple(sorted(found.values(), key=lambda one: (-one.uncovered, one.name)))


def _leaves(session: Session, today: date) -> list[Row[int, str, date, int | None, str, bool]]:
    cover, own = aliased(Volunteer), aliased(Leave)
    is_away = exists().where(own.volunteer_id == Leave.cover_id, own.starts_on <= today, own.ends_on >= today)
    return list(
        session.execute(
            select(
                Leave.volunteer_id,
                Volunteer.name,
                Leave.ends_on,
                Leave.cover_id,
                cover.name.label("cover"),
                and_(cover.active, ~is_away).label("cover_is_here"),
            )
            .join(Volunteer, Volunteer.id == Leave.volunteer_id)
            .outerjoin(cover, cover.id == Leave.cover_id)
            .where(Leave.starts_on <= today, Leave.ends_on >= today, Volunteer.active)
            .order_by(Leave.ends_on, Leave.id)
        ).all()
    )
