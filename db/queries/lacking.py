"""What should be on a case and is not, in SQL: for the queue, and for the numbers that lead to it."""

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_

from db.choices import ConsentPurpose, Lack, Stage
from db.models import Case, Consent, Deadline, Finding

# Where the findings have been coded, or should have been.
CODED_BY = (Stage.FINDINGS, Stage.ACTIVE, Stage.CLOSING, Stage.LEARNING)


def lacks_sql(lack: Lack, today: date) -> ColumnElement[bool]:
    """Whether an open `Case` lacks this today."""
    return and_(Case.is_open, _lacks(lack, today))


def _lacks(lack: Lack, today: date) -> ColumnElement[bool]:
    if lack is Lack.UNCODED:
        return and_(Case.stage.in_(CODED_BY), ~exists().where(Finding.case_id == Case.id))
    if lack is Lack.UNMATCHED:
        return Case.organisation_id.is_(None)
    if lack is Lack.NO_DEADLINE:
        return ~exists().where(Deadline.case_id == Case.id)
    standing = and_(Consent.given, Consent.withdrawn_at.is_(None))
    lasting = or_(Consent.expires_on.is_(None), Consent.expires_on >= today)
    of_case = and_(Consent.case_id == Case.id, Consent.purpose == ConsentPurpose.HOLD)
    return ~exists().where(of_case, standing, lasting)
