"""Demonstration data: fictional, lawful by our own rules, and in the shape that the pages should show."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import bcrypt
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_cases
from db.audit_check import check_audit
from db.card import refresh_cards
from db.case_fact_rows import listed, said_of
from db.case_reference import is_reference
from db.choices import AssignmentRole, AssignmentStatus, Condition, ConsentPurpose, EntryKind, Role
from db.demo import PASSWORD, build_demo, life
from db.demo.timelines import TIMELINES
from db.engine import Database, make_engine, upgrade
from db.errors import CommandRefused
from db.left_out import doctors_left_out
from db.models import (
    AccessLog,
    Action,
    Assignment,
    Case,
    CaseFact,
    CaseIdentity,
    CaseProcess,
    CheckIn,
    Consent,
    Deadline,
    Disclosure,
    Doctor,
    Entry,
    FairnessAnswer,
    Finding,
    Flag,
    Leave,
    MeetingMark,
    Organisation,
    OutcomeTerm,
    ProcessEvent,
    ProcessOutcome,
    Recusal,
    Release,
    Revision,
    SafetyPlan,
    StageEvent,
    Volunteer,
    Waiting,
)
from db.queries.access_review import Period, access_review
from db.queries.approvals import desk
from db.queries.conditions import condition_sql
from db.queries.releases import signed_tables
from db.rules.checklists import Fairness
from db.rules.consent import ADVOCACY
from db.rules.contacts import contact_key
from db.rules.facts import FactKind, came_first, problems
from db.rules.limits import Limits
from db.rules.outcomes import belongs
from db.rules.pathways import current
from db.rules.quarters import last_quarters, quarter_after, quarter_before, quarter_of, quarter_start
from db.rules.release_record import fingerprint
from db.rules.stages import FieldKind, find_move, problems_with
from db.rules.unusual import Unusual
from db.vault import Vault
from tests.postgres import postgres_url

KEY = Fernet.generate_key().decode()
# Every column below "card" in the model that `refresh_cards` keeps.
COLUMNS = Case.__table__.columns.keys()
CARD = COLUMNS[COLUMNS.index("lead_id") :]


def build(url: str, cases: int, *, seed: int = 1) -> Database:
    database = Database(make_engine(url), Vault(keys=[KEY], hash_key="for tests"))
    build_demo(database, cases=cases, seed=seed, progress=False)
    return database


def sqlite_url(folder: Path) -> str:
    url = f"sqlite:///{folder / 'demo.sqlite3'}"
    upgrade(url)
    return url


@pytest.fixture(scope="module")
def three_hundred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """As `make demo` builds it."""
    database = build(sqlite_url(tmp_path_factory.mktemp("demo")), 300)
    yield database
    database.engine.dispose()


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = build(sqlite_url(tmp_path_factory.mktemp("demo")), 40)
    yield database
    database.engine.dispose()


@pytest.fixture(scope="module")
def on_postgresql() -> Iterator[Database]:
    with postgres_url(prepare=upgrade) as url:
        database = build(url, 60)
        yield database
        database.engine.dispose()


@pytest.fixture(scope="module", params=["three_hundred", "forty", "on_postgresql"])
def demo(request: pytest.FixtureRequest) -> Database:
    made: Database = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def session(demo: Database) -> Iterator[Session]:
    with demo.read() as session:
        yield session


def count(session: Session, *conditions: Any) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0


def test_every_open_case_has_an_owned_dated_thing_to_do(session: Session) -> None:
    undone = select(Action.case_id).where(Action.done_at.is_(None))
    assert count(session, Case.is_open) > 0
    assert count(session, Case.is_open, Case.id.not_in(undone)) == 0
    assert count(session, ~Case.is_open, Case.id.in_(undone)) == 0


def test_nothing_is_left_open_on_a_case_that_is_over(session: Session) -> None:
    over = select(Case.id).where(~Case.is_open)
    live = Assignment.status.in_((AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED))
    assert count(session, Assignment.case_id.in_(over), live) == 0
    assert count(session, Waiting.case_id.in_(over), Waiting.ended_on.is_(None)) == 0
    assert count(session, Flag.case_id.in_(over), Flag.cleared_at.is_(None)) == 0
    assert count(session, Case.id.in_(over), Case.retain_until.is_(None)) == 0


def test_stages_follow_the_table_of_moves_and_record_what_each_asks(session: Session) -> None:
    events: dict[int, list[StageEvent]] = {}
    for event in session.scalars(select(StageEvent).order_by(StageEvent.case_id, StageEvent.at, StageEvent.id)):
        events.setdefault(event.case_id, []).append(event)
    for case in session.scalars(select(Case)):
        history = events[case.id]
        assert history[0].from_stage is None
        for before, event in pairwise(history):
            assert event.from_stage is before.to_stage
            move = find_move(before.to_stage, event.to_stage)
            assert move is not None, (before.to_stage, event.to_stage)
            dates = {field.name for field in move.fields if field.kind is FieldKind.DATE}
            values = {
                name: date.fromisoformat(value) if name in dates else value for name, value in event.details.items()
            }
            assert problems_with(move.fields, values) == {}
        assert (case.stage, case.stage_since) == (history[-1].to_stage, history[-1].at)
        assert case.is_open == case.stage.is_open
        assert (case.closed_on is None) == case.is_open


def test_projections_are_what_refresh_cards_makes_of_the_rows(demo: Database) -> None:
    columns = [getattr(Case, name) for name in CARD]
    with demo.log() as session:
        before = session.execute(select(Case.id, *columns).order_by(Case.id)).all()
        refresh_cards(session, true())
        assert session.execute(select(Case.id, *columns).order_by(Case.id)).all() == before


def test_facts_are_whole_and_a_detriment_follows_its_concern(session: Session) -> None:
    lists, rows = listed(session), session.scalars(select(CaseFact)).all()
    assert {row.kind for row in rows} >= set(FactKind) - {FactKind.INDEMNITY}
    by_number = {(row.case_id, row.number): row for row in rows}
    for row in rows:
        assert problems(row.kind, said_of(row), lists) == {}
        assert row.took_place_on is None or row.took_place_on <= clock.today()
        if row.kind is FactKind.DETRIMENT:
            concern = by_number[row.case_id, row.after or 0]
            assert concern.kind is FactKind.CONCERN
            assert not came_first(said_of(concern), said_of(row))


def test_a_finding_is_coded_once_and_only_past_the_review(session: Session) -> None:
    keys = session.execute(select(Finding.case_id, Finding.code, Finding.case_process_id)).all()
    assert len(keys) == len(set(keys)) > 0
    past = select(StageEvent.case_id).where(StageEvent.to_stage.in_(("findings", "active")))
    # Those told from the papers are coded at once.
    told = select(Case.id).where(Case.summary.in_([timeline.summary for timeline in TIMELINES]))
    assert count(session, Finding.case_id.not_in(past), Finding.case_id.not_in(told)) == 0
    assert all(re.fullmatch(r"20\d\dQ[1-4]", quarter) for quarter in session.scalars(select(Finding.quarter)))


def test_nobody_is_on_a_case_behind_their_wall(session: Session) -> None:
    for person in session.scalars(select(Volunteer.id)).all():
        wall = barred_cases(person)
        # Whoever declares an employer today may have been on a case of theirs before.
        live = Assignment.status.in_((AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED))
        assert count(session, Assignment.volunteer_id == person, live, Assignment.case_id.in_(wall)) == 0
        undone = Action.done_at.is_(None)
        assert count(session, Action.owner_id == person, undone, Action.case_id.in_(wall)) == 0


def test_nothing_happens_in_the_future_or_before_the_case_came(session: Session) -> None:
    now = clock.now()
    for column in (StageEvent.at, Entry.at, Finding.coded_at, Flag.set_at, Assignment.offered_at):
        case_id = column.class_.case_id
        early = select(func.count()).join(Case, Case.id == case_id).where(column < Case.received_at)
        assert session.scalar(early.select_from(column.class_)) == 0, column
        assert count(session, column > now) == 0, column


def test_the_four_sign_ins_exist_and_nobody_else_can_sign_in(session: Session) -> None:
    rows = session.execute(
        select(Volunteer.username, Volunteer.role, Volunteer.password_hash).where(Volunteer.password_hash.is_not(None))
    ).all()
    assert {row.username: row.role for row in rows} == {
        "lead": Role.LEAD,
        "lead2": Role.LEAD,
        "volunteer": Role.VOLUNTEER,
        "observer": Role.OBSERVER,
    }
    assert bcrypt.checkpw(PASSWORD.encode(), rows[0].password_hash.encode())
    assert session.scalar(select(Revision.is_demo))


@pytest.mark.parametrize(("who", "by"), [("lead", "Lou Lead (demo)"), ("lead2", "Lena Lead (demo)")])
def test_each_of_the_two_leads_has_something_the_other_asked_to_agree_to(session: Session, who: str, by: str) -> None:
    me = session.scalars(select(Volunteer.id).where(Volunteer.username == who)).one()
    found = desk(session, Viewer(me, Role.LEAD), 0)
    assert [ask.asked_by for ask in found.waiting if ask.may_agree] == [by]
    assert sum(ask.is_own for ask in found.waiting) == 1
    assert [one.waits for one in found.declared] == [True, False]


def test_the_demo_volunteer_has_a_week_of_work_and_an_offer(session: Session) -> None:
    me = session.scalars(select(Volunteer).where(Volunteer.username == "volunteer")).one()
    mine = Case.lead_id == me.id
    today, limits = clock.today(), Limits()
    assert count(session, mine) == 5
    assert count(session, mine, condition_sql(Condition.UPDATE_OVERDUE, today, limits)) >= 1
    assert count(session, mine, Case.chase_on.is_not(None)) >= 1
    soon = Deadline.due_on.between(today, today + timedelta(days=10))
    own = Deadline.case_id.in_(select(Case.id).where(mine))
    assert count(session, own, soon, Deadline.kind == "statutory", Deadline.met_on.is_(None)) >= 1
    offered = (Assignment.volunteer_id == me.id) & (Assignment.status == AssignmentStatus.OFFERED)
    assert count(session, offered) == 1


def free_text(session: Session) -> Iterator[str]:
    """All that anybody might have typed."""
    for column in (
        Case.summary,
        Case.body_text,
        Entry.text,
        Action.text,
        Deadline.name,
        Finding.note,
        Flag.why,
        Recusal.reason,
        StageEvent.reason,
        Waiting.on_whom,
        Volunteer.name,
        Volunteer.email,
    ):
        yield from (words for words in session.scalars(select(column).distinct()) if words)


def test_everything_is_invented(session: Session) -> None:
    vault: Vault = session.info["vault"]
    for told in session.scalars(select(CaseIdentity)):
        identity = vault.open(told.sealed)
        assert identity.name.removeprefix("Dr ").startswith("Demo Doctor ")
        assert identity.contact.endswith("@example.org")
        assert told.contact_hash == vault.contact_hash(contact_key(identity.contact))
    assert all(re.fullmatch(r"EX\d{3}", code) for code in session.scalars(select(Organisation.code)))
    assert all(name.startswith("Example ") for name in session.scalars(select(Organisation.name)))
    assert all(is_reference(reference) for reference in session.scalars(select(Case.reference)))
    for words in free_text(session):
        assert all(address.endswith("@example.org") for address in re.findall(r"[\w.+-]+@[\w.-]+", words))
        # GMC numbers have seven digits, NHS numbers ten, telephone numbers eleven.
        assert not re.search(r"\d[\d -]{5,}\d", words), words


def test_consent_to_hold_is_always_there(session: Session) -> None:
    held = select(Consent.case_id).where(
        Consent.purpose == ConsentPurpose.HOLD, Consent.given, Consent.withdrawn_at.is_(None)
    )
    assert count(session, Case.id.not_in(held)) == 0
    learning = select(Consent.case_id).where(Consent.purpose == ConsentPurpose.LEARNING, Consent.given)
    drawn = select(StageEvent.case_id).where(StageEvent.to_stage == "learning")
    assert count(session, Case.id.in_(drawn), Case.id.not_in(learning)) == 0


def test_nothing_was_done_without_the_consent_it_needs(session: Session) -> None:
    agreed = {
        (row.case_id, row.purpose, row.whom)
        for row in session.scalars(select(Consent).where(Consent.given, Consent.withdrawn_at.is_(None)))
    }
    for entry in session.scalars(select(Entry).where(Entry.kind == EntryKind.ADVOCACY)):
        if needed := ADVOCACY.get(entry.code or ""):
            assert (entry.case_id, needed.purpose, needed.whom) in agreed
    seconds = session.scalars(select(Assignment.case_id).where(Assignment.role == AssignmentRole.SECOND))
    assert {(case_id, ConsentPurpose.SECOND, None) for case_id in seconds} <= agreed
    wanted = session.scalars(select(Entry.case_id).where(Entry.help_wanted.is_not(None)))
    marked = session.scalars(select(MeetingMark.case_id))
    assert {(case_id, ConsentPurpose.MEETING, None) for case_id in (*wanted, *marked)} <= agreed


def test_three_hundred_cases_have_the_shape_of_a_real_caseload(three_hundred: Database) -> None:
    today, limits = clock.today(), Limits()
    with three_hundred.read() as session:
        assert count(session, Case.id > 0) == 300 + len(TIMELINES)
        assert 80 <= count(session, Case.is_open) <= 110
        for condition in Condition:
            assert count(session, condition_sql(condition, today, limits)) > 0, condition
        assert 10 <= count(session, Case.is_open, Case.lead_id.is_(None)) <= 15
        assert 1500 <= count(session, Entry.id > 0) <= 2200
        assert 550 <= count(session, Finding.id > 0) <= 850
        busy = set(session.scalars(select(Case.lead_id).where(Case.lead_id.is_not(None))))
        assert len(busy) < count(session, Volunteer.role == Role.VOLUNTEER)
        assert count(session, Volunteer.says_full) == 1
        assert count(session, Leave.starts_on <= today, Leave.ends_on >= today) == 2
        assert count(session, Recusal.id > 0) >= 3
        assert count(session, StageEvent.from_stage.in_(("closed", "declined", "referred"))) > 0
        for name in ("lead", "volunteer"):
            person = session.scalars(select(Volunteer.id).where(Volunteer.username == name)).one()
            assert 1 <= count(session, Case.id.in_(barred_cases(person))) <= 60
        twice = select(Case.doctor_id).group_by(Case.doctor_id).having(func.count() > 1)
        assert session.scalars(twice).all()


def doctors_by(session: Session, column: Any, code: str) -> dict[str, int]:
    rows = session.execute(
        select(column, func.count(Case.doctor_id.distinct()))
        .join(Finding, Finding.case_id == Case.id)
        .where(Finding.code == code)
        .group_by(column)
    )
    return {row[0]: row[1] for row in rows}


def test_a_heatmap_of_three_hundred_cases_reveals_the_patterns(three_hundred: Database) -> None:
    with three_hundred.read() as session:
        by_region = doctors_by(session, Case.region, "P05")
        hot = by_region["midlands"] + by_region["north_west"]
        assert hot > 0.6 * sum(by_region.values())
        for code in ("U06", "U07"):
            by_grade = doctors_by(session, Case.grade, code)
            outside = ("locally_employed", "specialty_doctor", "specialist", "associate_specialist")
            assert sum(by_grade.get(grade, 0) for grade in outside) > 0.5 * sum(by_grade.values())
        by_specialty = doctors_by(session, Case.specialty_group, "S08")
        assert max(by_specialty, key=lambda group: by_specialty[group]) == "surgery"


def test_the_last_closed_quarters_are_released_and_signed_by_two_leads(three_hundred: Database) -> None:
    quarters = last_quarters(quarter_before(quarter_of(clock.today())), 3)
    with three_hundred.read() as session:
        rows = session.scalars(select(Release).order_by(Release.quarter)).all()
        tables = signed_tables(session)
        leads = set(session.scalars(select(Volunteer.id).where(Volunteer.role == Role.LEAD)))
        out = doctors_left_out(session)
    assert [row.quarter for row in rows] == quarters[::-1]
    for row in rows:
        over = quarter_start(quarter_after(row.quarter))
        assert clock.london_day(row.computed_at) >= over
        # A quarter that has only just closed waits for its two leads.
        signed = [who for who in (row.reviewed_by_id, row.signed_by_id) if who is not None]
        assert len(leads & set(signed)) == len(signed)
        assert (row.signed_at is not None) == (len(signed) == 2) == (clock.today() >= over + timedelta(days=9))
        assert row.left_out == len(out) > 0
        assert row.shown_numbers > 100
    assert [fingerprint(quarter, shown) for quarter, _, shown in tables] == [
        row.fingerprint for row in rows if row.signed_at
    ]


def test_doctors_at_risk_have_a_plan_a_decision_waits_for_a_lead_and_somebody_is_to_check_in(
    three_hundred: Database,
) -> None:
    with three_hundred.read() as session:
        assert session.scalar(select(func.count()).select_from(SafetyPlan)) == 2
        leads = set(session.scalars(select(Volunteer.id).where(Volunteer.username.in_(("lead", "lead2")))))
        decided = session.execute(select(Disclosure.agreed, Disclosure.second_id).order_by(Disclosure.id)).all()
        assert [agreed for agreed, _ in decided] == [True, None]
        assert {second for _, second in decided} <= leads
        assert session.scalars(select(CheckIn.kind)).all() == ["press"]


def test_the_same_seed_gives_the_same_cases_and_another_gives_others(forty: Database, tmp_path: Path) -> None:
    told = [cases_of(forty)]
    for seed, cases in ((1, 40), (8, 12)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        database = build(sqlite_url(folder), cases, seed=seed)
        told.append(cases_of(database))
        database.engine.dispose()
    assert told[0] == told[1]
    assert not {case.reference for case in told[0]} & {case.reference for case in told[2]}


def cases_of(database: Database) -> list[Any]:
    with database.read() as session:
        return list(session.execute(select(Case.reference, Case.summary, Case.opened_on, Case.stage)))


def test_the_open_share_falls_as_the_record_grows() -> None:
    assert life.how_many_open(300) == 95
    assert 5_500 <= life.how_many_open(100_000) <= 6_500
    dice = Random(1)  # noqa: S311 - dice, not secrets
    fates = life.intake(dice, date(2026, 11, 22), 100_000)
    assert sum(fate.is_open for fate in fates) == life.how_many_open(100_000)
    by_month = [sum(fate.opened_on.month == month for fate in fates) for month in range(1, 13)]
    most = sorted(range(1, 13), key=lambda month: -by_month[month - 1])
    assert most[0] == 8
    assert set(most[1:3]) == {2, 10}


@pytest.mark.parametrize("cases", [0, 1, 7])
def test_very_few_cases_are_no_trouble(tmp_path: Path, cases: int) -> None:
    database = build(sqlite_url(tmp_path), cases)
    with database.read() as session:
        assert count(session, Case.id > 0) == cases
    database.engine.dispose()


def test_it_refuses_a_database_in_use_and_leaves_it_as_it_was(demo: Database) -> None:
    with demo.read() as session:
        before = count(session, Case.id > 0)
    with pytest.raises(CommandRefused, match="in use"):
        build_demo(demo, cases=5, seed=1, progress=False)
    with demo.read() as session:
        assert count(session, Case.id > 0) == before


def test_numbering_goes_on_after_the_demo(demo: Database) -> None:
    with demo.log() as session:
        doctor = Doctor(created_at=clock.now())
        session.add(doctor)
        session.flush()
        assert doctor.id > 1
        session.rollback()


def test_the_log_shows_a_team_at_work_and_a_review_points_at_few(demo: Database) -> None:
    with demo.read() as session:
        lead = session.scalars(select(Volunteer).where(Volunteer.username == "lead")).one()
        viewer = Viewer(id=lead.id, role=Role.LEAD)
        found = access_review(session, viewer, Period(clock.today() - timedelta(days=28), clock.today()), Limits())
        barred = session.scalars(barred_cases(lead.id)).all()
        logged = set(session.scalars(select(AccessLog.case_id).where(AccessLog.actor_id == lead.id)))
    assert len(found) > 5
    assert found["identities"].sum() > 0
    unusual = found[[mark.value for mark in Unusual]].sum()
    assert unusual["ended"] == unusual["conflict"] == unusual["left"] == unusual["many"] == 0
    assert unusual["no_place"] <= 0.1 * (found["cases"].sum() + found["identities"].sum())
    assert not logged & set(barred)


def test_the_audit_holds(demo: Database) -> None:
    with demo.read() as session:
        found = check_audit(session, Vault(keys=[KEY], hash_key="for tests"))
    assert found.broken == ""
    assert found.rows > 0


def test_every_process_is_where_its_newest_event_says_and_some_checklists_have_breaches(session: Session) -> None:
    events: dict[int, list[ProcessEvent]] = {}
    for event in session.scalars(select(ProcessEvent)):
        events.setdefault(event.case_process_id, []).append(event)
    for process in session.scalars(select(CaseProcess)):
        told = events[process.id]
        assert current(told).stage == process.stage
        last = process.ended_on or clock.today()
        assert all(process.started_on <= event.since <= last for event in told)
    for outcome in session.scalars(select(ProcessOutcome)):
        process = session.get_one(CaseProcess, outcome.case_process_id)
        assert belongs(session.get_one(OutcomeTerm, outcome.outcome).processes, process.process)
        last = process.ended_on or clock.today()
        assert outcome.happened_on <= last
        assert not outcome.ended or outcome.happened_on == last
    answers = set(session.scalars(select(FairnessAnswer.answer)))
    assert answers == {Fairness.MET, Fairness.BREACHED}
