"""Employers and links: the employers, deaneries and specialty circles of a person, whose cases they never see."""

import streamlit as st

from dashboard import store
from dashboard.ui import body_search, forms, organisation_link, text
from db import clock
from db.choices import AffiliationKind, Role
from db.commands.affiliations import add_affiliation, end_affiliation
from db.queries.people import Employer, PersonDetail
from db.queries.session import Person
from db.rules.four_eyes import DECLARATION_DAYS
from db.rules.words import many

OF_A_BODY = [kind for kind in AffiliationKind if kind is not AffiliationKind.CIRCLE]


def affiliations(person: Person, of: PersonDetail, *, may_end: bool) -> None:
    """What is declared, and the two ways to declare more. Ending one takes another lead."""
    who = "You" if of.id == person.id else "They"
    st.caption(f"{who} can’t see cases about these organisations, those they run or those that run them.")
    if of.id == person.id and of.role is Role.VOLUNTEER:
        st.caption(
            f":material/info: A second one within {many(DECLARATION_DAYS, 'day')} waits for a lead. You are given no "
            "work there from now on, and the cards you see change once a lead agrees. Leads are told of each one."
        )
    for row in of.employers:
        _declared(person, row, may_end=may_end, is_own=of.id == person.id)
    if not of.employers:
        st.caption("None declared.")
    _body(of, whom="you" if of.id == person.id else "them")
    _circle(person, of)


def _declared(person: Person, row: Employer, *, may_end: bool, is_own: bool) -> None:
    until = f" to {text.day(row.ended_on)}" if row.ended_on else ", still there"
    bars = f" (bars cases until {text.day(row.bars_until)})" if row.bars_until else ""
    what = f"**{_name(person, row, is_own=is_own)}** ({row.kind.label.lower()})"
    waits = " :orange-badge[waits for a lead]" if row.waits else ""
    st.markdown(f"{what}: from {text.day(row.started_on)}{until}{bars}{waits}")
    if may_end and row.ended_on is None:
        with forms.form(f"end_employer_{row.id}", border=False) as form:
            st.caption("An end before today, or of your own, needs a second lead.")
            day = form.day("ended_on", "Last day there", required=True, value=clock.today())
            form.submit("End", main=False)
        if form.has(ended_on=day):
            form.save(end_affiliation, forms.once_agreed("Ended."), affiliation_id=row.id, ended_on=day)


def _name(person: Person, row: Employer, *, is_own: bool) -> str:
    if row.body is not None:
        # Nobody may open the page of their own organisation.
        return organisation_link.named(person, row.body, None if is_own else row.body_code)
    terms = store.words(person).terms
    group = terms["specialty_group"].get(row.specialty_group or "", row.specialty_group)
    return f"{group} in {terms['region'].get(row.region or '', row.region)}"


def _body(of: PersonDetail, *, whom: str) -> None:
    found = {
        body.id: body_search.name_of(body)
        for body in body_search.search("Search for an employer or other organisation")
    }
    with forms.form(f"employer_{of.id}", border=False) as form:
        kind = form.choice("kind", f"What it is to {whom}", OF_A_BODY, required=True, index=0)
        body = form.choice("organisation_id", "Organisation", found, words=found.get, required=True)
        started = form.day("started_on", "From", required=True, value=clock.today())
        ended = form.day("ended_on", "To", help="Leave empty while it lasts.")
        form.submit("Declare organisation")
    if form.has(started_on=started):
        form.save(
            add_affiliation,
            "Declared.",
            volunteer_id=of.id,
            organisation_id=body or 0,
            kind=kind,
            started_on=started,
            ended_on=ended,
        )


def _circle(person: Person, of: PersonDetail) -> None:
    terms = store.words(person).terms
    with st.expander("A specialty circle, where everybody knows everybody"), forms.form(f"circle_{of.id}") as form:
        group = form.choice(
            "specialty_group",
            "Specialty group",
            terms["specialty_group"],
            words=terms["specialty_group"].get,
            required=True,
        )
        region = form.choice("region", "Region", terms["region"], words=terms["region"].get, required=True)
        started = form.day("started_on", "Since", required=True, value=clock.today())
        form.submit("Declare circle")
    if form.has(started_on=started):
        form.save(
            add_affiliation,
            "Declared.",
            volunteer_id=of.id,
            kind=AffiliationKind.CIRCLE,
            specialty_group=group,
            region=region,
            started_on=started,
        )
