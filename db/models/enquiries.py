"""Messages from somebody other than the doctor, until the doctor agrees that we keep a record."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, Name, coded
from db.choices import Channel, YesNo


class Enquiry(Base):
    """Somebody else wrote first. Who they are, who the doctor is and how to reach the doctor are in `sealed`
    (`db/rules/enquiries.py`). The row is deleted with the doctor's answer, or when none has come."""

    __tablename__ = "enquiries"
    __table_args__ = (CheckConstraint("organisation_id IS NOT NULL OR body_text IS NOT NULL", name="has_a_body"),)

    id: Mapped[Key]
    received_at: Mapped[datetime]
    channel: Mapped[Channel] = mapped_column(coded(Channel))
    relation: Mapped[Code]
    danger: Mapped[YesNo] = mapped_column(coded(YesNo))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    body_text: Mapped[Name | None]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # Whoever bears the doctor's or the writer's name is shown nothing of it.
    doctor_hash: Mapped[str | None] = mapped_column(String(64))
    writer_hash: Mapped[str | None] = mapped_column(String(64))
    # Whoever recorded it and has a link to an organisation that is on no list.
    barred_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    ask_by: Mapped[date]
    asked_on: Mapped[date | None]
    owner_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    recorded_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own class attribute
