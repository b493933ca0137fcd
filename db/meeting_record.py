"""What is frozen when a meeting closes: who came, every item with its reasons, what was written down and decided.

Free text is kept where it was written and stands here by its hash alone, so that a permanent redaction can still reach
it, and shows.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from itertools import zip_longest

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.declared import naming_others
from db.meeting_access import agreed_among
from db.meeting_agenda import since_when
from db.models import Audit, Case, Meeting, MeetingAttendee, MeetingItem, MeetingNote, StageEvent, Volunteer

Kept = dict[str, object]


def digest_of(frozen: str) -> str:
    return hashlib.sha256(frozen.encode()).hexdigest()


def changed_since(session: Session) -> list[date]:
    """The days of closed meetings whose frozen record is not the one that the audit names."""
    named = {
        row.details["meeting_id"]: row.details["digest"]
        for row in session.scalars(select(Audit).where(Audit.action == "close_meeting"))
    }
    closed = session.scalars(select(Meeting).where(Meeting.is_closed).order_by(Meeting.held_on))
    return [row.held_on for row in closed if digest_of(row.frozen or "") != named.get(row.id)]


def frozen_now(session: Session, meeting: Meeting) -> str:
    """Canonical JSON, without free text."""
    kept: Kept = {
        "meeting": meeting.id,
        "held_on": meeting.held_on.isoformat(),
        "opened_at": meeting.opened_at.isoformat() if meeting.opened_at else None,
        "closed_at": meeting.closed_at.isoformat() if meeting.closed_at else None,
        "chair": _name(session, meeting.chair_id),
        "note_taker": _name(session, meeting.note_taker_id),
        "attendees": _attendees(session, meeting),
        "items": _items(session, meeting),
        **_moved(session, meeting),
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _name(session: Session, volunteer_id: int) -> str:
    return session.get_one(Volunteer, volunteer_id).name


def _attendees(session: Session, meeting: Meeting) -> list[Kept]:
    query = (
        select(Volunteer.id, Volunteer.name, MeetingAttendee.came)
        .join(MeetingAttendee, MeetingAttendee.volunteer_id == Volunteer.id)
        .where(MeetingAttendee.meeting_id == meeting.id)
        .order_by(Volunteer.name, Volunteer.id)
    )
    return [{"id": id, "name": name, "came": bool(came)} for id, name, came in session.execute(query)]


# What is in the minutes as a note of its own, or is about another case too.
TOLD_OTHERWISE = ("decide", "add_case_item", "close_meeting", "clear_meeting_mark", "next_action")


def _done(session: Session, meeting: Meeting, items: Sequence[MeetingItem]) -> dict[int, list[int]]:
    """{item: the audit rows of what was changed on its case while it was under discussion, by anybody who came}."""
    opened = sorted((item for item in items if item.opened_at), key=lambda item: (item.opened_at, item.id))
    came = select(MeetingAttendee.volunteer_id).where(
        MeetingAttendee.meeting_id == meeting.id, MeetingAttendee.came.is_(True)
    )
    found = {}
    for item, after in zip_longest(opened, opened[1:]):
        until = after.opened_at if after else meeting.closed_at
        query = select(Audit.id).where(
            Audit.case_id == item.case_id,
            Audit.at.between(item.opened_at, until),
            Audit.actor_id.in_(came),
            Audit.action.not_in((*TOLD_OTHERWISE, *naming_others())),
        )
        found[item.id] = list(session.scalars(query.order_by(Audit.id)))
    return found


def _items(session: Session, meeting: Meeting) -> list[Kept]:
    notes: dict[int | None, list[Kept]] = {}
    query = select(MeetingNote).where(MeetingNote.meeting_id == meeting.id).order_by(MeetingNote.id)
    for note in session.scalars(query):
        notes.setdefault(note.item_id, []).append(_note(note))
    rows = session.execute(
        select(MeetingItem, Case.reference, Case.stage)
        .outerjoin(Case, Case.id == MeetingItem.case_id)
        .where(MeetingItem.meeting_id == meeting.id)
        .order_by(MeetingItem.position, MeetingItem.id)
    ).all()
    done = _done(session, meeting, [item for item, _, _ in rows])
    of_cases = select(MeetingItem.case_id).where(MeetingItem.meeting_id == meeting.id, MeetingItem.case_id.is_not(None))
    agreed = agreed_among(session, of_cases)
    return [
        {
            "id": item.id,
            "case": reference,
            "stage": stage,
            "section": item.section,
            "reasons": item.reasons.get("reasons", []),
            "question": _hash(item.question),
            "minutes": item.minutes,
            "late": item.is_late,
            "removed": item.removed_at is not None,
            "opened": item.opened_at is not None,
            "carried": item.is_carried,
            "agreed": item.case_id is None or item.case_id in agreed,
            "left": item.left.get("ids", []),
            "chair": item.left.get("chair"),
            "notes_by": item.left.get("notes"),
            "notes": notes.get(item.id, []),
            "done": done.get(item.id, []),
        }
        for item, reference, stage in rows
    ]


def _note(note: MeetingNote) -> Kept:
    return {
        "id": note.id,
        "kind": note.kind,
        "decision": note.decision,
        "owner": note.owner_id,
        "due": note.due_on.isoformat() if note.due_on else None,
        "action": note.action_id,
        "dissents_from": note.dissents_from_id,
        "by": note.by_id,
        "words": _hash(note.words),
    }


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest() if words else ""


def _moved(session: Session, meeting: Meeting) -> Kept:
    """The references of the cases that were opened and closed since the last meeting."""
    since = since_when(session, meeting.held_on, before=meeting)
    first = select(StageEvent.case_id).where(StageEvent.from_stage.is_(None), StageEvent.at >= since)
    opened = select(Case.reference).where(Case.id.in_(first)).order_by(Case.reference)
    ended = select(Case.reference).where(Case.is_open.is_(False), Case.stage_since >= since).order_by(Case.reference)
    return {"since": since.isoformat(), "opened": list(session.scalars(opened)), "closed": list(session.scalars(ended))}
