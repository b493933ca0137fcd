"""The fewest moves that bring everybody under, against every plan there is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from db.rules.rebalance import Carrier, Movable, Plan, rebalance

Score = tuple[float, int, int, int]
people = st.lists(
    st.builds(
        Carrier,
        id=st.just(0),
        points=st.integers(0, 12),
        capacity=st.sampled_from((0.0, 3.0, 4.5, 6.0, 8.0)),
        active=st.integers(0, 3),
        crisis=st.integers(0, 1),
        takes=st.booleans(),
        rests=st.booleans(),
    ),
    min_size=1,
    max_size=4,
).map(lambda found: [replace(one, id=number) for number, one in enumerate(found)])
case = st.builds(
    Movable,
    case_id=st.just(0),
    holder=st.integers(0, 3),
    points=st.integers(0, 6),
    cost=st.integers(0, 9),
    is_active=st.booleans(),
    is_crisis=st.booleans(),
    is_heavy=st.booleans(),
)
cases = st.lists(case, max_size=4).map(lambda found: [replace(one, case_id=n) for n, one in enumerate(found)])
walls = st.frozensets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=5)


def allowed(
    who: Sequence[Carrier], what: Sequence[Movable], moves: dict[int, int], shut: frozenset[tuple[int, int]]
) -> bool:
    """Said from the rules of an offer, one after another, in the order that is hardest for whoever takes them."""
    for one in who:
        taken = [found for found in what if moves.get(found.case_id) == one.id]
        points, active, crisis = one.points, one.active, one.crisis
        if taken and (not one.takes or one.over):
            return False
        for found in sorted(taken, key=lambda found: not found.is_active):
            if (one.id, found.case_id) in shut or (one.rests and found.is_heavy) or active >= one.most_active:
                return False
            points, active, crisis = points + found.points, active + found.is_active, crisis + found.is_crisis
        if taken and (points > one.capacity or (crisis > one.most_crisis and any(t.is_crisis for t in taken))):
            return False
    return True


def score(who: Sequence[Carrier], what: Sequence[Movable], moves: dict[int, int]) -> Score:
    shed = {one.id: sum(c.points for c in what if c.holder == one.id and c.case_id in moves) for one in who}
    over = [max(0.0, one.points - shed[one.id] - one.capacity) for one in who]
    return sum(over), sum(much > 0 for much in over), len(moves), sum(c.cost for c in what if c.case_id in moves)


def every_plan(who: Sequence[Carrier], what: Sequence[Movable]) -> Iterator[dict[int, int]]:
    over = {one.id for one in who if one.over}
    for to in product([None, *(one.id for one in who)], repeat=len(what)):
        if all(t is None or (c.holder in over and t != c.holder) for c, t in zip(what, to, strict=True)):
            yield {c.case_id: t for c, t in zip(what, to, strict=True) if t is not None}


def moves_of(plan: Plan) -> dict[int, int]:
    return {move.case_id: move.receiver for move in plan.moves}


@given(who=people, what=cases, shut=walls)
def test_no_plan_is_better(who: list[Carrier], what: list[Movable], shut: frozenset[tuple[int, int]]) -> None:
    plan = rebalance(who, what, shut)
    moves = moves_of(plan)
    assert plan.is_exact
    assert allowed(who, what, moves, shut)
    assert score(who, what, moves) == min(
        score(who, what, other) for other in every_plan(who, what) if allowed(who, what, other, shut)
    )


@given(who=people, what=cases, shut=walls)
def test_out_of_time_it_is_a_plan_all_the_same_and_says_what_it_could_not_be_under(
    who: list[Carrier], what: list[Movable], shut: frozenset[tuple[int, int]]
) -> None:
    plan = rebalance(who, what, shut, budget=0)
    moves = moves_of(plan)
    assert not plan.is_exact
    assert allowed(who, what, moves, shut)
    best = rebalance(who, what, shut)
    assert score(who, what, moves) >= score(who, what, moves_of(best))
    if not best.still_over:
        assert plan.at_least <= len(best.moves)


@given(who=people, what=cases, shut=walls)
def test_who_is_still_over_is_named(who: list[Carrier], what: list[Movable], shut: frozenset[tuple[int, int]]) -> None:
    plan = rebalance(who, what, shut)
    moves = moves_of(plan)
    for one in who:
        left = one.points - sum(c.points for c in what if c.holder == one.id and c.case_id in moves)
        assert (one.id in plan.still_over) == (left > one.capacity)


def test_one_weighty_case_moves_rather_than_two_light_ones() -> None:
    who = [Carrier(1, 10, 6.0), Carrier(2, 0, 8.0)]
    what = [Movable(1, 1, 2), Movable(2, 1, 2), Movable(3, 1, 4, cost=9)]
    assert moves_of(rebalance(who, what, frozenset())) == {3: 2}


def test_of_two_that_are_enough_the_one_with_less_to_lose_moves() -> None:
    who = [Carrier(1, 8, 6.0), Carrier(2, 0, 8.0)]
    what = [Movable(1, 1, 3, cost=12), Movable(2, 1, 3, cost=1)]
    assert moves_of(rebalance(who, what, frozenset())) == {2: 2}


def test_nobody_over_is_no_move() -> None:
    assert rebalance([Carrier(1, 6, 6.0), Carrier(2, 0, 8.0)], [Movable(1, 1, 3)], frozenset()) == Plan((), (), 0, True)


def test_a_large_casework_is_answered_with_a_bound() -> None:
    """Sixty people over with forty cases each: no search would end, and the answer comes all the same."""
    who = [Carrier(n, 30, 10.0 + n % 3) for n in range(12)] + [Carrier(100 + n, 2, 12.0) for n in range(60)]
    what = [Movable(40 * n + k, n, 1 + k % 4, cost=k) for n in range(12) for k in range(12)]
    plan = rebalance(who, what, frozenset())
    assert plan.still_over == ()
    assert plan.at_least <= len(plan.moves) <= plan.at_least + 12
