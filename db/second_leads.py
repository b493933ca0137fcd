"""Who counts as a second lead, and what is still waiting for one; for commands and queries alike."""

import functools
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select

from db import clock
from db.base import UtcDateTime
from db.choices import Role
from db.models import Approval, SignInSession, Volunteer
from db.rules.four_eyes import APPROVAL_DAYS, ApprovalOutcome

# Worked out when a statement runs, so that a cached one does not keep an old time.
SINCE = bindparam("asked_since", callable_=lambda: clock.now() - timedelta(days=APPROVAL_DAYS), type_=UtcDateTime)


@functools.cache
def signing_leads() -> Select[int]:
    """Ids of active leads who have signed in at least once: nobody else could agree to anything."""
    signed_in = or_(Volunteer.password_hash.is_not(None), exists().where(SignInSession.volunteer_id == Volunteer.id))
    return select(Volunteer.id).where(Volunteer.role == Role.LEAD, Volunteer.active, signed_in).order_by(Volunteer.id)


@functools.cache
def is_live() -> ColumnElement[bool]:
    """The condition on `Approval`: not answered or lapsed, and asked by somebody who is still a lead."""
    asks = exists().where(Volunteer.id == Approval.asked_by_id, Volunteer.active, Volunteer.role == Role.LEAD)
    return and_(Approval.outcome == ApprovalOutcome.WAITING, Approval.asked_at > SINCE, asks)
