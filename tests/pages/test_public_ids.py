"""No number of a row leaves the server: a gap in such numbers would tell that there is something behind the wall. Nor
does anything of who a doctor is, unless it is asked for.

The demonstration's rows are given numbers found nowhere else, and its doctors names; then every page is walked as every
role, its tabs and folds too, and all that the server sends is searched for them, byte by byte: numbers as text, and as
the numbers of charts and tables.
"""

import re
import sqlite3
import struct
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import icalendar
import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from dashboard.queue import filters, saved_views
from dashboard.settings import settings
from dashboard.site import calendar_feed
from dashboard.ui.navigation import _PAGES
from db.base import Base
from db.choices import AssignmentStatus, Dimension, Role
from db.commands.reminders import make_calendar
from db.demo import build_demo
from db.engine import Database
from db.models import Assignment, Case, CaseIdentity, Revision, Volunteer
from db.rules.actions import Whosever
from db.vault import Identity
from tests.conftest import open_database
from tests.pages.helpers import draw_all, hold_instead, open_tab, tabs_of

ADDED, MOST = 0x5BC000, 0x3FFF
# Any number above ADDED, by MOST at most: as text, as a whole number of a table, as a fraction, as messages have it.
AS_TEXT, AS_WHOLE, AS_FRACTION, AS_VARINT = (
    rb"(?<![\d.])60(?:1[2-9]|2\d)\d{3}(?!\d)",
    rb"[\xc0-\xff]\x5b\x00",
    rb"[\xf0-\xff]VA",
    rb"[\x80-\xff]{2}\xef\x02",
)
NUMBER = re.compile(b"|".join((AS_TEXT, AS_WHOLE, AS_FRACTION, AS_VARINT)), re.DOTALL)
HASH = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
# In no word of any language.
MARK = "zqxvj"
WAYS_OUT = ("Sign out",)
MOST_STEPS = 20


