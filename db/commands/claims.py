"""The sentences of an output: each says what it rests on, and whoever takes a consent back marks it."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_cases, viewer_of
from db.commands.outputs import not_released, write_on
from db.commands.record import audit, clean_text, stale
from db.declared import Patterns, command
from db.errors import CommandRefused, NotFound
from db.learning_access import may_read, stands
from db.models import Case, Claim, ClaimBasis, ClaimFlag, FindingCode, Learning, Output
from db.output_rows import may_hear, read_output
from db.rules.learning import identifies
from db.rules.outputs import MOST_CLAIM, MOST_TITLE, OutputStatus

NO_CLAIM = "Not found. There is no such sentence."


@command(says="added a sentence to an output", patterns=Patterns.NEVER, moves_access=False)
def add_claim(
    session: Session,
    *,
    actor_id: int,
    output_id: int,
    text: str,
    learning_ids: Sequence[int],
    findings: Sequence[str],
) -> int:
    """Adds one, and returns its id. It rests on lessons that others may read, and on findings as they are in the latest
    signed release; with neither it is kept, and marked.

    Refuses: not theirs, released or given up, no words, a case reference in them, lessons they may not read, unknown
    findings.
    """
    viewer = viewer_of(session, actor_id)
    output = not_released(read_output(session, viewer, output_id))
    row = Claim(output_id=output.id, text=_words(text), by_id=viewer.id, at=clock.now())
    session.add(row)
    session.flush()
    _rest_on(session, viewer, row, learning_ids, findings)
    write_on(viewer, output)
    audit(session, viewer, "add_claim", output_id=output.id)
    return row.id


@command(says="changed a sentence of an output", patterns=Patterns.NEVER, moves_access=False)
def change_claim(
    session: Session,
    *,
    actor_id: int,
    claim_id: int,
    seen_version: int,
    text: str,
    learning_ids: Sequence[int],
    findings: Sequence[str],
) -> None:
    """Changes its words or what it rests on, even to the same: whoever does it has read it again after a withdrawal.
    Refuses: what `add_claim` refuses, one they may not read, Stale."""
    viewer = viewer_of(session, actor_id)
    row, output = _unreleased(session, viewer, claim_id)
    if row.version != seen_version:
        raise stale(session, row.by_id, row.at)
    row.text, row.by_id, row.at = _words(text), viewer.id, clock.now()
    session.execute(delete(ClaimBasis).where(ClaimBasis.claim_id == row.id))
    _rest_on(session, viewer, row, learning_ids, findings)
    _settle(session, viewer, row, "changed")
    write_on(viewer, output)
    audit(session, viewer, "change_claim", output_id=output.id)


@command(says="took a sentence out of an output", patterns=Patterns.NEVER, moves_access=False)
def remove_claim(session: Session, *, actor_id: int, claim_id: int) -> None:
    """Takes it out. Refuses: one they may not read, removed already, released or given up."""
    viewer = viewer_of(session, actor_id)
    row, output = _unreleased(session, viewer, claim_id)
    row.removed_by_id, row.removed_at = viewer.id, clock.now()
    _settle(session, viewer, row, "removed")
    write_on(viewer, output)
    audit(session, viewer, "remove_claim", output_id=output.id)


@command(says="said what was done after a withdrawal", patterns=Patterns.NEVER, moves_access=False)
def settle_claim(session: Session, *, actor_id: int, claim_id: int, reason: str) -> None:
    """Of a published sentence: what was done since a consent behind it was withdrawn. Refuses: one they may not read,
    not published, nothing open that they may see, no words."""
    viewer = viewer_of(session, actor_id)
    row, output = _claim(session, viewer, claim_id)
    if output.status is not OutputStatus.RELEASED:
        raise CommandRefused("It was not published: change it or take it out.", field="claim_id")
    how = clean_text(reason, field="reason", label="What was done", most=MOST_TITLE)
    if not _settle(session, viewer, row, how):
        raise CommandRefused("Nothing is open here any more.", field="claim_id")
    audit(session, viewer, "settle_claim", output_id=output.id)


def _claim(session: Session, viewer: Viewer, claim_id: int) -> tuple[Claim, Output]:
    mine = (Claim.id == claim_id, Claim.removed_at.is_(None), may_hear(viewer))
    row = session.scalar(select(Claim).where(*mine))
    if row is None:
        raise NotFound(NO_CLAIM)
    return row, read_output(session, viewer, row.output_id)


def _unreleased(session: Session, viewer: Viewer, claim_id: int) -> tuple[Claim, Output]:
    row, output = _claim(session, viewer, claim_id)
    return row, not_released(output)


def _words(text: str) -> str:
    words = clean_text(text, field="text", label="The sentence", most=MOST_CLAIM)
    if found := identifies(words, ()):
        raise CommandRefused(f"This includes {found}. Say it so that nobody can tell which case it is.", field="text")
    return words


def _rest_on(
    session: Session, viewer: Viewer, row: Claim, learning_ids: Sequence[int], findings: Sequence[str]
) -> None:
    chosen = set(learning_ids)
    query = select(Learning.id, Learning.case_id).join(Case, Case.id == Learning.case_id)
    known = dict(session.execute(query.where(Learning.id.in_(chosen), may_read(viewer), stands())).all())
    if known.keys() != chosen:
        raise CommandRefused("Lessons: choose from the list. One of them can’t be used any more.", field="learning_ids")
    codes = set(session.scalars(select(FindingCode.code).where(FindingCode.code.in_(set(findings)))))
    if codes != set(findings):
        raise CommandRefused("Findings: choose from the list.", field="findings")
    session.add_all(ClaimBasis(claim_id=row.id, learning_id=id, case_id=known[id]) for id in sorted(chosen))
    session.add_all(ClaimBasis(claim_id=row.id, finding=code) for code in sorted(codes))
    session.flush()


def _settle(session: Session, viewer: Viewer, row: Claim, how: str) -> int:
    """Settles what is open and theirs to see. Returns how much."""
    theirs = ClaimFlag.case_id.not_in(barred_cases(viewer.id, also_waiting=True))
    opened = (ClaimFlag.claim_id == row.id) & ClaimFlag.settled_at.is_(None)
    flags = session.scalars(select(ClaimFlag).where(opened, theirs)).all()
    for flag in flags:
        flag.settled_by_id, flag.settled_at, flag.settled_how = viewer.id, clock.now(), how
    return len(flags)
