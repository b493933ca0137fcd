"""What a reader should learn from a case, in words that identify nobody."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key
from db.rules.learning import MOST_CODES_LENGTH


class Learning(Base):
    """`findings` and `processes` are codes of its case's, with a space between. `by_id` is who wrote it as it stands:
    somebody else agrees that it identifies nobody, or says what does (`returned_why`), and it is changed. Once agreed
    it changes no more; it can be withdrawn."""

    __tablename__ = "learnings"
    __table_args__ = (
        CheckConstraint("agreed_by_id IS NULL OR agreed_by_id <> by_id", name="agreed_by_a_second"),
        CheckConstraint("(agreed_by_id IS NULL) = (agreed_at IS NULL)", name="agreed_or_not"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_why IS NULL)", name="withdrawn_for_a_reason"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    theme: Mapped[Code] = mapped_column(index=True)
    text: Mapped[str]
    findings: Mapped[str] = mapped_column(String(MOST_CODES_LENGTH))
    processes: Mapped[str] = mapped_column(String(MOST_CODES_LENGTH))
    by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
    returned_why: Mapped[str | None]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    agreed_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute
