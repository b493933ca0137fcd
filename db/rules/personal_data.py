"""What must not stand in free text: patients' numbers and dates of birth, doctors' own numbers.

Found by pattern, so it prompts and never decides: a person redacts, or says why it must stay.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from stdnum.gb import nhs

from db.rules.stages import MOVES, FieldKind

_OF_MOVES = {field.name for moves in MOVES.values() for move in moves for field in move.fields
             if field.kind is FieldKind.TEXT}  # fmt: skip
# The fields of forms and commands that a person writes freely.
FREE_TEXT = frozenset(
    {
        "blocked_by", "body_text", "dates_told", "description", "handover", "help_wanted", "lapsed_reason",
        "next_action", "note", "on_whom", "outcome", "plan", "reason", "summary", "text", "what_changed", "why",
    }
) | _OF_MOVES  # fmt: skip
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DAY = rf"\d{{1,2}}(?:st|nd|rd|th)?[\s./-]*(?:\d{{1,2}}|{MONTH})[\s./-]*\d{{2,4}}"
TEN_DIGITS = re.compile(r"(?<![\d])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d])")
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "date of birth": re.compile(rf"\b(?:d\.?o\.?b\.?|date of birth|born(?: on)?)\W{{0,5}}{DAY}", re.IGNORECASE),
    "hospital number": re.compile(
        r"\b(?:hospital|patient|unit|case ?note|mrn|chi)\s*(?:no|number|num|id|ref)?\W{0,4}[A-Z]{0,3}\d{5,10}\b",
        re.IGNORECASE,
    ),
    "GMC number": re.compile(r"\bGMC\s*(?:no|number|ref|reference)?\W{0,4}\d{7}\b", re.IGNORECASE),
}
LETTER = r"[^\W\d_]"
WORD = rf"{LETTER}+(?:['’-]{LETTER}+)*"
CAPITALISED = rf"[A-Z]{LETTER}*(?:['’-]{LETTER}+)*"
NAME = re.compile(rf"\b{CAPITALISED}(?:\s+{CAPITALISED})+")
ADDRESS = re.compile(r"[^\s@<>(),;]+@[^\s@<>(),;]+\.\w+|(?<!\d)\+?\d[\d ()-]{8,}\d(?!\d)")
LONGEST_NAME = 4


@dataclass(frozen=True)
class Found:
    """One stretch of text, from `start` to before `end`, and what it looks like."""

    kind: str
    start: int
    end: int


def find(text: str) -> list[Found]:
    """What the text seems to hold, in order; where two overlap, the longer."""
    numbers = (
        Found("NHS number", match.start(), match.end())
        for match in TEN_DIGITS.finditer(text)
        if nhs.is_valid(match.group())
    )
    others = (Found(kind, *match.span()) for kind, pattern in PATTERNS.items() for match in pattern.finditer(text))
    return without_overlaps([*chain(numbers, others)])


def names_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Every two to four words that might be somebody's name, with where they stand."""
    for run in NAME.finditer(text):
        words = list(re.finditer(WORD, run.group()))
        for first in range(len(words) - 1):
            for last in range(first + 1, min(first + LONGEST_NAME, len(words))):
                start, end = words[first].start(), words[last].end()
                yield run.group()[start:end], run.start() + start, run.start() + end


def addresses_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Every e-mail address and telephone number, with where it stands."""
    for match in ADDRESS.finditer(text):
        yield match.group(), match.start(), match.end()


def without_overlaps(found: list[Found]) -> list[Found]:
    """In order of the text; of two that overlap, the longer."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda item: (item.start, item.start - item.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
        elif each.end - each.start > kept[-1].end - kept[-1].start:
            kept[-1] = each
    return kept


def redacted(text: str, found: list[Found]) -> str:
    """The text with each stretch replaced by what it was."""
    for each in reversed(without_overlaps(found)):
        text = f"{text[: each.start]}[redacted: {each.kind}]{text[each.end :]}"
    return text
