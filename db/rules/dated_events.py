"""What a doctor tells of with its day, and the deadlines that starts (`db/reference/dated_events.csv`). Pure rules."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from db.rules.nations import Scope, is_offered
from db.rules.time_rules import Rules, WorkedOut, work_out

STAGE, OUTCOME = "stage", "outcome"
MEETING, HEARING, LIMIT = "meeting", "hearing", "limit"


@dataclass(frozen=True)
class DatedEvent:
    """`process` is None for what may happen in any. `place` and `value` say where else such a day is recorded: the
    stage that begins with it, or outcomes. `rules` count from its day. With `as_date`, the day itself is a deadline:
    a meeting, a hearing, or a limit that somebody was told."""

    code: str
    process: str | None
    place: str | None
    value: str | None
    label: str
    rules: tuple[str, ...]
    as_date: str | None


def tellable(events: Iterable[DatedEvent], processes: Collection[str]) -> list[DatedEvent]:
    """What a doctor who faces these processes may tell of; what belongs to no process comes last."""
    mine = [event for event in events if event.process is None or event.process in processes]
    return sorted(mine, key=lambda event: event.process is None)


def rules_begun(events: Iterable[DatedEvent], *, process: str, place: str, value: str) -> list[str]:
    """The codes of the rules that count from the day a process reached this stage, or had this outcome."""
    found = [
        code
        for event in events
        if event.place == place and value in (event.value or "").split() and event.process in (None, process)
        for code in event.rules
    ]
    return list(dict.fromkeys(found))


def started(
    rules: Rules, scopes: Mapping[str, Scope], codes: Iterable[str], day: date, *, nation: str
) -> list[WorkedOut]:
    """The deadlines that these rules start on that day, the first due first: those of the nation, in force that day."""
    found: dict[str, WorkedOut] = {}
    for code in codes:
        if code in rules and is_offered(scopes.get(rules[code].process, ()), nation):
            out = work_out(rules, code, day, nation=nation)
            if out is not None:
                found.setdefault(out.rule.code, out)
    return sorted(found.values(), key=lambda out: (out.due_on, out.rule.code))
