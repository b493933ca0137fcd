"""Reading and filling pages the way a person does: by the words on the screen."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import PANEL
from dashboard.ui import folds
from dashboard.ui.text import NOTHING, one_of
from db import clock
from db.choices import Contact, Wellbeing
from db.commands.update_status import update_status
from db.engine import Database
from db.models import Case
from tests.engines import name_anew
from tests.factories import Casework

KINDS = (
    "text_input",
    "text_area",
    "selectbox",
    "multiselect",
    "date_input",
    "checkbox",
    "button_group",
    "radio",
    "number_input",
)


def hold_instead(database: Database, template: Path) -> Database:
    """The app's own database, on SQLite, with all that the template holds, and nothing else."""
    with sqlite3.connect(template) as source, sqlite3.connect(str(database.engine.url.database)) as target:
        source.backup(target)
    name_anew(database)
    return database


def plain(text: str) -> str:
    """Words as they are read, without what keeps them from being Markdown."""
    return text.replace(NOTHING, "").replace("\\", "")


def _elements(app: AppTest, kind: str) -> list[Any]:
    return list(app.get(kind))


def field(app: AppTest, label: str, *, nth: int = 0) -> Any:
    """The nth input of just this label, else of a label that begins with these words."""
    labelled = [
        (str(getattr(element, "label", "")).replace(" *", ""), element)
        for kind in KINDS
        for element in _elements(app, kind)
    ]
    found = [element for words, element in labelled if words == label]
    found = found or [element for words, element in labelled if words.startswith(label)]
    assert len(found) > nth, (
        f"no field {label!r} on the page; there are {[e.label for k in KINDS for e in _elements(app, k)]}"
    )
    return found[nth]


def labelled(app: AppTest, label: str) -> list[Any]:
    """The buttons with just this label, as it is seen: without what only a screen reader reads."""
    return [button for button in app.button if re.sub(r"!\[.*?\]\(data:.*?\)", "", button.label) == label]


def press(app: AppTest, label: str) -> AppTest:
    """As a person does, who can't press what is greyed."""
    buttons = [button for button in labelled(app, label) if not button.disabled]
    assert buttons, f"no button {label!r}; there are {[button.label for button in app.button]}"
    pressed: AppTest = buttons[0].click().run()
    return pressed


def unfold(app: AppTest, key: str) -> AppTest:
    """Opens what is drawn only once it is opened."""
    app.session_state[key] = True
    return app.run()


def open_tab(app: AppTest, reference: str, name: str, *labels: str) -> AppTest:
    """Opens a tab of the case page and what is folded in it, or only these: each is drawn from then on."""
    app.session_state[f"part_{reference}"] = name
    app.run()
    for fold in part_in_view(app).expander:
        if not labels or fold.label in labels:
            app.session_state[folds.key(reference, fold.label)] = True
    return app.run()


def part_in_view(app: AppTest) -> Any:
    """Of a case: what its tabs show."""
    [part] = [block for block in _blocks(app.main) if f"{PANEL}_shown" in str(getattr(block.proto, "id", ""))]
    return part


def _blocks(block: Any) -> Iterator[Any]:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _blocks(child)


def open_fold(app: AppTest, reference: str, label: str) -> AppTest:
    """Opens what is folded under this label of the case page."""
    app.session_state[folds.key(reference, label)] = True
    return app.run()


def open_part(app: AppTest, about: str, title: str) -> AppTest:
    """Opens a tab of a page that is not a case."""
    app.session_state[folds.tab_key(about)] = one_of(title)
    return app.run()


def open_folds(app: AppTest, *labels: str) -> AppTest:
    """Opens what is folded under labels that begin with these, whatever it is about."""
    for label in labels:
        [key] = [_key(fold) for fold in app.expander if fold.label.startswith(label)]
        app.session_state[key] = True
    return app.run()


def _key(fold: Any) -> str:
    return str(fold.proto.id).split("-", 2)[-1]


def draw_all(app: AppTest, about: str) -> AppTest:
    """As if every tab and fold of a page had been opened, and what is folded in them too."""
    while True:
        every = {folds.key(about, title) for title in tabs_of(app)} | {_key(fold) for fold in app.expander}
        drawn: set[str] = app.session_state.get(folds.DRAWN, set())
        if every <= drawn:
            return app
        app.session_state[folds.DRAWN] = drawn | every
        app.run()


def tabs_of(app: AppTest) -> list[str]:
    """The names of the tabs of a page, as they are opened by."""
    names = [tab.label.removeprefix(":blue[").removesuffix("]") for tab in app.tabs]
    bars = (json.loads(each.proto.json) for each in _elements(app, "bidi_component") if '"panel"' in each.proto.json)
    return names + [name for bar in bars if bar["panel"] for name, _ in bar["options"]]


