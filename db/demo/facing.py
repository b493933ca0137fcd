"""A case's processes, each at a stage."""

from collections.abc import Iterator
from itertools import accumulate

from db.demo.story import Facing, Story
from db.demo.world import World
from db.models import CaseProcess

MIX = {
    "MHPS": 30,
    "GMC": 16,
    "ET": 10,
    "GRIEV": 12,
    "FTSU": 8,
    "PSII": 5,
    "SICK": 6,
    "SAR": 4,
    "INQ": 3,
    "RO": 3,
    "MPTS": 3,
    "PPA": 2,
    "CIVIL": 1,
    "REPRES": 1,
    "VISA": 1,
    "LIC": 1,
    "POLICE": 0.5,
}
ENGLAND_ONLY = {"MHPS", "FTSU", "PSII", "PERF"}
# What stands in the place of England's, and what there is none of.
ELSEWHERE = {
    "wales": {"UPSW": 30},
    "scotland": {"SCOT-LOCAL": 30, "FAI": 3, "INQ": 0, "PPA": 0, "CIVIL": 0},
    "northern_ireland": {"MHPS-NI": 30, "IT": 10, "ET": 0, "INQ": 0, "CIVIL": 0},
}
HEARINGS = {
    ("MHPS", "HEARING"): "Panel hearing",
    ("MPTS", "IOT"): "Interim orders hearing",
    ("MPTS", "HEARING-FACTS"): "Tribunal hearing",
    ("ET", "HEARING"): "Employment tribunal hearing",
    ("IT", "HEARING"): "Industrial tribunal hearing",
    ("UPSW", "HEARING"): "Panel hearing",
    ("MHPS-NI", "HEARING"): "Panel hearing",
    ("SCOT-LOCAL", "HEARING"): "Panel hearing",
    ("INQ", "HEARING"): "Inquest hearing",
    ("ARCP", "APPEAL-STAGE-2"): "Appeal hearing",
}
OFFICE = {
    "GMC": "gmc",
    "LIC": "gmc",
    "MPTS": "mpts",
    "PPA": "nhs_resolution",
    "ARCP": "deanery",
    "INQ": "other",
    "FAI": "other",
}
NO_BODY = {"VISA", "POLICE", "CIVIL", "REPRES"}


def add_processes(world: World, story: Story, next_id: Iterator[int]) -> None:
    """One to three processes. The first is the reason the doctor came."""
    scenario = story.scenario
    codes = [scenario.process] if scenario else _codes(world, story)
    for position, code in enumerate(codes):
        stage = scenario.process_stage if scenario else _stage(world, story, code)
        ended = None if story.is_open or world.chance(0.15) else story.end(world).date()
        facing = Facing(
            id=next(next_id),
            process=code,
            stage=stage,
            body_id=_body_id(world, story, code),
            started_on=story.opened_on - world.days(0, 50) if position == 0 else story.opened_on,
            ended_on=ended,
        )
        story.facing.append(facing)
        world.rows.add(
            CaseProcess,
            id=facing.id,
            case_id=story.id,
            process=code,
            stage=stage,
            organisation_id=facing.body_id,
            started_on=facing.started_on,
            ended_on=ended,
        )


def _codes(world: World, story: Story) -> list[str]:
    weights = dict(MIX)
    if story.is_hot:
        weights["MHPS"] *= 4
    if story.is_trainee:
        weights["ARCP"] = 14
    if story.body.kind == "gp_practice":
        weights |= {"PERF": 25, "MHPS": 0, "GMC": 25}
    if story.body.nation != "england":
        weights |= dict.fromkeys(ENGLAND_ONLY, 0)
    weights |= ELSEWHERE.get(story.body.nation, {})
    codes, shares = list(weights), list(accumulate(weights.values()))
    roll = world.rng.random()
    count = 3 if roll < 0.07 else 2 if roll < 0.38 else 1
    return list(dict.fromkeys(world.rng.choices(codes, cum_weights=shares, k=count)))


def _stage(world: World, story: Story, code: str) -> str:
    stages = world.stages[code]
    if code == "MHPS" and world.chance(0.75 if story.is_hot else 0.2):
        return "EXCL-FORMAL" if world.chance(0.7) else "EXCL-PROLONGED"
    if story.is_open:
        heard = [stage for stage in stages if (code, stage) in HEARINGS]
        if heard and world.chance(0.2):
            return heard[0]
        timed = [stage for stage in stages if (code, stage) in world.rules]
        return world.pick(timed if timed and world.chance(0.5) else stages)
    # In a case that is over, the process has usually ended too.
    usual = [stage for stage in stages if (code, stage) not in world.asides]
    return usual[-1] if world.chance(0.6) else world.pick(stages)


def _body_id(world: World, story: Story, code: str) -> int | None:
    if code in NO_BODY:
        return None
    if code in OFFICE:
        offices = world.offices(OFFICE[code])
        near = [office for office in offices if office.nation == story.body.nation]
        return world.pick(near or offices).id
    return story.body.id if story.is_listed else None
