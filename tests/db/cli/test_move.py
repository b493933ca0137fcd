"""From SQLite to PostgreSQL: every row, compared, or none."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from db.backups import moved, proof
from db.models import Case, Volunteer
from tests.conftest import HASH_KEY, KEY, open_database
from tests.db.cli.command_line import done, refusal
from tests.factories import Casework
from tests.postgres import postgres_url


@pytest.fixture
def target() -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.fixture
def source(casework: Casework, database_url: str, monkeypatch: pytest.MonkeyPatch, target: str) -> str:
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.lead).values(password_hash="$2b$04$x"))
    settings = {"DATABASE_URL": database_url, "IDENTITY_KEYS": KEY, "HASH_KEY": HASH_KEY, "MOVE_TO": target}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return database_url


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_row_arrives_and_the_record_goes_on_there(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = done("move-to")
    assert "cases: 1 row, the same\n" in said
    assert "as written; a lead can sign in." in said
    here, there = open_database(source), open_database(target)
    with here.engine.connect() as one, there.engine.connect() as other:
        assert proof.counts(one) == proof.counts(other)
    here.engine.dispose()
    with there.read() as session:
        assert session.scalars(select(Case.reference)).all()
    there.engine.dispose()
    assert "That database has tables already." in refusal("move-to")
    monkeypatch.setenv("DATABASE_URL", target)
    done("add-volunteer", "--username", "zoe", "--name", "Zoe", "--role", "volunteer")
    assert "as written" in done("verify-audit")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_differs_is_refused_and_leaves_nothing_there(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert source
    digest = moved._digest
    monkeypatch.setattr(moved, "_digest", lambda table, connection: (*digest(table, connection)[:1], str(connection)))
    assert "did not arrive as it was" in refusal("move-to")
    there = open_database(target)
    with there.read() as session:
        assert session.scalars(select(Volunteer.id)).all() == []
    there.engine.dispose()
