"""What is sealed apart from the facts: who advises the doctor, and what the doctor tells of themselves."""

from datetime import date

import streamlit as st

from dashboard import auth, store
from dashboard.case.in_view import IN_VIEW, for_a_while
from dashboard.ui import definitions, forms, text
from dashboard.ui.forms import Form
from db import clock
from db.commands.advisers import forget_adviser, keep_adviser
from db.commands.characteristics import TOLD, forget_characteristics, keep_characteristics
from db.errors import CommandRefused
from db.queries.case_detail import CaseDetail
from db.queries.reference import Reference
from db.queries.session import Person
from db.vault import Characteristics

LABELS = {
    "ethnicity": "Ethnic group or nationality",
    "sex": "Sex",
    "gender": "Gender",
    "disability": "Disability or long-term illness",
    "religion": "Religion or belief",
    "sexual_orientation": "Sexual orientation",
    "pregnancy": "Pregnancy or maternity",
    "age_band": "Age",
    "qualification_group": "Where they first qualified",
}
OPTIONAL = (
    "Only what the doctor wants on record, in their own words, and only for a purpose they know. It is encrypted apart "
    "from the rest, in no list, search or count, and opened with a reason that is logged. What they allege is a "
    "ground, above."
)


def adviser(case: CaseDetail) -> None:
    st.caption(
        "Whoever advises the doctor: union, defence organisation, solicitor. It is kept encrypted, and shown with the "
        "doctor’s identity, which takes a reason and is logged."
    )
    with forms.form(f"adviser_{case.reference}", case=case) as form:
        name = form.text("adviser_name", "Name", most=200)
        organisation = form.text("adviser_organisation", "Organisation", most=200)
        number = form.text("adviser_reference", "Their reference", most=200)
        contact = form.text("adviser_contact", "Contact", most=200)
        form.submit("Save the adviser")
    said = "Adviser saved. It is shown with the doctor’s identity."
    form.save(
        keep_adviser,
        said,
        adviser_name=name,
        adviser_organisation=organisation,
        adviser_reference=number,
        adviser_contact=contact,
    )
    with forms.form(f"no_adviser_{case.reference}", case=case, border=False) as gone:
        gone.submit("Remove the adviser", main=False)
    gone.save(forget_adviser, "Adviser removed.")


def characteristics(person: Person, case: CaseDetail) -> None:
    st.caption(OPTIONAL)
    _open(case, store.words(person))
    with forms.form(f"told_{case.reference}", case=case) as form:
        told = _told(form, person)
        emptied = form.several("emptied", "Remove what is recorded as", TOLD, words=LABELS.get)
        permission = form.tick("permission", "The doctor agreed to have this recorded for that purpose")
        form.submit("Save what they told")
    form.save(keep_characteristics, "Saved, and sealed.", told=told, emptied=emptied, permission=permission)
    with forms.form(f"untold_{case.reference}", case=case, border=False) as gone:
        gone.submit("Remove all of it: the doctor takes permission back", main=False)
    gone.save(forget_characteristics, "Removed.")


def _told(form: Form, person: Person) -> Characteristics:
    st.caption("Fill in only what is new. What you leave empty stays as it is.")
    reference = store.words(person)
    said: dict[str, str] = {}
    for name in TOLD:
        if name not in reference.terms:
            said[name] = form.text(name, LABELS[name], most=200)
            continue
        labels = reference.terms[name]
        said[name] = form.choice(name, LABELS[name], labels, words=labels.get, placeholder="Not told") or ""
        definitions.under(reference, name, labels, said[name], about=form.key)
    purpose = form.text(
        "purpose", "What it may be used for", help="Needed the first time: a claim, a complaint, a letter …"
    )
    return Characteristics(**said, purpose=purpose)


def _open(case: CaseDetail, reference: Reference) -> None:
    """In view for as long as the identity would be, or until the next thing anybody does on the page."""
    with forms.form(f"open_told_{case.reference}", border=False) as form:
        reason = form.text("reason", "Reason for opening it", required=True, help="Logged with your name.", most=300)
        form.submit("Open what they told", main=False)
    if not form.submitted:
        return
    try:
        found = store.characteristics(auth.current(), case.reference, reason)
    except CommandRefused as refusal:
        form.refuse(refusal)
        return
    for_a_while(lambda: _show(found, reference), clock.now() + IN_VIEW)


def _show(found: Characteristics, reference: Reference) -> None:
    lines = {LABELS[name]: _worded(name, getattr(found, name), reference) for name in TOLD if getattr(found, name)}
    if not lines:
        st.caption("Nothing is recorded.")
        return
    agreed = text.day(date.fromisoformat(found.agreed_on))
    lines |= {"May be used for": text.plain(found.purpose), "Agreed": agreed}
    st.table(lines, border="horizontal", alt="What the doctor told of themselves")


def _worded(name: str, value: str, reference: Reference) -> str:
    return text.plain(reference.terms.get(name, {}).get(value, value))
