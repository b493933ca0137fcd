"""Who has recently viewed the cases, for a case's history and the access review."""

from datetime import datetime, timedelta
from random import Random

from db.choices import AuditAction, Stage
from db.demo.story import Story
from db.demo.world import Person, World, waking
from db.models import AccessLog

DAYS = 28
REASONS = (
    "To call back as agreed",
    "To send the reply we drafted",
    "The doctor asked for a call",
    "To agree a safe time to speak",
)
# By then the case lead has accepted, and any handover is over.
SETTLED = timedelta(days=12)
# Rare enough that the review flags only a few people.
HELPED_OUT = 0.02


def add_looks(world: World, story: Story) -> None:
    """The last weeks of an open case: its case lead at work, and now and then a lead who opens an identity to help."""
    if not (story.is_open and world.full_audit):
        return
    # Its own random numbers, so that the rest is the same with or without the log.
    dice = Random(story.id)
    if story.lead and not story.unallocated and story.may_see(story.lead):
        since = max(step.at for step in story.steps if step.stage is Stage.TRIAGE) + SETTLED
        for _ in range(dice.randint(1, 4)):
            _look(world, story, story.lead, dice, since, AuditAction.VIEW)
        if dice.random() < 0.3:
            _look(world, story, story.lead, dice, since, AuditAction.IDENTITY)
    lead = dice.choice(world.leads)
    if story.may_see(lead):
        _look(world, story, lead, dice, story.received, AuditAction.VIEW)
        if dice.random() < HELPED_OUT:
            _look(world, story, lead, dice, story.received, AuditAction.IDENTITY)


def _look(world: World, story: Story, person: Person, dice: Random, since: datetime, action: AuditAction) -> None:
    at = min(waking(world.now - timedelta(days=DAYS * dice.random())), world.now)
    if at <= since:
        return
    world.rows.add(
        AccessLog,
        at=at,
        actor_id=person.id,
        action=action.value,
        case_id=story.id,
        reason=dice.choice(REASONS) if action is AuditAction.IDENTITY else None,
    )
