"""What a reader should learn from a case: written down, agreed by a second person, withdrawn."""

from collections.abc import Iterator

import streamlit as st

from dashboard import store
from dashboard.case import consents
from dashboard.ui import definitions, forms, text
from dashboard.ui.folds import fold
from dashboard.ui.forms import Fields, Form
from db.choices import ConsentPurpose
from db.commands.learnings import (
    THEME,
    answer_learning,
    change_learning,
    record_learning,
    withdraw_learning,
)
from db.queries.case_detail import CaseDetail
from db.queries.learning import Learned
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.consent import Needed

NONE_YET = "Nothing yet. When the case closes: what should somebody who never saw it learn from it?"
ASKED = "Could the employer, a colleague or the doctor’s own family tell who this is? If so, say what tells them."
HELP = "One lesson in two or three sentences. No name, place, date, rare specialty or case reference."


def learnings(person: Person, case: CaseDetail) -> None:
    found = store.case_learnings(person, case.reference)
    for row in found:
        _learning(person, case, row)
    if not found:
        st.caption(NONE_YET)
    fold("Write down what is to be learned", lambda: _write(person, case), about=case.reference, icon=":material/add:")


def said(words: Reference, row: Learned) -> str:
    """Its theme, its findings and the processes it comes from."""
    theme = words.terms[THEME].get(row.theme, row.theme)
    codes = [f"{code} {words.findings.get(code, ('', ''))[1]}".strip() for code in row.findings]
    faced = [words.processes.get(code, code) for code in row.processes]
    return " · ".join(text.plain(part) for part in (theme, *codes, *faced))


def _learning(person: Person, case: CaseDetail, row: Learned) -> None:
    about = f"{case.reference}_{row.id}"
    if row.withdrawn_why is not None:
        st.markdown(f":gray[{text.plain(row.text)} · withdrawn: {text.plain(row.withdrawn_why)}]")
        return
    with st.container(border=True, width=forms.FORM_WIDTH, gap="xsmall"):
        st.markdown(text.plain(row.text))
        st.caption(said(store.words(person), row))
        for line in _state(row):
            st.markdown(line)
        if row.waits and not row.is_mine and row.returned_why is None:
            _answer(case, row)
        if row.waits:
            fold("Change it", lambda: _write(person, case, row), about=about)
        fold("Withdraw it", lambda: _withdraw(case, row), about=about)


def _state(row: Learned) -> Iterator[str]:
    by = f"written by {text.plain(row.by or 'somebody')}"
    if row.agreed_at is not None:
        second = text.plain(row.agreed_by or "somebody")
        yield f":material/check: Agreed by {second}, {text.moment(row.agreed_at)}, {by}"
        if not row.is_shared:
            yield ":material/block: The doctor does not agree to learning any more: nobody else sees this."
    elif row.returned_why is not None:
        yield f":material/undo: To be changed, {by}. What identifies somebody: {text.plain(row.returned_why)}"
    else:
        yield f":material/hourglass_top: Waits for a second person, {by}"


def _answer(case: CaseDetail, row: Learned) -> None:
    st.caption(ASKED)
    with forms.form(f"learning_answer_{case.reference}_{row.id}", case=case, border=False) as form:
        reason = form.text("reason", "What identifies somebody, if anything does")
        pressed = form.submit_one_of({"agree": "Nobody can be recognised", "back": "Send it back"}, main="agree")
    form.save(
        answer_learning,
        "Your answer is recorded.",
        learning_id=row.id,
        seen_version=row.version,
        agree=pressed == "agree",
        reason=reason,
    )


def _write(person: Person, case: CaseDetail, row: Learned | None = None) -> None:
    if row is None:
        consents.say_what_is_missing(case, Needed(ConsentPurpose.LEARNING))
    words = store.words(person)
    name = f"learning_{case.reference}_{row.id}" if row else f"learning_{case.reference}"
    with forms.form(name, case=case, border=row is None) as form:
        lesson = form.area(
            "text", "What a reader should learn", required=True, value=row.text if row else "", help=HELP
        )
        theme = _theme(form, words, row)
        coded = {each.code: f"{each.code} {each.label}" for each in case.findings}
        findings = form.several(
            "findings", "From which findings", coded, words=coded.get, default=row.findings if row else ()
        )
        faced = {each.process: words.processes[each.process] for each in case.processes}
        processes = form.several(
            "processes", "From which processes", faced, words=faced.get, default=row.processes if row else ()
        )
        form.submit("Save, and ask a second person")
    said: Fields = {"theme": theme or "", "text": lesson, "findings": findings, "processes": processes}
    if row is None:
        form.save(record_learning, "Saved. A second person on the case, or a lead, is asked to agree.", **said)
    else:
        seen: Fields = {"learning_id": row.id, "seen_version": row.version}
        form.save(change_learning, "Changed. A second person is asked to agree.", **seen, **said)


def _theme(form: Form, words: Reference, row: Learned | None) -> str | None:
    themes = words.terms[THEME]
    index = list(themes).index(row.theme) if row and row.theme in themes else None
    theme: str | None = form.choice("theme", "Theme", themes, words=themes.get, required=True, index=index)
    definitions.under(words, THEME, themes, theme, about=form.key)
    return theme


def _withdraw(case: CaseDetail, row: Learned) -> None:
    with forms.form(f"learning_withdraw_{case.reference}_{row.id}", case=case, border=False) as form:
        reason = form.text("reason", "Why", required=True)
        form.submit("Withdraw", main=False)
    form.save(withdraw_learning, "Withdrawn.", learning_id=row.id, reason=reason)
