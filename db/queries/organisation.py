"""One organisation, for leads without a conflict: who it is, its cases, and who of ours must not be offered them.

It stands for its sites and for those it took over from. What belongs to a process is put down to whoever runs that
process, everything else to the organisation of the case.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select, union
from sqlalchemy import case as sql_case
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from db.access import Viewer, barred_pairs, visible_cases
from db.choices import AffiliationKind, CaseState, Role
from db.errors import NotFound
from db.models import (
    Affiliation,
    BodyKin,
    Case,
    CaseProcess,
    Organisation,
    OrganisationAlias,
    OrganisationMerger,
    Volunteer,
)
from db.queries.case_rows import CaseRow, rows_of
from db.queries.names import namesakes
from db.rules.families import WIDE
from db.walls import barred_bodies

NOT_FOUND = "Not found. Check the code in the address."
PAGE = 10


@dataclass(frozen=True)
class Relative:
    """An organisation that this one is part of, runs, took over from or went into."""

    code: str
    name: str
    closed_on: date | None


@dataclass(frozen=True)
class Merger:
    """`took_over` is true if this organisation took over from the other."""

    other: Relative
    on: date
    took_over: bool


@dataclass(frozen=True)
class Linked:
    """Somebody of ours who belongs or belonged to it, or to one that counts as one with it (`body`). `bars_until` is
    the last day it bars them, or None; `waits` is true if it needs a lead's agreement to count in full."""

    name: str
    body: Relative
    kind: AffiliationKind
    started_on: date
    ended_on: date | None
    bars_until: date | None
    waits: bool


@dataclass(frozen=True)
class BarredFromSome:
    """Somebody barred from single open cases here: named in it, recused, or in the same specialty circle."""

    name: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class OrganisationDetail:
    """`kind`, `nation` and `region` are codes. `open` and `closed` count cases that the viewer may see."""

    code: str
    name: str
    kind: str
    nation: str
    region: str
    town: str | None
    postcode: str | None
    opened_on: date | None
    closed_on: date | None
    aliases: tuple[str, ...]
    parent: Relative | None
    sites: tuple[Relative, ...]
    mergers: tuple[Merger, ...]
    linked: tuple[Linked, ...]
    barred: tuple[BarredFromSome, ...]
    open: int
    closed: int


