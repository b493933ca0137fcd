"""The rules that stood wrong or were missing (docs/domain.md §1.9), each with a day worked out by hand."""

from datetime import date

import pytest

from db.rules.time_rules import WITHDRAWN, Pause, counted_from, in_force, in_words, links, work_out
from tests.db.rules.test_time_rules import RULES, day, due

WINDOWS = {
    "GMC-FIVE-YEARS",
    "GMC-RULE-12-2Y",
    "MPTS-IOT-ORDER-18M",
    "MPTS-IOT-EXTENSION-12M",
    "MPTS-CONDITIONS-3Y",
    "MPTS-SUSPENSION-12M",
    "MPTS-SANCTION-EFFECT-28D",
    "MPTS-RESTORATION-5Y",
    "MPTS-GMC-APPEAL-28D",
    "MPTS-PSA-40D",
    "MPTS-PSA-56D",
    "ET-ACAS-6W",
    "ET-ACAS-12W",
    "ET-SERVICE-6M",
}


# Rule, the day it counts from, the last day, the nation, and why.
MENDED = [
    ("MPTS-IOT-FIRST-REVIEW-6M", "2026-01-10", "2026-07-09", "england", "the period begins on the day itself"),
    ("MPTS-IOT-FIRST-REVIEW-6M", "2026-08-31", "2027-02-28", "england", "no 30 February: all of it, not the 27th"),
    ("MPTS-IOT-NEXT-REVIEW-6M", "2026-07-09", "2027-01-08", "england", "the period begins on the day of the review"),
    ("MPTS-IOT-REPLACED-3M", "2026-04-20", "2026-07-19", "england", "from the replacement, reviewed before"),
    ("MPTS-IOT-REPLACED-6M", "2026-04-20", "2026-10-19", "england", "from the replacement, never reviewed"),
    ("GMC-FIVE-YEARS", "2021-11-22", "2026-11-22", "england", "five years from the events; a window"),
    ("GMC-RULE-7-28D", "2026-11-02", "2026-11-30", "england", "within 28 days from the letter"),
    ("MPTS-PSA-40D", "2026-11-29", "2027-01-08", "england", "40 days from the end of the appeal period"),
    ("MPTS-PSA-56D", "2026-11-02", "2026-12-28", "england", "56 days from service; unconfirmed, like the 40"),
    ("MPTS-SUSPENSION-12M", "2026-02-01", "2027-02-01", "england", "twelve months at most; a window"),
    ("SAR-RESPONSE-1M", "2026-11-25", "2026-12-29", "england", "Christmas Day, Saturday, Sunday, Boxing Day moved"),
    ("SAR-RESPONSE-1M", "2026-11-02", "2026-12-02", "england", "a Wednesday: nothing to move"),
    ("SAR-RESPONSE-1M", "2026-10-30", "2026-11-30", "england", "a Monday that is a working day in England …"),
    ("SAR-RESPONSE-1M", "2026-10-30", "2026-12-01", "scotland", "… and St Andrew's Day in Scotland"),
    ("SAR-EXTENDED-3M", "2026-10-03", "2027-01-05", "scotland", "3 January a Sunday, the 4th Scotland's 2 January"),
    ("SAR-COMPLAINT-30D", "2026-11-02", "2026-12-01", "england", "the day of receipt is the first"),
    ("ET-CONTRACT-3M", "2026-03-03", "2026-06-02", "england", "three months less a day"),
    ("ET-INTERIM-RELIEF-7D", "2026-11-20", "2026-11-27", "england", "the seven days after termination"),
    ("ET-EAT-42D", "2026-11-02", "2026-12-14", "england", "42 days, in by 4 p.m."),
    ("GRIEV-POSTPONE-5WD", "2026-12-23", "2027-01-04", "england", "24, 29, 30, 31 December and 4 January"),
    ("PSII-USUAL-3M", "2026-08-31", "2026-11-30", "england", "from the start of the investigation"),
    ("PSII-LONGEST-6M", "2026-08-31", "2027-02-28", "england", "from the start of the investigation"),
]
ADDED = [
    ("POLICE-TELL-GMC-1WD", "2026-12-24", "2026-12-29", "england", "past Christmas and Boxing Day, which moves"),
    ("GMC-UNDERTAKINGS-28D", "2028-02-02", "2028-03-01", "england", "over 29 February"),
    ("GMC-WARNING-28D", "2027-02-02", "2027-03-02", "england", "28 days in a year without a 29th"),
    ("GMC-RULE-12-2Y", "2024-02-29", "2026-02-28", "england", "two years from 29 February"),
    ("MPTS-HEARING-NOTICE-28D", "2027-01-12", "2026-12-15", "england", "28 days back, weekends counted"),
    ("MPTS-RESTORATION-5Y", "2024-02-29", "2029-02-28", "england", "five years from 29 February"),
    ("MPTS-SANCTION-EFFECT-28D", "2026-11-02", "2026-11-29", "england", "the last day to appeal; in effect after it"),
    ("ET-REASONS-14D", "2026-12-18", "2027-01-01", "england", "bank holidays count"),
    ("ET-RECONSIDER-14D", "2026-02-20", "2026-03-06", "england", "over the end of February"),
    ("ET-ET3-28D", "2026-11-02", "2026-11-30", "england", "28 days from the day it was sent"),
    ("ET-EQUAL-PAY-6M", "2026-08-31", "2027-02-27", "england", "six months less a day; in doubt the earlier"),
    ("ET-SERVICE-6M", "2026-07-01", "2027-01-01", "england", "six months' service"),
    ("MHPS-OBJECT-5WD", "2026-12-23", "2027-01-04", "england", "24, 29, 30, 31 December and 4 January"),
    ("MHPS-DECISION-10WD", "2026-04-01", "2026-04-17", "england", "over Easter"),
    ("INQ-PFD-56D", "2026-11-02", "2026-12-28", "england", "eight weeks"),
    ("PERF-SUSPENSION-NOTICE-2WD", "2026-12-30", "2026-12-24", "england", "29 and 24: Christmas left out"),
    ("PERF-REMOVAL-28D", "2026-11-02", "2026-11-30", "england", "28 days"),
    ("DBS-REPRESENTATIONS-8W", "2026-11-02", "2026-12-28", "england", "eight weeks"),
    ("FOI-20WD", "2026-03-16", "2026-04-16", "england", "St Patrick's Day and both Easter days left out"),
    ("RO-APPRAISAL-1Y", "2028-02-29", "2029-02-28", "england", "a year from 29 February"),
    ("IT-PRIMARY-3M", "2026-03-03", "2026-06-02", "northern_ireland", "three months less a day"),
    ("IT-INTERIM-RELIEF-7D", "2026-11-20", "2026-11-27", "northern_ireland", "the seven days after termination"),
]
CONFIRMED = {
    "GMC-UNDERTAKINGS-28D",
    "GMC-RULE-12-2Y",
    "MPTS-RESTORATION-5Y",
    "MPTS-SANCTION-EFFECT-28D",
    "PERF-SUSPENSION-NOTICE-2WD",
    "DBS-REPRESENTATIONS-8W",
}


