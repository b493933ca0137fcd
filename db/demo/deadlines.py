"""Deadlines prompted by the rules of a case's processes: ours and theirs, met, missed, paused or lapsed."""

from datetime import date, timedelta

from db.choices import DeadlineKind, Stage, Whose
from db.demo.facing import HEARINGS
from db.demo.story import Facing, Story
from db.demo.world import World
from db.models import Deadline, TimeRule
from db.rules.clock import Unit
from db.rules.time_rules import WITHDRAWN, rule_date

# Rules that must not prompt by themselves: superseded, or later than the working date.
LEFT_OUT = {
    *("ET-ACAS-6W", "ET-PRIMARY-6M", "ET-CONTRACT-3M", "ET-EQUAL-PAY-6M", "ET-SERVICE-6M"),
    *("SAR-EXTENDED-3M", "GMC-FIVE-YEARS", "GMC-RULE-12-2Y", "MPTS-RESTORATION-5Y"),
}
ROUGH_DAYS = {
    Unit.CALENDAR_DAYS: 1.0,
    Unit.WORKING_DAYS: 1.42,
    Unit.WEEKS: 7.0,
    Unit.MONTHS: 30.4,
    Unit.MONTHS_LESS_A_DAY: 30.4,
    Unit.YEARS: 365.2,
    Unit.UK_WORKING_DAYS: 1.45,
}
LETTERS = ("Reply to the letter", "Names of witnesses", "Comments on the notes", "Answer to the offer")
CONFIRMERS = ("Union adviser", "Defence organisation", "Solicitor")


def add_deadlines(world: World, story: Story) -> None:
    """Deadlines by rule, some ours and some theirs, some met, missed or lapsed."""
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
    fit = [rule for rule in rules if rule.code not in LEFT_OUT and rule.valid_to != WITHDRAWN]
    if rules and story.is_open and story.scenario is None:
        fit = [rule for rule in fit if rule.counting != "backwards"]
    return fit


def _add_local(world: World, story: Story) -> None:
    """A date from a letter, without a rule, which the doctor must meet and sometimes misses."""
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
        due = rule_date(rule, hearing, nation=story.body.nation) if rule.counting == "backwards" else None
        if due is None:
            continue
        met = due - timedelta(days=1) if due < world.today and world.chance(0.8) else None
        _write(world, story, facing, rule.label, due, rule=rule, trigger=hearing, met=met)


def _add_by_rule(world: World, story: Story, facing: Facing, rule: TimeRule) -> None:
    length = rule.amount * ROUGH_DAYS[Unit(rule.unit)]
    aim = _aim(world, story, rule)
    trigger = min(aim - timedelta(days=round(length)), world.today)
    due = rule_date(rule, trigger, nation=story.body.nation)
    ours = rule.whose is Whose.OURS
    met = lapsed = None
    if not story.is_open:
        # A window closes by itself: nobody meets it.
        if rule.whose is not Whose.WINDOW and world.chance(0.85):
            # Organisations are late more often than doctors.
            late = not ours and world.chance(0.4)
            met = min(due + (world.days(1, 40) if late else -world.days(0, 6)), world.today)
        else:
            lapsed = story.end(world).date()
    elif rule.whose is Whose.WINDOW:
        pass
    elif due < world.today and story.scenario is None and world.chance(0.5 if ours else 0.45):
        met = due - world.days(0, 4)
    live = met is None and lapsed is None
    stopped = trigger + timedelta(days=20) if live and rule.paused_by and facing.id % 3 == 0 else None
    written = _write(
        world,
        story,
        facing,
        rule.label,
        due,
        rule=rule,
        trigger=trigger,
        met=met,
        lapsed=lapsed,
        stopped=stopped if stopped and stopped < world.today else None,
    )
    if live and story.is_open and rule.next_rule == rule.code:
        _add_reviews(world, story, facing, rule, written, due)
    left = (due - world.today).days
    if story.is_open and ours and met is None and rule.kind is DeadlineKind.STATUTORY and 0 <= left <= 28:
        story.flags.add("LIMIT")


def _add_reviews(world: World, story: Story, facing: Facing, rule: TimeRule, previous: int, due: date) -> None:
    """A missed review stays missed, and the next one follows."""
    while due < world.today:
        trigger, due = due, rule_date(rule, due, nation=story.body.nation)
        previous = _write(world, story, facing, rule.label, due, rule=rule, trigger=trigger, previous=previous)


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
    stopped: date | None = None,
    previous: int | None = None,
) -> int:
    """Adds a deadline, with the other regime's date if one may apply. Returns its id."""
    others = world.rules.get((rule.process, rule.stage), []) if rule and trigger else []
    other = next((one for one in others if rule and one.alternative_to == rule.code), None)
    key = next(world.deadline_ids)
    if rule and trigger and rule.stage == facing.stage and rule.counting != "backwards":
        facing.triggers.append(trigger)
    kind = rule.kind if rule else kind or DeadlineKind.LOCAL
    whose = rule.whose if rule else whose or Whose.OURS
    live = met is None and lapsed is None
    confirmed = whose is Whose.OURS and world.chance(0.35) and not story.scenario
    planned = live and whose is Whose.OURS and world.chance(0.6) and not story.scenario
    world.rows.add(
        Deadline,
        id=key,
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
        plan="Draft agreed with the doctor; the adviser will file it." if planned else None,
        met_on=met,
        lapsed_on=lapsed,
        lapsed_reason="The process ended first." if lapsed else None,
        rule_due_on=due if rule and trigger else None,
        may_apply_rule=other.code if other else None,
        may_apply_on=rule_date(other, trigger, nation=story.body.nation) if other and trigger else None,
        paused_from=stopped,
        previous_id=previous,
    )
    return key
