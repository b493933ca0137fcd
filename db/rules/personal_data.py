"""What must not be in free text: patients' numbers and dates of birth, and doctors' numbers.

Found by pattern, so it prompts and never decides: a person redacts it, or says why it must stay.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from stdnum.gb import nhs

from db.rules.patients import patients_in
from db.rules.plain_text import as_seen
from db.rules.stages import FIELDS, FieldKind

_OF_MOVES = {field.name for field in FIELDS.values() if field.kind is FieldKind.TEXT}
# The free-text fields of forms and commands.
FREE_TEXT = (
    frozenset(
        {
            "blocked_by",
            "body_text",
            "dates_told",
            "company",
            "description",
            "disclosed",
            "handover",
            "help_wanted",
            "helps",
            "lapsed_reason",
            "next_action",
            "note",
            "on_whom",
            "outcome",
            "plan",
            "question",
            "reason",
            "reply",
            "spoke_by",
            "summary",
            "text",
            "title",
            "to_whom",
            "told_how",
            "what_changed",
            "whom",
            "why",
        }
    )
    | _OF_MOVES
)
# Every repeat has a limit, so that the time is proportional to the length of the text.
GAP = r"[\s.\-]{0,3}"
SAYS = r"(?:[\s.,:;#=()\-]{0,4}(?:is|was|on|no|nos|num|number|id|ref|reference|reg|registration|the)\b\.?){0,4}"
SPLIT = r"[\s.\-_/,]{0,3}"
SIGNS = r"[\s.,:;#=()\-]{0,4}"
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
OF_DAY = r"(?:\s{0,3}of\s{1,3}|[\s./,\-]{0,4})"
DAY = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?{OF_DAY}(?:\d{{1,2}}|{MONTH}){OF_DAY}\d{{2,4}}"
    rf"|\d{{4}}{OF_DAY}\d{{1,2}}{OF_DAY}\d{{1,2}}|{MONTH}{OF_DAY}\d{{1,2}}(?:st|nd|rd|th)?{OF_DAY}\d{{2,4}})"
)
# As 3-3-4 digits or single digits; in any groups after “NHS”. Looked for from every digit.
TEN_DIGITS = re.compile(
    rf"(?<!\d)(?=(\d{{3}}{SPLIT}\d{{3}}{SPLIT}\d{{2}}{SPLIT}\d{{2}}|\d(?:[\s.\-_/,]{{1,3}}\d){{9}})(?!\d))"
)
NHS_DIGITS = re.compile(rf"\bNHS{SAYS}{SIGNS}(\d(?:{SPLIT}\d){{9}})(?!\d)", re.IGNORECASE)
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "date of birth": re.compile(
        rf"\b(?:d\.?\s?o\.?\s?b\b\.?|(?:date|day)\s{{1,3}}of\s{{1,3}}birth|birth\s?da(?:te|y)|born){SAYS}{SIGNS}{DAY}",
        re.IGNORECASE,
    ),
    "hospital number": re.compile(
        rf"\b(?:(?:hospital|patient|unit){SIGNS}(?:(?:no|number|num|id|ref)\b{SAYS}{SIGNS}[A-Z]{{0,3}}{GAP}\d(?:{GAP}\d){{4,9}}"
        rf"|[A-Z]{{0,3}}\d{{5,10}})|(?:case\s?note|mrn|chi)s?{SAYS}{SIGNS}[A-Z]{{0,3}}{GAP}\d(?:{GAP}\d){{4,9}})\b",
        re.IGNORECASE,
    ),
    "GMC number": re.compile(rf"\bGMC{SAYS}{SIGNS}\d(?:{GAP}\d){{6}}(?!\d)", re.IGNORECASE),
}


@dataclass(frozen=True)
class Found:
    """A part of the text, from `start` to before `end`, and what it looks like."""

    kind: str
    start: int
    end: int


def said(kind: str) -> str:
    """The kind as it follows “includes”: “an NHS number”, “a date of birth”."""
    if kind.startswith("a "):
        return kind
    return f"{'an' if kind.startswith('NHS') else 'a'} {kind}"


def find(text: str) -> list[Found]:
    """The personal data that the text seems to include, in order; of two that overlap, the longer. Takes the text as it
    is stored (`as_stored`), and reads it as a person would see it."""
    seen, places = as_seen(text)
    spans = chain(_nhs_numbers(seen), _named(seen), patients_in(seen))
    return without_overlaps([Found(kind, places[start], places[end - 1] + 1) for kind, start, end in spans])


def _nhs_numbers(seen: str) -> Iterator[tuple[str, int, int]]:
    for pattern in (TEN_DIGITS, NHS_DIGITS):
        for match in pattern.finditer(seen):
            if nhs.is_valid("".join(c for c in match.group(1) if c.isdigit())):
                yield "NHS number", *match.span(1)


def _named(seen: str) -> Iterator[tuple[str, int, int]]:
    for kind, pattern in PATTERNS.items():
        for match in pattern.finditer(seen):
            yield kind, *match.span()


def without_overlaps(found: list[Found]) -> list[Found]:
    """In the order of the text; of two that overlap, the longer."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda item: (item.start, item.start - item.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
        elif each.end - each.start > kept[-1].end - kept[-1].start:
            kept[-1] = each
    return kept


def redacted(text: str, found: list[Found]) -> str:
    """The text with each part replaced by the kind of data it was."""
    for each in reversed(without_overlaps(found)):
        text = f"{text[: each.start]}[redacted: {each.kind}]{text[each.end :]}"
    return text
