"""The fewest moves that bring everybody within their capacity: exact for a few people, otherwise the best found in a
limited search.

Cases move only from people over capacity, and only to people who stay within their own limits. Of plans with the same
number of moves, the one that costs the least continuity is best. If there is not enough room, first as many points and
then as many people as possible are brought within capacity.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from db.rules.limits import Limits

# Steps before the search stops: a few tens of milliseconds.
BUDGET = 6_000
# With more cases than this a search would not finish: the first plan and its bound must do.
MOST_SEARCHED = 60
Pair = tuple[int, int]
# (points still over capacity, people still over, moves, cost): smaller is better, the first counts most.
Score = tuple[float, int, int, int]


@dataclass(frozen=True)
class Carrier:
    """Somebody's caseload and limits. `takes` is false if they are at capacity, away or not to be asked; `rests` is
    true for some time after a hearing."""

    id: int
    points: int
    capacity: float
    active: int = 0
    crisis: int = 0
    most_active: int = Limits.most_active_cases
    most_crisis: int = Limits.most_crisis_cases
    takes: bool = True
    rests: bool = False

    @property
    def over(self) -> float:
        return max(0.0, self.points - self.capacity)


@dataclass(frozen=True)
class Movable:
    """A case that could be handed over. `cost` is the continuity lost."""

    case_id: int
    holder: int
    points: int
    cost: int = 0
    is_active: bool = False
    is_crisis: bool = False
    is_heavy: bool = False


@dataclass(frozen=True)
class Move:
    case_id: int
    giver: int
    receiver: int


@dataclass(frozen=True)
class Plan:
    """`still_over` are the people this plan leaves over capacity. No plan that brings everybody within capacity has
    fewer moves than `at_least`; an exact plan has the fewest possible."""

    moves: tuple[Move, ...]
    still_over: tuple[int, ...]
    at_least: int
    is_exact: bool


def rebalance(
    people: Sequence[Carrier], cases: Sequence[Movable], shut: AbstractSet[Pair], budget: int = BUDGET
) -> Plan:
    """The best plan found. `shut` are the (person, case) pairs to rule out: barred, on the case, or declined before."""
    search = _Search(people, cases, shut, budget)
    for worst_first in (True, False):
        search.greedy(worst_first=worst_first)
    is_exact = search.exact()
    given = {case_id: search.cases[case_id] for case_id in search.best}
    shed = {one.id: sum(case.points for case in given.values() if case.holder == one.id) for one in search.givers}
    return Plan(
        moves=tuple(Move(case_id, given[case_id].holder, to) for case_id, to in search.best.items()),
        still_over=tuple(one.id for one in search.givers if one.over > shed[one.id]),
        at_least=sum(_fewest(one.over, search.of[one.id]) for one in search.givers),
        is_exact=is_exact,
    )


def _fewest(over: float, cases: Sequence[Movable]) -> int:
    """How many of these, starting with the most points, it takes to shed that much, or as much as possible."""
    many = 0
    for case in cases:
        if over <= 0 or not case.points:
            break
        over -= case.points
        many += 1
    return many


class _OutOfBudget(Exception):
    pass


@dataclass
class _Load:
    """Somebody's caseload after the moves so far."""

    points: int
    active: int
    crisis: int
    has_other: bool = field(default=False)


