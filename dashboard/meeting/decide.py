"""What is written down about the item under discussion, and what is decided."""

from datetime import timedelta

import streamlit as st

from dashboard import store
from dashboard.meeting import moves
from dashboard.reports import minutes_lines
from dashboard.ui import forms, text
from dashboard.ui.forms import Fields
from db import clock
from db.choices import Decision, NoteKind
from db.commands.meeting_notes import decide, note_item
from db.queries.meetings import AgendaItem, MeetingView
from db.queries.session import Person

WEEK = timedelta(days=7)


def forms_of(person: Person, meeting: MeetingView, item: AgendaItem) -> None:
    decided, said = st.columns(2, gap="large")
    with decided:
        _decision(person, meeting, item)
    with said:
        _note(meeting, item)


def has_unsaved(item: AgendaItem) -> bool:
    return forms.is_typed_in(f"decide_{item.id}") or forms.is_typed_in(f"note_{item.id}")


def _decision(person: Person, meeting: MeetingView, item: AgendaItem) -> None:
    about = item.about
    may_act = about is None or bool(about.version)
    ways = [way for way in Decision if _offered(way, item, may_act=may_act)]
    with forms.form(f"decide_{item.id}") as form:
        way = form.segments("decision", "Decision", ways, default=ways[0])
        fields: Fields = {"decision": way}
        if way is Decision.KEEP_GOING and about is not None:
            st.caption(f"Next action stays: {text.plain(about.next_action)}")
            fields["action_due_on"] = form.day(
                "action_due_on", "New day", required=True, value=clock.today() + WEEK, least=clock.today()
            )
        elif way is Decision.ACTION:
            fields |= _action(form, person, item)
        fields["text"] = form.text("text", "Decided", required=way is Decision.NOTED, most=2000)
        following = moves.onward(meeting, item.number) if meeting.runs else None
        ends = {"on": "Save and next", "submit": "Save decision"} if following else {"submit": "Save decision"}
        pressed = form.submit_one_of(ends, main=next(iter(ends)))
    version: Fields = {"seen_version": about.version} if about and about.version else {}
    # Whoever has stayed behind at an item does not take the others back to it.
    goes_on = pressed == "on" and meeting.current is not None and meeting.current.id == item.id
    saved = form.save(
        decide, "Decision saved.", redraw=not goes_on, meeting_id=meeting.id, item_id=item.id, **version, **fields
    )
    if saved and goes_on and following is not None:
        moves.open_item(meeting, following)


def _offered(way: Decision, item: AgendaItem, *, may_act: bool) -> bool:
    if way is Decision.KEEP_GOING:
        return may_act and item.about is not None and bool(item.about.next_action)
    return may_act or way is Decision.NOTED


def _action(form: forms.Form, person: Person, item: AgendaItem) -> Fields:
    about = item.about
    people = store.offerable(person, about.reference) if about else store.caseworkers(person)
    ids = list(people)
    first = about.lead_id if about and about.lead_id in people else person.id
    due = clock.today() + WEEK
    return {
        "next_action": form.text("next_action", "Next action", required=True),
        "action_owner_id": form.choice(
            "action_owner_id",
            "Owner",
            ids,
            words=people.get,
            required=True,
            index=ids.index(first) if first in people else None,
        ),
        "action_due_on": form.day("action_due_on", "Due", required=True, value=due, least=clock.today()),
    }


def _note(meeting: MeetingView, item: AgendaItem) -> None:
    decided = {line.id: minutes_lines.note(line) for line in item.notes if line.kind is NoteKind.DECISION}
    with forms.form(f"note_{item.id}") as form:
        said = form.area("text", "Discussion", required=True, height=68, help="A line is enough.")
        fields: Fields = {"text": said}
        if decided:
            fields["dissents_from_id"] = form.choice(
                "dissents_from_id",
                "Somebody does not agree with",
                list(decided),
                words=decided.get,
                placeholder="Nothing: it is part of the discussion",
            )
        form.submit("Write it down", main=False)
    form.save(note_item, "Written down.", meeting_id=meeting.id, item_id=item.id, **fields)
