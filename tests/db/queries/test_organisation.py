"""One organisation: who may open its page, what it stands for, its cases, limits and findings, and who is kept off."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import AffiliationKind, CaseState, DeadlineKind, Evidence, Role, Whose
from db.commands.affiliations import add_affiliation
from db.commands.bodies import add_merger, refresh_kin
from db.commands.findings import add_finding
from db.commands.processes import add_process
from db.commands.recusals import recuse
from db.errors import NotFound
from db.models import Case, CaseProcess, Deadline, Organisation, OrganisationAlias
from db.queries.organisation import PAGE, organisation, organisation_cases
from db.queries.organisation_findings import organisation_findings
from db.queries.organisation_limits import organisation_limits
from db.rules.quarters import last_quarters, quarter_of
from tests.db.helpers import plain, statements, viewer
from tests.factories import Casework, make_body, make_case, make_volunteer

TODAY = clock.today()
QUARTERS = tuple(reversed(last_quarters(quarter_of(TODAY), 12)))
HOSTILE = ("", "EX999", "%", "ex001", "EX001\x00", "\ud800", "🩺", "E" * 100_000, "' OR 1=1 --", "<script>")


@pytest.fixture
def family(casework: Casework) -> dict[str, int]:
    """A trust under a board for many, with a site, and the trust it took over from, with a site of its own."""
    with casework.database.write() as session:
        board = make_body(session, "BOARD", kind="icb")
        trust = make_body(session, "TRUST", parent_id=board)
        bodies = {"BOARD": board, "TRUST": trust, "SITE": make_body(session, "SITE", parent_id=trust)}
        bodies["OLD"] = make_body(session, "OLD", closed_on=TODAY)
        bodies["OLDSITE"] = make_body(session, "OLDSITE", parent_id=bodies["OLD"])
        bodies["SIBLING"] = make_body(session, "SIBLING", parent_id=board)
        add_merger(session, None, bodies["OLD"], trust, date(2024, 4, 1))
        refresh_kin(session)
    return bodies


def answers(casework: Casework, code: str, who: str = "lead") -> dict[str, Any]:
    """All that the page tells, or the refusal of each part."""
    with casework.database.read() as session:
        reader = viewer(casework, who)
        asked = {
            "detail": lambda: organisation(session, reader, code),
            "open": lambda: organisation_cases(session, reader, code, CaseState.OPEN, 1, TODAY),
            "closed": lambda: organisation_cases(session, reader, code, CaseState.CLOSED, 1, TODAY),
            "limits": lambda: organisation_limits(session, reader, code, TODAY),
            "findings": lambda: organisation_findings(session, reader, code, QUARTERS),
        }
        return {name: told(ask) for name, ask in asked.items()}


def told(ask: Any) -> Any:
    try:
        return plain(ask())
    except NotFound as refusal:
        return (type(refusal), refusal.message, refusal.field)


def case_at(casework: Casework, body: int, n: int = 0, **changes: Any) -> str:
    with casework.database.write() as session:
        return make_case(session, actor_id=casework.lead, body=body, contact=f"n{n}.{body}@example.org", **changes)


def references(casework: Casework, code: str, state: CaseState = CaseState.OPEN, page: int = 1) -> list[str]:
    with casework.database.read() as session:
        found = organisation_cases(session, viewer(casework, "lead"), code, state, page, TODAY)
        return [row.reference for row in found.rows]


def close(session: Session, reference: str, on: date) -> None:
    it = update(Case).where(Case.reference == reference)
    session.execute(it.values(is_open=False, closed_on=on, stage="closed", queue_rank=9))


def deadline(session: Session, reference: str, **fields: Any) -> None:
    case_id = session.scalars(select(Case.id).where(Case.reference == reference)).one()
    values = {"name": "Reply", "kind": DeadlineKind.STATUTORY, "whose": Whose.BODY}
    session.add(Deadline(case_id=case_id, **(values | fields)))


def process_run_by(session: Session, casework: Casework, reference: str, body: int | None) -> int:
    told: dict[str, Any] = {"actor_id": casework.lead, "reference": reference, "started_on": TODAY}
    add_process(session, process="GMC", stage="TRIAGE", organisation_id=body, **told)
    return session.scalars(select(CaseProcess.id).order_by(CaseProcess.id.desc()).limit(1)).one()


def finding(session: Session, casework: Casework, reference: str, code: str, **fields: Any) -> None:
    values: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": QUARTERS[-1]}
    add_finding(session, actor_id=casework.lead, reference=reference, code=code, note="", **(values | fields))


# Who may open it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer", "in_conflict"])
def test_everybody_but_a_lead_without_a_conflict_gets_what_an_unknown_code_gets(casework: Casework, who: str) -> None:
    assert answers(casework, "EX001", who) == answers(casework, "EX999", who)
    assert answers(casework, "EX001")["detail"]["open"] == "1"


def test_barred_and_unknown_cost_the_same_statements(casework: Casework) -> None:
    sent = []
    for code in ("EX001", "EX999"):
        with casework.database.read() as session, statements(casework.database) as log:
            with pytest.raises(NotFound):
                organisation(session, viewer(casework, "in_conflict"), code)
            sent.append(list(log))
    assert sent[0] == sent[1]


@pytest.mark.parametrize("code", HOSTILE)
def test_a_code_that_is_none_is_not_found(casework: Casework, code: str) -> None:
    assert answers(casework, code) == answers(casework, "EX999")
    assert {part[0] for part in answers(casework, code).values()} == {NotFound}


@pytest.mark.parametrize("at", ["BOARD", "TRUST", "SITE", "OLD", "OLDSITE"])
@pytest.mark.parametrize("opened", ["TRUST", "SITE", "OLD"])
@pytest.mark.parametrize("ended", [None, date(2011, 1, 1)])
def test_a_lead_of_the_same_family_is_refused_however_long_ago(
    casework: Casework, family: dict[str, int], at: str, opened: str, ended: date | None
) -> None:
    with casework.database.write() as session:
        person = make_volunteer(session, "wanda", Role.LEAD)
        told: dict[str, Any] = {"started_on": date(2010, 1, 1), "ended_on": ended}
        add_affiliation(session, actor_id=casework.lead, volunteer_id=person, organisation_id=family[at], **told)
    with casework.database.read() as session:
        reader = viewer_of(session, person)
        with pytest.raises(NotFound):
            organisation(session, reader, opened)
        assert organisation(session, reader, "EX002").code == "EX002"


# What it stands for ----------------------------------------------------------------------------------------------


def test_it_stands_for_its_sites_and_for_what_it_took_over(casework: Casework, family: dict[str, int]) -> None:
    made = {name: case_at(casework, body, n) for n, (name, body) in enumerate(family.items())}
    here = {
        "TRUST": ("TRUST", "SITE", "OLD", "OLDSITE"),
        "SITE": ("SITE",),
        "OLD": ("OLD", "OLDSITE"),
        "BOARD": ("BOARD",),
    }
    for code, names in here.items():
        assert set(references(casework, code)) == {made[name] for name in names}, code


def test_a_case_with_a_process_it_runs_is_its_case_too(casework: Casework, family: dict[str, int]) -> None:
    with casework.database.write() as session:
        process_run_by(session, casework, casework.reference, family["SITE"])
    assert references(casework, "TRUST") == [casework.reference]


def test_a_merger_both_ways_ends(casework: Casework, family: dict[str, int]) -> None:
    with casework.database.write() as session:
        session.execute(update(Organisation).where(Organisation.code == "OLD").values(parent_id=family["SITE"]))
        refresh_kin(session)
    case_at(casework, family["OLD"])
    assert len(references(casework, "TRUST")) == 1


def test_names_sites_and_mergers_are_told_with_their_days(casework: Casework, family: dict[str, int]) -> None:
    with casework.database.write() as session:
        session.add(OrganisationAlias(organisation_id=family["TRUST"], name="The Infirmary"))
    with casework.database.read() as session:
        trust, old = (organisation(session, viewer(casework, "lead"), code) for code in ("TRUST", "OLD"))
    assert trust.aliases == ("The Infirmary",)
    assert trust.parent is not None
    assert (trust.parent.code, [site.code for site in trust.sites]) == ("BOARD", ["SITE"])
    assert [(one.other.code, one.on, one.took_over) for one in trust.mergers] == [("OLD", date(2024, 4, 1), True)]
    assert [(one.other.code, one.on, one.took_over) for one in old.mergers] == [("TRUST", date(2024, 4, 1), False)]
    assert trust.mergers[0].other.closed_on == TODAY


# Cases -----------------------------------------------------------------------------------------------------------


def test_cases_come_a_page_at_a_time_open_ones_as_in_the_queue_closed_ones_last_closed_first(
    casework: Casework, family: dict[str, int]
) -> None:
    made = [case_at(casework, family["TRUST"], n) for n in range(PAGE + 4)]
    with casework.database.write() as session:
        for days, reference in enumerate(made[:3]):
            close(session, reference, TODAY - timedelta(days=days))
    with casework.database.read() as session:
        lead = viewer(casework, "lead")
        first, second, beyond = (
            organisation_cases(session, lead, "TRUST", CaseState.OPEN, page, TODAY) for page in (1, 2, 10**30)
        )
        detail = organisation(session, lead, "TRUST")
    assert (first.total, first.pages, len(first.rows), len(second.rows)) == (PAGE + 1, 2, PAGE, 1)
    assert plain(beyond) == plain(second)
    assert (detail.open, detail.closed) == (PAGE + 1, 3)
    assert references(casework, "TRUST", CaseState.CLOSED) == made[:3]
    assert {row.body_code for row in first.rows} == {"TRUST"}


def test_nothing_moves_with_a_case_the_lead_has_stepped_back_from(casework: Casework, family: dict[str, int]) -> None:
    case_at(casework, family["TRUST"])
    before = answers(casework, "TRUST")
    hidden = case_at(casework, family["TRUST"], 1)
    with casework.database.write() as session:
        finding(session, casework, hidden, "S01")
        deadline(session, hidden, due_on=TODAY - timedelta(days=5))
        for person in (casework.off_case, casework.lead):
            recuse(session, actor_id=casework.lead, reference=hidden, volunteer_id=person, reason="Kin")
    assert answers(casework, "TRUST") == before


# Limits ----------------------------------------------------------------------------------------------------------


def test_limits_it_missed_are_told_with_their_days_the_running_ones_first(casework: Casework) -> None:
    closed = case_at(casework, casework.body, 1)
    with casework.database.write() as session:
        for days, fields in (
            (5, {}),
            (90, {"met_on": TODAY - timedelta(days=20)}),
            (9, {"name": "Ours", "whose": Whose.OURS}),
            (9, {"name": "Lapsed", "lapsed_on": TODAY}),
            (9, {"name": "In time", "met_on": TODAY - timedelta(days=9)}),
            (0, {"name": "Due today"}),
        ):
            deadline(session, casework.reference, due_on=TODAY - timedelta(days=days), **fields)
        deadline(session, closed, name="Left", due_on=TODAY - timedelta(days=40))
        deadline(session, closed, name="After", due_on=TODAY - timedelta(days=2))
        close(session, closed, TODAY - timedelta(days=10))
    with casework.database.read() as session:
        found = organisation_limits(session, viewer(casework, "lead"), "EX001", TODAY)
    assert [(one.name, one.days, one.is_running) for one in found] == [
        ("Reply", 5, True),
        ("Reply", 70, False),
        ("Left", 30, False),
    ]
    assert found[2].closed_on == TODAY - timedelta(days=10)


def test_a_limit_belongs_to_whoever_runs_its_process(casework: Casework) -> None:
    late = {"due_on": TODAY - timedelta(days=5)}
    with casework.database.write() as session:
        regulator = make_body(session, "REG", kind="gmc")
        theirs = process_run_by(session, casework, casework.reference, regulator)
        nobodys = process_run_by(session, casework, casework.reference, None)
        deadline(session, casework.reference, name="Theirs", case_process_id=theirs, **late)
        deadline(session, casework.reference, name="Nobody's", case_process_id=nobodys, **late)
        deadline(session, casework.reference, name="The employer's", **late)
    with casework.database.read() as session:
        lead = viewer(casework, "lead")
        names = {
            code: [one.name for one in organisation_limits(session, lead, code, TODAY)] for code in ("EX001", "REG")
        }
    assert names == {"EX001": ["The employer's"], "REG": ["Theirs"]}


# Findings --------------------------------------------------------------------------------------------------------


def test_findings_count_doctors_once_by_code_and_by_quarter(casework: Casework) -> None:
    again = case_at(casework, casework.body)
    other = case_at(casework, casework.body, 1)
    with casework.database.write() as session:
        doctor = session.scalars(select(Case.doctor_id).where(Case.reference == casework.reference)).one()
        session.execute(update(Case).where(Case.reference == again).values(doctor_id=doctor))
        regulator = process_run_by(session, casework, other, casework.other_body)
        finding(session, casework, casework.reference, "S01")
        finding(session, casework, again, "S01", quarter=QUARTERS[-5])
        finding(session, casework, other, "S01", quarter=QUARTERS[-8])
        finding(session, casework, other, "U02", quarter=QUARTERS[0])
        finding(session, casework, other, "P04", case_process_id=regulator)
    with casework.database.read() as session:
        found = organisation_findings(session, viewer(casework, "lead"), "EX001", QUARTERS)
        elsewhere = organisation_findings(session, viewer(casework, "lead"), "EX002", QUARTERS)
    assert [(one.code, one.ever, one.lately, one.before) for one in found.findings] == [
        ("S01", 2, 1, 2),
        ("U02", 1, 0, 0),
    ]
    assert found.doctors == 2
    assert [doctors for kind, _, doctors in found.by_quarter if kind == "systemic"] == [0] * 4 + [
        1,
        0,
        0,
        1,
        0,
        0,
        0,
        1,
    ]
    assert [one.code for one in elsewhere.findings] == ["P04"]


# Who must not be offered its cases -------------------------------------------------------------------------------


def test_those_with_a_link_to_any_of_its_family_are_named(casework: Casework, family: dict[str, int]) -> None:
    with casework.database.write() as session:
        told: dict[str, Any] = {"actor_id": casework.lead, "started_on": date(2020, 1, 1)}
        add_affiliation(session, volunteer_id=casework.off_case, organisation_id=family["OLDSITE"], **told)
        add_affiliation(session, volunteer_id=casework.observer, organisation_id=family["TRUST"], **told)
        add_affiliation(session, volunteer_id=casework.on_case, organisation_id=family["SIBLING"], **told)
        away = make_volunteer(session, "away", active=False)
        add_affiliation(session, volunteer_id=away, organisation_id=family["TRUST"], **told)
    with casework.database.read() as session:
        trust = organisation(session, viewer(casework, "lead"), "TRUST")
    assert [(one.name, one.body.code, one.kind) for one in trust.linked] == [
        ("Uma", "OLDSITE", AffiliationKind.EMPLOYER)
    ]


def test_those_barred_from_single_cases_are_named_with_the_cases(casework: Casework) -> None:
    again = case_at(casework, casework.body, 1)
    with casework.database.write() as session:
        for reference in (casework.reference, again):
            recuse(session, actor_id=casework.lead, reference=reference, volunteer_id=casework.off_case, reason="Kin")
    with casework.database.read() as session:
        detail = organisation(session, viewer(casework, "lead"), "EX001")
    assert [(one.name, one.references) for one in detail.barred] == [
        ("Uma", tuple(sorted((casework.reference, again))))
    ]
    assert [one.name for one in detail.linked] == ["Con"]
