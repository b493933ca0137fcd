"""Whatever anybody typed arrives as they typed it: no page, for nobody, makes links, colours or pictures of it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor  # type: ignore[import-untyped]
from google.protobuf.message import Message  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Enum, String, cast, literal, select, update
from streamlit.testing.v1 import AppTest

from dashboard.actions import action_forms
from dashboard.case.parts import CASE
from dashboard.ui import text
from db import clock
from db.base import Base
from db.choices import AuditAction
from db.demo import build_demo
from db.engine import Database
from db.models import AccessLog, Action, Assignment, Case, Document, Organisation, SavedView, Volunteer
from tests.conftest import open_database
from tests.pages.helpers import draw_all, field, hold_instead, open_tab, press, seen, tabs_of

Run = Callable[..., AppTest]
HOSTILE = "[x](http://evil.example) :red[a] $b$ ![i](http://evil.example/i.png) **bold** `c` :material/home: http://evil.example"
SHORT = "[x](http://evil) :red[a] $b$ **bold** `c`"
# None of these may reach what Streamlit reads as Markdown. An escaped text has a backslash or a joiner within each.
LIVE = ("[x](", ":red[a", "$b$", "![i](", "**bold**", "`c`", ":material/home:", "http://evil")
# Words of the reference lists, codes and hashes: nobody types them. All other text of the record is typed, that of
# later tables too.
REFERENCE = {"CodedTerm", "FairnessQuestion", "FindingCode", "OutcomeTerm", "Process", "ProcessStage", "TimeRule"}
APPEND_ONLY = {"Audit", "AccessLog"}
NOT_TYPED = {
    "Case.flags",
    "CaseFact.examined_by",
    "Case.process_codes",
    "Case.source_key",
    "Document.link",
    "SavedView.folded",
    "Volunteer.username",
    "Volunteer.email",
    "Revision.audit_state",
    "Revision.hash_check",
}
# What Streamlit draws as it is, each looked up in its documentation or its front end; everything else may be Markdown.
PLAIN = {
    "Selectbox.options",
    "MultiSelect.options",
    "Code.code_text",
    "Dataframe.alt",
    "Table.alt",
    "VegaLiteChart.spec",
    "VegaLiteChart.alt",
    "Image.alt",
    "TextInput.default",
    "TextInput.value",
    "TextArea.default",
    "TextArea.value",
    "MultiSelect.default",
    "Selectbox.raw_value",
    "MultiSelect.raw_values",
    # Our own components set words as text: tests/dashboard/ui/test_components.py.
    "BidiComponent.json",
}
PLAIN_NAMES = {"id", "form_id", "placeholder", "key", "url", "page", "user_key", "element_id", "icon", "columns", "alt"}


def typed_columns() -> Iterator[tuple[Any, str]]:
    for mapper in Base.registry.mappers:
        name = mapper.class_.__name__
        for column in mapper.columns:
            kind = column.type
            free = isinstance(kind, String) and not isinstance(kind, Enum) and (kind.length or 200) >= 60
            if not free or column.foreign_keys or column.primary_key or column.key.endswith(("hash", "previous")):
                continue
            if name not in REFERENCE | APPEND_ONLY and f"{name}.{column.key}" not in NOT_TYPED:
                yield mapper.class_, column.key


@pytest.fixture(scope="module")
def hostile_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration in which every word that anybody typed is hostile."""
    path = tmp_path_factory.mktemp("hostile") / "casework.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}")
    build_demo(database, cases=60, seed=1, progress=False)
    make_hostile(database)
    database.engine.dispose()
    return path


@pytest.fixture
def hostile(app_database: Database, hostile_template: Path) -> Database:
    return hold_instead(app_database, hostile_template)


