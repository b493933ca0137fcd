"""A database that cannot be used for a while takes nothing that was typed, and nothing is saved twice for it."""

import logging
import sqlite3
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import event, select, update
from streamlit.testing.v1 import AppTest

from dashboard import store
from dashboard.store import outage
from dashboard.store.core import database
from dashboard.ui import typed_words
from dashboard.ui.keeper import keeper
from db import clock
from db import outage as record
from db.choices import EntryKind
from db.engine import Database
from db.models import Draft, Entry, SignInSession
from db.outage import OUTAGE
from db.queries.session import Person
from tests.factories import Casework
from tests.pages.helpers import field, open_fold, press, seen

Run = Callable[..., AppTest]
SAID = "She rang: the review is put off"
NOT_SAVED = "Not saved: nothing could be saved just then."


def of_sqlite(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(name)
    vars(error)["sqlite_errorcode"] = getattr(sqlite3, name)
    return error


TROUBLES = {
    "locked": of_sqlite("SQLITE_BUSY"),
    "full": of_sqlite("SQLITE_FULL"),
    "read-only": of_sqlite("SQLITE_READONLY"),
    "gone": psycopg.errors.AdminShutdown("the server ends"),
}


class Fault:
    """The app's own engine fails at statements that begin so, until a write has been tried in vain so often."""

    def __init__(self, error: Exception, tries: int = 2) -> None:
        self.error, self.tries, self.at = error, tries, ""
        self.is_on = False
        # What was in this server's memory at each try.
        self.held: list[int] = []
        event.listen(database().engine, "before_cursor_execute", self._fail)

    def begin(self, at: str = "") -> None:
        self.is_on, self.at = True, at

    def _fail(self, _conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if self.is_on and statement.startswith(self.at):
            raise self.error

    def try_a_write(self, _engine: object) -> None:
        self.held.append(len(outage.held()))
        self.tries -= 1
        if self.tries > 0:
            raise self.error
        self.is_on = False

    def end(self) -> None:
        event.remove(database().engine, "before_cursor_execute", self._fail)


@pytest.fixture(params=["gone"])
def fault(request: pytest.FixtureRequest, app_casework: Casework, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fault]:
    assert app_casework
    made = Fault(TROUBLES[request.param])
    for name, value in (("AGAIN", 0.02), ("LOOK", 0.01)):
        monkeypatch.setattr(outage, name, value)
    monkeypatch.setattr(record, "NEXT_TRY", 0.0)
    monkeypatch.setattr(record, "try_a_write", made.try_a_write)
    yield made
    made.end()
    assert not OUTAGE.is_on
    assert not outage.held()


def entry_form(work: Casework, app_as: Run) -> AppTest:
    app = open_fold(app_as(work.on_case, "case", ref=work.reference), work.reference, "Add an entry")
    field(app, "Kind of entry").set_value(EntryKind.NOTE).run()
    return app


def many(database: Database, model: type[Draft] | type[Entry]) -> int:
    with database.read() as session:
        return len(session.scalars(select(model.id)).all())


@pytest.mark.parametrize("fault", ["locked", "gone"], indirect=True)
def test_the_page_goes_on_by_itself_and_keeps_what_was_typed_meanwhile(
    app_casework: Casework, app_as: Run, fault: Fault, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = entry_form(app_casework, app_as)
    told: list[bool] = []
    mount = keeper.mount

    def note(who: Person | None, *, is_out: bool = False) -> None:
        told.append(is_out)
        mount(who, is_out=is_out)

    monkeypatch.setattr(keeper, "mount", note)
    caplog.set_level(logging.WARNING)
    fault.tries = 3
    fault.begin()
    field(app, "What happened").input(SAID).run()
    assert field(app, "What happened").value == SAID
    assert not app.exception
    assert not app.error
    # The page was told, by a run that took nothing from it, and the words were in safety by then.
    assert told == [True, False]
    assert fault.held == [1, 1, 1]
    assert "not saved yet" in seen(app)
    assert many(app_casework.database, Draft) == 1
    said = [each.getMessage() for each in caplog.records if each.name == "db.outage"]
    assert len(said) == 2, said


@pytest.mark.parametrize("fault", ["full", "gone"], indirect=True)
def test_a_save_is_refused_and_the_next_press_saves_once(app_casework: Casework, app_as: Run, fault: Fault) -> None:
    app = entry_form(app_casework, app_as)
    field(app, "What happened").input(SAID).run()
    before = many(app_casework.database, Entry)
    fault.begin(at="INSERT INTO entries")
    press(app, "Add entry")
    assert NOT_SAVED in seen(app)
    assert field(app, "What happened").value == SAID
    assert many(app_casework.database, Entry) == before
    press(app, "Add entry")
    assert NOT_SAVED not in seen(app)
    assert many(app_casework.database, Entry) == before + 1
    assert many(app_casework.database, Draft) == 0


@pytest.mark.parametrize("fault", ["read-only"], indirect=True)
def test_a_press_while_nothing_can_be_saved_is_over_with_it(app_casework: Casework, app_as: Run, fault: Fault) -> None:
    app = entry_form(app_casework, app_as)
    field(app, "What happened").input(SAID).run()
    before = many(app_casework.database, Entry)
    fault.begin()
    press(app, "Add entry")
    assert field(app, "What happened").value == SAID
    assert many(app_casework.database, Entry) == before
    press(app, "Add entry")
    assert many(app_casework.database, Entry) == before + 1


def hold_words(app: AppTest, work: Casework) -> None:
    """As after a reload: only the server still has what was typed."""
    place = typed_words.place_of(f"entry_{work.reference}", work.reference)
    store.hold(app.session_state["person"], app.session_state["sign_in_token"], {place: {"text": SAID}})


def test_a_reload_gives_the_words_back(app_casework: Casework, app_as: Run, fault: Fault) -> None:
    app = app_as(app_casework.on_case)
    OUTAGE.meet(fault.error)
    hold_words(app, app_casework)
    again = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    open_fold(again, app_casework.reference, "Add an entry")
    assert field(again, "What happened").value == SAID
    assert "not saved yet" in seen(again)


def test_words_of_a_session_that_has_ended_are_not_kept(app_casework: Casework, app_as: Run, fault: Fault) -> None:
    app = app_as(app_casework.on_case)
    OUTAGE.meet(fault.error)
    hold_words(app, app_casework)
    with app_casework.database.log() as session:
        session.execute(update(SignInSession).values(ended_at=clock.now()))
    app_as(app_casework.lead)
    assert many(app_casework.database, Draft) == 0
