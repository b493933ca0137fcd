"""Planning a weekly meeting and its agenda."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, see_card, viewer_of
from db.choices import AgendaSection, AgendaWhy, ConsentPurpose, Role
from db.commands.record import audit, clean_text, limits_of
from db.consented import need_consent
from db.declared import Patterns, command
from db.errors import CommandRefused, NotAllowed, NotFound, Stale
from db.meeting_access import agreed_among, heard_among, places_for, present_at
from db.meeting_agenda import reasons_of_cases
from db.models import Meeting, MeetingAttendee, MeetingItem, MeetingNote, Volunteer
from db.rules.agenda import LATE, ORDER, TOPICS, Reason, as_kept, as_reasons, section_of, urgency
from db.rules.consent import Needed
from db.rules.limits import REASON_LENGTH

MOST_QUESTION, MOST_MINUTES, MOST_PEOPLE = 300, 60, 50
# The place of an item that has none yet; those that have one count from 1.
UNPLACED = 0
GONE = "Not found. The agenda may have changed meanwhile."


@command(says="planned the meeting of {held_on}", patterns=Patterns.NEVER, moves_access=False)
def plan_meeting(
    session: Session, *, actor_id: int, held_on: date, chair_id: int, note_taker_id: int, attendee_ids: list[int]
) -> int:
    """Plans the next meeting, and puts on its agenda every open case that has a reason to be spoken of since the last.
    Whoever plans, chairs or takes notes is asked to come too. Returns its id.

    Refuses: not a lead, a past day, people who may not see cases, a meeting that is planned already.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    _refuse_day(held_on)
    if session.scalar(select(Meeting.id).where(~Meeting.is_closed)) is not None:
        raise CommandRefused("A meeting is planned already. Close it first, or change its day.")
    meeting = Meeting(
        held_on=held_on,
        chair_id=_caseworker(session, chair_id, "chair_id", "Chair"),
        note_taker_id=_caseworker(session, note_taker_id, "note_taker_id", "Note-taker"),
        planned_by_id=viewer.id,
        planned_at=clock.now(),
    )
    session.add(meeting)
    session.flush()
    _ask(session, meeting, attendee_ids)
    _bring_up_to_date(session, meeting)
    audit(session, viewer, "plan_meeting", meeting_id=meeting.id, held_on=held_on.isoformat())
    return meeting.id


@command(says="changed the meeting of {held_on}", patterns=Patterns.NEVER, moves_access=False)
def change_meeting(
    session: Session,
    *,
    actor_id: int,
    meeting_id: int,
    seen_version: int,
    held_on: date,
    chair_id: int,
    note_taker_id: int,
    attendee_ids: list[int],
) -> None:
    """Another day, chair or note-taker, other people. Refuses: whoever does not run it, a closed meeting, changed
    meanwhile, a past day, people who may not see cases."""
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    if meeting.version != seen_version:
        raise Stale(changed_by="Somebody", changed_at="a moment ago")
    if held_on != meeting.held_on:
        _refuse_day(held_on)
    meeting.held_on = held_on
    meeting.chair_id = _caseworker(session, chair_id, "chair_id", "Chair")
    meeting.note_taker_id = _caseworker(session, note_taker_id, "note_taker_id", "Note-taker")
    _ask(session, meeting, attendee_ids)
    audit(session, viewer, "change_meeting", meeting_id=meeting.id, held_on=held_on.isoformat())


@command(says="brought the meeting’s agenda up to date", patterns=Patterns.NEVER, moves_access=False)
def update_agenda(session: Session, *, actor_id: int, meeting_id: int) -> None:
    """Adds what has a reason since, and takes off what has none any more; what was opened, added by hand or removed
    with a reason stays as it is. Refuses: whoever does not run it, a closed meeting."""
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    _bring_up_to_date(session, meeting)
    audit(session, viewer, "update_agenda", meeting_id=meeting.id)


@command(says="added a topic to the meeting’s agenda", patterns=Patterns.NEVER, moves_access=False)
def add_topic(session: Session, *, actor_id: int, meeting_id: int, question: str) -> None:
    """Anybody who sees cases adds what is about no one case. Refuses: an observer, a closed meeting, no words."""
    viewer = viewer_of(session, actor_id)
    meeting = open_to(session, viewer, meeting_id)
    words = clean_text(question, field="question", label="What to decide", most=MOST_QUESTION)
    item = _put_on(session, meeting, question=words, late=is_late(meeting))
    item.added_by_id = viewer.id
    session.flush()
    _put_in_order(session, meeting)
    audit(session, viewer, "add_topic", meeting_id=meeting.id)


