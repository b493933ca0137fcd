"""What a meeting's agenda is made of: every open case with a reason to be spoken of. It is made without regard to who
will read it; `db/queries/meetings.py` shows each person what they may see of it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Protocol, cast

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.choices import AgendaWhy, Condition, Stage
from db.models import Action, Case, CodedTerm, Entry, Flag, Meeting, MeetingItem, MeetingMark, MeetingNote
from db.queries.conditions import condition_sql
from db.rules.agenda import LOOKS_BACK, NEAR, QUIET_FOR, Reason, is_turn
from db.rules.limits import Limits

Reasons = dict[int, list[Reason]]
# Not urgent as a flag, but its reviews are spoken of each week.
EXCLUDED = "EXCL"
LASTING = {
    Condition.DEADLINE_MISSED: AgendaWhy.MISSED,
    Condition.STALLED: AgendaWhy.STALLED,
    Condition.CHASE_DUE: AgendaWhy.CHASE,
    Condition.UPDATE_OVERDUE: AgendaWhy.UPDATE,
    Condition.ACTION_OVERDUE: AgendaWhy.ACTION,
}


class CardRow(Protocol):
    """The columns of a case's card that an agenda goes by."""

    stage: Stage
    stage_since: datetime
    opened_on: date
    lead_id: int | None
    unallocated_since: datetime | None
    ours_due_on: date | None
    hearing_on: date | None
    chase_on: date | None
    next_action_on: date | None
    update_at: datetime | None
    substantive_at: datetime | None


def last_closed(session: Session, *, before: Meeting | None = None) -> Meeting | None:
    """The last meeting that is closed, or the one `before` another."""
    query = select(Meeting).where(Meeting.is_closed).order_by(Meeting.closed_at.desc(), Meeting.id.desc()).limit(1)
    return session.scalar(query if before is None else query.where(Meeting.id != before.id))


def since_when(session: Session, held_on: date, *, before: Meeting | None = None) -> datetime:
    """The moment the last meeting was frozen, from which everything counts as new."""
    last = last_closed(session, before=before)
    return last.closed_at if last and last.closed_at else clock.midnight(held_on - LOOKS_BACK)


def reasons_of_cases(session: Session, held_on: date, limits: Limits) -> Reasons:
    """{case: its reasons, the most urgent first}."""
    since = since_when(session, held_on)
    found: Reasons = defaultdict(list)
    for case_id, reason in (
        *_flags(session),
        *_of_cards(session, held_on, since, limits),
        *_owed(session),
        *_help(session, since),
        *_marks(session),
    ):
        found[case_id].append(reason)
    return found


def _flags(session: Session) -> Iterator[tuple[int, Reason]]:
    spoken_of = or_(CodedTerm.extra == "red", CodedTerm.code == EXCLUDED)
    urgent = select(CodedTerm.code).where(CodedTerm.list == "flag", spoken_of)
    query = (
        select(Flag.case_id, Flag.code, Flag.set_at)
        .join(Case, Case.id == Flag.case_id)
        .where(Flag.cleared_at.is_(None), Flag.code.in_(urgent), Case.is_open)
        .order_by(Flag.set_at)
    )
    for case_id, code, at in session.execute(query):
        yield case_id, Reason(AgendaWhy.FLAG, clock.london_day(at), code=code)


def _of_cards(session: Session, held_on: date, since: datetime, limits: Limits) -> Iterator[tuple[int, Reason]]:
    met = [condition_sql(condition, held_on, limits).label(condition.value) for condition in LASTING]
    query = select(
        Case.id,
        Case.stage,
        Case.stage_since,
        Case.opened_on,
        Case.lead_id,
        Case.unallocated_since,
        Case.ours_due_on,
        Case.hearing_on,
        Case.chase_on,
        Case.next_action_on,
        Case.update_at,
        Case.substantive_at,
        *met,
    ).where(Case.is_open)
    for row in session.execute(query):
        card = cast(CardRow, row)
        told = (*_ahead(card, held_on), *_unled_or_new(card, since), *_lasting(card), *_in_turn(card, held_on))
        yield from ((row.id, reason) for reason in told)


