"""What a table of doctors says besides its numbers: right, sound, and nothing that the numbers do not say."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats.contingency import expected_freq

from db.rules.disclosure import release_count
from db.rules.measures import NOTHING, change, likeness, residual, share, sparkline, value

SHOWN = st.one_of(st.just("0-7"), st.just("*"), st.integers(0, 200).map(lambda n: release_count(n, outside=True)))


def test_a_share_is_of_eight_doctors_or_more() -> None:
    assert share("10", "40", is_rounded=False) == "25%"
    assert share("13", "40", is_rounded=False) == "33%"
    assert share("15", "40", is_rounded=True) == "40%"
    assert share("45", "40", is_rounded=True) == "100%"
    for part, whole in (("3", "7"), ("*", "40"), ("0-7", "40"), ("10", "*"), ("10", "0-7")):
        assert share(part, whole, is_rounded=False) == NOTHING


def test_a_change_is_of_two_numbers_that_are_shown() -> None:
    assert [change(*pair) for pair in (("15", "10"), ("10", "15"), ("10", "10"))] == ["+5", "−5", "0"]
    assert {change(*pair) for pair in (("*", "10"), ("10", "0-7"), ("10", ""))} == {NOTHING}


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_residual_is_that_of_a_table_of_two_by_two(both: int, row: int, column: int, neither: int) -> None:
    observed = [[both, row], [column, neither]]
    total = both + row + column + neither
    shown = residual(str(both), str(both + row), str(both + column), str(total), is_rounded=False)
    if min(both + row, both + column, column + neither, row + neither) == 0 or expected_freq(observed).min() < 5:
        assert shown == NOTHING
        return
    expected = expected_freq(observed)[0][0]
    spread = expected * (1 - (both + row) / total) * (1 - (both + column) / total)
    wanted = (both - expected) / math.sqrt(spread)
    assert value(shown) == pytest.approx(wanted, abs=0.051)


def test_a_residual_of_rounded_numbers_is_the_least_striking_that_fits() -> None:
    exact = value(residual("30", "60", "80", "300", is_rounded=False))
    rounded = value(residual("30", "60", "80", "300", is_rounded=True))
    assert exact is not None
    assert rounded is not None
    assert 0 < rounded < exact
    assert residual("15", "60", "80", "300", is_rounded=True) == "0"


@settings(max_examples=60)
@given(st.tuples(SHOWN, SHOWN, SHOWN, SHOWN))
def test_what_is_withheld_is_withheld_in_every_measure(shown: tuple[str, str, str, str]) -> None:
    """Each measure is a function of what is shown, and says nothing where one of its numbers is not."""
    found = [share(shown[0], shown[1], is_rounded=True), change(shown[0], shown[1])]
    if not (shown[0].isdecimal() and shown[1].isdecimal()):
        assert set(found) == {NOTHING}
    if not all(one.isdecimal() for one in shown):
        assert residual(*shown, is_rounded=True) == NOTHING


def test_alike_rows_lie_side_by_side_whatever_their_shape() -> None:
    lines = [["10", "0"], ["0", "10"], ["20", "1"], ["1", "20"]]
    order = likeness(lines)
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}
    shapes: list[list[list[str]]] = [[], [[]], [["1"]], [["1"], ["2"]], [["*", "0-7"]] * 5, [["0"] * 30] * 46]
    for odd in [*shapes, [["–"], ["+3.1"], ["−2"]]]:
        assert sorted(likeness(odd)) == list(range(len(odd)))


def test_a_sparkline_has_a_bar_for_each_number_and_a_dot_for_what_is_withheld() -> None:
    assert sparkline(["0", "5", "10", "*", "0-7"]) == "▁▅█·▁"
    assert sparkline(["0-7", "0-7"]) == sparkline([]) == ""


def test_every_word_that_is_shown_has_its_number_back() -> None:
    assert [value(shown) for shown in ("38%", "+3.1", "−5", "0", "1,200")] == [38, 3.1, -5, 0, 1200]
    assert [value(shown) for shown in ("*", "0-7", NOTHING, "")] == [None] * 4
