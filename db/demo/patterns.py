"""Findings and grounds, with three patterns for the heatmap to reveal."""

from collections.abc import Iterator
from itertools import accumulate

from db.choices import DoctorView, Evidence, Stage
from db.demo import words
from db.demo.story import Facing, Story
from db.demo.world import World
from db.models import CaseGround, Finding

CODES = (
    *(f"S{number:02}" for number in range(1, 15)),
    *(f"P{number:02}" for number in range(1, 15)),
    *(f"U{number:02}" for number in range(1, 15)),
)
COMMON = {"P04": 3.0, "P01": 3.2, "S06": 2.6, "U02": 2.4, "P07": 2.2, "S01": 2.2, "U14": 2.0, "S12": 1.8, "P12": 1.8}
RARE = {"P05": 0.9, "U06": 0.35, "U07": 0.25, "S08": 0.4, "S14": 0.4, "P14": 0.5, "S11": 0.6}
SHARES = list(accumulate(COMMON.get(code, RARE.get(code, 1.0)) for code in CODES))
# Codes that only make sense where a doctor is excluded or performance advice is due.
LOCAL_ONLY = {"P05", "P06"}
HOT_SHARES = (("P05", 0.7), ("P04", 0.65), ("P06", 0.2))
COOL_SHARES = (("P05", 0.15), ("P04", 0.15), ("P06", 0.1))
COUNTS, COUNT_SHARES = (1, 2, 3, 4, 5), (14, 38, 66, 87, 100)
EVIDENCE = (Evidence.REPORTED, Evidence.DOCUMENTED, Evidence.CONCEDED, Evidence.FOUND)
EVIDENCE_SHARES = (45, 86, 96, 100)
VIEWS, VIEW_SHARES = (DoctorView.NOT_SHOWN, DoctorView.AGREES, DoctorView.DISAGREES), (30, 94, 100)


def add_grounds(world: World, story: Story) -> None:
    """Grounds alleged: separate from the doctor's own characteristics, and never a guess at them."""
    wanted = {
        "race": 0.55 if story.is_outside_training else 0.1,
        "overseas_qualification": 0.55 if story.is_outside_training else 0.05,
        "sex": 0.12,
        "disability": 0.08,
        "pregnancy_maternity": 0.07 if story.is_trainee else 0.02,
        "less_than_full_time": 0.1 if story.is_trainee else 0.03,
        "age": 0.03,
        "religion_belief": 0.03,
        "sexual_orientation": 0.01,
        "speaking_up": 0.75 if any(facing.process == "FTSU" for facing in story.facing) else 0.1,
    }
    story.grounds = [ground for ground, share in wanted.items() if world.chance(share)]
    for ground in story.grounds:
        world.rows.add(CaseGround, case_id=story.id, ground=ground)


def add_findings(world: World, story: Story) -> None:
    """Findings of a case past review, each code once."""
    if not story.reached(Stage.FINDINGS, Stage.ACTIVE):
        return
    coded_from = story.last_at(Stage.FINDINGS if story.reached(Stage.FINDINGS) else Stage.ACTIVE)
    moments = iter(world.moments(coded_from, story.end(world), 12))
    second = story.second if world.chance(0.75) else None
    for code in _codes(world, story):
        facing = _process_of(world, story, code)
        world.rows.add(
            Finding,
            case_id=story.id,
            code=code,
            case_process_id=facing.id,
            process_stage=_stage_of(world, facing, code),
            evidence=world.rng.choices(EVIDENCE, cum_weights=EVIDENCE_SHARES)[0].value,
            quarter=_quarter(world, story),
            note=world.pick(words.FINDING_NOTES),
            coded_by_id=story.author.id,
            coded_at=next(moments),
            second_coder_id=second.id if second else None,
            doctor_view=world.rng.choices(VIEWS, cum_weights=VIEW_SHARES)[0].value,
        )


def _codes(world: World, story: Story) -> list[str]:
    chosen = dict.fromkeys(_pattern(world, story))
    count = world.rng.choices(COUNTS, cum_weights=COUNT_SHARES)[0]
    local = any(facing.process == "MHPS" for facing in story.facing)
    while len(chosen) < count:
        code = world.rng.choices(CODES, cum_weights=SHARES)[0]
        if local or code not in LOCAL_ONLY:
            chosen[code] = None
    return list(chosen)


def _pattern(world: World, story: Story) -> Iterator[str]:
    """The findings that make up the patterns."""
    if any(facing.process == "MHPS" for facing in story.facing):
        shares = HOT_SHARES if story.is_hot else COOL_SHARES
        yield from (code for code, share in shares if world.chance(share))
    if story.is_outside_training:
        if "race" in story.grounds and world.chance(0.75):
            yield "U06"
        if "overseas_qualification" in story.grounds and world.chance(0.75):
            yield "U07"
    if story.is_trainee and story.specialty == "surgery" and world.chance(0.75):
        yield "S08"


def _process_of(world: World, story: Story, code: str) -> Facing:
    if code in LOCAL_ONLY:
        return next(facing for facing in story.facing if facing.process == "MHPS")
    return story.facing[0] if world.chance(0.75) else world.pick(story.facing)


def _stage_of(world: World, facing: Facing, code: str) -> str:
    if code == "P05":
        return "EXCL-FORMAL"
    stages = world.stages[facing.process]
    return world.pick(stages[: stages.index(facing.stage) + 1])


def _quarter(world: World, story: Story) -> str:
    """When it happened: usually some months before the doctor came."""
    day = story.opened_on - world.days(-10, 120)
    day = min(day, world.today)
    return f"{day.year}Q{(day.month + 2) // 3}"
