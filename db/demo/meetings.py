"""The meeting of a week ago, with its minutes, and the next one, planned for tomorrow."""

from datetime import date, timedelta
from itertools import cycle

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import Decision, Role
from db.commands.meeting_notes import close_meeting, confirm_minutes, decide, go_to_item, note_item, open_meeting
from db.commands.meetings import add_topic, plan_meeting
from db.demo.work import first_of
from db.models import Case, MeetingItem, Volunteer
from db.queries.meetings import AgendaItem, next_meeting

WEEK, SPOKEN, STAYED_AWAY = timedelta(days=7), 9, 3
SAID = cycle(
    (
        "The team has what it needs; nobody waits for us.",
        "The organisation has not answered, though its own limit has passed.",
        "The doctor would like somebody beside them at the next meeting.",
    )
)
NEXT = cycle(("Ask for the terms of reference in writing", "Find a companion for the meeting", "Send the chronology"))


def add_meetings(session: Session) -> None:
    with clock.as_of(clock.now() - WEEK):
        _hold(session)
    meeting = _plan(session, clock.today() + timedelta(days=1))
    cover = "Who covers the last week of the year?"
    add_topic(session, actor_id=first_of(Role.VOLUNTEER), meeting_id=meeting, question=cover)


def _plan(session: Session, held_on: date) -> int:
    lead, notes = first_of(Role.LEAD), first_of(Role.VOLUNTEER)
    return plan_meeting(
        session,
        actor_id=lead,
        held_on=held_on,
        chair_id=lead,
        note_taker_id=notes,
        attendee_ids=_caseworkers(session),
    )


def _caseworkers(session: Session) -> list[int]:
    sees_cases = Volunteer.role.in_((Role.LEAD, Role.VOLUNTEER))
    return list(session.scalars(select(Volunteer.id).where(Volunteer.active, sees_cases).order_by(Volunteer.id)))


def _hold(session: Session) -> None:
    lead = first_of(Role.LEAD)
    meeting = _plan(session, clock.today())
    session.flush()
    # The record is as it is today: of what came since, nobody had heard.
    later = select(Case.id).where(Case.received_at > clock.now())
    session.execute(delete(MeetingItem).where(MeetingItem.case_id.in_(later)))
    came = _caseworkers(session)[:-STAYED_AWAY]
    open_meeting(session, actor_id=lead, meeting_id=meeting, came_ids=came)
    view = next_meeting(session, viewer_of(session, lead))
    assert view is not None
    for item in [item for item in view.items if item.about][:SPOKEN]:
        _speak(session, lead, meeting, item)
    close_meeting(session, actor_id=lead, meeting_id=meeting)
    for volunteer_id in came[:4]:
        confirm_minutes(session, actor_id=volunteer_id, meeting_id=meeting)


def _speak(session: Session, lead: int, meeting: int, item: AgendaItem) -> None:
    """By turns it goes on as it is, or somebody does something new, or nothing is decided."""
    assert item.about is not None
    go_to_item(session, actor_id=lead, meeting_id=meeting, item_id=item.id)
    note_item(session, actor_id=lead, meeting_id=meeting, item_id=item.id, text=next(SAID))
    due = clock.today() + timedelta(days=5 + item.number)
    if item.number % 3 == 0:
        return
    keeps = item.number % 3 == 1 and bool(item.about.next_action)
    decide(
        session,
        actor_id=lead,
        meeting_id=meeting,
        item_id=item.id,
        seen_version=item.about.version,
        decision=Decision.KEEP_GOING if keeps else Decision.ACTION,
        next_action=next(NEXT),
        action_owner_id=item.about.lead_id or lead,
        action_due_on=due,
    )
