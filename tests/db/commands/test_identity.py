"""Identity: sealed in the database, opened on purpose by those who may, and every opening on the log."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from db import clock
from db.choices import AuditAction, EntryKind
from db.cli import identity as rotation
from db.commands.entries import add_entry
from db.commands.identity import open_identity, reopen_identity
from db.commands.open_case import open_case
from db.engine import Database, make_engine
from db.errors import CommandRefused, NotFound
from db.models import AccessLog, CaseIdentity
from db.queries.queue import QueueFilters, case_queue
from db.rules.limits import Limits
from db.vault import Identity, Vault
from tests.conftest import HASH_KEY, KEY
from tests.db.helpers import (
    UNKNOWN,
    assert_hostile_text_is_plain,
    at_once,
    count,
    last,
    refused,
    revision,
    rows,
    run,
    snapshot,
    the_case,
    viewer,
)
from tests.factories import INTAKE, Casework, make_case


def opened(casework: Casework, who: int, reason: str = "To call back", reference: str = "") -> Identity:
    with casework.database.log() as session:
        return open_identity(session, actor_id=who, reference=reference or casework.reference, reason=reason)


def test_the_team_and_leads_open_it_and_the_log_says_who_and_why(casework: Casework) -> None:
    for who in (casework.on_case, casework.lead):
        identity = opened(casework, who)
        assert (identity.name, identity.contact) == (INTAKE.name, INTAKE.contact)
        row = last(casework.database, AccessLog)
        assert (row.actor_id, row.action, row.reason) == (who, AuditAction.IDENTITY, "To call back")
        assert row.case_id == the_case(casework).id


def test_nobody_else_opens_it_and_no_attempt_tells_a_case_is_there(casework: Casework) -> None:
    said = set()
    for who in (casework.off_case, casework.in_conflict, casework.observer):
        for reference in (casework.reference, UNKNOWN):
            with refused(casework.database, "Not found", error=NotFound) as caught:
                opened(casework, who, reference=reference)
            said.add(caught().message)
    assert len(said) == 1


def test_a_reason_that_holds_a_name_or_number_is_logged_without_it(casework: Casework) -> None:
    opened(casework, casework.on_case, reason="Test Doctor rang about NHS 999 123 4519")
    reason = last(casework.database, AccessLog).reason
    assert reason == "[redacted: a doctor’s name or contact] rang about NHS [redacted: NHS number]"


def test_it_is_not_opened_without_a_reason(casework: Casework) -> None:
    for nothing in ("", "  ", "\u200b", "x" * 301):
        with refused(casework.database, "Reason", field="reason"):
            opened(casework, casework.lead, nothing)


def test_the_reason_is_plain_text_whatever_it_is(casework: Casework) -> None:
    assert_hostile_text_is_plain(
        casework,
        lambda words: opened(casework, casework.lead, words),
        lambda: str(last(casework.database, AccessLog).reason),
    )


def test_opening_makes_no_cache_stale_and_no_form(casework: Casework) -> None:
    before, version = revision(casework.database), the_case(casework).version
    opened(casework, casework.lead)
    assert (revision(casework.database), the_case(casework).version) == (before, version)


def test_when_the_log_cannot_be_written_nothing_is_shown(casework: Casework) -> None:
    def fail() -> None:
        with casework.database.log() as session:
            open_identity(session, actor_id=casework.lead, reference=casework.reference, reason="Why")
            session.flush()
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        fail()
    assert count(casework.database, AccessLog) == 0


def test_a_key_that_does_not_fit_is_said_in_words(casework: Casework) -> None:
    stranger = Database(casework.database.engine, Vault(keys=[Fernet.generate_key().decode()], hash_key=HASH_KEY))
    before = snapshot(casework.database)
    with pytest.raises(CommandRefused, match="can’t be opened with the server’s keys"), stranger.log() as session:
        open_identity(session, actor_id=casework.lead, reference=casework.reference, reason="Why")
    assert snapshot(casework.database) == before


@pytest.mark.parametrize("spoil", [lambda b: b[:-4] + b"AAAA", lambda _: b"", lambda _: b"\x00" * 200])
def test_a_seal_that_was_tampered_with_does_not_open(casework: Casework, spoil: Callable[[bytes], bytes]) -> None:
    with casework.database.write() as session:
        kept = session.scalars(select(CaseIdentity)).one()
        session.execute(update(CaseIdentity).values(sealed=spoil(kept.sealed)))
    with refused(casework.database, "can’t be opened"):
        opened(casework, casework.lead)


def test_keys_rotate_without_a_moment_when_nothing_opens(casework: Casework) -> None:
    new = Fernet.generate_key().decode()
    both, only = Vault(keys=[new, KEY], hash_key=HASH_KEY), Vault(keys=[new], hash_key=HASH_KEY)
    sealed = last(casework.database, CaseIdentity).sealed
    assert both.open(sealed).name == INTAKE.name
    resealed = both.reseal(sealed)
    assert only.open(resealed) == both.open(resealed) == both.open(sealed)
    with pytest.raises(CommandRefused):
        only.open(sealed)
    with pytest.raises(CommandRefused):
        Vault(keys=[KEY], hash_key=HASH_KEY).open(resealed)


def test_what_is_in_view_is_read_again_without_a_second_look_and_by_nobody_else(casework: Casework) -> None:
    began = clock.now()

    def again(who: int, since: datetime) -> str:
        with casework.database.read() as session:
            return reopen_identity(session, actor_id=who, reference=casework.reference, since=since).contact

    opened(casework, casework.on_case)
    assert again(casework.on_case, began) == INTAKE.contact
    assert count(casework.database, AccessLog) == 1
    with refused(casework.database, "Open the identity again"):
        again(casework.on_case, clock.now() + timedelta(seconds=1))
    with refused(casework.database, "Open the identity again"):
        again(casework.lead, began)
    for who in (casework.off_case, casework.in_conflict, casework.observer):
        with refused(casework.database, "Not found"):
            again(who, began)


def test_the_same_identity_never_looks_the_same_twice(casework: Casework) -> None:
    vault, identity = Vault(keys=[KEY], hash_key=HASH_KEY), opened(casework, casework.lead)
    assert vault.seal(identity) != vault.seal(identity)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Zoë.Example@Example.org", " zoe.example@EXAMPLE.ORG ", True),
        ("07700 900123", "07700900123", True),
        ("O’Brien", "OBRIEN", True),
        ("a.b@example.org", "ab@example.org", False),
        ("李明", "王明", False),
    ],
)
def test_a_keyed_hash_is_the_same_for_the_same_person_however_typed(one: str, other: str, same: bool) -> None:
    vault = Vault(keys=[KEY], hash_key=HASH_KEY)
    assert (vault.keyed_hash(one) == vault.keyed_hash(other)) is same
    assert vault.keyed_hash(one) != Vault(keys=[KEY], hash_key="another").keyed_hash(one)


def test_keys_rotate_while_a_server_serves(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another server, which knows both keys, opens identities before, during and after, and seals a new one."""
    new = Fernet.generate_key().decode()
    both = Vault(keys=[new, KEY], hash_key=HASH_KEY)
    server, command = Database(casework.database.engine, both), Database(casework.database.engine, both)
    serving = replace(casework, database=server)
    with casework.database.write() as session:
        for number in range(4):
            make_case(session, actor_id=casework.lead, body=casework.other_body, contact=f"{number}@example.org")
    monkeypatch.setattr(rotation, "BATCH", 2)
    seal, seen = rotation._reseal, []

    def between_batches(session: Session, after: int) -> list[int]:
        # SQLite lets one write at a time: the server serves between two batches, as it would.
        rows = seal(session, after)
        session.commit()
        seen.append(opened(serving, casework.lead).name)
        if after == 0:
            with server.write() as other:
                make_case(other, actor_id=casework.lead, body=casework.other_body, contact="late@example.org")
        return rows

    monkeypatch.setattr(rotation, "_reseal", between_batches)
    rotation.rotate(command)
    assert len(seen) > 3
    assert set(seen) == {INTAKE.name}
    only = Vault(keys=[new], hash_key=HASH_KEY)
    kept = rows(casework.database, CaseIdentity)
    assert len(kept) == 6
    assert {only.open(row.sealed).name for row in kept} == {INTAKE.name}


