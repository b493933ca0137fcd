"""What brings a case to the weekly meeting, and under which heading it is discussed.

Source: docs/domain.md §7. That a month without movement and a quarter without a look in depth are too long is our own
proposal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from db.choices import AgendaSection, AgendaWhy
from db.rules.safety import CRISIS
from db.rules.words import day, many

# Deadlines of ours and hearings that fall within so long; cases on which nothing moved for so long.
NEAR, QUIET_FOR = timedelta(days=28), timedelta(days=28)
# So often the turn of a case comes round to be looked at in depth.
ROTA_WEEKS = 13
# The first meeting looks back so far.
LOOKS_BACK = timedelta(days=28)
# What comes in less than a day before the meeting is late: the agenda had been read by then.
LATE = timedelta(days=1)

SECTION_OF: dict[AgendaWhy, AgendaSection] = {
    AgendaWhy.FLAG: AgendaSection.AT_RISK,
    AgendaWhy.HEARING: AgendaSection.AT_RISK,
    AgendaWhy.LIMIT: AgendaSection.AT_RISK,
    AgendaWhy.CARRIED: AgendaSection.OWED,
    AgendaWhy.OWED: AgendaSection.OWED,
    AgendaWhy.UNALLOCATED: AgendaSection.NEW,
    AgendaWhy.NEW: AgendaSection.NEW,
    AgendaWhy.MISSED: AgendaSection.OVERDUE,
    AgendaWhy.STALLED: AgendaSection.OVERDUE,
    AgendaWhy.CHASE: AgendaSection.OVERDUE,
    AgendaWhy.UPDATE: AgendaSection.OVERDUE,
    AgendaWhy.ACTION: AgendaSection.OVERDUE,
    AgendaWhy.HELP: AgendaSection.HELP,
    AgendaWhy.MARKED: AgendaSection.MARKED,
    AgendaWhy.ADDED: AgendaSection.MARKED,
    AgendaWhy.QUIET: AgendaSection.QUIET,
    AgendaWhy.ROTA: AgendaSection.IN_DEPTH,
    AgendaWhy.CLOSING: AgendaSection.CLOSING,
}
ORDER = {section: place for place, section in enumerate(AgendaSection)}
# A meeting takes at most so long.
LONGEST_MINUTES = 75
# Minutes for an item, as long as nobody sets others.
USUAL_MINUTES = {AgendaSection.IN_DEPTH: 7, AgendaSection.AT_RISK: 4}
ELSE_MINUTES = 3
# What is to be decided, as long as nobody asks anything else.
QUESTIONS = {
    AgendaSection.OWED: "Was it done? If not, who does it by when?",
    AgendaSection.AT_RISK: "Is the doctor safe, and who does what before the day?",
    AgendaSection.NEW: "Who takes it on, and what is the first step?",
    AgendaSection.OVERDUE: "What holds it up, and what is the next step?",
    AgendaSection.HELP: "Who can help?",
    AgendaSection.MARKED: "What do we decide?",
    AgendaSection.QUIET: "What would move it, or is our part done?",
    AgendaSection.IN_DEPTH: "Is everything done that should be?",
    AgendaSection.CLOSING: "Is our part done, and may we learn from it?",
}
TOPICS = {
    AgendaSection.PATTERNS: "Patterns that changed, and coding that people disagree on",
    AgendaSection.WORKLOAD: "Who has room, who needs a rest, debriefs that are owed",
    AgendaSection.SIGN: "Approvals, matches, releases and outputs that wait for a lead",
}


@dataclass(frozen=True)
class Reason:
    """`on` is the day it is about; `row` the row whose own words say more: an entry, a mark or an action; `code` a
    flag."""

    why: AgendaWhy
    on: date | None = None
    row: int | None = None
    code: str = ""


def section_of(reasons: Iterable[Reason]) -> AgendaSection:
    """A case stands once, where the most urgent of its reasons puts it: a doctor at risk before all else. That it was
    not reached last time moves it only if nothing else does."""
    told = {reason.why for reason in reasons}
    sections = {SECTION_OF[why] for why in (told - {AgendaWhy.CARRIED} or told)}
    if AgendaSection.AT_RISK in sections:
        return AgendaSection.AT_RISK
    return min(sections, key=ORDER.__getitem__)


def urgency(reasons: Iterable[Reason]) -> tuple[bool, bool, date]:
    """Within a section: a doctor in crisis first, then other urgent flags, then the nearest day."""
    told = list(reasons)
    flags = {reason.code for reason in told if reason.why is AgendaWhy.FLAG}
    days = [reason.on for reason in told if reason.on is not None]
    return CRISIS not in flags, not flags, min(days, default=date.max)


def is_turn(opened_on: date, held_on: date) -> bool:
    """Whether the rota comes to a case in the week of a meeting. It goes by the case alone, so that nobody can work out
    from one case that another was passed over."""
    weeks = (held_on - opened_on).days // 7
    return weeks > 0 and weeks % ROTA_WEEKS == 0


def usual_minutes(section: AgendaSection) -> int:
    return USUAL_MINUTES.get(section, ELSE_MINUTES)


def in_words(reason: Reason, held_on: date, flags: Mapping[str, str], said: str = "") -> str:
    """Why a case is there, as a phrase with its day and how long that is; `said` are the words of the row."""
    on = reason.on
    since = f", {many((held_on - on).days, 'day')}" if on and on < held_on else ""
    match reason.why:
        case AgendaWhy.FLAG:
            phrase = flags.get(reason.code, reason.code)
            return f"{phrase} since {day(on)}" if on else phrase
        case AgendaWhy.HEARING | AgendaWhy.LIMIT:
            return f"{reason.why.label} on {day(on)}, in {many((on - held_on).days, 'day')}" if on else reason.why.label
        case AgendaWhy.NEW:
            return f"New since {day(on)}" if on else reason.why.label
        case AgendaWhy.ROTA:
            return f"Its turn: once in {ROTA_WEEKS} weeks"
        case AgendaWhy.HELP | AgendaWhy.MARKED | AgendaWhy.OWED | AgendaWhy.ADDED:
            told = f"{reason.why.label}, due {day(on)}" if reason.why is AgendaWhy.OWED and on else reason.why.label
            return f"{told}: {said}" if said else told
        case AgendaWhy.CARRIED:
            return f"Carried over from {day(on)}" if on else reason.why.label
        case _:
            return f"{reason.why.label} since {day(on)}{since}" if on else reason.why.label


def as_kept(reasons: Iterable[Reason]) -> dict[str, list[dict[str, str | int]]]:
    """As it stands in the database: JSON."""
    kept: list[dict[str, str | int]] = []
    for reason in reasons:
        one: dict[str, str | int] = {"why": reason.why.value}
        if reason.on:
            one["on"] = reason.on.isoformat()
        if reason.row is not None:
            one["row"] = reason.row
        if reason.code:
            one["code"] = reason.code
        kept.append(one)
    return {"reasons": kept}


def as_reasons(kept: Mapping[str, list[Mapping[str, str | int]]]) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            AgendaWhy(str(one["why"])),
            date.fromisoformat(str(one["on"])) if "on" in one else None,
            int(one["row"]) if "row" in one else None,
            str(one.get("code", "")),
        )
        for one in kept.get("reasons", [])
    )
