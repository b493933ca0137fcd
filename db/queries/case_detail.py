"""One case in full: its card, processes, findings, deadlines, actions and team."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import CARD_CONDITIONS, CARD_FIELDS, Viewer, see_how_much
from db.card import stands
from db.case_facts import facts_of
from db.choices import AssignmentStatus, Condition, EntryKind, Stage, Whose
from db.coding_access import is_blind
from db.models import (
    Case,
    Entry,
    MeetingMark,
    Organisation,
    TimeRule,
    UpdateRequest,
    Volunteer,
)
from db.queries import case_parts as parts
from db.queries.card_words import CARD_OF_CASE, deadline_words
from db.queries.case_parts import (
    CardRows,
    CaseDeadline,
    CodedFinding,
    ConsentNow,
    FacedProcess,
    OpenAction,
    Place,
    RaisedFlag,
    StageMove,
    Wait,
)
from db.queries.conditions import lead_is_absent
from db.queries.documents import Paper, papers_of
from db.queries.my_cases import card_of
from db.queries.timeline import STEP, Line, lines_of
from db.rules import points as point_rules
from db.rules.conditions import Card, conditions_of, days_without_news
from db.rules.limits import Limits
from db.rules.stages import CaseFacts


@dataclass(frozen=True)
class CaseDetail:
    """The card for everybody who may see it; the rest (from `version` on) only if `full`. On a card, `conditions` has
    only those in CARD_CONDITIONS, `flags` only codes, and a deadline only its rule's name."""

    reference: str
    full: bool
    stage: Stage
    days_in_stage: int
    opened_on: date
    closed_on: date | None
    flags: tuple[str, ...]
    process_codes: tuple[str, ...]
    body_kind: str
    region: str
    unallocated: bool
    conditions: frozenset[Condition]
    next_deadline: tuple[str, date, Whose] | None
    # The deadline after `next_deadline`, if that has passed.
    coming: tuple[str, date, Whose] | None
    own_offer: Place | None
    version: int = 0
    nation: str = ""
    grade: str = ""
    specialty_group: str = ""
    lead_id: int | None = None
    lead_name: str | None = None
    points: int | None = None
    reached_on: date | None = None
    # Since anything happened on the case, or it was opened.
    days_without_news: int = 0
    summary: str = ""
    body: str | None = None
    # The code of its organisation; None if it is not matched.
    body_code: str | None = None
    is_matched: bool = True
    representation: str = ""
    updated_at: datetime | None = None
    updated_by: str = ""
    next_action: OpenAction | None = None
    raised: tuple[RaisedFlag, ...] = ()
    actions: tuple[OpenAction, ...] = ()
    waiting: tuple[Wait, ...] = ()
    places: tuple[Place, ...] = ()
    processes: tuple[FacedProcess, ...] = ()
    deadlines: tuple[CaseDeadline, ...] = ()
    # Whether the viewer is asked to code the case without sight of its findings, and so is shown none.
    is_blind: bool = False
    findings: tuple[CodedFinding, ...] = ()
    consents: tuple[ConsentNow, ...] = ()
    grounds: tuple[str, ...] = ()
    moves: tuple[StageMove, ...] = ()
    papers: tuple[Paper, ...] = ()
    # The newest entries; one more than STEP means that there are more.
    lines: tuple[Line, ...] = ()
    facts: CaseFacts | None = None
    wellbeing: str | None = None
    # Why the case is on the next meeting's list, who put it there and when; None if it is not.
    for_meeting: tuple[str, str, datetime] | None = None
    # Who asked for an update and when; None if nobody has.
    update_asked: tuple[str, datetime] | None = None


def case_detail(session: Session, viewer: Viewer, reference: str, today: date, limits: Limits) -> CaseDetail:
    """The case as this viewer may see it. Refuses (NotFound): unknown, barred, or closed and not theirs."""
    case, full = see_how_much(session, viewer, reference)
    blind = full and is_blind(session, viewer, case)
    rows = parts.card_rows(session, case)
    rows = replace(rows, places=_heard_by(viewer, rows.places))
    if not full:
        rows = replace(rows, deadlines=_renamed(session, rows.deadlines))
    own = [p for p in rows.places if p.volunteer_id == viewer.id and p.status is AssignmentStatus.OFFERED]
    head = _head(session, case, rows, own[0] if own else None, today, limits)
    return _in_full(session, case, rows, head, blind=blind) if full else only_the_card(head)


def _head(
    session: Session, case: Case, rows: CardRows, own_offer: Place | None, today: date, limits: Limits
) -> CaseDetail:
    lead = next((p for p in rows.places if p.volunteer_id == case.lead_id), None)
    nearest = next((d for d in rows.deadlines if d.id == case.next_deadline_id), None)
    load = point_rules.Load(
        stage=case.stage,
        extra=case.extra_points,
        hearing_on=case.hearing_on,
        chase_on=case.chase_on,
        override=case.points_override,
    )
    return CaseDetail(
        reference=case.reference,
        full=False,
        own_offer=own_offer,
        version=case.version,
        stage=case.stage,
        days_in_stage=(today - clock.london_day(case.stage_since)).days,
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        flags=tuple(flag.code for flag in rows.flags),
        process_codes=tuple(sorted(set(case.process_codes.split()))),
        body_kind=case.body_kind,
        region=case.region,
        nation=case.nation,
        grade=case.grade,
        specialty_group=case.specialty_group,
        unallocated=case.lead_id is None,
        lead_id=case.lead_id,
        lead_name=lead.name if lead else None,
        conditions=conditions_of(_conditions_card(session, case, rows.deadlines, today), today, limits),
        points=point_rules.case_points(load, today, hearing_days=limits.hearing_points_days),
        next_deadline=(nearest.name, nearest.due_on, nearest.whose) if nearest else None,
        coming=_coming(rows.deadlines, today) if nearest and nearest.due_on < today else None,
        days_without_news=days_without_news(case.substantive_at, case.opened_on, today),
        reached_on=clock.london_day(case.reached_at) if case.reached_at else None,
    )