@dataclass(frozen=True)
class CasesThere:
    """`total` cases on `pages` pages of PAGE; `page` is the one shown."""

    rows: tuple[CaseRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class There:
    """The organisation, and the ids of all that it stands for."""

    body: Organisation
    ids: frozenset[int]

    def cases(self, viewer: Viewer) -> ColumnElement[bool]:
        """The condition on `Case`: at one of these, or with a process that one of them runs."""
        # Two lookups by index: an OR would look at every case.
        at = union(
            select(Case.id).where(Case.organisation_id.in_(self.ids)),
            select(CaseProcess.case_id).where(CaseProcess.organisation_id.in_(self.ids)),
        ).subquery()
        return and_(Case.id.in_(select(at.c[0])), visible_cases(viewer))

    def put_down(self, process_id: InstrumentedAttribute[int | None]) -> tuple[ColumnElement[bool], ...]:
        """The conditions on `Case` and `CaseProcess` under which what has this process, or none, is put down to it."""
        # One statement for each: together, they would use no index.
        by_case = and_(process_id.is_(None), Case.organisation_id.in_(self.ids))
        return by_case, and_(process_id == CaseProcess.id, CaseProcess.organisation_id.in_(self.ids))


def there(session: Session, viewer: Viewer, code: str) -> There:
    """The organisation with this code, for a lead who neither belongs nor belonged to it or to one that counts as one
    with it. Else NotFound, whatever the reason."""
    body = None
    # PostgreSQL refuses some characters, such as null.
    if viewer.is_lead and code.isprintable():
        asked = select(Organisation).where(Organisation.code == code.strip())
        body = session.scalar(asked.where(Organisation.id.not_in(barred_bodies(viewer.id))))
    if body is None:
        raise NotFound(NOT_FOUND)
    return There(body, _stands_for(session, body.id))


def _stands_for(session: Session, body_id: int) -> frozenset[int]:
    """Level by level: there are few, and each is looked up by index."""
    parent, found, new = aliased(Organisation), {body_id}, {body_id}
    while new:
        runs = parent.kind.not_in(WIDE)
        sites = select(Organisation.id).join(parent, and_(parent.id == Organisation.parent_id, runs))
        before = select(OrganisationMerger.predecessor_id).where(OrganisationMerger.successor_id.in_(new))
        new = set(session.scalars(union(sites.where(Organisation.parent_id.in_(new)), before))) - found
        found |= new
    return frozenset(found)


def organisation(session: Session, viewer: Viewer, code: str) -> OrganisationDetail:
    """Everything but its cases, limits and findings. Refuses (NotFound): see `there`."""
    here = there(session, viewer, code)
    body = here.body
    names = select(OrganisationAlias.name).where(OrganisationAlias.organisation_id == body.id)
    sites = select(Organisation).where(Organisation.parent_id == body.id)
    parent = session.get(Organisation, body.parent_id) if body.parent_id else None
    counts = select(func.count().filter(Case.is_open), func.count().filter(~Case.is_open)).select_from(Case)
    is_open, is_closed = session.execute(counts.where(here.cases(viewer))).one()
    linked = _linked(session, body.id)
    return OrganisationDetail(
        code=body.code,
        name=body.name,
        kind=body.kind,
        nation=body.nation,
        region=body.region,
        town=body.town,
        postcode=body.postcode,
        opened_on=body.opened_on,
        closed_on=body.closed_on,
        aliases=tuple(session.scalars(names.order_by(OrganisationAlias.name))),
        parent=_relative(parent) if parent else None,
        sites=tuple(map(_relative, session.scalars(sites.order_by(Organisation.name, Organisation.id)))),
        mergers=_mergers(session, body.id),
        linked=tuple(linked.values()),
        barred=_barred(session, viewer, here, {volunteer_id for volunteer_id, _ in linked}),
        open=is_open,
        closed=is_closed,
    )


def organisation_cases(
    session: Session, viewer: Viewer, code: str, state: CaseState, page: int, today: date
) -> CasesThere:
    """A page of its open cases in the order of the queue, or of its closed ones, the last closed first. Refuses
    (NotFound): see `there`."""
    is_open = state is CaseState.OPEN
    where = and_(there(session, viewer, code).cases(viewer), Case.is_open.is_(is_open))
    total = session.scalar(select(func.count()).select_from(Case).where(where)) or 0
    pages = max(1, -(-total // PAGE))
    shown = min(max(1, page), pages)
    queued = (Case.queue_rank, Case.queue_due_on, Case.queue_since, Case.id)
    ids = select(Case.id).where(where).order_by(*(queued if is_open else (Case.closed_on.desc(), Case.id)))
    listed = session.scalars(ids.limit(PAGE).offset((shown - 1) * PAGE)).all()
    return CasesThere(rows_of(session, viewer, listed, today), total, shown, pages)


def _relative(body: Organisation) -> Relative:
    return Relative(body.code, body.name, body.closed_on)


def _mergers(session: Session, body_id: int) -> tuple[Merger, ...]:
    before, after = OrganisationMerger.predecessor_id, OrganisationMerger.successor_id
    other = sql_case((before == body_id, after), else_=before)
    rows = session.execute(
        select(Organisation, OrganisationMerger.merged_on, after == body_id)
        .join(OrganisationMerger, Organisation.id == other)
        .where(or_(before == body_id, after == body_id))
        .order_by(OrganisationMerger.merged_on, OrganisationMerger.id)
    )
    return tuple(Merger(_relative(body), on, bool(took_over)) for body, on, took_over in rows)


def _linked(session: Session, body_id: int) -> dict[tuple[int, int], Linked]:
    """By volunteer and affiliation; those who may be offered cases at all, by name."""
    kin = select(BodyKin.kin_id).where(BodyKin.body_id == body_id)
    rows = session.execute(
        select(Affiliation, Organisation, Volunteer.name)
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .join(Volunteer, Volunteer.id == Affiliation.volunteer_id)
        .where(or_(Affiliation.organisation_id == body_id, Affiliation.organisation_id.in_(kin)))
        .where(Volunteer.active, Volunteer.role != Role.OBSERVER)
        .order_by(Volunteer.name, Volunteer.id, Affiliation.started_on.desc(), Affiliation.id)
    )
    apart = namesakes(session)
    return {
        (row.volunteer_id, row.id): Linked(
            name=apart.get(row.volunteer_id, name),
            body=_relative(body),
            kind=row.kind,
            started_on=row.started_on,
            ended_on=row.ended_on,
            bars_until=row.bars_until,
            waits=row.waits,
        )
        for row, body, name in rows
    }


def _barred(session: Session, viewer: Viewer, here: There, linked: Collection[int]) -> tuple[BarredFromSome, ...]:
    """Those barred from open cases here in another way than by belonging to it."""
    seen = select(Case.id).where(here.cases(viewer), Case.is_open)
    pair = barred_pairs(case_ids=seen, also_waiting=True)
    rows = session.execute(
        select(Volunteer.id, Volunteer.name, Case.reference)
        .distinct()
        .join(pair, Volunteer.id == pair.c.volunteer_id)
        .join(Case, Case.id == pair.c.case_id)
        .where(Volunteer.active, Volunteer.role != Role.OBSERVER, Volunteer.id.not_in(linked))
        .order_by(Volunteer.name, Volunteer.id, Case.reference)
    )
    apart, found = namesakes(session), dict[int, list[str]]()
    names: dict[int, str] = {}
    for id, name, reference in rows:
        names[id] = apart.get(id, name)
        found.setdefault(id, []).append(reference)
    return tuple(BarredFromSome(names[id], tuple(references)) for id, references in found.items())
