"""How a process went through its stages: whatever is told in whatever order, one stage is where it is."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.pathways import current, length, live, over_by, problem_with_days, problem_with_move, spells
from db.rules.time_rules import Rule

TODAY = date(2026, 11, 22)
START = TODAY - timedelta(days=300)


@dataclass(frozen=True)
class Told:
    number: int
    stage: str
    since: date
    edition: int = 1
    is_exact: bool = True
    until: date | None = None
    beside: bool = False
    withdrawn: bool = False


days = st.dates(START - timedelta(days=400), TODAY + timedelta(days=30))
tellings = st.lists(
    st.tuples(
        st.sampled_from(["move", "earlier", "correct"]),
        st.sampled_from("ABCDE"),
        days,
        st.none() | days,
        st.booleans(),
        st.integers(1, 6),
    ),
    max_size=12,
)


Steps = list[tuple[str, str, date, date | None, bool, int]]


def told(steps: Steps) -> list[Told]:
    """Events as the commands make them: what the rules refuse is not added."""
    events = [Told(1, "A", START)]
    for what, stage, since, until, beside, number in steps:
        new = max(event.number for event in events) + 1
        if what == "move":
            if problem_with_move(events, since, started_on=START, today=TODAY) is None:
                if beside:
                    events.append(replace(current(events), edition=current(events).edition + 1, beside=True))
                events.append(Told(new, stage, since))
        elif what == "earlier":
            if problem_with_days(events, new, since, until, today=TODAY, ended_on=None) is None:
                events.append(Told(new, stage, since, until=until))
        else:
            found = next((event for event in live(events) if event.number == number), None)
            if found and problem_with_days(events, number, since, until, today=TODAY, ended_on=None) is None:
                events.append(replace(found, since=since, until=until, edition=found.edition + 1))
    return events


@given(tellings)
def test_where_it_is_changes_by_a_move_alone_and_is_the_last_to_begin(
    steps: Steps,
) -> None:
    before = current([Told(1, "A", START)]).number
    for count in range(1, len(steps) + 1):
        now = current(told(steps[:count]))
        assert now.number == before or steps[count - 1][0] == "move"
        before = now.number
    line = [event for event in live(told(steps)) if not event.beside]
    assert current(told(steps)) == line[-1]
    assert all(event.since <= TODAY for event in line)
    assert all(event.until is None or event.since <= event.until <= TODAY for event in live(told(steps)))


@given(tellings)
def test_stages_follow_each_other_in_order_and_one_goes_on(
    steps: Steps,
) -> None:
    found = spells(told(steps), None)
    assert [spell.since for spell in found] == sorted(spell.since for spell in found)
    assert sum(spell.is_now for spell in found) == 1
    assert all(spell.is_now or spell.beside for spell in found if spell.until is None)
    assert all(spell.until is None or spell.until >= spell.since for spell in found)


def test_a_stage_beside_goes_on_until_it_is_ended() -> None:
    events = [Told(1, "EXCL", START), Told(1, "EXCL", START, edition=2, beside=True), Told(2, "INVEST", TODAY)]
    beside, now = spells(events, None)
    assert (beside.beside, beside.until, now.is_now) == (True, None, True)
    ended = replace(events[1], edition=3, until=TODAY)
    assert spells([*events, ended], None)[0].until == TODAY
    # With the process itself everything ends.
    assert {spell.until for spell in spells(events, TODAY)} == {TODAY}


def test_a_day_that_nobody_told_is_never_counted_from() -> None:
    first, second = spells([Told(1, "A", START, is_exact=False), Told(2, "B", TODAY, is_exact=False)], None)
    assert (first.days(TODAY), second.days(TODAY)) == (None, None)
    first, second = spells([Told(1, "A", START), Told(2, "B", TODAY - timedelta(days=9))], None)
    assert (first.days(TODAY), second.days(TODAY)) == (291, 9)


def test_what_was_withdrawn_leaves_no_trace_in_the_line() -> None:
    events = [Told(1, "A", START), Told(2, "B", START + timedelta(days=5)), Told(3, "C", TODAY)]
    gone = replace(events[1], edition=2, withdrawn=True)
    assert [(spell.stage, spell.until) for spell in spells([*events, gone], None)] == [("A", TODAY), ("C", None)]


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (TODAY + timedelta(days=1), None, "since"),
        (TODAY, None, "since"),
        (START, START - timedelta(days=1), "until"),
        (START, TODAY + timedelta(days=1), "until"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(since: date, until: date | None, field: str) -> None:
    events = [Told(1, "A", START), Told(2, "B", TODAY - timedelta(days=10))]
    problem = problem_with_days(events, 3, since, until, today=TODAY, ended_on=None)
    assert problem is not None
    assert problem[0] == field


def test_how_long_it_lasted_beside_the_rule() -> None:
    rule = Rule(
        code="X",
        process="MHPS",
        stage="A",
        label="x",
        amount=4,
        unit="weeks",
        counts_from="x",
        counting="after",
        text="x",
        source="x",
        checked_on=TODAY,
        certainty="confirmed",
        kind="national",
        whose="body",
        spans="stage",
    )
    [spell] = spells([Told(1, "A", TODAY - timedelta(days=49))], None)
    assert over_by(rule, spell, TODAY, nation="england") == 21
    assert over_by(replace(rule, spans=None), spell, TODAY, nation="england") is None
    assert over_by(rule, replace(spell, is_exact=False), TODAY, nation="england") is None


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "0 days"), (1, "1 day"), (20, "20 days"), (21, "3 weeks"), (120, "17 weeks"), (365, "12 months")],
)
def test_lengths_are_said_as_people_say_them(days: int, said: str) -> None:
    assert length(days) == said
