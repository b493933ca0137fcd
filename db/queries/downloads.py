"""Whether a file that was asked for can still be fetched."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from db import clock
from db.models import Download
from db.sign_in import token_hash


def still_waits(session: Session, session_id: int, token: str) -> bool:
    """Whether this sign-in session asked for it, has not fetched it, and is still in time."""
    row = exists().where(
        Download.token_hash == token_hash(token),
        Download.session_id == session_id,
        Download.expires_at > clock.now(),
    )
    return session.scalar(select(row)) or False
