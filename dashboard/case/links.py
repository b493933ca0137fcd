"""Cases that belong together with this one, as far as the reader may read them too."""

import streamlit as st

from dashboard import store
from dashboard.ui import forms, navigation, text
from dashboard.ui.folds import fold
from db.commands.links import link_cases, unlink_cases
from db.queries.case_detail import CaseDetail
from db.queries.links import SAME_DOCTOR, Linked
from db.queries.session import Person

END = 110


def links(person: Person, case: CaseDetail) -> None:
    """Those there are; then a form for another."""
    for link in store.linked(person, case.reference):
        _one(person, case, link)
    fold("Link with another case", lambda: _form(person, case), about=case.reference, icon=":material/link:")


def _one(person: Person, case: CaseDetail, link: Linked) -> None:
    words = store.words(person)
    doctor = text.doctor(words, link.grade, link.specialty_group)
    where = f" · {text.plain(link.body)}" if link.body else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        navigation.case_link(link.reference)
        st.markdown(
            f"**{_kind(person, link)}** · {text.plain(doctor)}{where} "
            f":gray[· {link.stage.label} · {text.plain(link.by)}, {text.moment(link.at)}]"
        )
        with (
            st.container(width=END),
            forms.form(f"unlink_{case.reference}_{link.reference}_{link.kind}", case=case, border=False) as form,
        ):
            form.submit("End link", main=False)
    form.save(unlink_cases, "Link ended.", other_reference=link.reference, kind=link.kind)


def _kind(person: Person, link: Linked) -> str:
    if link.kind == SAME_DOCTOR:
        return f"{'Earlier' if link.is_earlier else 'Later'} matter of this doctor"
    return text.plain(store.words(person).terms["link"].get(link.kind, link.kind))


def _form(person: Person, case: CaseDetail) -> None:
    kinds = store.words(person).terms["link"]
    with forms.form(f"link_{case.reference}", case=case) as form:
        other = form.text("other_reference", "Reference of the other case", required=True, placeholder="LNB-…", most=20)
        kind = form.choice("kind", "How they belong together", kinds, words=kinds.get, required=True)
        st.caption("Only whoever may read both cases sees the link. Anybody else does not see that there is one.")
        form.submit("Link the cases")
    form.save(link_cases, "Linked.", other_reference=other, kind=kind or "")
