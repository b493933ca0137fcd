"""A release: computed once, reviewed by a lead, signed by a second, and from then on as it is; or discarded before."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of
from db.choices import Role
from db.commands.record import audit, clean_text
from db.declared import Password, Patterns, change, command
from db.errors import CommandRefused
from db.left_out import has_said_no_since
from db.models import Release, ReleaseTable, Volunteer
from db.release_rows import ALONE_AFTER, standing_releases
from db.rules.quarters import quarter_of
from db.rules.release_record import Made, frozen_parts, raw_parts, readable

GONE = "That release is not there any more. Look at the list again."
OUT_OF_DATE = (
    "Whose numbers may be counted has changed since this was computed. Discard it, compute it again and review that."
)


change("compute_release", says="computed a release", moves_access=False)


@command(says=None, patterns=Patterns.ALWAYS)
def keep_release(session: Session, *, actor_id: int | None, made: Made) -> None:
    """Keeps what was computed. `actor_id` is None for the nightly job.

    Refuses: not a lead, a quarter that is not over, one that has a release or lies before one, and where another
    release was made or discarded while this one was being computed.
    """
    viewer = viewer_of(session, actor_id) if actor_id is not None else None
    if viewer:
        require_lead(viewer)
    ready = made.ready
    if ready.quarter >= quarter_of(clock.today()):
        raise CommandRefused("A release is of a quarter that is over.")
    standing = standing_releases(session)
    if any(row.quarter >= ready.quarter for row in standing):
        raise CommandRefused("This quarter has been computed already, or a later one has. Look at the list again.")
    if tuple(row.fingerprint for row in standing) != ready.beside:
        raise CommandRefused("Another release changed while this one was computed. Compute it again.")
    _note(session, viewer, "compute_release", add_release(session, made, computed_by_id=viewer.id if viewer else None))


def add_release(session: Session, made: Made, *, computed_by_id: int | None) -> Release:
    """Its rows, for whoever has made sure that they may be written."""
    ready = made.ready
    numbers, low, withheld = readable(made.frozen)
    row = Release(
        quarter=ready.quarter,
        rule_version=made.rule_version,
        fingerprint=made.fingerprint,
        computed_at=ready.computed_at,
        computed_by_id=computed_by_id,
        open_pairs=ready.open_pairs,
        left_out=ready.left_out,
        shown_numbers=numbers,
        shown_low=low,
        withheld=withheld,
    )
    session.add(row)
    session.flush()
    tables = zip(made.frozen, ready.raw, strict=True)
    session.add_all(
        ReleaseTable(
            release_id=row.id,
            dimension=frozen.dimension,
            period=frozen.period,
            frozen=frozen_parts(frozen),
            raw=raw_parts(raw),
        )
        for frozen, raw in tables
    )
    session.flush()
    return row


@command(says="reviewed a release", patterns=Patterns.ALWAYS, moves_access=False)
def review_release(session: Session, *, actor_id: int, quarter: str, fingerprint: str) -> None:
    """A lead has looked it through and finds it right. Refuses: not a lead, not found, reviewed already."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = _release(session, quarter, fingerprint)
    if row.reviewed_by_id is not None:
        raise CommandRefused(f"{_name(session, row.reviewed_by_id)} has reviewed this release already.")
    row.reviewed_by_id, row.reviewed_at = viewer.id, clock.now()
    _note(session, viewer, "review_release", row)


@command(says="signed a release", patterns=Patterns.ALWAYS, password=Password.AGAIN, moves_access=False)
def sign_release(session: Session, *, actor_id: int, quarter: str, fingerprint: str) -> None:
    """A second lead lets it out: from now on everybody sees it, and it stays as it is.

    A lead who is the only one signs a day after their own review. Refuses: not a lead, not found, not reviewed, signed
    already, one's own review while there is another lead, out of date.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = _release(session, quarter, fingerprint)
    if row.signed_at is not None:
        raise CommandRefused("This release is signed already.")
    if row.reviewed_at is None:
        raise CommandRefused("Nobody has reviewed this release yet. That comes first.")
    alone = row.reviewed_by_id == viewer.id
    if alone:
        _refuse_own_review(session, viewer, row)
    if has_said_no_since(session, row.computed_at):
        raise CommandRefused(OUT_OF_DATE)
    row.signed_by_id, row.signed_at = viewer.id, clock.now()
    _note(session, viewer, "sign_release", row, {"alone": alone})


@command(says="discarded a release", patterns=Patterns.ALWAYS, moves_access=False)
def discard_release(session: Session, *, actor_id: int, quarter: str, fingerprint: str, reason: str) -> None:
    """Takes back a release that was found wrong before it was signed, with all its numbers.

    Refuses: not a lead, not found, signed, no reason.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = _release(session, quarter, fingerprint)
    if row.signed_at is not None:
        raise CommandRefused("This release is signed: it has been seen, and stays as it is.")
    words = clean_text(reason, field="reason", label="Reason", most=500)
    row.discarded_by_id, row.discarded_at, row.discarded_why = viewer.id, clock.now(), words
    session.execute(delete(ReleaseTable).where(ReleaseTable.release_id == row.id))
    _note(session, viewer, "discard_release", row)


def _release(session: Session, quarter: str, fingerprint: str) -> Release:
    """The release just as it was seen: one that was computed again meanwhile is another."""
    for row in standing_releases(session):
        if (row.quarter, row.fingerprint) == (quarter, fingerprint):
            return row
    raise CommandRefused(GONE, field="quarter")


def _refuse_own_review(session: Session, viewer: Viewer, row: Release) -> None:
    leads = select(func.count()).where(Volunteer.active, Volunteer.role == Role.LEAD, Volunteer.id != viewer.id)
    if session.scalar(leads):
        raise CommandRefused("You reviewed this release. A second lead signs it: it takes two people.")
    assert row.reviewed_at is not None
    from_then = row.reviewed_at + ALONE_AFTER
    if clock.now() < from_then:
        local = from_then.astimezone(clock.LONDON)
        raise CommandRefused(f"You are the only lead: sign a day after your review, from {local:%H:%M on %-d %B}.")


def _name(session: Session, volunteer_id: int) -> str:
    return session.get_one(Volunteer, volunteer_id).name


def _note(
    session: Session, viewer: Viewer | None, action: str, row: Release, details: Mapping[str, Any] | None = None
) -> None:
    audit(session, viewer, action, case=None, quarter=row.quarter, fingerprint=row.fingerprint, **(details or {}))
