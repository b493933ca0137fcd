"""The heatmap: distinct doctors, behind the wall, released for all but leads."""

import itertools
import random
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from db import clock
from db.access import Viewer
from db.choices import Dimension, Evidence, FindingKind, Role
from db.commands.affiliations import add_affiliation
from db.engine import Database
from db.models import Assignment, Recusal
from db.queries.finding_arrays import FindingArrays
from db.queries.heatmap import Heatmap, HeatmapFilters, coded_before, heatmap
from db.queries.heatmap_cases import MOST, heatmap_cases
from db.rules.quarters import quarter_before, quarter_of, quarter_start
from tests.db.heatmap_record import BODIES, LONG_AGO, Record, fresh_record
from tests.factories import make_volunteer

# domain.md §5: areas down, codes across.
AREAS, CODES = ("london", "midlands", "wales"), ("P04", "U06", "P07")
WORKED = dict(zip(itertools.product(AREAS, CODES), [23, 12, 9, 6, 17, 14, 11, 0, 8], strict=True))
RELEASED = ["25", "10", "10", "*", "15", "15", "10", "0", "10"]


@pytest.fixture
def record(database: Database) -> Iterator[Record]:
    with fresh_record(database) as made:
        yield made


def cell(table: Heatmap, code: str, column: str) -> str:
    columns = [line.code for line in table.columns]
    rows = [line.code for line in table.rows]
    return table.cells[rows.index(code)][columns.index(column)] if column in columns else "0"


def everything(table: Heatmap) -> list[str]:
    """All that may be shown as a number."""
    totals = [line.total for line in (*table.rows, *table.columns)]
    return [table.total, *totals, *itertools.chain(*table.cells)]


def add_worked_example(record: Record) -> None:
    for (area, code), doctors in WORKED.items():
        for n in range(doctors):
            record.case(None, code, at=n % BODIES, region=area)


def test_the_worked_example_is_released_exactly(record: Record) -> None:
    add_worked_example(record)
    for viewer in (record.volunteer, record.observer):
        table = record.of(viewer)
        assert [cell(table, code, area) for area, code in WORKED] == RELEASED
        assert [line.code for line in table.columns] == list(AREAS)
        assert [line.total for line in table.columns] == ["45", "35", "20"]
        assert {line.code: line.total for line in table.rows if line.code in CODES} == {
            "P04": "40", "U06": "30", "P07": "30",
        }  # fmt: skip
        assert table.total == "100"
        assert "need not add up" in table.note
        assert not table.is_raw


def test_a_lead_gets_exact_numbers_marked_raw(record: Record) -> None:
    add_worked_example(record)
    table = record.of(record.lead)
    assert [cell(table, *reversed(key)) for key in WORKED] == [str(doctors) for doctors in WORKED.values()]
    assert table.total == "100"
    assert table.is_raw


def test_nothing_raw_from_one_to_seven_comes_out(record: Record) -> None:
    chance = random.Random(5)  # noqa: S311
    for _ in range(60):
        case = record.case(None, *chance.sample(CODES, 2), region=chance.choice(AREAS))
        record.ground(case, *chance.sample(["race", "sex", "age"], chance.randint(0, 2)))
    for viewer, dimension in itertools.product((record.volunteer, record.observer), Dimension):
        table = record.of(viewer, dimension)
        for shown in everything(table):
            assert shown in ("0", "*") or (int(shown) >= 10 and int(shown) % 5 == 0)
        assert not re.search(r"['=][1-7]\b", repr(table))


def test_a_doctor_with_two_cases_counts_once(record: Record) -> None:
    doctor = record.doctor()
    record.case(doctor, "P04", "U06", at=0)
    record.case(doctor, "P04", at=1)
    table = record.of(record.lead)
    assert cell(table, "P04", "london") == "1"
    assert table.total == table.columns[0].total == "1"


def test_barred_cases_are_never_counted_or_listed(record: Record) -> None:
    conflicted = [Viewer(make_volunteer(record.session, f"con{role.value}", role), role) for role in Role]
    for viewer in conflicted:
        add_affiliation(
            record.session, actor_id=record.lead.id, volunteer_id=viewer.id, organisation_id=record.bodies[0],
            started_on=date(2020, 1, 1),
        )  # fmt: skip
    for n in range(40):
        record.case(None, "P04", at=n % BODIES)
    recused = record.case(None, "S01", at=1)
    record.session.execute(
        insert(Recusal), {"volunteer_id": record.lead.id, "case_id": recused, "reason": "-", "at": LONG_AGO}
    )
    lead, volunteer, observer = (record.of(viewer) for viewer in conflicted)
    assert cell(lead, "P04", "london") == "32"
    assert cell(volunteer, "P04", "london") == cell(observer, "P04", "london") == "30"
    assert cell(record.of(record.lead), "P04", "london") == cell(record.of(record.volunteer), "P04", "london") == "40"
    assert (cell(record.of(record.lead), "S01", "london"), cell(lead, "S01", "london")) == ("0", "1")
    filters = HeatmapFilters(Dimension.REGION)
    assert heatmap_cases(record.session, conflicted[0], filters, "P04", "london").total == 32
    assert heatmap_cases(record.session, record.lead, filters, "S01", "london").total == 0


