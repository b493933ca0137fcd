"""What a time rule prompts for a day: which rule is in force, pauses, the other regime, and the rules that follow.

Pure functions over dated rows (`db/reference/time_rules.csv`). Each row names its source. For how Acas conciliation
pauses the tribunal clock see docs/domain.md §1.4, row 3. If the law can be read in two ways, the earlier date is used,
and the screen says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from db.rules.clock import Unit, due_date, next_working_day, notice_date

SERVICE, RECEIPT = "service", "receipt"
ROLLED = "rolled"
MONTHLY = (Unit.MONTHS, Unit.YEARS)
# A rule that was never right: no trigger is as old, so that it gives no date, and leads are asked about those it gave.
WITHDRAWN = date(1900, 1, 1)
# The most reviews made at a time, for a chain that was forgotten for years.
MOST_LINKS = 60
NUMBERS = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
NATIONS = {"wales": "Wales", "scotland": "Scotland", "northern_ireland": "Northern Ireland"}


class Counted(Protocol):
    """What counting a limit needs of a rule."""

    @property
    def amount(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def counting(self) -> str: ...
    @property
    def whose(self) -> str: ...


@dataclass(frozen=True)
class Rule:
    """A time rule as forms and the clock use it.

    `counting` is after, inclusive, backwards, or rolled: after, and on to the next working day. `counts_by` is service,
    receipt or nothing (another event). `alternative_to` is the rule of the other regime. `next_rule` follows when this
    one is met or missed, while the process is at one of the stages `runs_in` (any, if empty). `paused_by` is the stage
    of the same process that pauses the clock, whose rules say for how long at most; `least_after` is the rule for the
    time left afterwards. `spans` is "stage" if the limit is for the whole stage, from its first day to its last.
    """

    code: str
    process: str
    stage: str
    label: str
    amount: int
    unit: str
    counts_from: str
    counting: str
    text: str
    source: str
    checked_on: date
    certainty: str
    kind: str
    whose: str
    valid_from: date | None = None
    valid_to: date | None = None
    alternative_to: str | None = None
    next_rule: str | None = None
    runs_in: str = ""
    paused_by: str | None = None
    least_after: str | None = None
    counts_by: str | None = None
    spans: str | None = None


Rules = Mapping[str, Rule]


@dataclass(frozen=True)
class Pause:
    """A clock that was paused from `begun` to `ended`; None while it is still paused."""

    begun: date
    ended: date | None = None


@dataclass(frozen=True)
class WorkedOut:
    """`due_on` is the working date, the earliest of the regimes; `rule_due_on` is that date without any pause."""

    rule: Rule
    rule_due_on: date
    due_on: date
    may_apply: tuple[Rule, date] | None = None


def rule_date(rule: Counted, trigger: date, *, nation: str) -> date:
    """The date a rule gives by itself: counted from the day after the trigger or, where the rule says so, from the
    trigger itself, backwards from it, or on to the next working day."""
    return _ended(rule, _counted(rule, trigger, nation), nation)


def _counted(rule: Counted, trigger: date, nation: str) -> date:
    unit = Unit(rule.unit)
    if rule.counting == "backwards":
        return notice_date(trigger, rule.amount, unit, nation=nation)
    due = due_date(trigger, rule.amount, unit, nation=nation)
    if rule.counting != "inclusive":
        return due
    # Months that begin on the 31st have no day before the 31st of a shorter month: the organisation then has all of it.
    if unit in MONTHLY and due.day < trigger.day and rule.whose != "ours":
        return due
    return due - timedelta(days=1)


def _ended(rule: Counted, due: date, nation: str) -> date:
    return next_working_day(due, nation=nation) if rule.counting == ROLLED else due


def in_force(rule: Rule, day: date) -> bool:
    return (rule.valid_from is None or rule.valid_from <= day) and (rule.valid_to is None or day <= rule.valid_to)


def regimes(rules: Rules, code: str, day: date) -> list[Rule]:
    """Those of the rule and its alternatives that are in force on that day."""
    first = rules[code].alternative_to or code
    family = [rule for rule in rules.values() if first in (rule.code, rule.alternative_to)]
    return [rule for rule in family if in_force(rule, day)]


def work_out(rules: Rules, code: str, trigger: date, *, nation: str, pause: Pause | None = None) -> WorkedOut | None:
    """The working date; None if neither the rule nor an alternative was in force on the trigger day."""
    found = []
    for rule in regimes(rules, code, trigger):
        plain = rule_date(rule, trigger, nation=nation)
        paused = plain if pause is None else after_pause(rules, rule, plain, trigger, pause, nation=nation)
        found.append((paused, rule.code, plain, rule))
    if not found:
        return None
    (due, _, plain, rule), *others = sorted(found, key=lambda one: one[:2])
    may_apply = next(((other, later) for later, _, _, other in others), None)
    return WorkedOut(rule, plain, due, may_apply)


def after_pause(rules: Rules, rule: Rule, due: date, trigger: date, pause: Pause, *, nation: str) -> date:
    """The date after a pause: the days after its first day until its last do not count, and the time that must be left
    afterwards is added if need be. Never earlier than `due`, which stays until the pause has ended, and if it began too
    late or ended before the clock started.
    """
    if rule.paused_by is None or pause.ended is None or pause.begun > due:
        return due
    last = pause_end(rules, rule, pause.begun, nation=nation)
    ended = min(pause.ended, last) if last else pause.ended
    if ended < max(trigger, pause.begun):
        return due
    later = _ended(rule, _counted(rule, trigger, nation) + (ended - max(pause.begun, trigger)), nation)
    least = rules.get(rule.least_after or "")
    return max(later, rule_date(least, ended, nation=nation)) if least else later


def pause_end(rules: Rules, rule: Rule, begun: date, *, nation: str) -> date | None:
    """The last possible day of a pause that began then, by the rules in force that day; None if no rule limits it."""
    limits = [
        rule_date(other, begun, nation=nation)
        for other in rules.values()
        if (other.process, other.stage) == (rule.process, rule.paused_by) and in_force(other, begun)
    ]
    return min(limits, default=None)


def links(rules: Rules, code: str, trigger: date, today: date, *, nation: str) -> Iterator[tuple[Rule, date, date]]:
    """(rule, trigger, due) of the reviews that follow one due on `trigger`, up to the first that is not past."""
    following = rules[code].next_rule
    for _ in range(MOST_LINKS):
        if following is None:
            return
        out = work_out(rules, following, trigger, nation=nation)
        rule = out.rule if out else rules[following]
        due = out.due_on if out else rule_date(rule, trigger, nation=nation)
        yield rule, trigger, due
        if due >= today:
            return
        following, trigger = rule.next_rule, due


def counted_from(rule: Rule, sent: date | None, received: date | None) -> tuple[date, str] | None:
    """(the day to count from, why in words) for a rule that counts from service or receipt; None without either day.

    What counts as service is not settled here. Our own limit counts from the earlier known day, so that no right is
    lost; the organisation's counts from the later, so that no complaint about it is unfair, and so does a window,
    which then is not taken for closed too early.
    """
    known = sorted(day for day in (sent, received) if day)
    if not known:
        return None
    if rule.counts_by == RECEIPT and received:
        return received, "the day it was received, as the rule says"
    if rule.whose == "ours":
        why = "the day it was sent" if known[0] == sent else "the day it was received"
        return known[0], f"{why}, the earliest day known; the day of {rule.counts_by} itself is not confirmed"
    why = "the day it was received" if known[-1] == received else "the day it was sent"
    return known[-1], f"{why}, the latest day known; the day of {rule.counts_by} itself is not confirmed"


def in_words(rule: Rule, trigger: date, due: date, *, nation: str) -> str:
    """“Three months less a day from 3 March 2026 is 2 June 2026.”"""
    many = NUMBERS[rule.amount] if rule.amount < len(NUMBERS) else str(rule.amount)
    # “months less a day” is the only unit that does not end in its noun.
    unit = Unit(rule.unit).label
    unit = unit.replace("s", "", 1) if rule.amount == 1 and unit.startswith("months ") else unit
    unit = unit.removesuffix("s") if rule.amount == 1 else unit
    way = "before" if rule.counting == "backwards" else "from"
    first = ", that day counted as the first," if rule.counting == "inclusive" else ""
    days = ""
    if Unit(rule.unit) is Unit.WORKING_DAYS:
        days = f" Weekends and the bank holidays of {NATIONS.get(nation, 'England')} are left out."
    if Unit(rule.unit) is Unit.UK_WORKING_DAYS:
        days = " Weekends and the bank holidays of every nation are left out."
    last = _counted(rule, trigger, nation)
    if rule.counting == ROLLED and last < due:
        days += f" As {last:%-d %B} is no working day, it ends on the next one, {due:%-d %B %Y}."
        due = last
    return f"{many} {unit} {way} {trigger:%-d %B %Y}{first} is {due:%-d %B %Y}.{days}"
