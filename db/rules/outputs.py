"""Outputs: what the doctors behind each sentence must have agreed to, and what is wrong with a sentence today.

Source: docs/domain.md §6.3. Which purpose a kind of output is of, and how many doctors must stand behind a sentence
that comes from learning, is said by the kind's row of `coded_terms.csv` (`extra`: “digest 1”).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from db.choices import Choice, ConsentPurpose
from db.rules.words import many

KINDS, RESULTS = "output", "result"
MOST_TITLE, MOST_CLAIM, MOST_REPLY = 300, 1_000, 4_000


class OutputStatus(Choice):
    DRAFT = "draft", "Being written"
    READY = "ready", "Ready, to be signed by a second person"
    RELEASED = "released", "Released"
    DROPPED = "dropped", "Given up"


# Nothing has left the house yet: whatever is withdrawn can still be taken out.
UNPUBLISHED = (OutputStatus.DRAFT, OutputStatus.READY)


@dataclass(frozen=True)
class Use:
    """The purpose a doctor must have agreed to, and from how many doctors a lesson must come."""

    purpose: ConsentPurpose
    least: int


# For a kind that says nothing: the stricter of the two publications, for others to loosen.
STRICT = Use(ConsentPurpose.DIGEST, 3)


def use_of(extra: str | None) -> Use:
    purpose, _, least = (extra or "").partition(" ")
    return Use(ConsentPurpose(purpose), int(least)) if least else STRICT


@dataclass(frozen=True)
class Behind:
    """What stands behind a sentence today. `doctors` are those of its lessons, `agreed` those of them who agree to this
    use; `gone` counts lessons that were withdrawn or whose doctor does not agree. `released` has each of its findings
    with the number of doctors of the latest signed release, None where that is withheld or there is none. `withdrawn`
    counts doctors who took a consent back since somebody last looked."""

    doctors: int = 0
    agreed: int = 0
    gone: int = 0
    released: Mapping[str, str | None] = field(default_factory=dict)
    withdrawn: int = 0


def wrong(behind: Behind, use: Use) -> tuple[str, ...]:
    """Why the sentence may not be released, each a sentence without a number of doctors; empty if it may."""
    found = []
    if behind.withdrawn:
        found.append("A consent was withdrawn. Read it again, then change it or take it out.")
    if not behind.doctors and not behind.released:
        found.append("Nothing stands behind this: choose a lesson or a finding that it comes from.")
    if behind.gone:
        found.append(f"A doctor behind it does not agree: {use.purpose.label.lower()}. Choose another lesson.")
    elif behind.doctors and behind.agreed < use.least and not _is_counted(behind):
        found.append(f"Too few doctors agree: lessons of {many(use.least, 'doctor')} are needed.")
    if withheld := [code for code, number in behind.released.items() if number is None]:
        found.append(f"The latest signed release shows no number for {', '.join(sorted(withheld))}.")
    return tuple(found)


def _is_counted(behind: Behind) -> bool:
    return any(number is not None for number in behind.released.values())
