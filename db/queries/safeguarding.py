"""Who everybody is told to call where a doctor may be in danger."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.choices import Role
from db.models import Volunteer


def safeguarding_lead(session: Session, viewer: Viewer, username: str) -> str | None:
    """The name of the lead with this username (the setting SAFEGUARDING_LEAD); None if there is none, they have left or
    are no lead. Nothing for observers."""
    if not viewer.sees_cases or not username:
        return None
    wanted = (Volunteer.username == username, Volunteer.active, Volunteer.role == Role.LEAD)
    return session.scalar(select(Volunteer.name).where(*wanted))
