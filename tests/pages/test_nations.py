"""Processes and rules are offered by the nation of the organisation; another nation's only on purpose, marked so."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, update
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import ACTIONS, PROCESSES
from db.card import refresh_cards
from db.models import Case, CaseProcess, ProcessEvent
from tests.factories import Casework
from tests.pages.helpers import field, open_tab, press

Run = Callable[..., AppTest]
OTHERS = "Show other nations’ processes"
ENGLANDS = "MHPS: local conduct, capability or health"
IT = "Industrial tribunal (Northern Ireland)"


def in_nation(work: Casework, nation: str, *, process: str | None = None) -> None:
    with work.database.write() as session:
        session.execute(update(Case).values(nation=nation))
        if process is None:
            session.execute(delete(ProcessEvent))
            session.execute(delete(CaseProcess))
        refresh_cards(session, Case.id > 0)


def processes(work: Casework, app_as: Run) -> AppTest:
    app = app_as(work.on_case, "case", ref=work.reference)
    return open_tab(app, work.reference, PROCESSES)


@pytest.mark.parametrize(
    ("nation", "own", "others"),
    [
        ("england", [ENGLANDS, "Employment tribunal"], [IT, "UPSW: local conduct, capability or health (Wales)"]),
        ("wales", ["UPSW: local conduct, capability or health (Wales)", "Employment tribunal"], [ENGLANDS, IT]),
        ("scotland", ["Fatal accident inquiry"], [ENGLANDS, "Inquest", IT]),
        ("northern_ireland", [IT], [ENGLANDS, "Employment tribunal", "Inquest"]),
    ],
)
def test_a_nations_own_processes_and_no_others(
    app_casework: Casework, app_as: Run, nation: str, own: list[str], others: list[str]
) -> None:
    in_nation(app_casework, nation)
    offered = field(processes(app_casework, app_as), "Process").options
    assert set(own) <= set(offered)
    assert "GMC: fitness to practise" in offered
    assert not set(others) & set(offered)


def test_another_nations_process_is_marked_and_can_be_added(app_casework: Casework, app_as: Run) -> None:
    in_nation(app_casework, "wales")
    app = processes(app_casework, app_as)
    field(app, OTHERS).check().run()
    offered = field(app, "Process").options
    assert f"{ENGLANDS} (only England)" in offered
    assert "Inquest" in offered
    field(app, "Process").set_value("MHPS").run()
    press(app, "Add process")
    assert not app.exception
    with app_casework.database.read() as session:
        assert session.query(CaseProcess).one().process == "MHPS"


@pytest.mark.parametrize("nation", ["not_stated", "overseas"])
def test_everything_is_offered_where_the_nation_says_nothing(app_casework: Casework, app_as: Run, nation: str) -> None:
    in_nation(app_casework, nation)
    app = processes(app_casework, app_as)
    assert {ENGLANDS, IT} <= set(field(app, "Process").options)
    assert not [box for box in app.checkbox if box.label == OTHERS]


def test_rules_of_another_nation_are_offered_only_on_purpose(app_casework: Casework, app_as: Run) -> None:
    in_nation(app_casework, "northern_ireland")
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    open_tab(app, app_casework.reference, ACTIONS)
    offered = field(app, "Rule").options
    assert "IT: Industrial tribunal claim: three months less a day" in offered
    assert not [rule for rule in offered if rule.startswith(("ET:", "MHPS:"))]
    field(app, OTHERS).check().run()
    assert (
        "ET: Tribunal claim: three months less a day (only England, Scotland and Wales)" in field(app, "Rule").options
    )


def test_a_process_of_another_nation_keeps_its_rules_marked(app_casework: Casework, app_as: Run) -> None:
    in_nation(app_casework, "scotland", process="MHPS")
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    open_tab(app, app_casework.reference, ACTIONS)
    assert "MHPS: Formal exclusion: review before renewal (only England)" in field(app, "Rule").options


def test_a_new_case_offers_what_fits_its_organisation(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "new_case")
    assert {ENGLANDS, IT} <= set(field(app, "What is the doctor facing?").options)