def make_hostile(database: Database) -> None:
    with database.write() as session:
        for model, column in typed_columns():
            # A view has a short name.
            chosen: Any = literal(SHORT if model is SavedView else HOSTILE)
            if "id" in model.__table__.columns:
                chosen = chosen + " " + cast(model.id, String)
            held = getattr(model, column)
            session.execute(update(model).where(held.is_not(None), held != "").values({column: chosen}))
        session.execute(update(Volunteer).values(email="**bold**$b$@evil.example"))
        lead = session.scalars(select(Volunteer.id).where(Volunteer.username == "lead")).one()
        for case in session.scalars(select(Case.id).limit(5)):
            session.add(
                AccessLog(actor_id=lead, case_id=case, action=AuditAction.IDENTITY, reason=HOSTILE, at=clock.now())
            )


def id_of(database: Database, username: str) -> int:
    with database.read() as session:
        return session.scalars(select(Volunteer.id).where(Volunteer.username == username)).one()


def cases_of(database: Database, person: int) -> list[str]:
    """The open cases with the most papers, and the person's own."""
    with database.read() as session:
        own = select(Assignment.case_id).where(Assignment.volunteer_id == person)
        mine = session.scalars(select(Case.reference).where(Case.id.in_(own), Case.is_open).order_by(Case.id)).all()
        papers = select(Document.case_id)
        full = session.scalars(select(Case.reference).where(Case.id.in_(papers)).order_by(Case.id)).all()
    return list(dict.fromkeys([*mine[:3], *full[:3]]))


def texts(message: Message) -> Iterator[tuple[str, str]]:
    """Each text of a message to the browser that may be read as Markdown, with the field it is in."""
    name = message.DESCRIPTOR.name
    for descriptor, value in message.ListFields():
        where = f"{name}.{descriptor.name}"
        if descriptor.name in PLAIN_NAMES or where in PLAIN:
            continue
        many = list(value) if descriptor.is_repeated else [value]
        for each in many:
            if descriptor.type == FieldDescriptor.TYPE_MESSAGE and isinstance(each, Message):
                yield from texts(each)
            elif isinstance(each, str):
                yield where, each


