"""Every command against what no form sends: one clear refusal each, nothing changed, never a crash."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db.choices import AuditAction, EntryKind
from db.commands.access_log import log_access
from db.commands.entries import add_entry
from db.commands.forged import refuse_forged
from db.errors import CommandRefused
from db.models import Action
from tests.conftest import casework_in, open_database, upgrade_with_casework
from tests.db.calls import Made, Valid, commands
from tests.db.helpers import HOSTILE, UNKNOWN, snapshot
from tests.engines import sqlite_url
from tests.factories import Casework, make_case
from tests.postgres import postgres_url

# Closed lists and ids: whatever is put there instead must be refused.
OTHERS = {"reference": ("LNB-222222", "' OR 1=1 --", "LNB-\x00", "x" * 100_000, None)}
NUMBERS = (-1, 10**6, 2**31, 2**63, "1 OR 1=1", None, True)
CODES = ("nonsense", "'; DROP TABLE cases; --", "\x00", "\ud800", None)
LONG_AGO = date(1990, 1, 1)
DATES = (date.min, date.max, LONG_AGO, "2026-01-01", None, 0)


# Asked for by nobody who could see that they are wrong: what they are called tells who is meant.
NOT_FORGEABLE = {"seen_version", "seen_edition", "password_hash", "keep_token"}
# Its code is good for a minute only: no call of it is valid for long.
NOT_AT_ONCE = {"confirm_factor", "plan_meeting"}
PLAIN = {"text", "what_changed", "why", "reason", "handover", "note", "name", "on_whom", "next_action", "words"}


# Days that lie ahead, follow another, or are those that were shown; any other day may be long past.
NOT_PAST = {
    "held_on",
    "set_quiet until",
    *(
        "action_due_on",
        "chase_on",
        "ended_on",
        "ends_on",
        "held_on",
        "paused_to",
        "review_on",
        "seen_due_on",
        "shown_on",
    ),
    *("record_outcome happened_on", "record_outcome end_on", "correct_outcome happened_on", "correct_outcome end_on"),
    "note_enquiry_asked asked_on",
    "record_series_consent expires_on",
    "review_flag seen_review_on",
    "snooze_action due_on",
}
# A pause may still last; no day ends the quiet; not every outcome runs out or is reviewed.
MAY_BE_EMPTY = {
    *("pause_deadline paused_to", "set_quiet until"),
    *("record_outcome end_on", "record_outcome review_on", "correct_outcome end_on"),
}
# Words that must stand on the case.
MUST_BE_THERE = "redact_words words"


def forgeries(name: str, fields: dict[str, Any], others: str) -> Iterator[tuple[str, Any, bool]]:
    """(field, value, must it be refused) for one call."""
    for field, valid in fields.items():
        if field in NOT_FORGEABLE:
            continue
        if field == "reference":
            yield from ((field, value, True) for value in (*OTHERS["reference"], others))
        elif field.endswith("_id"):
            yield from ((field, value, True) for value in NUMBERS if value != valid)
        elif isinstance(valid, Enum) or field in ("code", "process", "stage", "quarter"):
            yield from ((field, value, True) for value in CODES)
        elif isinstance(valid, date):
            yield from ((field, value, is_refused_day(f"{name} {field}", value)) for value in DATES)
        elif isinstance(valid, bool):
            yield from ((field, value, True) for value in ("yes", None, 3))
        elif field in PLAIN:
            yield from ((field, value, is_refused_text(f"{name} {field}", kind)) for kind, value in HOSTILE.items())
            yield from ((field, value, True) for value in (None, 7, ["x"]))


def is_refused_day(where: str, value: Any) -> bool:
    if value is None:
        return where not in MAY_BE_EMPTY
    return value != LONG_AGO or bool({where, where.split()[1]} & NOT_PAST)


def is_refused_text(where: str, kind: str) -> bool:
    return where == MUST_BE_THERE or kind == "long"


def attempt(work: Casework, who: str, command: Callable[..., Any], fields: dict[str, Any]) -> CommandRefused | None:
    """Tries it and takes it back."""

    with work.database._writes() as session:
        try:
            refuse_forged(command, fields)
            command(session, actor_id=getattr(work, who), **fields)
            session.flush()
        except CommandRefused as refusal:
            return refusal
        finally:
            session.rollback()
    return None


@dataclass(frozen=True)
class Target:
    """A world to attack, in which nothing ever changes: one serves every attack, and whichever changes it fails."""

    work: Casework
    calls: dict[str, Made]
    others: str
    before: dict[str, Any]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, sqlite_casework: Path) -> Iterator[Target]:
    sqlite = request.param == "sqlite"
    with sqlite_url(sqlite_casework) if sqlite else postgres_url(prepare=upgrade_with_casework) as url:
        work = casework_in(open_database(url))
        calls = Valid(work).calls()
        with work.database.write() as session:
            others = make_case(session, actor_id=work.lead, body=work.other_body, contact="o@example.org")
        yield Target(work, calls, others, snapshot(work.database))
        work.database.engine.dispose()


def test_every_command_of_the_pages_is_here(target: Target) -> None:
    assert set(target.calls) == set(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_what_was_never_offered_is_refused_and_changes_nothing(target: Target, name: str) -> None:
    who, fields = target.calls[name]
    # Else whatever is refused below would be refused for something else.
    assert name in NOT_AT_ONCE or attempt(target.work, who, commands()[name], fields) is None
    for field, value, refused in forgeries(name, fields, target.others if who == "on_case" else UNKNOWN):
        told = attempt(target.work, who, commands()[name], fields | {field: value})
        assert (told is not None) == refused, (field, value, told)
        if told is not None:
            assert 0 < len(told.message) < 300, (field, value)
    assert snapshot(target.work.database) == target.before


@pytest.mark.parametrize(
    "name", sorted(name for name, c in commands().items() if "reference" in signature(c).parameters)
)
def test_nobody_in_conflict_or_watching_runs_anything_on_the_case(target: Target, name: str) -> None:
    valid, fields = target.calls[name]
    # Whoever is asked to take the case on is no outsider to what they are asked.
    outsiders = {"off_case", "in_conflict", "observer"} - {valid}
    told = {who: attempt(target.work, who, commands()[name], fields) for who in outsiders}
    assert {(type(refusal).__name__, getattr(refusal, "message", "")) for refusal in told.values()} == {
        ("NotFound", "Not found. Check the reference.")
    }
    assert snapshot(target.work.database) == target.before


def test_a_look_is_logged_only_of_what_one_may_see(casework: Casework) -> None:
    told = attempt(casework, "in_conflict", log_access, {"action": AuditAction.VIEW, "reference": casework.reference})
    assert told is not None
    assert told.message == "Not found. Check the reference."


def test_somebody_elses_open_action_is_no_way_into_a_case(casework: Casework) -> None:
    with casework.database.log() as session:
        action = session.scalars(select(Action)).first()
        assert action is not None
        action.owner_id = casework.off_case
    told = attempt(
        casework, "off_case", add_entry, {"reference": casework.reference, "kind": EntryKind.NOTE, "text": "x"}
    )
    assert told is not None
