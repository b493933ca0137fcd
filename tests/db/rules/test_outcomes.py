"""Which outcomes stand, whatever the order in which they were recorded, changed and withdrawn."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.models import OutcomeTerm
from db.reference_data import FOLDER, _rows
from db.rules.outcomes import Asks, Effect, belongs, changed_by, live, problem_with_outcome, standing

FIRST = date(2026, 1, 1)


@dataclass(frozen=True)
class Told:
    number: int
    happened_on: date = FIRST
    changes: int | None = None
    effect: str | None = None
    end_on: date | None = None
    edition: int = 1
    withdrawn: bool = False


def day(count: int) -> date:
    return FIRST + timedelta(days=count)


def numbers(events: list[Told]) -> list[int]:
    return [event.number for event in standing(events)]


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """Outcomes of which some change an earlier one, some are corrected, and some withdrawn in the end."""
    found: list[Told] = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        of = draw(st.sampled_from([None, *standing(found)]))
        least = (of.happened_on - FIRST).days if of else 0
        effect = draw(st.sampled_from(Effect)) if of else None
        found.append(Told(number, day(draw(st.integers(least, 400))), of.number if of else None, effect))
    for event in list(found):
        if draw(st.booleans()) and all(other.changes != event.number for other in live(found)):
            found.append(replace(event, edition=2, withdrawn=draw(st.booleans())))
    return draw(st.permutations(found))


def test_won_then_reversed_then_restored() -> None:
    won, reversed_, restored = Told(1), Told(2, day(100), 1, "reverses"), Told(3, day(200), 2, "reverses")
    assert numbers([won]) == [1]
    assert numbers([won, reversed_]) == [2]
    assert numbers([won, reversed_, restored]) == [1, 3]
    assert numbers([won, reversed_, restored, replace(restored, edition=2, withdrawn=True)]) == [2]


@pytest.mark.parametrize("effect", [one for one in Effect if one is not Effect.REVERSES])
def test_what_was_replaced_or_ended_comes_back_only_by_a_reversal(effect: Effect) -> None:
    suspended, extended, swapped = Told(1), Told(2, day(100), 1, "replaces"), Told(3, day(200), 2, effect)
    assert numbers([suspended, extended, swapped]) == [3]
    assert numbers([suspended, extended, replace(swapped, effect="reverses")]) == [1, 3]


@given(histories())
def test_each_stands_unless_it_is_changed_by_one_that_was_not_reversed(events: list[Told]) -> None:
    known, changed = live(events), changed_by(events)
    for event in known:
        changers = [other for other in known if other.changes == event.number]
        holding = [
            other for other in changers if other.number not in changed or changed[other.number].effect != "reverses"
        ]
        assert (event.number in numbers(events)) is not bool(holding)


@given(histories())
def test_a_withdrawal_leaves_what_there_was_before(events: list[Told]) -> None:
    known = live(events)
    if known:
        last = max(known, key=lambda event: event.number)
        withdrawn = replace(last, edition=last.edition + 1, withdrawn=True)
        before = [event for event in events if event.number != last.number]
        assert standing([*events, withdrawn]) == standing(before)


@given(histories())
def test_the_last_recorded_stands_and_they_are_in_the_order_they_happened(events: list[Told]) -> None:
    known = live(events)
    assert known == sorted(known, key=lambda event: (event.happened_on, event.number))
    if known:
        assert max(event.number for event in known) in numbers(events)


@given(histories())
def test_the_order_in_which_the_rows_are_read_changes_nothing(events: list[Told]) -> None:
    assert standing(events) == standing(sorted(events, key=lambda event: (event.edition, event.number)))


@given(histories())
def test_whatever_was_recorded_may_be_corrected_to_what_it_is(events: list[Told]) -> None:
    for event in live(events):
        assert (
            problem_with_outcome(
                events, event.number, event.happened_on, None, None, event.changes, started_on=FIRST, today=day(400)
            )
            is None
        )


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ((day(401), None, None, None), "happened_on"),
        ((day(-1), None, None, None), "happened_on"),
        ((day(9), day(8), None, None), "end_on"),
        ((day(9), None, day(8), None), "review_on"),
        ((day(9), day(20), day(21), None), "review_on"),
        ((day(9), None, None, 1), "changes"),
        ((day(9), None, None, 7), "changes"),
        ((day(4), None, None, 2), "happened_on"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    told: tuple[date, date | None, date | None, int | None], field: str
) -> None:
    events = [Told(1), Told(2, day(5), 1)]
    problem = problem_with_outcome(events, 3, *told, started_on=FIRST, today=day(400))
    assert problem is not None
    assert problem[0] == field
    assert len(problem[1]) < 290


def test_one_that_was_changed_cannot_be_moved_past_what_changed_it() -> None:
    events = [Told(1), Told(2, day(5), 1)]
    problem = problem_with_outcome(events, 1, day(6), None, None, None, started_on=FIRST, today=day(400))
    assert problem is not None
    assert "6 January 2026" in problem[1]


def test_every_row_of_the_list_says_what_the_rules_know() -> None:
    table = OutcomeTerm.__table__
    stages = {row.split(",")[0] for row in (FOLDER / "process_stages.csv").read_text(encoding="utf-8").splitlines()[1:]}
    for row in _rows(FOLDER / "process_outcomes.csv", table):  # type: ignore[arg-type]
        assert row["effect"] is None or Effect(row["effect"])
        assert all(Asks(one) for one in row["asks"].split())
        assert row["processes"] == "*" or set(row["processes"].split()) <= stages, row["code"]
        assert bool(row["kind"]) == bool(row["ends_as"] or row["review_as"]), row["code"]
        assert row["definition"].endswith("."), row["code"]
        assert row["source"]


def test_within_a_process_no_two_outcomes_read_alike() -> None:
    rows = list(_rows(FOLDER / "process_outcomes.csv", OutcomeTerm.__table__))  # type: ignore[arg-type]
    processes = {code for row in rows for code in row["processes"].split()} - {"*"}
    for process in processes:
        labels = [row["label"] for row in rows if belongs(row["processes"], process)]
        assert len(labels) == len(set(labels)), process
