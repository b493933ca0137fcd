"""The answers of a fairness checklist, and how they are counted."""

from collections.abc import Iterable

from db.choices import Choice


class Fairness(Choice):
    """A volunteer's assessment of one step of a process, going by one account. No answer means unknown."""

    MET = "met", "Met"
    BREACHED = "breached", "Breached"
    UNKNOWN = "unknown", "Unknown"


def counts(answers: Iterable[Fairness]) -> str:
    """“4 met, 2 breached, 8 unknown”."""
    given = list(answers)
    return ", ".join(f"{given.count(answer)} {answer.label.lower()}" for answer in Fairness)
