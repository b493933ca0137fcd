"""For leads, on Home: the cases of people who have left, each with the next step in one press."""

import streamlit as st

from dashboard import store
from dashboard.ui import case_lines, case_list, forms, navigation, one_tap, text
from dashboard.ui.case_list import Button, CaseLine, Part
from db.choices import AssignmentRole
from db.commands.assignments import end_assignment
from db.commands.handover import offer_handover
from db.queries.handover import LeftBehind
from db.queries.session import Person

FIRST, OPEN = 12, "home_handing_over"


def hand_overs(person: Person) -> None:
    places = store.handovers(person)
    if not places:
        return
    text.heading("To hand over")
    shown = {f"{place.reference} {_name(place)}": place for place in places[:FIRST]}
    about = case_lines.about(person, (place.reference for place in places[:FIRST]))
    lines = [_line(place, about[place.reference]) for place in places[:FIRST]]
    pressed = case_list.show(lines, key="home_hand_overs", label="To hand over")
    if len(places) > FIRST:
        st.page_link(navigation.FOLDER / "people.py", label=f"{len(places) - FIRST} more, on People")
    if pressed is not None and one_tap.is_steady():
        st.session_state[OPEN] = shown[f"{pressed.reference} {pressed.name}"]
        st.rerun()
    if OPEN in st.session_state:
        _form(st.session_state[OPEN])


def _line(place: LeftBehind, about: tuple[Part, ...]) -> CaseLine:
    facts = [Part(f"{place.name} has left, {place.role.label.lower()}", "strong")]
    if place.role is not AssignmentRole.LEAD and place.lead:
        facts.append(Part(f"Ask {place.lead} whether it is still needed"))
    if place.action:
        due = f", due {text.day(place.action_on)}" if place.action_on else ""
        facts.append(Part(f"Next: {place.action}{due}", "soft"))
    return CaseLine(
        place.reference,
        head=(*about, Part(place.stage.label, "soft")),
        facts=tuple(facts),
        buttons=(Button(_name(place), _words(place), f"{_words(place)}: {place.reference}"),),
    )


def _words(place: LeftBehind) -> str:
    return f"Offer to {place.to[0].name}" if place.to else "End their part"


def _name(place: LeftBehind) -> str:
    return store.public_id("place", place.assignment_id)


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Hand this case over", on_dismiss=_close)
def _form(place: LeftBehind) -> None:
    who = text.plain(place.to[0].name) if place.to else ""
    st.markdown(f"**{place.reference}**, of {text.plain(place.name)}")
    with forms.form(f"hand_over_{place.assignment_id}_{bool(who)}", border=False) as form:
        if who:
            st.caption(" · ".join(text.plain(reason) for reason in place.to[0].reasons))
        else:
            st.caption("Nobody suggested has room. Their part ends, and without a case lead the case is unallocated.")
        note = form.area("handover", "Handover note", required=True, help="Where it stands, and what comes next.")
        form.submit(f"Offer to {who}" if who else "End their part")
    if who:
        said, about = f"Offered to {who}.", {"volunteer_id": place.to[0].volunteer_id, "reason": "Handed over."}
        saved = form.save(offer_handover, said, redraw=False, reference=place.reference, handover=note, **about)
    else:
        about = {"assignment_id": place.assignment_id}
        saved = form.save(end_assignment, "Ended.", redraw=False, reference=place.reference, handover=note, **about)
    if saved:
        _close()
        one_tap.moved()
        st.rerun()
