"""The demo volunteer's own caseload: five cases that show a typical week, in a demo of any size."""

from collections.abc import Sequence
from datetime import date
from random import Random

from db.choices import Stage
from db.demo.life import Fate
from db.demo.story import Scenario

SCENARIOS = (
    Scenario(
        stage=Stage.REVIEW,
        process="GMC",
        process_stage="RULE-7",
        summary="Draft allegations received; the doctor was covering two rotas. Wants help with a reply.",
        update_days=9,
        action_in=0,
        due_in=9,
        age=35,
    ),
    Scenario(
        stage=Stage.ACTIVE,
        process="MHPS",
        process_stage="EXCL-FORMAL",
        summary="Sent home after a dispute about staffing; there is no sign of a review. Would like a letter.",
        update_days=3,
        action_in=2,
        body_due_in=-6,
        chase_in=-1,
        age=120,
    ),
    Scenario(
        stage=Stage.ACTIVE,
        process="SAR",
        process_stage="REQUEST",
        summary="Asked for papers before a grievance meeting; the employer wants more time. Wants us to follow up.",
        update_days=2,
        action_in=6,
        body_due_in=16,
        chase_in=5,
        age=75,
    ),
    Scenario(
        stage=Stage.FINDINGS,
        process="ARCP",
        process_stage="OUTCOME-ISSUED",
        summary="Training outcome disputed; reflective notes were quoted in the report. Wants advice.",
        update_days=8,
        action_in=-2,
        due_in=6,
        age=55,
    ),
    Scenario(
        stage=Stage.ACTIVE,
        process="ET",
        process_stage="HEARING",
        summary="Claim after a contract was not renewed; the union leads. Wants somebody with them on the day.",
        update_days=4,
        action_in=4,
        due_in=24,
        age=260,
    ),
)


def own_cases(fates: Sequence[Fate], today: date) -> dict[int, Scenario]:
    """{case: scenario}: allocated open cases of about the right age."""
    free = [number for number, fate in enumerate(fates) if fate.is_open and not fate.unallocated]
    chosen: dict[int, Scenario] = {}
    for scenario in SCENARIOS:
        if not free:
            break
        nearest = min(free, key=lambda number: abs((today - fates[number].opened_on).days - scenario.age))
        free.remove(nearest)
        chosen[nearest] = scenario
    return chosen


def recusals(
    rng: Random, fates: Sequence[Fate], taken: dict[int, Scenario], people: Sequence[int]
) -> dict[int, frozenset[int]]:
    """A few people have stepped back from a case each, including the demo's lead and volunteer."""
    open_ones = [number for number, fate in enumerate(fates) if fate.is_open and number not in taken]
    chosen = rng.sample(open_ones, min(len(people), len(open_ones) // 3))
    return {number: frozenset({person}) for number, person in zip(chosen, people, strict=False)}
