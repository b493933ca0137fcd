"""Who is on a case, who the doctor is, and how to step back."""

from datetime import date, datetime
from functools import partial

import streamlit as st

from dashboard import auth, store
from dashboard.case import consents
from dashboard.case.in_view import IN_VIEW, SECONDS, for_a_while
from dashboard.ui import conflict_question, forms, text, typed_words
from dashboard.ui.folds import fold
from dashboard.ui.options import at_once, sole
from db import clock
from db.choices import AssignmentRole, AssignmentStatus, ConsentPurpose
from db.commands.assignments import end_assignment, offer_case
from db.commands.handover import offer_handover
from db.commands.recusals import recuse
from db.errors import CommandRefused
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import Place
from db.queries.session import Person
from db.rules.consent import Needed
from db.rules.words import many
from db.vault import Identity

# The case whose identity is in view, and since when; never the identity.
OPENED = "identity_opened"
LIVE = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)


def answer_offer(person: Person, reference: str) -> bool:
    """Shows this person's offers of the case, whether or not they may see its card. True if there is one."""
    offers = store.own_offers(person, reference)
    for offer in offers:
        conflict_question.offer(person, offer)
    return bool(offers)


def team(person: Person, case: CaseDetail) -> None:
    """Who is on the case or has been offered it. Leads offer it; everybody may leave it with a handover note."""
    live = {place.id: place for place in case.places if place.status in LIVE}
    st.markdown("\n".join(f"- {_now(place)}" for place in live.values()) or ":gray[Nobody is on this case yet.]")
    past = [place for place in case.places if place.status not in LIVE]
    if past:
        with st.expander("Earlier on this case"):
            st.markdown("\n".join(f"- {_past(place)}" for place in past))
    if person.is_lead and case.stage.is_open:
        taken = {p.volunteer_id for p in live.values() if p.role != AssignmentRole.INTERIM.label}
        fold(
            "Offer the case",
            lambda: _offer(case, _free(person, case, taken)),
            about=case.reference,
            icon=":material/person_add:",
            opened=not taken,
        )
        if case.lead_id is not None:
            fold(
                "Hand over to another case lead",
                lambda: _offer_on(case, _free(person, case, taken)),
                about=case.reference,
            )
    if own := {id: p for id, p in live.items() if person.is_lead or p.volunteer_id == person.id}:
        is_own = all(p.volunteer_id == person.id for p in own.values())
        title = "Leave this case" if is_own else "Leave this case, or end somebody’s part in it"
        fold(title, lambda: _end(person, case, own, is_own=is_own), about=case.reference)


def _now(place: Place) -> str:
    now = f"**{text.plain(place.name)}**: {place.role}, {place.status.label.lower()} {text.moment(place.since)}"
    return f"{now}{_answer(place)}"


def _past(place: Place) -> str:
    why = f". {text.plain(place.reason)}" if place.reason else ""
    became = f"{place.role}, {place.status.label.lower()} {text.moment(place.since)}"
    return f"{text.plain(place.name)}: {became}{why}{_answer(place)}"


def _answer(place: Place) -> str:
    """What they said as they answered: only leads and whoever offered the place have it."""
    return f"  \n:gray[Said to leads:] “{text.plain(place.answer)}”" if place.answer else ""


def _free(person: Person, case: CaseDetail, taken: set[int]) -> dict[int, str]:
    offerable = store.offerable(person, case.reference, place=True)
    return {id: name for id, name in offerable.items() if id not in taken}


def _offer(case: CaseDetail, people: dict[int, str]) -> None:
    with forms.form(f"offer_{case.reference}", case=case) as form:
        who = form.choice("volunteer_id", "Volunteer", people, words=people.get, required=True)
        roles = [role for role in AssignmentRole if role is not AssignmentRole.LEAD or case.lead_id is None]
        role = form.choice("role", "As", roles, required=True, index=0)
        if role is AssignmentRole.SECOND:
            consents.say_what_is_missing(case, Needed(ConsentPurpose.SECOND))
        reason = form.text("reason", "Reason", required=True)
        unchecked = not case.is_matched and conflict_question.unchecked(form)
        form.submit("Offer the case")
    form.save(offer_case, "Offered.", volunteer_id=who or 0, role=role, reason=reason, unchecked=unchecked)


