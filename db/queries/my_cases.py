"""My cases: the viewer's own open cases, with what a one-minute update needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Label, ScalarSelect, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, full_cases, kept, own_cases
from db.card import stands
from db.choices import NO_CHANGE_CODE, SUBSTANTIVE_ENTRIES, AssignmentStatus, Condition, EntryKind, Stage
from db.models import Action, Assignment, Case, Entry, Leave, Volunteer
from db.models.cases import CRISIS_RANK
from db.queries.case_parts import OpenAction
from db.queries.conditions import first_unplanned, lead_is_absent
from db.rules.conditions import Card, conditions_of, days_without_news
from db.rules.limits import Limits

ON_PAGE = 50
OwnCases = Select[Case, Action, str, bool, date, str | None, datetime]


@dataclass(frozen=True)
class OwnCase:
    """One case beyond its row: conditions, what is next, and the version that an update is checked against."""

    reference: str
    version: int
    stage: Stage
    conditions: frozenset[Condition]
    next_action: OpenAction | None
    # Whom the viewer covers for on this case; None if they are on it themselves.
    covered_for: str | None
    # The last day of news, where two updates or more have said “no change” since; else None.
    quiet_since: date | None = None
    # Since anything happened on the case, or it was opened.
    days_without_news: int = 0
    flags: tuple[str, ...] = ()
    nation: str = ""


def my_cases(session: Session, viewer: Viewer, today: date, limits: Limits, page: int = 1) -> list[OwnCase]:
    """The viewer's own open cases in the order of the queue: ON_PAGE of them, in one statement."""
    query = _own(viewer, today).order_by(Case.queue_rank, Case.queue_due_on, Case.opened_on, Case.id)
    return _records(session, query.limit(ON_PAGE).offset((page - 1) * ON_PAGE), today, limits)


def count_my_cases(session: Session, viewer: Viewer) -> int:
    return session.scalar(select(func.count()).select_from(Case).where(_is_own(viewer))) or 0


def own_case(session: Session, viewer: Viewer, reference: str, today: date, limits: Limits) -> OwnCase | None:
    """One of the viewer's own open cases; None for any other."""
    found = _records(session, _own(viewer, today).where(Case.reference == reference), today, limits)
    return found[0] if found else None


def versions_of(session: Session, viewer: Viewer, references: Sequence[str]) -> dict[str, int]:
    """{reference: version} of those that are the viewer's own open cases."""
    found = session.execute(_versions(viewer), {"references": list(references)})
    return {row.reference: row.version for row in found}


@kept
def _versions(viewer: Viewer) -> Select[str, int]:
    asked = Case.reference.in_(bindparam("references", expanding=True))
    return select(Case.reference, Case.version).where(_is_own(viewer), asked)


def _is_own(viewer: Viewer) -> ColumnElement[bool]:
    return and_(full_cases(viewer), Case.id.in_(own_cases(viewer.id)), Case.is_open)


def _own(viewer: Viewer, today: date) -> OwnCases:
    away = and_(Case.lead_id.is_not(None), lead_is_absent(today))
    covered = covered_for(viewer, today)
    return (
        select(Case, Action, Volunteer.name, away, first_unplanned(today), covered, _quiet_since())
        .outerjoin(Action, Action.id == Case.next_action_id)
        .outerjoin(Volunteer, Volunteer.id == Action.owner_id)
        .where(_is_own(viewer))
    )


def _records(session: Session, query: OwnCases, today: date, limits: Limits) -> list[OwnCase]:
    return [
        OwnCase(
            reference=case.reference,
            version=case.version,
            stage=case.stage,
            conditions=conditions_of(card_of(case, owner_away=is_away, unplanned_due_on=unplanned), today, limits),
            next_action=OpenAction(action.id, action.text, action.owner_id, owner, action.due_on) if action else None,
            covered_for=covered,
            quiet_since=clock.london_day(quiet) if quiet else None,
            days_without_news=days_without_news(case.substantive_at, case.opened_on, today),
            flags=tuple(case.flags.split()),
            nation=case.nation,
        )
        for case, action, owner, is_away, unplanned, covered, quiet in session.execute(query)
    ]


def covered_for(viewer: Viewer, today: date) -> Label[str | None]:
    """The name of the person on leave for whom the viewer covers `Case` today."""
    who, own = aliased(Volunteer), aliased(Assignment)
    accepted = and_(Assignment.case_id == Case.id, Assignment.status == AssignmentStatus.ACCEPTED)
    holds = exists().where(
        own.case_id == Case.id, own.volunteer_id == viewer.id, own.status == AssignmentStatus.ACCEPTED
    )
    return (
        select(who.name)
        .join(Leave, Leave.volunteer_id == who.id)
        .join(Assignment, and_(Assignment.volunteer_id == who.id, accepted))
        .where(Leave.cover_id == viewer.id, Leave.starts_on <= today, Leave.ends_on >= today, ~holds)
        .order_by(who.id)
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
        .label("covered_for")
    )


def _quiet_since() -> ScalarSelect[datetime]:
    """When the case last had an update that said something, a contact, a document, a decision …, or was received: only
    where at least two updates have said “no change” since."""
    later, said = aliased(Entry), or_(Entry.kind.in_(SUBSTANTIVE_ENTRIES), Entry.kind == EntryKind.UPDATE)
    told = (Entry.case_id == Case.id, said, stands(), Entry.code.is_distinct_from(NO_CHANGE_CODE))
    last = select(func.max(Entry.at)).where(*told)
    since = func.coalesce(last.correlate(Case).scalar_subquery(), Case.received_at)
    return (
        select(sql_case((func.count() > 1, since)))
        .where(
            later.case_id == Case.id,
            later.at > since,
            later.kind == EntryKind.UPDATE,
            later.code == NO_CHANGE_CODE,
            stands(later),
        )
        .correlate(Case)
        .scalar_subquery()
    )


def card_of(case: Case, *, owner_away: bool, unplanned_due_on: date | None) -> Card:
    """What conditions depend on. `unplanned_due_on` is the first from today on, as the card's own may be a missed one
    with another behind it."""
    return Card(
        is_open=case.is_open,
        has_lead=case.lead_id is not None,
        urgent=bool(case.flags),
        in_crisis=case.queue_rank == CRISIS_RANK,
        opened_on=case.opened_on,
        next_action_on=case.next_action_on,
        ours_due_on=case.ours_due_on,
        body_due_on=case.body_due_on,
        unplanned_due_on=unplanned_due_on,
        chase_on=case.chase_on,
        substantive_at=case.substantive_at,
        update_at=case.update_at,
        owner_away=owner_away,
    )