def is_component(drawn: Any, name: str) -> bool:
    """A component of our own, whose full name changes with its files."""
    return str(drawn.component_name).rpartition("_")[0] == name


def rows_of(app: AppTest, component: str) -> list[dict[str, Any]]:
    """The rows of a list that is drawn by a component of our own, in the order shown."""
    data = [
        json.loads(each.proto.json) for each in _elements(app, "bidi_component") if is_component(each.proto, component)
    ]
    return [row for one in data for row in one["rows"]]


def press_row(app: AppTest, words: str, *, about: str = "", nth: int = 0) -> AppTest:
    """A button of a list that a component of our own draws: by its words, and words in what a screen reader says."""
    found = [
        (each.proto.id, f"{button['n']} {row['ref']}")
        for each in _elements(app, "bidi_component")
        if '"rows"' in each.proto.json
        for row in json.loads(each.proto.json)["rows"]
        for button in buttons_of(row)
        if button["w"] == words and about in button["l"] and not button["s"]
    ]
    assert len(found) > nth, f"no button {words!r} about {about!r} on a list"
    return _send(app, *found[nth])


def press_forged(app: AppTest, value: object, event: str = "pressed") -> AppTest:
    """What a browser might send in the name of a list."""
    component = next(each.proto.id for each in _elements(app, "bidi_component") if '"rows"' in each.proto.json)
    return _send(app, component, value, event)


def pick(app: AppTest, bar: str, code: object) -> AppTest:
    """One of a bar of choices, by what the bar is called; or what a browser might send in its name."""
    [found] = [
        each.proto.id
        for each in _elements(app, "bidi_component")
        if is_component(each.proto, "lnb.choices") and json.loads(each.proto.json)["label"] == bar
    ]
    return _send(app, found, code, "picked")


def _send(app: AppTest, component: str, value: object, event: str = "pressed") -> AppTest:
    states = app._tree.get_widget_states()
    pressed = states.widgets.add()
    pressed.id = _make_trigger_id(component, "events")
    pressed.json_trigger_value = json.dumps([{"event": event, "value": value}])
    # AppTest knows no such component, and would send nothing for it.
    app._tree.get_widget_states = lambda: states  # type: ignore[method-assign]
    return app.run()


def every_row(app: AppTest) -> list[dict[str, Any]]:
    lists = [each.proto.json for each in _elements(app, "bidi_component") if '"rows"' in each.proto.json]
    return [row for one in lists for row in json.loads(one)["rows"]]


def buttons_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    steps = [button for step in row.get("steps", []) for button in step["b"]]
    return [*steps, *row.get("apart", []), *row.get("buttons", [])]


def case_lists(app: AppTest) -> list[dict[str, Any]]:
    """What each case list was given, as `dashboard/ui/case_list` sends it."""
    told = [json.loads(element.proto.json) for element in _elements(app, "bidi_component") if element.proto.json]
    return [each for each in told if "rows" in each]


def counts_of(app: AppTest) -> list[dict[str, Any]]:
    """The numbers in a row on Home."""
    named = [each.proto.json for each in _elements(app, "bidi_component") if '"counts"' in each.proto.json]
    return [count for one in named for count in json.loads(one)["counts"]]


def listed(app: AppTest) -> list[str]:
    """The references in the first case list of the page, in order."""
    return [row["ref"] for row in case_lists(app)[0]["rows"]] if case_lists(app) else []


def words_of(told: Any) -> list[str]:
    """Every string in it."""
    if isinstance(told, str):
        return [told]
    if isinstance(told, dict):
        return [words for value in told.values() for words in words_of(value)]
    return [words for value in told for words in words_of(value)] if isinstance(told, list) else []


def seen(app: AppTest) -> str:
    """Everything a person reads on the page, in one text."""
    kinds = ("markdown", "caption", "code", "error", "warning", "title", "header", "subheader", "toast")
    parts = [element.value for kind in kinds for element in _elements(app, kind)]
    parts += [frame.value.to_csv() for frame in app.dataframe]
    parts += [table.value.to_csv() for table in _elements(app, "table")]
    parts += [str(link.proto) for link in _elements(app, "page_link")]
    parts += [words for count in counts_of(app) for words in words_of(count)]
    parts += [words for listed in case_lists(app) for row in listed["rows"] for words in words_of(row)]
    return "\n".join(str(part) for part in parts)


def save_an_update(casework: Casework, who: int, text: str) -> None:
    """On the only case, as somebody else may do meanwhile."""
    with casework.database.write() as session:
        version = session.scalars(select(Case.version)).one()
        update_status(
            session,
            actor_id=who,
            reference=casework.reference,
            seen_version=version,
            what_changed=text,
            contact=Contact.REACHED,
            wellbeing=Wellbeing.SAME,
            next_action="Ring",
            action_owner_id=who,
            action_due_on=clock.today(),
        )
