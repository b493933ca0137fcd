"""Recording a new case from the doctor's message: danger first, and likely duplicates before saving."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

import streamlit as st

from dashboard import store
from dashboard.case import dates_told, privacy_notice, wall
from dashboard.ui import body_search, forms, nations, navigation, text
from dashboard.ui.fields import NO_PATIENTS
from dashboard.ui.forms import Fields
from db import clock
from db.choices import Channel, Representation, YesNo
from db.commands.open_case import Intake, open_case
from db.errors import CommandRefused
from db.queries.enquiries import EnquiryLine
from db.queries.reference import Body, Reference
from db.queries.session import Person

UNLISTED = 0
SAFE = ("safe_channel", "safe_times")
# The form, and its field for the message from somebody else that led to the doctor.
INTAKE, FROM = "intake", "enquiry_id"
# The last search for duplicates, and what it found.
LOOKED = "intake_looked"
LINK = "Do you work there, have you ever worked there, or do you have another link to it?"
NO, YES = "No", "Yes: a lead will take the case on, and I won’t see it"


@dataclass(frozen=True)
class Asked:
    """What the rest of the form, or the search for duplicates, depends on."""

    danger: YesNo | None
    contact: str
    processes: tuple[str, ...]
    body: Body | None
    is_unlisted: bool


def form(person: Person) -> None:
    with forms.form(INTAKE, border=False, warned=False) as drawn:
        asked = _first(drawn, person)
        _likely_duplicates(person, asked)
        with st.container(border=True):
            taken = _from(drawn, person) | _who_and_how(drawn) | _what(drawn, asked, store.words(person))
            if person.is_lead:
                taken["stays_contact"] = drawn.tick(
                    "stays_contact", "I’m the interim contact until a case lead accepts", value=True
                )
            else:
                st.caption(
                    "You are the interim contact until a case lead accepts, and you can see and work on the case."
                )
            drawn.submit("Open the case")
    intake = Intake(
        immediate_danger=asked.danger,
        contact=asked.contact,
        processes=asked.processes,
        organisation_id=asked.body.id if asked.body else None,
        **taken,
    )
    if drawn.save(open_case, "Case opened.", intake=intake, redraw=False):
        st.session_state.pop(LOOKED, None)
        navigation.open_case(drawn.result)


def _first(drawn: forms.Form, person: Person) -> Asked:
    danger = drawn.buttons(
        "immediate_danger", "Is the doctor, or anyone else, in immediate danger?", YesNo, required=True
    )
    if danger is YesNo.YES:
        st.error(
            "Call now, stay in touch and tell a lead at once. Saving raises a crisis flag and an action for a lead.",
            icon=":material/emergency:",
        )
    contact = drawn.text(
        "contact",
        "Safe contact: an address or number where nobody else reads or listens",
        required=True,
        most=300,
    )
    st.caption(f"Never a work address or a shared phone. Contact and name are kept encrypted. {NO_PATIENTS}")
    found = {body.id: body for body in body_search.search_in(drawn, "Search for the employer or other organisation")}
    chosen = drawn.choice(
        "organisation_id",
        "Organisation",
        [*found, UNLISTED],
        words=lambda id: body_search.name_of(found[id]) if id in found else "Not listed",
        required=True,
    )
    body = found.get(chosen) if chosen else None
    faces = _faces(drawn, store.words(person), body.nation if body else "")
    return Asked(danger, contact, faces, body, is_unlisted=chosen == UNLISTED)


def _faces(drawn: forms.Form, words: Reference, nation: str) -> tuple[str, ...]:
    """The processes of the organisation's nation, once that is known; another nation's only on purpose."""
    others = nations.has_others(words, nation) and drawn.tick("others", nations.OTHERS)
    chosen = st.session_state.get(f"{drawn.key}_processes") or ()
    offered = nations.offered(words, nation, chosen, others=others)
    return tuple(
        drawn.several(
            "processes", "What is the doctor facing?", offered, words=lambda code: nations.label(words, code, nation)
        )
    )


def _likely_duplicates(person: Person, asked: Asked) -> None:
    """Searches the cases this person may read, once for what is typed and not at every redrawing."""
    told = (asked.contact, asked.body.id if asked.body else None, asked.processes)
    if not asked.contact.strip() and not (asked.body and asked.processes):
        return
    looked, known, refusal = st.session_state.get(LOOKED, (None, [], ""))
    if looked != told:
        try:
            known, refusal = store.duplicates(person, *told), ""
        except CommandRefused as refused:
            known, refusal = [], refused.message
        # After a refusal the next redrawing searches again.
        st.session_state[LOOKED] = (None if refusal else told, known, refusal)
    if refusal:
        st.caption(f":material/hourglass_empty: {refusal}")
    if known:
        st.warning("We may already have this case. Look before you record it again:", icon=":material/content_copy:")
        with st.container(horizontal=True):
            for reference in known:
                navigation.case_link(reference)


def _from(drawn: forms.Form, person: Person) -> Fields:
    """The message from somebody else that this doctor’s word answers, where there are any."""
    lines = {line.id: line for line in store.enquiries(person)}
    if not lines and st.session_state.get(f"{drawn.key}_{FROM}") is None:
        return {}
    return drawn.fold(
        "This answers a message from somebody else",
        lambda: _message(drawn, person, lines),
        fields=(FROM,),
        otherwise={},
    )


def _message(drawn: forms.Form, person: Person, lines: Mapping[int, EnquiryLine]) -> Fields:
    relations = store.words(person).terms["relation"]
    chosen = drawn.choice(
        FROM,
        "From a message of somebody else",
        lines,
        words=lambda id: (
            f"{relations.get(lines[id].relation)}, {lines[id].body}, {text.day(lines[id].received_on)}"
            if id in lines
            else "Dealt with already"
        ),
        placeholder="None: the doctor wrote",
    )
    st.caption("It is deleted as the case opens, because the doctor now speaks for themselves.")
    return {FROM: chosen}


def _who_and_how(drawn: forms.Form) -> Fields:
    """The doctor's identity, which is kept encrypted, and how and when the message came."""
    name = drawn.text("name", "Doctor’s name", required=True, most=200)
    never_use = drawn.text("never_use", "Never use", placeholder="Work email, landline")
    how = drawn.fold(
        "Safe channel and safe times; how it reached us, if not by e-mail just now",
        lambda: {**_safe(drawn), **_received(drawn)},
        fields=(*SAFE, "channel", "received_at", "at"),
        otherwise={**dict.fromkeys(SAFE, ""), "channel": Channel.EMAIL, "received_at": clock.now()},
    )
    return {"name": name, "never_use": never_use, **how}


