"""The heatmap by organisation: the ones with the most doctors, the others together, none of the lead's own family."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from db import clock
from db.access import Viewer
from db.choices import RELEASED_DIMENSIONS, Dimension, Role
from db.commands.affiliations import add_affiliation
from db.commands.bodies import refresh_kin
from db.engine import Database
from db.models import Organisation
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_cases import heatmap_cases
from db.queries.heatmap_organisations import AT, MOST, OTHERS
from tests.db.heatmap_record import Record, fresh_record
from tests.factories import make_body, make_volunteer

BY_ORGANISATION = HeatmapFilters(Dimension.ORGANISATION)


@pytest.fixture
def record(database: Database) -> Iterator[Record]:
    with fresh_record(database) as made:
        yield made


def columns(table: Heatmap) -> dict[str, str]:
    return {line.code: line.total for line in table.columns}


def behind(record: Record, viewer: Viewer, table: Heatmap, column: str) -> int:
    beside = tuple(line.code for line in table.columns)
    return heatmap_cases(record.session, viewer, BY_ORGANISATION, "P04", column, clock.today(), beside).total


def lead_at(record: Record, body: int, *, ended_on: date | None = None) -> Viewer:
    person = make_volunteer(record.session, "con", Role.LEAD)
    told: dict[str, Any] = {"organisation_id": body, "started_on": date(2010, 1, 1), "ended_on": ended_on}
    add_affiliation(record.session, actor_id=record.lead.id, volunteer_id=person, **told)
    return Viewer(person, Role.LEAD)


def test_each_organisation_is_a_column_the_most_doctors_first(record: Record) -> None:
    for at, many in ((0, 1), (1, 3), (2, 2)):
        for _ in range(many):
            record.case(None, "P04", at=at)
    record.case(None, "P04", organisation_id=None)
    table = record.of(record.lead, Dimension.ORGANISATION)
    assert columns(table) == {"at:EX001": "3", "at:EX002": "2", "at:EX000": "1", "": "1"}
    assert [line.label for line in table.columns][::3] == ["Example Acute Trust EX001", "Not matched yet"]
    assert [behind(record, record.lead, table, code) for code in columns(table)] == [3, 2, 1, 1]


def test_a_doctor_with_many_findings_does_not_bring_an_organisation_forward(record: Record) -> None:
    record.case(None, "P04", "P05", "P06", "S01", at=0)
    for _ in range(2):
        record.case(None, "P04", at=1)
    assert list(columns(record.of(record.lead, Dimension.ORGANISATION))) == ["at:EX001", "at:EX000"]


def test_beyond_the_first_all_others_are_one_column(record: Record) -> None:
    bodies = [make_body(record.session, f"MANY{n:02}") for n in range(MOST + 3)]
    for number, body in enumerate(bodies):
        for _ in range(2 if number < MOST else 1):
            record.case(None, "P04", organisation_id=body)
    record.case(None, "P04", organisation_id=None)
    table = record.of(record.lead, Dimension.ORGANISATION)
    assert len(table.columns) == MOST + 2
    assert (columns(table)[OTHERS], columns(table)[""]) == ("3", "1")
    assert (behind(record, record.lead, table, OTHERS), behind(record, record.lead, table, "")) == (3, 1)
    assert table.total == str(2 * MOST + 4)


def test_organisations_of_one_name_are_told_apart(record: Record) -> None:
    for code in ("TWIN1", "TWIN2"):
        record.case(None, "P04", organisation_id=make_body(record.session, code, name="Example Twin"))
    labels = [line.label for line in record.of(record.lead, Dimension.ORGANISATION).columns]
    assert labels == ["Example Twin (TWIN1)", "Example Twin (TWIN2)"]


@pytest.mark.parametrize("belongs", ["own", "parent", "site"])
def test_a_leads_own_family_has_no_column_whatever_may_still_be_seen_there(record: Record, belongs: str) -> None:
    own = record.bodies[0]
    parent, site = make_body(record.session, "PARENT"), make_body(record.session, "SITE", parent_id=own)
    record.session.get_one(Organisation, own).parent_id = parent
    refresh_kin(record.session)
    # So long ago that cases opened since may be seen.
    lead = lead_at(record, {"own": own, "parent": parent, "site": site}[belongs], ended_on=date(2011, 1, 1))
    record.case(None, "P04", at=0)
    record.case(None, "P04", at=1)
    table = record.of(lead, Dimension.ORGANISATION)
    assert columns(table) == {"at:EX001": "1", OTHERS: "1"}
    assert behind(record, lead, table, OTHERS) == 1
    assert behind(record, lead, table, f"{AT}EX000") == 0
    assert columns(record.of(record.lead, Dimension.ORGANISATION)) == {"at:EX000": "1", "at:EX001": "1"}


def test_nothing_moves_with_a_barred_case(record: Record) -> None:
    lead = lead_at(record, record.bodies[0])
    for at in (1, 1, 2):
        record.case(None, "P04", at=at)
    before = record.of(lead, Dimension.ORGANISATION)
    for _ in range(4):
        record.case(None, "P04", "S01", at=0)
        # Barred by who runs its process.
        record.process(record.case(None, "P04", at=2), "GMC", "TRIAGE", record.bodies[0])
    assert record.of(lead, Dimension.ORGANISATION) == before


def test_no_release_has_a_table_by_organisation() -> None:
    assert Dimension.ORGANISATION not in RELEASED_DIMENSIONS
    assert Dimension.REGION in RELEASED_DIMENSIONS


@pytest.mark.parametrize("column", ["at:EX999", "EX000", "at:", "ALL", "at:\ud7ff", "none"])
def test_a_forged_column_lists_nothing(record: Record, column: str) -> None:
    record.case(None, "P04", at=0)
    assert behind(record, record.lead, record.of(record.lead, Dimension.ORGANISATION), column) == 0