@command(says="added the case to the meeting’s agenda", patterns=Patterns.NEVER, moves_access=False)
def add_case_item(session: Session, *, actor_id: int, meeting_id: int, reference: str, question: str) -> None:
    """Anybody adds an open case they may see, with the question to decide; one that was removed comes back.

    Refuses: not found, a closed meeting or case, a doctor who has not agreed to the meeting, no question.
    """
    viewer = viewer_of(session, actor_id)
    case = see_card(session, viewer, reference)
    meeting = open_to(session, viewer, meeting_id)
    words = clean_text(question, field="question", label="What to decide", most=MOST_QUESTION)
    if not case.is_open:
        raise CommandRefused("This case is not open.", field="reference")
    need_consent(session, case, Needed(ConsentPurpose.MEETING), field="reference")
    found = select(MeetingItem).where(MeetingItem.meeting_id == meeting.id, MeetingItem.case_id == case.id)
    item = session.scalar(found.with_for_update()) or _put_on(
        session, meeting, section=AgendaSection.MARKED, case_id=case.id, late=is_late(meeting)
    )
    reasons = [reason for reason in as_reasons(item.reasons) if reason.why is not AgendaWhy.ADDED]
    item.reasons = as_kept([*reasons, Reason(AgendaWhy.ADDED, clock.today())])
    item.question, item.added_by_id = words, viewer.id
    item.removed_at = item.removed_by_id = item.removed_why = None
    session.flush()
    _put_in_order(session, meeting)
    audit(session, viewer, "add_case_item", case=case, meeting_id=meeting.id)


@command(says="moved an item on the meeting’s agenda", patterns=Patterns.NEVER, moves_access=False)
def move_item(session: Session, *, actor_id: int, meeting_id: int, item_id: int, before_id: int | None) -> None:
    """Puts an item before another, or last. Refuses: whoever does not run the meeting, a closed one, not found."""
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    item = item_on(session, viewer, meeting, item_id)
    before = item_on(session, viewer, meeting, before_id) if before_id is not None else None
    rows = [row for row in _items(session, meeting) if row is not item]
    rows.insert(rows.index(before) if before in rows else len(rows), item)
    for place, row in enumerate(rows, start=1):
        row.position = place
    audit(session, viewer, "move_item", meeting_id=meeting.id)


@command(says="removed an item from the meeting’s agenda", patterns=Patterns.NEVER, moves_access=False)
def remove_item(session: Session, *, actor_id: int, meeting_id: int, item_id: int, reason: str) -> None:
    """Refuses: whoever does not run the meeting, a closed one, not found, no reason."""
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    item = item_on(session, viewer, meeting, item_id)
    item.removed_why = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    item.removed_at, item.removed_by_id = clock.now(), viewer.id
    audit(session, viewer, "remove_item", meeting_id=meeting.id)


@command(says="set the minutes for an item of the meeting", patterns=Patterns.NEVER, moves_access=False)
def set_minutes(session: Session, *, actor_id: int, meeting_id: int, item_id: int, minutes: int) -> None:
    """Refuses: whoever does not run the meeting, a closed one, not found, less than one minute or more than an hour."""
    viewer = viewer_of(session, actor_id)
    meeting = running(session, viewer, meeting_id)
    if not 1 <= minutes <= MOST_MINUTES:
        raise CommandRefused(f"Minutes: from 1 to {MOST_MINUTES}.", field="minutes")
    item_on(session, viewer, meeting, item_id).minutes = minutes
    audit(session, viewer, "set_minutes", meeting_id=meeting.id)


# What every command about a meeting needs --------------------------------------------------------------------------


def open_to(session: Session, viewer: Viewer, meeting_id: int) -> Meeting:
    """The meeting, locked, for whoever sees cases. Refuses: observers, not found, a closed one."""
    if not viewer.sees_cases:
        raise NotAllowed("Only volunteers and leads can do this.")
    meeting = session.scalar(select(Meeting).where(Meeting.id == meeting_id).with_for_update())
    if meeting is None:
        raise NotFound("Not found. There is no such meeting.")
    if meeting.is_closed:
        raise CommandRefused("This meeting is closed. What comes later can be added to its minutes.")
    return meeting


def running(session: Session, viewer: Viewer, meeting_id: int) -> Meeting:
    """The same for whoever runs it: its chair, its note-taker, any lead, and who stands in for the item under
    discussion."""
    meeting = open_to(session, viewer, meeting_id)
    of_meeting = viewer.is_lead or viewer.id in (meeting.chair_id, meeting.note_taker_id)
    if not of_meeting and not _stands_in(session, viewer, meeting):
        raise NotAllowed("Only the chair, the note-taker and leads can do this.")
    return meeting


def _stands_in(session: Session, viewer: Viewer, meeting: Meeting) -> bool:
    """Goes by what this person may hear of, as their own page does."""
    opened = (
        select(MeetingItem.case_id)
        .where(MeetingItem.meeting_id == meeting.id, MeetingItem.opened_at.is_not(None))
        .order_by(MeetingItem.opened_at.desc(), MeetingItem.id.desc())
    )
    case_ids = session.scalars(opened).all()
    about = [case_id for case_id in case_ids if case_id is not None]
    mine = heard_among(session, viewer, meeting, about) & agreed_among(session, about)
    current = next((case_id for case_id in case_ids if case_id is None or case_id in mine), None)
    if current is None:
        return False
    places = places_for(session, meeting, [current], present_at(session, meeting)).get(current)
    return places is not None and viewer.id in (places.stand_ins.chair_id, places.stand_ins.notes_id)


