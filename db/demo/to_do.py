"""More actions besides the next one: some moved with a reason, and one offered to the demo volunteer.

Uses each case's own random numbers, so that the rest of the demo is the same with or without them.
"""

from datetime import date, datetime, timedelta
from random import Random

from db import clock
from db.choices import AssignmentStatus
from db.demo import words
from db.demo.story import Story
from db.demo.world import World
from db.models import Action, ActionMove, ActionOffer

FURTHER, MOVED = 0.15, 0.2
REASONS = (
    "The doctor is on nights until then",
    "The union meets first",
    "Waiting for the rota",
    "Their solicitor is away this week",
    "The meeting was postponed",
)
NOTE = "You know this doctor best. Could you take this one from me?"


def add_open(world: World, story: Story, text: str, due: date, created: datetime) -> None:
    """The next action of an open case, sometimes moved before, and sometimes with one or two more."""
    dice = Random(story.id)
    _open(world, story, text, due, created, dice)
    many = dice.choice((1, 1, 2)) if story.scenario or dice.random() < FURTHER else 0
    for other in dice.sample([other for other in words.NEXT_ACTIONS if other != text], many):
        _open(world, story, other, max(due, world.today) + timedelta(days=dice.randint(2, 16)), created, dice)


def _open(world: World, story: Story, text: str, due: date, created: datetime, dice: Random) -> None:
    owner = story.screener if story.unallocated else story.author
    action_id = next(world.action_ids)
    world.rows.add(Action, id=action_id, case_id=story.id, text=text, owner_id=owner.id, due_on=due, created_at=created)
    first = clock.london_day(created)
    if dice.random() >= MOVED or due <= first:
        return
    days = sorted({first + (due - first) * dice.random() for _ in range(dice.choice((1, 1, 2, 3)))} - {due})
    for before, after in zip(days, [*days[1:], due], strict=True):
        world.rows.add(
            ActionMove,
            case_id=story.id,
            action_id=action_id,
            from_on=before,
            to_on=after,
            reason=dice.choice(REASONS),
            by_id=owner.id,
            at=created,
        )


def offer_to_volunteer(world: World, story: Story) -> None:
    """Somebody else's action on the demo volunteer's own case, offered to them."""
    owner, asked_at = story.screener, world.now - timedelta(days=1)
    action_id = next(world.action_ids)
    world.rows.add(
        Action,
        id=action_id,
        case_id=story.id,
        text=words.NEXT_ACTIONS[0],
        owner_id=owner.id,
        due_on=world.today + timedelta(days=3),
        created_at=max(story.received, asked_at - timedelta(days=4)),
    )
    world.rows.add(
        ActionOffer,
        case_id=story.id,
        action_id=action_id,
        from_id=owner.id,
        to_id=world.volunteer.id,
        offered_by_id=owner.id,
        offered_at=asked_at,
        note=NOTE,
        status=AssignmentStatus.OFFERED.value,
    )
