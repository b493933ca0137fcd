"""Who is told of an employer that somebody declared: leads without a conflict there themselves."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from db.models import Affiliation
from db.walls import barred_bodies


def shares(session: Session, lead_id: int, declared: Affiliation) -> bool:
    """Whether this lead belongs or belonged to the same organisation (or one that counts as the same) or circle."""
    if declared.organisation_id is not None:
        theirs = select(barred_bodies(lead_id).subquery().c[0])
        return declared.organisation_id in set(session.scalars(theirs))
    circle = exists().where(
        Affiliation.volunteer_id == lead_id,
        Affiliation.specialty_group == declared.specialty_group,
        Affiliation.region == declared.region,
    )
    return session.scalar(select(circle)) or False
