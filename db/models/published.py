"""What others published, kept apart from anything of ours."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key, Name


class PublishedValue(Base):
    """A share that somebody else published, of one region or kind of organisation in one year. `place` is a code of the
    list `listed`; `base` is how many people it is a share of."""

    __tablename__ = "published_values"
    __table_args__ = (
        UniqueConstraint("series", "measure", "year", "listed", "place"),
        CheckConstraint("share BETWEEN 0 AND 100", name="share_is_a_percentage"),
        CheckConstraint("base > 0", name="of_somebody"),
    )

    id: Mapped[Key]
    series: Mapped[Code]
    measure: Mapped[Code]
    label: Mapped[Name]
    year: Mapped[int]
    listed: Mapped[Code]
    place: Mapped[Code]
    share: Mapped[float]
    base: Mapped[int]
    source: Mapped[str] = mapped_column(String(300))
    imported_at: Mapped[datetime]
