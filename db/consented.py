"""The doctor's latest answer for a purpose, and the refusal of what it does not allow."""

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.choices import ConsentPurpose
from db.errors import CommandRefused
from db.models import Case, Consent
from db.rules.consent import Answer, Needed, holds, why_not


def need_consent(session: Session, case: Case, needed: Needed, *, field: str | None = None) -> None:
    """Refuses unless the doctor said yes to this, and the yes stands today."""
    if why := why_not(needed, latest_answer(session, case, needed), clock.today()):
        raise CommandRefused(why, field=field)


def agrees(session: Session, case: Case, needed: Needed) -> bool:
    return holds(latest_answer(session, case, needed), clock.today())


def latest_answer(session: Session, case: Case, needed: Needed) -> Answer | None:
    """None if nobody has asked. A yes to contacting organisations that names none allows none."""
    asked = (Consent.case_id == case.id) & (Consent.purpose == needed.purpose)
    if needed.purpose is ConsentPurpose.CONTACT:
        asked &= Consent.whom == needed.whom
    query = select(Consent).where(asked).order_by(Consent.given_at.desc(), Consent.id.desc()).limit(1)
    row = session.scalar(query)
    return Answer(row.given and row.withdrawn_at is None, row.expires_on) if row else None


def running(purpose: ConsentPurpose) -> Select[int]:
    """Ids of the cases whose doctor agrees to this today. Each answer ends the one before: a live yes is the latest."""
    return select(Consent.case_id).where(
        Consent.purpose == purpose,
        Consent.given,
        Consent.withdrawn_at.is_(None),
        or_(Consent.expires_on.is_(None), Consent.expires_on >= clock.today()),
    )
