"""Holding a weekly meeting: what is discussed and decided, by the same rules as everywhere, and what is frozen when it
closes."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import ConsentPurpose, Decision, EntryKind, NoteKind
from db.commands.meetings import GONE, item_on, open_to, running
from db.commands.record import add_line, audit, check_version, clean_text, touch
from db.commands.requests import take_off_meeting
from db.commands.update_status import set_next_action
from db.consented import agrees, need_consent
from db.declared import Patterns, command
from db.errors import CommandRefused, NotAllowed, NotFound
from db.meeting_access import places_for, present_at, takes_part
from db.meeting_record import digest_of, frozen_now
from db.models import Action, Case, Meeting, MeetingAttendee, MeetingItem, MeetingNote, Volunteer
from db.rules.consent import Needed
from db.rules.plain_text import as_stored
from db.rules.words import day

MOST_WORDS = 2_000
TO_DISCUSS = Needed(ConsentPurpose.MEETING)


@command(says="opened the meeting of {held_on}", patterns=Patterns.NEVER, moves_access=False)
def open_meeting(session: Session, *, actor_id: int, meeting_id: int, came_ids: list[int]) -> None:
    """Begins it, or notes who else has come; who is not named did not. Refuses: whoever does not run it, a closed
    one, nobody."""
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    if not came_ids:
        raise CommandRefused("Who is here: choose at least one person.", field="came_ids")
    rows = session.scalars(select(MeetingAttendee).where(MeetingAttendee.meeting_id == meeting.id)).all()
    if unknown := set(came_ids) - {row.volunteer_id for row in rows}:
        raise CommandRefused(f"Who is here: choose from the list ({len(unknown)} not asked to come).", field="came_ids")
    for row in rows:
        row.came = row.volunteer_id in came_ids
    meeting.opened_at = meeting.opened_at or clock.now()
    audit(session, viewer, "open_meeting", meeting_id=meeting.id, held_on=meeting.held_on.isoformat())


@command(says="went on to another item of the meeting", patterns=Patterns.NEVER, moves_access=False)
def go_to_item(session: Session, *, actor_id: int, meeting_id: int, item_id: int) -> None:
    """Opens an item for everybody who may see it, and notes who has to leave for it and who stands in for them.

    Refuses: whoever does not run the meeting, a meeting that is not open, not found, a case whose doctor does not agree
    to its being discussed, one for which the chair has to leave and nobody can take their place.
    """
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    _under_way(meeting)
    item = item_on(session, viewer, meeting, item_id)
    _note_who_left_meanwhile(session, meeting)
    if item.case_id is not None:
        need_consent(session, session.get_one(Case, item.case_id), TO_DISCUSS)
        item.left = _places(session, meeting, item.case_id)
    item.opened_at, item.is_carried = clock.now(), False
    audit(session, viewer, "go_to_item", meeting_id=meeting.id)


@command(says="wrote down what the meeting said", patterns=Patterns.NEVER, moves_access=False)
def note_item(
    session: Session,
    *,
    actor_id: int,
    meeting_id: int,
    item_id: int,
    text: str,
    dissents_from_id: int | None = None,
) -> None:
    """One line of the discussion, or why somebody does not agree with a decision. Two people who write at once lose
    nothing.

    Refuses: whoever was not asked to come and does not run it, a meeting that is not open, not found, no words; dissent
    from what is no decision about this item.
    """
    viewer = viewer_of(session, actor_id)
    meeting, item = _to_write(session, viewer, meeting_id, item_id)
    kind = NoteKind.DISCUSSION if dissents_from_id is None else NoteKind.DISSENT
    words = clean_text(text, field="text", label=kind.label, most=MOST_WORDS)
    if dissents_from_id is not None:
        decided = session.get(MeetingNote, dissents_from_id)
        if decided is None or decided.item_id != item.id or decided.kind is not NoteKind.DECISION:
            raise CommandRefused("Decision: choose from the list.", field="dissents_from_id")
    _add_note(session, viewer, meeting, item, kind, words).dissents_from_id = dissents_from_id
    audit(session, viewer, "note_item", meeting_id=meeting.id)


@command(says="recorded a decision of the meeting of {held_on}", patterns=Patterns.NEVER, moves_access=False)
def decide(
    session: Session,
    *,
    actor_id: int,
    meeting_id: int,
    item_id: int,
    decision: Decision,
    seen_version: int | None = None,
    text: str = "",
    next_action: str = "",
    action_owner_id: int | None = None,
    action_due_on: date | None = None,
) -> None:
    """What the meeting decided, on the case's timeline at once. *Keep going* gives the next action another day; *new
    action* replaces it, as a status update would; *decided* is words alone.

    On a topic an action is written down with its owner and day. Refuses: whoever was not asked to come and does not
    run it, a meeting that is not open, not found, no words where they are needed, Stale; and to change an action,
    whoever may not read the case in full, and what `update_status` refuses of an action (Invalid by field).
    """
    viewer = viewer_of(session, actor_id)
    meeting, item = _to_write(session, viewer, meeting_id, item_id)
    needed = decision is Decision.NOTED
    words = clean_text(text, field="text", label="Decision", required=needed, most=MOST_WORDS)
    if item.case_id is None:
        _of_topic(session, viewer, meeting, item, decision, words, next_action, action_owner_id, action_due_on)
        audit(session, viewer, "decide", meeting_id=meeting.id, held_on=meeting.held_on.isoformat())
        return
    case = session.get_one(Case, item.case_id)
    action = None
    if decision is not Decision.NOTED:
        case = read_case(session, viewer, case.reference)
        check_version(session, case, seen_version or 0)
        action = _set_action(session, viewer, case, decision, next_action, action_owner_id, action_due_on)
    note = _add_note(session, viewer, meeting, item, NoteKind.DECISION, words)
    note.decision = decision
    if action is not None:
        note.action_id, note.owner_id, note.due_on = action.id, action.owner_id, action.due_on
    add_line(session, viewer, case, EntryKind.MEETING, _on_timeline(session, meeting, note, action))
    touch(case, viewer)
    audit(session, viewer, "decide", case=case, meeting_id=meeting.id, held_on=meeting.held_on.isoformat())
    refresh_card(session, case.id)


@command(says="carried an item over to the next meeting", patterns=Patterns.NEVER, moves_access=False)
def carry_over(session: Session, *, actor_id: int, meeting_id: int, item_id: int) -> None:
    """Leaves an item for next time. Refuses: whoever does not run the meeting, one that is not open, not found."""
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    _under_way(meeting)
    item_on(session, viewer, meeting, item_id).is_carried = True
    audit(session, viewer, "carry_over", meeting_id=meeting.id)


@command(says="closed the meeting of {held_on}", patterns=Patterns.NEVER, moves_access=False)
def close_meeting(session: Session, *, actor_id: int, meeting_id: int) -> None:
    """Freezes what it was. Items that nobody opened are carried over; a case that was spoken of without a decision gets
    its line on the timeline, and is no longer marked for the next meeting.

    Refuses: whoever does not run it, one that is not open.
    """
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    _under_way(meeting)
    _note_who_left_meanwhile(session, meeting)
    query = select(MeetingItem).where(MeetingItem.meeting_id == meeting.id, MeetingItem.removed_at.is_(None))
    for item in session.scalars(query).all():
        item.is_carried = item.is_carried or item.opened_at is None
        if item.case_id is not None and item.opened_at is not None:
            _leave_case(session, viewer, meeting, item)
    meeting.closed_at, meeting.is_closed = clock.now(), True
    session.flush()
    meeting.frozen = frozen_now(session, meeting)
    meeting.digest = digest_of(meeting.frozen)
    held_on = meeting.held_on.isoformat()
    audit(session, viewer, "close_meeting", meeting_id=meeting.id, held_on=held_on, digest=meeting.digest)


@command(says="added to the minutes of a closed meeting", patterns=Patterns.NEVER, moves_access=False)
def add_addendum(session: Session, *, actor_id: int, meeting_id: int, item_id: int | None, text: str) -> None:
    """A dated correction beside what was frozen, of one item or of the whole. Refuses: whoever was not asked to come
    and is no lead, a meeting that is not closed, not found, no words."""
    viewer = viewer_of(session, actor_id)
    meeting = _closed(session, viewer, meeting_id)
    item = item_on(session, viewer, meeting, item_id) if item_id is not None else None
    words = clean_text(text, field="text", label="Correction", most=MOST_WORDS)
    _add_note(session, viewer, meeting, item, NoteKind.ADDENDUM, words)
    audit(session, viewer, "add_addendum", meeting_id=meeting.id)


@command(says="confirmed the minutes of a meeting", patterns=Patterns.NEVER, moves_access=False)
def confirm_minutes(session: Session, *, actor_id: int, meeting_id: int) -> None:
    """Somebody who was asked to come has read the minutes and agrees. Refuses: others, a meeting that is not closed,
    confirmed already."""
    viewer = viewer_of(session, actor_id)
    meeting = _closed(session, viewer, meeting_id)
    row = _place(session, meeting, viewer)
    if row is None:
        raise NotAllowed("Only people who were asked to come confirm the minutes.")
    if row.confirmed_at is not None:
        raise CommandRefused("You have confirmed these minutes already.")
    row.confirmed_at = clock.now()
    audit(session, viewer, "confirm_minutes", meeting_id=meeting.id)


def _places(session: Session, meeting: Meeting, case_id: int) -> dict[str, list[int] | int | None]:
    """As an item keeps them. Refuses where nobody can take the chair."""
    places = places_for(session, meeting, [case_id], present_at(session, meeting)).get(case_id)
    if places is None:
        return {"ids": []}
    if places.stand_ins.has_no_chair:
        raise CommandRefused("Nobody here can take the chair for this item. It is carried over.")
    return {"ids": sorted(places.leaving), "chair": places.stand_ins.chair_id, "notes": places.stand_ins.notes_id}


def _note_who_left_meanwhile(session: Session, meeting: Meeting) -> None:
    """Once the item under discussion is over: whoever has been barred from its case since it was opened, in whichever
    way, left the room for it."""
    opened = select(MeetingItem).where(MeetingItem.meeting_id == meeting.id, MeetingItem.opened_at.is_not(None))
    item = session.scalar(opened.order_by(MeetingItem.opened_at.desc(), MeetingItem.id.desc()).limit(1))
    if item is None or item.case_id is None:
        return
    if places := places_for(session, meeting, [item.case_id], present_at(session, meeting)).get(item.case_id):
        item.left = item.left | {"ids": sorted({*item.left.get("ids", []), *places.leaving})}


def _under_way(meeting: Meeting) -> None:
    if meeting.opened_at is None:
        raise CommandRefused("This meeting has not begun. Begin it first.")


def _place(session: Session, meeting: Meeting, viewer: Viewer) -> MeetingAttendee | None:
    mine = (MeetingAttendee.meeting_id == meeting.id) & (MeetingAttendee.volunteer_id == viewer.id)
    return session.scalar(select(MeetingAttendee).where(mine))


def _to_write(session: Session, viewer: Viewer, meeting_id: int, item_id: int) -> tuple[Meeting, MeetingItem]:
    meeting = open_to(session, viewer, meeting_id)
    if not takes_part(session, viewer, meeting):
        raise NotAllowed("Only people who were asked to come can do this.")
    _under_way(meeting)
    item = item_on(session, viewer, meeting, item_id)
    if item.case_id is not None and not agrees(session, session.get_one(Case, item.case_id), TO_DISCUSS):
        raise NotFound(GONE)
    return meeting, item


def _closed(session: Session, viewer: Viewer, meeting_id: int) -> Meeting:
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or not viewer.sees_cases:
        raise NotFound("Not found. There is no such meeting.")
    if not takes_part(session, viewer, meeting):
        raise NotAllowed("Only people who were asked to come can do this.")
    if not meeting.is_closed:
        raise CommandRefused("This meeting is not closed yet.")
    return meeting


def _add_note(
    session: Session, viewer: Viewer, meeting: Meeting, item: MeetingItem | None, kind: NoteKind, words: str
) -> MeetingNote:
    note = MeetingNote(
        meeting_id=meeting.id,
        item_id=item.id if item else None,
        case_id=item.case_id if item else None,
        kind=kind,
        words=words,
        by_id=viewer.id,
        at=clock.now(),
    )
    session.add(note)
    return note


def _of_topic(
    session: Session,
    viewer: Viewer,
    meeting: Meeting,
    item: MeetingItem,
    decision: Decision,
    decided: str,
    next_action: str,
    owner_id: int | None,
    due_on: date | None,
) -> None:
    if decision is Decision.KEEP_GOING:
        told = "Choose “New action” or “Decided”: a topic has no next action of its own."
        raise CommandRefused(told, field="decision")
    words = decided
    if decision is Decision.ACTION:
        action = clean_text(next_action, field="next_action", label="Action", most=MOST_WORDS)
        if owner_id is None or session.get(Volunteer, owner_id) is None:
            raise CommandRefused("Owner: choose from the list.", field="action_owner_id")
        if due_on is None or due_on < clock.today():
            raise CommandRefused("Due: choose today or a day to come.", field="action_due_on")
        words = f"{decided}\n{action}".strip()
    note = _add_note(session, viewer, meeting, item, NoteKind.DECISION, words)
    note.decision = decision
    if decision is Decision.ACTION:
        note.owner_id, note.due_on = owner_id, due_on


def _set_action(
    session: Session,
    viewer: Viewer,
    case: Case,
    decision: Decision,
    next_action: str,
    owner_id: int | None,
    due_on: date | None,
) -> Action:
    standing = session.get(Action, case.next_action_id) if case.next_action_id else None
    if decision is Decision.KEEP_GOING:
        if standing is None:
            raise CommandRefused("This case has no next action. Choose “New action” and say what happens next.")
        next_action, owner_id = standing.text, standing.owner_id
    set_next_action(session, viewer, case, text=next_action, owner_id=owner_id or 0, due_on=due_on)
    session.flush()
    live = select(Action).where(Action.case_id == case.id, Action.done_at.is_(None), Action.owner_id == owner_id)
    words = as_stored(next_action)
    return next(row for row in session.scalars(live.order_by(Action.id.desc())) if row.text == words)


def _on_timeline(session: Session, meeting: Meeting, note: MeetingNote, action: Action | None) -> str:
    decision = Decision(note.decision) if note.decision else None
    told = [f"Meeting of {day(meeting.held_on)}: {decision.label.lower() if decision else 'discussed'}."]
    told += [note.words] if note.words else []
    if action is not None:
        owner = session.get_one(Volunteer, action.owner_id).name
        told.append(f"Next: {action.text} ({owner}, {day(action.due_on)})")
    return "\n".join(told)


def _leave_case(session: Session, viewer: Viewer, meeting: Meeting, item: MeetingItem) -> None:
    case = session.get_one(Case, item.case_id)
    take_off_meeting(session, viewer, case)
    notes = _notes(session, item)
    if any(note.kind is NoteKind.DECISION for note in notes):
        return
    said = [note.words for note in notes if note.kind is NoteKind.DISCUSSION]
    head = f"Meeting of {day(meeting.held_on)}: discussed, nothing decided."
    add_line(session, viewer, case, EntryKind.MEETING, "\n".join([head, *said]))
    refresh_card(session, case.id)


def _notes(session: Session, item: MeetingItem) -> Iterable[MeetingNote]:
    return session.scalars(select(MeetingNote).where(MeetingNote.item_id == item.id).order_by(MeetingNote.id)).all()
