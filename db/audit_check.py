"""Checks that the audit is as it was written, row by row, in constant memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from db.audit_chain import FIRST, Head, next_head
from db.models import Audit, Revision
from db.vault import Vault

BATCH = 5_000
COLUMNS = (Audit.id, Audit.at, Audit.actor_id, Audit.action, Audit.case_id, Audit.details)
# Raised by a value that no version of this program has written.
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True)
class Noted:
    """A row that somebody noted earlier: its id, and the start of its hash."""

    id: int
    hash: str


@dataclass(frozen=True)
class Checked:
    """How many rows are right, and the head they lead to; `broken` says where the first break is, or is empty."""

    rows: int
    head: Head
    broken: str = ""


def count_rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Audit)) or 0


def check_audit(
    session: Session, vault: Vault, *, noted: Noted | None = None, each: Callable[[int], object] | None = None
) -> Checked:
    """Follows the chain to its head. `each` is called after every batch, with its number of rows."""
    rows, head = 0, FIRST
    for batch in _batches(session):
        if batch is None:
            where = f"after row {head.id:,}" if rows else "at the first row"
            return Checked(rows, head, f"The audit is broken {where}: what follows cannot be read.")
        for row in batch:
            broken, after = _follow(vault, head, row, is_first=rows == 0)
            if not broken and noted and noted.id == row.id and not row.hash.startswith(noted.hash):
                broken = f"The audit is broken at row {row.id:,}: it is not the row that was noted."
            if broken:
                return Checked(rows, head, broken)
            rows, head = rows + 1, after
        if each:
            each(len(batch))
    return Checked(rows, head, _ends_wrong(session, head, noted))


def _batches(session: Session) -> Iterator[Sequence[Row[*tuple[object, ...]]] | None]:
    """Rows by id, BATCH at a time; None where the next cannot be read."""
    last: int | None = None
    size = BATCH
    query = select(*COLUMNS, Audit.previous, Audit.hash).order_by(Audit.id)
    while True:
        try:
            rows = session.execute((query if last is None else query.where(Audit.id > last)).limit(size)).all()
        except UNREADABLE:
            if size == 1:
                yield None
                return
            # One at a time, up to the row that cannot be read.
            size = 1
            continue
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _follow(vault: Vault, head: Head, row: Row[*tuple[object, ...]], *, is_first: bool) -> tuple[str, Head]:
    where = f"The audit is broken at row {row.id:,}"
    if row.previous != head.hash:
        before = "rows before it" if is_first else f"rows between {head.id:,} and it"
        return f"{where}: {before} are missing, or were replaced.", head
    try:
        after = next_head(vault, head, **{column.key: getattr(row, column.key) for column in COLUMNS})
    except UNREADABLE:
        return f"{where}: it cannot be read.", head
    if after.hash != row.hash:
        or_else = ", or HASH_KEY is not the key this record was made with" if is_first else ""
        return f"{where}: it is not what was written{or_else}.", head
    return "", after


def _ends_wrong(session: Session, head: Head, noted: Noted | None) -> str:
    columns = (Revision.audit_id, Revision.audit_hash, Revision.audit_state)
    written = Head(*session.execute(select(*columns)).one())
    if written.id > head.id:
        return f"The audit is broken after row {head.id:,}: the rows up to {written.id:,} are missing."
    if written != head:
        return f"The audit is broken after row {min(head.id, written.id):,}: its head was not moved by this version."
    if noted and noted.id > head.id:
        return f"The audit is broken after row {head.id:,}: row {noted.id:,}, which was noted, is missing."
    return ""
