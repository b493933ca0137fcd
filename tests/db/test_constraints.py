"""Whoever runs into a constraint at the same moment as somebody else is told so in words, on both databases."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Enum, Float, Integer, LargeBinary, String, Table, insert
from sqlalchemy.exc import IntegrityError

from db import clock, constraints
from db.base import Base
from db.constraints import REFUSALS, broken
from db.engine import Database
from db.errors import CommandRefused
from db.models import Volunteer
from tests.factories import make_volunteer

# No two people can run into these: random, made in the same transaction as what they stand for, caught where it is
# written, or written by one process alone.
NOBODY_MEETS = {
    "uq_alerts_enquiry_id_volunteer_id",
    "uq_alerts_flag_id_volunteer_id",
    "uq_cases_reference",
    "uq_consents_case_id_purpose_given_at",
    "uq_downloads_token_hash",
    "uq_drafts_volunteer_id_case_id_form",
    "uq_drafts_without_case",
    "uq_handovers_offer_id",
    "uq_one_time_links_token_hash",
    "uq_organisations_code",
    "uq_published_values_series_measure_year_listed_place",
    "uq_recovery_codes_code_hash",
    "uq_release_tables_release_id_dimension_period",
    "uq_reminders_calendar_hash",
    "uq_sign_in_sessions_proof_hash",
    "uq_sign_in_sessions_token_hash",
    "uq_used_tokens_volunteer_id_token",
}
# What a row needs to be held by a constraint that holds some rows only, or to be one that the table takes.
ROWS: dict[str, dict[str, Any]] = {
    "uq_action_offers_live": {"status": "offered", "from_id": 1, "to_id": 2, "answered_at": None},
    "uq_assignments_one_interim": {"status": "accepted", "role": "interim"},
    "uq_assignments_one_lead": {"status": "accepted", "role": "lead"},
    "uq_assignments_one_place": {"status": "accepted", "role": "second"},
    "uq_conflict_checks_volunteer_id_case_id": {"answered_at": None, "no_conflict": None},
    "uq_codings_asked": {"coder_id": 1, "asked_by_id": 2},
    "uq_debriefs_volunteer_id_case_id_kind_happened_on": {"outcome": None, "recorded_at": None},
    "uq_claim_bases_claim_id_learning_id": {"case_id": 1},
    "uq_claim_flags_open": {"settled_at": None, "settled_by_id": None},
    "uq_case_links_live": {"one_id": 1, "other_id": 2, "ended_at": None},
    "uq_doctor_answers_live": {"one_id": 1, "other_id": 2, "undone_at": None},
    "uq_findings_once_a_case": {"case_process_id": None},
    "uq_flags_live": {"cleared_at": None},
    "uq_meetings_not_closed": {"is_closed": False},
    "uq_organisation_mergers_predecessor_id_successor_id": {"predecessor_id": 1, "successor_id": 2},
    "uq_stories_live": {"stage": "draft"},
    "uq_releases_standing": {"discarded_at": None, "signed_at": None, "reviewed_at": None},
}
# Where two rows would be alike in more than this constraint holds.
APART: dict[str, dict[str, Any]] = {
    "uq_assignments_one_lead": {"volunteer_id": 2},
    "uq_cases_source_key": {"reference": "y" * 10},
}
LENGTHS = {"reference": 10, "quarter": 6}


def table_of(name: str) -> Table:
    return next(table for table in Base.metadata.tables.values() if name.removeprefix("uq_").startswith(table.name))


def some(column: Column[Any]) -> Any:
    match column.type:
        case Enum():
            return column.type.enums[0]
        case Integer():
            return 1
        case Float():
            return 1.0
        case Date():
            return date(2026, 1, 1)
        case String():
            return "x" * LENGTHS.get(column.name, 3)
        case LargeBinary():
            return b"x"
        case Boolean():
            return True
        case JSON():
            return {}
    return clock.now()


def twins(name: str) -> list[dict[str, Any]]:
    """Two rows that differ in nothing but their key, and what else would tell them apart."""
    table = table_of(name)
    needed = {column.name: some(column) for column in table.columns if not column.nullable and not column.primary_key}
    held = {column: 1 for column in unique_columns(name) if column not in needed}
    row = needed | held | ROWS.get(name, {})
    key = next(iter(table.primary_key)).name
    return [row | {key: 1}, row | {key: 2} | APART.get(name, {})]


def unique_columns(name: str) -> list[str]:
    columns = next(columns for columns, names in constraints.unique_names().items() if name in names)
    return [column.rpartition(".")[2] for column in columns]


def test_every_constraint_of_two_alike_is_put_in_words_or_met_by_nobody() -> None:
    known = set().union(*constraints.unique_names().values())
    assert known == set(REFUSALS) | NOBODY_MEETS
    assert not set(REFUSALS) & NOBODY_MEETS


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_a_broken_constraint_is_known_by_its_name(database: Database, name: str) -> None:
    with pytest.raises(IntegrityError) as error, database.engine.begin() as connection:
        connection.execute(insert(table_of(name)).values(twins(name)))
    assert name in broken(error.value)
    assert {REFUSALS[one] for one in broken(error.value)} == {REFUSALS[name]}


def test_the_second_of_two_is_refused_in_words(database: Database) -> None:
    with database.write() as session:
        make_volunteer(session, "same")
    with pytest.raises(CommandRefused, match="That username is taken"), database.write() as session:
        make_volunteer(session, "same")


def test_a_constraint_that_is_not_theirs_is_a_bug_and_crashes(database: Database) -> None:
    with database.write() as session:
        person = make_volunteer(session, "late")
    with pytest.raises(IntegrityError), database.write() as session:
        session.get_one(Volunteer, person).pledged_hours = -1
