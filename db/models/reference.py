"""Reference data: organisations, processes, dated rules and coded lists (from `db/reference/*.csv`)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db import clock
from db.base import Base, Code, Key, Name, coded
from db.choices import Certainty, DeadlineKind, FindingKind, Whose


class Organisation(Base):
    """An organisation: dated, never deleted. `code` is the ODS code if there is one."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
        Index(None, "name"),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    kind: Mapped[Code]
    nation: Mapped[Code]
    region: Mapped[Code]
    parent_code: Mapped[Code | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    town: Mapped[Name | None]
    postcode: Mapped[str | None] = mapped_column(String(12))
    # Tells a search whether the names it keeps in memory are up to date.
    changed_at: Mapped[datetime | None] = mapped_column(default=clock.now, onupdate=clock.now, index=True)


class OrganisationAlias(Base):
    """A former or everyday name of an organisation, for searching and matching."""

    __tablename__ = "organisation_aliases"

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[Name]


class OrganisationMerger(Base):
    """One organisation took over from another on a day: from a file, or recorded by a lead."""

    __tablename__ = "organisation_mergers"
    __table_args__ = (
        UniqueConstraint("predecessor_id", "successor_id"),
        CheckConstraint("predecessor_id <> successor_id", name="two_bodies"),
    )

    id: Mapped[Key]
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    merged_on: Mapped[date]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    recorded_at: Mapped[datetime]


class BodyKin(Base):
    """Two organisations that count as one for the conflict wall, both ways round. Worked out by `db/rules/families.py`
    from parents and mergers, and stored because every read needs it."""

    __tablename__ = "body_kin"

    body_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    kin_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True, index=True)


class Process(Base):
    """A kind of process a doctor may face: an employer's, a regulator's, a court's … `nation_scope` has the codes of
    its nations; empty for the whole UK. One that ends at the stage `first_hearing` or later has had its hearing."""

    __tablename__ = "processes"

    code: Mapped[Code] = mapped_column(primary_key=True)
    label: Mapped[Name]
    nation_scope: Mapped[Name]
    definition: Mapped[str]
    first_hearing: Mapped[Code | None]
    position: Mapped[int]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    checked_on: Mapped[date]
    certainty: Mapped[Certainty] = mapped_column(coded(Certainty))


class ProcessStage(Base):
    """A stage, in the usual order. `course` is "aside" for one that is not a usual next step. `starts` is the time rule
    of a duty that begins by itself on the day the stage is reached."""

    __tablename__ = "process_stages"

    process: Mapped[Code] = mapped_column(ForeignKey("processes.code"), primary_key=True)
    code: Mapped[Code] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[Name]
    definition: Mapped[str]
    course: Mapped[Code | None]
    starts: Mapped[Code | None]


class OutcomeTerm(Base):
    """What a process may come to. `processes` has the codes of those it belongs to, or `*` for all.

    `effect` is what it does to an earlier outcome (`db.rules.outcomes.Effect`; none for most), `asks` what else is
    asked (`db.rules.outcomes.Asks`). `ends_as` and `review_as` name the deadlines that the end and the review of a
    sanction become, of this `kind`. `starts` is the time rule of a duty that begins by itself."""

    __tablename__ = "outcome_terms"

    code: Mapped[Code] = mapped_column(primary_key=True)
    processes: Mapped[Name]
    label: Mapped[Name]
    definition: Mapped[str]
    effect: Mapped[Code | None]
    asks: Mapped[Name]
    ends_as: Mapped[Name]
    review_as: Mapped[Name]
    kind: Mapped[DeadlineKind | None] = mapped_column(coded(DeadlineKind))
    starts: Mapped[Code | None]
    position: Mapped[int]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    checked_on: Mapped[date]
    certainty: Mapped[Certainty] = mapped_column(coded(Certainty))


class DatedEvent(Base):
    """A dated happening that a doctor tells of, and the rules that count from it. One at a `place` (a stage or an
    outcome of its process, or of any without one) is also recorded there. `as_date` is set for a day to come that is
    itself the deadline. See `db/rules/dated_events.py`."""

    __tablename__ = "dated_events"

    code: Mapped[Code] = mapped_column(primary_key=True)
    process: Mapped[Code | None] = mapped_column(ForeignKey("processes.code"))
    place: Mapped[Code | None]
    value: Mapped[Code | None]
    label: Mapped[Name]
    rules: Mapped[str]
    as_date: Mapped[Code | None]
    position: Mapped[int]


class TimeRule(Base):
    """A time limit, as dated data: it prompts and never decides. `counting` is after (the day after the trigger is day
    one), inclusive (the trigger's day is day one) or backwards (from a hearing). For the last seven columns see
    `db/rules/time_rules.py`."""

    __tablename__ = "time_rules"
    __table_args__ = (ForeignKeyConstraint(["process", "stage"], ["process_stages.process", "process_stages.code"]),)

    code: Mapped[Code] = mapped_column(primary_key=True)
    process: Mapped[Code] = mapped_column(index=True)
    stage: Mapped[Code]
    label: Mapped[Name]
    amount: Mapped[int]
    unit: Mapped[Code]
    counts_from: Mapped[Name]
    counting: Mapped[Code]
    kind: Mapped[DeadlineKind] = mapped_column(coded(DeadlineKind))
    whose: Mapped[Whose] = mapped_column(coded(Whose))
    text: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    checked_on: Mapped[date]
    certainty: Mapped[Certainty] = mapped_column(coded(Certainty))
    alternative_to: Mapped[Code | None]
    next_rule: Mapped[Code | None]
    runs_in: Mapped[Name | None]
    paused_by: Mapped[Code | None]
    least_after: Mapped[Code | None]
    counts_by: Mapped[Code | None]
    spans: Mapped[Code | None]


class FindingCode(Base):
    """One of the findings: systemic issues, procedural failures, points of unfairness."""

    __tablename__ = "finding_codes"

    code: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[FindingKind] = mapped_column(coded(FindingKind))
    label: Mapped[Name]
    definition: Mapped[str]
    theme_source: Mapped[str]
    position: Mapped[int]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    certainty: Mapped[Certainty] = mapped_column(coded(Certainty))


class CodedTerm(Base):
    """A term of a short list (grade, ground, outcome, flag …). `extra` is red or amber for a flag."""

    __tablename__ = "coded_terms"

    list: Mapped[Code] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(primary_key=True)
    label: Mapped[Name]
    definition: Mapped[str]
    position: Mapped[int]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    extra: Mapped[Code | None]
