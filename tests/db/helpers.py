"""What tests of commands and queries share: run one, read rows, compare everything there is."""

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from threading import Event, Thread, current_thread
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred
from db.base import Base
from db.choices import Contact, Role, Wellbeing
from db.engine import Database, current_revision
from db.errors import CommandRefused, NotFound
from db.models import Audit, Case, Volunteer
from tests.factories import Casework

Command = Callable[..., Any]

UNKNOWN = "LNB-222222"
# What people paste, what attackers type, and what a database may not be able to store.
HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "formula": '=HYPERLINK("http://example.org";"x")',
    "sql": "'; DROP TABLE cases; --",
    "markdown": "[x](javascript:alert(1)) $\\frac{1}{2}$ :material/home:",
    "right to left": "abc \u202e fdp.exe \u200f שלום مرحبا",
    "control characters": "one\x00two\x07three\x1b[31m\x7f\x85",
    "lone surrogates": "one \ud800 two \udfff",
    "wide": "naïve 北京 👩🏽‍⚕️ ﷽",
    "long": "word " * 20_000,
}
# What is kept of them: nothing that hides, turns round or cannot be stored.
KEPT = HOSTILE | {
    "right to left": "abc  fdp.exe \u200f שלום مرحبا",
    "control characters": "onetwothree[31m",
    "lone surrogates": "one ? two ?",
    "long": HOSTILE["long"].strip(),
}


class Clock:
    """Time that a test moves on."""

    def __init__(self) -> None:
        self.moment = clock.now()

    def now(self) -> datetime:
        return self.moment

    def on(self, **step: float) -> None:
        self.moment += timedelta(**step)


def run(casework: Casework, command: Command, actor: int | None = None, **values: Any) -> Any:
    """One command in one transaction, by the person on the case unless another is named, on the case."""
    if "reference" in inspect.signature(command).parameters:
        values = {"reference": casework.reference} | values
    with casework.database.write() as session:
        return command(session, actor_id=casework.on_case if actor is None else actor, **values)


def viewer(casework: Casework, who: str) -> Viewer:
    with casework.database.read() as session:
        person = session.get_one(Volunteer, getattr(casework, who))
        return Viewer(id=person.id, role=Role(person.role))


def the_case(casework: Casework, reference: str = "") -> Case:
    with casework.database.read() as session:
        return session.scalars(select(Case).where(Case.reference == (reference or casework.reference))).one()


def barred(casework: Casework, person: int, reference: str = "") -> bool:
    """Whether the person stands behind the wall of the case."""
    with casework.database.read() as session:
        return is_barred(session, person, the_case(casework, reference).id)


def rows(database: Database, model: type[Any], **where: Any) -> list[Any]:
    """Rows of a table, oldest first."""
    with database.read() as session:
        return list(session.scalars(select(model).filter_by(**where).order_by(*model.__table__.primary_key)))


def last(database: Database, model: type[Any], **where: Any) -> Any:
    return rows(database, model, **where)[-1]


