"""A finding put right: a further edition, with a reason; the earlier stays readable, and only the last counts."""

from typing import Any

import pytest
from sqlalchemy import select

from db import clock
from db.case_said import finding_said
from db.choices import Dimension, DoctorView, Evidence
from db.commands.finding_corrections import correct_finding, withdraw_finding
from db.commands.findings import add_finding
from db.commands.redactions import redact_words
from db.errors import CommandRefused, Stale
from db.models import CaseProcess, Correction, Entry, Finding, FindingEdition
from db.queries.corrections import correctable
from db.queries.finding_arrays import FindingArrays
from db.queries.finding_changes import brought_up_to_date
from db.queries.heatmap import HeatmapFilters, heatmap
from db.rules.corrections import SaidFinding
from db.rules.quarters import quarter_of
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    count,
    last,
    plain,
    refused,
    rows,
    run,
    viewer,
)
from tests.factories import Casework

QUARTER = quarter_of(clock.today())


@pytest.fixture
def work(casework: Casework) -> Casework:
    coded: dict[str, Any] = {"code": "P04", "evidence": Evidence.REPORTED, "case_process_id": None, "note": "Late"}
    run(casework, add_finding, **coded, quarter=QUARTER)
    return casework


def now(work: Casework, id: int = 1) -> SaidFinding:
    with work.database.read() as session:
        return finding_said(session.get_one(Finding, id))


def right(work: Casework, **changes: Any) -> dict[str, Any]:
    seen = now(work)
    said = {name: getattr(seen, name) for name in SaidFinding.__dataclass_fields__}
    return {"finding_id": 1, "seen": seen, "reason": "The letter came"} | said | changes


def counted(work: Casework) -> Any:
    with work.database.read() as session:
        return plain(heatmap(session, viewer(work, "lead"), HeatmapFilters(dimension=Dimension.REGION)))


def test_the_next_edition_counts_and_the_earlier_stays_readable(work: Casework) -> None:
    coded = rows(work.database, Finding)[0]
    process = rows(work.database, CaseProcess)[0].id
    changes = {"code": "P01", "evidence": Evidence.DOCUMENTED, "case_process_id": process, "note": "Late by a month"}
    assert_recorded(work, "correct_finding", correct_finding, work.lead, **right(work, **changes))
    row = last(work.database, Finding)
    assert (row.code, row.evidence, row.note, row.process_stage) == (
        "P01",
        Evidence.DOCUMENTED,
        "Late by a month",
        "SCREEN",
    )
    assert (row.id, row.coded_by_id, row.coded_at) == (coded.id, coded.coded_by_id, coded.coded_at)
    with work.database.read() as session:
        (earlier,) = correctable(session, viewer(work, "on_case"), work.reference).earlier
    assert (earlier.said.code, earlier.said.note, earlier.edition) == ("P04", "Late", 1)
    assert (earlier.by, earlier.coded_by, earlier.reason) == ("Lena", "Vik", "The letter came")
    line = last(work.database, Entry).text
    assert line.startswith(f"Corrected: Finding: P04 Delay (Reported by the doctor, {QUARTER}) → P01 ")
    assert line.endswith("The letter came")
    run(work, correct_finding, **right(work, doctor_view=DoctorView.AGREES))
    assert [edition.edition for edition in rows(work.database, FindingEdition)] == [1, 2]


def test_counts_use_the_last_edition_however_they_are_brought_up_to_date(work: Casework) -> None:
    with work.database.read() as session:
        arrays = FindingArrays()
        arrays.findings(session), arrays.cases(session)
    before = counted(work)
    run(work, correct_finding, **right(work, code="P01"))
    after = counted(work)
    assert after != before
    with work.database.read() as session:
        fresh = brought_up_to_date(session, arrays).findings(session)
        assert fresh.code.codes[fresh.code.at[-1]] == "P01"
        assert len(fresh.case_id) == 1
    run(work, withdraw_finding, finding_id=1, seen=now(work), reason="Another case")
    with work.database.read() as session:
        assert len(brought_up_to_date(session, arrays).findings(session).case_id) == 0


