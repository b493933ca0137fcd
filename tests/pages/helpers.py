"""Reading and filling pages the way a person does: by the words on the screen."""

import json
import re
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.ui import folds
from dashboard.ui.text import one_of

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


def plain(text: str) -> str:
    """Words as they are read, without what keeps them from being Markdown."""
    return text.replace("\\", "").replace("\u2060", "")


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


def open_tab(app: AppTest, reference: str, name: str, *labels: str) -> AppTest:
    """Opens a tab of the case page and what is folded in it, or only these: each is drawn from then on."""
    app.session_state[f"tabs_{reference}"] = one_of(name)
    app.run()
    [tab] = [tab for tab in app.tabs if tab.label == one_of(name)]
    for fold in tab.expander:
        if not labels or fold.label in labels:
            app.session_state[folds.key(reference, fold.label)] = True
    return app.run()


def open_fold(app: AppTest, reference: str, label: str) -> AppTest:
    """Opens what is folded under this label of the case page."""
    app.session_state[folds.key(reference, label)] = True
    return app.run()


def tabs_of(app: AppTest) -> list[str]:
    """The names of the tabs of a page, as they are opened by."""
    return [tab.label.removeprefix(":blue[").removesuffix("]") for tab in app.tabs]


def case_lists(app: AppTest) -> list[dict[str, Any]]:
    """What each case list was given, as `dashboard/ui/case_list` sends it."""
    told = [json.loads(element.proto.json) for element in _elements(app, "bidi_component") if element.proto.json]
    return [each for each in told if "rows" in each]


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
    parts += [words for listed in case_lists(app) for row in listed["rows"] for words in words_of(row)]
    return "\n".join(str(part) for part in parts)
