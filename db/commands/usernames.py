"""Which usernames are allowed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.errors import CommandRefused
from db.models import Volunteer

SHORTEST, LONGEST = 3, 64


def checked_username(session: Session, username: str) -> str:
    handle = username.strip().lower()
    plain = all(c.isascii() and (c.isalnum() or c in "._-") for c in handle)
    if not (SHORTEST <= len(handle) <= LONGEST and plain):
        raise CommandRefused(
            f"Username: use {SHORTEST} to {LONGEST} letters, digits, dots, dashes or underscores.", field="username"
        )
    if session.scalar(select(Volunteer.id).where(Volunteer.username == handle)) is not None:
        raise CommandRefused("That username is taken. Choose another.", field="username")
    return handle
