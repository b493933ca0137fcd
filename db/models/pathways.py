"""When each process reached each stage, what it came to, and whether it was run fairly."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, coded
from db.choices import Certainty, Evidence, YesNo
from db.rules.checklists import Fairness


class ProcessEvent(Base):
    """A process reached a stage; `case_processes.stage` follows from these.

    Append-only. A correction is a new `edition` with the same `number`, and the newest edition counts. `since` is the
    day it started; if that is not known (`is_exact` is false), it is only the day from which the stage is known.
    `until` is set if the stage did not end when the next started; `beside` stages go on while another is the current
    one.
    """

    __tablename__ = "process_events"
    __table_args__ = (
        # Two people acting at once cannot both add the next stage or correct the same one.
        UniqueConstraint("case_process_id", "number", "edition"),
        CheckConstraint("until IS NULL OR until >= since", name="ends_after_it_begins"),
        CheckConstraint("number >= 1 AND edition >= 1", name="counted_from_one"),
    )

    id: Mapped[Key]
    case_process_id: Mapped[int] = mapped_column(ForeignKey("case_processes.id"))
    number: Mapped[int]
    edition: Mapped[int]
    stage: Mapped[Code]
    since: Mapped[date]
    is_exact: Mapped[bool]
    until: Mapped[date | None]
    beside: Mapped[bool] = mapped_column(default=False)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class ProcessOutcome(Base):
    """What a process came to on a day; there may be several, one after another.

    Append-only. A correction is a new `edition` with the same `number`, and the newest edition counts. `changes` is the
    number of the earlier outcome that this one replaces, ends, reverses, sends back or reopens: its `effect`.
    `ended` if the process ended with it; `reopened_from` is the day it had ended, if it goes on again with this one.
    The end and the review of a sanction, and a duty that begins, are deadlines of the case.
    """

    __tablename__ = "process_outcomes"
    __table_args__ = (
        # Two people acting at once cannot both add the next outcome or correct the same one.
        UniqueConstraint("case_process_id", "number", "edition"),
        CheckConstraint("end_on IS NULL OR end_on >= happened_on", name="ends_after_it_begins"),
        CheckConstraint("review_on IS NULL OR review_on >= happened_on", name="reviewed_after_it_begins"),
        CheckConstraint("changes IS NULL OR changes < number", name="changes_an_earlier_one"),
        CheckConstraint("number >= 1 AND edition >= 1", name="counted_from_one"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    case_process_id: Mapped[int] = mapped_column(ForeignKey("case_processes.id"))
    number: Mapped[int]
    edition: Mapped[int]
    outcome: Mapped[Code] = mapped_column(ForeignKey("outcome_terms.code"))
    happened_on: Mapped[date]
    end_on: Mapped[date | None]
    review_on: Mapped[date | None]
    changes: Mapped[int | None]
    effect: Mapped[Code | None]
    costs_threat: Mapped[YesNo | None] = mapped_column(coded(YesNo, "costs_threat"))
    confidential: Mapped[YesNo | None] = mapped_column(coded(YesNo, "confidential"))
    note: Mapped[str]
    ended: Mapped[bool]
    reopened_from: Mapped[date | None]
    end_deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadlines.id"))
    review_deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadlines.id"))
    duty_deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadlines.id"))
    withdrawn: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class FairnessQuestion(Base):
    """A question about one kind of process, worded so that yes is fair. A no belongs to one finding."""

    __tablename__ = "fairness_questions"
    __table_args__ = (Index(None, "process"),)

    code: Mapped[Code] = mapped_column(primary_key=True)
    process: Mapped[Code] = mapped_column(ForeignKey("processes.code"))
    position: Mapped[int]
    finding: Mapped[Code] = mapped_column(ForeignKey("finding_codes.code"))
    text: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    checked_on: Mapped[date]
    certainty: Mapped[Certainty] = mapped_column(coded(Certainty))


class FairnessAnswer(Base):
    """One answer to one question about one process. Append-only: the newest counts; no row means unknown."""

    __tablename__ = "fairness_answers"
    __table_args__ = (
        Index(None, "case_process_id", "question", "id"),
        CheckConstraint("answer = 'unknown' OR evidence IS NOT NULL", name="answered_with_evidence"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    case_process_id: Mapped[int] = mapped_column(ForeignKey("case_processes.id"))
    question: Mapped[Code] = mapped_column(ForeignKey("fairness_questions.code"))
    answer: Mapped[Fairness] = mapped_column(coded(Fairness))
    happened_on: Mapped[date | None]
    evidence: Mapped[Evidence | None] = mapped_column(coded(Evidence))
    note: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
