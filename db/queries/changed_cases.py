"""Which cases have changed, so that only what belongs to them is read again."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from db.declared import is_plain
from db.models import Assignment, Audit, Revision

# With more changed cases than this, reading everything is as fast.
MOST_CASES = 500
# A line for each thing counted, the id of its case first.
Lines = NDArray[np.int64]
# Reads lines: all of them, or those that a condition on `Assignment` leaves.
Read = Callable[[Session, ColumnElement[bool]], Lines]


class KeptLines(NamedTuple):
    """Lines of several kinds, up to date with everything up to a line of the audit. `has_moved`: something may have
    changed since the lines before: a line, a wall or a place, or what is known of a person."""

    audit_id: int
    kinds: tuple[Lines, ...]
    has_moved: bool


def newest_change(session: Session) -> int:
    return session.scalars(select(Revision.audit_id)).one()


def changed_cases(session: Session, since: int | None, head: int) -> set[int] | None:
    """The changed cases that the audit names; an empty set if only people changed. None if too many changed, or if the
    record changed without the audit, as a restored one may."""
    if since is None or since >= head:
        return None
    named = select(Audit.case_id).where(Audit.id > since, Audit.id <= head, Audit.case_id.is_not(None)).distinct()
    ids = {id for id in session.scalars(named.limit(MOST_CASES + 1)) if id is not None}
    return ids if len(ids) <= MOST_CASES else None


def lines_now(session: Session, kept: KeptLines | None, reads: Sequence[Read]) -> KeptLines:
    """The lines for the record as it is now: those of changed cases read again, the others as they were."""
    # Read before the lines, so that what is kept under it is never older.
    head = newest_change(session)
    changed = changed_cases(session, kept.audit_id, head) if kept else None
    if kept is None or changed is None:
        return KeptLines(head, tuple(read(session, true()) for read in reads), has_moved=True)
    has_moved = not _are_plain(session, kept.audit_id, head)
    among, fresh = Assignment.case_id.in_(changed), []
    for read, old in zip(reads, kept.kinds, strict=True):
        is_old = np.isin(old[:, 0], list(changed))
        again = read(session, among)
        has_moved |= _in_order(again) != _in_order(old[is_old])
        fresh.append(np.concatenate([old[~is_old], again]))
    return KeptLines(head, tuple(fresh), has_moved)


def _are_plain(session: Session, since: int, head: int) -> bool:
    """Whether the changes were all to cases, and none to who sees what."""
    changes = select(Audit.action, Audit.case_id).where(Audit.id > since, Audit.id <= head).distinct()
    return all(case_id is not None and is_plain(action) for action, case_id in session.execute(changes))


def _in_order(lines: Lines) -> list[list[int]]:
    return sorted(lines.tolist())
