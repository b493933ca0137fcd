"""Doctors who said no to “Use in counts”: they are in no release (docs/domain.md §6.1).

A doctor who was not asked is counted. A no on any of their cases leaves them out, and so does a yes that was withdrawn
or has expired: the latest answer on each case decides.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.choices import ConsentPurpose
from db.models import Case, Consent


def doctors_left_out(session: Session, *, among: ColumnElement[bool] | None = None) -> list[int]:
    """Ids of the doctors who are in no release; going by these cases only, if a condition on `Case` is given."""
    query = select(Case.doctor_id).join(Consent, Consent.case_id == Case.id).where(*said_no())
    if among is not None:
        query = query.where(among)
    return sorted(set(session.scalars(query)))


def has_said_no_since(session: Session, moment: datetime) -> bool:
    """Whether a doctor who was counted at that moment must not be counted now."""
    taken_back = or_(
        and_(~Consent.given, Consent.given_at > moment),
        Consent.withdrawn_at > moment,
        Consent.expires_on >= clock.london_day(moment),
    )
    query: Select[int] = select(Consent.id).where(*said_no(), taken_back).limit(1)
    return session.scalar(query) is not None


def said_no() -> tuple[ColumnElement[bool], ...]:
    """The conditions on `Consent`: the latest answer on its case is a no today."""
    later = aliased(Consent)
    no_word_since = ~exists().where(
        later.case_id == Consent.case_id, _of_counts(later), later.given_at > Consent.given_at
    )
    no = or_(~Consent.given, Consent.withdrawn_at.is_not(None), Consent.expires_on < clock.today())
    return _of_counts(Consent), no, no_word_since


def _of_counts(consent: type[Consent]) -> ColumnElement[bool]:
    # As a literal, like the index: SQLite would not use it with a bound value.
    return consent.purpose == bindparam("counts", ConsentPurpose.COUNTS, literal_execute=True)