def test_what_a_server_seals_meanwhile_is_not_undone_by_rotation(casework: Casework) -> None:
    new = Fernet.generate_key().decode()
    both = Vault(keys=[new, KEY], hash_key=HASH_KEY)
    command = Database(casework.database.engine, both)
    changed = replace(INTAKE, organisation_id=casework.other_body, safe_channel="A new channel")

    def told_anew(session: Session) -> None:
        open_case(session, actor_id=casework.lead, intake=changed)

    def reseal(session: Session) -> None:
        session.info["vault"] = both
        assert rotation._reseal(session, 0)

    assert at_once(command, told_anew, reseal) is None
    first, second = rows(casework.database, CaseIdentity)
    assert both.open(first.sealed).safe_channel == INTAKE.safe_channel
    assert both.open(second.sealed).safe_channel == "A new channel"


def test_losing_the_keys_loses_identity_and_nothing_else(casework: Casework) -> None:
    lost = replace(
        casework,
        database=Database(casework.database.engine, Vault(keys=[Fernet.generate_key().decode()], hash_key=HASH_KEY)),
    )
    with pytest.raises(CommandRefused, match="Ask the person who runs the server"):
        opened(lost, lost.lead)
    run(lost, add_entry, kind=EntryKind.NOTE, text="Work goes on")
    with lost.database.write() as session:
        again = make_case(session, actor_id=lost.lead, body=lost.other_body)
    assert opened(lost, lost.lead, reference=again).name == INTAKE.name
    with lost.database.read() as session:
        assert case_queue(session, viewer(lost, "lead"), QueueFilters(), clock.today(), Limits()).total == 2


