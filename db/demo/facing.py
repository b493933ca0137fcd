"""What a case faces: processes at a stage, and the deadlines their rules prompt."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate

from db.choices import DeadlineKind, Stage, Whose
from db.commands.deadlines import working_date
from db.demo.story import Facing, Story
from db.demo.world import World
from db.models import CaseProcess, Deadline, TimeRule
from db.rules.clock import Unit

MIX = {
    "MHPS": 30, "GMC": 16, "ET": 10, "GRIEV": 12, "FTSU": 8, "PSII": 5, "SICK": 6, "SAR": 4, "INQ": 3,
    "RO": 3, "MPTS": 3, "PPA": 2, "CIVIL": 1, "REPRES": 1, "VISA": 1, "LIC": 1, "POLICE": 0.5,
}  # fmt: skip
ENGLAND_ONLY = {"MHPS", "FTSU", "PSII", "PERF"}
# Rules that must not prompt by themselves: superseded, or later than the date to work to.
LEFT_OUT = {"ET-ACAS-6W", "ET-PRIMARY-6M", "ET-CONTRACT-3M", "SAR-EXTENDED-3M", "GMC-FIVE-YEARS"}
HEARINGS = {
    ("MHPS", "HEARING"): "Panel hearing",
    ("MPTS", "IOT"): "Interim orders hearing",
    ("MPTS", "HEARING-FACTS"): "Tribunal hearing",
    ("ET", "HEARING"): "Employment tribunal hearing",
    ("INQ", "HEARING"): "Inquest hearing",
    ("ARCP", "APPEAL-STAGE-2"): "Appeal hearing",
}
OFFICE = {
    "GMC": "gmc", "LIC": "gmc", "MPTS": "mpts", "PPA": "nhs_resolution", "ARCP": "deanery", "INQ": "other",
    "FAI": "other",
}  # fmt: skip
NO_BODY = {"VISA", "POLICE", "CIVIL", "REPRES"}
ROUGH_DAYS = {
    Unit.CALENDAR_DAYS: 1.0,
    Unit.WORKING_DAYS: 1.42,
    Unit.WEEKS: 7.0,
    Unit.MONTHS: 30.4,
    Unit.MONTHS_LESS_A_DAY: 30.4,
    Unit.YEARS: 365.2,
}
LETTERS = ("Reply to the letter", "Names of witnesses", "Comments on the notes", "Answer to the offer")
CONFIRMERS = ("Union adviser", "Defence organisation", "Solicitor")


def add_processes(world: World, story: Story, next_id: Iterator[int]) -> None:
    """One to three processes, the first the one that brought the doctor."""
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
    if story.body.nation == "scotland":
        weights |= {"INQ": 0, "FAI": 3}
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
    # A case that is over has mostly seen its process to the end.
    return stages[-1] if world.chance(0.6) else world.pick(stages)


def _body_id(world: World, story: Story, code: str) -> int | None:
    if code in NO_BODY:
        return None
    if code in OFFICE:
        offices = world.offices(OFFICE[code])
        near = [office for office in offices if office.nation == story.body.nation]
        return world.pick(near or offices).id
    return story.body.id if story.is_listed else None


def add_deadlines(world: World, story: Story) -> None:
    """Deadlines by rule, some ours and some the body's, some met, missed or lapsed."""
    if story.is_open and not story.scenario and story.reached(Stage.REVIEW) and world.chance(0.3):
        _add_local(world, story)
    for position, facing in enumerate(story.facing):
        name = HEARINGS.get((facing.process, facing.stage))
        if name and story.is_open:
            _add_hearing(world, story, facing, name)
        rules = _rules(world, story, facing)
        for rule in rules[: 2 if story.is_open else 1]:
            told = story.scenario is not None and position == 0
            if told or world.chance(0.85 if story.is_open else 0.6):
                _add_by_rule(world, story, facing, rule)


def _rules(world: World, story: Story, facing: Facing) -> list[TimeRule]:
    rules = world.rules.get((facing.process, facing.stage), [])
    if not rules and not story.is_open:
        rules = world.rules.get((facing.process, world.pick(world.stages[facing.process])), [])
    fit = [rule for rule in rules if rule.code not in LEFT_OUT]
    if rules and story.is_open and story.scenario is None:
        fit = [rule for rule in fit if rule.counting != "backwards"]
    return fit


