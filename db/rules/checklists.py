"""What a checklist of procedural fairness says: its answers, and how they are counted."""

from collections.abc import Iterable

from db.choices import Choice


class Fairness(Choice):
    """What a volunteer makes of one step of a process, as an assessment of one account. No answer is unknown."""

    MET = "met", "Met"
    BREACHED = "breached", "Breached"
    UNKNOWN = "unknown", "Unknown"


def counts(answers: Iterable[Fairness]) -> str:
    """“4 met, 2 breached, 8 unknown”."""
    given = list(answers)
    return ", ".join(f"{given.count(answer)} {answer.label.lower()}" for answer in Fairness)
