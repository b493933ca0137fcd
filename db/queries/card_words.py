"""Reducing what a case page shows to its card, and naming a deadline on it."""

from typing import Any

from db.access import CARD_CONDITIONS, CARD_FIELDS, CardField
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


def only_the_card(head: dict[str, Any]) -> dict[str, Any]:
    """The part of a case's head for people who may not read the case in full."""
    shown = {name: head[name] for name, field in CARD_OF_CASE.items() if field in CARD_FIELDS}
    # Only the flag: why and when it was raised is for people who may open the case.
    shown["flags"] = [{"code": flag["code"]} for flag in head["flags"]]
    shown["conditions"] = head["conditions"] & CARD_CONDITIONS
    return shown
