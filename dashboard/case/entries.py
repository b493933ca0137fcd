"""Adding to the timeline of a case, correcting an entry, and redacting words permanently."""

import streamlit as st

from dashboard import store
from dashboard.case import consents
from dashboard.ui import forms
from db.choices import (
    WRITABLE_ENTRIES,
    Contact,
    EntryKind,
)
from db.commands.entries import add_entry
from db.commands.redactions import redact_words
from db.queries.case_detail import CaseDetail
from db.queries.session import Person
from db.rules.consent import ADVOCACY


def entry_form(person: Person, case: CaseDetail) -> None:
    with forms.form(f"entry_{case.reference}", case=case) as form:
        kind = form.segments("kind", "Kind of entry", WRITABLE_ENTRIES, default=EntryKind.CONTACT)
        contact = code = None
        if kind is EntryKind.CONTACT:
            contact = form.buttons(
                "contact", "Did you reach the doctor?", (Contact.REACHED, Contact.TRIED), required=True
            )
        if kind in (EntryKind.SUPPORT, EntryKind.ADVOCACY):
            terms = store.words(person).terms[kind.value]
            code = form.choice(f"code_{kind}", "What was done", terms, words=terms.get, required=True)
            form.also("code", f"code_{kind}")
            if kind is EntryKind.ADVOCACY and code:
                consents.say_what_is_missing(case, ADVOCACY.get(code))
        told = form.area("text", "What happened", required=True)
        form.submit("Add entry")
    form.save(add_entry, "Entry added.", kind=kind, text=told, contact=contact, code=code)


def correction_form(case: CaseDetail, entry_id: int) -> None:
    with forms.form(f"correct_{case.reference}_{entry_id}", case=case) as form:
        told = form.area(
            "text",
            "The correction",
            required=True,
            help="The first entry stays. The correction is a new one that refers to it.",
        )
        form.submit("Add correction")
    form.save(add_entry, "Correction added.", kind=EntryKind.NOTE, text=told, corrects_id=entry_id)


def redaction_form(case: CaseDetail) -> None:
    with forms.form(f"redact_{case.reference}", case=case, border=False) as form:
        st.caption(
            "Redacts these words everywhere in this case: summary, entries, actions, deadlines and notes; and "
            "in the outputs it led to: title, recipient, sentences and reply. This can’t be undone. Who redacted them, "
            "when and why stays on record, with a fingerprint of each text."
        )
        taken = form.area("words", "Words to redact", required=True, height=68)
        why = form.text("why", "Why", required=True)
        form.submit("Redact permanently")
    form.save(redact_words, "Redacted.", words=taken, reason=why)
