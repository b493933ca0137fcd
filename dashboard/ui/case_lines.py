"""What a case list says of each case: its row in words."""

from collections.abc import Iterable, Iterator
from datetime import date

from dashboard import store
from dashboard.ui import organisation_link, text
from dashboard.ui.case_list import Badge, CaseLine, Kind, Part
from db import clock
from db.choices import Whose
from db.queries.case_rows import CaseRow
from db.queries.reference import Reference
from db.queries.search import Found
from db.queries.session import Person
from db.rules.words import many

SOON_DAYS = 7


def case_line(row: CaseRow, words: Reference, reader: Person | None = None) -> CaseLine:
    """Whoever may not read the case in full gets its card, and nothing in the places of the rest. With `reader`, the
    organisation is a link to its page for whoever has such a page."""
    return CaseLine(
        reference=row.reference,
        badges=tuple(_flags(row, words)),
        head=tuple(_head(row, words, reader)),
        facts=tuple(_facts(row)),
        aside=tuple(_aside(row)),
        found=tuple(_found(row.found)) if row.found else (),
    )


def about(person: Person, references: Iterable[str]) -> dict[str, tuple[Part, ...]]:
    """Whom each of these cases is about, for lists of what is to be done: in the words of a case list, with its
    reference. Of a case whose card this person may not see, nothing but that."""
    asked, words = tuple(dict.fromkeys(references)), store.words(person)
    known = {row.reference: tuple(_head(row, words, None)) for row in store.case_rows(person, asked)}
    return {each: (*known[each], Part(each, "soft")) if each in known else (Part(each),) for each in asked}


def _flags(row: CaseRow, words: Reference) -> Iterator[Badge]:
    known = words.terms["flag"]
    # A doctor in danger before everything, then the other urgent ones.
    for code in sorted(row.flags, key=lambda code: (code != "CRISIS", code not in words.red_flags, code)):
        yield Badge(known.get(code, code), "red" if code in words.red_flags else "orange")


def _head(row: CaseRow, words: Reference, reader: Person | None) -> Iterator[Part]:
    kind = words.terms["body_kind"].get(row.body_kind, row.body_kind)
    if row.is_full:
        yield Part(text.doctor(words, row.grade or "", row.specialty_group or ""))
        link = organisation_link.address(reader, row.body_code) if reader else None
        yield Part(row.body or kind, address=link or "")
    else:
        yield Part(kind)
        yield Part(words.terms["region"].get(row.region, row.region))
    if row.processes:
        yield Part(" · ".join(_short(words.processes.get(code, code)) for code in row.processes), "soft")


def _short(label: str) -> str:
    """“GMC”, of “GMC: fitness to practise”."""
    return label.split(":")[0]


def _facts(row: CaseRow) -> Iterator[Part]:
    if row.deadline and row.due_on:
        yield _deadline(row.deadline, row.due_on, row.whose)
    elif row.stage.is_open:
        yield Part("No deadline recorded", "soft")
    if row.coming and row.coming_on:
        yield Part(f"then {text.until(row.coming_on)}: {row.coming}")
    if not row.is_full:
        return
    if row.next_action and row.action_due_on:
        by = f", {row.action_owner}" if row.action_owner else ""
        late: Kind = "late" if row.action_due_on < clock.today() else ""
        yield Part(f"Next: {row.next_action} ({text.until(row.action_due_on)}{by})", late)
    elif row.stage.is_open:
        yield Part("No next action", "late")


def _deadline(name: str, due_on: date, whose: Whose | None) -> Part:
    left = (due_on - clock.today()).days
    until = text.until(due_on)
    words = f"{until[:1].upper()}{until[1:]}: {name}"
    if whose is not Whose.OURS:
        # An organisation past its own limit is evidence, not something of ours that is late.
        return Part(f"{words} (theirs)" if whose is Whose.BODY else words)
    kind: Kind = "late" if left < 0 else "soon" if left <= SOON_DAYS else "strong"
    return Part(f"{words} (ours)", kind)


def _aside(row: CaseRow) -> Iterator[tuple[Part, ...]]:
    waits = row.unallocated and row.stage.is_open
    lead = Part("No case lead", "strong") if waits else Part(row.lead) if row.lead else None
    yield (Part(row.reference), lead) if lead else (Part(row.reference),)
    stage = Part(f"{row.stage.label}, {many(row.days_in_stage, 'day')}")
    if not row.is_full:
        yield (stage,)
    else:
        yield stage, Part(f"reached {_short_day(row.reached_on)}" if row.reached_on else "not reached yet")


def _found(found: Found) -> Iterator[tuple[str, bool]]:
    """Where a search found its words, and the sentence in pieces, each marked or not."""
    if not found.text:
        yield found.place.label, False
        return
    yield f"{found.place.label}: ", False
    at = 0
    for start, end in found.marks:
        yield found.text[at:start], False
        yield found.text[start:end], True
        at = end
    yield found.text[at:], False
    if found.by_person:
        yield " (and the doctor’s name or contact)", False


def _short_day(day: date) -> str:
    """Without the year while it is this one."""
    return f"{day:%-d %b}" if day.year == clock.today().year else text.day(day)
