"""Why a case comes to the meeting, and where it stands on the agenda."""

import json
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from db.choices import AgendaSection, AgendaWhy
from db.rules.agenda import (
    ORDER,
    ROTA_WEEKS,
    SECTION_OF,
    Reason,
    as_kept,
    as_reasons,
    in_words,
    is_turn,
    section_of,
    urgency,
)

DAY = date(2026, 3, 3)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
REASONS = st.builds(
    Reason,
    st.sampled_from(AgendaWhy),
    st.none() | DAYS,
    st.none() | st.integers(1, 10**6),
    st.sampled_from(["", "VISA"]),
)


def test_every_reason_has_a_section_and_its_words() -> None:
    assert set(SECTION_OF) == set(AgendaWhy)
    for why in AgendaWhy:
        assert in_words(Reason(why, DAY), DAY + timedelta(days=3), {"": "Flag"})


@given(st.lists(REASONS, min_size=1))
def test_what_is_kept_is_read_back(reasons: list[Reason]) -> None:
    assert list(as_reasons(json.loads(json.dumps(as_kept(reasons))))) == reasons


@given(st.lists(REASONS, min_size=1), REASONS)
def test_a_doctor_at_risk_comes_first_and_one_more_reason_puts_no_case_further_back(
    reasons: list[Reason], more: Reason
) -> None:
    before, after = section_of(reasons), section_of([*reasons, more])
    if any(SECTION_OF[reason.why] is AgendaSection.AT_RISK for reason in [*reasons, more]):
        assert after is AgendaSection.AT_RISK
    elif any(reason.why is not AgendaWhy.CARRIED for reason in reasons):
        assert ORDER[after] <= ORDER[before]


def test_what_was_only_not_reached_stands_where_its_own_reasons_put_it() -> None:
    assert section_of([Reason(AgendaWhy.CARRIED), Reason(AgendaWhy.CLOSING)]) is AgendaSection.CLOSING
    assert section_of([Reason(AgendaWhy.CARRIED)]) is AgendaSection.OWED


@given(DAYS, st.integers(0, 200))
def test_the_turn_comes_once_in_a_quarter(opened_on: date, weeks: int) -> None:
    turns = [is_turn(opened_on, opened_on + timedelta(weeks=weeks + n)) for n in range(ROTA_WEEKS)]
    assert sum(turns) == 1 or (weeks == 0 and sum(turns) == 0)


def test_reasons_say_their_day_and_how_long() -> None:
    on = DAY + timedelta(days=10)
    assert in_words(Reason(AgendaWhy.LIMIT, on), DAY, {}) == "Deadline of ours on 13 Mar 2026, in 10 days"
    assert in_words(Reason(AgendaWhy.STALLED, DAY), on, {}) == "No recent news since 3 Mar 2026, 10 days"
    assert (
        in_words(Reason(AgendaWhy.FLAG, DAY, code="VISA"), on, {"VISA": "Visa at risk"})
        == "Visa at risk since 3 Mar 2026"
    )
    assert in_words(Reason(AgendaWhy.HELP, DAY, row=4), on, {}, "Who knows Leeds?") == "Help wanted: Who knows Leeds?"


def test_a_crisis_comes_before_other_flags_and_the_nearest_day_before_later_ones() -> None:
    crisis, visa = Reason(AgendaWhy.FLAG, DAY, code="CRISIS"), Reason(AgendaWhy.FLAG, DAY, code="VISA")
    soon, later = Reason(AgendaWhy.LIMIT, DAY), Reason(AgendaWhy.LIMIT, DAY + timedelta(days=9))
    ranked = sorted([(later,), (soon,), (visa, later), (crisis, later)], key=urgency)
    assert ranked == [(crisis, later), (visa, later), (soon,), (later,)]
