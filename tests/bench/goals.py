"""What each step must and should cost, as a share of the floor page in the same moments."""

from dataclasses import dataclass

from tests.bench import steps


@dataclass(frozen=True)
class Goal:
    """The most it must, and should, come to."""

    must: float
    aim: float

    def verdict(self, value: float) -> str:
        if value != value:  # Nothing was measured.
            return "not measured"
        if value <= self.aim:
            return "aim holds"
        return "holds" if value <= self.must else "**does not hold**"


PAGE = Goal(1.0, 0.6)
# Steps that no goal is set for are measured and shown all the same.
RATIOS: dict[str, Goal] = {
    steps.QUEUE: PAGE,
    steps.FILTER: PAGE,
    steps.PAGE_100: Goal(1.2, 0.8),
    steps.COMMON_WORD: Goal(1.5, 0.8),
    steps.RARE_WORD: Goal(1.5, 0.8),
    steps.CASE: PAGE,
    steps.CASE_VOLUNTEER: PAGE,
    steps.CASE_PARTS: PAGE,
    steps.HOME_LEAD: PAGE,
    steps.HOME_VOLUNTEER: PAGE,
    steps.HEATMAP: Goal(1.5, 1.1),
    steps.HEATMAP_CHANGED: Goal(4.0, 2.0),
    steps.WORKLOAD: Goal(1.8, 1.3),
    steps.LEADERSHIP: Goal(1.8, 1.3),
    steps.MEETING: Goal(1.8, 1.3),
    steps.SAVE: Goal(2.0, 1.2),
}
SLOW_TO_GROW = Goal(1.3, 1.15)
GROWTH: dict[str, Goal] = {
    **dict.fromkeys((steps.QUEUE, steps.FILTER, steps.CASE, steps.HEATMAP), SLOW_TO_GROW),
    **dict.fromkeys((steps.HOME_LEAD, steps.HOME_VOLUNTEER), SLOW_TO_GROW),
    **dict.fromkeys((steps.COMMON_WORD, steps.RARE_WORD, steps.WORKLOAD), Goal(2.0, 1.5)),
}
QUEUE_KIB = Goal(40, 20)
TEN_TABS = Goal(1.2, 1.0)
SOAK_P95, SOAK_ERRORS, SOAK_MEMORY = Goal(1.5, 0.5), Goal(0, 0), Goal(700, 400)
# Of what a page of constants takes in Chromium from the click to the last change.
SETTLES, SETTLES_WITH_CHART = Goal(2.0, 1.5), Goal(3.0, 1.5)
