"""The state of each release, and whether the next is due. For leads."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, counted_cases, require_lead
from db.choices import Role
from db.left_out import doctors_left_out
from db.models import Release, Volunteer
from db.queries.releases import offered_by
from db.release_rows import ALONE_AFTER, standing_releases
from db.rules.learning import identifies
from db.rules.release_record import Readable


@dataclass(frozen=True)
class Standing:
    """A release for leads, signed or not, with the names of the people who computed, reviewed and signed it. `readable`
    counts its cells and totals; `may_sign` is whether this lead may sign now; `signs_from` is when an only lead may."""

    quarter: str
    fingerprint: str
    rule_version: str
    computed_at: datetime
    computed_by: str | None
    reviewed_at: datetime | None
    reviewed_by: str | None
    signed_at: datetime | None
    signed_by: str | None
    periods: tuple[str, ...]
    readable: Readable
    may_sign: bool
    signs_from: datetime | None
    has_examined: bool


@dataclass(frozen=True)
class Discarded:
    """A release that was found to be wrong before it was signed. `why` is None for an old one whose reason names a
    case, which some leads may not know of."""

    quarter: str
    computed_at: datetime
    at: datetime
    by: str
    why: str | None


def standing(session: Session, viewer: Viewer, now: datetime) -> list[Standing]:
    """Every release that was not discarded, newest first. Refuses anybody but a lead."""
    require_lead(viewer)
    names: dict[int | None, str] = {row.id: row.name for row in session.execute(select(Volunteer.id, Volunteer.name))}
    leads = set(session.scalars(select(Volunteer.id).where(Volunteer.active, Volunteer.role == Role.LEAD)))
    offered = offered_by(session)
    return [
        replace(
            _standing(row, now, names, own=row.reviewed_by_id == viewer.id, alone=leads <= {viewer.id}),
            periods=offered[row.id].periods,
            has_examined=offered[row.id].has_examined,
        )
        for row in reversed(standing_releases(session))
    ]


def discarded(session: Session, viewer: Viewer) -> list[Discarded]:
    """Those that were discarded, the latest first. Refuses anybody but a lead."""
    require_lead(viewer)
    rows = session.execute(
        select(Release, Volunteer.name)
        .join(Volunteer, Volunteer.id == Release.discarded_by_id)
        .where(Release.discarded_at.is_not(None))
        .order_by(Release.discarded_at.desc(), Release.id.desc())
    )
    return [
        Discarded(
            quarter=row.quarter,
            computed_at=row.computed_at,
            at=row.discarded_at,
            by=name,
            why=None if identifies(row.discarded_why or "", ()) else row.discarded_why,
        )
        for row, name in rows
        if row.discarded_at is not None
    ]


def _standing(row: Release, now: datetime, names: dict[int | None, str], *, own: bool, alone: bool) -> Standing:
    waits = row.reviewed_at + ALONE_AFTER if row.reviewed_at and own and alone else None
    may = not own or (waits is not None and waits <= now)
    return Standing(
        quarter=row.quarter,
        fingerprint=row.fingerprint,
        rule_version=row.rule_version,
        computed_at=row.computed_at,
        computed_by=names.get(row.computed_by_id),
        reviewed_at=row.reviewed_at,
        reviewed_by=names.get(row.reviewed_by_id),
        signed_at=row.signed_at,
        signed_by=names.get(row.signed_by_id),
        periods=(),
        readable=Readable(row.shown_numbers, row.shown_low, row.withheld),
        may_sign=row.reviewed_at is not None and row.signed_at is None and may,
        signs_from=waits,
        has_examined=False,
    )


def left_out(session: Session, viewer: Viewer) -> int:
    """For leads: how many doctors are in no release because they said no to counts, on cases this lead may see."""
    require_lead(viewer)
    return len(doctors_left_out(session, among=counted_cases(viewer)))
