"""A code that another replaced: counted under the new one, marked there, and coded as it was."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

from db import clock
from db.choices import Evidence
from db.commands.findings import add_finding
from db.models import Finding, FindingMapping
from db.queries.heatmap import Heatmap, HeatmapFilters, heatmap
from db.queries.heatmap_cases import heatmap_cases
from db.rising_rows import lines
from tests.db.helpers import rows, run, viewer
from tests.factories import Casework, make_case

CODED: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": "2026Q1", "note": ""}


def test_findings_of_a_replaced_code_count_and_are_found_under_the_new_one(casework: Casework) -> None:
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.body, contact="other@example.org")
    run(casework, add_finding, code="S09", **CODED)
    run(casework, add_finding, casework.lead, reference=other, code="S08", **CODED)
    assert counted(casework) == {"S08 Bullying or incivility tolerated": "1", "S09 Unsafe to speak up": "1"}
    on = date(2026, 3, 31)
    row = FindingMapping(old_code="S09", new_code="S08", changed_on=on, source="x", checked_on=on)
    with casework.database.write() as session:
        session.add(row)
    assert counted(casework) == {"S08 Bullying or incivility tolerated (with S09 until Mar 2026)": "2"}
    lead = viewer(casework, "lead")
    with casework.database.read() as session:
        found = heatmap_cases(session, lead, HeatmapFilters(), "S08", "acute", clock.today())
        assert found.total == 2
        assert {line.code for line in lines(session, lead, clock.today())} == {"S08"}
    assert [one.code for one in rows(casework.database, Finding)] == ["S09", "S08"]


def counted(casework: Casework) -> dict[str, str]:
    with casework.database.read() as session:
        table: Heatmap = heatmap(session, viewer(casework, "lead"), HeatmapFilters())
    return {row.name: row.total for row in table.rows if row.total not in ("", "0")}


def test_one_step_leads_from_each_replaced_code_to_one_that_counts() -> None:
    path = Path(__file__).parents[3] / "db" / "reference" / "finding_mappings.csv"
    with path.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert not {row["new_code"] for row in told} & {row["old_code"] for row in told}
    assert all(row["source"] and row["checked_on"] for row in told)
