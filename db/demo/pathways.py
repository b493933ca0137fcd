"""The stages each process went through before its current one, and what those that have ended came to."""

from datetime import date, datetime, timedelta
from random import Random

from db.demo.story import Facing, Story
from db.demo.world import World
from db.models import ProcessEvent, ProcessOutcome

# Stages of an exclusion that may go on beside later stages.
BESIDE = {"EXCL-FORMAL", "EXCL-PROLONGED"}
# The share of unknown dates, and of stages recorded: those on the usual way, and others.
UNTOLD, TOLD, BESIDES = 0.15, 0.7, 0.1
# What processes end with here: for any other, NO-ACTION.
ENDINGS = {
    "MHPS": ("NO-CASE", "INFORMAL", "LOCAL-WARNING", "DISMISSED-RELATIONS"),
    "UPSW": ("NO-CASE", "INFORMAL", "LOCAL-WARNING"),
    "MHPS-NI": ("NO-CASE", "INFORMAL", "LOCAL-WARNING"),
    "SCOT-LOCAL": ("NO-CASE", "INFORMAL", "LOCAL-WARNING"),
    "GMC": ("GMC-TRIAGE-CLOSED", "GMC-ENQUIRY-CLOSED", "GMC-CLOSED", "GMC-WARNING"),
    "MPTS": ("IO-NONE", "NOT-IMPAIRED", "CONDITIONS", "SUSPENSION"),
    "ET": ("WON", "PART-WON", "LOST", "CLAIM-WITHDRAWN"),
    "IT": ("WON", "LOST", "CLAIM-WITHDRAWN"),
    "GRIEV": ("UPHELD", "PART-UPHELD", "REJECTED"),
    "ARCP": ("ARCP-UPHELD", "NUMBER-KEPT"),
    "INQ": ("INQ-CONCLUDED",),
    "POLICE": ("POLICE-NO-ACTION",),
}


def add_events(world: World, story: Story) -> None:
    """Some stages of every process. Uses the case's own random numbers, so that changes here change nothing else."""
    chance = Random(story.id)
    for facing in story.facing:
        stages = world.stages[facing.process]
        before = [
            stage
            for stage in stages[: stages.index(facing.stage)]
            if chance.random() < (BESIDES if _is_aside(world, facing, stage) else TOLD)
        ]
        last = facing.ended_on or world.today
        now = _came_to(facing, chance, last)
        days = _days(chance, facing.started_on, now, len(before))
        told = story.scenario is not None or chance.random() > UNTOLD
        beside = facing.ended_on is None and facing.stage not in BESIDE and chance.random() < TOLD
        for number, (stage, since) in enumerate(zip(before, days, strict=True), start=1):
            _write(
                world, story, facing, number, stage, since, beside=beside and stage in BESIDE and stage == before[-1]
            )
        _write(world, story, facing, len(before) + 1, facing.stage, now, is_exact=told)

        if facing.ended_on is not None and chance.random() < TOLD:
            _write_outcome(world, story, facing, chance.choice(ENDINGS.get(facing.process, ("NO-ACTION",))))


def _is_aside(world: World, facing: Facing, stage: str) -> bool:
    return (facing.process, stage) in world.asides and stage not in BESIDE


def _write_outcome(world: World, story: Story, facing: Facing, code: str) -> None:
    assert facing.ended_on is not None
    at = datetime.combine(facing.ended_on, story.received.timetz())
    world.rows.add(
        ProcessOutcome,
        case_id=story.id,
        case_process_id=facing.id,
        number=1,
        edition=1,
        outcome=code,
        happened_on=facing.ended_on,
        note="",
        ended=True,
        withdrawn=False,
        by_id=story.author.id,
        at=min(max(at, story.received), world.now),
    )


def _came_to(facing: Facing, chance: Random, last: date) -> date:
    """The day its rules count from, if the process had started by then; else a day in between."""
    counted = [day for day in facing.triggers if facing.started_on <= day <= last]
    if counted:
        return min(counted)
    return facing.started_on + timedelta(days=int((last - facing.started_on).days * (0.3 + 0.5 * chance.random())))


def _days(chance: Random, first: date, now: date, many: int) -> list[date]:
    """The first on the day the process started, the others in order before the current stage."""
    span = (now - first).days
    later = sorted(int(span * chance.random()) for _ in range(many - 1))
    return [first + timedelta(days=day) for day in ([0, *later] if many else [])]


def _write(
    world: World,
    story: Story,
    facing: Facing,
    number: int,
    stage: str,
    since: date,
    *,
    is_exact: bool = True,
    beside: bool = False,
) -> None:
    at = datetime.combine(since, story.received.timetz())
    world.rows.add(
        ProcessEvent,
        case_process_id=facing.id,
        number=number,
        edition=1,
        stage=stage,
        since=since,
        is_exact=is_exact,
        beside=beside,
        by_id=story.author.id,
        at=min(max(at, story.received), world.now),
    )
