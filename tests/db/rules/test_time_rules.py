"""The clock over the published rules, against tables worked out by hand with a calendar."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from db.rules.time_rules import (
    Pause,
    Rule,
    counted_from,
    in_force,
    in_words,
    links,
    pause_end,
    regimes,
    work_out,
)

FILE = Path(__file__).parents[3] / "db/reference/time_rules.csv"
DATES = ("valid_from", "valid_to", "checked_on")


def read() -> dict[str, Rule]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: _rule(row) for row in csv.DictReader(lines)}


def _rule(row: dict[str, str]) -> Rule:
    values: dict[str, Any] = {name: row[name] or None for name in Rule.__dataclass_fields__}
    values |= {name: date.fromisoformat(row[name]) for name in DATES if row[name]}
    return Rule(**(values | {"amount": int(row["amount"]), "runs_in": row["runs_in"]}))


RULES = read()
LIMIT, SIX_MONTHS, REVIEW = "ET-PRIMARY-3M", "ET-PRIMARY-6M", "MHPS-EXCL-FORMAL-4W"
dates = st.dates(date(2015, 1, 1), date(2035, 12, 31))
codes = st.sampled_from(sorted(RULES))
nations = st.sampled_from(("england", "wales", "scotland", "northern_ireland"))


def day(text: str) -> date:
    return date.fromisoformat(text)


def due(code: str, trigger: str, nation: str = "england", pause: Pause | None = None) -> date:
    out = work_out(RULES, code, day(trigger), nation=nation, pause=pause)
    assert out is not None
    return out.due_on


def test_what_a_rule_names_is_there() -> None:
    for rule in RULES.values():
        for named in (rule.alternative_to, rule.next_rule, rule.least_after):
            assert named is None or named in RULES
        assert rule.counts_by in (None, "service", "receipt")
        assert rule.counts_by is None or rule.counting != "backwards"
    alternatives = [rule.alternative_to for rule in RULES.values() if rule.alternative_to]
    assert len(alternatives) == len(set(alternatives)), "A deadline keeps one alternative."


@pytest.mark.parametrize(
    ("code", "trigger", "nation", "end"),
    [
        # Three months less a day: month ends, and a leap year.
        (LIMIT, "2026-03-03", "england", "2026-06-02"),
        (LIMIT, "2026-11-30", "england", "2027-02-27"),
        (LIMIT, "2027-11-30", "england", "2028-02-28"),
        (LIMIT, "2027-12-01", "england", "2028-02-29"),
        # Service itself is the first of 28 days.
        ("MPTS-APPEAL-28D", "2028-02-01", "england", "2028-02-28"),
        ("MPTS-APPEAL-28D", "2028-02-02", "england", "2028-02-29"),
        ("MPTS-APPEAL-28D", "2027-02-02", "england", "2027-03-01"),
        # One month from the last day of a longer one.
        ("SAR-RESPONSE-1M", "2028-01-31", "england", "2028-02-29"),
        ("SAR-RESPONSE-1M", "2027-01-31", "england", "2027-03-01"),
        # Ten working days over Easter 2026 (Good Friday 3 April; Easter Monday 6 April, not in Scotland).
        ("ARCP-REQUEST-10WD", "2026-04-01", "england", "2026-04-17"),
        ("ARCP-REQUEST-10WD", "2026-04-01", "scotland", "2026-04-16"),
        ("ARCP-REQUEST-10WD", "2026-04-01", "northern_ireland", "2026-04-17"),
        # Over 12 July (13 July 2026 in Northern Ireland) and St Andrew's Day (30 November in Scotland).
        ("ARCP-REQUEST-10WD", "2026-07-06", "england", "2026-07-20"),
        ("ARCP-REQUEST-10WD", "2026-07-06", "northern_ireland", "2026-07-21"),
        ("ARCP-REQUEST-10WD", "2026-11-23", "england", "2026-12-07"),
        ("ARCP-REQUEST-10WD", "2026-11-23", "scotland", "2026-12-08"),
        # Backwards from a hearing over Christmas and New Year.
        ("MHPS-HEARING-NOTICE-20WD", "2027-01-12", "england", "2026-12-10"),
    ],
)
def test_dates_worked_out_by_hand(code: str, trigger: str, nation: str, end: str) -> None:
    assert due(code, trigger, nation) == day(end)


@pytest.mark.parametrize(
    ("trigger", "begun", "ended", "end"),
    [
        # Stopped for 28 days, long before the limit: 2 June and 28 days.
        ("2026-03-03", "2026-03-10", "2026-04-07", "2026-06-30"),
        # 31 days would end on 10 December, less than a month after the certificate of 20 November.
        ("2025-08-10", "2025-10-20", "2025-11-20", "2025-12-20"),
        # A certificate on the same day stops nothing; near the limit it still leaves a month.
        ("2026-03-03", "2026-03-10", "2026-03-10", "2026-06-02"),
        ("2026-03-03", "2026-05-20", "2026-05-20", "2026-06-20"),
        # A month from 31 January.
        ("2025-11-20", "2026-01-31", "2026-01-31", "2026-02-28"),
        ("2027-11-20", "2028-01-31", "2028-01-31", "2028-02-29"),
        # Told Acas on the last day; and a day too late.
        ("2026-03-03", "2026-06-02", "2026-06-12", "2026-07-12"),
        ("2026-03-03", "2026-06-03", "2026-06-12", "2026-06-02"),
        # Begun before the clock: only the days since count. Over before it: nothing.
        ("2026-03-03", "2026-02-20", "2026-03-10", "2026-06-09"),
        ("2026-03-03", "2026-01-20", "2026-02-10", "2026-06-02"),
        # Six weeks at most if begun on 30 November 2025 (to 11 January); twelve from the day after.
        ("2025-10-01", "2025-11-30", "2026-01-20", "2026-02-11"),
        ("2025-10-01", "2025-12-01", "2026-01-20", "2026-02-20"),
        ("2025-10-01", "2025-12-01", "2026-03-15", "2026-03-25"),
        # No certificate yet: the earlier date.
        ("2026-03-03", "2026-03-10", None, "2026-06-02"),
    ],
)
def test_conciliation_stops_the_tribunals_clock(trigger: str, begun: str, ended: str | None, end: str) -> None:
    pause = Pause(day(begun), day(ended) if ended else None)
    assert due(LIMIT, trigger, pause=pause) == day(end)


def test_how_long_conciliation_lasts_is_a_dated_row() -> None:
    for begun, end in (("2025-11-30", "2026-01-11"), ("2025-12-01", "2026-02-23")):
        assert pause_end(RULES, RULES[LIMIT], day(begun), nation="england") == day(end)
    changed = RULES | {"ET-ACAS-12W": replace(RULES["ET-ACAS-12W"], amount=10)}
    assert pause_end(changed, RULES[LIMIT], day("2025-12-01"), nation="england") == day("2026-02-09")


def test_an_access_requests_clock_stops_for_clarification_and_nothing_else_does() -> None:
    pause = Pause(day("2026-03-10"), day("2026-03-20"))
    # 2 April and ten days is a Sunday: on to the Monday.
    assert due("SAR-RESPONSE-1M", "2026-03-02", pause=pause) == day("2026-04-13")
    assert due("GMC-RULE-7-28D", "2026-03-02", pause=pause) == day("2026-03-30")


def test_six_months_may_apply_and_is_never_the_working_date() -> None:
    for asked in (LIMIT, SIX_MONTHS):
        out = work_out(RULES, asked, day("2026-03-03"), nation="england")
        assert out is not None
        assert (out.rule.code, out.due_on) == (LIMIT, day("2026-06-02"))
        assert out.may_apply == (RULES[SIX_MONTHS], day("2026-09-02"))


def test_a_dated_row_switches_the_regime() -> None:
    switched = RULES | {
        LIMIT: replace(RULES[LIMIT], valid_to=day("2026-12-31")),
        SIX_MONTHS: replace(RULES[SIX_MONTHS], valid_from=day("2027-01-01"), certainty="confirmed"),
    }
    before = work_out(switched, LIMIT, day("2026-12-31"), nation="england")
    after = work_out(switched, LIMIT, day("2027-01-15"), nation="england")
    assert before is not None
    assert (before.rule.code, before.due_on, before.may_apply) == (LIMIT, day("2027-03-30"), None)
    assert after is not None
    assert (after.rule.code, after.due_on, after.may_apply) == (SIX_MONTHS, day("2027-07-14"), None)


def test_a_rule_not_in_force_gives_no_date() -> None:
    assert work_out(RULES, "ET-ACAS-6W", day("2025-12-01"), nation="england") is None
    assert work_out(RULES, "ET-ACAS-12W", day("2025-11-30"), nation="england") is None
    assert due("ET-ACAS-6W", "2025-11-30") == day("2026-01-11")
    assert due("ET-ACAS-12W", "2025-12-01") == day("2026-02-23")


def test_reviews_every_four_weeks_up_to_the_first_to_come() -> None:
    found = list(links(RULES, REVIEW, day("2026-09-01"), day("2026-11-22"), nation="england"))
    assert [one[2] for one in found] == [day("2026-09-29"), day("2026-10-27"), day("2026-11-24")]
    assert [one[1] for one in found] == [day("2026-09-01"), day("2026-09-29"), day("2026-10-27")]
    first = next(links(RULES, "MPTS-IOT-FIRST-REVIEW-6M", day("2026-08-31"), day("2026-09-01"), nation="england"))
    assert (first[0].code, first[2]) == ("MPTS-IOT-NEXT-REVIEW-6M", day("2027-02-28"))
    assert not list(links(RULES, LIMIT, day("2026-09-01"), day("2026-11-22"), nation="england"))


def test_service_and_receipt_are_counted_so_that_no_right_is_lost() -> None:
    sent, received = day("2026-03-02"), day("2026-03-04")
    ours, theirs, receipt = RULES["MPTS-APPEAL-28D"], RULES["MPTS-GMC-APPEAL-28D"], RULES["SAR-RESPONSE-1M"]
    told = counted_from(ours, sent, received)
    assert told is not None
    assert told[0] == sent
    assert "not confirmed" in told[1]
    theirs_told = counted_from(theirs, sent, received)
    assert theirs_told is not None
    assert theirs_told[0] == received
    assert "not confirmed" in theirs_told[1]
    assert counted_from(receipt, sent, received) == (received, "the day it was received, as the rule says")
    only_sent = counted_from(receipt, sent, None)
    assert only_sent is not None
    assert "not confirmed" in only_sent[1]
    assert counted_from(ours, None, None) is None


@pytest.mark.parametrize(
    ("code", "trigger", "words"),
    [
        (LIMIT, "2026-03-03", "Three months less a day from 3 March 2026 is 2 June 2026."),
        ("SAR-RESPONSE-1M", "2028-01-31", "One month from 31 January 2028 is 29 February 2028."),
        (REVIEW, "2026-11-02", "Four weeks from 2 November 2026 is 30 November 2026."),
        (
            "MPTS-APPEAL-28D",
            "2026-11-02",
            "28 calendar days from 2 November 2026, that day counted as the first, is 29 November 2026.",
        ),
        (
            "MHPS-HEARING-NOTICE-20WD",
            "2027-01-12",
            "20 working days before 12 January 2027 is 10 December 2026. Weekends and the bank holidays of England "
            "are left out.",
        ),
    ],
)
def test_the_working_out_is_said_in_words(code: str, trigger: str, words: str) -> None:
    out = work_out(RULES, code, day(trigger), nation="england")
    assert out is not None
    assert in_words(out.rule, day(trigger), out.rule_due_on, nation="england") == words
    assert all(in_words(rule, date(2026, 1, 5), date(2026, 2, 5), nation="wales") for rule in RULES.values())


# Properties -------------------------------------------------------------------------------------------------


@given(codes, dates, st.integers(0, 40), nations)
def test_a_later_trigger_never_ends_sooner_under_one_rule(code: str, trigger: date, more: int, nation: str) -> None:
    first = work_out(RULES, code, trigger, nation=nation)
    second = work_out(RULES, code, trigger + timedelta(days=more), nation=nation)
    assume(first is not None and second is not None and first.rule == second.rule)
    assert first is not None
    assert second is not None
    assert first.due_on <= second.due_on


@given(codes, dates, st.integers(-60, 200), st.integers(0, 200), nations)
def test_a_pause_never_shortens_and_never_before_it_ends(
    code: str, trigger: date, after: int, length: int, nation: str
) -> None:
    begun = trigger + timedelta(days=after)
    plain = work_out(RULES, code, trigger, nation=nation)
    going = work_out(RULES, code, trigger, nation=nation, pause=Pause(begun))
    over = work_out(RULES, code, trigger, nation=nation, pause=Pause(begun, begun + timedelta(days=length)))
    assert (plain is None) == (going is None) == (over is None)
    assume(plain is not None)
    assert plain is not None
    assert going is not None
    assert over is not None
    assert plain.due_on == going.due_on <= over.due_on
    assert over.rule_due_on == plain.rule_due_on


@given(dates, st.integers(0, 90), st.integers(0, 84))
def test_a_month_is_left_after_a_certificate_asked_for_in_time(trigger: date, after: int, length: int) -> None:
    begun = trigger + timedelta(days=after)
    ended = begun + timedelta(days=length)
    plain = work_out(RULES, LIMIT, trigger, nation="england")
    last = pause_end(RULES, RULES[LIMIT], begun, nation="england")
    paused = work_out(RULES, LIMIT, trigger, nation="england", pause=Pause(begun, ended))
    assert plain
    assert paused
    assert last
    if begun <= plain.due_on and ended <= last:
        month = work_out(RULES, "ET-ACAS-CERTIFICATE-1M", ended, nation="england")
        assert month
        assert paused.due_on >= month.due_on
        assert paused.due_on >= plain.due_on + (ended - begun)


@given(codes, dates, nations, st.none() | st.integers(0, 60))
def test_the_working_date_is_the_earliest_of_the_regimes(
    code: str, trigger: date, nation: str, paused: int | None
) -> None:
    pause = Pause(trigger, trigger + timedelta(days=paused)) if paused is not None else None
    out = work_out(RULES, code, trigger, nation=nation, pause=pause)
    found = regimes(RULES, code, trigger)
    assert (out is None) == (not found)
    if out:
        assert out.rule in found
        assert all(in_force(rule, trigger) for rule in found)
        assert out.may_apply is None or out.may_apply[1] >= out.due_on


@given(dates, st.integers(0, 900), nations)
def test_a_chain_never_stops_before_today(trigger: date, later: int, nation: str) -> None:
    today = trigger + timedelta(days=later)
    for code in (REVIEW, "MPTS-IOT-FIRST-REVIEW-6M"):
        found = list(links(RULES, code, trigger, today, nation=nation))
        assert found[-1][2] >= today
        assert all(link[2] < today for link in found[:-1])
        starts = [link[1] for link in found]
        assert starts == [trigger, *(link[2] for link in found[:-1])]
