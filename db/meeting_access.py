"""Whose cases somebody may hear of in a meeting: leads and people on the case as always; people who were asked to come,
every case without a conflict, as each doctor agreed to. Nobody hears of one they are barred from."""

import functools
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, barred_cases, full_cases, own_cases
from db.choices import AssignmentStatus, ConsentPurpose, Role
from db.id_lists import among
from db.models import Assignment, Case, Consent, Meeting, MeetingAttendee, Volunteer
from db.queries.finding_arrays import numbers_in
from db.rules.stand_ins import Present, StandIns, stand_ins
from db.walls import barred_pairs


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
    return _listed(session, select(Case.id).where(Case.id.in_(case_ids), heard))


def _heard(viewer: Viewer, *, is_asked: bool) -> ColumnElement[bool]:
    if viewer.is_lead or not viewer.sees_cases or not is_asked:
        return full_cases(viewer)
    not_barred = Case.id.not_in(barred_cases(viewer.id, also_waiting=True))
    # While its organisation is not matched, nobody can be checked for a conflict.
    matched = or_(Case.organisation_id.is_not(None), Case.id.in_(own_cases(viewer.id)))
    return and_(not_barred, matched)


def agreed_among(session: Session, case_ids: Ids) -> set[int]:
    """Those whose doctor agrees today to being discussed at the meeting: by the latest answer, as `holds` has it."""
    newer = aliased(Consent)
    is_newest = ~exists().where(
        newer.case_id == Consent.case_id,
        newer.purpose == ConsentPurpose.MEETING,
        or_(newer.given_at > Consent.given_at, and_(newer.given_at == Consent.given_at, newer.id > Consent.id)),
    )
    answers = select(Consent.case_id).where(
        Consent.case_id.in_(case_ids),
        Consent.purpose == ConsentPurpose.MEETING,
        Consent.given,
        Consent.withdrawn_at.is_(None),
        or_(Consent.expires_on.is_(None), Consent.expires_on >= clock.today()),
        is_newest,
    )
    return _listed(session, answers)


def _listed(session: Session, ids: Select[int]) -> set[int]:
    """As one text: thousands of rows would take longer to become rows than to be read."""
    found = ids.subquery()
    listed = session.scalar(select(func.aggregate_strings(cast(found.c[0], String), ",")))
    return set(numbers_in(listed or "").tolist())


@dataclass(frozen=True)
class Places:
    """For one case: ids of those present who have to leave, by name, and who takes their places."""

    leaving: tuple[int, ...]
    stand_ins: StandIns


def present_at(session: Session, meeting: Meeting) -> list[Present]:
    """Who came, or is asked to as long as it has not begun."""
    query = (
        select(Volunteer.id, Volunteer.name, Volunteer.role)
        .join(MeetingAttendee, MeetingAttendee.volunteer_id == Volunteer.id)
        .where(MeetingAttendee.meeting_id == meeting.id, MeetingAttendee.came.is_not(False))
        .order_by(Volunteer.name, Volunteer.id)
    )
    return [Present(id, name, role is Role.LEAD) for id, name, role in session.execute(query)]


def places_for(
    session: Session, meeting: Meeting, case_ids: Collection[int], present: Sequence[Present]
) -> dict[int, Places]:
    """{case: who leaves and who stands in}, of those for which anybody has to."""
    people = [person.id for person in present]
    leaving: dict[int, set[int]] = defaultdict(set)
    for case_id, volunteer_id in session.execute(_barred(), {"ids": sorted(case_ids), "people": people}):
        leaving[case_id].add(volunteer_id)
    unchecked = _unchecked(session, case_ids, present)
    return {
        case_id: Places(
            tuple(id for id in people if id in leaving[case_id]),
            stand_ins(
                meeting.chair_id, meeting.note_taker_id, present, leaving[case_id] | unchecked.get(case_id, set())
            ),
        )
        for case_id in sorted(leaving.keys() | unchecked)
    }


@functools.cache
def _barred() -> Select[int, int]:
    few = select(Case.id).where(among(Case.id, "ids")).cte("few")
    pairs = barred_pairs(case_ids=select(few.c.id), also_waiting=True)
    return select(pairs.c.case_id, pairs.c.volunteer_id).where(among(pairs.c.volunteer_id, "people")).distinct()


def _unchecked(session: Session, case_ids: Collection[int], present: Sequence[Present]) -> dict[int, set[int]]:
    """Of cases whose organisation is not matched: the volunteers who are not on them, who hear nothing of them."""
    accepted = (Assignment.case_id == Case.id) & (Assignment.status == AssignmentStatus.ACCEPTED)
    query = (
        select(Case.id, Assignment.volunteer_id)
        .outerjoin(Assignment, accepted)
        .where(Case.id.in_(case_ids), Case.organisation_id.is_(None))
    )
    found: dict[int, set[int]] = {}
    for case_id, on_it in session.execute(query):
        volunteers = {person.id for person in present if not person.is_lead}
        found.setdefault(case_id, volunteers).discard(on_it)
    return found
