"""The lived-experience series: the doctor's consent to it, apart from every other, and each story's way."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, coded
from db.rules.series import StoryStage

LIVE: dict[str, Any] = {
    "sqlite_where": text("stage <> 'withdrawn'"),
    "postgresql_where": text("stage <> 'withdrawn'"),
}


class SeriesConsent(Base):
    """One row for each answer: to take part at all (`channel` is empty), or to one channel. The newest counts."""

    __tablename__ = "series_consents"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    channel: Mapped[Code]
    wording: Mapped[Code]
    given: Mapped[bool]
    given_at: Mapped[datetime]
    expires_on: Mapped[date | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))


class Story(Base):
    """A story, at most one live for a case. Its text is kept elsewhere; `stage` follows from its steps."""

    __tablename__ = "stories"
    __table_args__ = (Index("uq_stories_live", "case_id", unique=True, **LIVE),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    stage: Mapped[StoryStage] = mapped_column(coded(StoryStage))
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute


class StoryStep(Base):
    """A step of a story. Append-only. `channel` only of what was published or taken down."""

    __tablename__ = "story_steps"

    id: Mapped[Key]
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    stage: Mapped[StoryStage] = mapped_column(coded(StoryStage, "step_stage"))
    channel: Mapped[Code | None]
    note: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
