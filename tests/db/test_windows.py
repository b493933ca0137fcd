"""A window that closes: neither ours nor a duty of the organisation. Past its day it has ended, and nobody is late."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from db import clock
from db.choices import Condition, DeadlineKind, Whose
from db.commands.deadlines import add_deadline
from db.models import Deadline, TimeRule
from db.queries.case_detail import case_detail
from db.queries.organisation_limits import organisation_limits
from db.reference_data import load_reference_data
from db.rules.limits import Limits
from tests.db.helpers import last, rows, run, the_case, viewer
from tests.factories import Casework

TODAY = clock.today()
HAND: dict[str, Any] = {"kind": DeadlineKind.STATUTORY, "whose": Whose.WINDOW}
RULE: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}


def detail(work: Casework, who: str = "on_case") -> Any:
    with work.database.read() as session:
        return case_detail(session, viewer(work, who), work.reference, TODAY, Limits())


def test_a_closed_window_is_no_breach_and_nothing_that_is_missed_or_next(casework: Casework) -> None:
    run(casework, add_deadline, name="Time to appeal", due_on=TODAY - timedelta(days=9), **HAND)
    run(casework, add_deadline, name="Longest order", due_on=TODAY + timedelta(days=9), **HAND)
    case = the_case(casework)
    assert (case.next_deadline_id, case.ours_due_on, case.body_due_on, case.unplanned_due_on) == (None,) * 4
    found = detail(casework)
    late = {Condition.BODY_IN_BREACH, Condition.DEADLINE_MISSED, Condition.AT_RISK}
    assert not late & found.conditions
    assert found.next_deadline is found.coming is None
    with casework.database.read() as session:
        assert organisation_limits(session, viewer(casework, "lead"), "EX001", TODAY) == ()


def test_a_window_hides_no_deadline_of_ours_or_theirs(casework: Casework) -> None:
    run(casework, add_deadline, name="Window", due_on=TODAY + timedelta(days=1), **HAND)
    theirs: dict[str, Any] = {"kind": DeadlineKind.STATUTORY, "whose": Whose.BODY}
    run(casework, add_deadline, name="Theirs", due_on=TODAY - timedelta(days=2), **theirs)
    run(casework, add_deadline, name="Theirs, later", due_on=TODAY + timedelta(days=5), **theirs)
    found = detail(casework)
    assert found.next_deadline == ("Theirs", TODAY - timedelta(days=2), Whose.BODY)
    assert found.coming == ("Theirs, later", TODAY + timedelta(days=5), Whose.BODY)
    assert Condition.BODY_IN_BREACH in found.conditions


def test_a_rule_that_became_a_window_takes_its_deadlines_along(casework: Casework) -> None:
    """As after an update of the tool: the rule was the GMC's duty until now."""
    with casework.database.write() as session:
        was = {"whose": "body", "text": "as it was"}
        session.execute(update(TimeRule).where(TimeRule.code == "MPTS-GMC-APPEAL-28D").values(was))
    run(casework, add_deadline, rule="MPTS-GMC-APPEAL-28D", received_on=TODAY - timedelta(days=60), **RULE)
    assert last(casework.database, Deadline).whose is Whose.BODY
    assert the_case(casework).body_due_on is not None
    due = last(casework.database, Deadline).due_on
    with casework.database.write() as session:
        assert load_reference_data(session) == 2
    row = last(casework.database, Deadline)
    assert (row.whose, row.due_on, row.asks_since) == (Whose.WINDOW, due, None)
    assert (the_case(casework).body_due_on, the_case(casework).next_deadline_id) == (None, None)


def test_a_rule_of_another_kind_takes_its_deadlines_along(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(TimeRule).where(TimeRule.code == "GRIEV-POSTPONE-5WD").values(kind="local"))
    run(casework, add_deadline, rule="GRIEV-POSTPONE-5WD", trigger_on=TODAY, **RULE)
    assert the_case(casework).unplanned_due_on is None
    with casework.database.write() as session:
        load_reference_data(session)
    assert last(casework.database, Deadline).kind is DeadlineKind.STATUTORY
    assert the_case(casework).unplanned_due_on is not None


def test_leads_are_asked_about_a_deadline_whose_rule_counted_wrongly(casework: Casework) -> None:
    """The review of an interim order, counted to the same day six months on, as it was until now."""
    with casework.database.write() as session:
        wrong: dict[str, dict[str, Any]] = {
            "MPTS-IOT-FIRST-REVIEW-6M": {"counting": "after"},
            "MPTS-IOT-CHANGED-REVIEW-3M": {"valid_to": None},
        }
        for code, values in wrong.items():
            session.execute(update(TimeRule).where(TimeRule.code == code).values(values))
    for code in wrong:
        run(casework, add_deadline, rule=code, trigger_on=date(2026, 9, 10), **RULE)
    before = {row.rule: row.due_on for row in rows(casework.database, Deadline)}
    with casework.database.write() as session:
        load_reference_data(session)
    found = {row.rule: row for row in rows(casework.database, Deadline)}
    assert {rule: row.due_on for rule, row in found.items()} == before
    first, changed = (found[code] for code in wrong)
    assert (first.asks_on, first.asks_rule) == (first.due_on - timedelta(days=1), first.rule)
    # No rule applies to its day any more: a lead keeps the date with a reason, or lets it lapse.
    assert changed.asks_since is not None
    assert changed.asks_on is None
