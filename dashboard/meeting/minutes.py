"""The minutes of a closed meeting, as this person may read them."""

import streamlit as st

from dashboard import store
from dashboard.meeting import item_words
from dashboard.ui import forms, text
from dashboard.ui.folds import fold
from db.commands.meeting_notes import add_addendum, confirm_minutes
from db.errors import NotFound
from db.queries.minutes import Minutes, MinutesItem
from db.queries.session import Person
from db.rules.words import many

QUERY = "minutes"
MOST_NAMED = 60
WITHDREW = "You were out of the room for part of this meeting. What was said then is not in your minutes."
CHANGED = "What was frozen when this meeting closed has been changed since. Tell whoever runs the server."


def show(person: Person, asked: str) -> None:
    try:
        read = store.minutes(person, asked)
    except NotFound as refusal:
        st.error(refusal.message, icon=":material/search_off:")
        return
    st.subheader(f"Minutes of {text.day(read.held_on)}")
    if not read.is_intact:
        st.error(CHANGED, icon=":material/gpp_bad:")
    st.markdown("\n\n".join(_head(read)))
    st.markdown("\n\n".join(_decisions(read)))
    reached = [item for item in read.items if item.was_opened or item.notes]
    st.markdown("\n\n".join(["### Items", *map(_item, reached)]), anchors=False)
    if left := [_title(item) for item in read.items if item not in reached]:
        named = ", ".join(left[:MOST_NAMED]) + (f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else "")
        st.markdown(f"**Not reached, carried over:** {named}")
    _after(person, read)


def _head(read: Minutes) -> list[str]:
    came = ", ".join(map(text.plain, read.came)) or "nobody"
    told = [f"Chair: **{text.plain(read.chair)}** · notes: **{text.plain(read.note_taker)}**  \nHere: {came}"]
    if read.absent:
        told.append(f"Apologies: {', '.join(map(text.plain, read.absent))}")
    if read.i_withdrew:
        told.append(WITHDREW)
    opened, closed = many(len(read.opened), "case"), many(len(read.closed), "case")
    told.append(f":gray[Since the meeting before: {opened} opened, {closed} closed.]")
    return told


def _decisions(read: Minutes) -> list[str]:
    made = [f"- **{_title(item)}**: {text.plain(item_words.note(note))}" for item, note in read.decisions]
    return ["### Decisions", "\n".join(made) or ":gray[None.]"]


def _title(item: MinutesItem) -> str:
    return item.reference or text.plain(item.question)


def _item(item: MinutesItem) -> str:
    state = "carried over" if item.is_carried else "discussed"
    lines = [f"**{item.number}. {_title(item)}** :gray[{item.section.label} · {state}]"]
    if item.why:
        lines.append(f":gray[{', '.join(item.why)}]")
    if item.left:
        lines.append(f"Out of the room: {text.plain(', '.join(item.left))}")
    lines += [f"{text.plain(item_words.note(note))} :gray[({text.plain(note.by)})]" for note in item.notes]
    return "  \n".join(lines)


def _after(person: Person, read: Minutes) -> None:
    if read.addenda:
        told = [f"- {text.day(one.at.date())}, {text.plain(one.by)}: {text.plain(one.words)}" for one in read.addenda]
        st.markdown("\n".join(["### Added later", "", *told]), anchors=False)
    if read.confirmed:
        st.caption(f"Confirmed by {text.plain(', '.join(read.confirmed))}.")
    if read.may_confirm and not read.i_confirmed:
        with forms.form(f"confirm_{read.id}", border=False) as form:
            form.submit("Confirm these minutes")
        form.save(confirm_minutes, "Confirmed. Thank you.", meeting_id=read.id)
    if read.may_confirm or person.is_lead:
        fold("Add a correction", lambda: _add(read), about=f"minutes_{read.id}", icon=":material/add_comment:")


def _add(read: Minutes) -> None:
    with forms.form(f"addendum_{read.id}", border=False) as form:
        words = form.area("text", "Correction", required=True, help="Stands beside the minutes with today’s date.")
        form.submit("Add it")
    form.save(add_addendum, "Added.", meeting_id=read.id, item_id=None, text=words)
