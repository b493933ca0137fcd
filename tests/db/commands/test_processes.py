"""What a case is facing: begun, moved on, ended; its body widens the wall at once."""

from datetime import date, timedelta
from typing import Any

import pytest

from db import clock
from db.choices import EntryKind
from db.commands.processes import add_process, move_process
from db.errors import NotFound
from db.models import CaseProcess, Deadline, Entry
from tests.db.helpers import (
    HOSTILE,
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
    last,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, make_body, make_case

GMC: dict[str, Any] = {"process": "GMC", "stage": "TRIAGE", "organisation_id": None, "started_on": clock.today()}


def mhps(casework: Casework) -> int:
    return int(rows(casework.database, CaseProcess)[0].id)


def test_a_process_is_added_at_a_stage_of_its_own(casework: Casework) -> None:
    version = the_case(casework).version
    assert_recorded(casework, "add_process", add_process, **(GMC | {"organisation_id": casework.other_body}))
    row = last(casework.database, CaseProcess)
    assert (row.process, row.stage, row.organisation_id) == ("GMC", "TRIAGE", casework.other_body)
    assert (row.started_on, row.ended_on) == (clock.today(), None)
    assert last(casework.database, Entry, kind=EntryKind.SYSTEM).text.startswith("Process added: GMC")
    assert the_case(casework).version > version


def test_only_known_processes_stages_bodies_and_days(casework: Casework) -> None:
    for changes, field in (
        ({"process": "TRIAL"}, "process"),
        ({"stage": "EXCL-FORMAL"}, "stage"),
        ({"organisation_id": 999_999}, "organisation_id"),
        ({"started_on": clock.today() + timedelta(days=1)}, "started_on"),
    ):
        with refused(casework.database, ".+", field=field):
            run(casework, add_process, **(GMC | changes))


def test_its_body_bars_its_people_at_once(casework: Casework) -> None:
    with casework.database.write() as session:
        body = make_body(session, "EX009")
        from db.commands.affiliations import add_affiliation

        add_affiliation(
            session,
            actor_id=casework.on_case,
            volunteer_id=casework.on_case,
            organisation_id=body,
            started_on=date(2020, 1, 1),
        )
    run(casework, add_process, **(GMC | {"organisation_id": body}))
    with pytest.raises(NotFound):
        run(casework, add_process, **GMC)
    assert viewer(casework, "on_case").sees_cases


def test_a_process_moves_on_and_ends(casework: Casework) -> None:
    assert_recorded(casework, "move_process", move_process, case_process_id=mhps(casework), stage="HEARING")
    assert rows(casework.database, CaseProcess)[0].stage == "HEARING"
    run(casework, move_process, case_process_id=mhps(casework), stage="OUTCOME", ended=True)
    row = rows(casework.database, CaseProcess)[0]
    assert (row.stage, row.ended_on) == ("OUTCOME", clock.today())
    assert "ended at Outcome" in last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    with refused(casework.database, "current processes", field="case_process_id"):
        run(casework, move_process, case_process_id=mhps(casework), stage="HEARING")


def test_only_this_cases_processes_move_and_only_to_their_own_stages(casework: Casework) -> None:
    with refused(casework.database, "Stage of the process", field="stage"):
        run(casework, move_process, case_process_id=mhps(casework), stage="RULE-7")
    with casework.database.write() as session:
        elsewhere = make_case(
            session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org", processes=("ET",)
        )
    foreign = last(casework.database, CaseProcess, case_id=the_case(casework, elsewhere).id).id
    for wrong in (foreign, 999_999):
        with refused(casework.database, "current processes", field="case_process_id"):
            run(casework, move_process, case_process_id=wrong, stage="HEARING")


def test_of_two_changes_at_once_none_is_lost_unnoticed(casework: Casework) -> None:
    def to(stage: str) -> Any:
        return lambda session: move_process(
            session, actor_id=casework.lead, reference=casework.reference, case_process_id=mhps(casework), stage=stage
        )

    refusal = at_once(casework.database, to("HEARING"), to("APPEAL"))
    stage = rows(casework.database, CaseProcess)[0].stage
    if casework.database.engine.dialect.name == "sqlite":
        # The second reads only once the first is done: they take turns.
        assert (stage, refusal) == ("APPEAL", None)
    else:
        assert stage == "HEARING"
        assert refusal is not None
        assert "Somebody else has just saved this." in refusal.message


def test_only_the_team_and_leads_may_change_processes(casework: Casework) -> None:
    assert_for_the_team_only(casework, add_process, **GMC)
    assert_for_the_team_only(casework, move_process, case_process_id=mhps(casework), stage="HEARING")


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, add_process, **GMC)
    assert_all_or_nothing(casework, monkeypatch, move_process, case_process_id=mhps(casework), stage="HEARING")


def test_hostile_codes_are_refused(casework: Casework) -> None:
    for words in HOSTILE.values():
        for changes in ({"process": words}, {"stage": words}):
            with refused(casework.database, ".+"):
                run(casework, add_process, **(GMC | changes))


RULE_7: dict[str, Any] = GMC | {"stage": "RULE-7", "started_on": clock.today() - timedelta(days=30)}


def test_a_stage_starts_the_deadlines_that_were_ticked(casework: Casework) -> None:
    since = clock.today() - timedelta(days=3)
    run(casework, add_process, since=since, deadlines=("GMC-RULE-7-28D",), **RULE_7)
    row = last(casework.database, Deadline)
    assert (row.rule, row.trigger_on, row.due_on) == ("GMC-RULE-7-28D", since, since + timedelta(days=28))
    assert row.case_process_id == last(casework.database, CaseProcess).id
    assert the_case(casework).next_deadline_id is not None


def test_a_move_starts_deadlines_from_its_day(casework: Casework) -> None:
    process = mhps(casework)
    run(casework, move_process, case_process_id=process, stage="COMMENTS", deadlines=("MHPS-COMMENTS-10WD",))
    row = last(casework.database, Deadline)
    assert (row.rule, row.trigger_on, row.case_process_id) == ("MHPS-COMMENTS-10WD", clock.today(), process)


@pytest.mark.parametrize(
    "changes",
    [
        # Another stage's, nobody's, and one whose day is not known.
        {"deadlines": ("GMC-WORK-DETAILS-7D",), "since": clock.today()},
        {"deadlines": ("NONE",), "since": clock.today()},
        {"deadlines": ("GMC-RULE-7-28D",)},
    ],
)
def test_only_deadlines_that_the_stage_starts(casework: Casework, changes: dict[str, Any]) -> None:
    with refused(casework.database, "choose from those that this stage starts", field="deadlines"):
        run(casework, add_process, **(RULE_7 | changes))
