"""The agenda before a meeting: why each item is on it, who leaves for which, and what may not be discussed."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import streamlit as st

from dashboard.meeting import item_words, plan, topics
from dashboard.ui import case_list, forms, text
from dashboard.ui.folds import fold
from db.commands.meeting_notes import open_meeting
from db.commands.meetings import (
    add_case_item,
    add_topic,
    move_item,
    remove_item,
    set_minutes,
    update_agenda,
)
from db.queries.meetings import AgendaItem, MeetingView
from db.queries.session import Person
from db.rules.agenda import LONGEST_MINUTES
from db.rules.words import many, noun

LAST, FEW = "Last", 4


def prepare(person: Person, meeting: MeetingView) -> None:
    plan.head(meeting)
    about = f"meeting_{meeting.id}"
    if meeting.runs:
        fold("Begin the meeting", lambda: begin(meeting), about=about, icon=":material/play_arrow:")
    conflicts(meeting)
    of_meeting(person, meeting)
    not_discussed(meeting)
    add(meeting)
    if meeting.runs:
        _run(person, meeting)


def _run(person: Person, meeting: MeetingView) -> None:
    about = f"meeting_{meeting.id}"
    fold("Order, minutes, or take an item off", lambda: arrange(meeting), about=about, icon=":material/reorder:")
    fold("Change the day or the people", lambda: plan.change(person, meeting), about=about, icon=":material/edit:")
    with forms.form(f"update_agenda_{meeting.id}", border=False) as form:
        form.submit("Bring the agenda up to date", main=False)
    form.save(update_agenda, "The agenda is up to date.", meeting_id=meeting.id)


def begin(meeting: MeetingView) -> None:
    """Who is here. Anybody who comes later is added in the same way."""
    people = {one.id: one.name for one in meeting.attendees}
    here = [one.id for one in meeting.attendees if one.came is not False]
    with forms.form(f"open_meeting_{meeting.id}_{meeting.opened_at is None}", border=False) as form:
        came = form.several("came_ids", "Who is here", list(people), words=people.get, default=here)
        form.submit("Begin" if meeting.opened_at is None else "Save who is here")
    form.save(open_meeting, "Saved.", meeting_id=meeting.id, came_ids=came)


def conflicts(meeting: MeetingView) -> None:
    """Before any item is opened, by person: who leaves for which, and who takes the chair and the notes for them."""
    leaving = _by_person((name, item) for item in meeting.items for name in item.leaving)
    chairs = _by_person((item.takes_chair, item) for item in meeting.items if item.takes_chair)
    notes = _by_person((item.takes_notes, item) for item in meeting.items if item.takes_notes)
    nobody = [item for item in meeting.items if item.has_no_chair]
    if not (leaving or chairs or notes or nobody):
        return
    rows = [f"**{text.plain(name)}**, {_numbers(items)}" for name, items in leaving.items()]
    told = [f"**{text.plain(name)}** takes the chair for {_numbers(items)}" for name, items in chairs.items()]
    told += [f"**{text.plain(name)}** takes notes for {_numbers(items)}" for name, items in notes.items()]
    if nobody:
        told.append(f"{item_words.NO_CHAIR} for {_numbers(nobody)}: carried over, unless another lead comes")
    head = f"Who leaves the room, because of a conflict of interest: {many(len(rows), 'person', 'people')}"
    with st.expander(head, icon=":material/logout:", expanded=len(rows) <= FEW or bool(told)):
        st.markdown("\n\n".join("  \n".join(part) for part in (told, rows) if part))


def _by_person(named: Iterable[tuple[str, AgendaItem]]) -> dict[str, list[AgendaItem]]:
    found: dict[str, list[AgendaItem]] = {}
    for name, item in named:
        found.setdefault(name, []).append(item)
    return dict(sorted(found.items()))


def _numbers(items: Sequence[AgendaItem]) -> str:
    return f"{noun(len(items), 'item')} {', '.join(str(item.number) for item in items)}"


def of_meeting(person: Person, meeting: MeetingView) -> None:
    """By section. What has nothing is not named."""
    if not meeting.items:
        st.caption("Nothing is on the agenda that you may see.")
        return
    told = f"{many(len(meeting.items), 'item')}, about {many(meeting.minutes, 'minute')}. Each says why it is there."
    if meeting.minutes > LONGEST_MINUTES:
        told += f" That is more than {LONGEST_MINUTES} minutes: what is not reached is carried over."
    st.caption(told)
    for section, items in groupby(meeting.items, key=lambda item: item.section):
        of_section = list(items)
        text.heading(section.label)
        rows = item_words.lines(person, of_section)
        if rows:
            case_list.show(rows, key=f"agenda_{section}_{of_section[0].number}", label=section.label)
        for item in of_section:
            if item.about is None:
                st.markdown(_topic(item))
                if meeting.opened_at is None:
                    topics.on_agenda(person, item)
    if meeting.more:
        st.caption(f"And {many(meeting.more, 'more item')}, which no meeting reaches: they are carried over.")
    if meeting.removed:
        text.heading("Taken off")
        st.markdown(
            "\n".join(
                f"- {text.plain(one.about)} :gray[({text.plain(one.by)}: {text.plain(one.why)})]"
                for one in meeting.removed
            )
        )


def _topic(item: AgendaItem) -> str:
    by = f", added by {text.plain(item.added_by)}" if item.added_by else ""
    late = " :blue-badge[Late]" if item.is_late else ""
    return f"- **{item.number}. {text.plain(item.question)}** :gray[({many(item.minutes, 'minute')}{by})]{late}"


def not_discussed(meeting: MeetingView) -> None:
    refs = meeting.not_discussed
    if not refs:
        return
    with st.expander(f"Not to be discussed: {many(len(refs), 'case')}", icon=":material/lock:"):
        st.caption(
            f"{noun(len(refs), 'This doctor has', 'These doctors have')} not agreed to be discussed at the meeting. "
            "Ask, and record the answer on the case under “Consents”: the case is then on the agenda."
        )
        st.markdown(", ".join(f"[{ref}](/case?ref={ref})" for ref in refs))


def add(meeting: MeetingView) -> None:
    about = f"meeting_{meeting.id}"
    fold("Add a case or a topic", lambda: _add(meeting), about=about, icon=":material/add:")


def _add(meeting: MeetingView) -> None:
    with forms.form(f"add_item_{meeting.id}", border=False) as form:
        reference = form.text("reference", "Case reference", help="Leave it empty for a topic that is no one case.")
        question = form.text("question", "What to decide", required=True, most=300)
        form.submit("Add to the agenda")
    if reference.strip():
        typed = reference.strip().upper()
        full = typed if typed.startswith("LNB-") else f"LNB-{typed}"
        form.save(add_case_item, "Added.", meeting_id=meeting.id, reference=full, question=question)
    else:
        form.save(add_topic, "Added.", meeting_id=meeting.id, question=question)


def arrange(meeting: MeetingView) -> None:
    words = {item.id: f"{item.number}. {item_words.title(item)}" for item in meeting.items}
    with forms.form(f"move_item_{meeting.id}", border=False) as form:
        item = form.choice("item_id", "Item", list(words), words=words.get, required=True)
        before = form.choice("before_id", "Put it before", [*words, None], words=lambda id: words.get(id or 0, LAST))
        form.submit("Move it", main=False)
    form.save(move_item, "Moved.", meeting_id=meeting.id, item_id=item, before_id=before)
    with forms.form(f"minutes_{meeting.id}", border=False) as form:
        item = form.choice("item_id", "Item", list(words), words=words.get, required=True)
        minutes = form.number("minutes", "Minutes", most=60, step=1.0, value=5.0)
        form.submit("Set the minutes", main=False)
    form.save(set_minutes, "Set.", meeting_id=meeting.id, item_id=item, minutes=int(minutes or 0))
    with forms.form(f"remove_item_{meeting.id}", border=False) as form:
        item = form.choice("item_id", "Item", list(words), words=words.get, required=True)
        reason = form.text("reason", "Reason", required=True, most=300)
        form.submit("Take it off the agenda", main=False)
    form.save(remove_item, "Taken off.", meeting_id=meeting.id, item_id=item, reason=reason)
