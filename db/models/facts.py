"""Facts of a case: conditions on the day, concerns raised and detriments, grounds, impacts, pay, policy, indemnity."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, coded
from db.rules.facts import FactKind


class CaseFact(Base):
    """One edition of a fact; see `db.rules.facts.SaidFact`.

    Append-only: a change is a new `edition` with the same `number`, and the newest counts. `reason` is why it was
    changed or withdrawn, None for a first edition. `examined_by` holds codes with a space between, `after` the number
    of a concern.
    """

    __tablename__ = "case_facts"
    __table_args__ = (
        # Two people acting at once cannot both make the next edition.
        UniqueConstraint("case_id", "number", "edition"),
        CheckConstraint("number >= 1 AND edition >= 1", name="counted_from_one"),
        CheckConstraint("edition = 1 OR reason IS NOT NULL", name="changed_for_a_reason"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    edition: Mapped[int]
    kind: Mapped[FactKind] = mapped_column(coded(FactKind))
    code: Mapped[Code | None]
    took_place_on: Mapped[date | None]
    note: Mapped[str]
    examined_by: Mapped[str] = mapped_column(String(120))
    after: Mapped[int | None]
    case_process_id: Mapped[int | None] = mapped_column(ForeignKey("case_processes.id"), index=True)
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("findings.id"), index=True)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    at: Mapped[datetime]
