"""Fairness checklists that somebody has started: some met, some breached, most not answered yet."""

from datetime import timedelta
from random import Random

from db import clock
from db.choices import Evidence, Stage
from db.demo.story import Facing, Story
from db.demo.world import World
from db.models import FairnessAnswer
from db.rules.checklists import Fairness

NOTES = {
    Fairness.MET: ("The letter says so.", "As the policy requires.", ""),
    Fairness.BREACHED: (
        "The doctor asked twice and got no answer.",
        "There is nothing about it in the papers we have seen.",
        "The letter came after the meeting.",
    ),
}
LOOKED_AT, BREACHED = 0.55, 0.35
# The subject of the demo's first pattern: exclusions without reviews.
OFTEN = "P05"


def add_answers(world: World, story: Story) -> None:
    """For a case past triage. Uses the case's own random numbers, so that changes here change nothing else."""
    if not story.reached(Stage.REVIEW):
        return
    chance = Random(story.id)
    for facing in story.facing[:1] if chance.random() < LOOKED_AT else story.facing:
        for question, finding in world.questions[facing.process]:
            if chance.random() < LOOKED_AT:
                share = 0.7 if finding == OFTEN and story.is_hot else BREACHED
                _answer(world, story, facing, question, chance, share)


def _answer(world: World, story: Story, facing: Facing, question: str, chance: Random, share: float) -> None:
    answer = Fairness.BREACHED if chance.random() < share else Fairness.MET
    at = story.received + (story.end(world) - story.received) * chance.random()
    happened = clock.london_day(at) - timedelta(days=int(60 * chance.random()))
    world.rows.add(
        FairnessAnswer,
        case_id=story.id,
        case_process_id=facing.id,
        question=question,
        answer=answer.value,
        happened_on=max(happened, facing.started_on) if chance.random() < LOOKED_AT else None,
        evidence=chance.choice((Evidence.REPORTED, Evidence.DOCUMENTED)).value,
        note=chance.choice(NOTES[answer]),
        by_id=story.author.id,
        at=at,
    )
