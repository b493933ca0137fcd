"""Weekly meetings, as each person may see them: an item about a case that somebody may not hear of is not there for
them, nor counted, nor numbered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
from sqlalchemy import ColumnElement, String, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, full_among
from db.choices import AgendaSection, AgendaWhy, Decision, NoteKind, Stage
from db.meeting_access import Places, agreed_among, heard_among, is_asked, places_for, present_at
from db.meeting_agenda import since_when
from db.models import (
    Action,
    Case,
    CodedTerm,
    Entry,
    Meeting,
    MeetingAttendee,
    MeetingItem,
    MeetingMark,
    MeetingNote,
    Volunteer,
)
from db.queries.finding_arrays import numbers_in
from db.rules.actions import ActionEnd
from db.rules.agenda import Reason, as_reasons, in_words, usual_minutes
from db.rules.stand_ins import StandIns

NOBODY = Places((), StandIns())
# More than any meeting discusses.
MOST_ITEMS = 100


@dataclass(frozen=True)
class Attendee:
    """`came` is None until the meeting is open."""

    id: int
    name: str
    came: bool | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Written:
    """A line that was written down; for a decision who did not agree, and if it set an action, who does it, by when,
    and what became of it."""

    id: int
    kind: NoteKind
    decision: Decision | None
    words: str
    by: str
    at: datetime
    owner: str = ""
    due_on: date | None = None
    action: str = ""
    became: str = ""
    dissent: tuple["Written", ...] = ()


@dataclass(frozen=True)
class CaseInMeeting:
    """What the shared screen may show of a case: no name of a doctor or an organisation. The rest is for whoever may
    read the case in full: `version` is for forms, 0 for everybody else."""

    reference: str
    stage: Stage
    body_kind: str
    region: str
    processes: tuple[str, ...]
    flags: tuple[str, ...]
    stage_since: date
    version: int = 0
    updated_on: date | None = None
    next_action: str = ""
    action_owner_id: int | None = None
    action_owner: str = ""
    action_due_on: date | None = None
    lead_id: int | None = None


@dataclass(frozen=True)
class AgendaItem:
    """`number` counts what this reader may see. `leaving` are the people who came, or are asked to, and have a
    conflict; `takes_chair` and `takes_notes` who stands in, where somebody has to; `has_no_chair` where nobody can."""

    id: int
    number: int
    section: AgendaSection
    about: CaseInMeeting | None
    question: str
    why: tuple[str, ...]
    minutes: int
    added_by: str
    is_late: bool
    was_opened: bool
    opened_at: datetime | None
    is_carried: bool
    leaving: tuple[str, ...]
    takes_chair: str
    takes_notes: str
    has_no_chair: bool
    notes: tuple[Written, ...]


@dataclass(frozen=True)
class Removed:
    about: str
    by: str
    why: str


@dataclass(frozen=True)
class MeetingView:
    """A meeting that is planned or under way. `current` is the item under discussion, as far as this reader may see it;
    `runs` whether they have its controls now; `not_discussed` are the references of cases with a reason whose doctors
    have not agreed to the meeting."""

    id: int
    held_on: date
    chair_id: int
    note_taker_id: int
    chair: str
    note_taker: str
    opened_at: datetime | None
    # When the last meeting was frozen: what is newer has changed since.
    since: datetime
    version: int
    is_asked: bool
    runs: bool
    attendees: tuple[Attendee, ...]
    items: tuple[AgendaItem, ...]
    # How many items stand behind those, which no meeting reaches.
    more: int
    removed: tuple[Removed, ...]
    not_discussed: tuple[str, ...]
    current: AgendaItem | None = None

    @property
    def minutes(self) -> int:
        return sum(item.minutes for item in self.items)


@dataclass(frozen=True)
class Coming:
    """The meeting that is planned or under way. `items` is how many of them this reader may see."""

    held_on: date
    is_under_way: bool
    items: int


def coming(session: Session, viewer: Viewer) -> Coming | None:
    """None for whoever was not asked, and if there is no such meeting."""
    meeting = session.scalar(select(Meeting).where(~Meeting.is_closed))
    if meeting is None or not viewer.sees_cases or not is_asked(session, viewer, meeting):
        return None
    items = min(len(_mine(session, viewer, meeting).standing), MOST_ITEMS)
    return Coming(meeting.held_on, meeting.opened_at is not None, items)


def next_meeting(session: Session, viewer: Viewer) -> MeetingView | None:
    """The meeting that is not closed, if there is one."""
    meeting = session.scalar(select(Meeting).where(~Meeting.is_closed))
    if meeting is None or not viewer.sees_cases:
        return None
    mine = _mine(session, viewer, meeting)
    attendees = _attendees(session, meeting)
    shown = mine.standing[:MOST_ITEMS]
    rows = _rows(session, shown)
    of_cases = {case_id for case_id in (*(row.case_id for row in rows), mine.current_case) if case_id is not None}
    places = places_for(session, meeting, of_cases, present_at(session, meeting))
    items = _items(session, viewer, meeting, rows, places)
    names = {person.id: person.name for person in attendees}
    standing_in = places.get(mine.current_case or 0, NOBODY).stand_ins
    has_controls = (meeting.chair_id, meeting.note_taker_id, standing_in.chair_id, standing_in.notes_id)
    return MeetingView(
        id=meeting.id,
        held_on=meeting.held_on,
        chair_id=meeting.chair_id,
        note_taker_id=meeting.note_taker_id,
        chair=names.get(meeting.chair_id, ""),
        note_taker=names.get(meeting.note_taker_id, ""),
        opened_at=meeting.opened_at,
        since=since_when(session, meeting.held_on),
        version=meeting.version,
        is_asked=is_asked(session, viewer, meeting),
        runs=viewer.is_lead or viewer.id in has_controls,
        attendees=attendees,
        items=items,
        more=len(mine.standing) - len(shown),
        removed=_removed(session, _rows(session, mine.removed)),
        not_discussed=_references(session, mine.refused[:MOST_ITEMS]),
        current=next((item for item in items if item.id == mine.current), None),
    )


@dataclass(frozen=True)
class _Mine:
    """Ids of the items that this person may see, in order; `current` is the one opened last, with its case. `refused`
    are cases that may not be discussed."""

    standing: list[int]
    removed: list[int]
    current: int | None
    current_case: int | None
    refused: list[int]


def _mine(session: Session, viewer: Viewer, meeting: Meeting) -> _Mine:
    of_meeting = MeetingItem.meeting_id == meeting.id
    is_gone = case((MeetingItem.removed_at.is_(None), 0), else_=1)
    # As one text: thousands of rows would take longer to become rows than to be read.
    line: ColumnElement[str] = cast(MeetingItem.id, String)
    for part in (func.coalesce(MeetingItem.case_id, 0), MeetingItem.position, is_gone):
        line = line + "," + cast(part, String)
    every = numbers_in(session.scalar(select(func.aggregate_strings(line, ",")).where(of_meeting)) or "")
    item, about, position, is_removed = every.reshape(-1, 4).T
    of_cases = select(MeetingItem.case_id).where(of_meeting, MeetingItem.case_id.is_not(None))
    heard, agreed = heard_among(session, viewer, meeting, of_cases), agreed_among(session, of_cases)
    may = heard & agreed
    told = (about == 0) | np.isin(about, list(may))
    order = np.lexsort((item, position))
    mine, gone = order[told[order] & (is_removed[order] == 0)], order[told[order] & (is_removed[order] == 1)]
    opened = (
        select(MeetingItem.id, MeetingItem.case_id)
        .where(of_meeting, MeetingItem.opened_at.is_not(None))
        .order_by(MeetingItem.opened_at.desc(), MeetingItem.id.desc())
    )
    last = next((row for row in session.execute(opened) if row.case_id is None or row.case_id in may), None)
    current, current_case = (last.id, last.case_id) if last else (None, None)
    return _Mine(item[mine].tolist(), item[gone].tolist(), current, current_case, sorted(heard - agreed))


def _references(session: Session, case_ids: Collection[int]) -> tuple[str, ...]:
    return tuple(session.scalars(select(Case.reference).where(Case.id.in_(case_ids)).order_by(Case.reference)))


def _rows(session: Session, ids: Collection[int]) -> Sequence[MeetingItem]:
    query = select(MeetingItem).where(MeetingItem.id.in_(ids))
    return session.scalars(query.order_by(MeetingItem.position, MeetingItem.id)).all()


def _attendees(session: Session, meeting: Meeting) -> tuple[Attendee, ...]:
    query = (
        select(Volunteer.id, Volunteer.name, MeetingAttendee.came, MeetingAttendee.confirmed_at)
        .join(MeetingAttendee, MeetingAttendee.volunteer_id == Volunteer.id)
        .where(MeetingAttendee.meeting_id == meeting.id)
        .order_by(Volunteer.name, Volunteer.id)
    )
    return tuple(Attendee(*row) for row in session.execute(query))


def _items(
    session: Session, viewer: Viewer, meeting: Meeting, rows: Sequence[MeetingItem], places: Mapping[int, Places]
) -> tuple[AgendaItem, ...]:
    case_ids = [row.case_id for row in rows if row.case_id is not None]
    full = full_among(session, viewer, case_ids)
    about = _cases(session, case_ids, full)
    reasons = {row.id: as_reasons(row.reasons) for row in rows}
    said = words_of(session, [reason for each in reasons.values() for reason in each])
    notes = notes_of(session, meeting.id)
    flags = _flag_labels(session)
    names = _people(session, rows, places)
    at = {row.id: places.get(row.case_id or 0, NOBODY) for row in rows}
    return tuple(
        AgendaItem(
            id=row.id,
            number=number,
            section=row.section,
            about=about.get(row.case_id) if row.case_id is not None else None,
            question=row.question,
            why=tuple(
                in_words(one, meeting.held_on, flags, said.get((one.why, one.row), "")) for one in reasons[row.id]
            ),
            minutes=row.minutes or usual_minutes(row.section),
            added_by=names.get(row.added_by_id or 0, ""),
            is_late=row.is_late,
            was_opened=row.opened_at is not None,
            opened_at=row.opened_at,
            is_carried=row.is_carried,
            leaving=tuple(names[each] for each in at[row.id].leaving),
            takes_chair=names.get(at[row.id].stand_ins.chair_id or 0, ""),
            takes_notes=names.get(at[row.id].stand_ins.notes_id or 0, ""),
            has_no_chair=at[row.id].stand_ins.has_no_chair,
            notes=tuple(notes.get(row.id, ())),
        )
        for number, row in enumerate(rows, start=1)
    )


def _cases(session: Session, case_ids: Collection[int], full: Collection[int]) -> dict[int, CaseInMeeting]:
    of_card = (Case.id, Case.reference, Case.stage, Case.body_kind, Case.region, Case.process_codes, Case.flags)
    in_full = (Case.version, Case.update_at, Action.text, Action.owner_id, Action.due_on, Volunteer.name, Case.lead_id)
    query = (
        select(*of_card, Case.stage_since, *in_full)
        .outerjoin(Action, Action.id == Case.next_action_id)
        .outerjoin(Volunteer, Volunteer.id == Action.owner_id)
        .where(Case.id.in_(case_ids))
    )
    found = {}
    for id, reference, stage, kind, region, processes, flags, since, *rest in session.execute(query):
        codes = tuple(processes.split()), tuple(flags.split())
        card = CaseInMeeting(reference, stage, kind, region, *codes, stage_since=clock.london_day(since))
        found[id] = _full(card, *rest) if id in full else card
    return found


def _full(
    card: CaseInMeeting,
    version: int,
    update_at: datetime | None,
    action: str | None,
    owner_id: int | None,
    due_on: date | None,
    owner: str | None,
    lead_id: int | None,
) -> CaseInMeeting:
    return replace(
        card,
        version=version,
        updated_on=clock.london_day(update_at) if update_at else None,
        next_action=action or "",
        action_owner_id=owner_id,
        action_owner=owner or "",
        action_due_on=due_on,
        lead_id=lead_id,
    )


def words_of(session: Session, reasons: Sequence[Reason]) -> dict[tuple[AgendaWhy, int | None], str]:
    """What the rows say that reasons point to: the help asked for, why a case was marked, the action owed."""
    found: dict[tuple[AgendaWhy, int | None], str] = {}
    for why, column, key in (
        (AgendaWhy.HELP, Entry.help_wanted, Entry.id),
        (AgendaWhy.MARKED, MeetingMark.why, MeetingMark.id),
        (AgendaWhy.OWED, Action.text, Action.id),
    ):
        rows = [reason.row for reason in reasons if reason.why is why]
        query = select(key, column).where(key.in_(rows))
        found |= {(why, row): words or "" for row, words in session.execute(query)}
    return found


def _people(session: Session, rows: Sequence[MeetingItem], places: Mapping[int, Places]) -> dict[int, str]:
    """Everybody whom an item names."""
    ids = {id for each in places.values() for id in (*each.leaving, each.stand_ins.chair_id, each.stand_ins.notes_id)}
    return _names(session, {*ids, *(row.added_by_id for row in rows)})


def notes_of(session: Session, meeting_id: int) -> dict[int | None, list[Written]]:
    """{item: what was written down about it}; None for what is about the whole meeting. Dissent stands with its
    decision."""
    by, owner = aliased(Volunteer), aliased(Volunteer)
    query = (
        select(MeetingNote, by.name, owner.name, Action)
        .join(by, by.id == MeetingNote.by_id)
        .outerjoin(owner, owner.id == MeetingNote.owner_id)
        .outerjoin(Action, Action.id == MeetingNote.action_id)
        .where(MeetingNote.meeting_id == meeting_id)
        .order_by(MeetingNote.id.desc())
    )
    found: dict[int | None, list[Written]] = {}
    dissent: dict[int, list[Written]] = {}
    # The newest first: dissent comes after its decision.
    for note, author, doer, action in session.execute(query):
        line = _written(note, author, doer or "", action, tuple(dissent.get(note.id, ())))
        if note.dissents_from_id is None:
            found.setdefault(note.item_id, []).insert(0, line)
        else:
            dissent.setdefault(note.dissents_from_id, []).insert(0, line)
    return found


def _written(
    note: MeetingNote, author: str, owner: str, action: Action | None, dissent: tuple[Written, ...]
) -> Written:
    return Written(
        id=note.id,
        kind=note.kind,
        decision=Decision(note.decision) if note.decision else None,
        words=note.words,
        by=author,
        at=note.at,
        owner=owner,
        due_on=note.due_on,
        action=action.text if action else "",
        became=_became(note, action),
        dissent=dissent,
    )


def _became(note: MeetingNote, action: Action | None) -> str:
    """“done in time”, “done late”, “moved”, “no longer needed”, “open”; empty where nothing was to be done."""
    if action is None:
        return ""
    if action.done_at is None:
        return "moved" if note.due_on and action.due_on > note.due_on else "open"
    if action.ended_how is ActionEnd.DONE:
        in_time = note.due_on is None or action.done_at.date() <= note.due_on
        return "done in time" if in_time else "done late"
    return ActionEnd(action.ended_how).label.lower() if action.ended_how else "ended"


def _flag_labels(session: Session) -> Mapping[str, str]:
    return dict(session.execute(select(CodedTerm.code, CodedTerm.label).where(CodedTerm.list == "flag")).all())


def _names(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    return dict(session.execute(select(Volunteer.id, Volunteer.name).where(Volunteer.id.in_(ids))).all())


def _removed(session: Session, rows: Sequence[MeetingItem]) -> tuple[Removed, ...]:
    cases = dict(
        session.execute(select(Case.id, Case.reference).where(Case.id.in_([row.case_id for row in rows]))).all()
    )
    names = _names(session, [row.removed_by_id for row in rows])
    return tuple(
        Removed(
            cases[row.case_id] if row.case_id is not None else row.question,
            names.get(row.removed_by_id or 0, ""),
            row.removed_why or "",
        )
        for row in rows
    )
