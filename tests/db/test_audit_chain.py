"""The audit: appended only, and no row changed, removed or slipped in without it showing."""

import inspect as code
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from alembic import command
from sqlalchemy import event, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from db import audit_chain, clock
from db.audit_chain import FIRST, next_head
from db.audit_check import BATCH, Checked, Noted, check_audit
from db.choices import AuditAction, EntryKind
from db.commands.access_log import log_access
from db.commands.entries import add_entry
from db.commands.record import audit
from db.engine import Database, alembic_config, upgrade
from db.errors import CommandRefused
from db.models import AccessLog, Audit
from db.vault import Vault
from tests.conftest import HASH_KEY, KEY
from tests.db.helpers import at_once, count, last, rows, run, snapshot
from tests.factories import Casework

VAULT = Vault(keys=[KEY], hash_key=HASH_KEY)
STATEMENTS = {
    "sqlite": ("UPDATE {0} SET action = 'x'", "DELETE FROM {0}", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"),
    "postgresql": ("UPDATE {0} SET action = 'x'", "DELETE FROM {0}", "TRUNCATE {0}", "TRUNCATE cases CASCADE"),
}


def checked(database: Database, noted: Noted | None = None, vault: Vault = VAULT) -> Checked:
    with database.read() as session:
        return check_audit(session, vault, noted=noted)


def tamper(database: Database, *changes: str, **values: Any) -> None:
    """As somebody would who has the database, the highest rights there, and no key."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("changed", "deleted", "replaced"):
                connection.execute(text(f"DROP TRIGGER audit_is_not_{name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for change in changes:
            connection.execute(text(change), values)


def add_lines(casework: Casework, many: int) -> None:
    for number in range(many):
        run(casework, add_entry, kind=EntryKind.NOTE, text=f"Line {number}")


@pytest.mark.parametrize("table", ["audit", "access_log"])
def test_the_database_refuses_to_rewrite_the_log(casework: Casework, table: str) -> None:
    with casework.database.log() as session:
        log_access(session, actor_id=casework.lead, action=AuditAction.VIEW, reference=casework.reference)
    before = snapshot(casework.database)
    for statement in STATEMENTS[casework.database.engine.dialect.name]:
        with pytest.raises(DatabaseError, match="append-only"), casework.database.engine.begin() as connection:
            connection.execute(text(statement.format(table)))
    assert snapshot(casework.database) == before
    assert count(casework.database, AccessLog) == 1


def test_what_commands_write_holds_from_the_first_row_to_the_last(casework: Casework) -> None:
    add_lines(casework, 3)
    found = checked(casework.database)
    assert found.broken == ""
    assert found.rows == count(casework.database, Audit) > 3
    assert [row.id for row in rows(casework.database, Audit)] == list(range(1, found.rows + 1))
    assert found.head.id == found.rows


def test_every_column_of_a_row_goes_into_its_hash() -> None:
    taken = set(code.signature(next_head).parameters) - {"vault", "head"}
    assert taken | {"previous", "hash"} == {column.name for column in Audit.__table__.columns}
    values: dict[str, Any] = {
        "id": 7,
        "at": clock.now(),
        "actor_id": 1,
        "action": "stage",
        "case_id": 2,
        "details": {"to": "triage"},
    }
    changes: dict[str, Any] = {
        "id": 8,
        "at": clock.now() + timedelta(microseconds=1),
        "actor_id": None,
        "action": "stages",
        "case_id": 1,
        "details": {"to": "closed"},
    }
    whole = next_head(VAULT, FIRST, **values)
    hashes = {next_head(VAULT, FIRST, **(values | {name: changes[name]})).hash for name in taken}
    assert len(hashes | {whole.hash}) == len(taken) + 1
    assert next_head(VAULT, whole, **values).hash != whole.hash


def test_the_hash_is_the_same_whatever_the_zone_and_the_order_of_keys() -> None:
    summer = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    one = next_head(VAULT, FIRST, id=1, at=summer, actor_id=1, action="a", case_id=None, details={"a": 1, "b": "é"})
    there = summer.astimezone(timezone(timedelta(hours=1)))
    other = next_head(VAULT, FIRST, id=1, at=there, actor_id=1, action="a", case_id=None, details={"b": "é", "a": 1})
    assert one == other


def test_details_of_every_kind_come_back_as_they_were_hashed(casework: Casework) -> None:
    with casework.database.log() as session:
        nested = {"b": [None, True], 3: 4}
        audit(session, None, "add_entry", kind=EntryKind.NOTE, words="’é𝄞\u2028", number=1.0, nested=nested)
    assert checked(casework.database).broken == ""
    assert last(casework.database, Audit).details["nested"] == {"b": [None, True], "3": 4}


@pytest.mark.parametrize(
    "change",
    [
        "action = 'none'",
        "actor_id = 1",
        "case_id = 1",
        "details = '{}'",
        "at = '2020-01-01 00:00:00'",
        "hash = previous",
    ],
)
def test_a_changed_row_is_the_first_broken_link(casework: Casework, change: str) -> None:
    with casework.database.log() as session:
        for number in range(3):
            audit(session, None, "sign_in", number=number)
    broken = last(casework.database, Audit).id - 1
    tamper(casework.database, f"UPDATE audit SET {change} WHERE id = {broken}")
    found = checked(casework.database)
    assert found.broken == f"The audit is broken at row {broken:,}: it is not what was written."
    assert found.rows == broken - 1


def test_a_row_that_was_taken_out_is_missed_at_the_next(casework: Casework) -> None:
    tamper(casework.database, "DELETE FROM audit WHERE id = 2")
    assert "at row 3: rows between 1 and it are missing" in checked(casework.database).broken


def test_the_first_rows_are_missed_too(casework: Casework) -> None:
    tamper(casework.database, "DELETE FROM audit WHERE id < 3")
    assert "at row 3: rows before it are missing" in checked(casework.database).broken


def test_a_row_slipped_in_does_not_fit(casework: Casework) -> None:
    copied = "at, actor_id, action, case_id, details, previous, hash"
    tamper(casework.database, f"INSERT INTO audit (id, {copied}) SELECT 0, {copied} FROM audit WHERE id = 1")
    # The copy says what the first row says, but under another number.
    assert "at row 0: it is not what was written" in checked(casework.database).broken


def test_rows_cut_off_at_the_end_are_missed(casework: Casework) -> None:
    newest = last(casework.database, Audit).id
    tamper(casework.database, f"DELETE FROM audit WHERE id > {newest - 2}")
    found = checked(casework.database)
    assert found.broken == f"The audit is broken after row {newest - 2}: the rows up to {newest} are missing."


def test_rows_cut_off_and_a_head_moved_back_are_still_noticed(casework: Casework) -> None:
    """The state at the head cannot be worked out from the rows that are left."""
    kept = rows(casework.database, Audit)[-3]
    move = "UPDATE revision SET audit_id = :id, audit_hash = :hash"
    tamper(casework.database, f"DELETE FROM audit WHERE id > {kept.id}", move, id=kept.id, hash=kept.hash)
    assert "head was not moved by this version" in checked(casework.database).broken
    add_lines(casework, 1)
    assert f"broken at row {kept.id + 1}" in checked(casework.database).broken


def test_an_emptied_audit_is_noticed(casework: Casework) -> None:
    tamper(casework.database, "DELETE FROM audit")
    assert "broken after row 0" in checked(casework.database).broken


def test_a_row_that_was_noted_tells_of_an_audit_replaced_as_a_whole(casework: Casework) -> None:
    newest = last(casework.database, Audit)
    assert checked(casework.database, Noted(newest.id, newest.hash[:16])).broken == ""
    assert "not the row that was noted" in checked(casework.database, Noted(newest.id, "0" * 16)).broken
    assert "which was noted, is missing" in checked(casework.database, Noted(newest.id + 1, "0" * 16)).broken


def test_another_hash_key_makes_no_chain(casework: Casework) -> None:
    stranger = Vault(keys=[KEY], hash_key="another")
    assert "or HASH_KEY is not the key" in checked(casework.database, vault=stranger).broken


def test_what_cannot_be_read_is_where_it_breaks(casework: Casework) -> None:
    spoil = "UPDATE audit SET details = 'not json' WHERE id = 4"
    if casework.database.engine.dialect.name == "postgresql":
        with pytest.raises(DatabaseError, match="json"):
            tamper(casework.database, spoil)
        return
    tamper(casework.database, spoil)
    found = checked(casework.database)
    assert (found.rows, found.broken) == (3, "The audit is broken after row 3: what follows cannot be read.")


def test_rows_are_read_some_thousands_at_a_time(casework: Casework) -> None:
    with casework.database.log() as session:
        for number in range(2 * BATCH):
            audit(session, None, "sign_in", number=number)
    found: list[int] = []
    with casework.database.read() as session:
        result = check_audit(session, VAULT, each=found.append)
    assert result.broken == ""
    assert (sum(found), max(found), len(found)) == (result.rows, BATCH, 3)


def test_a_refused_command_leaves_no_row_and_no_gap(casework: Casework) -> None:
    before = snapshot(casework.database)

    def refuse() -> None:
        with casework.database.write() as session:
            audit(session, None, "begin_waiting")
            raise CommandRefused("No.")

    with pytest.raises(CommandRefused):
        refuse()
    assert snapshot(casework.database) == before


def test_what_is_undone_within_a_transaction_takes_its_rows_along(casework: Casework) -> None:
    def part(session: Session) -> None:
        with audit_chain.savepoint(session):
            audit(session, None, "add_leave")
            raise CommandRefused("No.")

    with casework.database.log() as session:
        audit(session, None, "add_deadline")
        with pytest.raises(CommandRefused):
            part(session)
        audit(session, None, "add_finding")
    assert [row.action for row in rows(casework.database, Audit)][-2:] == ["add_deadline", "add_finding"]
    assert checked(casework.database).broken == ""


def test_writers_at_once_hang_their_rows_on_in_turn(casework: Casework) -> None:
    def write(session: Session) -> None:
        add_entry(session, actor_id=casework.lead, reference=casework.reference, kind=EntryKind.NOTE, text="One")
        audit_chain.seal(session)

    before = count(casework.database, Audit)
    assert at_once(casework.database, write, write) is None
    assert count(casework.database, Audit) == before + 2
    assert checked(casework.database).broken == ""


def test_reading_goes_on_while_somebody_writes(casework: Casework) -> None:
    with casework.database.write() as session:
        audit(session, None, "sign_out")
        audit_chain.seal(session)
        assert checked(casework.database).broken == ""
    assert checked(casework.database).broken == ""


def test_the_head_is_locked_after_every_other_row(casework: Casework) -> None:
    """Two commands that hold rows and wait for each other's head would never end."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(casework.database.engine, "before_cursor_execute", note)
    run(casework, add_entry, kind=EntryKind.NOTE, text="Line")
    event.remove(casework.database.engine, "before_cursor_execute", note)
    locked = next(i for i, statement in enumerate(sent) if "audit_state" in statement)
    # Reading locks nothing, and nobody writes to the search index but under the head's lock.
    holding = [each for each in sent[locked:] if each.startswith(("INSERT", "UPDATE", "DELETE")) or "FOR " in each]
    assert all(any(name in each for name in ("audit", "revision", "search_")) for each in holding)


def test_a_database_of_the_version_before_is_chained_as_it_stands(
    casework: Casework, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_KEYS", KEY)
    monkeypatch.setenv("HASH_KEY", HASH_KEY)
    told = [(row.id, row.at, row.action, row.details) for row in rows(casework.database, Audit)]
    casework.database.engine.dispose()
    command.downgrade(alembic_config(database_url), "0001")
    assert "hash" not in {column["name"] for column in inspect(casework.database.engine).get_columns("audit")}
    with casework.database.engine.begin() as connection:
        # Which that version could not have refused, and PostgreSQL's numbering leaves such gaps by itself.
        connection.execute(text("DELETE FROM audit WHERE id = 2"))
    casework.database.engine.dispose()
    upgrade(database_url)
    assert [(row.id, row.at, row.action, row.details) for row in rows(casework.database, Audit)] == [
        told[0],
        *told[2:],
    ]
    add_lines(casework, 2)
    found = checked(casework.database)
    assert (found.broken, found.rows) == ("", len(told) + 1)
    with pytest.raises(DatabaseError, match="append-only"), casework.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit"))


def test_a_session_of_ours_writes_audit_rows_through_the_chain_alone(casework: Casework) -> None:
    """A row added past it has no hash, and the database takes none without."""
    with casework.database.engine.connect() as connection, Session(connection) as session:
        session.add(Audit(at=clock.now(), actor_id=None, action="past it", case_id=None, details={}))
        with pytest.raises(DatabaseError, match="previous"):
            session.flush()
    with casework.database.read() as session:
        assert session.scalars(select(Audit.id).where(Audit.action == "past it")).all() == []