def count(database: Database, model: type[Any]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def revision(database: Database) -> tuple[str, int, int]:
    with database.read() as session:
        return current_revision(session)


TABLES = [table.name for table in Base.metadata.sorted_tables]
FIXED = (
    *("check_in_rules", "coded_terms", "fairness_questions", "finding_codes"),
    *("help_contacts", "outcome_terms", "process_stages", "processes", "time_rules"),
)


def everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table that is not reference data, in words to look through."""
    with database.engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()))
            for name in TABLES
            if name not in FIXED
        }


def snapshot(database: Database) -> dict[str, list[Any]]:
    """The same rows to be compared, to see that nothing was left behind: without what SQLAlchemy makes of each, which
    took a quarter of the time of all tests of commands."""
    found: dict[str, list[Any]] = {name: [] for name in TABLES if name not in FIXED}
    with database.engine.connect() as connection, closing(connection.connection.cursor()) as cursor:
        if database.engine.dialect.name == "sqlite":
            return {name: cursor.execute(f'SELECT * FROM "{name}"').fetchall() for name in found}
        # One question for all tables; rows that were changed and changed back stand elsewhere, hence the order.
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', t::text FROM \"{name}\" t" for name in found))
        for name, row in sorted(cursor.fetchall()):
            found[name].append(row)
    return found


@contextmanager
def refused(
    database: Database, match: str, *, error: type[CommandRefused] = CommandRefused, field: str | None = None
) -> Iterator[Callable[[], Any]]:
    """The block is refused in these words and leaves nothing behind. Gives a way to look at the refusal."""
    before = snapshot(database)
    with pytest.raises(error, match=match) as caught:
        yield lambda: caught.value
    if field is not None:
        assert caught.value.field == field
    assert snapshot(database) == before


def assert_for_the_team_only(casework: Casework, command: Command, **values: Any) -> None:
    """Whoever may not read the case in full is told just what they would be told of no case at all."""
    said = set()
    for who in (casework.off_case, casework.in_conflict, casework.observer):
        for reference in (casework.reference, UNKNOWN, "LNB-7K\x00M9Q", "\ud800" * 10, ""):
            with pytest.raises(NotFound) as caught:
                run(casework, command, who, **(values | {"reference": reference}))
            said.add((type(caught.value), caught.value.message))
    assert len(said) == 1


def assert_recorded(casework: Casework, action: str, command: Command, actor: int | None = None, **values: Any) -> Any:
    """Runs the command: one audit row by the actor on the case, and the revision is raised by one."""
    before, stamp = count(casework.database, Audit), revision(casework.database)
    result = run(casework, command, actor, **values)
    added = rows(casework.database, Audit)[before:]
    mine = [row for row in added if row.action == action]
    assert len(mine) == 1
    assert mine[0].actor_id == (casework.on_case if actor is None else actor)
    assert mine[0].case_id == the_case(casework).id
    assert revision(casework.database)[1] == stamp[1] + 1
    return result


def assert_all_or_nothing(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, command: Command, actor: int | None = None, **values: Any
) -> None:
    """A failure at the command's very end, after all its changes, leaves nothing of them."""

    def fail(session: Session, *_: Any, **__: Any) -> None:
        session.flush()
        raise RuntimeError("the power went")

    before = snapshot(casework.database)
    with monkeypatch.context() as patch:
        # The last thing a command does: bring the card up to date, or, where there is none, the search index.
        patch.setattr(f"{command.__module__}.refresh_card", fail, raising=False)
        patch.setattr("db.search_index.refresh", fail)
        with pytest.raises(RuntimeError, match="power"):
            run(casework, command, actor, **values)
    assert snapshot(casework.database) == before


def assert_hostile_text_is_plain(casework: Casework, attempt: Callable[[str], Any], stored: Callable[[], str]) -> None:
    """Each hostile text is kept as plain text; one that is too long is refused in words and leaves nothing behind."""
    for name, words in HOSTILE.items():
        before = snapshot(casework.database) if name == "long" else {}
        refusal = _refusal_of(attempt, words)
        if name == "long":
            assert refusal is not None
            assert "is too long" in refusal.message
            assert snapshot(casework.database) == before
        else:
            assert refusal is None, name
            assert KEPT[name] in stored(), name


def _refusal_of(attempt: Callable[[str], Any], words: str) -> CommandRefused | None:
    try:
        attempt(words)
    except CommandRefused as refusal:
        return refusal
    return None


def at_once(
    database: Database, first: Callable[[Session], Any], second: Callable[[Session], Any]
) -> CommandRefused | None:
    """Runs `second` while `first` has changed its rows but not committed yet; returns the second's refusal."""
    outcome: list[BaseException | None] = []

    def race() -> None:
        try:
            with database.write() as session:
                second(session)
            outcome.append(None)
        except Exception as error:
            outcome.append(error)

    other = Thread(target=race)
    with database.write() as session:
        first(session)
        session.flush()
        with _begun_in(database, other) as begun:
            other.start()
            _until_blocked(database, other, begun)
    other.join(timeout=20)
    assert not other.is_alive(), "the second transaction never ended"
    error = outcome[0]
    if error is not None and not isinstance(error, CommandRefused):
        raise error
    return error


@contextmanager
def _begun_in(database: Database, other: Thread) -> Iterator[Event]:
    """Set once that thread sends its first statement: on SQLite the one that waits for the lock of all writing."""
    begun = Event()

    def note(*_: Any) -> None:
        if current_thread() is other:
            begun.set()

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield begun
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _until_blocked(database: Database, other: Thread, begun: Event) -> None:
    assert begun.wait(20), "the second transaction never began"
    if database.engine.dialect.name == "sqlite":
        return
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(1_000):
        with database.engine.connect() as connection:
            if connection.scalar(waits) or not other.is_alive():
                return
        time.sleep(0.02)
    raise AssertionError("the second transaction neither waited nor ended")


class Statements(list[str]):
    """The SQL sent while counting."""


@contextmanager
def statements(database: Database) -> Iterator[Statements]:
    sent = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement not in ("BEGIN", "BEGIN IMMEDIATE"):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plain(value: Any) -> Any:
    """A query's answer as something `==` compares in full."""
    if isinstance(value, pd.DataFrame):
        return (list(value.columns), [tuple(plain(cell) for cell in row) for row in value.itertuples(index=False)])
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return repr(value)


def plain_update(casework: Casework, **changes: Any) -> dict[str, Any]:
    """The fields of a status update that says nothing but what is next."""
    plain: dict[str, Any] = {
        "seen_version": the_case(casework).version,
        "what_changed": "",
        "contact": Contact.NONE,
        "wellbeing": Wellbeing.NOT_ASKED,
        "next_action": "Wait",
        "action_owner_id": casework.on_case,
        "action_due_on": clock.today(),
    }
    return plain | changes
