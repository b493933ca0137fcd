"""Who said no to “Use in counts”: such a doctor is in no release (docs/domain.md §6.1).

Not asked counts as usable. A no on any of their cases leaves a doctor out, and so does a yes that was taken back or has
run out: what stands is the latest word on each case.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.choices import ConsentPurpose
from db.models import Case, Consent


def doctors_left_out(session: Session, *, among: ColumnElement[bool] | None = None) -> list[int]:
    """Ids of the doctors who are in no release; told by these cases only, where a condition on `Case` is given."""
    query = select(Case.doctor_id).join(Consent, Consent.case_id == Case.id).where(*_said_no())
    if among is not None:
        query = query.where(among)
    return sorted(set(session.scalars(query)))


def has_said_no_since(session: Session, moment: datetime) -> bool:
    """Whether a doctor took part in counts at that moment who must not any more."""
    taken_back = or_(
        and_(~Consent.given, Consent.given_at > moment),
        Consent.withdrawn_at > moment,
        Consent.expires_on >= clock.london_day(moment),
    )
    query: Select[int] = select(Consent.id).where(*_said_no(), taken_back).limit(1)
    return session.scalar(query) is not None


def _said_no() -> tuple[ColumnElement[bool], ...]:
    later = aliased(Consent)
    no_word_since = ~exists().where(
        later.case_id == Consent.case_id, _of_counts(later), later.given_at > Consent.given_at
    )
    no = or_(~Consent.given, Consent.withdrawn_at.is_not(None), Consent.expires_on < clock.today())
    return _of_counts(Consent), no, no_word_since


def _of_counts(consent: type[Consent]) -> ColumnElement[bool]:
    # In the very words of the index: with a bound value SQLite would not use it.
    return consent.purpose == bindparam("counts", ConsentPurpose.COUNTS, literal_execute=True)
