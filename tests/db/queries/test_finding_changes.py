"""The heatmap after a change counts what it would count anew, from arrays that were mostly kept."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, update

from db import clock
from db.choices import Dimension, Evidence, Role
from db.commands.findings import add_finding
from db.commands.people import add_volunteer
from db.commands.processes import add_process
from db.commands.recusals import recuse
from db.models import Case, Finding
from db.queries import changed_cases
from db.queries.finding_arrays import FindingArrays
from db.queries.finding_changes import brought_up_to_date
from db.queries.heatmap import HeatmapFilters, heatmap
from tests.db.helpers import run, viewer
from tests.factories import Casework, make_case

CODED: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": "2026Q1", "note": "A note"}


@pytest.fixture
def counted(casework: Casework) -> FindingArrays:
    """Two findings on the case, with every column read."""
    for code in ("S01", "P04"):
        run(casework, add_finding, code=code, **CODED)
    arrays = FindingArrays(with_process=True)
    every(casework, arrays)
    return arrays


def every(casework: Casework, arrays: FindingArrays | None = None) -> list[Any]:
    with casework.database.read() as session:
        looks = [HeatmapFilters(dimension) for dimension in Dimension]
        return [heatmap(session, viewer(casework, "lead"), look, arrays=arrays) for look in looks]


def after(casework: Casework, arrays: FindingArrays) -> FindingArrays:
    with casework.database.read() as session:
        return brought_up_to_date(session, arrays)


def code(casework: Casework) -> None:
    run(casework, add_finding, code="U06", **CODED)


def take_a_case(casework: Casework) -> None:
    with casework.database.write() as session:
        reference = make_case(
            session, actor_id=casework.lead, body=casework.other_body, contact=f"{uuid4()}@example.org"
        )
    run(casework, add_finding, casework.lead, reference=reference, code="S01", **CODED)


def add_a_process(casework: Casework) -> None:
    started = clock.today()
    run(casework, add_process, process="GMC", stage="TRIAGE", organisation_id=None, started_on=started)


def move_the_case(casework: Casework) -> None:
    """As a later command might: another region, with its line in the audit."""
    with casework.database.write() as session:
        session.execute(update(Case).values(region="wales"))
    code(casework)


def raise_a_wall(casework: Casework) -> None:
    run(casework, recuse, casework.lead, volunteer_id=casework.on_case, reason="A friend")


def add_somebody(casework: Casework) -> None:
    with casework.database.write() as session:
        add_volunteer(
            session,
            actor_id=casework.lead,
            name="New Person",
            username="newly",
            email="",
            role=Role.VOLUNTEER,
            pledged_hours=2,
        )


CHANGES = [code, take_a_case, add_a_process, move_the_case, raise_a_wall, add_somebody]


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_every_dimension_counts_as_if_read_anew(
    casework: Casework, counted: FindingArrays, change: Callable[[Casework], None]
) -> None:
    change(casework)
    once = after(casework, counted)
    assert every(casework, once) == every(casework)
    take_a_case(casework)
    assert every(casework, after(casework, once)) == every(casework)


def test_only_findings_of_the_case_that_changed_are_read_again(casework: Casework, counted: FindingArrays) -> None:
    code(casework)
    later = after(casework, counted)
    assert later.kept["cases"] is counted.kept["cases"]
    assert later.kept[Dimension.REGION] is counted.kept[Dimension.REGION]
    assert len(later.kept["findings"].case_id) == 3
    assert len(counted.kept["findings"].case_id) == 2


def test_what_the_audit_does_not_tell_is_read_anew(casework: Casework, counted: FindingArrays) -> None:
    with casework.database.write() as session:
        values = {"code": "S02", "evidence": "reported", "quarter": "2026Q1", "note": "", "doctor_view": "agrees"}
        case = session.scalars(select(func.max(Case.id))).one()
        session.execute(insert(Finding), {**values, "case_id": case, "coded_at": clock.now()})
    assert after(casework, counted).kept == {}


def test_after_more_cases_than_pay_all_is_read_anew(
    casework: Casework, counted: FindingArrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changed_cases, "MOST_CASES", 1)
    code(casework)
    assert after(casework, counted).kept
    take_a_case(casework)
    assert after(casework, counted).kept == {}
