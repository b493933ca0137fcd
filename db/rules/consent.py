"""What a consent binds: which purpose each thing that is done needs, and how long an answer may last.

Source: docs/domain.md §6.1. Silence is not consent.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from db.choices import Approached, ConsentPurpose
from db.rules.words import day

# Publication can be regretted: the answer runs out, and is asked again.
PUBLIC = frozenset({ConsentPurpose.DIGEST, ConsentPurpose.MEDIA})
USUAL_LIFE, LONGEST_LIFE = timedelta(days=365), timedelta(days=731)
# So long before it runs out, the doctor is asked again; so long afterwards somebody is still reminded.
ASK_BEFORE, ASK_AFTER = timedelta(days=14), timedelta(days=60)


@dataclass(frozen=True)
class Needed:
    """A purpose and, where it is to contact somebody, whom."""

    purpose: ConsentPurpose
    whom: Approached | None = None

    @property
    def words(self) -> str:
        """“contact the GMC”."""
        if self.whom:
            return f"contact {whom_words(self.whom)}"
        return f"{self.purpose.label[:1].lower()}{self.purpose.label[1:]}"


def needed_of(told: str) -> Needed:
    """From a purpose and, after a space, whom."""
    purpose, _, whom = told.partition(" ")
    return Needed(ConsentPurpose(purpose), Approached(whom) if whom else None)


@dataclass(frozen=True)
class Answer:
    """The doctor's latest answer: given, or refused or withdrawn; and its last day."""

    given: bool
    expires_on: date | None


def _contact(whom: Approached) -> Needed:
    return Needed(ConsentPurpose.CONTACT, whom)


# By the code of what was done (`advocacy` in db/reference/coded_terms.csv); anything else approaches nobody.
ADVOCACY = {
    "letter_employer": _contact(Approached.EMPLOYER),
    "meeting_ro_md": _contact(Approached.EMPLOYER),
    "complaint": _contact(Approached.EMPLOYER),
    "letter_gmc": _contact(Approached.GMC),
    "letter_ppa": _contact(Approached.PPA),
    "letter_deanery": _contact(Approached.DEANERY),
    "letter_cqc": _contact(Approached.CQC),
    "mp_briefing": _contact(Approached.PARLIAMENT),
    "parliamentary_question": _contact(Approached.PARLIAMENT),
    "joint_action": _contact(Approached.PARTNER),
    "court_statement": _contact(Approached.COURT),
    "media": Needed(ConsentPurpose.MEDIA),
    "other": _contact(Approached.OTHER),
    "not_stated": _contact(Approached.OTHER),
}


def holds(answer: Answer | None, today: date) -> bool:
    return answer is not None and answer.given and (answer.expires_on is None or answer.expires_on >= today)


def why_not(needed: Needed, answer: Answer | None, today: date) -> str | None:
    """Why it may not be done today, as a sentence that says what to do; None if it may."""
    if holds(answer, today):
        return None
    ask = "Ask the doctor, record the answer under “Consents”, then try again."
    if answer is None:
        return f"The doctor has not been asked: {needed.words}. {ask}"
    if answer.given and answer.expires_on:
        return f"The doctor’s consent ran out on {day(answer.expires_on)}: {needed.words}. {ask}"
    return f"The doctor does not agree: {needed.words}. Ask again only if something has changed."


def whom_words(whom: Approached) -> str:
    """“the GMC”, as it reads within a sentence."""
    label = whom.label
    return f"{label[:1].lower()}{label[1:]}" if label.startswith(("The ", "A ", "Another ")) else label
