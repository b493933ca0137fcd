"""Coding findings: once for each case and process, with evidence and a real quarter."""

from typing import Any

import pytest

from db import clock
from db.choices import DoctorView, EntryKind, Evidence
from db.commands.findings import add_finding
from db.commands.processes import add_process
from db.models import CaseProcess, Entry, Finding
from db.rules.quarters import quarter_of
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
from tests.factories import Casework, make_case


def a_finding(casework: Casework, **changes: Any) -> dict[str, Any]:
    process = rows(casework.database, CaseProcess)[0].id
    filled: dict[str, Any] = {
        "code": "P04",
        "evidence": Evidence.DOCUMENTED,
        "case_process_id": process,
        "quarter": "2025Q4",
        "note": "Late",
    }
    return filled | changes


def test_a_finding_is_kept_with_where_and_when_it_happened(casework: Casework) -> None:
    assert_recorded(casework, "add_finding", add_finding, **a_finding(casework, doctor_view=DoctorView.AGREES))
    row = last(casework.database, Finding)
    assert (row.code, row.evidence, row.quarter, row.note) == ("P04", Evidence.DOCUMENTED, "2025Q4", "Late")
    assert (row.process_stage, row.coded_by_id, row.second_coder_id) == ("SCREEN", casework.on_case, None)
    assert row.doctor_view is DoctorView.AGREES
    line = last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    assert line == "Finding coded: P04 Delay (Documented)."


def test_once_for_each_case_and_process(casework: Casework) -> None:
    run(casework, add_process, process="GMC", stage="RULE-7", organisation_id=None, started_on=clock.today())
    gmc = last(casework.database, CaseProcess).id
    for process in (rows(casework.database, CaseProcess)[0].id, gmc, None):
        run(casework, add_finding, **a_finding(casework, case_process_id=process))
        with refused(casework.database, "Delay is already coded here", field="code"):
            run(casework, add_finding, casework.lead, **a_finding(casework, case_process_id=process))
    assert count(casework.database, Finding) == 3


@pytest.mark.parametrize("with_process", [True, False])
def test_two_people_coding_the_same_at_once_code_it_once(casework: Casework, with_process: bool) -> None:
    filled = a_finding(casework) if with_process else a_finding(casework, case_process_id=None)

    def code(session: Any) -> None:
        add_finding(session, actor_id=casework.lead, reference=casework.reference, **filled)

    refusal = at_once(casework.database, code, code)
    assert refusal is not None
    assert "already coded" in refusal.message
    assert count(casework.database, Finding) == 1


def test_only_known_codes_and_this_cases_processes(casework: Casework) -> None:
    with casework.database.write() as session:
        elsewhere = make_case(
            session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org", processes=("ET",)
        )
    foreign = last(casework.database, CaseProcess, case_id=the_case(casework, elsewhere).id).id
    for changes, field in (
        ({"code": "X99"}, "code"),
        ({"code": "p04"}, "code"),
        ({"case_process_id": foreign}, "case_process_id"),
        ({"case_process_id": 999_999}, "case_process_id"),
    ):
        with refused(casework.database, ": choose ", field=field):
            run(casework, add_finding, **a_finding(casework, **changes))


NEVER = (
    "",
    "2025",
    "2025Q0",
    "2025Q5",
    "2025q1",
    "25Q1",
    "2025Q11",
    "20٢5Q1",
    "²²²²Q1",
    "0000Q1",
    "0001Q4",
    "1948Q2",
    "9999Q4",
)


def test_a_quarter_that_never_was_is_refused(casework: Casework) -> None:
    for quarter in NEVER:
        with refused(casework.database, "Quarter", field="quarter"):
            run(casework, add_finding, **a_finding(casework, quarter=quarter))
    run(casework, add_finding, **a_finding(casework, quarter="1948Q3"))


def test_this_quarter_is_not_the_future(casework: Casework) -> None:
    run(casework, add_finding, **a_finding(casework, quarter=quarter_of(clock.today())))


def test_a_finding_makes_no_open_form_stale(casework: Casework) -> None:
    version = the_case(casework).version
    run(casework, add_finding, **a_finding(casework))
    assert the_case(casework).version == version


def test_only_the_team_and_leads_may_code(casework: Casework) -> None:
    assert_for_the_team_only(casework, add_finding, **a_finding(casework))


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, add_finding, **a_finding(casework))


def test_hostile_text_is_kept_as_plain_text_or_refused(casework: Casework) -> None:
    codes = iter(f"S{n:02}" for n in range(1, 15))
    assert_hostile_text_is_plain(
        casework,
        lambda words: run(casework, add_finding, **a_finding(casework, code=next(codes), note=words)),
        lambda: last(casework.database, Finding).note,
    )
    for words in HOSTILE.values():
        for field in ("code", "quarter"):
            with refused(casework.database, ".+"):
                run(casework, add_finding, **a_finding(casework, **{field: words}))
