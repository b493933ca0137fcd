"""The fewest moves that bring everybody under what they can carry: exact for few people, else a bounded best.

Cases move only away from those who are over, and only to people who stay within their own limits: nobody who copes
loses a case to make room. Of plans with as few moves, the one that costs the least continuity. Where there is not
room enough, as many points as can be, then as many people as can be, come under.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from db.rules.limits import Limits

# Places looked at before the search stops: some tens of milliseconds.
BUDGET = 6_000
# With more cases than these no search would come to its end: the first plan and its bound must do.
MOST_SEARCHED = 60
Pair = tuple[int, int]
# (points above capacity that remain, people still over, moves, cost): the smaller the better, the first counts most.
Score = tuple[float, int, int, int]


@dataclass(frozen=True)
class Carrier:
    """Somebody's load and limits. `takes` is false for whoever is full, away or not to be asked; `rests` after a
    hearing."""

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
    """A case that may change hands. `cost` is what is lost in continuity."""

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
    """`still_over` are those whom no move that was found brings under. No plan that brings everybody under can have
    fewer moves than `at_least`; an exact plan has the fewest there are."""

    moves: tuple[Move, ...]
    still_over: tuple[int, ...]
    at_least: int
    is_exact: bool


def rebalance(
    people: Sequence[Carrier], cases: Sequence[Movable], shut: AbstractSet[Pair], budget: int = BUDGET
) -> Plan:
    """The best plan found. `shut` are (person, case) that must not be: a wall, or a place held or turned down."""
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
    """How many of these, the weightiest first, shed that much, or as much of it as they can."""
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
    """What somebody would carry, were the moves so far made."""

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
        """Whether they may take it too, in whatever order the moves are then made."""
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
        """A first plan: the cheapest case that is enough, else the weightiest, to whoever has used the least."""
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
        """Goes through every plan that might be better; whether it came to the end of them."""
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
        """The best that could still come of it, had everybody room for everything."""
        excess, still, moves, cost = so_far
        rest = [(over, self.of[self.givers[place].id][number:])]
        rest += [(one.over, self.of[one.id]) for one in self.givers[place + 1 :]]
        for much, cases in rest:
            left = much - sum(case.points for case in cases)
            excess, still = excess + max(0.0, left), still + (left > 0)
            moves += _fewest(much, cases)
        return excess, still, moves, cost
