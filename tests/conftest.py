"""Databases, people and signed-in apps for tests. Every database test runs on SQLite and PostgreSQL."""

import tests.hour  # noqa: F401 - first of all: much of the rest looks at the clock as it is imported

# isort: split
import functools
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bcrypt
import hypothesis
import pytest
from cryptography.fernet import Fernet
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.util import calc_hash
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from db import clock
from db.commands.accounts import start_session
from db.engine import Database, upgrade
from db.key_check import note_keys
from db.models import SecondFactor
from db.vault import Vault
from tests.engines import engine_of, name_anew, sqlite_url
from tests.factories import Casework, make_casework
from tests.postgres import postgres_url

# No test may depend on how fast a machine is, nor on what chance drew this time.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")

APP = Path(__file__).parent.parent / "dashboard" / "app.py"
KEY = Fernet.generate_key().decode()
HASH_KEY = "a hash key for tests only"
GIVING_WAY = 10
# Of its three generations the collector looks through each a tenth as often as by itself: that is quicker by a tenth.
SELDOM = (10_000, 20, 100)
# By the name of the database, which on SQLite is a copy of one template.
made: dict[str, Casework] = {}

# A password takes a fifth of a second to hash, which is to hold up whoever guesses, and here nobody does.
bcrypt.gensalt = functools.partial(bcrypt.gensalt, 4)

# What is installed stays so while the tests run; every AppTest would look it all through for each of its runs.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)


def wait_for_the_end(runner: local_script_runner.LocalScriptRunner, timeout: float = 3) -> None:
    """As Streamlit's own, which looks a thousand times a second, and takes an eighth of the run's time with that."""
    assert runner._script_thread is not None
    runner._script_thread.join(timeout)
    if not runner.script_stopped():
        runner.request_stop()
        runner.join()
        raise RuntimeError(f"AppTest script run timed out after {timeout}(s)")


local_script_runner.require_widgets_deltas = wait_for_the_end


class Together(LoadScopeScheduling):
    """Shares the tests out one by one, but for those of a folder or file that stays with one process: its server, or
    the large record that it reads, is made once, and no two browsers hold each other up. These begin first, and so do
    the longest, which nobody is to wait for at the end."""

    WHOLE = (
        "tests/browser/",
        "tests/db/demo/",
        "tests/db/commands/test_forged.py",
        "tests/db/rules/test_release_protect.py",
        "tests/db/test_after_every_command.py",
        "tests/pages/test_wall.py",
        "tests/pages/test_public_ids.py",
        "tests/pages/test_typed_words.py",
    )

    def _split_scope(self, nodeid: str) -> str:
        return next((whole for whole in self.WHOLE if nodeid.startswith(whole)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)


def pytest_collection_finish() -> None:
    """What was read in so far stays to the end: nobody need look through those million objects again and again."""
    gc.freeze()
    gc.set_threshold(*SELDOM)


@functools.cache
def give_way() -> None:
    os.nice(GIVING_WAY)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests without a browser give way to those that wait for what one shows."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.nodeid.startswith(Together.WHOLE[0]):
        give_way()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    upgrade_with_keys(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sqlite_casework(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("casework") / "template.sqlite3"
    shutil.copy(sqlite_template, path)
    fill_with_casework(f"sqlite:///{path}")
    return path


def upgrade_with_keys(url: str) -> None:
    upgrade(url)
    opened = open_database(url)
    note_keys(opened.engine, opened.vault)
    opened.engine.dispose()


def upgrade_with_casework(url: str) -> None:
    upgrade_with_keys(url)
    fill_with_casework(url)


def fill_with_casework(url: str) -> None:
    opened = open_database(url)
    made[made_as(opened)] = make_casework(opened)
    opened.engine.dispose()


def made_as(opened: Database) -> str:
    return str(opened.engine.url.database) if opened.engine.dialect.name == "postgresql" else "template"


def casework_in(opened: Database) -> Casework:
    """The casework that a database was made with."""
    return replace(made[made_as(opened)], database=opened)


def open_database(url: str) -> Database:
    return Database(engine_of(url), Vault(keys=[KEY], hash_key=HASH_KEY))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, sqlite_template: Path, sqlite_casework: Path) -> Iterator[str]:
    """The address of a fresh, migrated database with the reference data, on each kind in turn.

    A test that asks for the casework gets a database that holds it: copied, not made anew.
    """
    filled = "casework" in request.fixturenames
    if request.param == "sqlite":
        with sqlite_url(sqlite_casework if filled else sqlite_template) as url:
            yield url
        return
    with postgres_url(prepare=upgrade_with_casework if filled else upgrade_with_keys) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Database:
    return open_database(database_url)


@pytest.fixture
def casework(database: Database) -> Casework:
    return casework_in(database)


@pytest.fixture
def app_database(
    request: pytest.FixtureRequest, sqlite_template: Path, sqlite_casework: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A fresh database that the app itself is told to use, with the casework in it for a test that asks for that."""
    from dashboard.settings import settings
    from dashboard.store import core

    monkeypatch.setattr(core, "make_engine", lambda url, **_: engine_of(url))
    with sqlite_url(sqlite_casework if "app_casework" in request.fixturenames else sqlite_template) as url:
        for name, value in {
            "DATABASE_URL": url,
            "IDENTITY_KEYS": KEY,
            "HASH_KEY": HASH_KEY,
            "COOKIE_KEY": "c" * 40,
        }.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        core._database.clear()
        opened = open_database(url)
        name_anew(opened)
        yield opened
        opened.engine.dispose()
    settings.cache_clear()


@pytest.fixture
def app_casework(app_database: Database) -> Casework:
    return casework_in(app_database)


@pytest.fixture
def app_as(app_database: Database) -> Callable[..., AppTest]:
    """`app_as(person_id)` runs the app's home as that person, `app_as(person_id, "queue", ref=…)` a page.

    Everybody has a second factor, as a lead must have to see any page at all.
    """

    def run(person_id: int, page: str | None = None, **query: Any) -> AppTest:
        with app_database.log() as session:
            session.merge(SecondFactor(volunteer_id=person_id, confirmed_at=clock.now()))
            token = start_session(session, volunteer_id=person_id, device="test", days=1)
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.session_state["sign_in_token"] = token
        for name, value in query.items():
            app.query_params[name] = value
        if page is not None:
            # As by its address: `switch_page` can tell a page's own address from its file only after a run of home.
            app._page_hash = calc_hash(page.replace("_", "-"))
        return app.run()

    return run
