"""Outputs: planned with an owner and a day, found ready by one person, signed by a second, and what became of them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of
from db.choices import Role
from db.commands.record import audit, clean_text, stale
from db.declared import Password, Patterns, command
from db.errors import CommandRefused
from db.models import Claim, CodedTerm, Output, Volunteer
from db.output_rows import Numbers, behind, latest_numbers, may_hear, read_output, use_for
from db.rules.outputs import (
    KINDS,
    MOST_REPLY,
    MOST_TITLE,
    RESULTS,
    UNPUBLISHED,
    Behind,
    OutputStatus,
    wrong,
)
from db.second_leads import signing_leads

NOT_NOW = "This output is past that. Look at it again."
NOT_STANDING = "A sentence of it does not stand: change it or take it out first."


@command(says="planned an output", patterns=Patterns.NEVER, moves_access=False)
def plan_output(
    session: Session, *, actor_id: int, kind: str, title: str, to_whom: str, owner_id: int, due_on: date
) -> int:
    """Plans one, and returns its id. Refuses: not a lead, an unknown kind, no title, an owner who sees no cases."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    if session.get(CodedTerm, (KINDS, kind)) is None:
        raise CommandRefused("Kind: choose from the list.", field="kind")
    moment = clock.now()
    row = Output(
        kind=kind,
        **_head(session, title, to_whom, owner_id),
        due_on=due_on,
        status=OutputStatus.DRAFT,
        planned_by_id=viewer.id,
        planned_at=moment,
        changed_by_id=viewer.id,
        changed_at=moment,
        figures={},
        reply="",
    )
    session.add(row)
    session.flush()
    audit(session, viewer, "plan_output", output_id=row.id)
    return row.id


@command(says="changed an output", patterns=Patterns.NEVER, moves_access=False)
def change_output(
    session: Session,
    *,
    actor_id: int,
    output_id: int,
    seen_version: int,
    title: str,
    to_whom: str,
    owner_id: int,
    due_on: date,
) -> None:
    """Changes what it is called, whom it is for, its owner or its day; it is then to be found ready again. Refuses: not
    theirs, Stale, released or given up, and what `plan_output` refuses."""
    viewer = viewer_of(session, actor_id)
    row = seen_output(session, viewer, output_id, seen_version)
    for name, value in _head(session, title, to_whom, owner_id).items():
        setattr(row, name, value)
    row.due_on = due_on
    write_on(viewer, row)
    audit(session, viewer, "change_output", output_id=row.id)


@command(says="found an output ready to be signed", patterns=Patterns.NEVER, moves_access=False)
def ready_output(session: Session, *, actor_id: int, output_id: int, seen_version: int) -> None:
    """Whoever works on it finds it right: a second person can sign it. Refuses: not theirs, Stale, not being written, a
    sentence that does not stand."""
    viewer = viewer_of(session, actor_id)
    row = seen_output(session, viewer, output_id, seen_version)
    if row.status is not OutputStatus.DRAFT:
        raise CommandRefused(NOT_NOW, field="output_id")
    _standing(session, viewer, row)
    row.status, row.ready_by_id, row.ready_at = OutputStatus.READY, viewer.id, clock.now()
    audit(session, viewer, "ready_output", output_id=row.id)


