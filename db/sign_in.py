"""What commands and queries share about signing in."""

import hashlib

from sqlalchemy.orm import Session

from db.models import SecondFactor


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def has_factor(session: Session, volunteer_id: int) -> bool:
    """Whether two-step sign-in is on."""
    row = session.get(SecondFactor, volunteer_id)
    return row is not None and row.confirmed_at is not None
