"""Leadership's numbers in words, for the page and for the pack: each with its unit, its n and how it was counted."""

from collections import Counter
from collections.abc import Callable, Iterator

from dashboard.reports.document import Row, Section
from dashboard.store import Load
from db.queries.counting_changes import CountingChanges, TermChange
from db.queries.leadership import CaseworkOf, Leadership, Wellbeing
from db.queries.reference import Reference
from db.queries.releases import Totals
from db.rules.disclosure import LEGEND
from db.rules.limits import Limits
from db.rules.periods import period_of
from db.rules.spread import Share, Spread
from db.rules.words import day, many

CHANGED = "What changed in the counting"
MOST_TERMS = 12
NOT_FOR_SHARING = "Not for sharing: exact numbers, for leads only, of the cases that you may see."
CASES_BROUGHT = "These are cases brought to us. They are no rate, and nothing here ranks or names a volunteer."
REST_IS_FOR_LEADS = (
    "These are the numbers that passed a release: reviewed by one lead and signed by a second. Times, limits, "
    "outcomes and workload are in no release; they are for leads."
)
THEIRS = (
    "Deadlines of organisations that fell due in the period: met late, or not met. Put down to whoever runs the "
    "process, else to the organisation of the case, by its kind."
)
OUTCOMES = "Outcomes dated in the period, as corrected since; a process may have several."
Value = Callable[[CaseworkOf], str]


def ours(found: Leadership, limits: Limits) -> tuple[Section, ...]:
    """Our own work over three periods."""
    three = _three(found)
    columns = tuple(map(_head, three))

    def over(label: str, value: Value, method: str) -> Row:
        return Row(label, tuple(value(each) for each in three), method)

    return (
        Section("Caseload", columns, tuple(over(*line) for line in _caseload(limits))),
        Section("How long doctors wait", columns, tuple(over(*line) for line in _waits())),
        Section("Our time limits", columns, (over(*OURS),)),
    )


def theirs(found: Leadership, words: Reference) -> tuple[Section, ...]:
    """What organisations did over three periods."""
    three = _three(found)
    columns = tuple(map(_head, three))
    return (
        Section("Organisations past their limits", columns, tuple(_bodies(three, words)), THEIRS),
        Section("What processes came to", columns, tuple(_outcomes(three, words)), OUTCOMES),
    )


def _three(found: Leadership) -> tuple[CaseworkOf, ...]:
    return found.now, found.before, found.year_before


def today(load: Load, care: Wellbeing) -> Section:
    """What is so today, of everybody together."""

    def of_people(count: int) -> tuple[str]:
        return (f"{count} of {many(care.people, 'person', 'people')}",)

    held = f"{load.points:,} of {load.capacity:,.0f} points{_percent(load.points, load.capacity)}"
    return Section(
        "Volunteers today",
        ("Today",),
        (
            Row(
                "Points held, of those there is room for",
                (f"{held}, {many(load.people, 'person', 'people')}",),
                "Points of open cases that somebody holds; room is two points for each hour pledged a week, less for "
                "who is new, or what a lead set.",
            ),
            Row("On leave", of_people(care.on_leave), "Leads and volunteers with leave that covers today."),
            Row("At capacity", of_people(care.at_capacity), "They say so themselves; no new cases for now."),
            Row("Quiet time", of_people(care.quiet), "They asked to be left alone until a day to come."),
            Row(
                "Debriefs to arrange", (f"{care.debriefs:,}",), "After a hearing or a death; not held or declined yet."
            ),
        ),
    )


def released(releases: list[Totals]) -> Section:
    """What everybody may see of the caseload: strings as released."""
    rows = []
    for each in releases:
        period, values = period_of(each.quarter), (each.open, each.opened_this_year, each.closed_this_year)
        if period is not None:
            rows.append(Row(f"At the end of {period.short}", values))
    columns = ("With an open case", "Came to us that year so far", "With a case closed that year so far")
    return Section("Doctors we support", columns, tuple(rows), f"Doctors, not cases. {LEGEND} {CASES_BROUGHT}")


