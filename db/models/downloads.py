"""Files that were asked for and not fetched yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, Key


class Download(Base):
    """A file that somebody asked for, until it is fetched or its time is over; then the row is deleted. Only a hash of
    its address is kept, and never the file. Only the session that asked may fetch it. `about` says which file, in codes
    and ids."""

    __tablename__ = "downloads"

    id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("sign_in_sessions.id"))
    kind: Mapped[Code]
    about: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
