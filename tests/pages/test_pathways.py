"""Process pathways on the case page: the strip, the axis, the dates of stages."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import PROCESSES
from db import clock
from db.choices import DeadlineKind, Whose
from db.commands.deadlines import add_deadline
from db.commands.pathways import correct_process_stage
from db.commands.processes import add_process, move_process
from db.models import CaseProcess, Deadline, ProcessEvent
from tests.db.helpers import last, rows
from tests.factories import Casework
from tests.pages.helpers import field, open_tab, plain, press, seen
from tests.pages.test_statements import Statements

TODAY = clock.today()
TAB = PROCESSES
Run = Callable[..., AppTest]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def tell(work: Casework, command: Any, **fields: Any) -> None:
    with work.database.write() as session:
        command(session, actor_id=work.on_case, reference=work.reference, **fields)


def gmc(work: Casework, *, stage: str = "INVESTIGATION", since: int = 420) -> int:
    tell(work, add_process, process="GMC", stage="TRIAGE", organisation_id=None, started_on=ago(500))
    chosen = int(last(work.database, CaseProcess).id)
    tell(work, move_process, case_process_id=chosen, stage=stage, since=ago(since))
    return chosen


def the_tab(work: Casework, app_as: Run, who: str = "on_case") -> AppTest:
    return open_tab(app_as(getattr(work, who), "case", ref=work.reference), work.reference, TAB)


def said(app: AppTest) -> str:
    return plain(seen(app))


def test_a_strip_says_where_it_is_what_is_next_and_by_when(app_casework: Casework, app_as: Run) -> None:
    mine = gmc(app_casework)
    due = TODAY + timedelta(days=12)
    tell(
        app_casework,
        add_deadline,
        name="Reply",
        due_on=due,
        kind=DeadlineKind.LOCAL,
        whose=Whose.OURS,
        case_process_id=mine,
    )
    text = said(the_tab(app_casework, app_as))
    assert f"Triage] {ago(500):%-d %b %Y}" in text
    assert "Now: Investigation" in text
    assert "Next: Rule 7 letter" in text
    # Not every process comes to it, so it is no next step.
    assert "Next: Referral" not in text
    assert f"By when: **{due:%-d %b %Y} (in 12 days)** Reply, ours" in text


def test_what_the_rules_promise_stands_beside_how_long_it_took(app_casework: Casework, app_as: Run) -> None:
    gmc(app_casework)
    app = the_tab(app_casework, app_as)
    text = said(app)
    assert "GMC's aim: 6 months from the opening of the investigation (a target, not a limit)" in text
    assert "7 months over the target" in text
    assert "if it counts from the day this stage began" in text
    assert "Source: MDU, GMC provisional enquiries" in text
    assert "Not recorded: Five-year rule, Provisional enquiry, Rule 4 letter and work details." in text


def test_an_unconfirmed_rule_is_said_to_be_one(app_casework: Casework, app_as: Run) -> None:
    tell(app_casework, move_process, case_process_id=1, stage="INVESTIGATION")
    text = said(the_tab(app_casework, app_as))
    assert (
        "Investigation completed: 4 weeks from the case investigator's appointment :orange-badge[unconfirmed]" in text
    )


def test_a_day_nobody_told_is_not_made_up(app_casework: Casework, app_as: Run) -> None:
    text = said(the_tab(app_casework, app_as))
    assert "Concern raised and screened**, day not recorded, known since" in text
    assert "so far" not in text


def test_what_the_body_did_with_its_deadlines(app_casework: Casework, app_as: Run) -> None:
    mine = gmc(app_casework)
    with app_casework.database.write() as session:
        for met, name in ((ago(3), "In time"), (ago(0), "Late")):
            add_deadline(
                session,
                actor_id=app_casework.on_case,
                reference=app_casework.reference,
                name=name,
                due_on=ago(2),
                kind=DeadlineKind.LOCAL,
                whose=Whose.BODY,
                case_process_id=mine,
            )
            session.scalars(select(Deadline).where(Deadline.name == name)).one().met_on = met
    text = said(the_tab(app_casework, app_as))
    assert f"In time ({Whose.BODY.label.lower()}): was due {ago(2):%-d %b %Y}, met {ago(3):%-d %b %Y}, on time" in text
    assert f"met {ago(0):%-d %b %Y}, **2 days later**" in text


def test_a_process_moves_on_with_its_day(app_casework: Casework, app_as: Run) -> None:
    gmc(app_casework)
    app = the_tab(app_casework, app_as)
    field(app, "Which process").set_value(2).run()
    field(app, "Now at").set_value("RULE-7")
    field(app, "Since when").set_value(ago(450))
    press(app, "Save process")
    assert "the current stage started on" in said(app)
    assert field(app, "Now at").value == "RULE-7"
    field(app, "Since when").set_value(ago(5))
    press(app, "Save process")
    assert not app.exception
    event = last(app_casework.database, ProcessEvent)
    assert (event.stage, event.since, event.is_exact) == ("RULE-7", ago(5), True)


def test_an_earlier_stage_is_added(app_casework: Casework, app_as: Run) -> None:
    gmc(app_casework)
    app = the_tab(app_casework, app_as)
    field(app, "For which process").set_value(2).run()
    field(app, "Stage it went through").set_value("RULE-4")
    press(app, "Add stage")
    assert "Since: please fill this in." in said(app)
    field(app, "From").set_value(ago(470))
    press(app, "Add stage")
    assert not app.exception
    assert f"Rule 4 letter and work details] {ago(470):%-d %b %Y}" in said(app)


def test_a_corrected_day_says_what_it_was_and_somebody_faster_is_told(app_casework: Casework, app_as: Run) -> None:
    mine = gmc(app_casework)
    app = the_tab(app_casework, app_as)
    field(app, "For which process").set_value(mine).run()
    field(app, "What you want to record").set_value("Correct a day").run()
    field(app, "Stage to correct").set_value(2).run()
    field(app, "It began on").set_value(ago(400))
    field(app, "Why it is corrected").input("The letter says so")
    tell(
        app_casework, correct_process_stage, case_process_id=mine, number=2, seen_edition=1, since=ago(410), reason="x"
    )
    press(app, "Save correction")
    assert "changed this case at" in said(app)
    assert field(app, "It began on").value == ago(400)
    press(app, "Save correction")
    assert not app.exception
    assert [e.since for e in rows(app_casework.database, ProcessEvent, number=2)] == [ago(420), ago(410), ago(400)]
    text = said(app)
    assert f"before: {ago(420):%-d %b %Y}" in text
    assert "Investigation: corrected by Vik" in text


def test_all_processes_stand_on_one_axis_and_in_its_words(app_casework: Casework, app_as: Run) -> None:
    gmc(app_casework)
    tell(
        app_casework,
        add_deadline,
        name="Panel",
        due_on=ago(-9),
        kind=DeadlineKind.LOCAL,
        whose=Whose.OURS,
        is_hearing=True,
    )
    text = said(the_tab(app_casework, app_as))
    assert "All processes on one time axis" in text
    assert "“?” means that the day was not recorded" in text


def test_without_a_process_there_is_no_axis_and_it_says_what_to_do(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.execute(delete(ProcessEvent))
        session.execute(delete(CaseProcess))
    text = said(the_tab(app_casework, app_as))
    assert "No process recorded. Add one below" in text
    assert "All processes on one time axis" not in text


def test_nothing_of_it_is_read_until_the_tab_is_opened(app_casework: Casework, app_as: Run) -> None:
    app_as(app_casework.on_case, "case", ref=app_casework.reference)
    counter = Statements()
    app_as(app_casework.on_case, "case", ref=app_casework.reference)
    sent = counter.stop()
    assert not [statement for statement in sent if "process_events" in statement or "fairness" in statement]


def test_what_a_stage_starts_is_offered_ticked_with_its_dates(app_casework: Casework, app_as: Run) -> None:
    app = the_tab(app_casework, app_as)
    field(app, "Process").set_value("GMC").run()
    field(app, "Stage of the process").set_value("RULE-7").run()
    assert "This stage starts time limits. Enter since when" in seen(app)
    since = clock.today() - timedelta(days=2)
    field(app, "Started").set_value(since)
    field(app, "At this stage since").set_value(since).run()
    due = since + timedelta(days=28)
    offered = field(app, "Rule 7")
    assert plain(offered.label) == f"Rule 7: written response: **{due:%-d %b %Y}** (in 26 days; ours)"
    assert offered.value is True
    press(app, "Add process")
    found = rows(app_casework.database, Deadline, rule="GMC-RULE-7-28D")
    assert [row.due_on for row in found] == [due]


def test_a_deadline_that_is_unticked_is_not_added(app_casework: Casework, app_as: Run) -> None:
    app = the_tab(app_casework, app_as)
    field(app, "Now at").set_value("COMMENTS").run()
    field(app, "Comments on the factual report").uncheck()
    press(app, "Save process")
    assert rows(app_casework.database, Deadline, rule="MHPS-COMMENTS-10WD") == []
    assert rows(app_casework.database, CaseProcess)[0].stage == "COMMENTS"
