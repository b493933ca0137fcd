"""Reducing what a case page shows to its card, and naming a deadline on it."""

from db.access import CardField
from db.choices import DeadlineKind

HEARING = "Hearing"
# The field of the card that each part shows; None is only for people who may read the case in full.
CARD_OF_CASE: dict[str, CardField | None] = {
    "reference": CardField.REFERENCE,
    "version": None,
    "stage": CardField.STAGE,
    "days_in_stage": CardField.AGES,
    "opened_on": CardField.AGES,
    "closed_on": CardField.AGES,
    "flags": CardField.FLAGS,
    "process_codes": CardField.PROCESSES,
    "body_kind": CardField.BODY_KIND,
    "region": CardField.REGION,
    "nation": None,
    "grade": None,
    "specialty_group": None,
    "unallocated": CardField.UNALLOCATED,
    "lead_id": None,
    "lead_name": None,
    "points": None,
    "next_deadline": CardField.DEADLINES,
    "coming": CardField.DEADLINES,
    "reached_on": None,
    "days_without_news": None,
}


def deadline_words(rule: str | None, kind: DeadlineKind | str, *, is_hearing: bool) -> str:
    """The rule's name, or the kind of deadline; never free text."""
    return HEARING if is_hearing else rule or f"{DeadlineKind(kind).label} deadline"
