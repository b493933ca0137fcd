"""Urgency flags: raised with a reason and a review, cleared with a reason, never twice at once."""

from datetime import timedelta
from typing import Any

import pytest

from db import clock
from db.choices import EntryKind
from db.commands.flags import clear_flag, raise_flag, review_flag
from db.models import Entry, Flag
from tests.db.helpers import (
    HOSTILE,
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    count,
    last,
    refused,
    rows,
    run,
    the_case,
)
from tests.factories import Casework, give_second

TODAY = clock.today()
VISA: dict[str, Any] = {"code": "VISA", "why": "Sponsor wrote", "review_on": TODAY}


def test_a_flag_is_raised_by_somebody_for_a_reason(casework: Casework) -> None:
    version = the_case(casework).version
    assert_recorded(casework, "raise_flag", raise_flag, **VISA)
    row = last(casework.database, Flag)
    assert (row.code, row.why, row.set_by_id, row.review_on) == ("VISA", "Sponsor wrote", casework.on_case, TODAY)
    assert row.cleared_at is None
    assert last(casework.database, Entry, kind=EntryKind.SYSTEM).text == "Flag raised: Visa at risk."
    assert the_case(casework).version > version


def test_a_flag_is_cleared_by_somebody_for_a_reason_and_may_rise_again(casework: Casework) -> None:
    run(casework, raise_flag, **VISA)
    assert_recorded(casework, "clear_flag", clear_flag, casework.lead, code="VISA", why="Leave granted")
    row = last(casework.database, Flag)
    assert (row.cleared_by_id, row.cleared_why) == (casework.lead, "Leave granted")
    assert row.cleared_at is not None
    run(casework, raise_flag, **VISA)
    assert [flag.cleared_at is None for flag in rows(casework.database, Flag)] == [False, True]


CRISIS: dict[str, Any] = {"code": "CRISIS", "why": "Said so", "review_on": TODAY}
OVER: dict[str, Any] = {"code": "CRISIS", "why": "Safe with family"}
SPOKEN: dict[str, Any] = {"spoke_by": "Lena", "spoke_on": TODAY}


def test_a_crisis_is_cleared_by_a_lead_with_who_spoke_to_the_doctor(casework: Casework) -> None:
    run(casework, raise_flag, **CRISIS)
    for missing, field in (({"spoke_by": " "}, "spoke_by"), ({"spoke_on": None}, "spoke_on")):
        with refused(casework.database, ".+", field=field):
            run(casework, clear_flag, casework.lead, **(OVER | SPOKEN | missing))
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
        with refused(casework.database, "when the flag was raised", field="spoke_on"):
            run(casework, clear_flag, casework.lead, **(OVER | SPOKEN | {"spoke_on": day}))
    run(casework, clear_flag, casework.lead, **OVER, **SPOKEN)
    row = last(casework.database, Flag)
    assert (row.spoke_by, row.spoke_on, row.cleared_by_id) == ("Lena", TODAY, casework.lead)
    assert "Lena spoke to the doctor on" in last(casework.database, Entry, kind=EntryKind.SYSTEM).text


def test_whoever_raised_a_crisis_does_not_clear_it_alone(casework: Casework) -> None:
    run(casework, raise_flag, **CRISIS)
    with refused(casework.database, "somebody other than whoever raised it", field="code"):
        run(casework, clear_flag, **OVER, **SPOKEN)
    with casework.database.write() as session:
        give_second(session, casework)
    run(casework, clear_flag, casework.off_case, **OVER, **SPOKEN)
    with casework.database.write() as session:
        session.add(Flag(case_id=1, code="CRISIS", why="Imported", set_at=clock.now(), review_on=TODAY))
    with refused(casework.database, "somebody other than whoever raised it", field="code"):
        run(casework, clear_flag, **OVER, **SPOKEN)


def test_a_flag_is_looked_at_again_and_stands(casework: Casework) -> None:
    run(casework, raise_flag, **VISA)
    seen: dict[str, Any] = {"code": "VISA", "seen_review_on": TODAY}
    later = TODAY + timedelta(days=7)
    assert_recorded(casework, "review_flag", review_flag, **seen, review_on=later, why="The sponsor has not answered")
    assert (last(casework.database, Flag).review_on, last(casework.database, Flag).why) == (later, "Sponsor wrote")
    assert "The sponsor has not answered" in last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    with refused(casework.database, "Somebody has just looked", field="review_on"):
        run(casework, review_flag, **seen, review_on=later)
    with refused(casework.database, "today or a later day", field="review_on"):
        run(casework, review_flag, **(seen | {"seen_review_on": later}), review_on=TODAY - timedelta(days=1))
    assert_for_the_team_only(casework, review_flag, **(seen | {"seen_review_on": later}), review_on=later)
    assert_all_or_nothing(
        casework, pytest.MonkeyPatch(), review_flag, **(seen | {"seen_review_on": later}), review_on=later
    )


def test_a_flag_is_raised_once(casework: Casework) -> None:
    run(casework, raise_flag, **VISA)
    with refused(casework.database, "already raised"):
        run(casework, raise_flag, casework.lead, **VISA)


def test_raised_by_two_at_once_it_is_raised_once(casework: Casework) -> None:
    def go(session: Any) -> None:
        raise_flag(session, actor_id=casework.lead, reference=casework.reference, **VISA)

    refusal = at_once(casework.database, go, go)
    assert refusal is not None
    assert "already raised" in refusal.message
    assert count(casework.database, Flag) == 1


def test_what_is_missing_or_unknown_is_named(casework: Casework) -> None:
    for changes, field in (
        ({"code": "WHITE"}, "code"),
        ({"why": " \u200b"}, "why"),
        ({"review_on": TODAY - timedelta(days=1)}, "review_on"),
    ):
        with refused(casework.database, ".+", field=field):
            run(casework, raise_flag, **(VISA | changes))
    for code in ("VISA", "WHITE"):
        with refused(casework.database, "already been cleared", field="code"):
            run(casework, clear_flag, code=code, why="Over")
    run(casework, raise_flag, **VISA)
    with refused(casework.database, "fill this in", field="why"):
        run(casework, clear_flag, code="VISA", why="")


def test_only_the_team_and_leads_may_flag(casework: Casework) -> None:
    assert_for_the_team_only(casework, raise_flag, **VISA)
    run(casework, raise_flag, **VISA)
    assert_for_the_team_only(casework, clear_flag, code="VISA", why="Over")


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, raise_flag, **VISA)
    run(casework, raise_flag, **VISA)
    assert_all_or_nothing(casework, monkeypatch, clear_flag, code="VISA", why="Over")


def test_hostile_text_is_kept_as_plain_text_or_refused(casework: Casework) -> None:
    def raise_and_clear(words: str) -> None:
        run(casework, raise_flag, **(VISA | {"why": words}))
        run(casework, clear_flag, code="VISA", why=words)

    assert_hostile_text_is_plain(casework, raise_and_clear, lambda: last(casework.database, Flag).cleared_why)
    for words in HOSTILE.values():
        with refused(casework.database, ".+"):
            run(casework, raise_flag, **(VISA | {"code": words}))
        with refused(casework.database, ".+"):
            run(casework, clear_flag, code=words, why="Over")