def test_a_withdrawn_finding_counts_no_more_and_can_be_coded_again(work: Casework) -> None:
    run(work, correct_finding, **right(work, note="Later"))
    seen = now(work)
    assert_recorded(work, "withdraw_finding", withdraw_finding, finding_id=1, seen=seen, reason="Another case")
    assert count(work.database, Finding) == 0
    assert [edition.finding_id for edition in rows(work.database, FindingEdition)] == [None, None]
    assert "→ withdrawn. Another case" in last(work.database, Entry).text
    with work.database.read() as session:
        earlier = correctable(session, viewer(work, "on_case"), work.reference).earlier
    assert [one.said.note for one in earlier] == ["Later", "Late"]
    run(
        work,
        add_finding,
        code="P04",
        evidence=Evidence.FOUND,
        case_process_id=None,
        quarter=QUARTER,
        note="",
    )
    with refused(work.database, ".+"):  # SQLite gives the new one the same id.
        run(work, withdraw_finding, finding_id=1, seen=seen, reason="x")


def test_a_stale_form_and_two_at_once_make_one_edition(work: Casework) -> None:
    fields = right(work, evidence=Evidence.DOCUMENTED)

    def put_right(session: Any) -> None:
        correct_finding(session, actor_id=work.lead, reference=work.reference, **fields)

    assert at_once(work.database, put_right, put_right) is not None
    assert count(work.database, FindingEdition) == 1
    with refused(work.database, "Lena changed this case", error=Stale):
        run(work, correct_finding, **(fields | {"evidence": Evidence.FOUND}))


def test_correcting_while_it_is_withdrawn_is_refused(work: Casework) -> None:
    fields = right(work, evidence=Evidence.DOCUMENTED)

    def withdraw(session: Any) -> None:
        where: dict[str, Any] = {"actor_id": work.lead, "reference": work.reference, "finding_id": 1}
        withdraw_finding(session, **where, seen=fields["seen"], reason="x")

    def put_right(session: Any) -> None:
        correct_finding(session, actor_id=work.on_case, reference=work.reference, **fields)

    assert at_once(work.database, withdraw, put_right) is not None
    assert count(work.database, Finding) == 0


def test_it_may_not_become_another_that_is_coded(work: Casework) -> None:
    run(work, add_finding, code="P01", evidence=Evidence.FOUND, case_process_id=None, quarter=QUARTER, note="")
    for changes, field in (
        ({"code": "P01"}, "code"),
        ({"code": "X99"}, "code"),
        ({"quarter": "9999Q1"}, "quarter"),
        ({"case_process_id": 999}, "case_process_id"),
        ({"finding_id": 999}, "finding_id"),
        ({"reason": " ", "note": "x"}, "reason"),
        ({}, "evidence"),
    ):
        with refused(work.database, ".+", field=field):
            run(work, correct_finding, **right(work, **changes))


def test_by_the_team_only_all_or_nothing_and_hostile_notes_plain(
    work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_for_the_team_only(work, correct_finding, **right(work, note="x"))
    assert_for_the_team_only(work, withdraw_finding, finding_id=1, seen=now(work), reason="x")
    assert_all_or_nothing(work, monkeypatch, correct_finding, **right(work, note="x"))
    gone: dict[str, Any] = {"finding_id": 1, "seen": now(work), "reason": "x"}
    assert_all_or_nothing(work, monkeypatch, withdraw_finding, **gone)
    assert_hostile_text_is_plain(
        work,
        lambda words: run(work, correct_finding, **right(work, note=words)),
        lambda: last(work.database, Finding).note,
    )


def test_old_notes_lose_what_is_personal_and_redaction_reaches_them(work: Casework) -> None:
    with work.database.write() as session:
        session.get_one(Finding, 1).note = "Bay 4: NHS 943 476 5919"
    run(work, correct_finding, **right(work, note="Late"))
    edition = last(work.database, FindingEdition)
    assert edition.note == "Bay 4: NHS [redacted: NHS number]"
    run(work, redact_words, words="bay 4", reason="x")
    assert last(work.database, FindingEdition).note == "[redacted]: NHS [redacted: NHS number]"
    with work.database.read() as session:
        assert session.scalar(select(Correction.id)) is not None
    with pytest.raises(CommandRefused):
        run(work, redact_words, words="bay 4", reason="x")