def test_few_bodies_behind_a_number_withhold_it(record: Record) -> None:
    for n in range(20):
        record.case(None, "P04", at=n % 2)
        record.case(None, "U06", at=n % BODIES)
    table = record.of(record.volunteer)
    assert (cell(table, "P04", "london"), cell(table, "U06", "london")) == ("*", "20")


def test_rows_and_columns_keep_the_published_order_and_quarters_the_calendar(record: Record) -> None:
    case = record.case(None, "U06", "S14", "P01", region="wales")
    record.case(None, "S01", region="east_of_england")
    record.finding(case, "S01", quarter="2025Q1")
    rows = [line.code for line in record.of(record.volunteer).rows]
    assert rows == [f"{kind}{n:02}" for kind in "SPU" for n in range(1, 15)]
    assert [line.code for line in record.of(record.volunteer).columns] == ["east_of_england", "wales"]
    assert [line.label for line in record.of(record.volunteer).columns] == ["East of England", "Wales"]
    quarters = [line.code for line in record.of(record.volunteer, Dimension.QUARTER).columns]
    assert quarters == ["2024Q2", "2024Q3", "2024Q4", "2025Q1"]
    only = record.of(record.volunteer, kind=FindingKind.PROCEDURAL)
    assert {line.kind for line in only.rows} == {FindingKind.PROCEDURAL}


def test_an_empty_record_gives_an_empty_table(record: Record) -> None:
    for viewer, dimension in itertools.product((record.lead, record.volunteer, record.observer), Dimension):
        table = record.of(viewer, dimension)
        assert table.is_empty
        assert table.total == "0"
        assert len(table.rows) == 42


def test_an_observer_gets_complete_quarters_as_they_stood_and_no_filters(record: Record) -> None:
    now = quarter_of(clock.today())
    for _ in range(30):
        record.case(None, "P04")
    for _ in range(20):
        case = record.case()
        record.finding(case, "U06", coded_at=clock.now())
        record.finding(case, "S01", quarter=now)
        record.finding(case, "S02", quarter=quarter_before(now), coded_at=LONG_AGO)
    narrowed: dict[str, Any] = {"process": "GMC", "evidence": (Evidence.FOUND,), "period_from": now}
    for table in (record.of(record.observer), record.of(record.observer, **narrowed)):
        shown = {line.code: line.total for line in table.rows if line.total != "0"}
        assert shown == {"P04": "30", "S02": "20"}
    assert record.of(record.volunteer).rows[0].total == "20"
    start = coded_before(record.observer)
    assert start is not None
    assert start.date() == quarter_start(now)
    assert coded_before(record.volunteer) is None


def test_arrays_kept_from_one_read_serve_every_viewer_and_dimension(record: Record) -> None:
    add_worked_example(record)
    arrays = FindingArrays(with_process=True)
    for viewer, dimension in itertools.product((record.lead, record.volunteer), Dimension):
        filters = HeatmapFilters(dimension)
        kept = heatmap(record.session, viewer, filters, arrays=arrays)
        assert kept == heatmap(record.session, viewer, filters)


def test_a_case_added_after_the_findings_were_read_is_left_out(record: Record) -> None:
    record.case(None, "P04")
    arrays = FindingArrays()
    arrays.cases(record.session)
    record.case(None, "P04")
    table = heatmap(record.session, record.lead, HeatmapFilters(Dimension.REGION), arrays=arrays)
    assert cell(table, "P04", "london") == "1"


def test_a_volunteer_is_listed_only_their_own_cases_and_an_observer_none(record: Record) -> None:
    own, _other = record.case(None, "P04"), record.case(None, "P04")
    place = {"case_id": own, "volunteer_id": record.volunteer.id, "role": "lead", "status": "accepted"}
    record.session.execute(insert(Assignment), {**place, "offered_at": LONG_AGO, "reason": "-"})
    filters = HeatmapFilters(Dimension.REGION)
    listed = heatmap_cases(record.session, record.volunteer, filters, "P04", "london")
    assert listed.total == 1
    assert listed.rows.to_dict("records") == [{
        "reference": "LNB-000001", "stage": "active", "opened_on": date(2024, 1, 2), "region": "london",
        "body_kind": "acute",
    }]  # fmt: skip
    none = heatmap_cases(record.session, record.observer, filters, "P04", "london")
    assert (none.total, len(none.rows)) == (0, 0)
    assert list(none.rows.columns) == list(listed.rows.columns)


def test_a_long_list_is_cut_and_says_how_many_there_are(record: Record) -> None:
    for _ in range(MOST + 3):
        record.case(None, "P04")
    listed = heatmap_cases(record.session, record.lead, HeatmapFilters(Dimension.REGION), "P04", "london")
    assert (listed.total, len(listed.rows)) == (MOST + 3, MOST)
    assert listed.rows["opened_on"].is_monotonic_decreasing