def item_on(session: Session, viewer: Viewer, meeting: Meeting, item_id: int) -> MeetingItem:
    """An item that stands on the agenda and that this person may see. Refuses any other in the same words."""
    item = session.get(MeetingItem, item_id)
    if item is None or item.meeting_id != meeting.id or item.removed_at is not None:
        raise NotFound(GONE)
    # Asked for a topic too: one statement fewer would show which is which.
    heard = heard_among(session, viewer, meeting, [item.case_id] if item.case_id else [])
    if item.case_id is not None and item.case_id not in heard:
        raise NotFound(GONE)
    return item


def _refuse_day(held_on: date) -> None:
    if held_on < clock.today():
        raise CommandRefused("Day: choose today or a day to come.", field="held_on")


def _caseworker(session: Session, volunteer_id: int, field: str, label: str) -> int:
    sees_cases = Volunteer.role.in_((Role.LEAD, Role.VOLUNTEER))
    found = select(Volunteer.id).where(Volunteer.id == volunteer_id, Volunteer.active, sees_cases)
    if session.scalar(found) is None:
        raise CommandRefused(f"{label}: choose from the list.", field=field)
    return volunteer_id


def _ask(session: Session, meeting: Meeting, attendee_ids: Iterable[int]) -> None:
    wanted = {*attendee_ids, meeting.chair_id, meeting.note_taker_id, meeting.planned_by_id}
    if len(wanted) > MOST_PEOPLE:
        raise CommandRefused(f"Who is asked to come: at most {MOST_PEOPLE} people.", field="attendee_ids")
    for volunteer_id in sorted(wanted):
        _caseworker(session, volunteer_id, "attendee_ids", "Who is asked to come")
    there = set(session.scalars(select(MeetingAttendee.volunteer_id).where(MeetingAttendee.meeting_id == meeting.id)))
    gone = there - wanted
    session.execute(
        delete(MeetingAttendee).where(MeetingAttendee.meeting_id == meeting.id, MeetingAttendee.volunteer_id.in_(gone))
    )
    session.add_all(MeetingAttendee(meeting_id=meeting.id, volunteer_id=each) for each in sorted(wanted - there))
    session.flush()


# The agenda --------------------------------------------------------------------------------------------------------


def _items(session: Session, meeting: Meeting) -> list[MeetingItem]:
    query = select(MeetingItem).where(MeetingItem.meeting_id == meeting.id)
    return list(session.scalars(query.order_by(MeetingItem.position, MeetingItem.id)))


def is_late(meeting: Meeting) -> bool:
    """Whether what is added now had no place on the agenda that people read the day before."""
    read_from = clock.midnight(meeting.held_on) - LATE
    return meeting.opened_at is not None or meeting.planned_at < read_from < clock.now()


def _bring_up_to_date(session: Session, meeting: Meeting) -> None:
    items = _items(session, meeting)
    there = {item.case_id: item for item in items if item.case_id is not None}
    reasons = reasons_of_cases(session, meeting.held_on, limits_of(session))
    late = is_late(meeting)
    for case_id, why in reasons.items():
        item = there.get(case_id) or _put_on(session, meeting, case_id=case_id, late=late)
        by_hand = [reason for reason in as_reasons(item.reasons) if reason.why is AgendaWhy.ADDED]
        item.reasons, item.section = as_kept([*why, *by_hand]), section_of([*why, *by_hand])
    for case_id, item in there.items():
        if case_id not in reasons and _may_go(session, item):
            session.delete(item)
    if not any(item.section in TOPICS for item in items):
        for section, words in TOPICS.items():
            _put_on(session, meeting, section=section, question=words, late=False)
    session.flush()
    _put_in_order(session, meeting)


def _put_on(
    session: Session,
    meeting: Meeting,
    *,
    late: bool,
    section: AgendaSection = AgendaSection.OTHER,
    question: str = "",
    case_id: int | None = None,
) -> MeetingItem:
    item = MeetingItem(
        meeting_id=meeting.id,
        section=section,
        case_id=case_id,
        question=question,
        reasons={},
        position=UNPLACED,
        added_at=clock.now(),
        is_late=late,
        left={},
    )
    session.add(item)
    return item


def _may_go(session: Session, item: MeetingItem) -> bool:
    """Nobody asked for it, spoke of it or wrote anything down about it."""
    if item.added_by_id is not None or item.opened_at is not None or item.removed_at is not None:
        return False
    return session.scalar(select(MeetingNote.id).where(MeetingNote.item_id == item.id).limit(1)) is None


def _put_in_order(session: Session, meeting: Meeting) -> None:
    """What came is put at the end of its section; what somebody has put in an order keeps it."""
    items = _items(session, meeting)
    order = [item for item in items if item.position != UNPLACED]
    new = [item for item in items if item.position == UNPLACED]
    for item in sorted(new, key=lambda one: (ORDER[one.section], urgency(as_reasons(one.reasons)), one.id)):
        before = [n for n, one in enumerate(order, start=1) if ORDER[one.section] <= ORDER[item.section]]
        order.insert(before[-1] if before else 0, item)
    for number, item in enumerate(order, start=1):
        item.position = number
