"""The heatmap page: as each role, empty, filtered from the URL, logged for a lead."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db.choices import AuditAction, Dimension, Evidence
from db.commands.findings import add_finding
from db.engine import Database
from db.models import AccessLog
from tests.factories import Casework


@pytest.fixture
def found(app_casework: Casework) -> Casework:
    with app_casework.database.write() as session:
        for code in ("P04", "U06"):
            add_finding(
                session, actor_id=app_casework.lead, reference=app_casework.reference, code=code,
                evidence=Evidence.REPORTED, case_process_id=None, quarter="2024Q2", note="",
            )  # fmt: skip
    return app_casework


def told(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.warning, *app.caption))


def shown(app: AppTest, finding: str) -> list[str]:
    """A line of the table that goes with the chart."""
    table = app.dataframe[0].value
    return [str(number) for name, line in table.iterrows() if name == finding for number in line]


@pytest.mark.parametrize("who", ["lead", "on_case", "off_case", "in_conflict", "observer"])
def test_without_findings_it_says_so(app_casework: Casework, app_as: Callable[..., AppTest], who: str) -> None:
    app = app_as(getattr(app_casework, who), "heatmap")
    assert not app.exception
    assert "No findings to show" in told(app)


def test_a_lead_sees_exact_numbers_marked_and_logged_once(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.lead, "heatmap")
    app.run()
    assert "Not for sharing" in told(app)
    assert shown(app, "P04 Delay") == ["1", "1"]
    with found.database.read() as session:
        logged = session.scalars(select(AccessLog.actor_id).where(AccessLog.action == AuditAction.RAW_HEATMAP)).all()
    assert logged == [found.lead]


@pytest.mark.parametrize("who", ["on_case", "off_case"])
def test_a_volunteer_sees_released_numbers(found: Casework, app_as: Callable[..., AppTest], who: str) -> None:
    app = app_as(getattr(found, who), "heatmap")
    assert not app.exception
    assert shown(app, "P04 Delay") == ["*", "*"]
    assert "Not for sharing" not in told(app)


def test_behind_the_wall_there_is_nothing(found: Casework, app_as: Callable[..., AppTest]) -> None:
    assert "No findings to show" in told(app_as(found.in_conflict, "heatmap"))


def test_an_observer_chooses_only_the_two_sides(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.observer, "heatmap")
    assert not app.exception
    assert [box.label for box in app.selectbox] == ["Findings against", "Kind of finding"]
    assert not app.multiselect


def test_filters_come_from_the_address(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.lead, "heatmap", heatmap_against="Region", heatmap_kind="Points of unfairness")
    assert app.dataframe[0].value.columns.tolist() == ["All", "London"]
    assert "P04 Delay" not in app.dataframe[0].value.index


def test_an_address_that_makes_no_sense_falls_back(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.lead, "heatmap", heatmap_against="Star sign", heatmap_from="1066Q4", heatmap_process="NOPE")
    assert not app.exception
    assert app.selectbox(key="heatmap_against").value == Dimension.BODY_KIND


def test_a_filter_that_leaves_nothing_says_so(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.lead, "heatmap")
    app.multiselect(key="heatmap_evidence").select(Evidence.FOUND).run()
    assert "No findings to show" in told(app)


def test_a_change_by_somebody_else_shows_on_the_next_run(
    found: Casework, app_database: Database, app_as: Callable[..., AppTest]
) -> None:
    app = app_as(found.lead, "heatmap")
    with app_database.write() as session:
        add_finding(
            session, actor_id=found.lead, reference=found.reference, code="S01", evidence=Evidence.REPORTED,
            case_process_id=None, quarter="2024Q2", note="",
        )  # fmt: skip
    app.run()
    assert shown(app, "S01 Unsafe staffing or workload") == ["1", "1"]
