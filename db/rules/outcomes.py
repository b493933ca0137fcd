"""What a process came to, one outcome after another: pure functions over `db.models.ProcessOutcome`.

An outcome that replaces, ends, reverses, sends back or reopens an earlier one names it, and that one then stands no
more. It stands again only if what changed it is itself reversed, or was recorded by mistake.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol, TypeVar

from db.choices import Choice

ANY_PROCESS = "*"


class Effect(Choice):
    """What an outcome does to the earlier one that it names, as it follows that one's label."""

    REPLACES = "replaces", "replaced"
    ENDS = "ends", "ended"
    REVERSES = "reverses", "reversed"
    REMITS = "remits", "sent back"
    REOPENS = "reopens", "reopened"

    @property
    def goes_on(self) -> bool:
        """Whether a process that had ended is under way again."""
        return self in (Effect.REMITS, Effect.REOPENS)


class Asks(Choice):
    """What is asked of an outcome besides its day."""

    THREAT = "threat", "Was the doctor threatened with costs?"
    CONFIDENTIALITY = "confidentiality", "Does it ask the doctor to keep silent?"
    NOTE = "note", "What it was"


class Outcome(Protocol):
    """An outcome as recorded."""

    @property
    def number(self) -> int: ...
    @property
    def edition(self) -> int: ...
    @property
    def happened_on(self) -> date: ...
    @property
    def end_on(self) -> date | None: ...
    @property
    def changes(self) -> int | None: ...
    @property
    def effect(self) -> str | None: ...
    @property
    def withdrawn(self) -> bool: ...


O = TypeVar("O", bound=Outcome)  # noqa: E741


def belongs(processes: str, process: str) -> bool:
    """Whether an outcome of these processes may be one of that process."""
    return processes == ANY_PROCESS or process in processes.split()


def newest(events: Iterable[O]) -> dict[int, O]:
    """The newest edition of each outcome, withdrawn ones too, by number."""
    found: dict[int, O] = {}
    for event in events:
        if event.number not in found or event.edition > found[event.number].edition:
            found[event.number] = event
    return found


def live(events: Iterable[O]) -> list[O]:
    """The newest edition of each outcome, without withdrawn ones, in the order they happened."""
    return sorted((e for e in newest(events).values() if not e.withdrawn), key=lambda e: (e.happened_on, e.number))


def changed_by(events: Iterable[O]) -> dict[int, O]:
    """{number of an outcome that stands no more: the one that changed it}. An outcome changes only one recorded before
    it, so this goes from the last to the first."""
    found: dict[int, O] = {}
    for event in sorted(live(events), key=lambda e: e.number, reverse=True):
        changer = found.get(event.number)
        is_reversed = changer is not None and changer.effect == Effect.REVERSES
        if event.changes is not None and not is_reversed:
            found.setdefault(event.changes, event)
    return found


def standing(events: Iterable[O]) -> list[O]:
    """The outcomes that stand, in the order they happened."""
    known = list(events)
    changed = changed_by(known)
    return [event for event in live(known) if event.number not in changed]


def problem_with_outcome(
    events: Sequence[Outcome],
    number: int,
    happened_on: date,
    end_on: date | None,
    review_on: date | None,
    changes: int | None,
    *,
    started_on: date,
    today: date,
) -> tuple[str, str] | None:
    """(field, why) if the outcome with this number cannot be so; a new one has the next free number."""
    if happened_on > today:
        return "happened_on", "Happened on: choose today or an earlier day."
    if happened_on < started_on:
        return "happened_on", (
            f"Happened on: the process is recorded as started on {_said(started_on)}. If it started earlier, correct "
            "the dates of its stages first."
        )
    if end_on is not None and end_on < happened_on:
        return "end_on", "End: choose the day of the outcome or a later day."
    if review_on is not None and (review_on < happened_on or (end_on is not None and review_on > end_on)):
        return "review_on", "Review: choose a day from the outcome until its end."
    known = live(events)
    if changes is not None:
        of = next((e for e in known if e.number == changes and changes < number), None)
        if of is None:
            return "changes", "Which outcome it changes: choose from the list."
        is_new = all(e.number != number for e in known)
        if is_new and of.number in changed_by(events):
            return "changes", "Which outcome it changes: that one has been changed already. Choose the one that stands."
        if happened_on < of.happened_on:
            return "happened_on", f"Happened on: the outcome that it changes is of {_said(of.happened_on)}."
    later = [e.happened_on for e in known if e.changes == number and e.happened_on < happened_on]
    if later:
        return "happened_on", f"Happened on: this outcome was changed on {_said(min(later))}. Correct that one first."
    return None


def _said(day: date) -> str:
    return f"{day:%-d %B %Y}"
