"""Emails to leads when a doctor may be in danger: kept with the flag, sent once the record is saved, and never with a
word about the case."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred
from db.choices import Role
from db.enquiry_access import is_kept_from
from db.models import Alert, Enquiry, Flag, Volunteer
from db.rules.safety import AlertState

# After this an email that was begun and not settled is sent again: for a doctor in danger rather twice than never.
BROKEN_OFF = timedelta(minutes=15)
# Set in a session that has made some, for whoever sends them once it is saved.
MADE = "alerts_made"


@dataclass(frozen=True)
class Owed:
    """Somebody who is to get an email. Their address is not in the repr, and so not in logs."""

    volunteer_id: int
    username: str
    email: str = field(repr=False)


def owe_alerts(session: Session, viewer: Viewer | None, flag: Flag) -> None:
    """Notes an email to every lead who may see the case, except whoever raised the flag. A barred lead gets none."""
    for id in _leads(session, viewer):
        if not is_barred(session, id, flag.case_id):
            _owe(session, Alert(flag_id=flag.id, volunteer_id=id))


def owe_alerts_of_enquiry(session: Session, viewer: Viewer, enquiry: Enquiry) -> None:
    """The same where somebody else wrote of a doctor in danger."""
    for id in _leads(session, viewer):
        if not is_kept_from(session, id, enquiry.id):
            _owe(session, Alert(enquiry_id=enquiry.id, volunteer_id=id))


def _leads(session: Session, besides: Viewer | None) -> list[int]:
    leads = select(Volunteer.id).where(Volunteer.role == Role.LEAD, Volunteer.active).order_by(Volunteer.id)
    return [id for id in session.scalars(leads) if besides is None or id != besides.id]


def _owe(session: Session, alert: Alert) -> None:
    alert.made_at, alert.state = clock.now(), AlertState.WAITING
    session.add(alert)
    session.info[MADE] = True


def claim_alerts(session: Session) -> list[Owed]:
    """Takes everything that waits: each person once, however many flags. Those who have left, lead no more, have no
    address or are barred by now get nothing. If two runs begin at once, each email is sent by one of them."""
    broken_off = and_(Alert.state == AlertState.CLAIMED, Alert.settled_at < clock.now() - BROKEN_OFF)
    query = (
        select(Alert, Flag.case_id, Volunteer)
        .outerjoin(Flag, Flag.id == Alert.flag_id)
        .join(Volunteer, Volunteer.id == Alert.volunteer_id)
        .where(or_(Alert.state == AlertState.WAITING, broken_off))
        .order_by(Alert.id)
    )
    owed: dict[int, Owed] = {}
    for alert, case_id, person in session.execute(query.with_for_update(of=Alert, skip_locked=True)).all():
        fit = person.active and person.role is Role.LEAD and person.email
        is_owed = bool(fit) and not _is_kept_from(session, person.id, alert, case_id)
        alert.state = AlertState.CLAIMED if is_owed else AlertState.NOT_NEEDED
        alert.settled_at = clock.now()
        if is_owed:
            owed[person.id] = Owed(person.id, person.username, person.email or "")
    return list(owed.values())


def _is_kept_from(session: Session, volunteer_id: int, alert: Alert, case_id: int | None) -> bool:
    if alert.enquiry_id is not None:
        return is_kept_from(session, volunteer_id, alert.enquiry_id)
    return case_id is None or is_barred(session, volunteer_id, case_id)


def settle_alerts(session: Session, *, volunteer_id: int, state: AlertState) -> None:
    """Says what became of the emails that were claimed for this person: sent, or waiting once more."""
    claimed = (Alert.volunteer_id == volunteer_id) & (Alert.state == AlertState.CLAIMED)
    session.execute(update(Alert).where(claimed).values(state=state, settled_at=clock.now()))