def _safe(drawn: forms.Form) -> Fields:
    return {
        "safe_channel": drawn.text("safe_channel", "Safe channel", placeholder="Personal mobile, text only"),
        "safe_times": drawn.text("safe_times", "Safe times"),
    }


def _received(drawn: forms.Form) -> Fields:
    channels = [channel for channel in Channel if channel is not Channel.IMPORT]
    channel = drawn.choice("channel", "How it reached us", channels, required=True, index=channels.index(Channel.EMAIL))
    today = clock.today()
    day = drawn.day("received_at", "Received on", required=True, value=today, most=today)
    now = clock.now().astimezone(clock.LONDON).time().replace(second=0, microsecond=0)
    at = drawn.at("at", "At", value=now)
    received = datetime.combine(day or today, at or time(), tzinfo=clock.LONDON)
    return {"channel": channel, "received_at": min(received, clock.now())}


def _what(drawn: forms.Form, asked: Asked, reference: Reference) -> Fields:
    """What happened, where, and to whom in general terms."""
    terms = reference.terms

    def term(field: str, label: str) -> str:
        return drawn.choice(field, label, terms[field], words=terms[field].get, required=True) or ""

    summary = drawn.area("summary", "Summary, without names", required=True, height=140)
    where = _where(drawn, asked, terms)
    grade, specialty = term("grade", "Grade"), term("specialty_group", "Specialty group")
    named = drawn.area(
        "parties",
        "Names of people involved, one per line",
        height=68,
        placeholder="Case manager, investigator, complainant …",
    )
    st.caption(wall.NEVER_KEPT)
    told = drawn.fold(
        "Dates the doctor mentioned: each becomes a deadline where a rule fits",
        lambda: dates_told.rows(drawn, reference, asked.processes, where["nation"]),
        fields=dates_told.FIELDS,
        otherwise={"told": (), "dates_told": ""},
    )
    more = drawn.fold(
        "Discrimination alleged, and who represents the doctor",
        lambda: _more(drawn, terms),
        fields=("grounds", "representation"),
        otherwise={"grounds": [], "representation": Representation.UNKNOWN},
    )
    return {
        "summary": summary,
        **where,
        "grade": grade,
        "specialty_group": specialty,
        "parties": named.splitlines(),
        **told,
        **more,
        **_agreed(drawn),
    }


def _more(drawn: forms.Form, terms: dict[str, dict[str, str]]) -> Fields:
    unknown = list(Representation).index(Representation.UNKNOWN)
    return {
        "grounds": drawn.several(
            "grounds", "Grounds of discrimination alleged", terms["ground"], words=terms["ground"].get
        ),
        "representation": drawn.choice("representation", "Representation", list(Representation), index=unknown)
        or Representation.UNKNOWN,
    }


def _agreed(drawn: forms.Form) -> Fields:
    """The two ticks without which we keep no record, with the notice to read."""
    privacy_notice.to_read()
    return {
        "privacy_notice": drawn.tick("privacy_notice", "The doctor has been given the privacy notice *"),
        "consent_to_hold": drawn.tick("consent_to_hold", "The doctor consents to us keeping this record *"),
    }


def _where(drawn: forms.Form, asked: Asked, terms: dict[str, dict[str, str]]) -> Fields:
    """An organisation that is not listed is named in free text, to be matched later, with its kind and place. Whoever
    types the name says whether they have a link to it, as no check can find one until then."""
    if asked.body is not None:
        kind, region, nation = asked.body.kind, asked.body.region, asked.body.nation
        return {"body_text": "", "body_link": None, "body_kind": kind, "region": region, "nation": nation}
    if not asked.is_unlisted:
        return {"body_text": "", "body_link": None, "body_kind": "", "region": "", "nation": ""}

    def term(field: str, label: str, index: int | None = None) -> str:
        return drawn.choice(field, label, terms[field], words=terms[field].get, required=True, index=index) or ""

    typed = drawn.text(
        "body_text",
        "Organisation, if not listed",
        help="What the doctor calls it, with its town. A lead will match it to the list.",
        most=200,
    )
    link = drawn.radio("body_link", LINK, (NO, YES), required=True)
    return {
        "body_text": typed,
        "body_link": None if link is None else link == YES,
        "body_kind": term("body_kind", "Kind of organisation"),
        "region": term("region", "Region"),
        "nation": term("nation", "Nation", 0),
    }
