"""Who an organisation is: its kind and place, its names, what it is part of and runs, and what became of it."""

from collections.abc import Sequence

import streamlit as st

from dashboard import store
from dashboard.ui import organisation_link, text
from db.queries.organisation import Merger, OrganisationDetail, Relative
from db.queries.organisation_limits import BrokenLimit
from db.queries.session import Person
from db.rules.words import many, noun

FEW_SITES = 8


def head(person: Person, of: OrganisationDetail, broken: Sequence[BrokenLimit]) -> None:
    terms = store.words(person).terms
    st.title(text.plain(of.name), anchor=False)
    kind, region = terms["body_kind"].get(of.kind, of.kind), terms["region"].get(of.region, of.region)
    parts = [kind, region, text.plain(of.town or ""), text.plain(of.code)]
    if of.closed_on:
        parts.append(f":gray-badge[Closed {text.day(of.closed_on)}]")
    running = sum(one.is_running for one in broken)
    told = [
        f"**{of.open:,}** open {noun(of.open, 'case')}",
        f"**{of.closed:,}** closed",
        f"**{len(broken):,}** {noun(len(broken), 'limit')} missed, **{running:,}** still running",
    ]
    st.markdown("\n\n".join(" · ".join(filter(None, line)) for line in (parts, told)))


def names(person: Person, of: OrganisationDetail) -> None:
    text.heading("Names, sites and mergers")
    if of.aliases:
        st.markdown("Also known as " + ", ".join(text.plain(name) for name in of.aliases))
    if of.opened_on:
        st.markdown(f"Opened {text.day(of.opened_on)}")
    if of.parent:
        st.markdown("Part of")
        _link(person, of.parent)
    for merger in of.mergers:
        st.markdown(_became(merger))
        _link(person, merger.other)
    if of.sites:
        st.markdown(f"Runs {many(len(of.sites), 'organisation')} or {noun(len(of.sites), 'site')}")
        for site in of.sites[:FEW_SITES]:
            _link(person, site)
        if len(of.sites) > FEW_SITES:
            with st.expander(f"{len(of.sites) - FEW_SITES} more"):
                for site in of.sites[FEW_SITES:]:
                    _link(person, site)
    if not (of.aliases or of.opened_on or of.parent or of.mergers or of.sites):
        st.caption("No other names, sites or mergers are recorded.")


def _became(merger: Merger) -> str:
    on = text.day(merger.on)
    return f"Took over on {on} from" if merger.took_over else f"Went on {on} into"


def _link(person: Person, one: Relative) -> None:
    closed = f" (closed {text.day(one.closed_on)})" if one.closed_on else ""
    organisation_link.show(person, f"{one.name}{closed}", one.code)
