"""The schema in the database is the one in the models, and reference data is loaded once."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import CheckConstraint, Engine, inspect, text, update
from sqlalchemy.orm import Session

from db import clock
from db.base import Base
from db.choices import AssignmentRole, AssignmentStatus, DeadlineKind, Whose
from db.commands.conflicts import LINK
from db.commands.same_doctor import answer_same_doctor, undo_same_doctor
from db.engine import Database, alembic_config, current_revision, make_engine, schema_is_current, upgrade
from db.models import (
    Assignment,
    Case,
    CaseIdentity,
    CaseProcess,
    CodedTerm,
    Coding,
    CodingMark,
    Deadline,
    DoctorAnswer,
    FindingCode,
    Flag,
    Process,
    ProcessEvent,
    ProcessStage,
    Revision,
    TimeRule,
    VolunteerName,
)
from db.reference_data import load_reference_data
from db.rules.codings import CodingStatus
from db.set_up import fill_hashes
from db.settings import SettingsError
from db.vault import vault_of
from tests.db.helpers import count, rows, snapshot, the_case
from tests.factories import INTAKE, Casework, make_case
from tests.postgres import postgres_url

ROOT = Path(__file__).parents[2]
TODAY, RULE = clock.today(), "MPTS-GMC-APPEAL-28D"


def test_migrations_build_exactly_the_models(database_url: str) -> None:
    command.check(alembic_config(database_url))


def test_constraints_of_the_models_are_in_the_database(database: Database) -> None:
    """Alembic compares neither checks nor the conditions of partial indexes."""
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        checks = {check["name"] for check in found.get_check_constraints(table.name)}
        wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert checks == wanted, table.name
        uniques = {index["name"] for index in found.get_indexes(table.name) if index["unique"]}
        assert {str(index.name) for index in table.indexes if index.unique} <= uniques, table.name


def test_upgrading_again_changes_nothing(database: Database, database_url: str) -> None:
    before = snapshot(database)
    upgrade(database_url)
    upgrade(database_url)
    assert snapshot(database) == before


def test_schema_is_current_only_at_the_newest_migration(database: Database) -> None:
    assert schema_is_current(database.engine)
    _stand_at(database.engine, "0000_long_ago")
    assert not schema_is_current(database.engine)
    _stand_at(database.engine, None)
    assert not schema_is_current(database.engine)


def test_an_empty_database_is_not_current_until_upgraded(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('new')}/new folder/casework 100%.sqlite3"
    engine = make_engine(url)
    assert not schema_is_current(engine)
    upgrade(url)
    assert schema_is_current(engine)
    engine.dispose()


def test_a_database_from_before_the_first_migration_was_settled_is_refused_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'casework.sqlite3'}"
    command.upgrade(alembic_config(url), "0001")
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_stage_events_to_stage_at"))
    with pytest.raises(SettingsError, match="Nothing in it was changed"):
        upgrade(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0001"
    engine.dispose()


def test_a_database_that_could_hold_no_end_of_a_process_gets_its_check_ins(database_url: str) -> None:
    """As it was made on the day on which check-ins came, before they could follow an end."""
    command.downgrade(alembic_config(database_url), "0042")
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM check_in_rules WHERE place = 'end'"))
        name = "ck_check_in_rules_check_in_at"
        with Operations(MigrationContext.configure(connection)).batch_alter_table("check_in_rules") as rules:
            rules.drop_constraint(name, type_="check")
            rules.create_check_constraint(name, "place IN ('stage', 'outcome', 'flag', 'rule', 'finding', 'advocacy')")
    upgrade(database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM check_in_rules WHERE place = 'end'"))
    engine.dispose()


def test_a_table_that_others_refer_to_is_changed_with_what_is_in_it(casework: Casework, database_url: str) -> None:
    with casework.database.write() as session:
        people = {"coder_id": casework.off_case, "asked_by_id": casework.lead}
        coding = Coding(case_id=1, asked_at=clock.now(), status=CodingStatus.HANDED_IN, ended_at=clock.now(), **people)
        session.add(coding)
        session.flush()
        chosen = {"by_first": True, "by_second": True}
        session.add(CodingMark(case_id=1, coding_id=coding.id, code="P04", note="Six months", **chosen))
    before = snapshot(casework.database)
    command.downgrade(alembic_config(database_url), "0041")
    upgrade(database_url)
    assert snapshot(casework.database) == before


def test_a_migrated_database_has_one_revision_and_a_name_of_its_own(database: Database) -> None:
    assert count(database, Revision) == 1
    with database.read() as session:
        name, number, patterns = current_revision(session)
    assert len(name) == 16
    assert number >= 1
    assert patterns >= 1


def test_reference_data_loads_once(database: Database) -> None:
    with database.write() as session:
        assert load_reference_data(session) == 0
    for model in (Process, ProcessStage, TimeRule, FindingCode, CodedTerm):
        assert count(database, model) > 0
    assert count(database, FindingCode) == 46


def test_a_changed_row_is_brought_up_to_date_and_every_cache_goes_stale(database: Database, database_url: str) -> None:
    with database.write() as session:
        session.execute(update(TimeRule).where(TimeRule.code == "ET-PRIMARY-3M").values(amount=99))
        session.execute(update(CodedTerm).where(CodedTerm.code == "CRISIS").values(extra=None))
        before = current_revision(session)
    upgrade(database_url)
    with database.read() as session:
        assert session.get_one(TimeRule, "ET-PRIMARY-3M").amount == 3
        assert session.get_one(CodedTerm, ("flag", "CRISIS")).extra == "red"
        assert current_revision(session)[1] > before[1]


def test_a_row_that_left_the_files_stays_because_cases_point_at_it(database: Database) -> None:
    with database.write() as session:
        session.add(CodedTerm(list="grade", code="old_grade", label="Old", definition="", position=99))
    with database.write() as session:
        assert load_reference_data(session) == 0
        assert session.get(CodedTerm, ("grade", "old_grade")) is not None


def test_rules_counted_backwards_are_in_days(database: Database) -> None:
    """`notice_date` knows no other unit."""
    with database.read() as session:
        found = session.query(TimeRule).filter_by(counting="backwards").all()
        assert found
        assert {rule.unit for rule in found} == {"working_days", "calendar_days"}
        assert {rule.counting for rule in session.query(TimeRule)} <= {"after", "inclusive", "backwards", "rolled"}


def _stand_at(engine: Engine, version: str | None) -> None:
    with Session(engine) as session, session.begin():
        session.execute(text("DELETE FROM alembic_version"))
        if version:
            session.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


def test_the_revision_row_is_read_by_its_id(database: Database) -> None:
    with database.read() as session:
        assert session.get_one(Revision, 1).is_demo is False
    assert [row.id for row in rows(database, Revision)] == [1]


def test_a_process_from_before_pathways_gets_the_stage_it_is_at_and_no_day_made_up(
    casework: Casework, database_url: str
) -> None:
    command.downgrade(alembic_config(database_url), "0011")
    upgrade(database_url)
    [process], [event] = rows(casework.database, CaseProcess), rows(casework.database, ProcessEvent)
    assert (event.stage, event.since, event.is_exact) == (process.stage, process.started_on, False)
    assert (event.number, event.edition, event.by_id, event.beside) == (1, 1, None, False)


def test_a_shared_identity_is_copied_to_each_case_and_the_cases_stay_one_doctors(
    casework: Casework, database_url: str
) -> None:
    with casework.database.write() as session:
        second = make_case(session, actor_id=casework.lead, body=casework.other_body)
        third = make_case(session, actor_id=casework.lead, body=casework.other_body, name="Nora Sample")
        answer_same_doctor(
            session, actor_id=casework.lead, reference=casework.reference, other_reference=second, is_one=True
        )
    first, other, apart = (the_case(casework, reference) for reference in (casework.reference, second, third))
    command.downgrade(alembic_config(database_url), "0013")
    upgrade(database_url)
    fill_hashes(casework.database)
    after = rows(casework.database, Case)
    assert [case.doctor_id for case in after] == [first.doctor_id, first.doctor_id, apart.doctor_id]
    identities = rows(casework.database, CaseIdentity)
    assert len({row.doctor_id for row in identities}) == 3
    with casework.database.read() as session:
        names = [vault_of(session).open(row.sealed).name for row in identities]
    assert names == [INTAKE.name, INTAKE.name, "Nora Sample"]
    assert identities[0].name_hash == identities[1].name_hash != identities[2].name_hash
    [answer] = rows(casework.database, DoctorAnswer)
    assert (answer.one_id, answer.other_id, answer.is_one, answer.by_id) == (first.id, other.id, True, None)
    with casework.database.write() as session:
        undo_same_doctor(session, actor_id=casework.lead, reference=second, other_reference=casework.reference)
    assert len({case.doctor_id for case in rows(casework.database, Case)}) == 3


def test_the_names_of_volunteers_go_on_barring_after_an_upgrade(casework: Casework, database_url: str) -> None:
    command.downgrade(alembic_config(database_url), "0013")
    with casework.database.engine.begin() as connection:
        connection.execute(
            text("UPDATE volunteers SET name_hash = :h WHERE id = :i"), {"h": "h" * 64, "i": casework.off_case}
        )
    upgrade(database_url)
    assert [row.name_hash for row in rows(casework.database, VolunteerName)] == ["h" * 64]
    fill_hashes(casework.database)
    kept = [row.name_hash for row in rows(casework.database, VolunteerName, volunteer_id=casework.off_case)]
    assert kept[0] == "h" * 64
    assert len(kept) > 1


UPGRADE = "import sys; from db.engine import upgrade; upgrade(sys.argv[1])"


def test_processes_that_start_at_once_on_an_empty_postgresql_take_turns() -> None:
    with postgres_url() as url:
        both = [
            subprocess.Popen([sys.executable, "-c", UPGRADE, url], cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)
        ]
        said = [process.communicate(timeout=60)[1] for process in both]
        assert [process.returncode for process in both] == [0, 0], said


def test_what_ended_only_with_its_case_is_known_after_an_upgrade(casework: Casework, database_url: str) -> None:
    of: dict[str, Any] = {"case_id": 1, "due_on": TODAY, "kind": DeadlineKind.STATUTORY, "whose": Whose.BODY}
    over, why = {"lapsed_on": TODAY, "lapsed_reason": "Case: Declined"}, "Case: Declined"
    flag: dict[str, Any] = {
        "case_id": 1,
        "why": "x",
        "set_at": clock.now(),
        "review_on": TODAY,
        "cleared_at": clock.now(),
    }
    with casework.database.write() as session:
        first = Deadline(name="With the case", rule=RULE, asks_rule="MPTS-PSA-40D", **of, **over)
        session.add(first)
        session.flush()
        session.add(Deadline(name="Before", previous_id=first.id, **of, lapsed_on=TODAY, lapsed_reason="Withdrawn"))
        session.add(Flag(code="EXCL", cleared_why=why, **flag))
        session.add(Flag(code="VISA", cleared_why=why, cleared_by_id=casework.lead, **flag))
    command.downgrade(alembic_config(database_url), "0026-1")
    upgrade(database_url)
    with_it, before = rows(casework.database, Deadline)
    assert (with_it.ended_with_case, before.ended_with_case) == (True, False)
    assert (with_it.rule, with_it.asks_rule, before.previous_id) == (RULE, "MPTS-PSA-40D", with_it.id)
    assert with_it.whose is Whose.WINDOW
    assert {row.code: row.ended_with_case for row in rows(casework.database, Flag)} == {"EXCL": True, "VISA": False}


def test_what_was_said_as_an_offer_was_declined_is_for_leads_after_an_upgrade(
    casework: Casework, database_url: str
) -> None:
    """It stood among the reasons that a whole team reads; what the app itself wrote there stays."""
    of: dict[str, Any] = {
        "case_id": 1,
        "volunteer_id": casework.off_case,
        "role": AssignmentRole.SECOND,
        "reason": "Room",
    }
    of |= {"status": AssignmentStatus.DECLINED, "offered_at": clock.now(), "answered_at": clock.now()}
    with casework.database.write() as session:
        session.add_all([Assignment(**of, answer="I am ill"), Assignment(**of, ended_reason=LINK)])
    command.downgrade(alembic_config(database_url), "0043")
    with casework.database.engine.connect() as connection:
        asked = text("SELECT ended_reason FROM assignments WHERE status = 'declined' ORDER BY id")
        assert list(connection.scalars(asked)) == ["I am ill", LINK]
    upgrade(database_url)
    told = [
        (row.answer, row.ended_reason) for row in rows(casework.database, Assignment, volunteer_id=casework.off_case)
    ]
    assert told == [("I am ill", None), (None, LINK)]
