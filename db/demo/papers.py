"""Links to a case's documents, at an address that cannot exist."""

from random import Random

from db.demo.story import Story
from db.demo.world import World
from db.models import Document

PAPERS = (
    "Letter of allegation",
    "Terms of reference",
    "Local policy",
    "Notes of the meeting",
    "Chronology",
    "Rota",
    "Reply to the letter",
    "Decision letter",
)
KEPT_AT = "https://papers.example.org/casework"


def add_papers(world: World, story: Story) -> None:
    """None to three. Uses the case's own random numbers, so that changes here change nothing else."""
    chance = Random(story.id)
    span = story.end(world) - story.received
    for name in chance.sample(PAPERS, chance.choice((0, 0, 1, 2, 3))):
        at = story.received + span * chance.random()
        world.rows.add(
            Document,
            case_id=story.id,
            case_process_id=story.facing[0].id,
            description=name,
            link=f"{KEPT_AT}/{chance.getrandbits(40):010x}",
            dated_on=at.date(),
            added_by_id=story.screener.id,
            added_at=at,
        )
