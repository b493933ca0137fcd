"""Asked before anything about a case is shown, with the organisation in view: is there a conflict of interest?"""

from typing import Any

import streamlit as st

from dashboard import auth, store
from dashboard.ui import forms, text
from dashboard.ui.forms import Form
from db.asked import ShownBodies
from db.commands.action_offers import answer_action_offer
from db.commands.assignments import answer_offer
from db.commands.conflicts import answer_cover, see_bodies
from db.errors import CommandRefused, NotFound
from db.queries.offers import OwnOffer
from db.queries.session import Person
from db.rules.families import NOT_MATCHED
from db.rules.words import many

NO, YES = "No, I never worked there and have no link", "Yes, I have or had a link"
QUESTION = "Do you work there, have you ever, or do you have a link to it or to anybody involved?"
# Cover of a whole list is answered a few cases at a time: the most urgent stand first.
AT_ONCE = 5
TELL_LEADS = "For leads and whoever asked you (optional)"
STEPPED_BACK = "Thank you for telling us. You can’t see that case any more, and leads know that you stepped back."


def organisation(person: Person, reference: str, key: str, *, main: bool = True) -> ShownBodies | None:
    """The organisation in the case, once asked for: each look is logged. Until then, the button that asks."""
    try:
        shown = store.bodies_to_answer(person, reference)
    except NotFound:
        st.caption("That offer is no longer open.")
        return None
    return _answered_about(person, reference, key, shown, main=main)


def _answered_about(
    person: Person, reference: str, key: str, shown: ShownBodies | None, *, main: bool
) -> ShownBodies | None:
    if shown is None:
        if st.button(
            "Show the organisation",
            key=store.key(f"see_{key}"),
            icon=":material/visibility:",
            type="primary" if main else "secondary",
        ):
            _look(person, reference)
        st.caption("See which organisation it is about before you answer. We log that you looked.")
        return None
    named = [f"**{text.plain(name)}**" for name in shown.names]
    if not shown.is_matched:
        named[0] += " (as it was typed)"
        st.warning(f"{NOT_MATCHED}. Only you may know whether you have a link.", icon=":material/person_alert:")
    st.markdown(":material/apartment: " + "  \n:material/apartment: ".join(named))
    return shown


def _look(person: Person, reference: str) -> None:
    try:
        store.write(auth.current(), see_bodies, once=f"see_{reference}_{person.key}", reference=reference)
    except CommandRefused as refusal:
        st.error(refusal.message, icon=":material/error:")
        return
    st.rerun()


def question(form: Form) -> dict[str, bool]:
    """The answer, as the commands take it. Nothing is chosen beforehand."""
    said = form.radio("no_conflict", QUESTION, (NO, YES), required=True)
    return {"no_conflict": said == NO, "has_conflict": said == YES}


def done(answer: dict[str, bool], said: str) -> str:
    return STEPPED_BACK if answer["has_conflict"] else said


def offer(person: Person, offer: OwnOffer) -> None:
    """For whoever is offered a case: which organisation it is about, then accept or decline."""
    with st.container(border=True):
        st.markdown(f":material/waving_hand: **You are offered this case as {offer.role.label.lower()}**")
        st.markdown(text.plain(offer.reason))
        shown = organisation(person, offer.reference, f"offer_{offer.id}")
        with forms.form(f"answer_{offer.reference}_{offer.id}_{shown is None}", border=False) as form:
            answer = question(form) if shown else {}
            reason = form.text("reason", TELL_LEADS)
            ways = {"accept": "Accept", "decline": "Decline"} if shown else {"decline": "Decline"}
            way = form.submit_one_of(ways, main="accept")
    accepted, stands_aside = way == "accept", bool(answer.get("has_conflict"))
    said = STEPPED_BACK if stands_aside else "Accepted. Thank you." if accepted else "Declined."
    fields: dict[str, Any] = {"assignment_id": offer.id, "accept": accepted, "reason": reason, **answer}
    if form.save(answer_offer, said, redraw=False, **fields):
        if stands_aside or (way == "decline" and not offer.card):
            st.switch_page("../pages/home.py")
        st.rerun()


def action(person: Person, reference: str, offer_id: int) -> bool:
    """For somebody not on the case who is asked to take over one of its actions. Whether they answered."""
    with st.container(border=True, width=forms.FORM_WIDTH):
        if organisation(person, reference, f"action_{offer_id}") is None:
            return False
        with forms.form(f"take_{reference}_{offer_id}", border=False) as form:
            answer = question(form)
            form.submit("Accept this action")
    said = done(answer, f"This action on {reference} is yours now.")
    return form.save(answer_action_offer, said, action_offer_id=offer_id, accept=True, redraw=False, **answer)


def cover(person: Person) -> None:
    """For whoever covers: they see each case once they have answered for its organisation."""
    waiting = store.cover_to_answer(person)
    if not waiting:
        return
    st.markdown(
        f":material/swap_horiz: **Before you cover: {many(len(waiting), 'case')} to answer for.** "
        "You see each case once you have said whether you have a link."
    )
    for reference, shown in list(waiting.items())[:AT_ONCE]:
        with st.container(border=True, width=forms.FORM_WIDTH):
            st.markdown(f"**{reference}**")
            if _answered_about(person, reference, f"cover_{reference}", shown, main=False) is None:
                continue
            with forms.form(f"cover_{reference}", border=False) as form:
                answer = question(form)
                form.submit("Save answer")
        form.save(answer_cover, done(answer, "Saved."), reference=reference, **answer)
    if len(waiting) > AT_ONCE:
        st.caption(f"{many(len(waiting) - AT_ONCE, 'more case')} will stand here as you answer.")


def unchecked(form: Form) -> bool:
    """For a lead who offers a case while its organisation is not matched."""
    return form.tick("unchecked", f"{NOT_MATCHED}. Offer it anyway.")
