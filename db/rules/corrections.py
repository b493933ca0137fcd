"""What can be corrected on a case, and what a correction is compared with."""

from dataclasses import dataclass, fields
from datetime import datetime

from db.choices import Channel, Choice, DoctorView, Evidence, Representation, YesNo


class Corrected(Choice):
    """What was corrected, as it follows “corrected” or stands before the old value."""

    NAME = "name", "The doctor’s name"
    CONTACT = "contact", "Safe contact"
    SAFE_CHANNEL = "safe_channel", "Safe channel"
    SAFE_TIMES = "safe_times", "Safe times"
    NEVER_USE = "never_use", "Never use"
    SUMMARY = "summary", "Summary"
    BODY = "body", "Organisation"
    GRADE = "grade", "Grade"
    SPECIALTY_GROUP = "specialty_group", "Specialty group"
    CHANNEL = "channel", "How it reached us"
    IMMEDIATE_DANGER = "immediate_danger", "Immediate danger"
    REPRESENTATION = "representation", "Representation"
    RECEIVED_AT = "received_at", "Received"
    GROUNDS = "grounds", "Grounds alleged"
    PROCESS = "process", "Process"
    PROCESS_BODY = "process_body", "Organisation of a process"
    FINDING = "finding", "Finding"


# Kept encrypted: their old values are nowhere once they are corrected.
OF_IDENTITY = (
    Corrected.NAME,
    Corrected.CONTACT,
    Corrected.SAFE_CHANNEL,
    Corrected.SAFE_TIMES,
    Corrected.NEVER_USE,
)


@dataclass(frozen=True)
class Facts:
    """What a new case says in codes and dates, the organisation apart."""

    grade: str
    specialty_group: str
    channel: Channel
    immediate_danger: YesNo
    representation: Representation
    received_at: datetime
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True)
class SaidBody:
    """The organisation of a case: by its id if it is listed, otherwise as it was typed."""

    organisation_id: int | None
    body_text: str
    body_kind: str
    region: str
    nation: str


@dataclass(frozen=True)
class SaidFinding:
    """A finding as it is coded."""

    code: str
    evidence: Evidence
    case_process_id: int | None
    quarter: str
    note: str
    doctor_view: DoctorView


def changed(seen: Facts, told: Facts) -> list[Corrected]:
    """The facts that differ, in the order of the form."""
    return [Corrected(part.name) for part in fields(Facts) if getattr(seen, part.name) != getattr(told, part.name)]
