"""Meetings that are closed: each person's minutes from what was frozen, decisions and what became of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NotRequired, TypedDict

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from db.access import Viewer, full_among
from db.choices import AgendaSection, NoteKind, Stage
from db.errors import NotFound
from db.meeting_access import heard_among, takes_part
from db.meeting_record import digest_of
from db.models import Audit, Case, Meeting, MeetingAttendee, MeetingItem, Volunteer
from db.queries.case_history import people_in
from db.queries.meetings import Coming, Written, coming, notes_of
from db.rules.agenda import as_reasons

MOST, BATCH = 30, 5_000


class FrozenItem(TypedDict):
    id: int
    case: str | None
    stage: str | None
    section: str
    reasons: list[Mapping[str, str | int]]
    removed: bool
    opened: bool
    carried: bool
    late: bool
    left: list[int]
    # Not in what was frozen before 29 November 2026.
    agreed: NotRequired[bool]
    chair: NotRequired[int | None]
    notes_by: NotRequired[int | None]
    done: list[int]


class FrozenPerson(TypedDict):
    id: int
    name: str
    came: bool


class Frozen(TypedDict):
    chair: str
    note_taker: str
    attendees: list[FrozenPerson]
    items: list[FrozenItem]
    opened: list[str]
    closed: list[str]


@dataclass(frozen=True)
class PastMeeting:
    """`is_asked`, `i_came` and `i_confirmed` are about whoever reads this."""

    id: int
    held_on: date
    chair: str
    is_asked: bool
    i_came: bool
    i_confirmed: bool


@dataclass(frozen=True)
class Done:
    """A change that was made on a case while it was discussed (`db.declared.in_words`)."""

    who: str
    action: str
    details: dict[str, object]
    about: str | None
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lately:
    coming: Coming | None
    past: PastMeeting | None


@dataclass(frozen=True)
class MinutesItem:
    """`number` counts what this reader may see; `left` are the people who were out of the room, `took_chair` and
    `took_notes` who stood in for them; `done` is for whoever may read the case in full."""

    number: int
    section: AgendaSection
    reference: str | None
    stage: Stage | None
    question: str
    why: tuple[str, ...]
    was_opened: bool
    is_carried: bool
    left: tuple[str, ...]
    took_chair: str
    took_notes: str
    notes: tuple[Written, ...]
    done: tuple[Done, ...]


@dataclass(frozen=True)
class Minutes:
    """The minutes as one person may read them. `not_discussed` are the references of cases on the agenda whose doctors
    had not agreed to the meeting. `opened` and `closed` are the cases that came and went since the meeting
    before. `i_withdrew`: this reader left for at least one item. `is_intact`: what was frozen is as it was."""

    id: int
    held_on: date
    closed_at: datetime
    chair: str
    note_taker: str
    came: tuple[str, ...]
    absent: tuple[str, ...]
    items: tuple[MinutesItem, ...]
    not_discussed: tuple[str, ...]
    opened: tuple[str, ...]
    closed: tuple[str, ...]
    addenda: tuple[Written, ...]
    confirmed: tuple[str, ...]
    i_confirmed: bool
    may_confirm: bool
    i_withdrew: bool
    is_intact: bool
    digest: str

    @property
    def decisions(self) -> tuple[tuple[MinutesItem, Written], ...]:
        """To be read back."""
        return tuple((item, note) for item in self.items for note in item.notes if note.kind is NoteKind.DECISION)


@dataclass(frozen=True)
class DecisionMade:
    meeting_id: int
    held_on: date
    reference: str | None
    written: Written


def past_meetings(session: Session, viewer: Viewer) -> list[PastMeeting]:
    """The last MOST, the newest first: all for leads, for others those they were asked to."""
    if not viewer.sees_cases:
        return []
    return [_past(row) for row in session.execute(_meetings(viewer).where(Meeting.is_closed).limit(MOST))]


def lately(session: Session, viewer: Viewer) -> Lately:
    """For Home: the meeting that is to come or under way, and the last one, of those that `past_meetings` has."""
    rows = session.execute(_meetings(viewer).limit(2)).all() if viewer.sees_cases else []
    closed = [row for row in rows if row.is_closed]
    return Lately(
        coming(session, viewer) if len(closed) < len(rows) else None,
        _past(closed[0]) if closed else None,
    )


def _meetings(viewer: Viewer) -> Select[*tuple[object, ...]]:
    """The one that is not closed, then the newest."""
    mine = (MeetingAttendee.meeting_id == Meeting.id) & (MeetingAttendee.volunteer_id == viewer.id)
    asked = MeetingAttendee.id.label("place"), MeetingAttendee.came, MeetingAttendee.confirmed_at
    return (
        select(Meeting.id, Meeting.held_on, Meeting.is_closed, Volunteer.name, *asked)
        .join(Volunteer, Volunteer.id == Meeting.chair_id)
        .join(MeetingAttendee, mine, isouter=viewer.is_lead)
        .order_by(Meeting.is_closed, Meeting.closed_at.desc(), Meeting.id.desc())
    )


def _past(row: Row[*tuple[object, ...]]) -> PastMeeting:
    place, confirmed = row.place is not None, row.confirmed_at is not None
    return PastMeeting(row.id, row.held_on, row.name, place, bool(row.came), confirmed)


def minutes(session: Session, viewer: Viewer, meeting_id: int) -> Minutes:
    """Refuses with NotFound whoever was not asked to come and is no lead, and a meeting that is not closed."""
    meeting = session.get(Meeting, meeting_id)
    may_read = meeting is not None and takes_part(session, viewer, meeting)
    if meeting is None or not may_read or meeting.frozen is None or meeting.closed_at is None:
        raise NotFound("Not found. There are no such minutes.")
    frozen: Frozen = json.loads(meeting.frozen)
    heard = _heard(session, viewer, meeting, frozen)
    notes = notes_of(session, meeting.id)
    people = _people(session, meeting)
    standing = [
        item for item in frozen["items"] if not item["removed"] and (item["case"] is None or item["case"] in heard)
    ]
    shown = [item for item in standing if _was_allowed(item)]
    names = {person["id"]: person["name"] for person in frozen["attendees"]}
    questions = _questions(session, [item["id"] for item in shown])
    done = _done(session, viewer, shown)
    return Minutes(
        id=meeting.id,
        held_on=meeting.held_on,
        closed_at=meeting.closed_at,
        chair=frozen["chair"],
        note_taker=frozen["note_taker"],
        came=tuple(person["name"] for person in frozen["attendees"] if person["came"]),
        absent=tuple(person["name"] for person in frozen["attendees"] if not person["came"]),
        items=tuple(_item(number, item, questions, notes, names, done) for number, item in enumerate(shown, start=1)),
        not_discussed=tuple(item["case"] for item in standing if item["case"] and not _was_allowed(item)),
        opened=tuple(each for each in frozen["opened"] if each in heard),
        closed=tuple(each for each in frozen["closed"] if each in heard),
        addenda=tuple(notes.get(None, ())),
        confirmed=tuple(name for name, confirmed in people.values() if confirmed),
        i_confirmed=people.get(viewer.id, ("", False))[1],
        may_confirm=viewer.id in people,
        i_withdrew=any(viewer.id in item["left"] for item in frozen["items"]),
        is_intact=digest_of(meeting.frozen) == meeting.digest,
        digest=meeting.digest or "",
    )


def _was_allowed(item: FrozenItem) -> bool:
    """Whether it was an item of the meeting, or only named as not to be discussed."""
    return item["opened"] or item.get("agreed", True)


def decisions_made(session: Session, viewer: Viewer) -> list[DecisionMade]:
    """Decisions of the last meetings that this person may read, the newest first, with what became of each."""
    found = []
    for past in past_meetings(session, viewer):
        read = minutes(session, viewer, past.id)
        found += [DecisionMade(past.id, past.held_on, item.reference, note) for item, note in read.decisions]
    return found


def _heard(session: Session, viewer: Viewer, meeting: Meeting, frozen: Frozen) -> set[str]:
    named = {item["case"] for item in frozen["items"] if item["case"]} | {*frozen["opened"], *frozen["closed"]}
    found: set[str] = set()
    # Few enough at a time for either database.
    every = sorted(named)
    for first in range(0, len(every), BATCH):
        some = Case.reference.in_(every[first : first + BATCH])
        ids = dict(session.execute(select(Case.id, Case.reference).where(some)).all())
        found |= {ids[case_id] for case_id in heard_among(session, viewer, meeting, ids)}
    return found


def _people(session: Session, meeting: Meeting) -> dict[int, tuple[str, bool]]:
    query = (
        select(Volunteer.id, Volunteer.name, MeetingAttendee.confirmed_at)
        .join(MeetingAttendee, MeetingAttendee.volunteer_id == Volunteer.id)
        .where(MeetingAttendee.meeting_id == meeting.id)
        .order_by(Volunteer.name, Volunteer.id)
    )
    return {id: (name, at is not None) for id, name, at in session.execute(query)}


def _done(session: Session, viewer: Viewer, items: Sequence[FrozenItem]) -> dict[int, Done]:
    """By the audit row."""
    ids = [each for item in items for each in item["done"]]
    rows = session.execute(select(Audit, Volunteer.name).join(Volunteer).where(Audit.id.in_(ids))).all()
    full = full_among(session, viewer, {row.case_id for row, _ in rows if row.case_id})
    named = {id for row, _ in rows for id in people_in(row.details)}
    names = dict(session.execute(select(Volunteer.id, Volunteer.name).where(Volunteer.id.in_(named))).all())
    return {
        row.id: Done(who, row.action, row.details, next((names.get(id) for id in people_in(row.details)), None))
        for row, who in rows
        if row.case_id in full
    }


def _questions(session: Session, item_ids: Collection[int]) -> dict[int, str]:
    query = select(MeetingItem.id, MeetingItem.question).where(MeetingItem.id.in_(item_ids))
    return dict(session.execute(query).all())


def _item(
    number: int,
    item: FrozenItem,
    questions: Mapping[int, str],
    notes: Mapping[int | None, list[Written]],
    names: Mapping[int, str],
    done: Mapping[int, Done],
) -> MinutesItem:
    return MinutesItem(
        number=number,
        section=AgendaSection(item["section"]),
        reference=item["case"],
        stage=Stage(item["stage"]) if item["stage"] else None,
        question=questions.get(item["id"], ""),
        why=tuple(dict.fromkeys(reason.why.label for reason in as_reasons({"reasons": item["reasons"]}))),
        was_opened=item["opened"],
        is_carried=item["carried"],
        left=tuple(sorted(names[each] for each in item["left"] if each in names)),
        took_chair=names.get(item.get("chair") or 0, ""),
        took_notes=names.get(item.get("notes_by") or 0, ""),
        notes=tuple(notes.get(item["id"], ())),
        done=tuple(done[each] for each in item["done"] if each in done),
    )
