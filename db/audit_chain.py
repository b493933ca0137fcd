"""The chain of audit rows: a changed, missing or added row breaks it permanently.

Each row's `hash` is made from all its columns and the state of the chain, with a key that is never in the database.
Every earlier row went into that state. The state is in no audit row, only at the head (the revision row), so anybody
who cuts off the newest rows cannot work out what the head was before them.

Rows wait until the end of their transaction and are written then, under the lock on the revision row that every
change takes last anyway. Writers take turns, readers are not slowed, and there can be no deadlock.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from db.errors import CommandRefused
from db.models import Audit, Revision
from db.models.log import NO_DIGEST
from db.vault import Vault

WAITING = "audit_rows_waiting"
LOCKED_IN = "head_locked_in"
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class AuditRow(TypedDict):
    """A row of the audit before it is chained."""

    at: datetime
    actor_id: int | None
    action: str
    case_id: int | None
    details: Mapping[str, object]


@dataclass(frozen=True)
class Head:
    """The end of the chain: the newest row's id and hash, and the state that the next row builds on."""

    id: int
    hash: str
    state: str


FIRST = Head(id=0, hash=NO_DIGEST, state=NO_DIGEST)


def plain(details: Mapping[str, object]) -> dict[str, object]:
    """Details as the database returns them: choices as codes, keys as text."""
    read: dict[str, object] = json.loads(json.dumps(details))
    return read


def next_head(
    vault: Vault,
    head: Head,
    *,
    id: int,
    at: datetime,
    actor_id: int | None,
    action: str,
    case_id: int | None,
    details: Mapping[str, object],
) -> Head:
    """The head after a row of these values. The same on every database, whatever its time zone or key order."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    values = CANONICAL.encode([head.hash, id, moment, actor_id, action, case_id, details])
    state = vault.keyed_digest(f"audit state\n{head.state}\n{values}")
    return Head(id=id, hash=vault.keyed_digest(f"audit row\n{state}"), state=state)


def is_made_with(vault: Vault, head: Head) -> bool:
    """Whether a head that some row led to was made with this vault's key."""
    return vault.keyed_digest(f"audit row\n{head.state}") == head.hash


def wait(session: Session, row: AuditRow) -> None:
    """Keeps a row until `seal` writes it."""
    session.info.setdefault(WAITING, []).append(row)


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """A part of a transaction that can be undone by itself, with the audit rows waiting from it."""
    waiting: list[AuditRow] = session.info.setdefault(WAITING, [])
    before = len(waiting)
    try:
        with session.begin_nested():
            yield
    except BaseException:
        del waiting[before:]
        raise


def seal(session: Session, *, raised: Mapping[str, object] | None = None) -> bool:
    """Writes the waiting rows, the last thing a transaction does, and in the same statement what else is `raised` in
    the revision row. Returns whether there were any."""
    rows = session.info.pop(WAITING, None)
    if rows:
        session.flush()
        session.connection().execute(insert(Audit), chained(session, rows, raised=raised))
    return bool(rows)


def chained(
    session: Session, rows: Sequence[AuditRow], *, raised: Mapping[str, object] | None = None
) -> list[dict[str, object]]:
    """The rows with id, previous and hash, in this order, for this transaction to write. Moves the head, and sets what
    else is raised beside it."""
    linked, head = chain(session.info["vault"], lock_head(session), rows)
    move_head(session, head, raised=raised)
    return linked


def chain(vault: Vault, head: Head, rows: Sequence[AuditRow]) -> tuple[list[dict[str, object]], Head]:
    """The rows with id, previous and hash as they follow this head, and the head after them. Writes nothing."""
    linked: list[dict[str, object]] = []
    for row in rows:
        told: AuditRow = {
            "at": row["at"],
            "actor_id": row["actor_id"],
            "action": row["action"],
            "case_id": row["case_id"],
            "details": plain(row["details"]),
        }
        after = next_head(vault, head, id=head.id + 1, **told)
        linked.append({"id": after.id, **told, "previous": head.hash, "hash": after.hash})
        head = after
    return linked, head


def move_head(session: Session, head: Head, *, raised: Mapping[str, object] | None = None) -> None:
    """Makes this the end of the chain, for whoever has locked it and writes the rows up to it."""
    moved = {"audit_id": head.id, "audit_hash": head.hash, "audit_state": head.state}
    session.connection().execute(update(Revision).values(moved | dict(raised or {})))


def lock_head(session: Session) -> Head:
    """The head, locked until the transaction ends. Refuses to add to a chain that another key began."""
    columns = (Revision.audit_id, Revision.audit_hash, Revision.audit_state, Revision.hash_check)
    row = session.execute(select(*columns).with_for_update()).one()
    if row.hash_check is not None and row.hash_check != session.info["vault"].hash_check():
        raise CommandRefused("The server has another HASH_KEY than this record. Ask the person who runs the server.")
    session.info[LOCKED_IN] = session.get_transaction()
    return Head(row.audit_id, row.audit_hash, row.audit_state)


def hold_head(session: Session) -> None:
    """Locks the head, unless this transaction has already."""
    if session.info.get(LOCKED_IN) is not session.get_transaction():
        lock_head(session)
