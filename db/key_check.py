"""Keys that do not belong to a database are refused before anything is read or written with them.

The revision row has a check value for each kind of key. A database from before these were kept gets them from keys
that demonstrably fit: they follow the head of the audit, and open the oldest of all that is sealed. Keys are made for
an empty database only, and only by what says so: `upgrade`, `demo`, and the first start of the dashboard.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, column, inspect, select, table, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from db.audit_chain import Head, is_made_with
from db.engine import IMMEDIATE, make_engine
from db.files import is_file
from db.models import Revision
from db.settings import RecordSettings, SettingsError
from db.vault import Vault

Told = TypeVar("Told", bound=RecordSettings)

NO_HASH_KEY = "HASH_KEY is not the key that this database was made with."
NO_IDENTITY_KEY = "IDENTITY_KEYS lack the key that this database was sealed with. List the older key after the new one."
NOT_NOTED = "The database has no check of its keys yet. Run `make db ARGS=upgrade`."
# By table, a column that the identity keys seal, and the one that its rows are in order by.
SEALED = {
    "case_identities": ("sealed", "case_id"),
    "second_factors": ("secret", "volunteer_id"),
    "enquiries": ("sealed", "id"),
}
# A database with rows in none of these holds nothing that a key was needed for.
KEYED = ("audit", "volunteers", "case_identities")
CHECKS, HEAD = ("hash_check", "identity_check"), ("audit_id", "audit_hash", "audit_state")


@dataclass(frozen=True)
class Found:
    """What a database of any version says of its keys: its check values, if it has any; the head of its audit; the
    oldest of each kind of thing that is sealed."""

    hash_check: str | None = None
    identity_check: bytes | None = None
    head: Head | None = None
    sealed: tuple[bytes, ...] = ()
    is_empty: bool = True

    @property
    def is_noted(self) -> bool:
        return self.hash_check is not None and self.identity_check is not None

    @property
    def is_new(self) -> bool:
        """Whether no key was ever needed for it."""
        return self.is_empty and not self.is_noted

    def wrong(self, vault: Vault) -> str:
        """Which keys do not fit, in a sentence; empty if all do, as far as the database can tell."""
        if self.hash_check is not None and self.hash_check != vault.hash_check():
            return NO_HASH_KEY
        if self.hash_check is None and self.head is not None and not is_made_with(vault, self.head):
            return NO_HASH_KEY
        sealed = self.sealed if self.identity_check is None else (self.identity_check,)
        return "" if all(map(vault.opens, sealed)) else NO_IDENTITY_KEY


def checked(told: Told, *, makes_keys: bool = False) -> Told:
    """The settings, with keys that belong to the database as it is, upgraded or not. Refuses any others, and where one
    is missing; with `makes_keys`, missing ones are made for an empty database, and for no other."""
    found = look(told.database_url)
    if told.missing_keys and found.is_new:
        if not makes_keys:
            raise SettingsError(
                f"Not set: {' and '.join(told.missing_keys)}. A new database and its keys are made by "
                "`make db ARGS=upgrade`: run that first."
            )
        told = told.with_keys_made()
    if words := found.wrong(told.vault):
        raise SettingsError(words)
    return told


def look(url: str) -> Found:
    """What the database at this address says of its keys. Makes no file where there is none."""
    parsed = make_url(url)
    if is_file(parsed) and not Path(str(parsed.database)).exists():
        return Found()
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return look_through(connection)
    finally:
        engine.dispose()


def look_through(connection: Connection) -> Found:
    """The same through an open connection."""
    there = inspect(connection)
    tables = set(there.get_table_names())
    if "revision" not in tables:
        return Found()
    columns = {each["name"] for each in there.get_columns("revision")}
    wanted: list[ColumnElement[object]] = [column(name) for name in ("id", *CHECKS, *HEAD) if name in columns]
    kept = connection.execute(select(*wanted).select_from(table("revision"))).mappings().first()
    row: dict[str, Any] = dict(kept or {})
    sealed = (_oldest(connection, name) for name in SEALED if name in tables)
    return Found(
        hash_check=row.get("hash_check"),
        identity_check=row.get("identity_check"),
        head=Head(*(row[name] for name in HEAD)) if row.get("audit_id") else None,
        sealed=tuple(each for each in sealed if each),
        is_empty=not any(_has_rows(connection, name) for name in KEYED if name in tables),
    )


def _oldest(connection: Connection, name: str) -> bytes | None:
    sealed, order = SEALED[name]
    kept: ColumnElement[bytes] = column(sealed)
    found = connection.scalar(select(kept).select_from(table(name)).where(kept.is_not(None)).order_by(column(order)))
    return bytes(found) if found is not None else None


def _has_rows(connection: Connection, name: str) -> bool:
    return connection.execute(select(1).select_from(table(name)).limit(1)).first() is not None


def note_keys(engine: Engine, vault: Vault) -> None:
    """Gives an upgraded database that has no check values those of its keys. Refuses keys that do not fit, also where
    somebody with other keys was first a moment ago."""
    with Session(engine.execution_options(**{IMMEDIATE: True})) as session, session.begin():
        session.execute(select(Revision.id).with_for_update())
        found = look_through(session.connection())
        if words := found.wrong(vault):
            raise SettingsError(words)
        if not found.is_noted:
            renew_check(session, vault)


def renew_check(session: Session, vault: Vault) -> None:
    """Makes the check values anew: `identity_check` then opens with the first identity key only."""
    session.execute(update(Revision).values(hash_check=vault.hash_check(), identity_check=vault.identity_check()))


def unfit(engine: Engine, vault: Vault) -> str:
    """Why these keys must not be used with an upgraded database, in a sentence; empty if they may."""
    with engine.connect() as connection:
        row = connection.execute(select(Revision.hash_check, Revision.identity_check)).one()
    found = Found(row.hash_check, row.identity_check)
    return found.wrong(vault) if found.is_noted else NOT_NOTED
