"""The documents of a case: links to where they are kept."""

from urllib.parse import urlsplit

import streamlit as st

from dashboard import store
from dashboard.ui import forms, text
from dashboard.ui.folds import fold
from db import clock
from db.commands.documents import add_document, withdraw_document
from db.queries.case_detail import CaseDetail
from db.queries.documents import Paper
from db.queries.session import Person

REMINDER = (
    "We keep only the link: the document stays where it is. Before you link it, black out patients’ names, numbers and "
    "dates of birth, give the file a neutral name, and check that only this case’s team can open it."
)


def documents(person: Person, case: CaseDetail) -> None:
    """The list, then the forms."""
    for paper in case.papers:
        _paper(person, paper)
    if not case.papers:
        st.caption("No documents yet. Letters, policies and minutes stand here: a link to each, with its date.")
    fold("Add a document", lambda: _add(person, case), about=case.reference, icon=":material/add_link:")
    if live := [paper for paper in case.papers if paper.withdrawn_at is None]:
        fold("Withdraw a document", lambda: _withdraw(case, live), about=case.reference)


def _paper(person: Person, paper: Paper) -> None:
    process = store.words(person).processes.get(paper.process, paper.process) if paper.process else None
    dated = f"dated {text.day(paper.dated_on)}" if paper.dated_on else None
    added = f"added by {text.plain(paper.added_by)}, {text.day(paper.added_at.astimezone(clock.LONDON).date())}"
    about = " · ".join(part for part in (process, dated, added) if part)
    if paper.withdrawn_at is not None:
        who = f"withdrawn by {text.plain(paper.withdrawn_by or 'somebody')} on {text.moment(paper.withdrawn_at)}"
        st.markdown(f":gray[{text.plain(paper.description)} · {who}: {text.plain(paper.withdrawn_why or '')}]")
        return
    with st.container(gap="xxsmall"):
        label = text.plain(paper.description)
        st.link_button(
            label, paper.link, icon=":material/open_in_new:", help=text.plain(urlsplit(paper.link).hostname or "")
        )
        st.caption(about)


def _add(person: Person, case: CaseDetail) -> None:
    names = store.words(person).processes
    rows = {row.id: row for row in case.processes}
    with forms.form(f"document_{case.reference}", case=case, border=False) as form:
        st.caption(REMINDER)
        description = form.text("description", "What it is", required=True, placeholder="Rule 7 letter", most=200)
        link = form.text("link", "Link", required=True, placeholder="https://", most=2_000)
        dated = form.day("dated_on", "Date on the document", most=clock.today())
        process = form.choice(
            "case_process_id",
            "Process",
            rows,
            placeholder="The case as a whole",
            words=lambda id: names[rows[id].process] if id in rows else "?",
            more=lambda id: text.since(rows[id].started_on) if id in rows else "?",
        )
        checked = form.tick("checked", "I have checked that it shows no patient details")
        form.submit("Add document")
    form.save(
        add_document,
        "Document added.",
        description=description,
        link=link,
        checked=checked,
        dated_on=dated,
        case_process_id=process,
    )


def _withdraw(case: CaseDetail, papers: list[Paper]) -> None:
    names = {paper.id: paper.description for paper in papers}
    dates = {paper.id: f"added {text.moment(paper.added_at)}" for paper in papers}
    with forms.form(f"withdraw_{case.reference}", case=case, border=False) as form:
        chosen = form.choice("document_id", "Document", names, words=names.get, more=dates.__getitem__, required=True)
        reason = form.text("reason", "Why", required=True)
        form.submit("Withdraw")
    form.save(withdraw_document, "Document withdrawn.", document_id=chosen or 0, reason=reason)
