"""The meeting under way: one item at a time, the same for everybody who may see it."""

from functools import partial

import streamlit as st

from dashboard import store
from dashboard.case import consents, flags_and_waiting, status_update, team
from dashboard.meeting import agenda, close, decide, item_words, moves, topics
from dashboard.reports import minutes_lines
from dashboard.ui import forms, meeting_screen, navigation, text
from dashboard.ui.folds import fold
from dashboard.ui.meeting_screen import Screen, Went
from db.choices import EntryKind
from db.commands.meeting_notes import carry_over, go_to_item
from db.errors import NotFound
from db.queries.meetings import AgendaItem, MeetingView
from db.queries.session import Person
from db.rules.words import many

VIEW, SCREEN, STAYS = "view", "screen", "meeting_stays_at"
MOST_NEWS, LONGEST_NEWS, MOST_SHARED = 5, 160, 4


def is_shared() -> bool:
    """Whether this is the screen that everybody in the room looks at: the item alone."""
    return st.query_params.get(VIEW) == SCREEN


def walk(person: Person, meeting: MeetingView) -> None:
    item = _at(meeting)
    if item is not None and meeting.current is not None and item.id != meeting.current.id:
        _moved_on(meeting.current)
    went = meeting_screen.show(_screen(person, meeting, item, is_shared=is_shared()), key="meeting_screen")
    if went is not None:
        _go(meeting, item, went)
    if not is_shared():
        _beside(person, meeting, item)
    st.page_link(
        "../pages/meeting.py",
        label="Leave the shared screen" if is_shared() else "For a shared screen: the item alone",
        icon=":material/present_to_all:",
        query_params={} if is_shared() else {VIEW: SCREEN},
    )


def _at(meeting: MeetingView) -> AgendaItem | None:
    """The item under discussion; while words are typed that nobody has saved, the item they are about."""
    stays = st.session_state.get(STAYS)
    typed = next((item for item in meeting.items if item.id == stays), None)
    if typed is not None and decide.has_unsaved(typed):
        return typed
    st.session_state[STAYS] = meeting.current.id if meeting.current else None
    return meeting.current


def _moved_on(to: AgendaItem) -> None:
    st.info(
        f"The meeting has gone on to item {to.number}. You stay here until what you typed is saved.",
        icon=":material/edit_note:",
    )


def _screen(person: Person, meeting: MeetingView, item: AgendaItem | None, *, is_shared: bool) -> Screen:
    here = sum(one.came is True for one in meeting.attendees)
    if item is None:
        return Screen(
            head=f"{many(len(meeting.items), 'item')}, {many(here, 'person', 'people')} here",
            title=f"Meeting of {text.day(meeting.held_on)}",
            line=f"Chair: {meeting.chair}. Notes: {meeting.note_taker}.",
            is_shared=is_shared,
            goes=(Went.NEXT,) if meeting.runs and meeting.items else (),
        )
    words, about = store.words(person), item.about
    flags = item_words.badges(about, words) if about else []
    return Screen(
        head=f"Item {item.number} of {len(meeting.items)} · {item.section.label}",
        title=item_words.title(item),
        line=item_words.card(about, words) if about else "",
        badges=flags,
        # The flags stand above.
        why=[why for why in item.why if not why.startswith(tuple(f"{flag} since" for flag, _ in flags))],
        question=item_words.question(item),
        changed=item_words.changed(about, meeting.since) if about else "",
        step=item_words.step(about) if about else "",
        is_shared=is_shared,
        leaving=item_words.leaving(item),
        notes=_notes(item, is_shared=is_shared),
        after=_after(meeting, item),
        minutes=item.minutes,
        since=item.opened_at,
        goes=_ways(meeting, item),
    )


def _notes(item: AgendaItem, *, is_shared: bool) -> list[str]:
    """On the shared screen the last few, so that they can be read from the back of the room."""
    told = minutes_lines.lines(item.notes)
    more = len(told) - MOST_SHARED
    return [f"{many(more, 'earlier line')}: see the minutes", *told[more:]] if is_shared and more > 0 else told


