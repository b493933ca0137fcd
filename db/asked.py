"""What somebody is shown before they may read a case: the names of its organisations, and nothing else; and what they
answered.

This is not the card: somebody offered a case whose organisation is not matched sees nothing else until they answer.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from db.access import TODAY, Viewer, is_barred
from db.case_reference import is_reference
from db.choices import AssignmentStatus
from db.errors import NotFound
from db.models import ActionOffer, Assignment, Case, CaseProcess, ConflictCheck, Leave, Organisation


@dataclass(frozen=True)
class ShownBodies:
    """The names of a case's organisation and of those that run its processes. Unless it `is_matched`, the first is the
    name as it was typed. `mark` is a fingerprint of these names."""

    names: tuple[str, ...]
    is_matched: bool
    mark: str


def asked_case(session: Session, viewer: Viewer, reference: str) -> Case:
    """The case, if this person is asked to take a place or an action on it, or to cover; for a lead, any case. Else
    `NotFound`, as for one behind their wall or one that does not exist."""
    tidy = reference.strip().upper()
    asked = and_(Case.reference == tidy, *([] if viewer.is_lead else [is_asked(viewer)]))
    case = session.scalar(select(Case).where(asked)) if is_reference(tidy) and viewer.sees_cases else None
    if case is None or is_barred(session, viewer.id, case.id):
        raise NotFound
    return case


def is_asked(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Case`: they have an open offer of a place or an action, or cover for somebody on it."""
    place = exists().where(
        Assignment.case_id == Case.id,
        Assignment.volunteer_id == viewer.id,
        Assignment.status == AssignmentStatus.OFFERED,
    )
    action = exists().where(
        ActionOffer.case_id == Case.id, ActionOffer.to_id == viewer.id, ActionOffer.status == AssignmentStatus.OFFERED
    )
    return or_(place, action, is_to_cover(viewer))


def is_to_cover(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Case`: open, and this person covers, now or soon, for somebody on it. As no lead chose them,
    a volunteer does not cover a case whose organisation is not matched."""
    held = aliased(Assignment)
    covers = exists().where(
        held.case_id == Case.id,
        held.status == AssignmentStatus.ACCEPTED,
        Leave.volunteer_id == held.volunteer_id,
        Leave.cover_id == viewer.id,
        Leave.ends_on >= TODAY,
    )
    checked = [] if viewer.is_lead else [Case.organisation_id.is_not(None)]
    return and_(Case.is_open, covers, *checked)


def bodies_of(session: Session, case: Case) -> ShownBodies:
    """The names as they are now."""
    return bodies_of_each(session, [case])[case.id]


def bodies_of_each(session: Session, cases: Sequence[Case]) -> dict[int, ShownBodies]:
    """{case: the names as they are now}."""
    by_process = (
        select(CaseProcess.case_id, CaseProcess.organisation_id)
        .where(CaseProcess.case_id.in_([case.id for case in cases]), CaseProcess.organisation_id.is_not(None))
        .order_by(CaseProcess.id)
    )
    ids: dict[int, list[int | None]] = {case.id: [case.organisation_id] for case in cases}
    for case_id, body_id in session.execute(by_process):
        ids[case_id].append(body_id)
    named = _names(session, {body_id for each in ids.values() for body_id in each})
    return {case.id: _bodies(case, [named[body_id] for body_id in ids[case.id] if body_id in named]) for case in cases}


def _bodies(case: Case, named: list[str]) -> ShownBodies:
    typed = [] if case.organisation_id is not None else [case.body_text or "not known"]
    names = tuple(dict.fromkeys([*typed, *named]))
    mark = hashlib.sha256("\n".join([str(case.organisation_id), *names]).encode()).hexdigest()
    return ShownBodies(names, case.organisation_id is not None, mark)


def _names(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    parent = aliased(Organisation)
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.town, parent.name.label("parent"))
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .where(Organisation.id.in_(ids))
    )
    return {
        row.id: ", ".join(filter(None, (row.name, row.town, row.parent and f"part of {row.parent}"))) for row in rows
    }


def check_of(session: Session, viewer: Viewer, case: Case) -> ConflictCheck | None:
    """What they were last shown of this case, and what they answered."""
    return checks_of(session, viewer, [case]).get(case.id)


def checks_of(session: Session, viewer: Viewer, cases: Sequence[Case]) -> dict[int, ConflictCheck]:
    """{case: what they were last shown of it, and what they answered}."""
    of_cases = ConflictCheck.case_id.in_([case.id for case in cases])
    rows = session.scalars(select(ConflictCheck).where(ConflictCheck.volunteer_id == viewer.id, of_cases))
    return {row.case_id: row for row in rows}


def has_said(session: Session, viewer: Viewer, case: Case) -> bool:
    """Whether they are on the case, or have seen these names and said that they know of no conflict."""
    on_it = select(Assignment.id).where(
        Assignment.case_id == case.id,
        Assignment.volunteer_id == viewer.id,
        Assignment.status == AssignmentStatus.ACCEPTED,
    )
    if session.scalar(on_it.limit(1)) is not None:
        return True
    known = check_of(session, viewer, case)
    return known is not None and bool(known.no_conflict) and known.bodies == bodies_of(session, case).mark
