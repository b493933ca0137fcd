"""Minutes in words, on the page and in a file alike. Plain text: what shows it escapes it."""

from collections.abc import Sequence

from db.choices import NoteKind
from db.queries.meetings import Written
from db.queries.minutes import Minutes, MinutesItem
from db.rules.words import day, many

WITHDREW = "You were out of the room for part of this meeting. What was said then is not in your minutes."
CHANGED = "What was frozen when this meeting closed has been changed since. Tell whoever runs the server."
NOT_AGREED = "Not to be discussed, as the doctor has not agreed"
MOST_NAMED = 60


def note(line: Written) -> str:
    """“Decision: new action. Go with her. Next: Find a companion (Vik, 6 Dec 2026).”"""
    if line.kind is not NoteKind.DECISION or line.decision is None:
        lead = "" if line.kind is NoteKind.DISCUSSION else f"{line.kind.label}: "
        return f"{lead}{line.words}"
    told = [f"{line.decision.label}." if line.decision.label != line.kind.label else ""]
    has_next = bool(line.owner and line.due_on)
    told.append(f"{line.words}." if has_next and line.words and line.words[-1] not in ".!?" else line.words)
    if line.owner and line.due_on:
        told.append(f"Next: {line.action or 'as said'} ({line.owner}, {day(line.due_on)})")
    return " ".join(part for part in told if part)


def lines(notes: Sequence[Written]) -> list[str]:
    """Each as `note` says it, dissent after its decision."""
    return [note(line) for each in notes for line in (each, *each.dissent)]


def room(item: MinutesItem) -> str:
    """“Out of the room: Lena. Chair for it: Vik. Notes: Uma.” Empty where nobody left."""
    told = [f"Out of the room: {', '.join(item.left)}."] if item.left else []
    told += [f"Chair for it: {item.took_chair}."] if item.took_chair else []
    told += [f"Notes: {item.took_notes}."] if item.took_notes else []
    return " ".join(told)


def title(item: MinutesItem) -> str:
    return item.reference or item.question


def state(item: MinutesItem) -> str:
    return "carried over" if item.is_carried else "discussed"


def reached(read: Minutes) -> list[MinutesItem]:
    return [item for item in read.items if item.was_opened or item.notes]


def not_reached(read: Minutes) -> str:
    """The rest in one line; empty if there is none."""
    return _named([title(item) for item in read.items if not (item.was_opened or item.notes)])


def not_agreed(read: Minutes) -> str:
    return _named(read.not_discussed)


def _named(every: Sequence[str]) -> str:
    more = len(every) - MOST_NAMED
    return ", ".join(every[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def moved(read: Minutes) -> str:
    opened, closed = many(len(read.opened), "case"), many(len(read.closed), "case")
    return f"Since the meeting before: {opened} opened, {closed} closed."


def added(line: Written) -> str:
    return f"{day(line.at.date())}, {line.by}: {line.words}"
