"""What one count of doctors may look like once shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.disclosure import FLOOR, LEGEND, MIN_BODIES, OUTSIDE_LOW, ROUND_TO, SUPPRESSED, is_thin, release_count

low = st.integers(1, FLOOR - 1)


@given(low)
def test_one_to_seven_look_the_same_and_outside_none_does_too(n: int) -> None:
    assert release_count(n) == SUPPRESSED
    assert release_count(n, outside=True) == release_count(0, outside=True) == OUTSIDE_LOW
    assert release_count(0) == "0"


@given(st.integers(FLOOR, 10**6))
def test_from_eight_up_the_nearest_five(n: int) -> None:
    shown = int(release_count(n))
    assert shown % ROUND_TO == 0
    assert shown >= 10
    assert abs(shown - n) <= ROUND_TO // 2
    assert release_count(n, outside=True) == str(shown)


def test_a_count_is_never_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        release_count(-1)


@pytest.mark.parametrize(
    ("doctors", "bodies", "largest", "thin"),
    [(20, MIN_BODIES, 10, False), (20, MIN_BODIES, 11, True), (20, MIN_BODIES - 1, 10, True), (0, 0, 0, True)],
)
def test_few_bodies_or_one_with_over_half_make_a_count_thin(
    doctors: int, bodies: int, largest: int, thin: bool
) -> None:
    assert is_thin(doctors, bodies, largest) is thin


def test_the_legend_says_every_word_that_may_be_shown() -> None:
    assert OUTSIDE_LOW in LEGEND
    assert SUPPRESSED in LEGEND
    assert f"nearest {ROUND_TO}" in LEGEND