def only_the_card(head: CaseDetail) -> CaseDetail:
    """The head of a case, for people who may not read it in full."""
    shown = {name: getattr(head, name) for name, part in CARD_OF_CASE.items() if part in CARD_FIELDS}
    shown["conditions"] = head.conditions & CARD_CONDITIONS
    return CaseDetail(**shown, full=False, own_offer=head.own_offer)


def _heard_by(viewer: Viewer, places: Sequence[Place]) -> tuple[Place, ...]:
    """The places, with what people said to an offer for those to whom they said it."""
    if viewer.is_lead:
        return tuple(places)
    return tuple(place if place.offered_by_id == viewer.id else replace(place, answer="") for place in places)


def _renamed(session: Session, deadlines: Sequence[CaseDeadline]) -> tuple[CaseDeadline, ...]:
    """The deadlines, each named by its rule instead of free text."""
    asked = select(TimeRule.code, TimeRule.label).where(TimeRule.code.in_({row.rule for row in deadlines}))
    labels: dict[str | None, str] = {row.code: row.label for row in session.execute(asked)}
    return tuple(
        replace(row, name=deadline_words(labels.get(row.rule), row.kind, is_hearing=row.is_hearing))
        for row in deadlines
    )


def _to_come(deadlines: Sequence[CaseDeadline], today: date) -> list[CaseDeadline]:
    return [d for d in deadlines if not d.is_settled and d.due_on >= today]


def _coming(deadlines: Sequence[CaseDeadline], today: date) -> tuple[str, date, Whose] | None:
    """The first still to come, ours before the organisation's."""
    found = [d for d in _to_come(deadlines, today) if d.whose is not Whose.WINDOW]
    first = min(found, key=lambda d: (d.whose is not Whose.OURS, d.due_on, d.id), default=None)
    return (first.name, first.due_on, first.whose) if first else None


def _conditions_card(session: Session, case: Case, deadlines: Sequence[CaseDeadline], today: date) -> Card:
    ours = [d for d in _to_come(deadlines, today) if d.is_hard]
    unplanned = min((d.due_on for d in ours if d.plan is None), default=None)
    away = session.scalar(_away(today), {"case_id": case.id}) is not None
    return card_of(case, owner_away=away, unplanned_due_on=unplanned)


@functools.lru_cache(maxsize=2)
def _away(today: date) -> Select[int]:
    return select(Case.id).where(Case.id == bindparam("case_id"), lead_is_absent(today))


def _in_full(session: Session, case: Case, rows: CardRows, head: CaseDetail, *, blind: bool) -> CaseDetail:
    around = session.execute(_around(), {"case_id": case.id}).one()
    actions = parts.actions(session, case)
    return replace(
        head,
        full=True,
        summary=case.summary,
        body=around.body or case.body_text,
        body_code=around.body_code,
        is_matched=case.organisation_id is not None,
        representation=case.representation.label,
        updated_at=case.updated_at,
        updated_by=around.updated_by or "",
        next_action=actions[0] if actions else None,
        raised=rows.flags,
        actions=actions,
        waiting=parts.waiting(session, case),
        places=rows.places,
        deadlines=rows.deadlines,
        processes=parts.processes(session, case),
        is_blind=blind,
        findings=() if blind else parts.findings(session, case),
        consents=parts.consents(session, case),
        grounds=parts.grounds(session, case),
        moves=parts.moves(session, case),
        papers=papers_of(session, case),
        lines=tuple(lines_of(session, case, (), STEP, blind=blind)),
        facts=facts_of(session, case),
        wellbeing=around.wellbeing.value if around.wellbeing else None,
        for_meeting=(around.why, around.marked_by, around.marked_at) if around.marked_by else None,
        update_asked=(around.asked_by, around.asked_at) if around.asked_by else None,
    )


@functools.cache
def _around() -> Select[*tuple[object, ...]]:
    """The organisation's name, who last changed the case, how the doctor was at the last update, and whether the case
    is on the next meeting's list or an update was asked for."""
    marker, asker = aliased(Volunteer), aliased(Volunteer)
    last = (
        select(Entry.wellbeing)
        .where(Entry.case_id == Case.id, Entry.kind == EntryKind.UPDATE, stands())
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(1)
    )
    return (
        select(
            Organisation.name.label("body"),
            Organisation.code.label("body_code"),
            Volunteer.name.label("updated_by"),
            last.scalar_subquery().label("wellbeing"),
            MeetingMark.why,
            marker.name.label("marked_by"),
            MeetingMark.marked_at,
            asker.name.label("asked_by"),
            UpdateRequest.asked_at,
        )
        .select_from(Case)
        .outerjoin(Organisation, Organisation.id == Case.organisation_id)
        .outerjoin(Volunteer, Volunteer.id == Case.updated_by_id)
        .outerjoin(MeetingMark, and_(MeetingMark.case_id == Case.id, MeetingMark.cleared_at.is_(None)))
        .outerjoin(marker, marker.id == MeetingMark.marked_by_id)
        .outerjoin(UpdateRequest, and_(UpdateRequest.case_id == Case.id, UpdateRequest.answered_at.is_(None)))
        .outerjoin(asker, asker.id == UpdateRequest.asked_by_id)
        .where(Case.id == bindparam("case_id"))
    )
