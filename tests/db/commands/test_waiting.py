"""Waiting for somebody: started with a day to follow up, ended once."""

from datetime import timedelta
from typing import Any

import pytest

from db import clock
from db.choices import EntryKind
from db.commands.waiting import begin_waiting, end_waiting
from db.models import Entry, Waiting
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    last,
    refused,
    run,
    the_case,
)
from tests.factories import Casework, make_case

TODAY = clock.today()
HR: dict[str, Any] = {"on_whom": "HR", "chase_on": TODAY + timedelta(days=5)}


def test_a_wait_begins_today_with_a_day_to_chase_on(casework: Casework) -> None:
    version = the_case(casework).version
    assert_recorded(casework, "begin_waiting", begin_waiting, **HR, expected_on=TODAY + timedelta(days=3))
    row = last(casework.database, Waiting)
    assert (row.on_whom, row.since, row.ended_on) == ("HR", TODAY, None)
    assert (row.chase_on, row.expected_on) == (HR["chase_on"], TODAY + timedelta(days=3))
    assert last(casework.database, Entry, kind=EntryKind.SYSTEM).text.startswith("Waiting for HR; follow up on")
    assert the_case(casework).version > version


def test_a_wait_ends_once(casework: Casework) -> None:
    run(casework, begin_waiting, **HR)
    row = last(casework.database, Waiting)
    assert_recorded(casework, "end_waiting", end_waiting, waiting_id=row.id)
    assert last(casework.database, Waiting).ended_on == TODAY
    with refused(casework.database, "no longer waiting for that", field="waiting_id"):
        run(casework, end_waiting, waiting_id=row.id)


def test_what_is_missing_past_or_of_another_case_is_refused(casework: Casework) -> None:
    for changes, field in (({"on_whom": "\t"}, "on_whom"), ({"chase_on": TODAY - timedelta(days=1)}, "chase_on")):
        with refused(casework.database, ".+", field=field):
            run(casework, begin_waiting, **(HR | changes))
    run(casework, begin_waiting, **HR)
    with casework.database.write() as session:
        elsewhere = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
    for wrong in (last(casework.database, Waiting).id, 999_999):
        with refused(casework.database, "no longer waiting for that", field="waiting_id"):
            run(casework, end_waiting, casework.lead, reference=elsewhere, waiting_id=wrong)


def test_ended_by_two_at_once_somebody_is_told(casework: Casework) -> None:
    run(casework, begin_waiting, **HR)
    wait = last(casework.database, Waiting).id

    def end(session: Any) -> None:
        end_waiting(session, actor_id=casework.lead, reference=casework.reference, waiting_id=wait)

    assert at_once(casework.database, end, end) is not None


def test_only_the_team_and_leads_may_wait(casework: Casework) -> None:
    assert_for_the_team_only(casework, begin_waiting, **HR)
    run(casework, begin_waiting, **HR)
    assert_for_the_team_only(casework, end_waiting, waiting_id=last(casework.database, Waiting).id)


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, begin_waiting, **HR)
    run(casework, begin_waiting, **HR)
    row = last(casework.database, Waiting)
    assert_all_or_nothing(casework, monkeypatch, end_waiting, waiting_id=row.id)


def test_hostile_text_is_kept_as_plain_text_or_refused(casework: Casework) -> None:
    assert_hostile_text_is_plain(
        casework,
        lambda words: run(casework, begin_waiting, **(HR | {"on_whom": words})),
        lambda: last(casework.database, Waiting).on_whom,
    )
