"""What a doctor tells of with its day: every rule can be started by something, and only by what its nation knows."""

import csv
from datetime import date

import pytest
from sqlalchemy.orm import Session

from db.choices import Certainty
from db.dated_events import events_of
from db.engine import Database
from db.models import Process, ProcessStage, TimeRule
from db.reference_data import FOLDER
from db.rule_asks import rules_of
from db.rules.dated_events import STAGE, rules_begun, started, tellable
from db.rules.time_rules import WITHDRAWN

# The rules that no single day starts: one waits for two facts, one follows only where the body asks for longer, and one
# is shown beside the rule that it may replace.
BY_HAND = {"ET-SERVICE-6M", "SAR-EXTENDED-3M", "ET-PRIMARY-6M"}


def scopes_in(session: Session) -> dict[str, tuple[str, ...]]:
    return {row.code: tuple(row.nation_scope.split()) for row in session.query(Process)}


def test_every_rule_in_force_is_started_by_something(database: Database) -> None:
    with database.read() as session:
        begun = {code for event in events_of(session) for code in event.rules}
        rules = {row.code for row in session.query(TimeRule) if row.valid_to != WITHDRAWN}
    assert rules - begun == BY_HAND
    assert begun - rules == set()


def test_every_event_is_of_a_stage_that_exists(database: Database) -> None:
    with database.read() as session:
        for event in events_of(session):
            assert event.rules or event.as_date, event
            if event.place == STAGE:
                assert session.get(ProcessStage, (event.process, event.value)), event


def test_codes_are_unique() -> None:
    with (FOLDER / "dated_events.csv").open(encoding="utf-8") as lines:
        codes = [row["code"] for row in csv.DictReader(lines)]
    assert len(codes) == len(set(codes))


# Dates worked out by hand. Three months less a day from 20 November: 19 February. Seven days after: the 27th.
@pytest.mark.parametrize(
    ("nation", "expected"),
    [
        (
            "england",
            [
                ("ET-INTERIM-RELIEF-7D", date(2026, 11, 27)),
                ("ET-CONTRACT-3M", date(2027, 2, 19)),
                ("ET-PRIMARY-3M", date(2027, 2, 19)),
            ],
        ),
        ("northern_ireland", [("IT-INTERIM-RELIEF-7D", date(2026, 11, 27)), ("IT-PRIMARY-3M", date(2027, 2, 19))]),
    ],
)
@pytest.mark.parametrize("process", ["MHPS", "GRIEV", "SICK", "VISA"])
def test_a_dismissal_under_any_process_starts_the_tribunals_limits(
    database: Database, process: str, nation: str, expected: list[tuple[str, date]]
) -> None:
    with database.read() as session:
        codes = rules_begun(events_of(session), process=process, place="outcome", value="DISMISSED")
        outs = started(rules_of(session), scopes_in(session), codes, date(2026, 11, 20), nation=nation)
    assert [(out.rule.code, out.due_on) for out in outs] == expected


def test_of_two_regimes_only_the_one_in_force_is_started(database: Database) -> None:
    with database.read() as session:
        codes = rules_begun(events_of(session), process="ET", place=STAGE, value="ACAS")
        rules, scopes = rules_of(session), scopes_in(session)
        found = {
            day: [out.rule.code for out in started(rules, scopes, codes, day, nation="england")]
            for day in (date(2025, 11, 30), date(2025, 12, 1))
        }
    assert found == {date(2025, 11, 30): ["ET-ACAS-6W"], date(2025, 12, 1): ["ET-ACAS-12W"]}


def test_only_what_fits_the_processes_can_be_told(database: Database) -> None:
    with database.read() as session:
        told = tellable(events_of(session), ["GMC"])
    assert {event.process for event in told} == {"GMC", None}
    assert told[-1].process is None
    assert told[0].process == "GMC"


def test_rules_keep_their_certainty(database: Database) -> None:
    with database.read() as session:
        out = started(rules_of(session), {}, ["IT-PRIMARY-3M"], date(2026, 11, 20), nation="northern_ireland")
    assert out[0].rule.certainty == Certainty.UNCONFIRMED
