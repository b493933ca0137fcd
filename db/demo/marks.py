"""Flags and consents of a case."""

from datetime import datetime, timedelta

from db import clock
from db.choices import Approached, ConsentPurpose, Representation, Stage
from db.commands.open_case import WORDING
from db.demo import words
from db.demo.story import Story, a_lead
from db.demo.world import World
from db.models import Consent, Flag
from db.rules.consent import PUBLIC, USUAL_LIFE, Needed

CONSENTS = {
    ConsentPurpose.COUNTS: 0.8,
    ConsentPurpose.MEETING: 0.65,
    ConsentPurpose.SECOND: 0.4,
    ConsentPurpose.CONTACT: 0.3,
    ConsentPurpose.FUTURE: 0.15,
    ConsentPurpose.DIGEST: 0.06,
    ConsentPurpose.MEDIA: 0.04,
}
WHOM = (Approached.EMPLOYER, Approached.EMPLOYER, Approached.GMC, Approached.DEANERY, Approached.PARTNER)
EVERY_SO_MANY = 25
FLAG_SHARES = {"CRISIS": 0.04, "HOME": 0.03, "MEDIA": 0.02, "PSAFE": 0.015}


def add_flags(world: World, story: Story) -> None:
    """Flags that follow from processes and dates, and a few at random."""
    stages = {(facing.process, facing.stage) for facing in story.facing}
    processes = {process for process, _ in stages}
    if any(stage.startswith("EXCL-") for _, stage in stages):
        story.flags.add("EXCL")
    if story.representation is Representation.NONE and world.chance(0.5):
        story.flags.add("UNREP")
    if "FTSU" in processes and world.chance(0.4):
        story.flags.add("WB")
    story.flags |= processes & {"VISA", "POLICE"}
    story.flags |= {code for code, share in FLAG_SHARES.items() if not story.scenario and world.chance(share)}
    # Whatever the dice say, somebody is in danger in every demonstration of some size.
    if story.is_open and not story.scenario and story.id % EVERY_SO_MANY == 0:
        story.flags.add("CRISIS")
    # A case can only become active before its findings are agreed if it has a flag.
    if story.reached(Stage.ACTIVE) and not story.reached(Stage.FINDINGS) and not story.flags:
        story.flags.add("HOME")
    for code in sorted(story.flags):
        _add_flag(world, story, code)


def _add_flag(world: World, story: Story, code: str) -> None:
    end = story.end(world)
    cleared = end if not story.is_open else None
    lead = a_lead(world, story)
    at = min(story.received + timedelta(hours=5), end)
    review = world.today + world.days(0, 13) if story.is_open else clock.london_day(end)
    world.rows.add(
        Flag,
        case_id=story.id,
        code=code,
        why=words.FLAG_REASONS[code],
        set_by_id=lead.id,
        set_at=at,
        review_on=review,
        cleared_by_id=lead.id if cleared else None,
        cleared_at=cleared,
        cleared_why="The case ended." if cleared else None,
    )


def add_consents(world: World, story: Story) -> None:
    """Consent to hold the record and to whatever was done, always, and others at random."""
    _consent(world, story, Needed(ConsentPurpose.HOLD), given=True)
    _consent(world, story, Needed(ConsentPurpose.LEARNING), given=story.learning)
    for needed in sorted(story.agreed, key=lambda needed: needed.words):
        _consent(world, story, needed, given=True)
    for purpose, share in CONSENTS.items():
        whom = world.pick(WHOM) if purpose is ConsentPurpose.CONTACT else None
        if world.chance(share) and (needed := Needed(purpose, whom)) not in story.agreed:
            given = world.chance(0.93)
            withdrawn = world.moments(story.received, story.end(world), 1)[0] if world.chance(0.03) else None
            _consent(world, story, needed, given=given, withdrawn=withdrawn if given else None)


def _consent(world: World, story: Story, needed: Needed, *, given: bool, withdrawn: datetime | None = None) -> None:
    at = story.received + timedelta(seconds=_turn(needed))
    ends = clock.london_day(at) + USUAL_LIFE if given and needed.purpose in PUBLIC else None
    world.rows.add(
        Consent,
        case_id=story.id,
        purpose=needed.purpose.value,
        whom=needed.whom.value if needed.whom else None,
        wording=WORDING,
        given=given,
        given_at=at,
        expires_on=ends,
        withdrawn_at=withdrawn,
        recorded_by_id=story.screener.id,
    )


def _turn(needed: Needed) -> int:
    """One answer follows another."""
    return 0 if needed.whom is None else list(Approached).index(needed.whom)