def drawn(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from drawn(child)


def faults(app: AppTest) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    for node in drawn(app._tree):
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            found |= {(where, mark, text) for where, text in texts(proto) for mark in LIVE if mark in text}
        if getattr(node, "type", "") == "table":
            cells = [*node.value.columns, *node.value.index, *node.value.to_numpy().flatten()]
            found |= {("Table", mark, str(cell)) for cell in cells for mark in LIVE if mark in str(cell)}
    return found


def arrived(app: AppTest) -> bool:
    """Whether the page shows any typed word at all, or a test of it would say nothing."""
    return any("evil" in str(getattr(node, "proto", "")) for node in drawn(app._tree))


def checked(app: AppTest) -> AppTest:
    assert not app.exception, [each.value for each in app.exception]
    assert faults(app) == set()
    return app


def test_most_of_the_record_is_hostile() -> None:
    assert len(list(typed_columns())) > 30


PAGES = (
    "home",
    "queue",
    "my_cases",
    "actions",
    "inbox",
    "workload",
    "heatmap",
    "leadership",
    "new_case",
    "people",
    "access",
    "account",
)
CLOSED_TO = {
    "volunteer": {"leadership", "people", "access"},
    "observer": set(PAGES) - {"home", "heatmap", "leadership", "account"},
}


@pytest.mark.parametrize("who", ["lead", "volunteer", "observer"])
def test_every_page_shows_what_was_typed_as_it_was_typed(hostile: Database, app_as: Run, who: str) -> None:
    person, some = id_of(hostile, who), False
    for page in PAGES:
        if page in CLOSED_TO.get(who, set()):
            continue
        app = app_as(person, page)
        app.session_state["home_show_all"] = True
        app.session_state["queue_more_open"] = True
        app.session_state["queue_views_open"] = True
        some |= arrived(checked(draw_all(app.run(), page)))
    assert some


def test_the_page_of_an_organisation_shows_what_was_typed_as_it_was_typed(hostile: Database, app_as: Run) -> None:
    person = id_of(hostile, "lead")
    with hostile.read() as session:
        # A trust with sites, another name and cases; one that took over from another; a site.
        codes = [code for code in session.scalars(select(Organisation.code).order_by(Organisation.id)) if code]
    assert arrived(checked(app_as(person, "organisation")))
    for code in (*codes[:2], codes[-1]):
        assert arrived(checked(app_as(person, "organisation", code=code)))


@pytest.mark.parametrize("who", ["lead", "volunteer"])
def test_every_tab_of_a_case_shows_what_was_typed_as_it_was_typed(hostile: Database, app_as: Run, who: str) -> None:
    person = id_of(hostile, who)
    for reference in cases_of(hostile, person):
        app = app_as(person, "case", ref=reference)
        checked(app)
        titles = tabs_of(app)
        if titles:
            app.session_state[f"opened_{reference}"] = titles
            assert arrived(checked(app.run()))


def test_whoever_is_chosen_among_people_is_shown_as_typed(hostile: Database, app_as: Run) -> None:
    lead = id_of(hostile, "lead")
    for who in ("lead", "volunteer", "observer"):
        for page in ("people", "access"):
            app = app_as(lead, page)
            try:
                field(app, "Person").select(id_of(hostile, who))
                draw_all(app.run(), page)
            except ValueError:
                # Nobody who looked at nothing is listed.
                continue
            checked(app)


def test_a_refusal_with_somebodys_name_shows_it_as_typed(hostile: Database, app_as: Run) -> None:
    """The other person saved first: the refusal names them, and both versions are shown."""
    person = id_of(hostile, "volunteer")
    reference = cases_of(hostile, person)[0]
    app = open_tab(app_as(person, "case", ref=reference), reference, CASE)
    with hostile.write() as session:
        session.execute(update(Case).where(Case.reference == reference).values(version=Case.version + 1))
    press(app, "Save update")
    assert "after you opened it" in seen(app)
    checked(app)


def test_what_an_action_says_once_it_is_offered_shows_names_as_typed(hostile: Database, app_as: Run) -> None:
    person = id_of(hostile, "volunteer")
    with hostile.read() as session:
        mine = select(Action.id).where(Action.owner_id == person, Action.done_at.is_(None)).order_by(Action.due_on)
        chosen = session.scalars(mine).first()
        others = session.scalars(select(Volunteer.id).where(Volunteer.active, Volunteer.id != person)).all()
    app = app_as(person, "actions")
    app.session_state[action_forms.OPEN] = (action_forms.HAND, chosen)
    to = field(app.run(), "Hand over to")
    to.select(next(id for id in others if to.format_func(id) in to.options))
    press(app, "Offer the action")
    assert any("Offered to" in toast.value for toast in app.toast)
    checked(app)


@given(
    st.lists(
        st.sampled_from([*"ab*_`[]()$~<>#+-.!|:&^=\\\n1 /@", "http://", "www.", ":material/home:", ":red[a]"]),
        max_size=40,
    ).map("".join)
)
def test_escaped_words_hold_nothing_that_becomes_something(typed: str) -> None:
    for escaped in (text.plain(typed), text.sentence(typed)):
        bare = re.sub(r"\\.", "·", escaped).replace(text.NOTHING, "␣")
        assert not re.search(r"(?i)[*_`\[\]<~$]|:[a-zA-Z]|[^␣]://|www\.|(?<!␣)@", bare)
        # Icons and emoji are looked for after escapes are undone.
        assert not re.search(r"¦\w", re.sub(r"\\(.)", lambda found: "¦" if found[1] == ":" else "·", escaped))
        assert "\u2060" not in escaped
        assert not re.search(r"(?m)^\s*(#|>|[-+]\s|\d+[.)]\s)", bare)
    spoken = "The name Ann is taken (7 days): choose another, at 10:15. Nothing is lost."
    assert text.sentence(spoken) == spoken
