"""Sites, trusts, predecessors and successors are one body for the wall; and a file of sites brings them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db import clock
from db.access import is_barred, read_case, viewer_of
from db.choices import AssignmentRole, AssignmentStatus, Role
from db.commands.affiliations import add_affiliation
from db.commands.bodies import record_merger
from db.errors import Invalid, NotAllowed, NotFound
from db.imports.files import lines_of, read_text
from db.imports.organisation_successors import import_successors
from db.imports.organisations import import_organisations
from db.models import Assignment, Audit, Organisation, OrganisationMerger
from db.queries.reference import find_bodies
from db.unled import count_unled
from tests.db.helpers import at_once, last, refused
from tests.factories import Casework, give_place, make_body, make_case, make_volunteer

TODAY, SECOND = clock.today(), AssignmentRole.SECOND
HOSPITALS = Path("/work/shared/data/ods/nhsuk_hospital_2018-09.csv")
HEADING = (
    "OrganisationID¬OrganisationCode¬OrganisationType¬SubType¬Sector¬OrganisationStatus¬IsPimsManaged¬"
    "OrganisationName¬Address1¬Address2¬Address3¬City¬County¬Postcode¬Latitude¬Longitude¬ParentODSCode¬ParentName¬"
    "Phone¬Email¬Website¬Fax"
)


def site(code: str, name: str, town: str, parent: str, parent_name: str = "Example Trust", sector: str = "NHS") -> str:
    cells = ["1", code, "Hospital", "Hospital", f"{sector} Sector", "Visible", "True", name, "", "", "", town]
    return "¬".join([*cells, "", "ZZ1 1ZZ", "", "", parent, parent_name, "", "", "", ""])


def sites(*rows: str) -> str:
    return "\r\n".join([HEADING, *rows, ""])


def bring(casework: Casework, text: str) -> Any:
    with casework.database.write() as session:
        return import_organisations(session, lines=lines_of(text))


def body_of(casework: Casework, code: str) -> Organisation:
    with casework.database.read() as session:
        return session.scalars(select(Organisation).where(Organisation.code == code)).one()


def worker(casework: Casework, body: int, role: Role = Role.VOLUNTEER, name: str = "wanda") -> int:
    with casework.database.write() as session:
        person = make_volunteer(session, name, role)
        add_affiliation(
            session, actor_id=casework.lead, volunteer_id=person, organisation_id=body, started_on=date(2020, 1, 1)
        )
    return person


def barred(casework: Casework, person: int, body: int) -> bool:
    with casework.database.write() as session:
        reference = make_case(session, actor_id=casework.lead, body=body, contact="b@example.org")
        case = read_case(session, viewer_of(session, casework.lead), reference)
        return is_barred(session, person, case.id)


def test_sites_become_organisations_of_the_trust_that_runs_them(casework: Casework) -> None:
    with casework.database.write() as session:
        trust = make_body(session, "RX0", name="Example Mental Trust", kind="mental_health", region="midlands")
    independent = site("NX902", "Example Clinic", "Demoford", "NX9", "Example Care Ltd", "Independent")
    report = bring(casework, sites(site("RX001", "Example Infirmary ", "Sampleton", "RX0"), independent))
    found, clinic, ltd = (body_of(casework, code) for code in ("RX001", "NX902", "NX9"))
    assert (found.name, found.town, found.postcode) == ("Example Infirmary", "Sampleton", "ZZ1 1ZZ")
    assert (found.parent_id, found.kind, found.region, found.nation) == (trust, "mental_health", "midlands", "england")
    assert (clinic.parent_id, clinic.kind, ltd.name) == (ltd.id, "private", "Example Care Ltd"), "who runs it comes too"
    assert report.counts["added"] == 3
    with casework.database.read() as session:
        (hit,) = find_bodies(session, "infirmary sampleton")
    assert (hit.name, hit.town, hit.parent) == ("Example Infirmary", "Sampleton", "Example Mental Trust")


def test_a_second_file_of_sites_changes_what_it_says_and_nothing_of_the_trust(casework: Casework) -> None:
    with casework.database.write() as session:
        make_body(session, "RX0", name="Example Trust As Listed", closed_on=date(2024, 1, 1))
    bring(casework, sites(site("RX001", "Example Infirmary", "Sampleton", "RX0")))
    again = bring(casework, sites(site("RX001", "Example Infirmary", "Sampleton", "RX0")))
    assert again.counts | {"unchanged": 0} == dict.fromkeys(again.counts, 0)
    moved = bring(casework, sites(site("RX001", "Example Royal Infirmary", "Demoford", "RX0", "Another Name")))
    assert (moved.counts["renamed"], moved.counts["moved"], moved.counts["vanished"]) == (1, 0, 0)
    trust = body_of(casework, "RX0")
    assert (trust.name, trust.closed_on) == ("Example Trust As Listed", date(2024, 1, 1))
    with casework.database.read() as session:
        assert [body.code for body in find_bodies(session, "example infirmary demoford")] == ["RX001"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1¬RX001¬Hospital", "Line 2: 3 columns where 22 are expected."),
        (site("R-", "Example", "X", "RX0"), "Line 2: “R-” is not a valid code."),
        (site("RX001", " ", "X", "RX0"), "Line 2: Name: please fill this in."),
        (site("RX001", "A", "X", "RX0") + "\r\n" + site("RX001", "B", "X", "RX0"), "Line 3: code RX001 is repeated."),
        ("", "The file has no rows."),
    ],
)
def test_a_malformed_file_of_sites_is_refused_with_its_line(casework: Casework, row: str, says: str) -> None:
    with refused(casework.database, says):
        bring(casework, sites(row))


def test_the_public_file_of_hospitals(casework: Casework) -> None:
    if not HOSPITALS.exists():
        pytest.skip("The public list of hospitals is not on this machine.")
    text, encoding = read_text(HOSPITALS)
    report = bring(casework, text)
    assert encoding == "cp1252"
    assert report.counts["added"] > 1_231, "each hospital, and who runs it"
    assert report.parents_found > 1_200
    with casework.database.read() as session:
        (hit,) = find_bodies(session, "st michaels hayle")
    assert (hit.code, hit.town, bool(hit.parent)) == ("REF02", "Hayle", True)
    assert bring(casework, text).counts["added"] == 0


@pytest.mark.parametrize("works_at", ["site", "trust", "other site"])
@pytest.mark.parametrize("case_at", ["site", "trust", "other site"])
def test_a_trust_and_its_sites_are_one_body_both_ways(casework: Casework, works_at: str, case_at: str) -> None:
    with casework.database.write() as session:
        trust = make_body(session, "RX0")
        ids = {"trust": trust} | {
            name: make_body(session, f"RX00{n}", parent_id=trust) for n, name in enumerate(("site", "other site"))
        }
    assert barred(casework, worker(casework, ids[works_at]), ids[case_at])


def test_who_worked_for_a_predecessor_is_barred_and_a_neighbour_is_not(casework: Casework) -> None:
    with casework.database.write() as session:
        board = make_body(session, "QX0", kind="icb")
        now, neighbour = (make_body(session, code, parent_id=board) for code in ("RX1", "RX2"))
        before, first = make_body(session, "RX3"), make_body(session, "RX4")
        for old, new in ((first, before), (before, now)):
            record_merger(
                session, actor_id=casework.lead, predecessor_id=old, successor_id=new, merged_on=date(2015, 4, 1)
            )
    veteran, commissioner = worker(casework, first), worker(casework, board, name="bo")
    assert barred(casework, veteran, now), "two mergers back"
    assert not barred(casework, veteran, neighbour), "one board over two trusts makes them no kin"
    assert barred(casework, commissioner, now)
    assert barred(casework, commissioner, first)
    assert barred(casework, worker(casework, now, name="new"), first), "and the other way round"


def test_a_merger_ends_places_at_once_and_is_recorded_with_its_date(casework: Casework) -> None:
    with casework.database.write() as session:
        old = make_body(session, "RX9")
    person = worker(casework, old)
    with casework.database.write() as session:
        give_place(session, lead=casework.lead, volunteer=person, reference=casework.reference, role=SECOND)
        record_merger(session, actor_id=casework.lead, predecessor_id=old, successor_id=casework.body, merged_on=TODAY)
    row = last(casework.database, Assignment, volunteer_id=person)
    assert (row.status, row.ended_reason) == (AssignmentStatus.ENDED, "Conflict of interest")
    kept = last(casework.database, OrganisationMerger)
    assert (kept.merged_on, kept.recorded_by_id) == (TODAY, casework.lead)
    assert last(casework.database, Audit, action="record_merger").details["successor_id"] == casework.body
    with casework.database.read() as session, pytest.raises(NotFound):
        read_case(session, viewer_of(session, person), casework.reference)


def test_a_merger_that_cannot_be_is_refused(casework: Casework) -> None:
    def merge(who: int, old: int, new: int, on: date = TODAY) -> None:
        with casework.database.write() as session:
            record_merger(session, actor_id=who, predecessor_id=old, successor_id=new, merged_on=on)

    with refused(casework.database, "Only a lead", error=NotAllowed):
        merge(casework.on_case, casework.body, casework.other_body)
    with refused(casework.database, "choose a different one", error=Invalid):
        merge(casework.lead, casework.body, casework.body)
    with refused(casework.database, "choose from the list", error=Invalid):
        merge(casework.lead, 999_999, casework.body)
    with refused(casework.database, "today or an earlier day", error=Invalid):
        merge(casework.lead, casework.body, casework.other_body, date(2059, 1, 1))
    with casework.database.write() as session:
        make_body(session, "RX8")
    merge(casework.lead, body_of(casework, "RX8").id, casework.other_body)
    with refused(casework.database, "already been recorded", field="successor_id"):
        merge(casework.lead, casework.other_body, body_of(casework, "RX8").id)


def test_a_merger_that_leaves_a_case_without_a_lead_tells_the_operator(casework: Casework) -> None:
    with casework.database.write() as session:
        mine = make_body(session, "RX8")
    with casework.database.write() as session:
        add_affiliation(
            session, actor_id=casework.lead, volunteer_id=casework.lead, organisation_id=mine, started_on=TODAY
        )
    with casework.database.write() as session:
        record_merger(session, actor_id=casework.lead, predecessor_id=mine, successor_id=casework.body, merged_on=TODAY)
    with casework.database.read() as session:
        assert count_unled(session) == 1


def test_two_mergers_at_once_are_both_in_the_family(casework: Casework) -> None:
    with casework.database.write() as session:
        one, two, three = (make_body(session, f"RX{n}") for n in range(3))

    def merge(old: int, new: int) -> Any:
        return lambda session: record_merger(
            session, actor_id=casework.lead, predecessor_id=old, successor_id=new, merged_on=TODAY
        )

    assert at_once(casework.database, merge(one, two), merge(two, three)) is None
    assert barred(casework, worker(casework, one), three)


def test_the_file_of_successors(casework: Casework) -> None:
    with casework.database.write() as session:
        for code in ("RX1", "RX2", "RX3"):
            make_body(session, code)
    text = '"RX1","RX2","A","20150401","1"\n"RX2","RX3","A","20200401","1"\n"RX3","ZZ9","A","20210401","1"\n'

    def bring_mergers(file: str = text) -> str:
        with casework.database.write() as session:
            return import_successors(session, lines=lines_of(file))

    assert bring_mergers() == "2 mergers added, 0 already known, 1 of organisations not listed"
    assert bring_mergers() == "0 mergers added, 2 already known, 1 of organisations not listed"
    assert last(casework.database, OrganisationMerger).merged_on == date(2020, 4, 1)
    assert barred(casework, worker(casework, body_of(casework, "RX1").id), body_of(casework, "RX3").id)
    for broken, says in (('"RX1","RX2","A","soon","1"\n', "Line 1: Effective date"), ('"RX1","RX2"\n', "2 columns")):
        with refused(casework.database, says):
            bring_mergers(broken)
