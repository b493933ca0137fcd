"""Selections on the heatmap that no browser of ours sends: set aside, and the page goes on."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.bench.client import RunFailed, Tab
from tests.bench.widgets import Triggered
from tests.browser.server import Server
from tests.browser.test_forged_messages import BROKE, signed_in

CHARTS, TABLE = ("vega_lite_chart", "arrow_vega_lite_chart"), "lnb.number_table"
NEVER = "never offered by any list"


def told(selection: Any) -> str:
    return json.dumps({"selection": selection})


def picked(value: Any) -> str:
    return json.dumps([{"event": "picked", "value": value}])


IN_CHART = (
    told({"cell": [{"row": NEVER, "column": NEVER}]}),
    told({"cell": [{}]}),
    told({"cell": [{"row": ["P04"], "column": {"x": 1}}]}),
    told({"cell": {"row": "P04"}}),
    told({"cell": "P04"}),
    told({"cell": [7, None, "x"]}),
    told({"other": []}),
    told([]),
    told(None),
    told("x"),
    "{}",
    "[]",
    "5",
    "null",
    "not JSON at all",
)
IN_TABLE = (
    picked([NEVER, NEVER]),
    picked(["P04"]),
    picked(["P04", NEVER]),
    picked(["P04", None]),
    picked([None, None]),
    picked([["P04"], {"x": 1}]),
    picked({"row": "P04", "column": "acute"}),
    picked("P04"),
    picked(7),
    picked(None),
    json.dumps([{"event": "picked"}]),
    json.dumps([{"event": ["picked"], "value": 1}]),
    json.dumps([{"value": ["P04", "acute"]}]),
    json.dumps([{"event": NEVER, "value": ["P04", "acute"]}]),
    "[]",
    "null",
    "not JSON at all",
)


def heatmap(server: Server, who: str) -> Tab:
    tab = signed_in(server, who)
    tab.open()
    tab.open("heatmap")
    return tab


def drawn(tab: Tab, *kinds: str) -> list[str]:
    """The ids of elements of these kinds, or components of our own of these names."""
    return [
        id
        for id, (kind, element) in tab.widgets.elements.items()
        if kind in kinds or getattr(element, "component_name", "").rpartition("_")[0] in kinds
    ]


def outcomes(server: Server, who: str) -> Iterator[tuple[str, str]]:
    """What was sent, and what broke; empty where the page went on."""
    # An observer selects nothing, and lists no cases.
    selected = () if who == "observer" else ((CHARTS, IN_CHART), ((TABLE,), IN_TABLE))
    for kinds, forged in selected:
        for value in forged:
            with closing(heatmap(server, who)) as tab:
                id = drawn(tab, *kinds)[0]
                if TABLE in kinds:
                    tab.widgets._values[f"$$STREAMLIT_INTERNAL_KEY_{id}__events"] = Triggered(value)
                else:
                    tab.widgets._values[id] = value
                yield value, attempt(tab)
    with closing(heatmap(server, who)) as tab:
        lists = drawn(tab, "selectbox", "multiselect", "radio")
    for place in range(len(lists)):
        for value in (NEVER, "", "\x00", "x" * 100_000):
            with closing(heatmap(server, who)) as tab:
                id = drawn(tab, "selectbox", "multiselect", "radio")[place]
                kind = tab.widgets.elements[id][0]
                tab.widgets._values[id] = [value] if kind == "multiselect" else value
                yield f"{kind} {place} {value[:20]!r}", attempt(tab)


def attempt(tab: Tab) -> str:
    try:
        tab.rerun()
        tab.rerun()
    except RunFailed as failure:
        return str(failure)
    return "" if "heatmap_against" in str(list(tab.widgets.elements)) else "nothing is drawn"


@pytest.mark.parametrize("who", ["lead", "volunteer", "observer"])
def test_a_forged_selection_breaks_no_page(server: Server, who: str) -> None:
    came = dict(outcomes(server, who))
    assert {value[:80]: broke for value, broke in came.items() if broke} == {}
    assert BROKE not in server.log.read_text()


@pytest.mark.parametrize("who", ["lead", "volunteer", "observer"])
def test_an_address_that_was_never_offered_falls_back(server: Server, who: str) -> None:
    names = ("against", "kind", "period", "release", "from", "to", "evidence", "cases", "process", "show", "only_told")
    with closing(signed_in(server, who)) as tab:
        tab.open()
        for value in (NEVER, "%00", "%ED%A0%80", "1066Q4", "all"):
            tab.open("heatmap", "&".join(f"heatmap_{name}={value}" for name in names))
            assert tab.widgets.find("selectbox", "Findings against"), value
