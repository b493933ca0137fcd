"""What a code means, in reach wherever one is chosen: the chosen one's below the list, those of all before choosing."""

from collections.abc import Iterator, Mapping

import streamlit as st

from dashboard import store
from dashboard.ui import text
from db.queries.reference import Reference

FINDING = "finding"
EVERY = "What each one means"


def under(reference: Reference, listed: str, options: Mapping[str, str], chosen: str | None, *, about: str) -> None:
    """Below a list of codes: the definition of the chosen one, and a way to read those of all. `options` are the codes
    with their labels; `about` tells two such lists on a page apart."""
    if chosen is not None and chosen in options:
        say(reference, listed, chosen)
    every(reference, listed, options, about=about)


def say(reference: Reference, listed: str, code: str) -> None:
    """The definition of one code."""
    if words := reference.definitions.get(listed, {}).get(code):
        st.caption(text.plain(words))


def every(reference: Reference, listed: str, options: Mapping[str, str], *, about: str, label: str = EVERY) -> None:
    """Those of all, drawn once somebody asks."""
    icon, key = ":material/menu_book:", store.key(f"means_{about}_{listed}")
    box = st.popover(label, type="tertiary", icon=icon, key=key, on_change="rerun")
    if box.open:
        box.markdown("\n".join(_lines(reference, listed, options)))


def folded(reference: Reference, listed: str, options: Mapping[str, str], *, about: str) -> None:
    """The same where a list stands in a popover already, in which no other can open."""
    box = st.expander(EVERY, type="compact", key=store.key(f"means_{about}_{listed}"), on_change="rerun")
    if box.open:
        box.markdown("\n".join(_lines(reference, listed, options)))


def findings_of(reference: Reference) -> dict[str, str]:
    """Every code of a finding, with its label."""
    return {code: f"{code} {label}" for code, (_, label) in reference.findings.items()}


def _lines(reference: Reference, listed: str, options: Mapping[str, str]) -> Iterator[str]:
    known = reference.definitions.get(listed, {})
    for code, words in options.items():
        yield f"- **{text.plain(words)}**: {text.plain(known.get(code, ''))}"
