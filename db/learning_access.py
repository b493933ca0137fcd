"""Who reads what is to be learned from a case: the team and leads all of it; other volunteers what was agreed, as long
as the doctor agrees to learning. Nobody reads anything from a case they are barred from."""

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import Session

from db.access import Viewer, barred_cases, full_cases, full_of_visible, own_cases
from db.choices import ConsentPurpose
from db.consented import running
from db.errors import CommandRefused
from db.models import Case, Learning


def may_read(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Learning` joined to its `Case`."""
    return and_(
        Case.id.not_in(barred_cases(viewer.id, also_waiting=True)),
        or_(full_of_visible(viewer), _shared(viewer)),
    )


def _shared(viewer: Viewer) -> ColumnElement[bool]:
    # While its organisation is not matched, nobody can be checked for a conflict.
    matched = or_(Case.organisation_id.is_not(None), Case.id.in_(own_cases(viewer.id)))
    return and_(stands(), matched) if viewer.sees_cases else false()


def stands() -> ColumnElement[bool]:
    """Agreed by a second person and not withdrawn, of a doctor who agrees to learning today."""
    is_agreed = and_(Learning.agreed_at.is_not(None), Learning.withdrawn_at.is_(None))
    return and_(is_agreed, Learning.case_id.in_(running(ConsentPurpose.LEARNING)))


def to_be_agreed(viewer: Viewer) -> ColumnElement[bool]:
    """The same condition: it waits for a second person, and may be agreed to by this one."""
    waits = (Learning.agreed_at.is_(None), Learning.withdrawn_at.is_(None), Learning.returned_why.is_(None))
    return and_(*waits, Learning.by_id != viewer.id, full_cases(viewer))


def learning_on(session: Session, case: Case, learning_id: int) -> Learning:
    """One of this case's that was not withdrawn. Refuses any other."""
    row = session.get(Learning, learning_id)
    if row is None or row.case_id != case.id or row.withdrawn_at is not None:
        raise CommandRefused("Learning: choose one of this case’s.", field="learning_id")
    return row
