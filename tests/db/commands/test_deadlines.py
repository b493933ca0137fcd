"""Deadlines: worked out by rule or given by hand, planned for, met, or lapsed with a reason."""

from datetime import date, timedelta
from typing import Any

import pytest

from db import clock
from db.choices import DeadlineKind, EntryKind, Whose
from db.commands.deadlines import add_deadline, change_deadline
from db.models import CaseProcess, Deadline, Entry
from tests.db.helpers import (
    HOSTILE,
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
)
from tests.factories import Casework, make_case

TODAY = clock.today()
BY_HAND: dict[str, Any] = {
    "name": "Send papers",
    "due_on": TODAY + timedelta(days=9),
    "kind": DeadlineKind.LOCAL,
    "whose": Whose.OURS,
}


def by_rule(rule: str, trigger: date | None, **more: Any) -> dict[str, Any]:
    filled = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    return filled | {"rule": rule, "trigger_on": trigger} | more


def add(casework: Casework, **fields: Any) -> Deadline:
    run(casework, add_deadline, **fields)
    row = last(casework.database, Deadline)
    assert isinstance(row, Deadline)
    return row


def test_a_deadline_by_hand_is_kept_as_given(casework: Casework) -> None:
    version = the_case(casework).version
    assert_recorded(casework, "add_deadline", add_deadline, **BY_HAND, confirmed_by="BMA", is_hearing=True)
    row = last(casework.database, Deadline)
    assert (row.name, row.due_on, row.kind, row.whose) == ("Send papers", BY_HAND["due_on"], "local", "ours")
    assert (row.rule, row.trigger_on, row.is_hearing, row.confirmed_by) == (None, None, True, "BMA")
    assert row.confirmed_at is not None
    assert the_case(casework).version > version


@pytest.mark.parametrize(
    ("rule", "trigger", "due"),
    [
        # after: day one is the day after
        ("GMC-RULE-7-28D", date(2026, 11, 2), date(2026, 11, 30)),
        # inclusive: service itself is day one
        ("MPTS-APPEAL-28D", date(2026, 11, 2), date(2026, 11, 29)),
        ("LIC-APPEAL-28D", date(2026, 2, 1), date(2026, 2, 28)),
        # three months less a day
        ("ET-PRIMARY-3M", date(2026, 11, 30), date(2027, 2, 27)),
        # backwards in working days, over Christmas and New Year in England
        ("MHPS-HEARING-NOTICE-20WD", date(2027, 1, 12), date(2026, 12, 10)),
        ("MHPS-HEARING-EXCHANGE-10WD", date(2026, 11, 20), date(2026, 11, 6)),
        # forwards in working days over a bank holiday
        ("MHPS-COMMENTS-10WD", date(2026, 12, 21), date(2027, 1, 7)),
        ("MPTS-JR-3M", date(2026, 11, 30), date(2027, 2, 28)),
    ],
)
def test_a_date_is_worked_out_by_its_rule(casework: Casework, rule: str, trigger: date, due: date) -> None:
    row = add(casework, **by_rule(rule, trigger))
    assert (row.due_on, row.rule, row.trigger_on) == (due, rule, trigger)


def test_working_days_are_those_of_the_cases_nation(casework: Casework) -> None:
    with casework.database.write() as session:
        scottish = make_case(
            session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org", nation="scotland"
        )
    filled = by_rule("MHPS-COMMENTS-10WD", date(2026, 12, 30))
    run(casework, add_deadline, casework.lead, reference=scottish, **filled)
    english = add(casework, **filled)
    # 2 January is a holiday in Scotland only (in lieu on Monday 4 January 2027).
    assert rows(casework.database, Deadline)[0].due_on == english.due_on + timedelta(days=1)


def test_the_rule_says_its_name_kind_and_whose_it_is(casework: Casework) -> None:
    row = add(casework, **by_rule("GMC-INVESTIGATION-6M", date(2026, 1, 5)))
    assert (row.name, row.kind, row.whose) == ("Investigation: GMC's aim", DeadlineKind.TYPICAL, Whose.BODY)


def test_a_date_as_told_beats_the_rules_and_keeps_its_name(casework: Casework) -> None:
    told = date(2026, 12, 24)
    filled = by_rule("GMC-RULE-7-28D", date(2026, 11, 2), due_on=told, name="Reply, as extended")
    with refused(casework.database, "please fill this in", field="reason"):
        run(casework, add_deadline, **filled)
    row = add(casework, **filled, reason="Their letter of 20 November")
    assert (row.due_on, row.name, row.kind) == (told, "Reply, as extended", DeadlineKind.STATUTORY)
    assert (row.moved_from, row.moved_reason) == (date(2026, 11, 30), "Their letter of 20 November")


def test_what_is_missing_or_unknown_is_named(casework: Casework) -> None:
    for changes, field in (
        ({"due_on": None}, "due_on"),
        ({"due_on": None, "trigger_on": TODAY}, "due_on"),
        ({"due_on": None, "rule": "GMC-RULE-7-28D"}, "due_on"),
        ({"rule": "NO-SUCH-RULE"}, "rule"),
        ({"name": " "}, "name"),
        ({"case_process_id": 999_999}, "case_process_id"),
    ):
        with refused(casework.database, ".+", field=field):
            run(casework, add_deadline, **(BY_HAND | changes))


