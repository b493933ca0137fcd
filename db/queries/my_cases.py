"""My cases: the viewer's own open cases, with what a one-minute update needs."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Label, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, full_cases, own_cases
from db.card import stands
from db.choices import NO_CHANGE_CODE, SUBSTANTIVE_ENTRIES, AssignmentStatus, Condition, EntryKind, Stage, Whose
from db.models import Action, Assignment, Case, Deadline, Entry, Leave, Volunteer
from db.models.cases import CRISIS_RANK
from db.queries.case_parts import OpenAction
from db.queries.conditions import coming_id, first_unplanned, lead_is_absent
from db.rules.conditions import Card, conditions_of, days_without_news
from db.rules.limits import Limits

MOST = 60


@dataclass(frozen=True)
class OwnCase:
    """One case: its stage and conditions, what is next, and the version that an update is checked against."""

    reference: str
    version: int
    stage: Stage
    flags: tuple[str, ...]
    conditions: frozenset[Condition]
    next_deadline: tuple[str, date, Whose] | None
    # The deadline after `next_deadline`, if that has passed.
    coming: tuple[str, date, Whose] | None
    next_action: OpenAction | None
    reached_on: date | None
    # Whom the viewer covers for on this case; None if they are on it themselves.
    covered_for: str | None
    # The last day of news, where two updates or more have said “no change” since; else None.
    quiet_since: date | None = None
    # Since anything happened on the case, or it was opened.
    days_without_news: int = 0


def my_cases(session: Session, viewer: Viewer, today: date, limits: Limits) -> list[OwnCase]:
    """The viewer's own open cases in the order of the queue, at most MOST, in one statement."""
    away = and_(Case.lead_id.is_not(None), lead_is_absent(today))
    coming = aliased(Deadline)
    covered = covered_for(viewer, today)
    rows = session.execute(
        select(Case, Deadline, coming, Action, Volunteer.name, away, first_unplanned(today), covered, _quiet_since())
        .outerjoin(Deadline, Deadline.id == Case.next_deadline_id)
        .outerjoin(coming, coming.id == coming_id(today))
        .outerjoin(Action, Action.id == Case.next_action_id)
        .outerjoin(Volunteer, Volunteer.id == Action.owner_id)
        .where(and_(full_cases(viewer), Case.id.in_(own_cases(viewer.id)), Case.is_open))
        .order_by(Case.queue_rank, Case.queue_due_on, Case.opened_on, Case.id)
        .limit(MOST)
    )
    return [
        OwnCase(
            reference=case.reference,
            version=case.version,
            stage=case.stage,
            flags=tuple(sorted(case.flags.split())),
            conditions=conditions_of(card_of(case, owner_away=is_away, unplanned_due_on=unplanned), today, limits),
            next_deadline=(deadline.name, deadline.due_on, deadline.whose) if deadline else None,
            coming=(later.name, later.due_on, later.whose) if later else None,
            next_action=OpenAction(action.id, action.text, action.owner_id, owner, action.due_on) if action else None,
            reached_on=clock.london_day(case.reached_at) if case.reached_at else None,
            covered_for=covered,
            quiet_since=clock.london_day(quiet) if quiet else None,
            days_without_news=days_without_news(case.substantive_at, case.opened_on, today),
        )
        for case, deadline, later, action, owner, is_away, unplanned, covered, quiet in rows
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
