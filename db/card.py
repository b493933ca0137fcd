"""The card of a case: columns on `cases`, worked out from other tables, that lists sort, filter and count by.

One statement brings them up to date, for one case or for all. It does not raise the case's version: a new line on the
timeline does not conflict with a form that somebody else has open.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Date,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from db.choices import (
    SUBSTANTIVE_ENTRIES,
    UNDONE_CODE,
    AssignmentRole,
    AssignmentStatus,
    Contact,
    DeadlineKind,
    EntryKind,
    Representation,
    Stage,
    Whose,
)
from db.models import (
    Action,
    Assignment,
    Case,
    CaseProcess,
    CodedTerm,
    Deadline,
    Entry,
    Flag,
    StageEvent,
    Waiting,
)
from db.models.cases import CRISIS_RANK, FAR_FUTURE, PLAIN_RANK, URGENT_RANK
from db.models.casework import is_hard
from db.search_index import NO_WORDS

# The new values of columns of `cases`, by name.
Projections = dict[str, SQLColumnExpression[object]]
CRISIS, RED = "CRISIS", "red"
DEFERRED = "deferred_cards"
AT_ONCE = 500


def refresh_card(session: Session, case_id: int) -> None:
    """Brings one case's card up to date after a command has changed its rows."""
    if DEFERRED in session.info:
        session.info[DEFERRED].add(case_id)
    else:
        _refresh(session, *_of_one(), {"one_case": case_id})


@contextmanager
def deferred_cards(session: Session) -> Iterator[None]:
    """For imports: cards changed inside are refreshed together at the end, not one at a time.

    Until then nothing may rely on a card, such as a stage move that needs a case lead.
    """
    ids: set[int] = set()
    session.info[DEFERRED] = ids
    try:
        yield
    finally:
        del session.info[DEFERRED]
    waiting = sorted(ids)
    for start in range(0, len(waiting), AT_ONCE):
        refresh_cards(session, Case.id.in_(waiting[start : start + AT_ONCE]))


def refresh_cards(session: Session, condition: ColumnElement[bool]) -> None:
    """Brings the cards of all cases that meet the condition up to date."""
    _refresh(session, *_of(condition), {})


def _refresh(session: Session, lock: Select[int], changes: Sequence[Update], asked: Mapping[str, int]) -> None:
    session.flush()
    # PostgreSQL would read data from before a wait for somebody else's lock, so wait first.
    session.scalars(lock, asked).all()
    quiet = {"synchronize_session": False, NO_WORDS: True}
    for change in changes:
        session.execute(change, asked, execution_options=quiet)
    session.expire_all()


def _of(condition: ColumnElement[bool]) -> tuple[Select[int], tuple[Update, ...]]:
    lock = select(Case.id).where(condition).order_by(Case.id).with_for_update(key_share=True)
    return lock, tuple(change.where(condition) for change in _changes())


@functools.cache
def _of_one() -> tuple[Select[int], tuple[Update, ...]]:
    return _of(Case.id == bindparam("one_case"))


@functools.cache
def _changes() -> tuple[Update, Update]:
    # Cached: every write needs them, and building them costs more than running them.
    changed = {**_places(), **_clocks(), **_next_action(), **_last_times(), **_weights()}
    return update(Case).values(changed), update(Case).values(_order())


