"""Undo, for a slip of the thumb: of “Done” and of “No change”, by the person who pressed it, within UNDO_WITHIN.

In the open: the timeline keeps what was written, and a new entry takes it back.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.action_access import case_and_action
from db.card import refresh_card
from db.choices import NO_CHANGE_CODE, UNDONE_CODE, EntryKind
from db.commands.action_owners import may_own
from db.commands.record import add_line, audit, touch
from db.declared import Patterns, command
from db.errors import CommandRefused, NotFound
from db.models import Case, Entry, UpdateRequest
from db.rules.actions import UNDO_WITHIN, ActionEnd
from db.rules.words import many

TOO_LATE = (
    f"This can be undone for {many(int(UNDO_WITHIN.total_seconds()) // 60, 'minute')}. "
    "Open the case and correct it there."
)
ENDED = "This case has ended since. A lead can reopen it."


@command(
    says="took back that an action was done: it is open again, and {about} owns it",
    patterns=Patterns.NEVER,
    moves_access=False,
)
def undo_done(session: Session, *, actor_id: int, reference: str, action_id: int) -> None:
    """Opens again an action that this person marked as done or no longer needed. An offer of it stays ended, and a
    next action that was set with it stays open.

    Refuses: not found (also what somebody else ended), open again already, too late, a case that has ended since, and
    an owner who may not have it any more.
    """
    viewer = viewer_of(session, actor_id)
    case, action = case_and_action(session, viewer, reference, action_id)
    if action.done_at is None:
        raise CommandRefused("This action is open already. Look at the list again.")
    if action.done_by_id != viewer.id or action.ended_how not in (ActionEnd.DONE, ActionEnd.DROPPED):
        raise NotFound
    _check_in_time(case, action.done_at)
    if not may_own(session, action.owner_id, case.id):
        raise CommandRefused("Its owner can’t have this action any more. Add a new one on the case.")
    kinds = (EntryKind.ACTION, EntryKind.SYSTEM)
    said = _entry(session, viewer, case, Entry.kind.in_(kinds), Entry.at == action.done_at, Entry.code.is_(None))
    how = action.ended_how.label
    action.done_at = action.done_by_id = action.ended_how = None
    _take_back(session, viewer, case, said, f"Undone: “{how}” was a slip. Open again: {action.text}")
    audit(session, viewer, "undo_done", case=case, owner_id=action.owner_id)
    refresh_card(session, case.id)


@command(says="took back a status update: no change", patterns=Patterns.NEVER, moves_access=False)
def undo_no_change(session: Session, *, actor_id: int, reference: str, entry_id: int) -> None:
    """Takes back a “no change” of this person's. A request for an update that it answered stands again.

    Refuses: not found (also somebody else's), undone already, too late, a case that has ended since, and one with a
    newer update.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    said = _entry(session, viewer, case, Entry.id == entry_id, Entry.code == NO_CHANGE_CODE)
    if said is None:
        raise NotFound
    _check_in_time(case, said.at)
    newer = select(Entry.id).where(Entry.case_id == case.id, Entry.kind == EntryKind.UPDATE, Entry.id > said.id)
    if session.scalar(newer.limit(1)) is not None:
        raise CommandRefused("Somebody has recorded a newer update since. There is nothing to undo.")
    _ask_again(session, case, said.at)
    _take_back(session, viewer, case, said, "Undone: “No change” was a slip.")
    audit(session, viewer, "undo_no_change", case=case)
    refresh_card(session, case.id)


def _check_in_time(case: Case, at: datetime) -> None:
    if not case.is_open:
        raise CommandRefused(ENDED)
    if clock.now() - at > UNDO_WITHIN:
        raise CommandRefused(TOO_LATE)


def _entry(session: Session, viewer: Viewer, case: Case, *conditions: ColumnElement[bool]) -> Entry | None:
    """The person's own entry on the case that meets the conditions. Refuses one that was undone already."""
    mine = select(Entry).where(Entry.case_id == case.id, Entry.author_id == viewer.id, *conditions)
    said = session.scalars(mine.order_by(Entry.id.desc()).limit(1)).first()
    if said is not None:
        undone = select(Entry.id).where(Entry.corrects_id == said.id, Entry.case_id == case.id)
        if session.scalar(undone.where(Entry.code == UNDONE_CODE)) is not None:
            raise CommandRefused("This was undone already.")
    return said


def _take_back(session: Session, viewer: Viewer, case: Case, said: Entry | None, words: str) -> None:
    corrects = said.id if said else None
    add_line(session, viewer, case, EntryKind.SYSTEM, words, code=UNDONE_CODE if said else None, corrects_id=corrects)
    touch(case, viewer)


def _ask_again(session: Session, case: Case, answered_at: datetime) -> None:
    asked = UpdateRequest.case_id == case.id
    standing = select(UpdateRequest.id).where(asked, UpdateRequest.answered_at.is_(None))
    if session.scalar(standing) is None:
        answered = asked & (UpdateRequest.answered_at == answered_at)
        session.execute(update(UpdateRequest).where(answered).values(answered_at=None))
