"""Adding to the timeline of a case, correcting an entry, and taking words out for good."""

import streamlit as st

from dashboard import store
from dashboard.ui import forms, text
from db.choices import (
    WRITABLE_ENTRIES,
    Contact,
    EntryKind,
)
from db.commands.entries import add_entry
from db.commands.redactions import redact_words
from db.queries.case_detail import CaseDetail
from db.queries.session import Person


def entry_form(person: Person, case: CaseDetail) -> None:
    kind = st.segmented_control(
        "Kind of entry",
        WRITABLE_ENTRIES,
        default=EntryKind.CONTACT,
        required=True,
        wrap=True,
        format_func=lambda kind: text.one_of(kind.label),
        key=f"entry_kind_{case.reference}",
    )
    with forms.form(f"entry_{case.reference}_{kind}", case=case) as form:
        contact = code = None
        if kind is EntryKind.CONTACT:
            contact = form.buttons(
                "contact", "Was the doctor reached?", (Contact.REACHED, Contact.TRIED), required=True
            )
        if kind in (EntryKind.SUPPORT, EntryKind.ADVOCACY):
            terms = store.words(person).terms[kind.value]
            code = form.choice("code", "What was done", terms, words=terms.get, required=True)
        told = form.area("text", "What happened", required=True)
        form.submit("Add entry")
    form.save(add_entry, "Entry added.", kind=kind, text=told, contact=contact, code=code)


def correction_form(case: CaseDetail, entry_id: int) -> None:
    with forms.form(f"correct_{case.reference}_{entry_id}", case=case) as form:
        told = form.area("text", "The correction", required=True, help="The first entry stays, and this points at it.")
        form.submit("Add correction")
    form.save(add_entry, "Correction added.", kind=EntryKind.NOTE, text=told, corrects_id=entry_id)


def redaction_form(case: CaseDetail) -> None:
    with forms.form(f"redact_{case.reference}", case=case, border=False) as form:
        st.caption(
            "Out of every text of this case at once: summary, entries, actions, deadlines, notes. They cannot be "
            "brought back. Who took them out, when and why stays, with a fingerprint of each text."
        )
        taken = form.area("words", "Words to take out", required=True, height=68)
        why = form.text("why", "Why", required=True)
        form.submit("Take out")
    form.save(redact_words, "Taken out.", words=taken, reason=why)
