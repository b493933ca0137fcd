"""Days that nobody can have meant are refused wherever a day is typed, with one clear sentence."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import DeadlineKind, Whose
from db.commands.affiliations import add_affiliation
from db.commands.corrections import correct_facts
from db.commands.deadlines import add_deadline
from db.commands.documents import add_document
from db.commands.open_case import open_case
from db.commands.processes import add_process
from db.models import Case
from db.queries.corrections import correctable
from db.rules.days import problems_with_days
from tests.db.helpers import refused, run, viewer
from tests.factories import INTAKE, Casework

TODAY = clock.today()
LATER = TODAY + timedelta(days=1)


@dataclass
class Told:
    received_at: datetime


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"due_on": date(25, 3, 5)}, "Due: check the year, 5 March 0025 can’t be right."),
        ({"due_on": date(1949, 12, 31)}, "Due: check the year, 31 December 1949 can’t be right."),
        ({"due_on": date(2061, 1, 1)}, "Due: check the year, 1 January 2061 can’t be right."),
        ({"trigger_on": date(1025, 3, 5)}, "Day it counts from: check the year, 5 March 1025 can’t be right."),
        ({"told_on": LATER}, "Doctor told on: choose today or an earlier day."),
        ({"received_on": LATER}, "Received on: choose today or an earlier day."),
        ({"sent_on": LATER}, "Sent on: choose today or an earlier day."),
        ({"told": Told(datetime(25, 3, 5, tzinfo=UTC))}, "Received: check the year, 5 March 0025 can’t be right."),
        ({"move_values": {"first_contact": LATER}}, "First contact with the doctor: choose today or an earlier day."),
    ],
)
def test_one_clear_sentence(given: dict[str, Any], words: str) -> None:
    assert list(problems_with_days(given, TODAY).values()) == [words]


@pytest.mark.parametrize(
    "given",
    [
        {"due_on": date(1950, 1, 1), "review_on": date(2060, 12, 31)},
        {"told_on": TODAY, "retain_until": LATER, "safe_ending": LATER, "expires_on": LATER},
        # What the form was drawn with, which it puts right.
        {"seen": Told(datetime(25, 3, 5, tzinfo=UTC)), "seen_due_on": date(25, 3, 5), "shown_on": date(25, 3, 5)},
        {"name": "x", "number": 25, "nothing": None},
    ],
)
def test_what_anybody_can_have_meant(given: dict[str, Any]) -> None:
    assert problems_with_days(given, TODAY) == {}


def test_every_command_that_takes_a_day_refuses_it(casework: Casework) -> None:
    short = date(25, 3, 5)
    facing: dict[str, Any] = {"process": "GMC", "stage": "TRIAGE", "organisation_id": None}
    by_hand: dict[str, Any] = {"name": "x", "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    paper: dict[str, Any] = {"description": "x", "link": "https://papers.example.org/x", "checked": True}
    for command, fields, field in (
        (add_deadline, {**by_hand, "due_on": short}, "due_on"),
        (add_process, {**facing, "started_on": short}, "started_on"),
        (add_document, {**paper, "dated_on": short}, "dated_on"),
    ):
        with refused(casework.database, "check the year", field=field):
            run(casework, command, **fields)
    with refused(casework.database, "check the year", field="started_on"), casework.database.write() as session:
        place: dict[str, Any] = {"volunteer_id": casework.off_case, "organisation_id": casework.other_body}
        add_affiliation(session, actor_id=casework.off_case, started_on=short, **place)
    early = replace(INTAKE, received_at=datetime(25, 3, 5, tzinfo=UTC))
    wanted = refused(casework.database, "Received: check the year", field="received_at")
    with wanted, casework.database.write() as session:
        open_case(session, actor_id=casework.lead, intake=early)


def test_a_year_taken_down_short_can_still_be_put_right(casework: Casework) -> None:
    """As an import of an earlier version let it in."""
    wrong = datetime(25, 3, 5, 12, tzinfo=UTC)
    with casework.database.write() as session:
        session.execute(update(Case).values(received_at=wrong))
    with casework.database.read() as session:
        seen = correctable(session, viewer(casework, "on_case"), casework.reference).facts
    right = replace(seen, received_at=datetime(2025, 3, 5, 12, tzinfo=UTC))
    run(casework, correct_facts, seen=seen, facts=right, reason="The year was typed short")
    with casework.database.read() as session:
        assert session.query(Case).one().received_at.year == 2025
