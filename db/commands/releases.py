"""A release: computed once, reviewed by a lead, signed by a second and fixed from then on; or discarded before that."""

from collections.abc import Mapping

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
from db.rules.learning import identifies
from db.rules.limits import REASON_LENGTH
from db.rules.quarters import quarter_of
from db.rules.release_record import Made, frozen_parts, raw_parts, readable

GONE = "That release is no longer there. Look at the list again."
OUT_OF_DATE = (
    "A doctor’s consent to be counted has changed since this was computed. Discard it, compute it again and review it."
)


change("compute_release", says="computed a release", moves_access=False)


@command(says=None, patterns=Patterns.ALWAYS)
def keep_release(session: Session, *, actor_id: int | None, made: Made) -> None:
    """Keeps a computed release. `actor_id` is None for the nightly job.

    Refuses: not a lead, a quarter that is not over, one that has a release or is earlier than one, and a release that
    was made or discarded while this one was being computed.
    """
    viewer = viewer_of(session, actor_id) if actor_id is not None else None
    if viewer:
        require_lead(viewer)
    ready = made.ready
    if ready.quarter >= quarter_of(clock.today()):
        raise CommandRefused("Only a quarter that is over can have a release.")
    standing = standing_releases(session)
    if any(row.quarter >= ready.quarter for row in standing):
        raise CommandRefused("This quarter, or a later one, has already been computed. Look at the list again.")
    if tuple(row.fingerprint for row in standing) != ready.beside:
        raise CommandRefused("Another release changed while this one was being computed. Compute it again.")
    _note(session, viewer, "compute_release", add_release(session, made, computed_by_id=viewer.id if viewer else None))


def add_release(session: Session, made: Made, *, computed_by_id: int | None) -> Release:
    """Adds a release without checks: the caller has made sure that it may be kept."""
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
    """A lead has reviewed a release and found it right. Refuses: not a lead, not found, already reviewed."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = _release(session, quarter, fingerprint)
    if row.reviewed_by_id is not None:
        raise CommandRefused(f"{_name(session, row.reviewed_by_id)} has already reviewed this release.")
    row.reviewed_by_id, row.reviewed_at = viewer.id, clock.now()
    _note(session, viewer, "review_release", row)


@command(says="signed a release", patterns=Patterns.ALWAYS, password=Password.AGAIN, moves_access=False)
def sign_release(session: Session, *, actor_id: int, quarter: str, fingerprint: str) -> None:
    """A second lead signs a release: from now on everybody sees it, and it does not change.

    An only lead signs at least ALONE_AFTER their own review. Refuses: not a lead, not found, not reviewed, already
    signed, their own review while there is another lead, out of date.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = _release(session, quarter, fingerprint)
    if row.signed_at is not None:
        raise CommandRefused("This release has already been signed.")
    if row.reviewed_at is None:
        raise CommandRefused("This release must be reviewed first.")
    alone = row.reviewed_by_id == viewer.id
    if alone:
        _refuse_own_review(session, viewer, row)
    if has_said_no_since(session, row.computed_at):
        raise CommandRefused(OUT_OF_DATE)
    row.signed_by_id, row.signed_at = viewer.id, clock.now()
    _note(session, viewer, "sign_release", row, {"alone": alone})


@command(says="discarded a release", patterns=Patterns.ALWAYS, moves_access=False)
def discard_release(session: Session, *, actor_id: int, quarter: str, fingerprint: str, reason: str) -> None:
    """Discards a release that was found to be wrong before it was signed, with all its numbers.

    Every lead can read the reason. Refuses: not a lead, not found, signed, no reason, one that names a case.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = _release(session, quarter, fingerprint)
    if row.signed_at is not None:
        raise CommandRefused("This release has been signed and seen, so it can’t be discarded.")
    words = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    if found := identifies(words, ()):
        said = f"Reason: this includes {found}. Every lead can read it, so say it without naming a case."
        raise CommandRefused(said, field="reason")
    row.discarded_by_id, row.discarded_at, row.discarded_why = viewer.id, clock.now(), words
    session.execute(delete(ReleaseTable).where(ReleaseTable.release_id == row.id))
    _note(session, viewer, "discard_release", row)


def _release(session: Session, quarter: str, fingerprint: str) -> Release:
    """The release exactly as it was seen: one that has been computed again since is a different one."""
    for row in standing_releases(session):
        if (row.quarter, row.fingerprint) == (quarter, fingerprint):
            return row
    raise CommandRefused(GONE, field="quarter")


def _refuse_own_review(session: Session, viewer: Viewer, row: Release) -> None:
    leads = select(func.count()).where(Volunteer.active, Volunteer.role == Role.LEAD, Volunteer.id != viewer.id)
    if session.scalar(leads):
        raise CommandRefused("You reviewed this release, so a second lead must sign it.")
    assert row.reviewed_at is not None
    from_then = row.reviewed_at + ALONE_AFTER
    if clock.now() < from_then:
        local = from_then.astimezone(clock.LONDON)
        raise CommandRefused(f"As the only lead, you can sign a day after your review, from {local:%H:%M on %-d %B}.")


def _name(session: Session, volunteer_id: int) -> str:
    return session.get_one(Volunteer, volunteer_id).name


def _note(
    session: Session, viewer: Viewer | None, action: str, row: Release, details: Mapping[str, object] | None = None
) -> None:
    audit(session, viewer, action, case=None, quarter=row.quarter, fingerprint=row.fingerprint, **(details or {}))
