"""Who counts as a second lead, and what is still waiting for one; for commands and queries alike."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from db import clock
from db.choices import Role
from db.models import Approval, SignInSession, Volunteer
from db.rules.four_eyes import APPROVAL_DAYS, ApprovalOutcome


def signing_leads() -> Select[int]:
    """Ids of active leads who have signed in at least once: nobody else could agree to anything."""
    signed_in = or_(Volunteer.password_hash.is_not(None), exists().where(SignInSession.volunteer_id == Volunteer.id))
    return select(Volunteer.id).where(Volunteer.role == Role.LEAD, Volunteer.active, signed_in).order_by(Volunteer.id)


def is_live() -> ColumnElement[bool]:
    """The condition on `Approval`: not answered or lapsed, and asked by somebody who is still a lead."""
    asks = exists().where(Volunteer.id == Approval.asked_by_id, Volunteer.active, Volunteer.role == Role.LEAD)
    since = clock.now() - timedelta(days=APPROVAL_DAYS)
    return and_(Approval.outcome == ApprovalOutcome.WAITING, Approval.asked_at > since, asks)
