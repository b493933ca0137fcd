"""What the doctor allows, purpose by purpose: shown beside the case, and recorded when the doctor was asked."""

from collections.abc import Iterator

import streamlit as st

from dashboard.ui import forms, text
from dashboard.ui.folds import fold
from db import clock
from db.choices import Approached, ConsentPurpose
from db.commands.consents import record_consent
from db.errors import CommandRefused
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import ConsentNow
from db.rules.consent import ASK_BEFORE, PUBLIC, USUAL_LIFE, Answer, Needed, whom_words, why_not

YES, NO = "Yes", "No, or withdraws it"
# The full wording of each purpose stands where consents are recorded.
SHORT = {
    ConsentPurpose.HOLD: "this record",
    ConsentPurpose.SECOND: "second volunteer",
    ConsentPurpose.MEETING: "weekly meeting",
    ConsentPurpose.CONTACT: "contact with organisations",
    ConsentPurpose.COUNTS: "counts",
    ConsentPurpose.LEARNING: "learning",
    ConsentPurpose.DIGEST: "digest",
    ConsentPurpose.MEDIA: "interviews and articles",
    ConsentPurpose.FUTURE: "contact in future",
}
ICONS = {
    "Yes": ":material/check:",
    "No": ":material/block:",
    "Ask again": ":material/history:",
    "Not asked": ":material/help:",
}


def in_short(case: CaseDetail) -> list[str]:
    """What is allowed and refused. Silence is not consent, and what has run out is not one any more."""
    said: dict[str, list[str]] = {answer: [] for answer in ICONS}
    known = {row.purpose: row for row in case.consents if row.whom is None}
    for purpose in ConsentPurpose:
        if purpose is not ConsentPurpose.CONTACT:
            row = known.get(purpose)
            said[_answer(row)].append(_until(SHORT[purpose], row))
    contacts = [row for row in case.consents if row.purpose is ConsentPurpose.CONTACT]
    for row in contacts:
        whom = whom_words(row.whom) if row.whom else "organisations, without saying which"
        said[_answer(row)].append(_until(f"contact with {whom}", row))
    if not contacts:
        said["Not asked"].append(SHORT[ConsentPurpose.CONTACT])
    lines = [f"- {ICONS[answer]} **{answer}:** {', '.join(purposes)}" for answer, purposes in said.items() if purposes]
    return ["## Consents", "\n".join(lines)]


def _answer(row: ConsentNow | None) -> str:
    if row is None:
        return "Not asked"
    if row.given and (_has_ended(row) or _names_nobody(row)):
        return "Ask again"
    return "Yes" if row.given else "No"


def _has_ended(row: ConsentNow) -> bool:
    return row.expires_on is not None and row.expires_on < clock.today()


def _names_nobody(row: ConsentNow) -> bool:
    return row.purpose is ConsentPurpose.CONTACT and row.whom is None


def _until(words: str, row: ConsentNow | None) -> str:
    """With its last day, where that has passed or is near."""
    if row is None or not row.given or row.expires_on is None:
        return words
    if _has_ended(row):
        return f"{words} (ran out on {text.day(row.expires_on)})"
    is_near = row.expires_on <= clock.today() + ASK_BEFORE
    return f"{words} (until {text.day(row.expires_on)}: ask again)" if is_near else words


def say_what_is_missing(case: CaseDetail, needed: Needed | None) -> None:
    """Before anything is typed that will be refused."""
    rows = {(row.purpose, row.whom): row for row in case.consents}
    row = rows.get((needed.purpose, needed.whom)) if needed else None
    answer = Answer(row.given, row.expires_on) if row else None
    if needed and (why := why_not(needed, answer, clock.today())):
        st.warning(why, icon=":material/block:")


def consents(case: CaseDetail) -> None:
    """One row for each purpose. Support depends on no consent but the first, to keep the record."""
    st.table(dict(_rows(case)), border="horizontal", alt="Consents by purpose")
    fold("Record a consent", lambda: _record(case), about=case.reference)


def _rows(case: CaseDetail) -> Iterator[tuple[str, str]]:
    for purpose in ConsentPurpose:
        rows = [row for row in case.consents if row.purpose is purpose]
        if not rows:
            yield purpose.label, "Not asked"
        for row in rows:
            yield f"{purpose.label}: {whom_words(row.whom)}" if row.whom else purpose.label, _in_full(row)


def _in_full(row: ConsentNow) -> str:
    if row.given and _names_nobody(row):
        return f"Yes, without saying to whom, {text.moment(row.at)}: ask again for each organisation"
    ends = ""
    if row.expires_on:
        ends = f", ran out on {text.day(row.expires_on)}" if _has_ended(row) else f", until {text.day(row.expires_on)}"
    return f"{'Yes' if row.given else 'No'}, {text.moment(row.at)}{ends if row.given else ''}"


def _record(case: CaseDetail) -> None:
    with forms.form(f"consent_{case.reference}", case=case) as form:
        purpose = form.choice("purpose", "Purpose", list(ConsentPurpose), required=True)
        whom = None
        if purpose is ConsentPurpose.CONTACT:
            whom = form.choice("whom", "Whom", list(Approached), required=True)
        given = form.choice("given", "The doctor says", [YES, NO], required=True)
        expires = form.day("expires_on", "Until", help=_help(purpose))
        st.caption("Support depends on no consent but the one to hold this record. Silence is not consent.")
        form.submit("Record consent")
    if form.submitted and (purpose is None or given is None):
        form.refuse(CommandRefused("Choose a purpose and what the doctor says.", field="purpose"))
        return
    form.save(record_consent, "Consent recorded.", purpose=purpose, whom=whom, given=given == YES, expires_on=expires)


def _help(purpose: ConsentPurpose | None) -> str:
    if purpose not in PUBLIC:
        return "Leave empty for no end date."
    usual = text.day(clock.today() + USUAL_LIFE)
    return f"Consent to publication runs out and is asked again, usually after a year: {usual}."
