"""The conflict wall, and who may see what: deny by default, and a barred case is no case at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import (
    Viewer,
    barred_among,
    counted_cases,
    full_cases,
    is_barred,
    own_cases,
    read_case,
    require_lead,
    see_card,
    viewer_of,
    visible_among,
    visible_cases,
)
from db.choices import (
    AssignmentRole,
    CaseState,
    Condition,
    Contact,
    DeadlineKind,
    Dimension,
    EntryKind,
    Evidence,
    Role,
    Stage,
    Wellbeing,
    Whose,
)
from db.commands.affiliations import add_affiliation, end_affiliation
from db.commands.bodies import refresh_kin
from db.commands.deadlines import add_deadline
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.flags import raise_flag
from db.commands.processes import add_process
from db.commands.recusals import recuse
from db.commands.update_status import update_status
from db.commands.waiting import begin_waiting
from db.engine import Database
from db.errors import NotAllowed, NotFound
from db.models import Affiliation, Assignment, Case, Organisation, Volunteer
from db.queries.case_detail import case_detail
from db.queries.heatmap import HeatmapFilters, heatmap
from db.queries.home import my_attention
from db.queries.intake import likely_duplicates
from db.queries.my_cases import my_cases
from db.queries.offers import offerable
from db.queries.organisation import organisation, organisation_cases
from db.queries.organisation_findings import organisation_findings
from db.queries.organisation_limits import organisation_limits
from db.queries.people import people, person_detail
from db.queries.queue import QueueFilters, case_queue, condition_counts
from db.queries.reference import caseworkers
from db.queries.release_standing import left_out
from db.queries.releases import released_totals, signed_releases
from db.queries.same_doctor import same_doctor
from db.queries.suggestions import allocation
from db.queries.timeline import timeline
from db.queries.trend import trend
from db.rules.limits import Limits
from db.walls import barred_cases
from tests.db.helpers import UNKNOWN, plain, statements, the_case, viewer
from tests.factories import INTAKE, Casework, give_place, give_second, make_body, make_case, make_volunteer

PEOPLE = ("lead", "on_case", "off_case", "in_conflict", "observer")
LIMITS = Limits()


def sees(casework: Casework, who: str, condition: Callable[[Viewer], Any]) -> bool:
    with casework.database.read() as session:
        found = session.scalars(select(Case.reference).where(condition(viewer(casework, who)))).all()
    return casework.reference in found


@pytest.mark.parametrize(
    ("condition", "seers"),
    [(visible_cases, {"lead", "on_case", "off_case"}), (full_cases, {"lead", "on_case"})],
)
def test_an_open_case_is_seen_by_its_circle_only(
    casework: Casework, condition: Callable[[Viewer], Any], seers: set[str]
) -> None:
    assert {who for who in PEOPLE if sees(casework, who, condition)} == seers


def test_everybody_but_the_barred_may_have_it_behind_a_count(casework: Casework) -> None:
    assert {who for who in PEOPLE if sees(casework, who, counted_cases)} == set(PEOPLE) - {"in_conflict"}


def test_a_closed_case_is_seen_by_leads_and_whoever_still_holds_a_place(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).values(is_open=False, stage=Stage.CLOSED))
    assert {who for who in PEOPLE if sees(casework, who, visible_cases)} == {"lead", "on_case"}
    with casework.database.write() as session:
        session.execute(delete(Assignment))
    assert {who for who in PEOPLE if sees(casework, who, visible_cases)} == {"lead"}


def test_an_offer_alone_opens_nothing(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Assignment).values(status="offered"))
        assert not session.scalars(own_cases(casework.on_case)).all()
    assert not sees(casework, "on_case", full_cases)


def test_a_viewer_is_an_active_person(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.lead).values(active=False))
    with casework.database.read() as session:
        assert viewer_of(session, casework.observer).role is Role.OBSERVER
        for nobody in (casework.lead, 999_999, -1):
            with pytest.raises(NotFound):
                viewer_of(session, nobody)


def test_leads_alone_pass_where_a_lead_is_required(casework: Casework) -> None:
    require_lead(viewer(casework, "lead"))
    for who in ("on_case", "observer"):
        with pytest.raises(NotAllowed, match="Only a lead"):
            require_lead(viewer(casework, who))


def test_a_reference_is_found_however_it_is_typed(casework: Casework) -> None:
    lead = viewer(casework, "lead")
    with casework.database.read() as session:
        for typed in (casework.reference, casework.reference.lower(), f"  {casework.reference}\n"):
            assert see_card(session, lead, typed).reference == casework.reference
            assert read_case(session, lead, typed).reference == casework.reference


HOSTILE_REFERENCES = (
    UNKNOWN,
    "",
    "%",
    "LNB-______",
    "LNB-7K\x00M9Q",
    "\ud800" * 10,
    "🩺" * 10,
    "L" * 100_000,
    "' OR 1=1 -",
)


def test_barred_unknown_and_malformed_references_are_the_same_not_found(casework: Casework) -> None:
    said = set()
    barred = viewer(casework, "in_conflict")
    reads: tuple[Callable[[Session, str], Any], ...] = (
        lambda s, r: see_card(s, barred, r),
        lambda s, r: read_case(s, barred, r),
        lambda s, r: case_detail(s, barred, r, clock.today(), LIMITS),
        lambda s, r: offerable(s, barred, r),
    )
    for read in reads:
        for reference in (casework.reference, *HOSTILE_REFERENCES):
            with casework.database.read() as session, pytest.raises(NotFound) as caught:
                read(session, reference)
            said.add((type(caught.value), caught.value.message, caught.value.field))
    assert said == {(NotFound, "Not found. Check the reference.", None)}


def test_barred_and_unknown_cost_the_same_number_of_statements(casework: Casework) -> None:
    barred = viewer(casework, "in_conflict")
    sent = []
    for reference in (casework.reference, UNKNOWN):
        with casework.database.read() as session, statements(casework.database) as log:
            with pytest.raises(NotFound):
                case_detail(session, barred, reference, clock.today(), LIMITS)
            sent.append(list(log))
    assert sent[0] == sent[1]


# Walls -------------------------------------------------------------------------------------------------------


@dataclass
class Wall:
    """A new lead with an affiliation, and a case that may stand behind it."""

    person: int
    reference: str


def wall(
    casework: Casework,
    *,
    case_at: str = "own",
    process_at: str | None = None,
    ended: date | None = None,
    role: Role = Role.LEAD,
) -> Wall:
    """The person belongs to "own", a body with a parent, a child and a sibling under the parent."""
    with casework.database.write() as session:
        bodies = {name: make_body(session, f"W-{name}") for name in ("parent", "own", "child", "sibling", "stranger")}
        for child, parent in (("own", "parent"), ("child", "own"), ("sibling", "parent")):
            session.execute(
                update(Organisation).where(Organisation.id == bodies[child]).values(parent_id=bodies[parent])
            )
        refresh_kin(session)
        person = make_volunteer(session, "wanda", role)
        add_affiliation(
            session,
            actor_id=casework.lead,
            volunteer_id=person,
            organisation_id=bodies["own"],
            started_on=date(2010, 1, 1),
            ended_on=ended,
        )
        reference = make_case(session, actor_id=casework.lead, body=bodies[case_at])
        if process_at:
            add_process(
                session,
                actor_id=casework.lead,
                reference=reference,
                process="GMC",
                stage="TRIAGE",
                organisation_id=bodies[process_at],
                started_on=clock.today(),
            )
    return Wall(person, reference)


def is_behind(casework: Casework, built: Wall) -> bool:
    case = the_case(casework, built.reference)
    with casework.database.read() as session:
        barred = is_barred(session, built.person, case.id)
        seen = session.scalar(
            select(Case.id).where(Case.id == case.id, visible_cases(viewer_of(session, built.person)))
        )
    assert barred == (seen is None)
    return barred


@pytest.mark.parametrize(
    ("case_at", "barred"),
    [("own", True), ("parent", True), ("child", True), ("sibling", True), ("stranger", False)],
)
def test_the_body_of_a_case_its_parent_and_its_children_bar(casework: Casework, case_at: str, barred: bool) -> None:
    assert is_behind(casework, wall(casework, case_at=case_at)) is barred


@pytest.mark.parametrize("process_at", ["own", "parent", "child"])
def test_the_body_of_a_process_bars_too(casework: Casework, process_at: str) -> None:
    assert is_behind(casework, wall(casework, case_at="stranger", process_at=process_at))


@pytest.mark.parametrize("role", [Role.LEAD, Role.VOLUNTEER])
def test_the_wall_stands_above_every_role_and_above_a_place_on_the_case(casework: Casework, role: Role) -> None:
    with casework.database.write() as session:
        person = make_volunteer(session, "wanda", role)
        give_second(session, casework, person)
        assert not is_barred(session, person, the_case(casework).id)
        add_affiliation(
            session, actor_id=person, volunteer_id=person, organisation_id=casework.body, started_on=date(2024, 1, 1)
        )
    assert is_behind(casework, Wall(person, casework.reference))


@pytest.mark.parametrize(("years_ago", "barred"), [(1, True), (3, False)])
def test_an_ended_affiliation_bars_for_two_years_more(casework: Casework, years_ago: int, barred: bool) -> None:
    ended = clock.today() - timedelta(days=366 * years_ago)
    assert is_behind(casework, wall(casework, ended=ended)) is barred


def test_an_ended_affiliation_bars_cases_opened_up_to_its_last_day(casework: Casework) -> None:
    built = wall(casework)
    opened = the_case(casework, built.reference).opened_on
    for last_day, barred in ((opened, True), (opened - timedelta(days=1), False)):
        with casework.database.write() as session:
            session.execute(
                update(Affiliation).where(Affiliation.volunteer_id == built.person).values(bars_until=last_day)
            )
        assert is_behind(casework, built) is barred


def test_a_recused_person_is_behind_the_wall_at_once(casework: Casework) -> None:
    with casework.database.write() as session:
        recuse(
            session, actor_id=casework.lead, reference=casework.reference, volunteer_id=casework.off_case, reason="Kin"
        )
    assert is_behind(casework, Wall(casework.off_case, casework.reference))


def test_one_of_two_affiliations_is_enough_and_ending_the_other_lowers_nothing(casework: Casework) -> None:
    built = wall(casework)
    with casework.database.write() as session:
        body = session.scalars(select(Case.organisation_id).where(Case.reference == built.reference)).one()
        assert body is not None
        add_affiliation(
            session,
            actor_id=casework.lead,
            volunteer_id=built.person,
            organisation_id=body,
            started_on=date(2000, 1, 1),
        )
        first = session.scalars(select(Affiliation.id).where(Affiliation.volunteer_id == built.person)).first()
        assert first is not None
        end_affiliation(session, actor_id=casework.lead, affiliation_id=first, ended_on=date(2011, 1, 1))
    assert is_behind(casework, built)


# Everything the queries return, with and without the barred case -------------------------------------------------

FILTERS = (
    QueueFilters(),
    QueueFilters(status="all"),
    QueueFilters(search="LNB"),
    QueueFilters(search="shared word", status="all"),
    QueueFilters(stages=(Stage.NEW, Stage.TRIAGE), flags=("CRISIS", "EXCL"), processes=("GMC", "MHPS")),
    QueueFilters(body_kinds=("acute",), regions=("london",), grades=("consultant",), specialty_groups=("medicine",)),
    QueueFilters(findings=("S01", "P04")),
    QueueFilters(lead=0, page=2, status="all"),
)


def all_answers(database: Database, who: Viewer, *references: str) -> dict[str, Any]:
    """What this person is told, by every query there is."""
    today = clock.today()
    with database.read() as session:
        answers: dict[str, Any] = {
            "queues": [case_queue(session, who, f, today, LIMITS) for f in FILTERS],
            "chips": condition_counts(session, who, today, LIMITS),
            "by chip": case_queue(session, who, QueueFilters(condition=Condition.UNALLOCATED), today, LIMITS),
            "timelines": [timeline(session, who, reference, (), 50) for reference in references],
            "attention": my_attention(session, who, today, LIMITS),
            "mine": my_cases(session, who, today, LIMITS),
            "trend": trend(session, who, today),
            "totals": released_totals(session, who),
            "releases": signed_releases(session, who),
            "duplicates": likely_duplicates(session, who, INTAKE.contact, None, ()),
            "same doctor": same_doctor(session, who, 50),
            "allocation": allocation(session, who, today, LIMITS),
            "caseworkers": caseworkers(session, who),
        }
        if who.is_lead:
            answers["heatmaps"] = [
                heatmap(session, who, HeatmapFilters(dimension=d, state=state))
                for d in (Dimension.BODY_KIND, Dimension.GROUND, Dimension.QUARTER)
                for state in (None, CaseState.OPEN)
            ]
            answers["left out"] = left_out(session, who)
            codes = session.scalars(select(Organisation.code).order_by(Organisation.code)).all()
            answers["organisations"] = {code: organisation_answers(session, who, code) for code in codes}
            answers["people"] = people(session, who, today)
            answers["each"] = [person_detail(session, who, one, today) for one in answers["people"]["volunteer_id"]]
    return {name: plain(answer) for name, answer in answers.items()}


def organisation_answers(session: Session, who: Viewer, code: str) -> list[Any]:
    """What the page of an organisation tells this person, if it opens."""
    today, quarters = clock.today(), tuple(f"{year}Q{n}" for year in (2024, 2025) for n in range(1, 5))
    try:
        return [
            organisation(session, who, code),
            *(organisation_cases(session, who, code, state, 1, today) for state in CaseState),
            organisation_limits(session, who, code, today),
            organisation_findings(session, who, code, quarters),
        ]
    except NotFound as refusal:
        return [refusal.message]


def busy_case(session: Session, casework: Casework, body: int, **changes: Any) -> str:
    """A case with something in every list: flag, process, deadline, finding, wait, update, a team, an offer."""
    reference = make_case(
        session,
        actor_id=casework.lead,
        body=body,
        summary="A shared word.",
        processes=("MHPS",),
        grounds=("race",),
        **changes,
    )
    on: dict[str, Any] = {"actor_id": casework.lead, "reference": reference}
    give_place(session, lead=casework.lead, volunteer=casework.off_case, reference=reference)
    raise_flag(session, **on, code="CRISIS", why="Said so", review_on=clock.today())
    add_deadline(
        session,
        **on,
        name="Appeal",
        due_on=clock.today() + timedelta(days=5),
        kind=DeadlineKind.STATUTORY,
        whose=Whose.OURS,
    )
    add_finding(
        session, **on, code="S01", evidence=Evidence.DOCUMENTED, case_process_id=None, quarter="2025Q1", note="Rota"
    )
    begin_waiting(session, **on, on_whom="HR", chase_on=clock.today() + timedelta(days=3))
    add_entry(session, **on, kind=EntryKind.CONTACT, text="Rang", contact=Contact.REACHED)
    case = session.scalars(select(Case).where(Case.reference == reference)).one()
    update_status(
        session,
        **on,
        seen_version=case.version,
        what_changed="Moved on",
        contact=Contact.REACHED,
        wellbeing=Wellbeing.SAME,
        next_action="Ring",
        action_owner_id=casework.off_case,
        action_due_on=clock.today(),
    )
    return reference


@pytest.mark.parametrize(
    ("how", "role"),
    [
        ("by body", Role.LEAD),
        ("by body", Role.OBSERVER),
        ("by parent", Role.LEAD),
        ("by process", Role.VOLUNTEER),
        ("by former employer", Role.LEAD),
        ("by recusal", Role.VOLUNTEER),
    ],
)
def test_nothing_told_to_a_barred_person_moves_with_the_barred_case(casework: Casework, how: str, role: Role) -> None:
    today = clock.today()
    with casework.database.write() as session:
        parent = make_body(session, "UP001")
        near, far = make_body(session, "UP002", parent_id=parent), make_body(session, "UP003")
        person = make_volunteer(session, "wanda", role)
        started, ended = date(2010, 1, 1), today - timedelta(days=90) if how == "by former employer" else None
        belongs = {"by parent": parent, "by recusal": far}.get(how, near)
        add_affiliation(
            session,
            actor_id=casework.lead,
            volunteer_id=person,
            organisation_id=belongs,
            started_on=started,
            ended_on=ended,
        )
        # Enough visible cases that counts are released, two of them busy, one with the person on it.
        others = [make_body(session, f"OT{n:03}") for n in range(4)]
        seen = [busy_case(session, casework, others[n], contact=f"doctor{n}@example.org") for n in range(2)]
        for n in range(7):
            make_case(session, actor_id=casework.lead, body=others[n % 4], contact=f"another{n}@example.org")
        if role is not Role.OBSERVER:
            give_place(session, lead=casework.lead, volunteer=person, reference=seen[0], role=AssignmentRole.SECOND)
    with casework.database.read() as session:
        who = viewer_of(session, person)
    before = all_answers(casework.database, who, *seen)

    with casework.database.write() as session:
        body = {"by process": others[0], "by recusal": others[1]}.get(how, near)
        # The doctor of a case the person does see: the same person must not count, or show, differently.
        hidden = busy_case(session, casework, body, contact="doctor0@example.org")
        unled = make_case(session, actor_id=casework.lead, body=body, summary="Another shared word.")
        for reference in (hidden, unled):
            if how == "by process":
                add_process(
                    session,
                    actor_id=casework.lead,
                    reference=reference,
                    process="GMC",
                    stage="TRIAGE",
                    organisation_id=near,
                    started_on=today,
                )
            if how == "by recusal":
                recuse(session, actor_id=casework.lead, reference=reference, volunteer_id=person, reason="Knows them")
    after = all_answers(casework.database, who, *seen)
    for name, answer in before.items():
        assert after[name] == answer, name
    with casework.database.read() as session:
        assert timeline(session, who, hidden, (), 50) == []
        assert likely_duplicates(session, replace(who, role=Role.LEAD), "", body, ("MHPS",)) == [
            reference for reference in seen if how in ("by process", "by recusal") and _is_at(session, reference, body)
        ]


def _is_at(session: Session, reference: str, body: int) -> bool:
    return session.scalar(select(Case.organisation_id).where(Case.reference == reference)) == body


@pytest.mark.parametrize("who", ["lead", "on_case", "off_case", "in_conflict", "observer"])
def test_among_a_few_cases_the_same_are_visible_as_among_all(casework: Casework, who: str) -> None:
    with casework.database.write() as session:
        for number in range(3):
            make_case(session, actor_id=casework.lead, body=casework.other_body, contact=f"n{number}@example.org")
    with casework.database.read() as session:
        person = viewer_of(session, getattr(casework, who))
        every = set(session.scalars(select(Case.id)))
        few = visible_among(session, person, every)
        assert few == set(session.scalars(select(Case.id).where(visible_cases(person))))
        assert visible_among(session, person, []) == set()
        assert barred_among(session, person, every) == set(session.scalars(barred_cases(person.id)))
