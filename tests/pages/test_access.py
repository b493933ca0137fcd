"""Every page as every role, and as nobody: it opens, or it is not there."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import APP
from tests.factories import Casework
from tests.pages.helpers import case_lists

PAGES = (
    "home",
    "my_cases",
    "queue",
    "new_case",
    "meeting",
    "workload",
    "heatmap",
    "learning",
    "leadership",
    "organisation",
    "people",
    "same_doctor",
    "access",
    "account",
)
LEADS_ONLY = {"organisation", "people", "same_doctor", "access"}
HIDDEN = {
    "off_case": {"leadership", *LEADS_ONLY},
    "on_case": {"leadership", *LEADS_ONLY},
    "observer": {"my_cases", "queue", "new_case", "meeting", "workload", *LEADS_ONLY},
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["lead", "on_case", "off_case", "in_conflict", "observer"])
def test_page_opens_for_its_roles_only(
    app_casework: Casework, app_as: Callable[..., AppTest], page: str, who: str
) -> None:
    person = getattr(app_casework, who)
    app = app_as(person, page)
    assert not app.exception
    is_home = [each.value for each in app.title] == ["Home"]
    # Streamlit says that there is no such page, and shows home.
    assert is_home == (page == "home" or page in HIDDEN.get(who, set()))


@pytest.mark.usefixtures("app_casework")
@pytest.mark.parametrize("page", [*PAGES, "case"])
def test_signed_out_sees_only_the_sign_in_form(page: str) -> None:
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app.switch_page(f"../pages/{page}.py").run()
    assert [field.label for field in app.text_input] == ["Username", "Password"]
    assert not app.table
    assert not case_lists(app)
    assert not app.exception
