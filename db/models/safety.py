"""The doctor's safety: who was told of danger, check-ins, what was agreed, and where confidence was broken."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, Name, coded
from db.choices import Certainty, YesNo
from db.rules.safety import AlertState, CheckInAt

TO_SEND: dict[str, Any] = {"sqlite_where": text("state = 'waiting'"), "postgresql_where": text("state = 'waiting'")}


class Alert(Base):
    """An email that a lead is to get because a flag was raised of which leads are told at once, or because somebody
    else wrote of a doctor in danger. It is kept with what it is about, so that a mail server that fails loses neither.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("flag_id", "volunteer_id"),
        UniqueConstraint("enquiry_id", "volunteer_id"),
        CheckConstraint("(flag_id IS NULL) <> (enquiry_id IS NULL)", name="of_one"),
        Index("ix_alerts_to_send", "volunteer_id", **TO_SEND),
    )

    id: Mapped[Key]
    flag_id: Mapped[int | None] = mapped_column(ForeignKey("flags.id"))
    enquiry_id: Mapped[int | None] = mapped_column(ForeignKey("enquiries.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    made_at: Mapped[datetime]
    state: Mapped[AlertState] = mapped_column(coded(AlertState))
    settled_at: Mapped[datetime | None]


class CheckInRule(Base):
    """Which recorded fact asks for a check-in with the doctor: a stage of a process, an outcome, a flag … See
    `db/rules/check_ins.py`."""

    __tablename__ = "check_in_rules"

    code: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    place: Mapped[CheckInAt] = mapped_column(coded(CheckInAt))
    process: Mapped[Code | None]
    value: Mapped[Code]
    position: Mapped[int]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    checked_on: Mapped[date]
    certainty: Mapped[Certainty] = mapped_column(coded(Certainty))


class CheckIn(Base):
    """A check-in that was asked for, and the action it became. `happened_on` is the day of what happened."""

    __tablename__ = "check_ins"
    __table_args__ = (UniqueConstraint("case_id", "happened_on"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[Code]
    happened_on: Mapped[date]
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    made_at: Mapped[datetime]


class CheckInOff(Base):
    """A kind of check-in that a lead has turned off; without a row it is on."""

    __tablename__ = "check_ins_off"

    kind: Mapped[Code] = mapped_column(primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class HelpContact(Base):
    """Somebody a doctor in danger can call. `nations` are those it is for, empty for all; `checked_on` is the day the
    number was last compared with its source, None if never."""

    __tablename__ = "help_contacts"

    code: Mapped[Code] = mapped_column(primary_key=True)
    label: Mapped[Name]
    number: Mapped[Name]
    hours: Mapped[Name]
    nations: Mapped[Name]
    note: Mapped[str]
    position: Mapped[int]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    checked_on: Mapped[date | None]
    certainty: Mapped[Certainty] = mapped_column(coded(Certainty))


class SafetyPlan(Base):
    """What the doctor agreed to do when it gets worse. The newest row is in force; the earlier ones are kept."""

    __tablename__ = "safety_plans"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    whom: Mapped[str]
    helps: Mapped[str]
    company: Mapped[str]
    agreed_on: Mapped[date]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class Disclosure(Base):
    """A decision to tell somebody outside what was said in confidence. Two people decide: one records it, the other
    answers. `doctor_told` is not asked yet until somebody knows."""

    __tablename__ = "disclosures"
    __table_args__ = (
        CheckConstraint("second_id <> by_id", name="two_people"),
        CheckConstraint("(agreed IS NULL) = (answered_at IS NULL)", name="answered_or_not"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    what: Mapped[str]
    to_whom: Mapped[str]
    why: Mapped[str]
    doctor_told: Mapped[YesNo] = mapped_column(coded(YesNo))
    told_how: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    second_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    agreed: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
