"""What is done to a copy before it takes the place of the record."""

import secrets

from sqlalchemy import update
from sqlalchemy.orm import Session

from db import clock
from db.commands.record import audit
from db.declared import change
from db.models import Revision, SignInSession

change("restore", says="brought back a backup", moves_access=True)


def settle_restored(session: Session) -> None:
    """Ends every sign-in that was live when the copy was made, and gives it a name of its own, so that no cached answer
    about other data is used."""
    session.execute(update(SignInSession).where(SignInSession.ended_at.is_(None)).values(ended_at=clock.now()))
    session.execute(update(Revision).values(database=secrets.token_hex(8)))
    audit(session, None, "restore")