def _live_deadlines(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(Deadline.case_id == Case.id, Deadline.met_on.is_(None), Deadline.lapsed_on.is_(None), *conditions)


def _first_due(*conditions: ColumnElement[bool]) -> ScalarSelect[date]:
    return select(func.min(Deadline.due_on)).where(_live_deadlines(*conditions)).scalar_subquery()


def _clocks() -> Projections:
    # Ours first: an organisation's missed limit is evidence, and must not hide the doctor's next date. A window that
    # closes is nobody's to meet.
    nearest = (
        select(Deadline.id)
        .where(_live_deadlines(Deadline.whose != Whose.WINDOW))
        .order_by(Deadline.whose.desc(), Deadline.due_on, Deadline.id)
        .limit(1)
        .scalar_subquery()
    )
    return {
        "next_deadline_id": nearest,
        "ours_due_on": _first_due(Deadline.whose == Whose.OURS),
        "body_due_on": _first_due(Deadline.whose == Whose.BODY, Deadline.kind != DeadlineKind.TYPICAL),
        "unplanned_due_on": _first_due(is_hard(), Deadline.plan.is_(None)),
        "hearing_on": _first_due(Deadline.is_hearing.is_(True)),
    }


def _places() -> Projections:
    lead = Assignment.role == AssignmentRole.LEAD
    accepted = (
        select(Assignment.volunteer_id)
        .where(Assignment.case_id == Case.id, lead, Assignment.status == AssignmentStatus.ACCEPTED)
        .scalar_subquery()
    )
    # An offer nobody accepted does not end the wait. A reopened case waits from its reopening.
    held = and_(Assignment.case_id == Case.id, lead, Assignment.answered_at.is_not(None))
    left = select(func.max(Assignment.ended_at)).where(held).scalar_subquery()
    was_over = StageEvent.from_stage.in_([stage for stage in Stage if not stage.is_open])
    reopened = select(func.max(StageEvent.at)).where(StageEvent.case_id == Case.id, was_over).scalar_subquery()
    since = case((left > reopened, left), else_=func.coalesce(reopened, left, Case.received_at))
    return {
        "lead_id": accepted,
        "unallocated_since": case((and_(Case.is_open, accepted.is_(None)), since), else_=None),
    }


def _next_action() -> Projections:
    undone = and_(Action.case_id == Case.id, Action.done_at.is_(None))
    first = select(Action.id).where(undone).order_by(Action.due_on, Action.id).limit(1).scalar_subquery()
    waiting = and_(Waiting.case_id == Case.id, Waiting.ended_on.is_(None))
    return {
        "next_action_id": first,
        "next_action_on": select(func.min(Action.due_on)).where(undone).scalar_subquery(),
        "waiting_since": select(func.min(Waiting.since)).where(waiting).scalar_subquery(),
        "chase_on": select(func.min(Waiting.chase_on)).where(waiting).scalar_subquery(),
    }


def _last_times() -> Projections:
    def last(*conditions: ColumnElement[bool]) -> ScalarSelect[datetime]:
        return select(func.max(Entry.at)).where(Entry.case_id == Case.id, *conditions).scalar_subquery()

    touched = or_(
        Entry.kind.in_(SUBSTANTIVE_ENTRIES),
        and_(Entry.kind == EntryKind.UPDATE, Entry.contact.in_((Contact.REACHED, Contact.TRIED))),
    )
    return {
        "reached_at": last(Entry.contact == Contact.REACHED),
        "substantive_at": last(touched, stands()),
        "update_at": last(Entry.kind == EntryKind.UPDATE, stands()),
    }


def stands(of: type[Entry] = Entry) -> ColumnElement[bool]:
    """Whether an entry of `Case` was not taken back."""
    undone = aliased(Entry)
    taken_back = select(undone.corrects_id).where(undone.case_id == Case.id, undone.code == UNDONE_CODE)
    return of.id.not_in(taken_back.correlate(Case))


def _weights() -> Projections:
    live_flags = and_(Flag.case_id == Case.id, Flag.cleared_at.is_(None))
    live_processes = and_(CaseProcess.case_id == Case.id, CaseProcess.ended_on.is_(None))

    def joined(column: SQLColumnExpression[str], condition: ColumnElement[bool]) -> ColumnElement[str]:
        # Unordered, because SQLite before 3.44 cannot order inside an aggregate. Readers sort.
        once = select(column.label("code")).where(condition).distinct().correlate(Case).subquery()
        return func.coalesce(select(func.aggregate_strings(once.c.code, " ")).scalar_subquery(), "")

    def raised(*codes: str) -> ColumnElement[int]:
        found = select(func.count()).where(live_flags, Flag.code.in_(codes)).scalar_subquery()
        return case((found > 0, 1), else_=0)

    processes = select(func.count()).where(live_processes).scalar_subquery()
    unrepresented = or_(Case.representation == Representation.NONE, raised("UNREP") == 1)
    return {
        "flags": joined(Flag.code, live_flags),
        "process_codes": joined(CaseProcess.process, live_processes),
        "extra_points": case((processes > 1, 1), else_=0)
        + raised(CRISIS)
        + raised("MEDIA")
        + case((unrepresented, 1), else_=0)
        + case((Case.large_bundle, 1), else_=0)
        + case((Case.weekly_contact, 1), else_=0),
    }


def _order() -> Projections:
    red_codes = select(CodedTerm.code).where(CodedTerm.list == "flag", CodedTerm.extra == RED)
    live = and_(Flag.case_id == Case.id, Flag.cleared_at.is_(None))
    crisis, red = exists().where(live, Flag.code == CRISIS), exists().where(live, Flag.code.in_(red_codes))
    far = literal(FAR_FUTURE, Date)
    return {
        "queue_rank": case((crisis, CRISIS_RANK), (red, URGENT_RANK), else_=PLAIN_RANK),
        "queue_due_on": func.coalesce(Case.ours_due_on, far),
        "queue_since": case((Case.unallocated_since.is_not(None), Case.opened_on), else_=far),
    }
