"""Outcomes on the case page: recorded and corrected by their forms, and shown beside where each process is."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.case.parts import PROCESSES
from db import clock
from db.choices import YesNo
from db.commands.outcomes import correct_outcome, record_outcome
from db.commands.processes import add_process
from db.models import CaseProcess, Deadline, ProcessOutcome
from tests.db.helpers import last, rows
from tests.factories import Casework
from tests.pages.helpers import field, labelled, open_tab, plain, press, seen

TODAY = clock.today()
Run = Callable[..., AppTest]
FOLD = "Record or correct an outcome"


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def tell(work: Casework, command: Any, **fields: Any) -> None:
    with work.database.write() as session:
        command(session, actor_id=work.on_case, reference=work.reference, **fields)


def tribunal(work: Casework, process: str = "MPTS", stage: str = "SANCTION") -> int:
    tell(work, add_process, process=process, stage=stage, organisation_id=None, started_on=ago(400), since=ago(400))
    return int(last(work.database, CaseProcess).id)


def the_tab(work: Casework, app_as: Run, process: int | None = None) -> AppTest:
    app = open_tab(app_as(work.on_case, "case", ref=work.reference), work.reference, PROCESSES, FOLD)
    if process is not None:
        field(app, "Which process came to an outcome").set_value(process).run()
    return app


def said(app: AppTest) -> str:
    return plain(seen(app))


def test_a_suspension_is_recorded_with_its_end_and_review(app_casework: Casework, app_as: Run) -> None:
    app = the_tab(app_casework, app_as, tribunal(app_casework))
    field(app, "What it came to").set_value("SUSPENSION").run()
    assert "The doctor's registration is suspended. Its end and its review become deadlines" in said(app)
    press(app, "Record outcome")
    assert "Happened on: please fill this in." in said(app)
    field(app, "Happened on").set_value(ago(10))
    field(app, "Suspension ends").set_value(ahead(170))
    field(app, "Review of the suspension").set_value(ahead(140))
    press(app, "Record outcome")
    assert not app.exception
    text = said(app)
    assert f"Outcome: **Suspension**, {ago(10):%-d %b %Y}" in text
    assert f"Suspension ends: **{ahead(170):%-d %b %Y} (in 170 days)**" in text
    assert f"Review of the suspension: **{ahead(140):%-d %b %Y} (in 140 days)**" in text
    assert "Suspension: recorded" not in text
    assert {row.name for row in rows(app_casework.database, Deadline)} == {
        "Suspension ends",
        "Review of the suspension",
        "Doctor's appeal to the court",
    }


def test_what_an_outcome_changes_is_asked_and_the_strip_says_what_became_of_it(
    app_casework: Casework, app_as: Run
) -> None:
    claim = tribunal(app_casework, "ET", "HEARING")
    told: dict[str, Any] = {"case_process_id": claim}
    tell(app_casework, record_outcome, **told, code="WON", happened_on=ago(300))
    tell(app_casework, record_outcome, **told, code="REMEDY", happened_on=ago(250), note="Joint *statement*")
    app = the_tab(app_casework, app_as, claim)
    field(app, "What it came to").set_value("SENT-BACK").run()
    field(app, "Happened on").set_value(ago(100))
    press(app, "Record outcome")
    assert "Which outcome it changes: choose from the list." in said(app)
    field(app, "Which outcome it changes").set_value(1)
    press(app, "Record outcome")
    assert not app.exception
    assert last(app_casework.database, ProcessOutcome).changes == 1
    text = said(app)
    assert f"Outcome: **Sent back to be decided again**, {ago(100):%-d %b %Y}" in text
    assert f"- Claim won, {ago(300):%-d %b %Y} · **sent back** {ago(100):%-d %b %Y}" in text
    assert f"- Remedy decided, {ago(250):%-d %b %Y} · Joint *statement*" in text


def test_a_settlement_asks_about_costs_and_silence_and_may_end_the_process(app_casework: Casework, app_as: Run) -> None:
    claim = tribunal(app_casework, "ET", "SETTLEMENT")
    app = the_tab(app_casework, app_as, claim)
    field(app, "What it came to").set_value("SETTLED").run()
    field(app, "Happened on").set_value(ago(1))
    field(app, "Was the doctor threatened with costs?").set_value(YesNo.YES)
    field(app, "The process ended with it").set_value(True)
    press(app, "Record outcome")
    assert not app.exception
    text = said(app)
    assert "Threatened with costs: yes" in text
    assert "Asked to keep silent: not asked yet" in text
    assert last(app_casework.database, CaseProcess).ended_on == ago(1)


def test_a_caution_says_that_the_gmc_has_to_be_told(app_casework: Casework, app_as: Run) -> None:
    police = tribunal(app_casework, "POLICE", "INTERVIEW")
    app = the_tab(app_casework, app_as, police)
    field(app, "What it came to").set_value("CAUTIONED").run()
    assert "A deadline to tell the GMC is made for the next working day" in said(app)
    field(app, "Happened on").set_value(TODAY)
    press(app, "Record outcome")
    assert "Doctor to tell the GMC without delay" in said(app)


def test_a_correction_keeps_what_there_was_and_somebody_faster_is_told(app_casework: Casework, app_as: Run) -> None:
    hearing = tribunal(app_casework)
    told: dict[str, Any] = {"case_process_id": hearing, "happened_on": ago(9)}
    tell(app_casework, record_outcome, **told, code="CONDITIONS", end_on=ahead(50), note="By post")
    app = the_tab(app_casework, app_as, hearing)
    field(app, "What you want to do").set_value("Correct an outcome").run()
    field(app, "Conditions end").set_value(ahead(60))
    field(app, "Why it is corrected").input("The order says so")
    tell(app_casework, correct_outcome, **told, number=1, seen_edition=1, end_on=ahead(55), reason="x", note="By post")
    press(app, "Save correction")
    assert "changed this case at" in said(app)
    assert field(app, "Conditions end").value == ahead(60)
    press(app, "Save correction")
    assert not app.exception
    assert [row.end_on for row in rows(app_casework.database, ProcessOutcome)] == [ahead(50), ahead(55), ahead(60)]
    assert last(app_casework.database, Deadline).due_on == ahead(60)
    text = said(app)
    assert "Conditions: corrected by Vik" in text
    assert f"before: {ago(9):%-d %b %Y}, until {ahead(50):%-d %b %Y}, By post" in text


def test_one_recorded_by_mistake_is_withdrawn(app_casework: Casework, app_as: Run) -> None:
    hearing = tribunal(app_casework)
    tell(app_casework, record_outcome, case_process_id=hearing, code="ERASURE", happened_on=ago(9))
    app = the_tab(app_casework, app_as, hearing)
    field(app, "What you want to do").set_value("Correct an outcome").run()
    field(app, "It was recorded by mistake").set_value(True)
    field(app, "Why it is corrected").input("Another doctor")
    press(app, "Save correction")
    assert not app.exception
    assert last(app_casework.database, ProcessOutcome).withdrawn
    text = said(app)
    assert "Outcome: **Erasure**" not in text
    assert "No outcome is recorded of this process." in text
    assert not labelled(app, "Save correction")


def test_the_time_to_appeal_is_offered_with_its_working_out(app_casework: Casework, app_as: Run) -> None:
    app = the_tab(app_casework, app_as, tribunal(app_casework))
    field(app, "What it came to").set_value("ERASURE").run()
    field(app, "Happened on").set_value(ago(3)).run()
    assert field(app, "Doctor's appeal to the court").value is True
    assert "GMC's appeal to the court" not in " ".join(box.label for box in app.checkbox)
    press(app, "Record outcome")
    assert not app.exception
    assert [row.rule for row in rows(app_casework.database, Deadline)] == ["MPTS-APPEAL-28D"]
