"""The minutes of a meeting as a file, as whoever fetches it may read them."""

from dashboard import store
from dashboard.reports import minutes_lines as lines
from dashboard.reports.document import Document, Listed, Row, Section, marked
from dashboard.reports.written import written
from db.declared import in_words
from db.downloads import About
from db.queries.minutes import Minutes, MinutesItem
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.words import day

COLUMNS = ("Section", "What was said and decided")
SHARES = (0.27, 0.21, 0.52)


def named(about: About) -> str:
    return f"minutes-{about['held_on']}.{about['form']}"


def made(person: Person, about: About) -> bytes:
    """Refuses whoever may not read these minutes now."""
    read = store.minutes_of(person, int(about["meeting"]))
    document = _document(person, read, store.words(person))
    return written(document, about)


def _document(person: Person, read: Minutes, words: Reference) -> Document:
    decided = tuple(f"{lines.title(item)}: " + "\n".join(lines.lines([note])) for item, note in read.decisions)
    left = lines.not_reached(read)
    parts: list[Section | Listed] = [
        Listed("Decisions", decided or ("None.",)),
        Section("Items", COLUMNS, tuple(_row(item, words) for item in lines.reached(read)), shares=SHARES),
    ]
    parts += [Listed("Not reached, carried over", (left,))] if left else []
    refused = lines.not_agreed(read)
    parts += [Listed(lines.NOT_AGREED, (refused,))] if refused else []
    parts += [Listed("Added later", tuple(map(lines.added, read.addenda)))] if read.addenda else []
    parts += [Listed("Confirmed by", read.confirmed)] if read.confirmed else []
    return Document(
        title=f"Minutes of {day(read.held_on)}",
        intro=tuple(_intro(read)),
        parts=tuple(parts),
        mark=marked(person.name),
    )


def _intro(read: Minutes) -> list[str]:
    told = [] if read.is_intact else [lines.CHANGED]
    told += [f"Chair: {read.chair}. Notes: {read.note_taker}.", f"Here: {', '.join(read.came)}."]
    told += [f"Apologies: {', '.join(read.absent)}."] if read.absent else []
    told += [lines.WITHDREW] if read.i_withdrew else []
    return [*told, lines.moved(read), f"Fingerprint of what was frozen: {read.digest[:16]}."]


def _row(item: MinutesItem, words: Reference) -> Row:
    said = lines.lines(item.notes)
    said += [f"Also: {one.who} {in_words(one, words)}" for one in item.done]
    said += [lines.room(item)] if lines.room(item) else []
    head = f"{item.number}. {lines.title(item)}"
    where = f"{item.section.label}, {lines.state(item)}"
    return Row(head, (where, "\n".join(said) or "Nothing was written down."), ", ".join(item.why))
