"""Dates changed by hand, clocks that stop, regimes, and dates that a changed rule would move."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.choices import DeadlineKind, EntryKind, Role, Stage, Whose
from db.commands.deadline_dates import answer_rule_change, answer_rule_changes, move_deadline, pause_deadline
from db.commands.deadlines import add_deadline, change_deadline
from db.engine import Database
from db.errors import NotAllowed, Stale
from db.models import Audit, Case, Deadline, Entry, TimeRule
from db.queries.rule_changes import RuleChange, every_rule_change, rule_changes
from db.reference_data import load_reference_data
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
    the_case,
    viewer,
)
from tests.factories import Casework, make_case

TODAY = clock.today()
LIMIT = "ET-PRIMARY-3M"


def add(casework: Casework, rule: str, trigger: date | None, **more: Any) -> Deadline:
    fields: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    run(casework, add_deadline, **(fields | {"rule": rule, "trigger_on": trigger} | more))
    return newest(casework)


def newest(casework: Casework) -> Deadline:
    row = last(casework.database, Deadline)
    assert isinstance(row, Deadline)
    return row


def by_hand(row: Deadline, **more: Any) -> dict[str, Any]:
    fields = {"deadline_id": row.id, "seen_version": row.version, "due_on": row.due_on + timedelta(days=7)}
    return fields | {"reason": "Extended by letter"} | more


def stopped(row: Deadline, begun: date, ended: date | None = None) -> dict[str, Any]:
    return {"deadline_id": row.id, "seen_version": row.version, "paused_from": begun, "paused_to": ended}


# Regimes and days -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [LIMIT, "ET-PRIMARY-6M"])
def test_the_earlier_regime_is_the_working_date_and_the_other_may_apply(casework: Casework, rule: str) -> None:
    row = add(casework, rule, date(2026, 11, 3))
    assert (row.rule, row.due_on, row.rule_due_on) == (LIMIT, date(2027, 2, 2), date(2027, 2, 2))
    assert (row.may_apply_rule, row.may_apply_on) == ("ET-PRIMARY-6M", date(2027, 5, 2))


def test_a_rule_not_in_force_that_day_is_refused_and_the_one_that_was_is_named(casework: Casework) -> None:
    filled: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    with refused(casework.database, "not in force on 30 November 2025.*begun before 1 December 2025", field="rule"):
        run(casework, add_deadline, **filled, rule="ET-ACAS-12W", trigger_on=date(2025, 11, 30))
    assert add(casework, "ET-ACAS-6W", date(2025, 11, 30)).due_on == date(2026, 1, 11)


def test_counted_from_service_or_receipt_and_both_days_are_kept(casework: Casework) -> None:
    days = {"sent_on": date(2026, 11, 2), "received_on": date(2026, 11, 4)}
    appeal = add(casework, "MPTS-APPEAL-28D", None, **days)
    assert (appeal.trigger_on, appeal.due_on) == (date(2026, 11, 2), date(2026, 11, 29))
    request = add(casework, "SAR-RESPONSE-1M", None, **days)
    assert (request.trigger_on, request.due_on) == (date(2026, 11, 4), date(2026, 12, 4))
    assert (request.sent_on, request.received_on) == (days["sent_on"], days["received_on"])


# By hand ----------------------------------------------------------------------------------------------------


def test_a_date_changed_by_hand_keeps_the_date_before_and_the_reason(casework: Casework) -> None:
    row = add(casework, "GMC-RULE-7-28D", TODAY, confirmed_by="MDO")
    was = row.due_on
    assert_recorded(casework, "move_deadline", move_deadline, **by_hand(row))
    row = newest(casework)
    assert (row.due_on, row.moved_from, row.moved_reason) == (was + timedelta(days=7), was, "Extended by letter")
    assert (row.rule_due_on, row.confirmed_by) == (was, None)
    assert the_case(casework).ours_due_on == row.due_on
    assert "changed by hand from" in last(casework.database, Entry, kind=EntryKind.SYSTEM).text


def test_a_change_by_hand_needs_a_reason_another_date_and_the_version_seen(casework: Casework) -> None:
    row = add(casework, "GMC-RULE-7-28D", TODAY)
    for changes in ({"reason": " "}, {"due_on": row.due_on}, {"due_on": date.max}):
        with refused(casework.database, ".+", field=next(iter(changes))):
            run(casework, move_deadline, **by_hand(row, **changes))
    run(casework, change_deadline, deadline_id=row.id, plan="Post it")
    with refused(casework.database, "changed this case", error=Stale):
        run(casework, move_deadline, **by_hand(row))
    run(casework, change_deadline, deadline_id=row.id, met_on=TODAY)
    with refused(casework.database, "already been met or has lapsed"):
        run(casework, move_deadline, **by_hand(row))


def test_two_who_change_one_date_at_once_do_not_overwrite_each_other(casework: Casework) -> None:
    row = add(casework, "GMC-RULE-7-28D", TODAY)

    def change(due: date) -> Any:
        fields = by_hand(row, due_on=due)
        return lambda session: move_deadline(session, actor_id=casework.lead, reference=casework.reference, **fields)

    first = TODAY + timedelta(days=40)
    assert at_once(casework.database, change(first), change(TODAY + timedelta(days=50))) is not None
    assert newest(casework).due_on == first


# Pauses -----------------------------------------------------------------------------------------------------


def test_while_conciliation_lasts_the_earlier_date_stays_then_the_pause_counts(casework: Casework) -> None:
    trigger = TODAY - timedelta(days=40)
    row = add(casework, LIMIT, trigger, confirmed_by="Union")
    plain, other = row.due_on, row.may_apply_on
    begun, ended = trigger + timedelta(days=10), trigger + timedelta(days=30)
    assert_recorded(casework, "pause_deadline", pause_deadline, **stopped(row, begun))
    row = newest(casework)
    assert (row.due_on, row.paused_from, row.paused_to, row.confirmed_by) == (plain, begun, None, "Union")
    run(casework, pause_deadline, **stopped(row, begun, ended))
    row = newest(casework)
    assert (row.due_on, row.rule_due_on, row.confirmed_by) == (plain + timedelta(days=20), plain, None)
    assert other is not None
    assert row.may_apply_on == other + timedelta(days=20)
    assert the_case(casework).ours_due_on == row.due_on


def test_a_date_by_hand_is_not_moved_by_a_pause(casework: Casework) -> None:
    row = add(casework, LIMIT, TODAY - timedelta(days=40))
    run(casework, move_deadline, **by_hand(row))
    row = newest(casework)
    run(casework, pause_deadline, **stopped(row, TODAY - timedelta(days=30), TODAY))
    assert newest(casework).due_on == row.due_on


def test_a_pause_that_cannot_be_is_refused(casework: Casework) -> None:
    row = add(casework, LIMIT, TODAY - timedelta(days=40))
    tomorrow = TODAY + timedelta(days=1)
    for begun, ended, field in (
        (tomorrow, None, "paused_from"),
        (TODAY, tomorrow, "paused_to"),
        (date.min, None, "paused_from"),
        (TODAY, TODAY - timedelta(days=1), "paused_to"),
    ):
        with refused(casework.database, ".+", field=field):
            run(casework, pause_deadline, **stopped(row, begun, ended))
    unpaused = add(casework, "GMC-RULE-7-28D", TODAY)
    with refused(casework.database, "Nothing pauses", field="deadline_id"):
        run(casework, pause_deadline, **stopped(unpaused, TODAY))
    with refused(casework.database, "changed this case", error=Stale):
        run(casework, pause_deadline, **(stopped(row, TODAY) | {"seen_version": 0}))


# Changed rules ----------------------------------------------------------------------------------------------


def change_rule(database: Database, code: str = "GMC-RULE-7-28D", **values: Any) -> None:
    """As if the files said something else until now: loading them changes the row."""
    with database.write() as session:
        session.execute(update(TimeRule).where(TimeRule.code == code).values(**values))
    with database.write() as session:
        load_reference_data(session)


def asked(casework: Casework, who: str = "lead") -> list[RuleChange]:
    with casework.database.read() as session:
        return rule_changes(session, viewer(casework, who))


@pytest.fixture
def changed(casework: Casework) -> Deadline:
    """A deadline worked out by a rule of 21 days, before the files said 28."""
    with casework.database.write() as session:
        session.execute(update(TimeRule).where(TimeRule.code == "GMC-RULE-7-28D").values(amount=21))
    row = add(casework, "GMC-RULE-7-28D", TODAY, confirmed_by="MDO")
    with casework.database.write() as session:
        assert load_reference_data(session) == 1
    return row


def test_a_changed_rule_moves_nothing_and_asks_the_leads(casework: Casework, changed: Deadline) -> None:
    assert newest(casework).due_on == TODAY + timedelta(days=21)
    (change,) = asked(casework)
    assert (change.deadline_id, change.due_on, change.new_on) == (
        changed.id,
        TODAY + timedelta(days=21),
        TODAY + timedelta(days=28),
    )
    for who in ("on_case", "off_case", "in_conflict", "observer"):
        assert asked(casework, who) == []


def test_moved_by_a_lead_with_a_line_on_the_case(casework: Casework, changed: Deadline) -> None:
    new = TODAY + timedelta(days=28)
    answer: dict[str, Any] = {"deadline_id": changed.id, "shown_on": new, "move": True, "reason": ""}
    with refused(casework.database, ".+", error=NotAllowed):
        run(casework, answer_rule_change, **answer)
    assert_recorded(casework, "answer_rule_change", answer_rule_change, casework.lead, **answer)
    row = newest(casework)
    assert (row.due_on, row.rule_due_on, row.moved_from, row.confirmed_by) == (new, new, None, None)
    assert asked(casework) == []
    assert "its rule has changed; moved from" in last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    with refused(casework.database, "answered"):
        run(casework, answer_rule_change, casework.lead, **answer)


def test_kept_with_a_reason_and_asked_again_only_when_the_rule_changes_again(
    casework: Casework, changed: Deadline
) -> None:
    new = TODAY + timedelta(days=28)
    answer: dict[str, Any] = {"deadline_id": changed.id, "shown_on": new, "move": False}
    with refused(casework.database, "please fill this in", field="reason"):
        run(casework, answer_rule_change, casework.lead, **answer, reason=" ")
    run(casework, answer_rule_change, casework.lead, **answer, reason="Their letter says 21")
    row = newest(casework)
    assert (row.due_on, row.moved_reason) == (changed.due_on, "Their letter says 21")
    change_rule(casework.database, "GMC-WORK-DETAILS-7D", amount=9)
    assert asked(casework) == []
    with casework.database.write() as session:
        session.execute(update(Deadline).values(rule_due_on=changed.due_on))
    change_rule(casework.database, amount=35)
    assert [change.by_hand for change in asked(casework)] == [True]


def test_an_answer_to_another_list_is_refused(casework: Casework, changed: Deadline) -> None:
    for shown in (None, TODAY + timedelta(days=30)):
        with refused(casework.database, "Look at the list"):
            run(
                casework,
                answer_rule_change,
                casework.lead,
                deadline_id=changed.id,
                shown_on=shown,
                move=True,
                reason="",
            )


@pytest.mark.usefixtures("changed")
def test_a_rule_changed_back_asks_no_more(casework: Casework) -> None:
    assert len(asked(casework)) == 1
    with casework.database.write() as session:
        days = TODAY + timedelta(days=28)
        session.execute(update(Deadline).values(rule_due_on=days, due_on=days))
    change_rule(casework.database, amount=35)
    assert asked(casework) == []


def test_what_is_settled_is_not_asked_about(casework: Casework, changed: Deadline) -> None:
    run(casework, change_deadline, deadline_id=changed.id, met_on=TODAY)
    assert asked(casework) == []
    assert newest(casework).asks_since is None


def test_a_rule_that_no_longer_holds_for_the_day_can_only_be_kept(casework: Casework, changed: Deadline) -> None:
    with casework.database.write() as session:
        session.execute(update(TimeRule).where(TimeRule.code == "GMC-RULE-7-28D").values(valid_to=TODAY - timedelta(1)))
        from db.rule_asks import ask_about

        assert ask_about(session, {"GMC"}) == 1
    (change,) = asked(casework)
    assert change.new_on is None
    answer: dict[str, Any] = {"deadline_id": changed.id, "shown_on": None}
    with refused(casework.database, "No rule applies"):
        run(casework, answer_rule_change, casework.lead, **answer, move=True, reason="")
    run(casework, answer_rule_change, casework.lead, **answer, move=False, reason="As their letter says")
    assert asked(casework) == []
    change_rule(casework.database, "GMC-WORK-DETAILS-7D", amount=9)
    assert asked(casework) == []


def run_all(casework: Casework, who: int, **values: Any) -> int:
    with casework.database.write() as session:
        return answer_rule_changes(session, actor_id=who, **values)


@pytest.mark.usefixtures("changed")
def test_all_at_once_but_for_those_by_hand_and_never_behind_the_wall(casework: Casework) -> None:
    with casework.database.write() as session:
        elsewhere = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
        session.execute(update(TimeRule).where(TimeRule.code == "GMC-RULE-7-28D").values(amount=21))
    filled: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    filled |= {"rule": "GMC-RULE-7-28D", "trigger_on": TODAY, "reference": elsewhere}
    run(casework, add_deadline, casework.lead, **filled)
    run(casework, add_deadline, casework.lead, **filled)
    hand = newest(casework)
    run(casework, move_deadline, casework.lead, reference=elsewhere, **by_hand(hand))
    with casework.database.write() as session:
        load_reference_data(session)
    assert (len(asked(casework)), len(asked(casework, "in_conflict"))) == (3, 2)
    with casework.database.read() as session:
        assert len(every_rule_change(session)) == 3
    for who, many in ((casework.on_case, 3), (casework.observer, 3)):
        with refused(casework.database, ".+", error=NotAllowed):
            run_all(casework, who, many=many, move=True, reason="")
    with refused(casework.database, "list has changed"):
        run_all(casework, casework.lead, many=2, move=True, reason="")
    assert run_all(casework, casework.in_conflict, many=2, move=True, reason="") == 1
    first, second, third = rows(casework.database, Deadline)
    assert [row.due_on - TODAY for row in (first, second)] == [timedelta(days=21), timedelta(days=28)]
    assert third.due_on == hand.due_on + timedelta(days=7)
    assert run_all(casework, casework.lead, many=2, move=False, reason="Their letters stand") == 2
    assert asked(casework) == []
    assert the_case(casework, elsewhere).ours_due_on == TODAY + timedelta(days=28)
    with casework.database.read() as session:
        told = session.scalars(select(Audit.action).where(Audit.action == "answer_rule_change")).all()
    assert len(told) == 3


def test_a_pause_waits_for_the_leads_answer(casework: Casework) -> None:
    row = add(casework, LIMIT, TODAY - timedelta(days=20))
    with casework.database.write() as session:
        session.execute(update(Deadline).values(asks_since=clock.now(), asks_on=TODAY))
    with refused(casework.database, "A lead must first decide"):
        run(casework, pause_deadline, **stopped(row, TODAY))


def test_a_new_regime_in_the_files_fills_what_may_apply_without_asking(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(TimeRule).where(TimeRule.code == "ET-PRIMARY-6M").values(alternative_to=None))
    row = add(casework, LIMIT, TODAY)
    assert row.may_apply_on is None
    with casework.database.write() as session:
        load_reference_data(session)
    assert newest(casework).may_apply_rule == "ET-PRIMARY-6M"
    assert asked(casework) == []


# Attacks ----------------------------------------------------------------------------------------------------


def test_only_the_team_and_leads(casework: Casework, changed: Deadline) -> None:
    limit = add(casework, LIMIT, TODAY)
    assert_for_the_team_only(casework, move_deadline, **by_hand(limit))
    assert_for_the_team_only(casework, pause_deadline, **stopped(limit, TODAY))
    answer = {"deadline_id": changed.id, "shown_on": TODAY + timedelta(days=28), "move": True, "reason": ""}
    assert_for_the_team_only(casework, answer_rule_change, **answer)


@pytest.mark.usefixtures("changed")
def test_all_or_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    row = add(casework, LIMIT, TODAY)
    assert_all_or_nothing(casework, monkeypatch, move_deadline, **by_hand(row))
    assert_all_or_nothing(casework, monkeypatch, pause_deadline, **stopped(row, TODAY))


def test_another_cases_deadline_is_refused(casework: Casework) -> None:
    row = add(casework, LIMIT, TODAY)
    with casework.database.write() as session:
        elsewhere = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
    for command, fields in ((move_deadline, by_hand(row)), (pause_deadline, stopped(row, TODAY))):
        with refused(casework.database, "this case’s deadlines", field="deadline_id"):
            run(casework, command, casework.lead, reference=elsewhere, **fields)


def test_hostile_reasons_are_plain_text(casework: Casework) -> None:
    def write(words: str) -> None:
        run(casework, move_deadline, **by_hand(newest(casework), reason=words))

    add(casework, LIMIT, TODAY)
    assert_hostile_text_is_plain(casework, write, lambda: str(newest(casework).moved_reason))


@pytest.mark.usefixtures("changed")
def test_a_closed_case_has_nothing_to_ask(casework: Casework) -> None:
    def close(session: Session) -> None:
        session.execute(update(Case).values(is_open=False, stage=Stage.CLOSED))
        session.execute(update(Deadline).values(lapsed_on=TODAY, lapsed_reason="Case: Closed"))

    with casework.database.write() as session:
        close(session)
    assert asked(casework) == []
    assert viewer(casework, "lead").role is Role.LEAD
