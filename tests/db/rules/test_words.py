"""Plurals, in the one place that makes them."""

import pytest

from db.rules.words import many, noun


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 cases"), (1, "1 case"), (2, "2 cases"), (1200, "1,200 cases"), (-1, "-1 cases")]
)
def test_a_number_and_what_it_counts(count: int, said: str) -> None:
    assert many(count, "case") == said


def test_a_plural_without_s_is_given() -> None:
    assert [many(n, "person", "people") for n in (1, 2)] == ["1 person", "2 people"]
    assert [many(n, "case has", "cases have") for n in (1, 2)] == ["1 case has", "2 cases have"]


def test_the_noun_alone_goes_with_a_number_set_apart() -> None:
    assert [noun(n, "process", "processes") for n in (0, 1, 2)] == ["processes", "process", "processes"]
