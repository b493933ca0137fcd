"""The minutes of a closed meeting, as this person may read them."""

import streamlit as st

from dashboard import store
from dashboard.reports import minutes_lines as lines
from dashboard.ui import download, forms, text
from dashboard.ui.folds import fold
from db.choices import DownloadKind
from db.commands.meeting_notes import add_addendum, confirm_minutes
from db.declared import in_words
from db.errors import NotFound
from db.queries.meetings import Written
from db.queries.minutes import Minutes, MinutesItem
from db.queries.reference import Reference
from db.queries.session import Person

QUERY = "minutes"


def show(person: Person, asked: str) -> None:
    try:
        read = store.minutes(person, asked)
    except NotFound as refusal:
        st.error(refusal.message, icon=":material/search_off:")
        return
    text.heading(f"Minutes of {text.day(read.held_on)}")
    if not read.is_intact:
        st.error(lines.CHANGED, icon=":material/gpp_bad:")
    st.markdown("\n\n".join(_head(read)))
    st.markdown("\n\n".join(_decisions(read)))
    words = store.words(person)
    told = [_item(item, words) for item in lines.reached(read)]
    st.markdown("\n\n".join(["### Items", *told]), anchors=False)
    if left := lines.not_reached(read):
        st.markdown(f"**Not reached, carried over:** {text.plain(left)}")
    if refused := lines.not_agreed(read):
        st.markdown(f"**{lines.NOT_AGREED}:** {text.plain(refused)}")
    _after(person, read)


def _head(read: Minutes) -> list[str]:
    came = ", ".join(map(text.plain, read.came)) or "nobody"
    told = [f"Chair: **{text.plain(read.chair)}** · notes: **{text.plain(read.note_taker)}**  \nHere: {came}"]
    if read.absent:
        told.append(f"Apologies: {', '.join(map(text.plain, read.absent))}")
    if read.i_withdrew:
        told.append(lines.WITHDREW)
    told.append(f":gray[{lines.moved(read)}]")
    return told


def _decisions(read: Minutes) -> list[str]:
    made = [f"- **{_title(item)}**: {decision(note)}" for item, note in read.decisions]
    return ["### Decisions", "\n".join(made) or ":gray[None.]"]


def decision(made: Written) -> str:
    """With its dissent below, as Markdown in a list."""
    return "\n".join([text.plain(lines.note(made)), *(f"    - {text.plain(lines.note(one))}" for one in made.dissent)])


def _title(item: MinutesItem) -> str:
    return item.reference or text.plain(item.question)


def _item(item: MinutesItem, words: Reference) -> str:
    told = [f"**{item.number}. {_title(item)}** :gray[{item.section.label} · {lines.state(item)}]"]
    if item.why:
        told.append(f":gray[{', '.join(item.why)}]")
    if room := lines.room(item):
        told.append(text.plain(room))
    told += [
        f"{text.plain(lines.note(note))} :gray[({text.plain(note.by)})]"
        for each in item.notes
        for note in (each, *each.dissent)
    ]
    told += [f"Also: {text.plain(f'{one.who} {in_words(one, words)}')}" for one in item.done]
    return "  \n".join(told)


def _after(person: Person, read: Minutes) -> None:
    if read.addenda:
        told = [f"- {text.plain(lines.added(one))}" for one in read.addenda]
        st.markdown("\n".join(["### Added later", "", *told]), anchors=False)
    if read.confirmed:
        st.caption(f"Confirmed by {text.plain(', '.join(read.confirmed))}.")
    if read.may_confirm and not read.i_confirmed:
        with forms.form(f"confirm_{read.id}", border=False) as form:
            form.submit("Confirm these minutes")
        form.save(confirm_minutes, "Confirmed. Thank you.", meeting_id=read.id)
    about = {"meeting": str(read.id), "held_on": read.held_on.isoformat()}
    with st.container(horizontal=True):
        download.button(person, "Minutes as Word", DownloadKind.MINUTES, form="docx", **about)
        download.button(person, "Minutes as a web page", DownloadKind.MINUTES, form="html", **about)
    if read.may_confirm or person.is_lead:
        fold("Add a correction", lambda: _add(read), about=f"minutes_{read.id}", icon=":material/add_comment:")


def _add(read: Minutes) -> None:
    with forms.form(f"addendum_{read.id}", border=False) as form:
        words = form.area("text", "Correction", required=True, help="Stands beside the minutes with today’s date.")
        form.submit("Add it")
    form.save(add_addendum, "Added.", meeting_id=read.id, item_id=None, text=words)
