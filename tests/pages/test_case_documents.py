"""The documents of a case: noted after a check, opened by a link, withdrawn with a reason."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.case.parts import FINDINGS
from tests.factories import Casework
from tests.pages.helpers import field, open_fold, open_tab, press, seen

Run = Callable[..., AppTest]


def tab(work: Casework, app_as: Run) -> AppTest:
    return open_tab(app_as(work.on_case, "case", ref=work.reference), work.reference, FINDINGS)


def fill(app: AppTest) -> None:
    field(app, "What it is").input("Rule 7 letter")
    field(app, "Link").input("https://papers.example.org/a7")


def test_an_unchecked_paper_is_refused_and_what_was_typed_stays(app_casework: Casework, app_as: Run) -> None:
    app = tab(app_casework, app_as)
    fill(app)
    press(app, "Add document")
    assert "patient details must be redacted" in seen(app)
    assert field(app, "What it is").value == "Rule 7 letter"
    field(app, "I have checked").check()
    press(app, "Add document")
    assert [link.proto.url for link in app.get("link_button")] == ["https://papers.example.org/a7"]
    assert field(app, "What it is").value == ""


def test_a_withdrawn_paper_has_no_link_any_more(app_casework: Casework, app_as: Run) -> None:
    app = tab(app_casework, app_as)
    fill(app)
    field(app, "I have checked").check()
    press(app, "Add document")
    open_fold(app, app_casework.reference, "Withdraw a document")
    field(app, "Document").set_value(1)
    field(app, "Why").input("Wrong letter")
    press(app, "Withdraw")
    assert not app.get("link_button")
    assert "Wrong letter" in seen(app)
