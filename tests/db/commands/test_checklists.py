"""The fairness checklist: unknown until somebody answers, every answer kept, read by the team alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from db import clock
from db.choices import Certainty, Evidence
from db.commands.checklists import answer_checklist
from db.commands.findings import add_finding
from db.commands.personal_data import check, without_personal_data
from db.commands.redactions import redact_words
from db.errors import PersonalData, Stale
from db.models import CaseProcess, FairnessAnswer, FairnessQuestion, FindingCode, Process
from db.queries.checklists import Check, checklists
from db.rules.checklists import Fairness, counts
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    last,
    refused,
    rows,
    run,
    statements,
    viewer,
)
from tests.factories import Casework

TODAY = clock.today()
BREACH: dict[str, Any] = {
    "answer": Fairness.BREACHED,
    "happened_on": TODAY,
    "evidence": Evidence.DOCUMENTED,
    "note": "No terms were sent.",
}
MET = BREACH | {"answer": Fairness.MET, "note": ""}
UNKNOWN = BREACH | {"answer": Fairness.UNKNOWN, "note": ""}


def mhps(casework: Casework) -> int:
    return int(rows(casework.database, CaseProcess)[0].id)


def asked(casework: Casework, who: str = "on_case") -> list[Check]:
    with casework.database.read() as session:
        found = checklists(session, viewer(casework, who), casework.reference, TODAY)
    return next(iter(found.values()), [])


def question(casework: Casework, code: str = "MHPS-P01") -> Check:
    return next(found for found in asked(casework) if found.code == code)


def call(casework: Casework, seen: dict[str, Any] | None = None, **answers: Any) -> dict[str, Any]:
    told = {code.replace("_", "-"): answer for code, answer in answers.items()}
    return {"case_process_id": mhps(casework), "answers": told, "seen": seen or {}}


def test_questions_are_in_our_own_words_and_each_points_at_one_finding(casework: Casework) -> None:
    codes = {row.code for row in _all(casework, FindingCode) if row.kind == "procedural"}
    processes = {row.code for row in _all(casework, Process)}
    found = _all(casework, FairnessQuestion)
    assert {row.finding for row in found} == codes
    assert {row.process for row in found} <= processes
    assert all(row.text.endswith("?") and row.source for row in found)
    # Nothing of it is law that somebody has confirmed.
    assert {row.certainty for row in found} == {Certainty.PROPOSAL, Certainty.UNCONFIRMED}
    # What is for lawyers alone, or for a lawyer first, has none.
    assert processes - {row.process for row in found} == {"VISA", "POLICE", "CIVIL", "DBS"}


def _all(casework: Casework, model: Any) -> list[Any]:
    with casework.database.read() as session:
        return list(session.query(model))


def test_everything_is_unknown_until_somebody_answers(casework: Casework) -> None:
    found = asked(casework)
    assert [check.finding for check in found] == [f"P{number:02}" for number in range(1, 15)]
    assert {check.answer for check in found} == {Fairness.UNKNOWN}
    assert counts(check.answer for check in found) == "0 met, 0 breached, 14 unknown"


def test_answers_are_saved_together_and_only_those_that_differ(casework: Casework) -> None:
    fields = call(casework, MHPS_P01=BREACH, MHPS_P02=MET, MHPS_P03=UNKNOWN)
    assert assert_recorded(casework, "answer_checklist", answer_checklist, **fields) == 2
    found = question(casework).now
    assert found is not None
    assert (found.answer, found.happened_on, found.evidence) == (Fairness.BREACHED, TODAY, Evidence.DOCUMENTED)
    assert (found.note, found.by) == ("No terms were sent.", "Vik")
    assert counts(check.answer for check in asked(casework)) == "1 met, 1 breached, 12 unknown"
    with refused(casework.database, "not changed anything yet", field="answers"):
        run(casework, answer_checklist, **fields)


def test_a_changed_answer_keeps_the_one_before(casework: Casework) -> None:
    run(casework, answer_checklist, **call(casework, MHPS_P01=BREACH))
    first = last(casework.database, FairnessAnswer).id
    run(casework, answer_checklist, **call(casework, {"MHPS-P01": first}, MHPS_P01=UNKNOWN))
    found = question(casework)
    assert found.answer is Fairness.UNKNOWN
    assert [(old.id, old.answer) for old in found.before] == [(first, Fairness.BREACHED)]


def test_what_somebody_else_answered_meanwhile_is_never_passed_over(casework: Casework) -> None:
    run(casework, answer_checklist, casework.lead, **call(casework, MHPS_P01=BREACH))
    with refused(casework.database, "changed this case", error=Stale):
        run(casework, answer_checklist, **call(casework, MHPS_P01=MET))
    # Another question is another matter.
    run(casework, answer_checklist, **call(casework, MHPS_P02=MET))
    seen = {"MHPS-P01": rows(casework.database, FairnessAnswer)[0].id}
    run(casework, answer_checklist, **call(casework, seen, MHPS_P01=MET))
    assert question(casework).answer is Fairness.MET


def test_of_two_at_once_the_second_is_told(casework: Casework) -> None:
    def by(who: int, answer: dict[str, Any]) -> Any:
        fields = call(casework, MHPS_P01=answer)
        return lambda session: answer_checklist(session, actor_id=who, reference=casework.reference, **fields)

    assert at_once(casework.database, by(casework.lead, BREACH), by(casework.on_case, MET)) is not None
    assert question(casework).answer is Fairness.BREACHED


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"GMC_P01": BREACH}, "answers"),
        ({"MHPS_P01": "breached"}, "answers"),
        ({"MHPS_P01": BREACH | {"answer": "breached"}}, "MHPS-P01"),
        ({"MHPS_P01": BREACH | {"evidence": None}}, "MHPS-P01"),
        ({"MHPS_P01": BREACH | {"evidence": "documented"}}, "MHPS-P01"),
        ({"MHPS_P01": BREACH | {"happened_on": TODAY + timedelta(days=1)}}, "MHPS-P01"),
        ({"MHPS_P01": BREACH | {"happened_on": clock.now()}}, "MHPS-P01"),
        ({"MHPS_P01": BREACH | {"note": None}}, "MHPS-P01"),
        ({}, "answers"),
    ],
)
def test_what_no_form_sends_is_refused(casework: Casework, answers: dict[str, Any], field: str) -> None:
    with refused(casework.database, ".+", field=field):
        run(casework, answer_checklist, **call(casework, **answers))


def test_a_question_out_of_force_is_not_asked_but_stays_where_it_was_answered(casework: Casework) -> None:
    run(casework, answer_checklist, **call(casework, MHPS_P01=BREACH))
    with casework.database.write() as session:
        over = update(FairnessQuestion).where(FairnessQuestion.code.in_(("MHPS-P01", "MHPS-P02")))
        session.execute(over.values(valid_to=TODAY - timedelta(days=1)))
    found = asked(casework)
    assert [(check.code, check.asked) for check in found[:2]] == [("MHPS-P01", False), ("MHPS-P03", True)]
    with refused(casework.database, "questions on the form", field="answers"):
        run(casework, answer_checklist, **call(casework, MHPS_P02=BREACH))


def test_the_same_finding_cannot_be_coded_twice_for_a_process(casework: Casework) -> None:
    fields: dict[str, Any] = {
        "code": "P01",
        "evidence": Evidence.DOCUMENTED,
        "case_process_id": mhps(casework),
        "quarter": "2026Q1",
        "note": "x",
    }
    run(casework, add_finding, **fields)
    with refused(casework.database, "already coded", field="code"):
        run(casework, add_finding, **fields)


def test_personal_data_in_a_note_is_found_and_can_be_redacted(casework: Casework) -> None:
    fields = call(casework, MHPS_P01=BREACH | {"note": "Patient born 3 March 1950"})
    with casework.database.write() as session:
        with pytest.raises(PersonalData):
            check(session, actor_id=casework.on_case, fields=fields)
        clean = without_personal_data(session, actor_id=casework.on_case, fields=fields)
    assert clean["answers"]["MHPS-P01"]["note"] == "Patient [redacted: date of birth]"
    assert clean["answers"]["MHPS-P01"]["answer"] is Fairness.BREACHED


def test_words_are_taken_out_of_notes_too(casework: Casework) -> None:
    run(casework, answer_checklist, **call(casework, MHPS_P01=BREACH))
    run(casework, redact_words, words="No terms", reason="x")
    assert last(casework.database, FairnessAnswer).note == "[redacted] were sent."


def test_hostile_notes_are_plain_text(casework: Casework) -> None:
    def attempt(text: str) -> None:
        seen = {row.question: row.id for row in rows(casework.database, FairnessAnswer)}
        run(casework, answer_checklist, **call(casework, seen, MHPS_P01=BREACH | {"note": text}))

    assert_hostile_text_is_plain(casework, attempt, lambda: str(last(casework.database, FairnessAnswer).note))


def test_only_the_team_and_leads_answer_and_read(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_for_the_team_only(casework, answer_checklist, **call(casework, MHPS_P01=BREACH))
    assert_all_or_nothing(casework, monkeypatch, answer_checklist, **call(casework, MHPS_P01=BREACH))
    for who in ("off_case", "in_conflict", "observer"):
        assert asked(casework, who) == []
    assert asked(casework, "lead") == asked(casework)


def test_the_database_wants_evidence_for_an_answer(casework: Casework) -> None:
    with pytest.raises(IntegrityError), casework.database.write() as session:
        session.execute(
            insert(FairnessAnswer).values(
                case_id=1, case_process_id=1, question="MHPS-P01", answer=Fairness.MET, note="", at=clock.now()
            )
        )


def test_the_number_of_statements_is_fixed(casework: Casework) -> None:
    run(casework, answer_checklist, **call(casework, MHPS_P01=BREACH, MHPS_P02=MET))
    who = viewer(casework, "on_case")
    with casework.database.read() as session, statements(casework.database) as sent:
        checklists(session, who, casework.reference, TODAY)
    assert len(sent) == 2