def test_a_day_in_another_century_is_never_a_crash(casework: Casework) -> None:
    for rule in ("MPTS-APPEAL-28D", "ET-PRIMARY-3M", "MHPS-HEARING-NOTICE-20WD", "GMC-FIVE-YEARS"):
        for trigger in (date.min, date.max):
            with refused(casework.database, "check the year", field="trigger_on"):
                run(casework, add_deadline, **by_rule(rule, trigger))
    for due in (date.max, date(2061, 1, 1), date(1025, 3, 5)):
        with refused(casework.database, "Due: check the year", field="due_on"):
            run(casework, add_deadline, **(BY_HAND | {"due_on": due}))
    assert add(casework, **(BY_HAND | {"due_on": date(2060, 12, 31)})).due_on == date(2060, 12, 31)


def test_another_cases_process_is_refused(casework: Casework) -> None:
    with casework.database.write() as session:
        elsewhere = make_case(
            session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org", processes=("ET",)
        )
    foreign = last(casework.database, CaseProcess, case_id=the_case(casework, elsewhere).id).id
    with refused(casework.database, "this case’s processes", field="case_process_id"):
        run(casework, add_deadline, **BY_HAND, case_process_id=foreign)
    own = rows(casework.database, CaseProcess)[0].id
    assert add(casework, **BY_HAND, case_process_id=own).case_process_id == own


def test_a_plan_a_confirmation_and_a_day_met_are_recorded_together(casework: Casework) -> None:
    row = add(casework, **BY_HAND)
    assert_recorded(
        casework,
        "change_deadline",
        change_deadline,
        deadline_id=row.id,
        plan="Post it",
        confirmed_by="MDO",
        met_on=TODAY,
    )
    row = last(casework.database, Deadline)
    assert (row.plan, row.confirmed_by, row.met_on, row.lapsed_on) == ("Post it", "MDO", TODAY, None)
    line = last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    assert line == f"Deadline Send papers: plan confirmed; date confirmed by MDO; met on {TODAY:%-d %B %Y}."


def test_a_deadline_lapses_with_a_reason(casework: Casework) -> None:
    row = add(casework, **BY_HAND)
    with refused(casework.database, "Leave one empty", field="lapsed_reason"):
        run(casework, change_deadline, deadline_id=row.id, met_on=TODAY, lapsed_reason="Claim withdrawn")
    run(casework, change_deadline, deadline_id=row.id, lapsed_reason="Claim withdrawn")
    row = last(casework.database, Deadline)
    assert (row.met_on, row.lapsed_on, row.lapsed_reason) == (None, TODAY, "Claim withdrawn")
    line = last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    assert line == "Deadline Send papers: no longer applies: Claim withdrawn."


def test_a_settled_deadline_is_settled(casework: Casework) -> None:
    for settle in ({"met_on": TODAY}, {"lapsed_reason": "Over"}):
        row = add(casework, **BY_HAND)
        run(casework, change_deadline, deadline_id=row.id, **settle)
        with refused(casework.database, "already been met or has lapsed", field="deadline_id"):
            run(casework, change_deadline, deadline_id=row.id, plan="Too late")


def test_a_change_of_nothing_of_the_future_or_of_another_case_is_refused(casework: Casework) -> None:
    row = add(casework, **BY_HAND)
    with refused(casework.database, "Enter a plan"):
        run(casework, change_deadline, deadline_id=row.id, plan=" \u200b")
    with refused(casework.database, "today or an earlier day", field="met_on"):
        run(casework, change_deadline, deadline_id=row.id, met_on=TODAY + timedelta(days=1))
    with casework.database.write() as session:
        elsewhere = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="n@example.org")
    for wrong in (row.id, 999_999):
        with refused(casework.database, "this case’s deadlines", field="deadline_id"):
            run(casework, change_deadline, casework.lead, reference=elsewhere, deadline_id=wrong, met_on=TODAY)


def test_met_by_two_at_once_is_met_once(casework: Casework) -> None:
    row = add(casework, **BY_HAND)

    def meet(session: Any) -> None:
        change_deadline(session, actor_id=casework.lead, reference=casework.reference, deadline_id=row.id, met_on=TODAY)

    refusal = at_once(casework.database, meet, meet)
    assert refusal is not None
    assert refusal.message


def test_only_the_team_and_leads_may_touch_deadlines(casework: Casework) -> None:
    assert_for_the_team_only(casework, add_deadline, **BY_HAND)
    row = add(casework, **BY_HAND)
    assert_for_the_team_only(casework, change_deadline, deadline_id=row.id, met_on=TODAY)


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, add_deadline, **BY_HAND)
    row = add(casework, **BY_HAND)
    assert_all_or_nothing(casework, monkeypatch, change_deadline, deadline_id=row.id, met_on=TODAY)


def test_hostile_text_is_kept_as_plain_text_or_refused(casework: Casework) -> None:
    for field in ("name", "confirmed_by"):
        assert_hostile_text_is_plain(
            casework,
            lambda words, field=field: run(casework, add_deadline, **(BY_HAND | {field: words})),  # type: ignore[misc]
            lambda field=field: getattr(last(casework.database, Deadline), field),  # type: ignore[misc]
        )
    row = add(casework, **BY_HAND)
    assert_hostile_text_is_plain(
        casework,
        lambda words: run(casework, change_deadline, deadline_id=row.id, plan=words),
        lambda: last(casework.database, Deadline).plan,
    )
    for words in HOSTILE.values():
        with refused(casework.database, ".+"):
            run(casework, add_deadline, **(BY_HAND | {"rule": words}))
