"""Saved views, cases marked for the next meeting, requests for updates, and news for the inbox."""

from typing import Any

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, visible_cases
from db.choices import ConsentPurpose, EntryKind, Role
from db.commands.conflicts import answer_cover, see_bodies
from db.commands.entries import add_entry
from db.commands.requests import ask_update, mark_for_meeting
from db.commands.same_doctor import answer_same_doctor
from db.demo.people import SIGN_INS
from db.models import Case, CaseIdentity, Consent, Leave, SavedView, Volunteer
from db.queries.offers import cover_to_answer

SHARED: dict[str, dict[str, Any]] = {
    "Crisis and hearings": {"flags": ["CRISIS", "HEARING"]},
    "Unallocated for over 30 days": {"lead": 0, "older_than_days": 30},
}
OWN: dict[str, dict[str, Any]] = {"New in London": {"stages": ["new", "triage"], "regions": ["london"]}}


def add_views(session: Session) -> None:
    """Two views that the lead shares, and one of the volunteer's own."""
    for role, views in ((Role.LEAD, SHARED), (Role.VOLUNTEER, OWN)):
        owner = first_of(role)
        for name, filters in views.items():
            session.add(
                SavedView(owner_id=owner, name=name, folded=name.casefold(), shared=role is Role.LEAD, filters=filters)
            )


WHY = (
    "Two of us read the letter differently.",
    "No answer from the employer for a month. What next?",
    "Ready to close. Does anybody see a reason not to?",
)
MARKED, ASKED = 3, 2


NEWS = (
    "Spoke to the union’s adviser in general terms: they can take this on from next week.",
    "Read the terms of reference again: the second allegation was not in the first letter.",
)


def add_news(session: Session) -> None:
    """What the lead did on the volunteer's own cases, so that there is something in the inbox."""
    lead, volunteer = (first_of(role) for role in (Role.LEAD, Role.VOLUNTEER))
    own = select(Case.reference).where(Case.is_open, Case.lead_id == volunteer, visible_cases(Viewer(lead, Role.LEAD)))
    for reference, text in zip(session.scalars(own.order_by(Case.id)), NEWS, strict=False):
        add_entry(session, actor_id=lead, reference=reference, kind=EntryKind.NOTE, text=text)


def add_same_doctor(session: Session) -> None:
    """One pair of cases that the lead has joined. The others wait on “Same doctor?”."""
    lead = first_of(Role.LEAD)
    rows = session.execute(
        select(Case.reference, Case.id, CaseIdentity.name_hash, CaseIdentity.contact_hash)
        .join(CaseIdentity, CaseIdentity.case_id == Case.id)
        .where(visible_cases(Viewer(lead, Role.LEAD)), CaseIdentity.doctor_id == Case.doctor_id)
        .order_by(Case.id)
    )
    first: dict[tuple[str, str], str] = {}
    for row in rows:
        told = (row.name_hash, row.contact_hash)
        if told in first:
            answer_same_doctor(
                session, actor_id=lead, reference=first[told], other_reference=row.reference, is_one=True
            )
            return
        first[told] = row.reference


def first_of(role: Role) -> int:
    """The id of the first demo sign-in with this role."""
    return next(number for number, (_, _, held, *_) in enumerate(SIGN_INS, start=1) if held is role)


def answer_for_cover(session: Session) -> None:
    """Leads who cover today have seen which organisation each case is about, and know of no conflict. A volunteer who
    will cover has yet to answer."""
    covers = select(Volunteer.id).join(Leave, Leave.cover_id == Volunteer.id)
    today = clock.today()
    now = covers.where(Volunteer.role == Role.LEAD, Leave.starts_on <= today, Leave.ends_on >= today)
    for lead in session.scalars(now.distinct().order_by(Volunteer.id)).all():
        for reference in cover_to_answer(session, Viewer(id=lead, role=Role.LEAD)):
            see_bodies(session, actor_id=lead, reference=reference)
            answer_cover(session, actor_id=lead, reference=reference, no_conflict=True)


def add_marks(session: Session) -> None:
    """A few open cases on the next meeting's list, and two with a request for an update. Needs the cards."""
    lead = first_of(Role.LEAD)
    viewer = Viewer(id=lead, role=Role.LEAD)
    agreed = and_(Consent.purpose == ConsentPurpose.MEETING, Consent.given, Consent.withdrawn_at.is_(None))
    led = select(Case.reference).where(
        visible_cases(viewer),
        Case.is_open,
        Case.lead_id.is_not(None),
        Case.lead_id != lead,
        exists().where(Consent.case_id == Case.id, agreed),
    )
    quiet = session.scalars(led.order_by(Case.update_at, Case.id).limit(MARKED + ASKED)).all()
    for reference, why in zip(quiet, WHY, strict=False):
        mark_for_meeting(session, actor_id=lead, reference=reference, why=why)
    for reference in quiet[MARKED:]:
        ask_update(session, actor_id=lead, reference=reference, note="Is there anything I can help with?")