def changes(told: CountingChanges) -> list[str]:
    """What changed in the counting over all that is compared, one sentence each; empty if nothing is recorded."""
    said = [_term(change) for change in told.terms[:MOST_TERMS]]
    if more := len(told.terms) - MOST_TERMS:
        said += [f"And {many(more, 'code or rule', 'codes and rules')} more."] if more > 0 else []
    counts = (
        (told.matched, "case was", "cases were", "matched to its organisation after it was opened"),
        (told.merged, "merger was", "mergers were", "recorded: organisations before and after count as one"),
        (told.corrected, "fact of a case was", "facts of cases were", "corrected"),
        (told.outcomes, "outcome of a process was", "outcomes of processes were", "corrected"),
    )
    return said + [f"{many(count, one, several)} {what}." for count, one, several, what in counts if count]


def changed_between(found: Leadership) -> str:
    first, last = found.year_before.period.first, found.now.until
    return f"Between {day(first)} and {day(last)}; numbers of before and after may differ by it."


def _term(change: TermChange) -> str:
    return f"{change.what} “{change.label}”: {'from' if change.began else 'until'} {day(change.on)}."


def _head(each: CaseworkOf) -> str:
    return each.period.short if each.until == each.period.last else f"{each.period.short}, to {each.until:%-d %b}"


def _caseload(limits: Limits) -> Iterator[tuple[str, Value, str]]:
    yield "Opened", lambda of: f"{of.opened:,}", "Cases by the day the doctor’s message came."
    yield "Closed", lambda of: f"{of.closed:,}", "Each move to Closed, even of a case reopened since."
    yield "Declined or referred on", lambda of: f"{of.passed_on:,}", "Each move to either."
    yield "Reopened", lambda of: f"{of.reopened:,}", "Each move from an end back to Triage."
    yield "Open at the end", lambda of: f"{of.open:,}", "Open now, less what came since, and what ended since."
    yield (
        "Unallocated at the end",
        lambda of: f"{of.unallocated:,} of {of.open:,}",
        "Open that day, and nobody had accepted to lead it.",
    )
    yield (
        "No recent news at the end",
        lambda of: f"{of.quiet:,} of {of.open:,}",
        f"Open {many(limits.stalled_days, 'day')} or more, nothing of substance in that time, not waiting for others.",
    )


def _waits() -> Iterator[tuple[str, Value, str]]:
    yield (
        "Receipt to first contact",
        lambda of: _spread(of.first_contact, of.waiting_contact),
        "Cases opened in the period: median days until the doctor was first reached (least to most).",
    )
    yield (
        "Receipt to a case lead",
        lambda of: _spread(of.allocation, of.waiting_lead),
        "Cases opened in the period: median days until somebody first accepted to lead (least to most).",
    )


OURS: tuple[str, Value, str] = (
    "Met in time",
    lambda of: _share(of.limits),
    "Deadlines of ours that fell due in the period and still apply, by the day each was met.",
)


def _bodies(three: tuple[CaseworkOf, ...], words: Reference) -> Iterator[Row]:
    for kind in sorted({kind for of in three for kind, _ in of.bodies}):
        values = tuple(_share(dict(of.bodies).get(kind, Share(0, 0))) for of in three)
        yield Row(words.terms["body_kind"].get(kind, kind), values)


def _outcomes(three: tuple[CaseworkOf, ...], words: Reference) -> Iterator[Row]:
    """Each process, then what it came to, the commonest of all three periods first."""
    counts = [Counter({(process, outcome): many for process, outcome, many in of.outcomes}) for of in three]
    every = sum(counts, Counter[tuple[str, str]]())
    for process in sorted({process for process, _ in every}):
        came_to = sorted(
            (code for its, code in every if its == process), key=lambda code: (-every[process, code], code)
        )
        totals = (sum(count[process, code] for code in came_to) for count in counts)
        yield Row(words.processes.get(process, process), tuple(f"{total:,}" for total in totals))
        for code in came_to:
            label = words.outcomes[code].label if code in words.outcomes else code
            yield Row(label, tuple(f"{count[process, code]:,}" for count in counts), is_part=True)


def _spread(told: Spread, waiting: int) -> str:
    still = f"; {waiting:,} not yet" if waiting else ""
    if told.middle is None:
        return f"n 0{still}"
    return f"{told.middle:g} {'day' if told.middle == 1 else 'days'} ({told.least} to {told.most}), n {told.n:,}{still}"


def _share(told: Share) -> str:
    return f"{told.part:,} of {told.n:,}{_percent(told.part, told.n)}" if told.n else "none due"


def _percent(part: float, whole: float) -> str:
    return f" ({part / whole:.0%})" if whole else ""
