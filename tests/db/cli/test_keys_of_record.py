"""Keys that do not belong to a database are refused by every command, and none is made but for an empty one."""

from pathlib import Path

import pytest
from alembic import command
from alembic.runtime.migration import MigrationContext
from cryptography.fernet import Fernet
from sqlalchemy import select

from db import clock
from db.__main__ import record
from db.commands.record import audit
from db.engine import Database, alembic_config
from db.errors import CommandRefused
from db.models import Revision, SecondFactor
from db.vault import Vault
from tests.conftest import HASH_KEY, KEY
from tests.db.cli.command_line import done, refusal
from tests.db.helpers import snapshot
from tests.factories import Casework

OTHER = Fernet.generate_key().decode()
WITH = {
    "import-organisations": ["no file"],
    "import-cases": ["no file", "--map", "none"],
    "import-published": ["no file"],
    "add-volunteer": ["--username", "ann", "--name", "Ann", "--role", "lead"],
    "new-link": ["--username", "lena"],
    "reset-factor": ["--username", "lena"],
    "end-account": ["--username", "lena"],
    "backup": ["copies"],
    "move-to": ["--to", "postgresql://nowhere/casework"],
}
# These ask for the keys of a copy instead, or for none.
OF_ANOTHER = {"restore", "drill", "backup-key"}


@pytest.fixture
def told(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The database's address and keys, as set for a command; keys are not kept in the project's own folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("db.settings.ROOT", tmp_path)
    for name, value in {"DATABASE_URL": database_url, "IDENTITY_KEYS": KEY, "HASH_KEY": HASH_KEY}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_no_command_runs_with_keys_of_another_database(casework: Casework, told: pytest.MonkeyPatch) -> None:
    before = snapshot(casework.database)
    for key, other, words, commands in (
        ("HASH_KEY", "another", "HASH_KEY is not the key that this database was made with.", record.commands.keys()),
        ("IDENTITY_KEYS", OTHER, "List the older key after the new one.", {"upgrade", "backup"}),
    ):
        with told.context() as wrong:
            wrong.setenv(key, other)
            for name in commands - OF_ANOTHER:
                assert words in refusal(name, *WITH.get(name, [])), name
    assert snapshot(casework.database) == before


def test_no_command_makes_keys_for_a_database_that_has_its_own(
    casework: Casework, database_url: str, told: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As under cron: the address is set, and the keys are not."""
    kept = Path(database_url.removeprefix("sqlite:///")).parent if "sqlite" in database_url else tmp_path / "var"
    before = snapshot(casework.database)
    told.delenv("HASH_KEY")
    assert refusal("roll-reviews").startswith("Not set: HASH_KEY. Set the keys that the database was made with")
    told.delenv("IDENTITY_KEYS")
    for name in ("upgrade", "add-volunteer", "demo", "verify-audit", "backup"):
        assert refusal(name, *WITH.get(name, [])).startswith("Not set: IDENTITY_KEYS and HASH_KEY."), name
    assert snapshot(casework.database) == before
    assert not list(kept.glob("*.key*"))


def test_for_an_empty_database_keys_are_made_by_the_command_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("IDENTITY_KEYS", "HASH_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    assert "made by `make db ARGS=upgrade`: run that first" in refusal("add-volunteer", *WITH["add-volunteer"])
    assert list(tmp_path.iterdir()) == []
    assert f"New keys are in {tmp_path}." in done("upgrade")
    assert "New keys" not in done("upgrade")
    done("add-volunteer", *WITH["add-volunteer"])
    (tmp_path / "hash.key").unlink()
    assert "Not set: HASH_KEY." in refusal("upgrade")


def test_a_database_from_before_gets_its_check_from_keys_that_fit_and_no_others(
    casework: Casework, database_url: str, told: pytest.MonkeyPatch
) -> None:
    with casework.database.log() as session:
        secret = casework.database.vault.seal_text("secret")
        session.add(SecondFactor(volunteer_id=casework.lead, secret=secret, confirmed_at=clock.now()))
    command.downgrade(alembic_config(database_url), "0034")
    for key, other in (("HASH_KEY", "another"), ("IDENTITY_KEYS", OTHER)):
        with told.context() as wrong:
            wrong.setenv(key, other)
            assert key in refusal("upgrade"), key
    with casework.database.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_heads() == ("0034",), "not upgraded with such keys"
    done("upgrade")
    told.setenv("HASH_KEY", "another")
    assert "HASH_KEY is not" in refusal("attention")


@pytest.mark.usefixtures("casework")
def test_after_a_rotation_the_older_key_alone_is_refused(told: pytest.MonkeyPatch) -> None:
    told.setenv("IDENTITY_KEYS", f"{OTHER},{KEY}")
    done("rotate-identity")
    told.setenv("IDENTITY_KEYS", OTHER)
    done("attention")
    told.setenv("IDENTITY_KEYS", KEY)
    assert "IDENTITY_KEYS" in refusal("attention")


def test_of_two_servers_that_begin_an_empty_database_the_second_with_other_keys_is_refused(
    database: Database, told: pytest.MonkeyPatch
) -> None:
    told.setenv("HASH_KEY", "another")
    assert "HASH_KEY" in refusal("upgrade")
    with database.engine.connect() as connection:
        assert connection.scalar(select(Revision.hash_check)) == database.vault.hash_check()


def test_a_server_with_another_key_adds_nothing_to_the_audit(database: Database) -> None:
    """Also one that was running when a copy made with other keys was brought back."""
    stranger = Database(database.engine, Vault(keys=[KEY], hash_key="another"))
    before = snapshot(database)
    with pytest.raises(CommandRefused, match="another HASH_KEY"), stranger.write() as session:
        audit(session, None, "send_link")
    assert snapshot(database) == before
