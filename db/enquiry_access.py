"""Who may see a message from somebody other than the doctor: whoever asks the doctor, and leads, unless they are linked
to the organisation, bear the doctor's or the writer's name, or said that they have a conflict."""

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.errors import NotFound
from db.models import Affiliation, BodyKin, Enquiry, VolunteerName
from db.rules.enquiries import KEPT_AFTER


def visible_enquiries(viewer: Viewer) -> ColumnElement[bool]:
    """The enquiries that this person may see, and that are not to be deleted by now."""
    mine: ColumnElement[bool] = Enquiry.owner_id == viewer.id
    if not viewer.sees_cases:
        mine = false()
    elif viewer.is_lead:
        mine = true()
    in_time = Enquiry.ask_by > clock.today() - KEPT_AFTER
    return and_(mine, in_time, ~bars(viewer.id))


def bars(volunteer_id: int) -> ColumnElement[bool]:
    """Whether an enquiry is kept from this person."""
    related = select(BodyKin.kin_id).where(BodyKin.body_id == Affiliation.organisation_id)
    same = or_(
        Enquiry.organisation_id == Affiliation.organisation_id,
        Enquiry.organisation_id.in_(related.correlate(Affiliation)),
    )
    still = or_(Affiliation.bars_until.is_(None), Affiliation.bars_until >= clock.today() - KEPT_AFTER)
    linked = exists().where(Affiliation.volunteer_id == volunteer_id, same, still)
    names = (Enquiry.doctor_hash, Enquiry.writer_hash)
    named = exists().where(
        VolunteerName.volunteer_id == volunteer_id, or_(*(VolunteerName.name_hash == name for name in names))
    )
    return or_(linked, named, Enquiry.barred_id.is_not_distinct_from(volunteer_id))


def is_kept_from(session: Session, volunteer_id: int, enquiry_id: int) -> bool:
    return session.scalar(select(Enquiry.id).where(Enquiry.id == enquiry_id, bars(volunteer_id))) is not None


def read_enquiry(session: Session, viewer: Viewer, enquiry_id: int, *, lock: bool = False) -> Enquiry:
    """The enquiry, if this person may see it; else `NotFound`, whatever the reason."""
    query = select(Enquiry).where(Enquiry.id == enquiry_id, visible_enquiries(viewer))
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("Not found. It may have been dealt with already.")
    return row
