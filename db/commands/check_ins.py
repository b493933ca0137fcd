"""Check-ins: an action within one working day of what is known to be hard on a doctor (docs/domain.md §4.5)."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of
from db.away import away_today
from db.choices import AssignmentRole, AssignmentStatus, EntryKind
from db.commands.action_owners import may_own, next_owner
from db.commands.record import add_line, audit
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Action, Assignment, Case, CheckIn, CheckInOff, CheckInRule, CodedTerm, Leave
from db.rules.clock import Unit, due_date
from db.rules.safety import CheckInAt

LISTED = "check_in"
# What happened longer ago is history that somebody fills in.
FRESH = timedelta(days=28)
# Two records of one event, such as a letter and the limit it starts, are seldom further apart.
ONE_EVENT = timedelta(days=7)


def ask_check_in(
    session: Session, viewer: Viewer, case: Case, place: CheckInAt, value: str, *, on: date, process: str | None = None
) -> None:
    """Asks for a check-in if the reference list has this fact, and a lead has not turned its kind off: an action for
    the case lead, due the next working day. Called by every command that records such a fact, once it is recorded.

    Never two for one event: none while an earlier one is still to be done, none for another record of the same day, and
    none of the same kind within ONE_EVENT.
    """
    kind = _kind(session, place, value, process, on)
    is_fresh = clock.today() - FRESH <= on <= clock.today()
    if kind is None or not case.is_open or not is_fresh or _is_asked(session, case, kind, on):
        return
    session.flush()
    owner = next(_owners(session, case, viewer), None)
    if owner is None:
        return
    term = session.get_one(CodedTerm, (LISTED, kind))
    due_on = due_date(clock.today(), 1, Unit.WORKING_DAYS, nation=case.nation)
    action = Action(
        case_id=case.id,
        text=f"Check in with the doctor {term.definition}",
        owner_id=owner,
        due_on=due_on,
        created_at=clock.now(),
    )
    session.add(action)
    session.flush()
    session.add(CheckIn(case_id=case.id, kind=kind, happened_on=on, action_id=action.id, made_at=clock.now()))
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Check-in asked for: {term.label}, {on:%-d %B %Y}.")
    audit(session, viewer, "next_action", case=case, owner_id=owner, due_on=due_on.isoformat())
    session.flush()


def _kind(session: Session, place: CheckInAt, value: str, process: str | None, on: date) -> str | None:
    rule = CheckInRule
    query = (
        select(rule.kind)
        .outerjoin(CheckInOff, CheckInOff.kind == rule.kind)
        .where(
            rule.place == place,
            rule.value == value,
            or_(rule.process.is_(None), rule.process == process),
            or_(rule.valid_from.is_(None), rule.valid_from <= on),
            or_(rule.valid_to.is_(None), rule.valid_to >= on),
            CheckInOff.kind.is_(None),
        )
    )
    return session.scalars(query.order_by(rule.position).limit(1)).first()


def _is_asked(session: Session, case: Case, kind: str, on: date) -> bool:
    near = CheckIn.happened_on.between(on - ONE_EVENT, on + ONE_EVENT)
    same = or_(Action.done_at.is_(None), CheckIn.happened_on == on, and_(CheckIn.kind == kind, near))
    query = select(CheckIn.id).join(Action, Action.id == CheckIn.action_id).where(CheckIn.case_id == case.id, same)
    return session.scalars(query.limit(1)).first() is not None


def _owners(session: Session, case: Case, viewer: Viewer) -> Iterator[int]:
    """The case lead, or whoever covers for them; others on the case; then a lead, as for any action."""
    here = Assignment.volunteer_id.not_in(away_today())
    held = select(Assignment.volunteer_id).where(
        Assignment.case_id == case.id, Assignment.status == AssignmentStatus.ACCEPTED
    )
    first = (Assignment.role != AssignmentRole.LEAD, Assignment.id)
    today = clock.today()
    covers = select(Leave.cover_id).where(
        Leave.volunteer_id.in_(held), Leave.starts_on <= today, Leave.ends_on >= today, Leave.cover_id.is_not(None)
    )
    found = [*session.scalars(held.where(here).order_by(*first)), *session.scalars(covers.order_by(Leave.id))]
    yield from (id for id in found if id is not None and may_own(session, id, case.id))
    if (someone := next_owner(session, case, viewer)) is not None:
        yield someone


def _set(details: Mapping[str, object]) -> str:
    return f"turned check-ins {'on' if details.get('is_on') else 'off'}: {details.get('label', 'a kind')}"


@command(says=_set, patterns=Patterns.NEVER, moves_access=False)
def set_check_in(session: Session, *, actor_id: int, kind: str, is_on: bool) -> None:
    """Turns a kind of check-in on or off, for every case from now on. Actions that were made stay.

    Refuses: not a lead, an unknown kind, and what is so already.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    term = session.get(CodedTerm, (LISTED, kind))
    if term is None:
        raise CommandRefused("Check-in: choose from the list.", field="kind")
    off = session.get(CheckInOff, kind)
    if is_on == (off is None):
        raise CommandRefused(f"Somebody has just turned this {'on' if is_on else 'off'}.")
    if off is not None:
        session.delete(off)
    else:
        session.add(CheckInOff(kind=kind, by_id=viewer.id, at=clock.now()))
    audit(session, viewer, "set_check_in", kind=kind, label=term.label, is_on=is_on)
