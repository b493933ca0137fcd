"""Finds patients and their families named by role: “patient A. Brown”, “the patient’s mother, Mrs Brown”."""

import re
from collections.abc import Iterator

from db.rules.folding import APOSTROPHES, DASHES

KIND = "a patient’s name"
# After these any word that looks like a name counts; after the families' only with a title, an initial or “named”.
OF_PATIENTS = ("patient", "patients", "pt", "pts", "service user")
OF_FAMILIES = (
    "baby",
    "brother",
    "carer",
    "child",
    "daughter",
    "father",
    "husband",
    "mother",
    "relative",
    "sister",
    "son",
    "widow",
    "widower",
    "wife",
)
ROLE = re.compile(rf"\b({'|'.join((*OF_PATIENTS, *OF_FAMILIES))})\b(?:[{APOSTROPHES}]s?)?", re.IGNORECASE)
WORD = re.compile(rf"[\s,:;(\"“]{{0,4}}([^\W\d_](?:[^\W\d_]|[{APOSTROPHES}{DASHES}\u0300-\u036f]){{0,39}})(\.?)")
TITLES = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "master", "prof", "sir", "lady", "lord"))
SAID = frozenset(("name", "named", "called", "is", "was", "full", "initials"))
SURE = frozenset(("name", "named", "called"))
# Words that follow “patient” with a capital and are not names.
NOT_NAMES = frozenset(
    (
        "access",
        "advice",
        "advocacy",
        "affairs",
        "and",
        "april",
        "association",
        "august",
        "board",
        "care",
        "centred",
        "champion",
        "charter",
        "choice",
        "complaint",
        "complaints",
        "council",
        "database",
        "december",
        "engagement",
        "experience",
        "february",
        "flow",
        "forum",
        "friday",
        "governance",
        "group",
        "he",
        "i",
        "incident",
        "initiated",
        "input",
        "involvement",
        "january",
        "july",
        "june",
        "knows",
        "led",
        "liaison",
        "list",
        "march",
        "may",
        "monday",
        "number",
        "november",
        "october",
        "on",
        "online",
        "outcome",
        "outcomes",
        "panel",
        "participation",
        "partner",
        "partners",
        "pathway",
        "portal",
        "rated",
        "record",
        "records",
        "relations",
        "reported",
        "representative",
        "safety",
        "saturday",
        "september",
        "service",
        "services",
        "she",
        "specific",
        "sunday",
        "support",
        "survey",
        "system",
        "team",
        "the",
        "they",
        "thursday",
        "transport",
        "tuesday",
        "voice",
        "was",
        "watch",
        "we",
        "wednesday",
        "welfare",
    )
)
MOST_WORDS = 6


def patients_in(text: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of each name that follows a role, within MOST_WORDS words."""
    for role in ROLE.finditer(text):
        of_family = role.group(1).casefold() in OF_FAMILIES
        if span := _name_after(text, role.end(), of_family=of_family):
            yield KIND, *span


def _name_after(text: str, at: int, *, of_family: bool) -> tuple[int, int] | None:
    start, end, sure, dotted, plain = -1, at, False, False, 0
    for _ in range(MOST_WORDS):
        word = WORD.match(text, end)
        if word is None:
            break
        written, small = word.group(1), word.group(1).casefold()
        if start < 0 and small in SAID:
            sure = sure or small in SURE
        elif start < 0 and small in TITLES:
            start, sure = word.start(1), True
        elif len(written) == 1 and written.isupper():
            start, dotted = (word.start(1) if start < 0 else start), True
        elif written[0].isupper() and small not in NOT_NAMES and (sure or dotted or not _is_short_form(written)):
            start, plain = (word.start(1) if start < 0 else start), plain + 1
            if word.group(2):
                return _if_named(start, word.end(1), sure or dotted, plain, of_family=of_family)
        else:
            break
        end = word.end()
    return _if_named(start, end, sure or dotted, plain, of_family=of_family)


def _if_named(start: int, end: int, sure: bool, plain: int, *, of_family: bool) -> tuple[int, int] | None:
    return (start, end) if start >= 0 and plain and (sure or not of_family) else None


def _is_short_form(word: str) -> bool:
    """“DNAR”, “CT”."""
    return len(word) < 6 and word.isupper()