@pytest.fixture(scope="module")
def numbered(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration whose rows all have large numbers."""
    path = tmp_path_factory.mktemp("numbered") / "casework.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}")
    build_demo(database, cases=16, seed=3, progress=False)
    mark_identities(database)
    database.engine.dispose()
    with sqlite3.connect(path) as connection:
        raise_numbers(connection)
    return path


def mark_identities(database: Database) -> None:
    marked = Identity(**{part.name: f"{MARK} {part.name}" for part in fields(Identity)})
    with database.write() as session:
        session.execute(update(CaseIdentity).values(sealed=database.vault.seal(marked)))


def raise_numbers(connection: sqlite3.Connection) -> None:
    # What keeps rows from being changed must look away for this.
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if is_number_of_a_row(column):
                connection.execute(f'UPDATE "{table.name}" SET "{column.name}" = "{column.name}" + {ADDED}')
    told = re.compile(r'("(?:\w+_id|id)": )(\d+)')
    for id, details in connection.execute("SELECT id, details FROM audit").fetchall():
        raised = told.sub(lambda found: f"{found[1]}{int(found[2]) + ADDED}", details)
        connection.execute("UPDATE audit SET details = ? WHERE id = ?", (raised, id))
    for _, sql in triggers:
        connection.execute(sql)


def is_number_of_a_row(column: Any) -> bool:
    whole = column.type.python_type is int
    if column is Revision.__table__.c.id:
        # There is one row, and its number is known.
        return False
    named = column.name == "id" or column.name.endswith("_id")
    return whole and (named or any(key.column.name == "id" for key in column.foreign_keys))


@pytest.fixture
def numbered_database(app_database: Database, numbered: Path) -> Database:
    """The app's own database, with the demonstration of those numbers in it."""
    return hold_instead(app_database, numbered)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every message for a browser, also those that a later one overtakes."""
    messages: list[Any] = []
    enqueue = ForwardMsgQueue.enqueue

    def noted(queue: ForwardMsgQueue, message: Any) -> None:
        messages.append(message)
        enqueue(queue, message)

    monkeypatch.setattr(ForwardMsgQueue, "enqueue", noted)
    return messages


def numbers_in(messages: list[Any]) -> list[str]:
    """Where a number was found, with what stands around it."""
    found = []
    for message in messages:
        # Streamlit's own hashes hold any digits by chance.
        content = HASH.sub(b"", message.SerializeToString())
        for hit in NUMBER.finditer(content):
            found.append(repr(content[max(0, hit.start() - 60) : hit.end() + 30]))
    return found


def ident(widget: Any) -> tuple[str, str]:
    return str(widget.type), re.sub(r"[\d*]+", "", str(widget.label))


def free(app: AppTest) -> list[Any]:
    """What a person may press or tick outside forms."""
    found = [*app.button, *app.checkbox, *app.toggle]
    return [
        widget for widget in found if not widget.proto.form_id and not widget.disabled and widget.label not in WAYS_OUT
    ]


def touch(widget: Any) -> None:
    if widget.type == "button":
        widget.click()
    else:
        widget.set_value(not widget.value)


def explore(app: AppTest) -> None:
    """Touches each kind of thing on the page once, and what these bring with them."""
    done: set[tuple[str, str]] = set()
    while len(done) < MOST_STEPS:
        next_one = next((widget for widget in free(app) if ident(widget) not in done), None)
        if next_one is None:
            return
        done.add(ident(next_one))
        touch(next_one)
        app.run()
        assert not app.exception, (ident(next_one), app.exception)


def person(database: Database, username: str) -> int:
    with database.read() as session:
        return session.scalars(select(Volunteer.id).where(Volunteer.username == username)).one()


def references(database: Database, who: int) -> list[str]:
    """One's own case, one that is offered, and one of which one sees the card."""
    with database.read() as session:

        def one(*conditions: Any) -> str | None:
            mine = Assignment.volunteer_id == who
            query = select(Case.reference).join(Assignment, Assignment.case_id == Case.id).where(Case.is_open, mine)
            return session.scalars(query.where(*conditions).order_by(Case.id).limit(1)).first()

        own = one(Assignment.status == AssignmentStatus.ACCEPTED)
        offered = one(Assignment.status == AssignmentStatus.OFFERED)
        other = session.scalars(select(Case.reference).where(Case.is_open).order_by(Case.id.desc()).limit(1)).one()
    return [reference for reference in (own, offered, other) if reference]


def chosen_on(database: Database, page: str, who: int) -> dict[str, Any]:
    """What somebody may choose on a page, beyond what is pressed or ticked."""
    other = person(database, "volunteer")
    chosen: dict[str, dict[str, Any]] = {
        "actions": {"actions_whose": Whosever.EVERYBODY, "actions_owner": other},
        "queue": {"queue_lead": other, filters.OPENED: True, saved_views.OPENED: True},
        "people": {"people_person": other},
        "access": {"access_person": who},
        "new_case": {"body_words": "Example"},
    }
    if who == person(database, "lead"):
        chosen["heatmap"] = {"heatmap_against": Dimension.ORGANISATION.value}
    return chosen.get(page, {})


def pages_of(role: Role) -> list[str]:
    return [file for file, _, _, roles, _, _ in _PAGES if role in roles and file != "case"]


def test_the_search_finds_numbers_in_every_guise(numbered: Path) -> None:
    """That all rows have such numbers, and that none would pass unseen."""
    with sqlite3.connect(numbered) as connection:
        for name in ("cases", "actions", "volunteers", "assignments", "deadlines", "entries", "findings", "audit"):
            least, most, many = connection.execute(f"SELECT min(id), max(id), count(*) FROM {name}").fetchone()
            assert many > 0, name
            assert ADDED < least <= most <= ADDED + MOST, name
    for number in (ADDED + 1, ADDED + 300, ADDED + MOST):
        for guise in (
            f"x_{number}_y".encode(),
            struct.pack("<q", number),
            struct.pack("<i", number),
            struct.pack("<d", float(number)),
        ):
            assert NUMBER.search(guise), (number, guise)
    assert not NUMBER.search(f"{ADDED - 1_000} {ADDED + 20_000}".encode())


@pytest.mark.parametrize("username", ["lead", "volunteer", "observer"])
def test_no_page_sends_the_number_of_a_row_or_who_a_doctor_is(
    numbered_database: Database, app_as: Callable[..., AppTest], sent: list[Any], username: str
) -> None:
    who = person(numbered_database, username)
    role = {"lead": Role.LEAD, "observer": Role.OBSERVER}.get(username, Role.VOLUNTEER)
    told: dict[str, list[str]] = {}

    def note(place: str) -> None:
        if found := numbers_in(sent) + [MARK for message in sent if MARK.encode() in message.SerializeToString()]:
            told[place] = found[:5]
        assert sent, place
        sent.clear()

    for page in pages_of(role):
        app = draw_all(app_as(who, page), page)
        assert "Sign in" not in {button.label for button in app.button}
        explore(app)
        if chosen := chosen_on(numbered_database, page, who):
            for name, value in chosen.items():
                app.session_state[name] = value
            explore(draw_all(app.run(), page))
        note(page)
    for reference in references(numbered_database, who) if role is not Role.OBSERVER else []:
        app = app_as(who, "case", ref=reference)
        for tab in tabs_of(app):
            open_tab(app, reference, tab)
        explore(app)
        note(f"case {reference}")
    for code in ("EX001", "EX021") if role is Role.LEAD else ():
        explore(app_as(who, "organisation", code=code))
        note(f"organisation {code}")
    assert told == {}


def test_a_calendar_has_names_that_tell_no_number(numbered_database: Database) -> None:
    with numbered_database.write() as session:
        token = make_calendar(session, actor_id=person(numbered_database, "volunteer"))
    client = TestClient(Starlette(routes=calendar_feed.routes(settings())))
    first, again = (client.get(f"/calendar/{token}.ics").content for _ in range(2))
    names = [str(event["uid"]) for event in icalendar.Calendar.from_ical(first).walk("VEVENT")]
    assert len(names) == len(set(names)) > 3
    assert [str(event["uid"]) for event in icalendar.Calendar.from_ical(again).walk("VEVENT")] == names
    assert not NUMBER.search(first)
