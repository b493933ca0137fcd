"""Deadlines on the case page and what a changed rule asks on a lead's home."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import ACTIONS
from db import clock
from db.choices import DeadlineKind, Whose
from db.commands.deadlines import add_deadline, change_deadline
from db.models import CaseProcess, Deadline, Finding, TimeRule
from db.reference_data import load_reference_data
from tests.factories import Casework
from tests.pages.helpers import field, open_tab, plain, press, seen, unfold

TODAY = clock.today()
TAB = ACTIONS
Run = Callable[..., AppTest]


def add(work: Casework, rule: str, trigger: date, **more: Any) -> int:
    fields: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    with work.database.write() as session:
        add_deadline(
            session, actor_id=work.on_case, reference=work.reference, rule=rule, trigger_on=trigger, **(fields | more)
        )
    return newest(work).id


def newest(work: Casework) -> Deadline:
    with work.database.read() as session:
        return session.scalars(select(Deadline).order_by(Deadline.id.desc())).first()  # type: ignore[return-value]


def the_tab(work: Casework, app_as: Run, who: str = "on_case") -> AppTest:
    app = app_as(getattr(work, who), "case", ref=work.reference)
    return open_tab(app, work.reference, TAB)


def test_the_working_out_is_read_before_anything_is_saved(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.execute(update(CaseProcess).values(process="ET", stage="PRIMARY-LIMIT"))
        session.execute(update(TimeRule).values(checked_on=TODAY))
        from db.card import refresh_cards
        from db.models import Case

        refresh_cards(session, Case.id > 0)
    app = the_tab(app_casework, app_as)
    rule = field(app, "Rule")
    assert "ET: Tribunal claim: three months less a day" in rule.options
    # The other regime is never one to choose.
    assert not [option for option in rule.options if "six months (may apply)" in option]
    rule.set_value("ET-PRIMARY-3M").run()
    field(app, "Counts from").set_value(date(2026, 11, 3)).run()
    said = plain(seen(app))
    assert "Three months less a day from 3 November 2026 is 2 February 2027." in said
    assert "May apply: Tribunal claim: six months (may apply), 2 May 2027" in said
    press(app, "Add deadline")
    assert not app.exception
    assert newest(app_casework).due_on == date(2027, 2, 2)
    assert field(app, "Rule").value is None
    said = plain(seen(app))
    assert "working date: confirm with the BMA, an MDO or a solicitor" in said
    assert "never rely on this later date" in said


def test_a_rule_not_in_force_that_day_says_which_was(app_casework: Casework, app_as: Run) -> None:
    app = the_tab(app_casework, app_as)
    with app_casework.database.write() as session:
        session.execute(update(CaseProcess).values(process="ET", stage="ACAS"))
        from db.card import refresh_cards
        from db.models import Case

        refresh_cards(session, Case.id > 0)
    app.run()
    field(app, "Rule").set_value("ET-ACAS-12W").run()
    field(app, "Counts from").set_value(date(2025, 11, 30)).run()
    assert "not in force on 30 Nov 2025" in seen(app)
    assert "begun before 1 December 2025" in seen(app)
    assert not [button for button in app.button if button.label == "Add deadline"]


def test_a_body_past_its_limit_offers_a_finding_once(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.read() as session:
        process = session.scalars(select(CaseProcess.id)).first()
    add(app_casework, "MHPS-PPA-12W", TODAY - timedelta(days=90), case_process_id=process)
    app = the_tab(app_casework, app_as)
    assert "past its limit" in seen(app)
    press(app, "Add P04 delay finding")
    due = TODAY - timedelta(days=6)
    evidence = field(app, "Why: what the papers or the doctor’s account say").value
    assert f"was due {due:%-d %b %Y}" in evidence
    assert "6 days later" in evidence
    assert "MHPS-PPA-12W" in evidence
    assert "Twelve weeks from" in evidence
    press(app, "Add P04 finding")
    assert not app.exception
    with app_casework.database.read() as session:
        (finding,) = session.scalars(select(Finding)).all()
    assert (finding.code, finding.case_process_id, finding.evidence) == ("P04", process, "reported")
    assert finding.note == evidence
    app = the_tab(app_casework, app_as)
    assert not [button for button in app.button if button.label == "Add P04 delay finding"]
    assert "already recorded for this process" in seen(app)


def test_our_own_missed_date_is_no_finding_against_a_body(app_casework: Casework, app_as: Run) -> None:
    add(app_casework, "GMC-RULE-7-28D", TODAY - timedelta(days=40))
    app = the_tab(app_casework, app_as)
    assert "missed" in seen(app)
    assert not [button for button in app.button if "P04" in button.label]


def test_at_risk_is_said_beside_the_deadline_until_a_plan_is_confirmed(app_casework: Casework, app_as: Run) -> None:
    add(app_casework, "GMC-RULE-7-28D", TODAY)
    app = the_tab(app_casework, app_as)
    assert "at risk: no plan confirmed" in seen(app)
    home = app_as(app_casework.on_case, "home")
    assert "At risk: no plan confirmed" in seen(home)
    field(app, "Plan confirmed").input("Counsel drafts it")
    press(app, "Save deadline")
    assert "at risk" not in seen(app)
    assert "Plan: Counsel drafts it" in plain(seen(app))


def test_a_date_is_changed_by_hand_and_says_why(app_casework: Casework, app_as: Run) -> None:
    add(app_casework, "GMC-RULE-7-28D", TODAY)
    app = the_tab(app_casework, app_as)
    field(app, "New date").set_value(TODAY + timedelta(days=35))
    press(app, "Change date")
    assert "please fill this in" in seen(app)
    field(app, "Why", nth=0).input("Extended by letter")
    press(app, "Change date")
    assert not app.exception
    assert newest(app_casework).due_on == TODAY + timedelta(days=35)
    assert "Extended by letter" in plain(seen(app))
    assert "date changed by hand" in seen(app)


def test_a_stopped_clock_shows_the_earlier_date_and_says_so(app_casework: Casework, app_as: Run) -> None:
    add(app_casework, "ET-PRIMARY-3M", TODAY - timedelta(days=20))
    app = the_tab(app_casework, app_as)
    field(app, "What happened").set_value("Clock paused or restarted").run()
    field(app, "Paused from").set_value(TODAY - timedelta(days=5))
    press(app, "Save pause")
    said = plain(seen(app))
    assert "date without the pause, which is earlier and safer" in said
    assert "at the latest" in said
    field(app, "Paused from").set_value(TODAY - timedelta(days=5))
    field(app, "Paused until").set_value(TODAY)
    press(app, "Save pause")
    row = newest(app_casework)
    assert row.rule_due_on is not None
    assert row.due_on == row.rule_due_on + timedelta(days=5)
    assert "Without the pause:" in plain(seen(app))


def test_lifted_ends_the_reviews(app_casework: Casework, app_as: Run) -> None:
    add(app_casework, "MHPS-EXCL-FORMAL-4W", TODAY - timedelta(days=40))
    app = the_tab(app_casework, app_as)
    assert "Follows the review of" in plain(seen(app))
    field(app, "What happened").set_value("Exclusion lifted: stop reviews").run()
    # The review that was missed, and the next one: neither is chosen beforehand.
    next(box for box in app.selectbox if str(box.key).startswith("end_reviews_")).select(newest(app_casework).id)
    field(app, "Lifted on").set_value(TODAY)
    press(app, "Stop reviews")
    assert not app.exception
    assert newest(app_casework).lapsed_on == TODAY
    assert "this review was due before" in plain(seen(app))


def ask(work: Casework) -> None:
    with work.database.write() as session:
        session.execute(update(TimeRule).where(TimeRule.code == "GMC-RULE-7-28D").values(amount=21))
    add(work, "GMC-RULE-7-28D", TODAY)
    with work.database.write() as session:
        load_reference_data(session)


def test_leads_are_asked_on_home_and_nobody_else(app_casework: Casework, app_as: Run) -> None:
    ask(app_casework)
    for who in ("on_case", "in_conflict"):
        app = app_as(getattr(app_casework, who), "home")
        assert not [expander for expander in app.expander if "would move" in expander.label]
    app = app_as(app_casework.lead, "home")
    assert [expander.label for expander in app.expander if "would move" in expander.label] == [
        "**1 open deadline would move**: a time rule has changed"
    ]
    unfold(app, "rule_changes")
    field(app, "This date").set_value(False)
    press(app, "Answer")
    assert "please fill this in" in seen(app)
    field(app, "Why it is kept").input("Their letter says 21")
    press(app, "Answer")
    assert not app.exception
    assert newest(app_casework).due_on == TODAY + timedelta(days=21)
    assert "would move" not in str([expander.label for expander in app.expander])


def test_the_case_says_that_its_rule_has_changed(app_casework: Casework, app_as: Run) -> None:
    ask(app_casework)
    app = the_tab(app_casework, app_as)
    assert "rule changed: ask a lead" in seen(app)
    assert "by the rule as it was then; it has changed since" in plain(seen(app))
    app = unfold(app_as(app_casework.lead, "home"), "rule_changes")
    press(app, "Answer")
    assert newest(app_casework).due_on == TODAY + timedelta(days=28)


def test_a_window_that_closed_is_information_and_no_finding(app_casework: Casework, app_as: Run) -> None:
    add(app_casework, "MPTS-GMC-APPEAL-28D", TODAY - timedelta(days=40))
    add(app_casework, "MPTS-IOT-ORDER-18M", TODAY - timedelta(days=40))
    app = the_tab(app_casework, app_as)
    said = plain(seen(app))
    assert (
        f"GMC's appeal to the court (statutory, a window that closes): closed {TODAY - timedelta(days=13):%-d %b %Y}"
        in said
    )
    assert "When this day is over the time has ended. Nobody misses anything." in said
    assert "past its limit" not in said
    assert "missed" not in said
    assert not [button for button in app.button if "P04" in button.label]


def test_a_local_date_is_marked_as_one_that_must_not_be_missed(app_casework: Casework, app_as: Run) -> None:
    app = the_tab(app_casework, app_as)
    field(app, "Name").input("Conduct appeal")
    field(app, "Due", nth=1).set_value(TODAY + timedelta(days=5))
    field(app, "Kind").set_value(DeadlineKind.LOCAL)
    field(app, "A date the doctor must not miss").check()
    press(app, "Add deadline")
    assert not app.exception
    assert newest(app_casework).must_not_miss
    assert "at risk: no plan confirmed" in seen(the_tab(app_casework, app_as))


def test_why_a_deadline_no_longer_applies_is_shown_where_it_is_listed(app_casework: Casework, app_as: Run) -> None:
    made = add(app_casework, "", TODAY, name="Reply to the panel", due_on=TODAY + timedelta(days=9))
    with app_casework.database.write() as session:
        change_deadline(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            deadline_id=made,
            lapsed_reason="The panel was stood down",
        )
    assert "no longer applies: The panel was stood down" in plain(seen(the_tab(app_casework, app_as)))