@pytest.mark.parametrize(("code", "trigger", "end", "nation", "why"), MENDED + ADDED)
def test_the_day_worked_out_by_hand(code: str, trigger: str, end: str, nation: str, why: str) -> None:
    assert due(code, trigger, nation) == day(end), why


def test_what_closes_is_a_window_and_nothing_else_is() -> None:
    assert {rule.code for rule in RULES.values() if rule.whose == "window"} == WINDOWS


def test_what_was_only_remembered_is_shown_as_unconfirmed() -> None:
    assert {code for code, *_ in ADDED if RULES[code].certainty == "confirmed"} == CONFIRMED
    assert RULES["ET-INTERIM-RELIEF-7D"].certainty == RULES["ET-EAT-42D"].certainty == "confirmed"
    assert RULES["MPTS-PSA-40D"].certainty == RULES["MPTS-PSA-56D"].certainty == "unconfirmed"
    assert RULES["SAR-COMPLAINT-30D"].certainty == RULES["ET-PRIMARY-6M"].certainty == "unconfirmed"


@pytest.mark.parametrize("code", ["MPTS-IOT-CHANGED-REVIEW-3M", "PSII-TYPICAL-3M", "PSII-MAX-6M"])
def test_a_rule_that_was_never_right_gives_no_date_any_more(code: str) -> None:
    assert RULES[code].valid_to == WITHDRAWN
    assert not in_force(RULES[code], date(1990, 1, 1))
    assert work_out(RULES, code, day("2026-03-03"), nation="england") is None


def test_conciliation_pauses_a_contract_claim_too() -> None:
    pause = Pause(day("2026-03-10"), day("2026-04-07"))
    assert due("ET-CONTRACT-3M", "2026-03-03", pause=pause) == day("2026-06-30")
    assert due("ET-EQUAL-PAY-6M", "2026-03-03", pause=pause) == day("2026-09-30")


def test_a_pause_moves_an_access_request_before_it_goes_on_to_a_working_day() -> None:
    # 25 December and ten days is 4 January 2027, not ten days from 29 December.
    pause = Pause(day("2026-12-01"), day("2026-12-11"))
    assert due("SAR-RESPONSE-1M", "2026-11-25", pause=pause) == day("2027-01-04")


def test_reviews_of_a_replaced_order_go_on_every_six_months() -> None:
    found = list(links(RULES, "MPTS-IOT-REPLACED-3M", day("2026-07-19"), day("2026-08-01"), nation="england"))
    assert [(rule.code, on) for rule, _, on in found] == [("MPTS-IOT-NEXT-REVIEW-6M", day("2027-01-18"))]


def test_a_window_is_never_taken_for_closed_too_early() -> None:
    told = counted_from(RULES["MPTS-GMC-APPEAL-28D"], day("2026-11-02"), day("2026-11-05"))
    assert told is not None
    assert told[0] == day("2026-11-05")


@pytest.mark.parametrize(
    ("code", "trigger", "words"),
    [
        (
            "SAR-RESPONSE-1M",
            "2026-11-25",
            "One month from 25 November 2026 is 25 December 2026. As 25 December is no working day, it ends on the "
            "next one, 29 December 2026.",
        ),
        (
            "FOI-20WD",
            "2026-03-16",
            "20 working days anywhere in the UK from 16 March 2026 is 16 April 2026. Weekends and the bank holidays of "
            "every nation are left out.",
        ),
        (
            "MPTS-HEARING-NOTICE-28D",
            "2027-01-12",
            "28 calendar days before 12 January 2027 is 15 December 2026.",
        ),
    ],
)
def test_the_working_out_is_said_in_words(code: str, trigger: str, words: str) -> None:
    out = work_out(RULES, code, day(trigger), nation="england")
    assert out is not None
    assert in_words(out.rule, day(trigger), out.rule_due_on, nation="england") == words