def _add_local(world: World, story: Story) -> None:
    """A day named in a letter, by no rule: to be met by the doctor, and sometimes missed."""
    due = world.today + (-world.days(1, 15) if world.chance(0.35) else world.days(1, 35))
    met = due if due < world.today and world.chance(0.4) else None
    name = world.pick(LETTERS)
    _write(world, story, story.facing[0], name, due, kind=DeadlineKind.LOCAL, whose=Whose.OURS, met=met)


def _add_hearing(world: World, story: Story, facing: Facing, name: str) -> None:
    hearing = world.today + world.days(2, 45)
    if story.scenario and story.scenario.due_in:
        hearing = world.today + timedelta(days=story.scenario.due_in)
    _write(world, story, facing, name, hearing, kind=DeadlineKind.LOCAL, whose=Whose.OURS, is_hearing=True)
    if (hearing - world.today).days <= 14:
        story.flags.add("HEARING")
    for rule in world.rules.get((facing.process, facing.stage), []):
        due = working_date(rule, hearing, nation=story.body.nation) if rule.counting == "backwards" else None
        if due is None:
            continue
        met = due - timedelta(days=1) if due < world.today and world.chance(0.8) else None
        _write(world, story, facing, rule.label, due, rule=rule, trigger=hearing, met=met)


def _add_by_rule(world: World, story: Story, facing: Facing, rule: TimeRule) -> None:
    length = rule.amount * ROUGH_DAYS[Unit(rule.unit)]
    aim = _aim(world, story, rule)
    trigger = min(aim - timedelta(days=round(length)), world.today)
    due = working_date(rule, trigger, nation=story.body.nation)
    ours = rule.whose is Whose.OURS
    met = lapsed = None
    if not story.is_open:
        if world.chance(0.85):
            # Bodies are late more often than doctors.
            late = not ours and world.chance(0.4)
            met = min(due + (world.days(1, 40) if late else -world.days(0, 6)), world.today)
        else:
            lapsed = story.end(world).date()
    elif due < world.today and story.scenario is None and world.chance(0.5 if ours else 0.45):
        met = due - world.days(0, 4)
    _write(world, story, facing, rule.label, due, rule=rule, trigger=trigger, met=met, lapsed=lapsed)
    left = (due - world.today).days
    if story.is_open and ours and met is None and rule.kind is DeadlineKind.STATUTORY and 0 <= left <= 28:
        story.flags.add("LIMIT")


def _aim(world: World, story: Story, rule: TimeRule) -> date:
    """Roughly when the deadline should fall due."""
    ours = rule.whose is Whose.OURS
    told = story.scenario
    if told and ours and told.due_in is not None:
        return world.today + timedelta(days=told.due_in)
    if told and not ours and told.body_due_in is not None:
        return world.today + timedelta(days=told.body_due_in)
    if not story.is_open:
        return (story.received + (story.end(world) - story.received) * world.rng.random()).date()
    if ours:
        return world.today + (-world.days(1, 20) if world.chance(0.22) and not told else world.days(2, 50))
    return world.today + (-world.days(1, 40) if world.chance(0.3) and not told else world.days(3, 100))


def _write(
    world: World,
    story: Story,
    facing: Facing,
    name: str,
    due: date,
    *,
    rule: TimeRule | None = None,
    trigger: date | None = None,
    kind: DeadlineKind | None = None,
    whose: Whose | None = None,
    is_hearing: bool = False,
    met: date | None = None,
    lapsed: date | None = None,
) -> None:
    kind = rule.kind if rule else kind or DeadlineKind.LOCAL
    whose = rule.whose if rule else whose or Whose.OURS
    live = met is None and lapsed is None
    confirmed = whose is Whose.OURS and world.chance(0.35) and not story.scenario
    planned = live and whose is Whose.OURS and world.chance(0.6) and not story.scenario
    world.rows.add(
        Deadline,
        case_id=story.id,
        case_process_id=facing.id,
        name=name,
        due_on=due,
        rule=rule.code if rule else None,
        trigger_on=trigger,
        kind=kind.value,
        whose=whose.value,
        is_hearing=is_hearing,
        confirmed_by=world.pick(CONFIRMERS) if confirmed else None,
        confirmed_at=min(story.received + timedelta(days=3), world.now) if confirmed else None,
        plan="Draft agreed with the doctor; the adviser files it." if planned else None,
        met_on=met,
        lapsed_on=lapsed,
        lapsed_reason="The process ended first." if lapsed else None,
    )
