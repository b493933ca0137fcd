"""Recording a message from somebody other than the doctor: no more than is needed to reach the doctor safely."""

from datetime import datetime, time

import streamlit as st

from dashboard import store
from dashboard.case import privacy_notice
from dashboard.case.intake import LINK, NO, UNLISTED, YES
from dashboard.ui import body_search, forms
from dashboard.ui.forms import Fields, Form
from db import clock
from db.choices import Channel, YesNo
from db.commands.enquiries import MOST_NOTE, Written, record_enquiry
from db.queries.session import Person
from db.rules.enquiries import ASK_AT_MOST, ASK_WITHIN

SEEN = "Recorded. Ask the doctor by the day you chose."
NOT_SEEN = "Recorded. A lead asks the doctor from here, and you can’t see it any more."


def form(person: Person) -> None:
    st.caption(
        "The doctor has not agreed to anything yet. Record only what is needed to reach them safely: no story, no "
        "names of others. All of it is deleted unless they agree."
    )
    with forms.form("enquiry") as drawn:
        taken = _danger(drawn) | _writer(drawn, person) | _doctor(drawn) | _where(drawn) | _when(drawn)
        privacy_notice.to_read()
        drawn.submit("Record the message")
    drawn.save(record_enquiry, lambda seen: SEEN if seen else NOT_SEEN, written=Written(**taken))


def _danger(drawn: Form) -> Fields:
    danger = drawn.buttons("danger", "Is the doctor, or anyone else, in immediate danger?", YesNo, required=True)
    if danger is YesNo.YES:
        st.error(
            "Call now, stay in touch and tell a lead at once. Saving tells every lead who may see it.",
            icon=":material/emergency:",
        )
    return {"danger": danger}


def _writer(drawn: Form, person: Person) -> Fields:
    relations = store.words(person).terms["relation"]
    return {
        "writer": drawn.text("writer", "Who wrote", required=True, help="Kept encrypted.", most=200),
        "relation": drawn.choice("relation", "They are the doctor’s", relations, words=relations.get, required=True)
        or "",
        "writer_contact": drawn.text("writer_contact", "How to answer them", most=300),
    }


def _doctor(drawn: Form) -> Fields:
    return {
        "doctor": drawn.text("doctor", "Doctor’s name, if they gave it", help="Kept encrypted.", most=200),
        "doctor_contact": drawn.text(
            "doctor_contact",
            "How to reach the doctor safely",
            help="Where nobody else reads or listens. Leave empty if only the writer can ask them.",
            most=300,
        ),
        "never_use": drawn.text("never_use", "Never use", placeholder="Work email, landline", most=300),
        "note": drawn.text(
            "note",
            "What else is needed to reach them safely",
            most=MOST_NOTE,
            help="Not what happened: the doctor says.",
        ),
    }


def _where(drawn: Form) -> Fields:
    found = {body.id: body for body in body_search.search_in(drawn, "Search for the employer or other organisation")}
    chosen = drawn.choice(
        "organisation_id",
        "Organisation",
        [*found, UNLISTED],
        words=lambda id: body_search.name_of(found[id]) if id in found else "Not listed",
        required=True,
        help="So that nobody with a link to it is shown this.",
    )
    if chosen in found:
        return {"organisation_id": chosen}
    typed = drawn.text("body_text", "Organisation, if not listed", most=200)
    link = drawn.radio("body_link", LINK, (NO, YES), required=True)
    return {"body_text": typed, "body_link": None if link is None else link == YES}


def _when(drawn: Form) -> Fields:
    channels = [channel for channel in Channel if channel is not Channel.IMPORT]
    channel = drawn.choice("channel", "How it reached us", channels, required=True, index=0)
    today = clock.today()
    day = drawn.day("received_at", "Received on", required=True, value=today, most=today)
    received = datetime.combine(day or today, time(12), tzinfo=clock.LONDON)
    ask_by = drawn.day(
        "ask_by",
        "Ask the doctor by",
        required=True,
        value=today + ASK_WITHIN,
        least=today,
        most=today + ASK_AT_MOST,
        help="Within four weeks. Two weeks after that day, everything is deleted unless the doctor agreed.",
    )
    return {"channel": channel or Channel.EMAIL, "received_at": min(received, clock.now()), "ask_by": ask_by}
