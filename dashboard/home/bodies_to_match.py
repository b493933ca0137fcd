"""For leads: organisations that were typed when a case was recorded, until each is matched to one on the lists."""

import streamlit as st

from dashboard import store
from dashboard.ui import body_search, folds, forms, navigation, organisation_link, text
from dashboard.ui.forms import Form
from db import clock
from db.commands.bodies import record_merger
from db.commands.matching import match_body, match_new_body, step_back_from_body
from db.queries.matching import ToMatch, Unmatched
from db.queries.reference import Body
from db.queries.session import Person
from db.rules.body_search import fold
from db.rules.words import many

# How many references of a name, and how many names, are shown at first: Home is for more than these.
FEW, FIRST, SHOW_ALL, FOLD = 4, 2, "show_all_to_match", "bodies_to_match"


def bodies_to_match(person: Person) -> None:
    """Each typed name with what it may be. Until it is matched, nobody knows who must not see its cases."""
    found = store.bodies_to_match(person)
    if not found.names:
        return
    folded = st.expander(
        f"**{many(found.total, 'organisation')} to match**", icon=":material/apartment:", key=FOLD, on_change="rerun"
    )
    # Drawn only when opened: its forms are the most of a lead's Home.
    if folded.open:
        with folded:
            _names(person, found)


def _names(person: Person, found: ToMatch) -> None:
    st.caption(
        "Somebody typed these names, and they are on no list. Until one is matched nobody can be checked for a "
        "conflict, and no volunteer sees its cases except whoever recorded them. Longest waiting first."
    )
    shown = found.names if st.session_state.get(SHOW_ALL) else found.names[:FIRST]
    for one in shown:
        with st.container(border=True, width=forms.FORM_WIDTH):
            _one(person, one)
    more = found.total - len(shown)
    if more and len(shown) == len(found.names):
        st.caption(f"{more} more will appear as these are matched.")
    elif more and st.button(f"Show {more} more", key="more_to_match"):
        st.session_state[SHOW_ALL] = True
        st.rerun()


def _one(person: Person, one: Unmatched) -> None:
    st.markdown(f":material/apartment: **{text.plain(one.typed or 'No name typed')}**")
    kind = store.words(person).terms["body_kind"].get(one.kind, one.kind)
    region = store.words(person).terms["region"].get(one.region, one.region)
    st.caption(f"{kind} · {region} · since {text.day(one.opened_on)}")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        for reference in one.references[:FEW]:
            navigation.case_link(reference)
        if len(one.references) > FEW:
            st.caption(f"and {len(one.references) - FEW} more", width="content")
    _match(person, one)
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.popover("Not on any list", icon=":material/add_business:"):
            _add(person, one)
        _step_back(one)


def _match(person: Person, one: Unmatched) -> None:
    key = f"match_{one.references[0]}"
    sought = st.text_input(
        "Search for another",
        key=store.key(f"{key}_words"),
        type="search",
        live="300ms",
        max_chars=100,
        placeholder="Name, everyday name, town or code",
    )
    found = {body.id: body for body in (store.find_bodies(sought) if sought else one.suggested)}
    if not found:
        st.caption("None found. Try fewer words, or its town.")
        return
    # Named by what was searched for, so that a choice made in one list is never taken for one in another.
    with forms.form(f"{key}_{fold(sought or '')}", border=False) as form:
        chosen = form.radio(
            "organisation_id",
            "Likely" if not sought else "Found",
            tuple(found),
            required=True,
            words=lambda id: _named(found[id]) if id in found else "Choose again",
        )
        remember = form.tick("remember", "Remember the typed name as another name for it", value=bool(one.typed))
        same = len(one.references)
        all_same = form.tick("all_same", f"All {same} cases with this typed name", value=True) if same > 1 else False
        form.submit("Match")
    links = [organisation_link.named(person, body.name, body.code) for body in found.values()]
    st.caption(f"Their pages: {' · '.join(links[:FEW])}")
    form.save(
        match_body,
        "Matched. Anybody it bars can no longer see the case.",
        reference=one.references[0],
        organisation_id=chosen or 0,
        all_same=all_same,
        remember=remember,
    )


def _named(body: Body) -> str:
    return text.plain(body_search.name_of(body))


def _add(person: Person, one: Unmatched) -> None:
    terms = store.words(person).terms
    st.caption(
        "Adds a new organisation and matches the case to it. Search first: a second entry for one organisation would "
        "leave a gap in the conflict wall."
    )
    parts = store.find_bodies(one.typed)
    parents = {body.id: body_search.name_of(body) for body in (*one.suggested, *parts)}
    with forms.form(f"add_{one.references[0]}", border=False) as form:
        name = form.text("name", "Name", required=True, value=one.typed, most=200)
        kind = _term(form, "kind", "Kind of organisation", terms["body_kind"], one.kind)
        region = _term(form, "region", "Region", terms["region"], one.region)
        nation = _term(form, "nation", "Nation", terms["nation"], one.nation)
        parent = form.choice("parent_id", "Part of", parents, words=parents.get, placeholder="Nothing on the list")
        same = len(one.references)
        all_same = form.tick("all_same", f"All {same} cases with this typed name", value=True) if same > 1 else False
        form.submit("Add and match")
    form.save(
        match_new_body,
        "Added and matched.",
        reference=one.references[0],
        name=name,
        parent_id=parent,
        all_same=all_same,
        kind=kind,
        region=region,
        nation=nation,
    )


def _term(form: Form, field: str, label: str, terms: dict[str, str], told: str | None) -> str:
    index = list(terms).index(told) if told in terms else None
    return form.choice(field, label, terms, words=terms.get, required=True, index=index) or ""


def _step_back(one: Unmatched) -> None:
    with forms.form(f"step_back_body_{one.references[0]}", border=False) as form:
        form.submit("I work or worked there", main=False)
    form.save(
        step_back_from_body,
        "You have stepped back, and can’t see those cases any more.",
        reference=one.references[0],
    )


def mergers() -> None:
    """For leads: one organisation took the place of another. For the conflict wall they are one from then on."""
    folds.fold("An organisation has merged", _merger, about="access", icon=":material/merge:")


def _merger() -> None:
    st.caption(
        "Anybody who worked for one of them is barred from cases about the other, whatever the date. The imported "
        "lists cover most mergers; record here any that they lack."
    )
    old = body_search.search("The one that ended", key="merger_old", unlisted=False)
    new = body_search.search("The one that took over", key="merger_new", unlisted=False)
    with forms.form("merger", border=False) as form:
        ended = {body.id: body_search.name_of(body) for body in old}
        before = form.choice("predecessor_id", "Organisation that ended", ended, words=ended.get, required=True)
        went_on = {body.id: body_search.name_of(body) for body in new}
        after = form.choice("successor_id", "Organisation that took over", went_on, words=went_on.get, required=True)
        on = form.day("merged_on", "On", required=True, value=clock.today(), most=clock.today())
        form.submit("Record merger")
    form.save(
        record_merger,
        "Recorded. They now count as one for the conflict wall.",
        predecessor_id=before or 0,
        successor_id=after or 0,
        merged_on=on or clock.today(),
    )