def _ahead(row: CardRow, held_on: date) -> Iterator[Reason]:
    for day, why in ((row.hearing_on, AgendaWhy.HEARING), (row.ours_due_on, AgendaWhy.LIMIT)):
        if day and held_on <= day <= held_on + NEAR:
            yield Reason(why, day)


def _unled_or_new(row: CardRow, since: datetime) -> Iterator[Reason]:
    if row.lead_id is None:
        yield Reason(AgendaWhy.UNALLOCATED, _day(row.unallocated_since) or row.opened_on)
    if row.stage is Stage.NEW or clock.midnight(row.opened_on) >= since:
        yield Reason(AgendaWhy.NEW, row.opened_on)


def _lasting(row: CardRow) -> Iterator[Reason]:
    since = {
        AgendaWhy.MISSED: row.ours_due_on,
        AgendaWhy.STALLED: _moved_on(row),
        AgendaWhy.CHASE: row.chase_on,
        AgendaWhy.UPDATE: _day(row.update_at) or row.opened_on,
        AgendaWhy.ACTION: row.next_action_on,
    }
    for condition, why in LASTING.items():
        if getattr(row, condition.value):
            yield Reason(why, since[why])


def _in_turn(row: CardRow, held_on: date) -> Iterator[Reason]:
    moved_on = _moved_on(row)
    if moved_on <= held_on - QUIET_FOR:
        yield Reason(AgendaWhy.QUIET, moved_on)
    if is_turn(row.opened_on, held_on):
        yield Reason(AgendaWhy.ROTA)
    if row.stage is Stage.CLOSING:
        yield Reason(AgendaWhy.CLOSING, clock.london_day(row.stage_since))


def _moved_on(row: CardRow) -> date:
    return _day(row.substantive_at) or row.opened_on


def _day(at: datetime | None) -> date | None:
    return clock.london_day(at) if at else None


def _owed(session: Session) -> Iterator[tuple[int, Reason]]:
    """What the last meeting carried over, and the actions that it set and nobody has done."""
    last = last_closed(session)
    if last is None:
        return
    carried = (
        select(MeetingItem.case_id)
        .join(Case, Case.id == MeetingItem.case_id)
        .where(MeetingItem.meeting_id == last.id, MeetingItem.is_carried, Case.is_open)
    )
    for case_id in session.scalars(carried):
        if case_id is not None:
            yield case_id, Reason(AgendaWhy.CARRIED, last.held_on)
    actions = (
        select(Action.case_id, Action.id, Action.due_on)
        .join(MeetingNote, MeetingNote.action_id == Action.id)
        .join(Case, Case.id == Action.case_id)
        .where(MeetingNote.meeting_id == last.id, Action.done_at.is_(None), Case.is_open)
        .group_by(Action.case_id, Action.id, Action.due_on)
    )
    for case_id, action_id, due_on in session.execute(actions):
        yield case_id, Reason(AgendaWhy.OWED, due_on, row=action_id)


def _help(session: Session, since: datetime) -> Iterator[tuple[int, Reason]]:
    """The latest words with which help was asked of the meeting since the last one."""
    latest = (
        select(func.max(Entry.id))
        .join(Case, Case.id == Entry.case_id)
        .where(Entry.help_wanted.is_not(None), Entry.recorded_at >= since, Case.is_open)
        .group_by(Entry.case_id)
    )
    query = select(Entry.case_id, Entry.id, Entry.at).where(Entry.id.in_(latest))
    for case_id, entry_id, at in session.execute(query):
        yield case_id, Reason(AgendaWhy.HELP, clock.london_day(at), row=entry_id)


def _marks(session: Session) -> Iterator[tuple[int, Reason]]:
    query = (
        select(MeetingMark.case_id, MeetingMark.id, MeetingMark.marked_at)
        .join(Case, Case.id == MeetingMark.case_id)
        .where(MeetingMark.cleared_at.is_(None), Case.is_open)
    )
    for case_id, mark_id, at in session.execute(query):
        yield case_id, Reason(AgendaWhy.MARKED, clock.london_day(at), row=mark_id)