class _Search:
    def __init__(
        self, people: Sequence[Carrier], cases: Sequence[Movable], shut: AbstractSet[Pair], budget: int
    ) -> None:
        self.givers = sorted((one for one in people if one.over > 0), key=lambda one: (-one.over, one.id))
        self.receivers = [one for one in people if one.takes and one.over == 0]
        self.cases = {case.case_id: case for case in cases}
        self.of: dict[int, list[Movable]] = {one.id: [] for one in self.givers}
        for case in sorted(cases, key=lambda case: (-case.points, case.cost, case.case_id)):
            if case.holder in self.of and case.points > 0:
                self.of[case.holder].append(case)
        self.shut, self.budget = shut, budget if len(cases) <= MOST_SEARCHED else 0
        self.loads = {one.id: _Load(one.points, one.active, one.crisis) for one in self.receivers}
        self.best: dict[int, int] = {}
        self.score: Score = (sum(one.over for one in self.givers), len(self.givers), 0, 0)
        self.moved: dict[int, int] = {}

    def fits(self, one: Carrier, case: Movable) -> bool:
        """Whether they could take this case too, in whatever order the moves are made."""
        load = self.loads[one.id]
        active = load.active + case.is_active
        others = load.has_other or not case.is_active
        return (
            (one.id, case.case_id) not in self.shut
            and not (one.rests and case.is_heavy)
            and load.points + case.points <= one.capacity
            and active + others <= one.most_active
            and (not case.is_crisis or load.crisis < one.most_crisis)
        )

    def give(self, one: Carrier, case: Movable) -> _Load:
        before = self.loads[one.id]
        self.loads[one.id] = _Load(
            before.points + case.points,
            before.active + case.is_active,
            before.crisis + case.is_crisis,
            before.has_other or not case.is_active,
        )
        self.moved[case.case_id] = one.id
        return before

    def greedy(self, *, worst_first: bool) -> None:
        """A first plan: the cheapest case that is enough, else the one with most points, to whoever has most room."""
        start, excess, still, cost = dict(self.loads), 0.0, 0, 0
        for giver in self.givers if worst_first else reversed(self.givers):
            over, left = giver.over, list(self.of[giver.id])
            while over > 0:
                able = [case for case in left if any(self.fits(one, case) for one in self.receivers)]
                if not able:
                    break
                much = over
                case = min(able, key=lambda one: (one.points < much, -min(one.points, much), one.cost, one.case_id))
                takers = [one for one in self.receivers if self.fits(one, case)]
                self.give(min(takers, key=lambda one: (self.loads[one.id].points / one.capacity, one.id)), case)
                left.remove(case)
                over, cost = over - case.points, cost + case.cost
            excess, still = excess + max(0.0, over), still + (over > 0)
        self._keep((excess, still, len(self.moved), cost))
        self.loads, self.moved = start, {}

    def exact(self) -> bool:
        """Tries every plan that could be better. Returns whether it got to the end."""
        try:
            self._try(0, 0, self.givers[0].over if self.givers else 0.0, (0.0, 0, 0, 0))
        except _OutOfBudget:
            return False
        return True

    def _keep(self, score: Score) -> None:
        if score < self.score:
            self.best, self.score = dict(self.moved), score

    def _try(self, place: int, number: int, over: float, so_far: Score) -> None:
        self.budget -= 1
        if self.budget < 0:
            raise _OutOfBudget
        if place == len(self.givers):
            self._keep(so_far)
            return
        cases = self.of[self.givers[place].id]
        if over <= 0 or number == len(cases):
            after = self.givers[place + 1].over if place + 1 < len(self.givers) else 0.0
            excess, still, moves, cost = so_far
            self._try(place + 1, 0, after, (excess + max(0.0, over), still + (over > 0), moves, cost))
            return
        if self._bound(place, number, over, so_far) >= self.score:
            return
        case = cases[number]
        for one in self.receivers:
            if self.fits(one, case):
                before = self.give(one, case)
                spent = (*so_far[:2], so_far[2] + 1, so_far[3] + case.cost)
                self._try(place, number + 1, over - case.points, spent)
                self.loads[one.id] = before
                del self.moved[case.case_id]
        self._try(place, number + 1, over, so_far)

    def _bound(self, place: int, number: int, over: float, so_far: Score) -> Score:
        """The best score still possible, if everybody had room for everything."""
        excess, still, moves, cost = so_far
        rest = [(over, self.of[self.givers[place].id][number:])]
        rest += [(one.over, self.of[one.id]) for one in self.givers[place + 1 :]]
        for much, cases in rest:
            left = much - sum(case.points for case in cases)
            excess, still = excess + max(0.0, left), still + (left > 0)
            moves += _fewest(much, cases)
        return excess, still, moves, cost
