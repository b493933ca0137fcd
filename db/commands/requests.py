"""Asking the case lead for an update, and marking a case for the next meeting. Neither raises the case's version, so
neither conflicts with an update that somebody is writing."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, require_lead, viewer_of
from db.choices import ConsentPurpose, EntryKind
from db.commands.record import add_line, audit, clean_text
from db.consented import need_consent
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Case, MeetingMark, UpdateRequest, Volunteer
from db.rules.consent import Needed
from db.rules.words import day

MOST_WORDS = 300


@command(says="asked for a status update", patterns=Patterns.NEVER, moves_access=False)
def ask_update(session: Session, *, actor_id: int, reference: str, note: str) -> None:
    """A lead asks the case lead for an update. It is on their Home page until the next update on this case.

    Refuses: not a lead, not found, a case that is not open or has no case lead, their own case, already asked.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    if not case.is_open:
        raise CommandRefused("This case is not open.")
    if case.lead_id is None:
        raise CommandRefused("This case has no case lead yet. Offer it to somebody first.")
    if case.lead_id == viewer.id:
        raise CommandRefused("You are the case lead. Record an update instead.")
    words = clean_text(note, field="note", label="What you would like to know", required=False, most=MOST_WORDS)
    standing = select(UpdateRequest).where(UpdateRequest.case_id == case.id, UpdateRequest.answered_at.is_(None))
    if (asked := session.scalar(standing)) is not None:
        raise CommandRefused(f"An update was already asked for on {day(clock.london_day(asked.asked_at))}.")
    session.add(UpdateRequest(case_id=case.id, asked_by_id=viewer.id, asked_at=clock.now(), note=words))
    session.flush()
    of_whom = session.get_one(Volunteer, case.lead_id).name
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Update requested from {of_whom}. {words}".strip())
    audit(session, viewer, "ask_update", case=case, volunteer_id=case.lead_id)


@command(says="marked the case for the next meeting", patterns=Patterns.NEVER, moves_access=False)
def mark_for_meeting(session: Session, *, actor_id: int, reference: str, why: str) -> None:
    """Puts an open case on the next meeting's list. Refuses: not found, a case that is not open, no reason, already
    marked, a doctor who has not agreed to its being discussed there."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if not case.is_open:
        raise CommandRefused("This case is not open.")
    words = clean_text(why, field="why", label="Why", most=MOST_WORDS)
    standing = select(MeetingMark.id).where(MeetingMark.case_id == case.id, MeetingMark.cleared_at.is_(None))
    if session.scalar(standing) is not None:
        raise CommandRefused("This case is already marked for the next meeting.")
    need_consent(session, case, Needed(ConsentPurpose.MEETING))
    session.add(MeetingMark(case_id=case.id, why=words, marked_by_id=viewer.id, marked_at=clock.now()))
    session.flush()
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Marked for the next meeting: {words}")
    audit(session, viewer, "mark_for_meeting", case=case)


@command(says="took the case off the next meeting’s list", patterns=Patterns.NEVER, moves_access=False)
def clear_meeting_mark(session: Session, *, actor_id: int, reference: str) -> None:
    """Takes a case off that list. Refuses: not found, not marked."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if not take_off_meeting(session, viewer, case):
        raise CommandRefused("This case is not marked for the next meeting.")


def take_off_meeting(session: Session, viewer: Viewer, case: Case) -> bool:
    """Takes a case off that list; False if it was not on it."""
    standing = select(MeetingMark).where(MeetingMark.case_id == case.id, MeetingMark.cleared_at.is_(None))
    mark = session.scalar(standing.with_for_update())
    if mark is None:
        return False
    mark.cleared_at, mark.cleared_by_id = clock.now(), viewer.id
    add_line(session, viewer, case, EntryKind.SYSTEM, "No longer marked for the next meeting.")
    audit(session, viewer, "clear_meeting_mark", case=case)
    return True
