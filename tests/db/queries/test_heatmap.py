"""The exact heatmap: distinct doctors, behind the wall, for leads."""

import itertools
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import insert

from db import clock
from db.access import Viewer
from db.choices import CaseState, Dimension, Evidence, FindingKind, Role
from db.commands.affiliations import add_affiliation
from db.engine import Database
from db.errors import NotAllowed
from db.models import Assignment, Recusal
from db.queries.finding_arrays import FindingArrays
from db.queries.heatmap import Heatmap, HeatmapFilters, heatmap
from db.queries.heatmap_cases import MOST, heatmap_cases
from tests.db.heatmap_record import BODIES, LONG_AGO, Record, fresh_record
from tests.factories import make_volunteer

# docs/domain.md §5: areas down, codes across.
AREAS, CODES = ("london", "midlands", "wales"), ("P04", "U06", "P07")
WORKED = dict(zip(itertools.product(AREAS, CODES), [23, 12, 9, 6, 17, 14, 11, 0, 8], strict=True))


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


def test_exact_numbers_and_free_filters_are_for_leads_only(record: Record) -> None:
    add_worked_example(record)
    for viewer, dimension in itertools.product((record.volunteer, record.observer), Dimension):
        with pytest.raises(NotAllowed):
            record.of(viewer, dimension, state=CaseState.OPEN, evidence=(Evidence.FOUND,))


def test_a_lead_gets_exact_numbers_marked_raw(record: Record) -> None:
    add_worked_example(record)
    table = record.of(record.lead)
    assert [cell(table, *reversed(key)) for key in WORKED] == [str(doctors) for doctors in WORKED.values()]
    assert table.total == "100"
    assert table.is_raw


def test_a_doctor_with_two_cases_counts_once(record: Record) -> None:
    doctor = record.doctor()
    record.case(doctor, "P04", "U06", at=0)
    record.case(doctor, "P04", at=1)
    table = record.of(record.lead)
    assert cell(table, "P04", "london") == "1"
    assert table.total == table.columns[0].total == "1"


def test_barred_cases_are_never_counted_or_listed(record: Record) -> None:
    conflicted = Viewer(make_volunteer(record.session, "con", Role.LEAD), Role.LEAD)
    add_affiliation(
        record.session,
        actor_id=record.lead.id,
        volunteer_id=conflicted.id,
        organisation_id=record.bodies[0],
        started_on=date(2020, 1, 1),
    )
    for n in range(40):
        record.case(None, "P04", at=n % BODIES)
    recused = record.case(None, "S01", at=1)
    record.session.execute(
        insert(Recusal), {"volunteer_id": record.lead.id, "case_id": recused, "reason": "-", "at": LONG_AGO}
    )
    lead = record.of(conflicted)
    assert (cell(lead, "P04", "london"), cell(record.of(record.lead), "P04", "london")) == ("32", "40")
    assert (cell(record.of(record.lead), "S01", "london"), cell(lead, "S01", "london")) == ("0", "1")
    filters = HeatmapFilters(Dimension.REGION)
    assert heatmap_cases(record.session, conflicted, filters, "P04", "london", clock.today()).total == 32
    assert heatmap_cases(record.session, record.lead, filters, "S01", "london", clock.today()).total == 0


def test_rows_and_columns_keep_the_published_order_and_quarters_the_calendar(record: Record) -> None:
    case = record.case(None, "U06", "S14", "P01", region="wales")
    record.case(None, "S01", region="east_of_england")
    record.finding(case, "S01", quarter="2025Q1")
    rows = [line.code for line in record.of(record.lead).rows]
    assert rows == [f"{kind}{n + 1:02}" for kind, many in (("S", 14), ("P", 16), ("U", 16)) for n in range(many)]
    assert [line.code for line in record.of(record.lead).columns] == ["east_of_england", "wales"]
    assert [line.label for line in record.of(record.lead).columns] == ["East of England", "Wales"]
    quarters = [line.code for line in record.of(record.lead, Dimension.QUARTER).columns]
    assert quarters == ["2024Q2", "2024Q3", "2024Q4", "2025Q1"]
    only = record.of(record.lead, kind=FindingKind.PROCEDURAL)
    assert {line.kind for line in only.rows} == {FindingKind.PROCEDURAL}


def test_an_empty_record_gives_an_empty_table(record: Record) -> None:
    for dimension in Dimension:
        table = record.of(record.lead, dimension)
        assert table.is_empty
        assert table.total == "0"
        assert len(table.rows) == 46


def test_arrays_kept_from_one_read_serve_every_viewer_and_dimension(record: Record) -> None:
    add_worked_example(record)
    arrays = FindingArrays(with_process=True)
    other = Viewer(make_volunteer(record.session, "other", Role.LEAD), Role.LEAD)
    for viewer, dimension in itertools.product((record.lead, other), Dimension):
        filters = HeatmapFilters(dimension)
        kept = heatmap(record.session, viewer, filters, arrays=arrays)
        assert kept == heatmap(record.session, viewer, filters)


def test_the_exact_view_says_how_many_it_leaves_out_of_releases_by_what_its_reader_may_see(record: Record) -> None:
    doctor = record.doctor()
    case, barred = record.case(None, "P04"), record.case(doctor, "P04")
    record.case(doctor, "S01")
    for refused in (case, barred):
        record.consent(refused, given=False)
    assert (record.of(record.lead).left_out, record.of(record.lead, kind=FindingKind.SYSTEMIC).left_out) == (2, 1)
    recusal = {"volunteer_id": record.lead.id, "case_id": barred, "reason": "-", "at": LONG_AGO}
    record.session.execute(insert(Recusal), recusal)
    assert (record.of(record.lead).left_out, record.of(record.lead, kind=FindingKind.SYSTEMIC).left_out) == (1, 0)


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
    listed = heatmap_cases(record.session, record.volunteer, filters, "P04", "london", clock.today())
    assert listed.total == 1
    assert [(row.reference, row.opened_on, row.is_full) for row in listed.rows] == [
        ("LNB-000001", date(2024, 1, 2), True)
    ]
    none = heatmap_cases(record.session, record.observer, filters, "P04", "london", clock.today())
    assert (none.total, len(none.rows)) == (0, 0)


def test_a_long_list_is_cut_and_says_how_many_there_are(record: Record) -> None:
    for _ in range(MOST + 3):
        record.case(None, "P04")
    listed = heatmap_cases(
        record.session, record.lead, HeatmapFilters(Dimension.REGION), "P04", "london", clock.today()
    )
    assert (listed.total, len(listed.rows)) == (MOST + 3, MOST)
    days = [row.opened_on for row in listed.rows]
    assert days == sorted(days, reverse=True)
