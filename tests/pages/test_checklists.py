"""The fairness checklist on the case page: answered in few taps, saved together, a breach coded in one press."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard import store
from dashboard.case.parts import PROCESSES
from db import clock
from db.choices import Evidence
from db.commands.checklists import answer_checklist
from db.models import FairnessAnswer, Finding
from db.rules.checklists import Fairness
from db.rules.quarters import quarter_of
from tests.db.helpers import count, last, rows
from tests.factories import Casework
from tests.pages.helpers import field, open_tab, plain, press, seen

TODAY = clock.today()
TERMS = "Were the allegations and the terms of reference given"
Run = Callable[..., AppTest]


def the_list(work: Casework, app_as: Run, who: str = "on_case") -> AppTest:
    app = app_as(getattr(work, who), "case", ref=work.reference)
    app.session_state[store.key(f"fairness_{work.reference}_1")] = True
    return open_tab(app, work.reference, PROCESSES)


def said(app: AppTest) -> str:
    return plain(seen(app))


def labels(app: AppTest) -> list[str]:
    return [box.label for box in app.expander]


def answer(work: Casework, code: str, told: Fairness, *, who: str = "lead", note: str = "Told by letter.") -> None:
    fields: dict[str, Any] = {"answer": told, "happened_on": TODAY, "evidence": Evidence.DOCUMENTED, "note": note}
    with work.database.write() as session:
        answer_checklist(
            session,
            actor_id=getattr(work, who),
            reference=work.reference,
            case_process_id=1,
            answers={code: fields},
            seen={row.question: row.id for row in rows(work.database, FairnessAnswer)},
        )


def test_the_counts_are_read_before_it_is_opened(app_casework: Casework, app_as: Run) -> None:
    answer(app_casework, "MHPS-P01", Fairness.BREACHED)
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    app = open_tab(app, app_casework.reference, PROCESSES)
    [label] = [label for label in labels(app) if label.startswith("Fairness checklist")]
    assert label.endswith("0 met, 1 breached, 13 unknown")
    assert TERMS not in said(app)


def test_answers_are_given_in_one_tap_and_saved_together(app_casework: Casework, app_as: Run) -> None:
    app = the_list(app_casework, app_as)
    assert "an assessment of one account, not a fact" in said(app)
    field(app, TERMS).set_value(Fairness.BREACHED)
    field(app, "Was Practitioner Performance Advice").set_value(Fairness.MET)
    press(app, "Save checklist")
    assert not app.exception
    told = {row.question: (row.answer, row.evidence) for row in rows(app_casework.database, FairnessAnswer)}
    assert told == {"MHPS-P01": (Fairness.BREACHED, Evidence.REPORTED), "MHPS-P06": (Fairness.MET, Evidence.REPORTED)}
    assert field(app, TERMS).value == Fairness.BREACHED
    # Who presses again at once may not have seen that it was saved.
    assert "Already saved at" in said(press(app, "Save checklist"))
    assert "You have not changed anything yet." in said(press(app, "Save checklist"))


def test_a_breach_becomes_a_finding_in_one_press_and_only_once(app_casework: Casework, app_as: Run) -> None:
    answer(app_casework, "MHPS-P01", Fairness.BREACHED, note="Nothing came before the meeting.")
    app = the_list(app_casework, app_as)
    press(app, "Add finding: P01 Unclear allegations or terms")
    assert not app.exception
    found = last(app_casework.database, Finding)
    assert (found.code, found.case_process_id, found.evidence) == ("P01", 1, Evidence.DOCUMENTED)
    assert found.quarter == quarter_of(TODAY)
    assert "an assessment of one account" in found.note
    assert "Nothing came before the meeting." in found.note
    assert "P01 Unclear allegations or terms is already recorded for this process" in said(app)
    assert not [button for button in app.button if button.label.startswith("Add finding")]
    assert count(app_casework.database, Finding) == 1


def test_somebody_faster_is_told_and_nothing_chosen_is_lost(app_casework: Casework, app_as: Run) -> None:
    app = the_list(app_casework, app_as)
    answer(app_casework, "MHPS-P01", Fairness.MET)
    answer(app_casework, "MHPS-P02", Fairness.MET)
    field(app, TERMS).set_value(Fairness.BREACHED)
    press(app, "Save checklist")
    text = said(app)
    assert "Lena changed this case at" in text
    assert "Yours, not saved yet: Breached" in text
    assert field(app, TERMS).value == Fairness.BREACHED
    press(app, "Save checklist")
    assert not app.exception
    told = [(row.question, row.answer) for row in rows(app_casework.database, FairnessAnswer)]
    # The other question, which nobody here touched, keeps what was answered meanwhile.
    assert told[2:] == [("MHPS-P01", Fairness.BREACHED)]
    assert "Before: Met, Lena" in said(app)


def test_a_note_with_a_patients_details_is_held_back(app_casework: Casework, app_as: Run) -> None:
    app = the_list(app_casework, app_as)
    field(app, TERMS).set_value(Fairness.BREACHED)
    field(app, "Note").input("Patient born 3 March 1950")
    press(app, "Save checklist")
    assert "date of birth" in said(app)
    press(app, "Redact it and save")
    assert last(app_casework.database, FairnessAnswer).note == "Patient [redacted: date of birth]"
