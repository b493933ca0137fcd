"""Intake: the doctor's message as it arrives, danger first, likely duplicates before saving."""

from dataclasses import dataclass
from datetime import datetime, time

import streamlit as st

from dashboard import bodies, forms, navigation, store
from dashboard.settings import settings
from dashboard.store import Body, Intake, Person
from db import clock
from db.choices import Channel, Representation, YesNo
from db.errors import CommandRefused

UNLISTED = 0


@dataclass(frozen=True)
class Draft:
    """What is asked before the form, because the form or the search for duplicates depends on it."""

    danger: YesNo | None
    contact: str
    processes: tuple[str, ...]
    body: Body | None


def crisis_contacts() -> None:
    """Always first and always in view."""
    with st.container(border=True):
        st.markdown("**If anybody is in danger now**")
        for contact in settings().crisis_contacts:
            checked = (
                f"checked {contact.checked_on:%-d %b %Y}" if contact.checked_on else "not yet checked by the campaign"
            )
            st.markdown(f":material/call: **{contact.number}** {contact.label}, {contact.hours} · :gray[{checked}]")


def before_the_form(person: Person) -> Draft:
    danger = st.segmented_control(
        "Is the doctor, or anybody else, in immediate danger? *", list(YesNo), key="intake_danger",
        format_func=lambda answer: answer.label,
    )  # fmt: skip
    if danger is YesNo.YES:
        st.error(
            "Ring now, stay in touch, tell a lead at once. Saving raises a crisis flag, and a lead’s action for today.",
            icon=":material/emergency:",
        )
    contact = st.text_input(
        "Safe contact: address or number that nobody else reads *", key="intake_contact", max_chars=300,
        help="Never a work address or a shared phone. Kept encrypted.",
    )  # fmt: skip
    processes = st.multiselect(
        "What is the doctor facing?", list(store.words(person).processes), key="intake_processes",
        format_func=store.words(person).processes.__getitem__, placeholder="Choose any",
    )  # fmt: skip
    found = {body.id: body for body in bodies.search("Search for the employer or body")}
    chosen = st.selectbox(
        "Body *", [*found, UNLISTED], key="intake_body", index=None, placeholder="Choose",
        format_func=lambda id: bodies.name_of(found[id]) if id in found else "Not listed",
    )  # fmt: skip
    return Draft(danger, contact or "", tuple(processes), found.get(chosen) if chosen else None)


def likely_duplicates(person: Person, draft: Draft) -> None:
    known = store.duplicates(person, draft.contact, draft.body.id if draft.body else None, draft.processes)
    if known:
        st.warning("Likely the same matter. Look before you save a second record:", icon=":material/content_copy:")
        with st.container(horizontal=True):
            for reference in known:
                navigation.case_link(reference)


def form(person: Person, draft: Draft) -> None:
    words = store.words(person)
    terms = words.terms
    with forms.form("intake") as drawn:
        name = drawn.text("name", "Doctor’s name", required=True, help="Kept encrypted, apart from the case.", most=200)
        drawn.problems["contact"] = st.empty()
        safe_channel = drawn.text("safe_channel", "Safe channel", placeholder="Personal mobile, text only")
        safe_times = drawn.text("safe_times", "Safe times")
        never_use = drawn.text("never_use", "Never use", placeholder="Work email, landline")
        channel = drawn.choice(
            "channel", "How it reached us", [c for c in Channel if c is not Channel.IMPORT], required=True, index=0
        )
        day = drawn.day("received_at", "Received on", required=True, value=clock.today(), most=clock.today())
        at = st.time_input("At", clock.now().astimezone(clock.LONDON).time(), key=f"{drawn.key}_at")
        summary = drawn.area("summary", "Summary, without names", required=True, height=140)
        body_text, kind, region, nation = _unlisted(drawn, draft, terms)
        grade = drawn.choice("grade", "Grade", terms["grade"], words=terms["grade"].get, required=True)
        specialty = drawn.choice(
            "specialty_group",
            "Specialty group",
            terms["specialty_group"],
            words=terms["specialty_group"].get,
            required=True,
        )
        grounds = drawn.several(
            "grounds", "Grounds of discrimination alleged", terms["ground"], words=terms["ground"].get
        )
        represented = drawn.choice(
            "representation",
            "Representation",
            list(Representation),
            index=list(Representation).index(Representation.UNKNOWN),
        )
        dates = drawn.area("dates_told", "Dates and limits as told", height=68)
        notice = drawn.tick("privacy_notice", "The privacy notice was given *")
        consent = drawn.tick("consent_to_hold", "The doctor consents to our holding this record *")
        drawn.submit("Open the case")
    if not drawn.submitted:
        return
    if draft.danger is None:
        drawn.refuse(CommandRefused("Answer the question about danger first: “Not asked yet” is an answer too."))
        return
    received = datetime.combine(day or clock.today(), at or time(), tzinfo=clock.LONDON)
    reference = drawn.save(
        store.open_case,
        said="Case opened.",
        intake=Intake(
            received_at=min(received, clock.now()), channel=channel, immediate_danger=draft.danger or YesNo.NOT_ASKED,
            name=name, contact=draft.contact, safe_channel=safe_channel, safe_times=safe_times, never_use=never_use,
            privacy_notice=notice, consent_to_hold=consent, summary=summary, body_kind=kind, region=region,
            nation=nation, grade=grade or "", specialty_group=specialty or "",
            organisation_id=draft.body.id if draft.body else None, body_text=body_text, processes=draft.processes,
            grounds=grounds, dates_told=dates, representation=represented or Representation.UNKNOWN,
        ),
    )  # fmt: skip
    if reference:
        for key in ("intake_danger", "intake_contact", "intake_processes", "intake_body", bodies.KEY):
            st.session_state.pop(key, None)
        navigation.open_case(reference)


def _unlisted(drawn: forms.Form, draft: Draft, terms: dict[str, dict[str, str]]) -> tuple[str, str, str, str]:
    """A body that is not listed is named in free text, to be matched later, with its kind and place."""
    drawn.problems["organisation_id"] = st.empty()
    if draft.body is not None:
        return "", draft.body.kind, draft.body.region, draft.body.nation
    text = drawn.text("body_text", "Body, if not listed", help="To be matched to a listed body later.", most=200)
    kind = drawn.choice("body_kind", "Kind of body", terms["body_kind"], words=terms["body_kind"].get, required=True)
    region = drawn.choice("region", "Region", terms["region"], words=terms["region"].get, required=True)
    nation = drawn.choice("nation", "Nation", terms["nation"], words=terms["nation"].get, required=True, index=0)
    return text, kind or "", region or "", nation or ""