@command(says="released an output", patterns=Patterns.NEVER, password=Password.AGAIN, moves_access=False)
def release_output(session: Session, *, actor_id: int, output_id: int, seen_version: int, sent_on: date) -> None:
    """A lead signs an output that somebody else found ready; it changes no more, and its figures are kept as they were.

    A sentence that this lead may not read and that does not stand is taken out: what they are told is the same with and
    without it. Refuses: not a lead, not found, Stale, not ready, their own word while another lead could sign, a
    sentence that does not stand, a day to come.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = seen_output(session, viewer, output_id, seen_version)
    if row.status is not OutputStatus.READY:
        raise CommandRefused("Somebody must find it ready first.", field="output_id")
    if row.ready_by_id == viewer.id and set(session.scalars(signing_leads())) - {viewer.id}:
        raise CommandRefused("You found it ready, so somebody else must sign it.", field="output_id")
    _standing(session, viewer, row)
    use, numbers = use_for(session, row.kind), latest_numbers(session)
    found = behind(session, dict.fromkeys(_claims(session, row), use), numbers)
    for id in [id for id, one in found.items() if wrong(one, use)]:
        if id not in _claims(session, row, viewer):
            claim = session.get_one(Claim, id)
            claim.removed_by_id, claim.removed_at = viewer.id, clock.now()
            del found[id]
    row.figures = _figures(found, numbers)
    row.status, row.sent_on = OutputStatus.RELEASED, sent_on
    row.released_by_id, row.released_at = viewer.id, clock.now()
    audit(session, viewer, "release_output", output_id=row.id)


@command(says="recorded what became of an output", patterns=Patterns.NEVER, moves_access=False)
def note_output_result(
    session: Session,
    *,
    actor_id: int,
    output_id: int,
    seen_version: int,
    reply: str,
    result: str | None = None,
    replied_on: date | None = None,
) -> None:
    """The reply to a released output, and its result. Refuses: not theirs, Stale, not released, an unknown result, a
    reply before it was sent or to come, nothing at all."""
    viewer = viewer_of(session, actor_id)
    row = _seen(session, viewer, output_id, seen_version)
    if row.status is not OutputStatus.RELEASED or row.sent_on is None:
        raise CommandRefused("Release it first.", field="output_id")
    row.reply, row.result = checked_reply(session, row.sent_on, reply, result, replied_on)
    row.replied_on, row.changed_by_id, row.changed_at = replied_on, viewer.id, clock.now()
    audit(session, viewer, "note_output_result", output_id=row.id)


@command(says="gave up an output", patterns=Patterns.NEVER, moves_access=False)
def drop_output(session: Session, *, actor_id: int, output_id: int, seen_version: int, reason: str) -> None:
    """Gives up one that was not released. Refuses: not theirs, Stale, released, no reason."""
    viewer = viewer_of(session, actor_id)
    row = seen_output(session, viewer, output_id, seen_version)
    row.dropped_why = clean_text(reason, field="reason", label="Why", most=MOST_TITLE)
    row.status, row.changed_by_id, row.changed_at = OutputStatus.DROPPED, viewer.id, clock.now()
    audit(session, viewer, "drop_output", output_id=row.id)


def seen_output(session: Session, viewer: Viewer, output_id: int, seen_version: int) -> Output:
    """One that they work on, as they saw it, and that has not left the house. Refuses any other."""
    row = _seen(session, viewer, output_id, seen_version)
    return not_released(row)


def not_released(row: Output) -> Output:
    if row.status not in UNPUBLISHED:
        raise CommandRefused(NOT_NOW, field="output_id")
    return row


def write_on(viewer: Viewer, row: Output) -> None:
    """It is being written again, whoever found it ready before."""
    row.status, row.ready_by_id, row.ready_at = OutputStatus.DRAFT, None, None
    row.changed_by_id, row.changed_at = viewer.id, clock.now()


def checked_reply(
    session: Session, sent_on: date, reply: str, result: str | None, replied_on: date | None
) -> tuple[str, str | None]:
    """The reply in words, and the code of the result. Refuses what `note_output_result` refuses of them."""
    if result is not None and session.get(CodedTerm, (RESULTS, result)) is None:
        raise CommandRefused("Result: choose from the list.", field="result")
    words = clean_text(reply, field="reply", label="Reply", required=False, most=MOST_REPLY)
    if not words and result is None:
        raise CommandRefused("Say what they replied, or choose a result.", field="reply")
    if replied_on is not None and not sent_on <= replied_on <= clock.today():
        raise CommandRefused("Replied on: choose a day since it was sent, up to today.", field="replied_on")
    return words, result


def _seen(session: Session, viewer: Viewer, output_id: int, seen_version: int) -> Output:
    row = read_output(session, viewer, output_id)
    if row.version != seen_version:
        raise stale(session, row.changed_by_id, row.changed_at)
    return row


def _head(session: Session, title: str, to_whom: str, owner_id: int) -> dict[str, str | int]:
    owner = session.get(Volunteer, owner_id)
    if owner is None or not owner.active or owner.role is Role.OBSERVER:
        raise CommandRefused("Owner: choose an active lead or volunteer.", field="owner_id")
    return {
        "title": clean_text(title, field="title", label="What it is called", most=MOST_TITLE),
        "to_whom": clean_text(to_whom, field="to_whom", label="To whom", required=False, most=MOST_TITLE),
        "owner_id": owner.id,
    }


def _standing(session: Session, viewer: Viewer, row: Output) -> None:
    """Refuses if a sentence that they may read does not stand."""
    use = use_for(session, row.kind)
    found = behind(session, dict.fromkeys(_claims(session, row, viewer), use), latest_numbers(session), viewer)
    if any(wrong(one, use) for one in found.values()):
        raise CommandRefused(NOT_STANDING, field="output_id")


def _claims(session: Session, row: Output, viewer: Viewer | None = None) -> Sequence[int]:
    query = select(Claim.id).where(Claim.output_id == row.id, Claim.removed_at.is_(None))
    return session.scalars(query.where(may_hear(viewer)) if viewer else query).all()


def _figures(found: dict[int, Behind], numbers: Numbers) -> dict[str, object]:
    return {
        "quarter": numbers.quarter,
        "fingerprint": numbers.fingerprint,
        "claims": {str(id): {"agreed": one.agreed, "released": dict(one.released)} for id, one in found.items()},
    }
