"""What is emerging: how many false alarms leads put up with, and which rises they have dismissed."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, coded
from db.choices import FalseAlarms


class AlarmBudget(Base):
    """How many false alarms leads put up with; the newest row counts."""

    __tablename__ = "alarm_budgets"

    id: Mapped[Key]
    budget: Mapped[FalseAlarms] = mapped_column(coded(FalseAlarms))
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class Dismissal(Base):
    """A rise that a lead has looked at. Its cases are known from then on: only others can make it rise again. `other`
    is the second code of a pair."""

    __tablename__ = "dismissals"
    __table_args__ = (Index(None, "code"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(ForeignKey("finding_codes.code"))
    other: Mapped[Code | None] = mapped_column(ForeignKey("finding_codes.code"))
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]


class DismissedCase(Base):
    """A case behind a rise that was dismissed. Whoever may not see all of them is shown nothing of the dismissal."""

    __tablename__ = "dismissed_cases"

    dismissal_id: Mapped[int] = mapped_column(ForeignKey("dismissals.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
