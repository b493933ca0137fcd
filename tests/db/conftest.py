"""For tests of the record: the usual people and their case come ready-made with a copied database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from db import clock
from db.engine import Database, upgrade
from tests.conftest import open_database
from tests.db.helpers import Clock
from tests.engines import sqlite_url
from tests.factories import Casework, make_casework
from tests.postgres import postgres_url

made: dict[str, Casework] = {}


def upgrade_with_casework(url: str) -> None:
    upgrade(url)
    opened = open_database(url)
    made[url.partition(":")[0]] = make_casework(opened)
    opened.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_casework(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("casework") / "template.sqlite3"
    upgrade_with_casework(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, sqlite_template: Path, sqlite_casework: Path) -> Iterator[str]:
    """As everywhere, save that a test which asks for the casework gets a database that holds it."""
    filled = "casework" in request.fixturenames
    if request.param == "sqlite":
        with sqlite_url(sqlite_casework if filled else sqlite_template) as url:
            yield url
        return
    with postgres_url(prepare=upgrade_with_casework if filled else upgrade) as url:
        yield url


@pytest.fixture
def casework(database: Database) -> Casework:
    kind = database.engine.url.render_as_string().partition(":")[0]
    return replace(made[kind], database=database)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the record, which stands still until the test moves it on."""
    told = Clock()
    monkeypatch.setattr(clock, "now", told.now)
    return told
