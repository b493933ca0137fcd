"""Messages no browser of ours sends, over a real websocket: choices never offered, other people's cases."""

import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from dashboard.case import quick_update
from dashboard.case.parts import ACTIONS, CASE, FINDINGS, PROCESSES, TEAM
from db.commands.drafts import keep_draft
from tests.bench.client import RunFailed, Tab
from tests.browser.server import COOKIE, Server
from tests.db.helpers import everything

NEVER, DAY = "never offered by any form", "2150-01-01"
CHOICES = {"selectbox", "multiselect", "button_group", "radio"}
BROKE = "Something went wrong"
TABS = (CASE, ACTIONS, PROCESSES, FINDINGS, TEAM)
# The end of a widget’s id: the key of its form, how often that was saved, and the field.
FORM = re.compile(r"-(\w+?_\d+)_\w+$")
# Page, its address, and the tabs to open. A person's own password and sessions are left alone.
PAGES = (
    ("volunteer", "case", "ref={case}", TABS),
    ("lead", "case", "ref={case}", TABS),
    ("volunteer", "my-cases", "", ()),
    ("volunteer", "new-case", "", ()),
)


def signed_in(server: Server, person: str) -> Tab:
    port = urlsplit(server.url).port
    assert port is not None
    return Tab(port, f"{COOKIE}={server.cookie_of(person)}")


def form_in(id: str) -> str:
    """The form that a widget belongs to, by its key."""
    found = FORM.search(id)
    return found[1] if found else ""


def forms_of(tab: Tab) -> dict[str, str]:
    """{form: the words on the button that sends it} of all that is drawn."""
    buttons = [(form_in(id), drawn.label) for id, (kind, drawn) in tab.widgets.elements.items() if kind == "button"]
    return {form: label for form, label in reversed(buttons) if form}


def forge(tab: Tab, form: str) -> int:
    """Puts in every choice and day of a form what was never offered; returns how many there are."""
    forged = 0
    for id, (kind, _drawn) in tab.widgets.elements.items():
        if form_in(id) != form:
            continue
        if kind in CHOICES or kind == "date_input":
            value = DAY if kind == "date_input" else NEVER
            tab.widgets._values[id] = value if kind in {"selectbox", "radio"} else [value]
            forged += 1
        elif kind in {"text_input", "text_area"}:
            tab.widgets._values[id] = "ordinary words"
    return forged


def attempts(server: Server, person: str, page: str, query: str, tabs: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(what the button says, what came of it) for every form of the page that has a choice."""
    with closing(signed_in(server, person)) as tab:
        tab.open()
        drawn(tab, page, query, tabs)
        for form, label in forms_of(tab).items():
            try:
                drawn(tab, page, query, tabs)
                if form in forms_of(tab) and forge(tab, form):
                    tab.widgets._pressed = next(
                        id
                        for id, (kind, button) in tab.widgets.elements.items()
                        if kind == "button" and form_in(id) == form and button.label == label
                    )
                    tab.rerun()
                    yield label, "saved with what was offered"
            except RunFailed as told:
                yield label, str(told)


def drawn(tab: Tab, page: str, query: str, tabs: tuple[str, ...]) -> None:
    tab.open(page, query)
    for name in tabs:
        tab.widgets.switch_tab(name)
        tab.rerun()
    tab.widgets.unfold()
    tab.rerun()


@pytest.mark.parametrize(("person", "page", "query", "tabs"), PAGES, ids=lambda value: str(value)[:12])
def test_forged_choices_never_land_and_break_no_page(
    server: Server, case: str, person: str, page: str, query: str, tabs: tuple[str, ...]
) -> None:
    with server.database.log() as session:
        # My cases opens by itself the update that was begun.
        typed = {"what_changed": "Half a sentence"}
        keep_draft(session, actor_id=server.id_of("volunteer"), reference=case, form=quick_update.FORM, typed=typed)
    came = dict(attempts(server, person, page, query.format(case=case), tabs))
    assert came
    assert not [label for label, told in came.items() if BROKE in told], came
    rows = str(everything(server.database))
    assert NEVER not in rows
    assert DAY not in rows
    assert BROKE not in server.log.read_text()
