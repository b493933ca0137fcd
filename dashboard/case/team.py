"""Who is on a case, what the doctor consented to, and the ways to step back or look up the doctor."""

import streamlit as st

from dashboard import auth, store
from dashboard.ui import conflict_question, forms, text
from dashboard.ui.options import at_once, sole
from db import clock
from db.choices import AssignmentRole, AssignmentStatus, ConsentPurpose
from db.commands.assignments import end_assignment, offer_case
from db.commands.consents import record_consent
from db.commands.handover import offer_handover
from db.commands.recusals import recuse
from db.errors import CommandRefused
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import Place
from db.queries.session import Person
from db.vault import Identity

# Long enough to dial a number or begin a message, too short for a screen left alone.
IDENTITY_SECONDS = 120
LIVE = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)


def answer_offer(person: Person, reference: str) -> bool:
    """For the person offered a place on this case, whether they may see its card or not. Says whether there is one."""
    offers = [one for one in store.own_offers(person) if one.reference == reference.strip().upper()]
    for offer in offers:
        conflict_question.offer(person, offer)
    return bool(offers)


def team(person: Person, case: CaseDetail) -> None:
    """Places held and offered; leads offer, everybody may end their own with a handover note."""
    live = {place.id: place for place in case.places if place.status in LIVE}
    for place in live.values():
        st.markdown(
            f"**{text.plain(place.name)}**: {place.role}, {place.status.label.lower()} {text.moment(place.since)}"
        )
    if not live:
        st.caption("Nobody is on this case yet.")
    past = [place for place in case.places if place.status not in LIVE]
    if past:
        with st.expander("Earlier places"):
            for place in past:
                whose = f"{text.plain(place.name)}: {place.role}, {place.status.label.lower()}"
                st.caption(f"{whose}. {text.plain(place.reason)}")
    if person.is_lead:
        _offer(person, case)
    _end(person, case, {id: p for id, p in live.items() if person.is_lead or p.volunteer_id == person.id})


def _offer(person: Person, case: CaseDetail) -> None:
    if not case.stage.is_open:
        return
    interim = AssignmentRole.INTERIM.label
    taken = {place.volunteer_id for place in case.places if place.status in LIVE and place.role != interim}
    people = {id: name for id, name in store.offerable(person, case.reference, place=True).items() if id not in taken}
    with st.expander("Offer a place", expanded=not taken), forms.form(f"offer_{case.reference}", case=case) as form:
        who = form.choice("volunteer_id", "Volunteer", people, words=people.get, required=True)
        roles = [role for role in AssignmentRole if role is not AssignmentRole.LEAD or case.lead_id is None]
        role = form.choice("role", "As", roles, required=True, index=0)
        reason = form.text("reason", "Reason", required=True)
        unchecked = not case.is_matched and conflict_question.unchecked(form)
        form.submit("Offer")
    form.save(offer_case, "Offered.", volunteer_id=who or 0, role=role, reason=reason, unchecked=unchecked)
    if case.lead_id is not None:
        _offer_on(case, people)


def _offer_on(case: CaseDetail, people: dict[int, str]) -> None:
    with st.expander("Offer the case on to another lead"), forms.form(f"offer_on_{case.reference}", case=case) as form:
        st.caption(f"{text.plain(case.lead_name or 'The case lead')} stays until the other accepts.")
        who = form.choice("volunteer_id", "Volunteer", people, words=people.get, required=True)
        reason = form.text("reason", "Reason", required=True)
        note = form.area("handover", "Handover note", required=True)
        unchecked = not case.is_matched and conflict_question.unchecked(form)
        form.submit("Offer it on")
    form.save(
        offer_handover,
        "Offered.",
        volunteer_id=who or 0,
        reason=reason,
        handover=note,
        unchecked=unchecked,
    )


