"""Cohen's kappa: as others published it, and what must hold of any two codings."""

from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules.agreement import LEAST_CASES, Agreement, Kappa, Why, kappa_of

COUNTS = st.integers(0, 30)
CODINGS = st.builds(Agreement, COUNTS, COUNTS, COUNTS, COUNTS)


@pytest.mark.parametrize(
    ("table", "value", "low", "high"),
    [
        # Fleiss, Statistical Methods for Rates and Proportions: two raters, 100 subjects; kappa 0.68, its error 0.088.
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.6765, 0.6765 - 1.96 * 0.0877, 0.6765 + 1.96 * 0.0877),
        # SAS, PROC FREQ, as printed in the tests of statsmodels: error 0.1380.
        ([[0, 4, 1], [0, 8, 0], [0, 1, 5]], 0.4842, 0.2137, 0.7547),
    ],
)
def test_kappa_and_its_interval_are_those_that_were_published(
    table: list[list[int]], value: float, low: float, high: float
) -> None:
    found = kappa_of(table)
    assert found.low is not None
    assert found.high is not None
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=2e-4)


@given(CODINGS)
@settings(max_examples=60)
def test_whatever_was_coded_there_is_a_kappa_in_its_bounds_or_a_reason(one: Agreement) -> None:
    found = one.kappa()
    mirrored = Agreement(one.both, one.second, one.first, one.neither).kappa()
    if isinstance(found, Why):
        assert found is mirrored
        return
    assert isinstance(mirrored, Kappa)
    assert found.value == pytest.approx(mirrored.value)
    assert -1 <= found.value <= 1
    assert (found.value == 1) == (one.first == one.second == 0) == (found.low is None)
    if found.low is not None and found.high is not None:
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.low == pytest.approx(mirrored.low)
    assert isfinite(found.value)


def test_what_says_nothing_is_never_a_number() -> None:
    assert Agreement(LEAST_CASES - 1, 0, 0, 0).kappa() is Why.FEW
    assert Agreement(0, 0, 0, 0).kappa(0) is Why.FEW
    assert Agreement(20, 0, 0, 0).kappa() is Agreement(0, 0, 0, 20).kappa() is Why.SAME
    assert Agreement(0, 3, 0, 17).kappa() is Agreement(17, 0, 3, 0).kappa() is Agreement(0, 20, 0, 0).kappa() is Why.ONE
    assert Agreement(5, 0, 0, 5).kappa() == Kappa(1.0, None, None)
    rare = Agreement(0, 1, 1, 38)
    assert (rare.n, rare.observed, rare.is_lopsided) == (40, 0.95, True)
