"""Whose cases somebody may hear of in a meeting: leads and people on the case as always; people who were asked to come,
every case without a conflict, as each doctor agreed to. Nobody hears of one they are barred from."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_cases, full_cases, own_cases
from db.choices import ConsentPurpose
from db.models import Case, Consent, Meeting, MeetingAttendee
from db.rules.consent import Answer, holds


def is_asked(session: Session, viewer: Viewer, meeting: Meeting) -> bool:
    mine = (MeetingAttendee.meeting_id == meeting.id) & (MeetingAttendee.volunteer_id == viewer.id)
    return session.scalar(select(MeetingAttendee.id).where(mine)) is not None


def takes_part(session: Session, viewer: Viewer, meeting: Meeting) -> bool:
    """Who writes down what is said, and reads the minutes: leads, and whoever was asked to come."""
    return viewer.is_lead or (viewer.sees_cases and is_asked(session, viewer, meeting))


# A few ids, or a query for many.
Ids = Collection[int] | Select[int | None] | Select[int]


def heard_among(session: Session, viewer: Viewer, meeting: Meeting, case_ids: Ids) -> set[int]:
    """Those of the cases on an agenda that this person may hear of, apart from what the doctor agreed to."""
    heard = _heard(viewer, is_asked=is_asked(session, viewer, meeting))
    return set(session.scalars(select(Case.id).where(Case.id.in_(case_ids), heard)))


def _heard(viewer: Viewer, *, is_asked: bool) -> ColumnElement[bool]:
    if viewer.is_lead or not viewer.sees_cases or not is_asked:
        return full_cases(viewer)
    not_barred = Case.id.not_in(barred_cases(viewer.id, also_waiting=True))
    # While its organisation is not matched, nobody can be checked for a conflict.
    matched = or_(Case.organisation_id.is_not(None), Case.id.in_(own_cases(viewer.id)))
    return and_(not_barred, matched)


def agreed_among(session: Session, case_ids: Ids) -> set[int]:
    """Those whose doctor agrees today to being discussed at the meeting."""
    answers = (
        select(Consent.case_id, Consent.given, Consent.withdrawn_at, Consent.expires_on)
        .where(Consent.case_id.in_(case_ids), Consent.purpose == ConsentPurpose.MEETING)
        .order_by(Consent.given_at, Consent.id)
    )
    latest = {
        row.case_id: Answer(row.given and row.withdrawn_at is None, row.expires_on) for row in session.execute(answers)
    }
    return {case_id for case_id, answer in latest.items() if holds(answer, clock.today())}