def _end(person: Person, case: CaseDetail, places: dict[int, Place]) -> None:
    if not places:
        return
    people = store.caseworkers(person)
    with st.expander("End a place"), forms.form(f"end_{case.reference}{sole(places)}", case=case) as form:
        chosen = form.choice(
            "assignment_id",
            "Place",
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
        form.submit("End place")
    form.save(end_assignment, "Place ended.", assignment_id=chosen, handover=note)


def consents(case: CaseDetail) -> None:
    """One row per purpose asked about; help never depends on more than the first."""
    known = {row["purpose"]: row for row in case.consents}
    st.table(
        {purpose.label: _consent_words(known.get(purpose.value)) for purpose in ConsentPurpose},
        border="horizontal",
        alt="Consents by purpose",
    )
    with st.expander("Record a consent"), forms.form(f"consent_{case.reference}", case=case) as form:
        purpose = form.choice("purpose", "Purpose", list(ConsentPurpose), required=True)
        given = form.choice("given", "The doctor says", ["Yes", "No, or withdraws it"], required=True)
        expires = form.day("expires_on", "Until", help="Leave empty for no end date.")
        st.caption("Help never depends on it. Silence is not consent.")
        form.submit("Record consent")
    if form.submitted and (purpose is None or given is None):
        form.refuse(CommandRefused("Choose a purpose and what the doctor says.", field="purpose"))
        return
    form.save(record_consent, "Consent recorded.", purpose=purpose, given=given == "Yes", expires_on=expires)


def _consent_words(row: dict[str, object] | None) -> str:
    if row is None:
        return "Not asked"
    ends = f", until {text.day(row['expires_on'])}" if row["expires_on"] else ""  # type: ignore[arg-type]
    return f"{'Yes' if row['given'] else 'No'}, {text.moment(row['at'])}{ends}"  # type: ignore[arg-type]


def step_back(person: Person, case: CaseDetail) -> None:
    """One click, as somebody with a conflict should not have to stay a moment longer."""
    with forms.form(f"recuse_{case.reference}", case=case) as form:
        st.markdown("**I have a conflict**")
        st.caption("You will see nothing of this case from then on. A lead can see that you stepped back.")
        reason = form.text("reason", "Reason, if you wish to give one")
        form.submit("Recuse me", main=False)
    said = "You are recused from that case."
    if form.save(recuse, said, volunteer_id=person.id, reason=reason, redraw=False):
        st.switch_page("../pages/home.py")


def identity(case: CaseDetail) -> None:
    """The doctor's name and safe contact: opened on purpose, with a reason, logged, and soon gone from the page."""
    with st.expander("Who the doctor is, and how to reach them safely"):
        with forms.form(f"identity_{case.reference}", border=False) as form:
            reason = form.text(
                "reason", "Why you are opening it", required=True, help="Logged with your name.", most=300
            )
            form.submit("Open identity")
        if not form.submitted:
            return
        try:
            who = store.identity(auth.current(), case.reference, reason)
        except CommandRefused as refusal:
            form.refuse(refusal)
            return
        _show_for_a_while(who)


def _show_for_a_while(who: Identity) -> None:
    """Once: the page draws this part anew by itself after a while, and by then nobody holds the identity."""
    held = [who]

    @st.fragment(run_every=IDENTITY_SECONDS)
    def panel() -> None:
        if held:
            _identity_panel(held.pop())
        else:
            st.caption("Hidden again. Open it once more if you still need it.")

    panel()


def _identity_panel(who: Identity) -> None:
    st.table(
        {
            "Name": text.plain(who.name),
            "Safe channel": text.plain(who.safe_channel),
            "Safe times": text.plain(who.safe_times),
            "Never use": text.plain(who.never_use),
        },
        border="horizontal",
        alt="The doctor's identity",
    )
    st.caption("Safe contact")
    st.code(who.contact, language=None)
    st.caption(
        f"Opened at {text.moment(clock.now())}. Hidden again after {IDENTITY_SECONDS // 60} minutes, or with your "
        "next action on this page."
    )