def test_identity_says_nothing_of_itself_in_a_trace(casework: Casework) -> None:
    identity = opened(casework, casework.lead)
    for told in (repr(identity), str(identity), repr(INTAKE), repr(Vault(keys=[KEY], hash_key=HASH_KEY))):
        for secret in (INTAKE.name, INTAKE.contact, INTAKE.safe_channel, KEY, HASH_KEY):
            assert secret not in told


def test_an_error_of_the_database_does_not_repeat_what_it_was_given(casework: Casework) -> None:
    with casework.database.engine.connect() as connection, pytest.raises(DatabaseError) as caught:
        connection.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "Quirinius"})
    assert "Quirinius" not in str(caught.value)


SECRETS = ("Quirinius", "Zzyzx", "quirinius.zzyzx@example.org", "07700 900987", "after the night shift", "ward phone")


def test_the_plain_identity_is_nowhere_in_the_database(casework: Casework) -> None:
    with casework.database.write() as session:
        reference = make_case(
            session,
            actor_id=casework.lead,
            body=casework.other_body,
            name="Quirinius Zzyzx",
            contact="quirinius.zzyzx@example.org",
            safe_channel="07700 900987",
            safe_times="after the night shift",
            never_use="ward phone",
        )
    assert opened(casework, casework.lead, reference=reference).name == "Quirinius Zzyzx"
    raw = everything_raw(casework.database).lower()
    assert reference.lower().encode() in raw
    for secret in SECRETS:
        assert secret.lower().encode() not in raw, secret
        assert secret.lower().encode("utf-16-le") not in raw, secret


def everything_raw(database: Database) -> bytes:
    """All bytes on the disk of a SQLite database; every value of every table of a PostgreSQL one."""
    if database.engine.dialect.name == "sqlite":
        database.engine.dispose()
        return b"".join(file.read_bytes() for file in sorted(Path(str(database.engine.url.database)).parent.iterdir()))
    engine = make_engine(database.engine.url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        dump = "".join(str(connection.execute(text(f'SELECT * FROM "{table}"')).all()) for table in tables)
    engine.dispose()
    return dump.encode()