def _after(meeting: MeetingView, item: AgendaItem) -> str:
    """What comes next. The chair does not hear of an item that somebody else has to open."""
    earlier = [one for one in meeting.items if one.number < item.number and one.takes_chair and not one.was_opened]
    if earlier:
        return f"Item {earlier[0].number} was passed over. {item_words.standing_in(earlier[0])}"
    following = moves.onward(meeting, item.number)
    if following is None:
        return ""
    told = f"Then item {following.number}: {item_words.title(following)}"
    return f"{told}. {item_words.leaving(following)}" if following.takes_chair else told


def _ways(meeting: MeetingView, item: AgendaItem) -> tuple[Went, ...]:
    if not meeting.runs:
        return ()
    back = (Went.BACK,) if moves.backward(meeting, item.number) else ()
    on = (Went.NEXT,) if moves.onward(meeting, item.number) else ()
    return (*back, Went.CARRY, *on)


def _go(meeting: MeetingView, item: AgendaItem | None, went: Went) -> None:
    number = item.number if item else 0
    to = moves.backward(meeting, number) if went is Went.BACK else moves.onward(meeting, number)
    about = {"meeting_id": meeting.id}
    if went is Went.CARRY and item is not None:
        forms.pressed(f"carry_{item.id}").save(carry_over, "Carried over.", redraw=False, item_id=item.id, **about)
    if to is not None:
        moves.open_item(meeting, to)
    elif went is Went.CARRY:
        st.rerun()


def _beside(person: Person, meeting: MeetingView, item: AgendaItem | None) -> None:
    about = f"meeting_{meeting.id}"
    if item is not None and (meeting.is_asked or person.is_lead):
        topics.beside(person, item)
        decide.forms_of(person, meeting, item)
        if item.about and item.about.version:
            _on_the_case(person, meeting, item.about.reference)
    fold("The agenda", partial(_agenda, person, meeting), about=about, icon=":material/list:", opened=item is None)
    if meeting.runs:
        fold("Who is here", partial(agenda.begin, meeting), about=about, icon=":material/groups:")
        fold("Close the meeting", partial(close.close, meeting), about=about, icon=":material/done_all:")
    agenda.add(meeting)


def _on_the_case(person: Person, meeting: MeetingView, reference: str) -> None:
    """What has changed since the last meeting; and the same forms as on the case's own page, by the same rules."""
    try:
        case = store.case(person, reference)
    except NotFound:
        return
    news = [line for line in case.lines if line.at > meeting.since and line.kind is not EntryKind.MEETING]
    told = [f"- {text.moment(line.at)}, {line.kind.label.lower()}: {_short(line.text)}" for line in news[:MOST_NEWS]]
    st.markdown("\n".join(["**Since the last meeting**", "", *told]) if told else "**Nothing since the last meeting**")
    navigation.case_link(reference, f"Open {reference}")
    for label, draw in (
        ("Move its stage, or record a full update", lambda: status_update.full_update(person, case)),
        ("Raise or clear a flag", lambda: flags_and_waiting.flags(person, case)),
        ("Offer it to somebody", lambda: team.team(person, case)),
        ("Ask for a consent, or record one", lambda: consents.consents(case)),
    ):
        fold(label, draw, about=f"meeting_{reference}")


def _short(words: str) -> str:
    first = words if len(words) <= LONGEST_NEWS else f"{words[:LONGEST_NEWS].rstrip()}…"
    return text.plain(" ".join(first.split()))


def _agenda(person: Person, meeting: MeetingView) -> None:
    agenda.conflicts(meeting)
    if meeting.runs:
        words = {item.id: f"{item.number}. {item_words.title(item)}" for item in meeting.items if not item.has_no_chair}
        with forms.form(f"go_to_{meeting.id}", border=False) as form:
            chosen = form.choice("item_id", "Go to", list(words), words=words.get, required=True)
            form.submit("Open this item", main=False)
        form.save(go_to_item, "Opened for everybody.", meeting_id=meeting.id, item_id=chosen)
    done = [item for item in meeting.items if item.was_opened]
    st.caption(f"{len(done)} of {many(len(meeting.items), 'item')} opened so far.")
    agenda.of_meeting(person, meeting)
