"""Who of ours must not be offered an organisation's cases."""

import streamlit as st

from dashboard.ui import organisation_link, text
from db.queries.organisation import BarredFromSome, Linked, OrganisationDetail
from db.queries.session import Person
from db.rules.words import many

FEW = 4


def not_to_be_offered(person: Person, of: OrganisationDetail) -> None:
    text.heading("Not to be offered its cases")
    for one in of.linked:
        st.markdown(_linked(person, of, one))
    for some in of.barred:
        st.markdown(_some(some))
    if not (of.linked or of.barred):
        st.caption("Nobody who takes cases has a link to it, as far as they have told us.")


def _linked(person: Person, of: OrganisationDetail, one: Linked) -> str:
    until = f" to {text.day(one.ended_on)}" if one.ended_on else ", still there"
    bars = f"; only cases opened until {text.day(one.bars_until)}" if one.bars_until else ""
    at = "" if one.body.code == of.code else f" at {organisation_link.named(person, one.body.name, one.body.code)}"
    waits = " :orange-badge[waits for a lead]" if one.waits else ""
    told = f"{one.kind.label}{at}, from {text.day(one.started_on)}{until}{bars}"
    return f":material/block: **{text.plain(one.name)}**{waits}  \n:gray[{told}]"


def _some(some: BarredFromSome) -> str:
    more = len(some.references) - FEW
    named = ", ".join(some.references[:FEW]) + (f" and {more} more" if more > 0 else "")
    return f":material/block: **{text.plain(some.name)}**  \n:gray[{many(len(some.references), 'case')} only: {named}]"
