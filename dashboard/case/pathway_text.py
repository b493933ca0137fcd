"""What a process strip says about each stage: its days, the limits of the rules, and what was done by when."""

from dashboard.ui import text
from db import clock
from db.choices import Certainty, DeadlineKind, Whose
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CaseDeadline
from db.queries.reference import Reference
from db.rules.clock import Unit
from db.rules.pathways import Spell, length, over_by
from db.rules.time_rules import Rule, Rules, in_force, rule_date

UNTOLD = "day not recorded"


def days(spell: Spell) -> str:
    """“3 Mar to 9 May 2026, 9 weeks”; a day that was never recorded is never shown as one."""
    first = first_day(spell)
    lasted = spell.days(clock.today())
    if spell.until is None:
        if not spell.is_exact:
            return f"{first}, known since {text.day(spell.since)}"
        return f"since {first}{f', {length(lasted)} so far' if lasted is not None else ''}"
    last = text.day(spell.until) if spell.until_is_exact else UNTOLD
    return f"{first} to {last}{f', {length(lasted)}' if lasted is not None else ''}"


def first_day(spell: Spell) -> str:
    return text.day(spell.since) if spell.is_exact else UNTOLD


def rules_of_stage(rules: Rules, process: str, spell: Spell, nation: str) -> list[Rule]:
    """The rules in force when the stage began, the shortest first, without the later of two regimes."""
    day = spell.since
    found = [rule for rule in rules.values() if (rule.process, rule.stage) == (process, spell.stage)]
    found = [rule for rule in found if in_force(rule, day)]
    codes = {rule.code for rule in found}
    return sorted(
        (rule for rule in found if rule.alternative_to not in codes),
        key=lambda rule: (rule.counting == "backwards", rule_date(rule, day, nation=nation), rule.code),
    )


def limit(rule: Rule, *, source: bool = False) -> str:
    """“Review before renewal: 4 weeks from the start of each period”, with how certain that is."""
    unit = Unit(rule.unit).label
    if rule.amount == 1:
        unit = unit.replace("s", "", 1) if unit.startswith("months ") else unit.removesuffix("s")
    way = "before" if rule.counting == "backwards" else "from"
    said = f"{text.plain(rule.label)}: {rule.amount} {unit} {way} {text.plain(rule.counts_from)}"
    said += " (a target, not a limit)" if rule.kind == DeadlineKind.TYPICAL else ""
    said += " (a window that closes)" if rule.whose == Whose.WINDOW else ""
    said += "" if rule.certainty == Certainty.CONFIRMED else " :orange-badge[unconfirmed]"
    if source:
        said += f"  \n:gray[Source: {text.plain(rule.source)}, checked {text.day(rule.checked_on)}]"
    return said


def lasted(case: CaseDetail, rule: Rule, spell: Spell) -> str:
    """How the length of the stage compares with the rule; empty where a day is not known or no rule limits it."""
    today = clock.today()
    over = over_by(rule, spell, today, nation=case.nation)
    if over is None:
        return ""
    if rule.whose == Whose.WINDOW:
        return f"{length(over)} past the day it closed" if over > 0 else ""
    what = "target" if rule.kind == DeadlineKind.TYPICAL else "limit"
    if over <= 0:
        return f"within the {what} so far" if spell.until is None else f"within the {what}"
    return f"**{length(over)} over the {what}**, if it counts from the day this stage began"


def done(row: CaseDeadline) -> str:
    """What became of one deadline: “was due 1 Sep 2026, met 5 Sep 2026, 4 days later”."""
    name = f"{text.plain(row.name)} ({row.whose.label.lower()})"
    due = f"was due {text.day(row.due_on)}"
    if row.met_on:
        after = (row.met_on - row.due_on).days
        met = f"**{length(after)} later**" if after > 0 else "on time"
        return f"{name}: {due}, met {text.day(row.met_on)}, {met}"
    if row.lapsed_on:
        return f"{name}: due {text.day(row.due_on)}, {lapsed(row)}"
    past = (clock.today() - row.due_on).days
    if row.is_window:
        return f"{name}: {f'closed {text.day(row.due_on)}' if past > 0 else f'**closes {text.due(row.due_on)}**'}"
    if past > 0:
        said = "not done" if row.whose == Whose.BODY else "missed"
        return f"{name}: {due}, **{said}, {length(past)} past**"
    return f"{name}: **{text.due(row.due_on)}**"


def lapsed(row: CaseDeadline) -> str:
    """“no longer applies”, and the reason."""
    return f"no longer applies: {text.plain(row.lapsed_reason)}" if row.lapsed_reason else "no longer applies"


def deadlines_of(
    case: CaseDetail, reference: Reference, process_id: int, stage: str, *, is_now: bool
) -> list[CaseDeadline]:
    """The deadlines whose rule belongs to the stage; those without a rule belong to the stage the process is at."""
    found = []
    for row in case.deadlines:
        rule = reference.rules.get(row.rule or "")
        fits = rule.stage == stage if rule else is_now
        if row.case_process_id == process_id and fits:
            found.append(row)
    return sorted(found, key=lambda row: (row.due_on, row.id))