def _offer_on(case: CaseDetail, people: dict[int, str]) -> None:
    with forms.form(f"offer_on_{case.reference}", case=case) as form:
        st.caption(f"{text.plain(case.lead_name or 'The case lead')} stays case lead until the other person accepts.")
        who = form.choice("volunteer_id", "Volunteer", people, words=people.get, required=True)
        reason = form.text("reason", "Reason", required=True)
        note = form.area("handover", "Handover note", required=True)
        unchecked = not case.is_matched and conflict_question.unchecked(form)
        form.submit("Offer the handover")
    form.save(
        offer_handover,
        "Offered.",
        volunteer_id=who or 0,
        reason=reason,
        handover=note,
        unchecked=unchecked,
    )


def _end(person: Person, case: CaseDetail, places: dict[int, Place], *, is_own: bool) -> None:
    people = store.caseworkers(person)
    with forms.form(f"end_{case.reference}{sole(places)}", case=case) as form:
        chosen = form.choice(
            "assignment_id",
            "Who leaves",
            places,
            required=True,
            index=at_once(places),
            words=lambda id: (
                f"{people.get(places[id].volunteer_id, places[id].name)}, {places[id].role}"
                if id in places
                else "Ended"
            ),
        )
        note = form.area("handover", "Handover note", required=True)
        form.submit("Leave this case" if is_own else "End their part")
    own = chosen in places and places[chosen].volunteer_id == person.id
    said = "You have left this case." if own else "They are no longer on this case."
    form.save(end_assignment, said, assignment_id=chosen, handover=note)


def step_back(person: Person, case: CaseDetail) -> None:
    """One click, so that nobody with a conflict has to stay a moment longer."""
    with forms.form(f"recuse_{case.reference}", case=case) as form:
        st.markdown("**I have a conflict of interest**")
        st.caption("You leave this case at once and can no longer see it. Leads see that you stepped back, and why.")
        reason = form.text("reason", "Reason, for leads (optional)")
        form.submit("Step back (conflict)", main=False)
    said = "You have stepped back from that case."
    if form.save(recuse, said, volunteer_id=person.id, reason=reason, redraw=False):
        st.switch_page("../pages/home.py")


def identity(case: CaseDetail) -> None:
    """The doctor's name and safe contact: opened with a reason, logged, and hidden again after a while."""
    fold(
        "Who the doctor is, and how to reach them safely",
        lambda: _identity(case),
        about=case.reference,
        icon=":material/call:",
    )


def _identity(case: CaseDetail) -> None:
    with forms.form(f"identity_{case.reference}", border=False) as form:
        reason = form.text("reason", "Reason for opening it", required=True, help="Logged with your name.", most=300)
        form.submit("Open identity")
    was: tuple[str, datetime] | None = st.session_state.pop(OPENED, None)
    at = clock.now()
    try:
        if form.submitted:
            who = store.identity(auth.current(), case.reference, reason)
        elif was and was[0] == case.reference and typed_words.came() and at < was[1] + IN_VIEW:
            # Words are kept while somebody types, which must not take away the number that they are calling.
            at = was[1]
            who = store.identity_again(auth.current(), case.reference, at)
        else:
            return
    except CommandRefused as refusal:
        form.refuse(refusal)
        return
    st.session_state[OPENED] = (case.reference, at)
    for_a_while(partial(_identity_panel, who, at), at + IN_VIEW)


def _emergency(who: Identity) -> str:
    if not who.emergency_who:
        return "Nobody agreed yet"
    agreed = text.day(date.fromisoformat(who.emergency_agreed_on))
    return f"{text.plain(who.emergency_who)}: {text.plain(who.emergency_number)}, with permission since {agreed}"


def _adviser(who: Identity) -> str:
    parts = (who.adviser_name, who.adviser_organisation, who.adviser_contact)
    number = [f"reference {who.adviser_reference}"] if who.adviser_reference else []
    return text.plain(", ".join([part for part in parts if part] + number)) or "None recorded"


def _identity_panel(who: Identity, at: datetime) -> None:
    st.table(
        {
            "Name": text.plain(who.name),
            "Safe channel": text.plain(who.safe_channel),
            "Safe times": text.plain(who.safe_times),
            "Never use": text.plain(who.never_use),
            "In an emergency": _emergency(who),
            "Adviser": _adviser(who),
        },
        border="horizontal",
        alt="The doctor’s identity",
    )
    st.caption("Safe contact")
    st.code(who.contact, language=None)
    st.caption(
        f"Opened {text.moment(at)}. It is hidden again after {many(SECONDS // 60, 'minute')}, or as soon as "
        "you do something else on this page than type."
    )
