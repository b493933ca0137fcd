"""Which usernames are allowed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.errors import CommandRefused
from db.models import Volunteer


def checked_username(session: Session, username: str) -> str:
    handle = username.strip().lower()
    plain = all(c.isascii() and (c.isalnum() or c in "._-") for c in handle)
    if not (3 <= len(handle) <= 64 and plain):
        raise CommandRefused("Username: use 3 to 64 letters, digits, dots, dashes or underscores.", field="username")
    if session.scalar(select(Volunteer.id).where(Volunteer.username == handle)) is not None:
        raise CommandRefused("That username is taken. Choose another.", field="username")
    return handle
