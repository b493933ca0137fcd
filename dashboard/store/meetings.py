"""The weekly meeting, as this person may see it."""

from dashboard.store.core import public_id
from dashboard.store.reads import fresh
from db.errors import NotFound
from db.queries import meetings as meeting_queries
from db.queries import minutes as minutes_queries
from db.queries.meetings import MeetingView
from db.queries.minutes import DecisionMade, Lately, Minutes, PastMeeting
from db.queries.session import Person


def next_meeting(person: Person) -> MeetingView | None:
    return fresh(meeting_queries.next_meeting, person.key)


def meetings_lately(person: Person) -> Lately:
    return fresh(minutes_queries.lately, person.key)


def past_meetings(person: Person) -> list[PastMeeting]:
    return fresh(minutes_queries.past_meetings, person.key)


def minutes(person: Person, asked: str) -> Minutes:
    """By the public id. Refuses with NotFound an unknown one, and one of a meeting that is not this person's."""
    for past in past_meetings(person):
        if public_id("meeting", past.id) == asked:
            return minutes_of(person, past.id)
    raise NotFound("Not found. There are no such minutes.")


def minutes_of(person: Person, meeting_id: int) -> Minutes:
    """Refuses in the same way."""
    return fresh(minutes_queries.minutes, person.key, meeting_id)


def decisions_made(person: Person) -> list[DecisionMade]:
    return fresh(minutes_queries.decisions_made, person.key)
