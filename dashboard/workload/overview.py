"""The parts of the workload page: what points are, and the unallocated cases."""

from typing import Any

import streamlit as st

from dashboard import store
from dashboard.ui import forms, navigation, text
from dashboard.workload import allocation
from db.choices import AssignmentRole, Stage
from db.commands.assignments import offer_case
from db.queries.session import Person
from db.queries.suggestions import Allocation, Suggestion
from db.rules.families import NOT_MATCHED
from db.rules.points import NEW_VOLUNTEER_DAYS, NEW_VOLUNTEER_SHARE, POINTS_PER_HOUR
from db.rules.words import many

CASES_A_PAGE = 4
OFFERING = "workload_offering"
WAITS = {"red": "red", "amber": "orange", "soon": "gray"}


def what_points_are() -> None:
    st.caption(
        "Points are a guide, not a target: they weigh stage, hearings and urgency. Capacity is "
        f"{many(POINTS_PER_HOUR, 'point')} for each pledged hour a week, {1 - NEW_VOLUNTEER_SHARE:.0%} less in a "
        f"volunteer’s first {many(NEW_VOLUNTEER_DAYS, 'day')}. When somebody says they are at capacity, that comes "
        "before the points. A lead may raise one person’s limit, with a reason."
    )


def waiting(person: Person, found: Allocation) -> None:
    """The unallocated cases; for leads, each with people who could take it."""
    rows = found.unallocated
    st.subheader("Unallocated cases")
    if rows.empty:
        st.caption("Every open case has a case lead.")
        return
    st.caption(
        f"**{found.total:,}** unallocated"
        + (f", the first {len(rows)} here" if found.total > len(rows) else "")
        + ": urgent flags first, then the longest unallocated."
        + ("" if person.is_lead else " To take one on, tell a lead or say so at the weekly meeting.")
    )
    pages = -(-len(rows) // CASES_A_PAGE)
    page = st.session_state.get("workload_waiting") or 1
    first = (min(page, pages) - 1) * CASES_A_PAGE
    for row in rows.iloc[first : first + CASES_A_PAGE].itertuples():
        with st.container(border=True, gap="small"):
            _case(person, row)
            if row.full:
                name = row.contact if isinstance(row.contact, str) else None
                allocation.contact(person, str(row.reference), name)
            if person.is_lead:
                _people_for(str(row.reference), row, found.suggestions.get(str(row.reference)))
    if pages > 1:
        st.pagination(pages, key="workload_waiting", width="stretch")


def _case(person: Person, row: Any) -> None:
    reference = store.words(person)
    days = f"{many(row.waiting_days, 'working day')} unallocated"
    flags = [text.flag_badge(reference, code) for code in row.flags.split()]
    navigation.case_link(row.reference, f"**{row.reference}**")
    st.markdown(" ".join([f":{WAITS[row.level]}-badge[{days}]", text.stage_badge(Stage(row.stage)), *flags]))
    facts = [
        ", ".join(reference.processes.get(code, code) for code in row.processes.split()),
        reference.terms["body_kind"].get(row.body_kind, row.body_kind),
        reference.terms["region"].get(row.region, row.region),
        f"opened {text.day(row.opened_on)}",
    ]
    st.caption(" · ".join(fact for fact in facts if fact))


def _people_for(reference: str, row: Any, people: tuple[Suggestion, ...] | None) -> None:
    if isinstance(row.offered_to, str):
        st.caption(f":material/hourglass_empty: Offered to {text.plain(row.offered_to)}, not answered yet.")
        return
    if people is None:
        st.caption(f":material/person_alert: {NOT_MATCHED}. Match it first, on Home.")
        return
    if not people:
        st.caption("Nobody who may take it has room. Raise it at the meeting, or open the case and choose somebody.")
    for one in people:
        with st.container(gap=None):
            label, key = f"Offer to {text.plain(one.name)}", store.key(f"offer_{reference}_{one.volunteer_id}")
            if st.button(label, key=key, icon=":material/person_add:"):
                st.session_state[OFFERING] = (reference, one)
            st.caption(" · ".join(one.reasons))


def offering() -> None:
    """The offer somebody has started. It stays open as it was, whatever changes behind it meanwhile."""
    if OFFERING in st.session_state:
        _offer(*st.session_state[OFFERING])


def _close() -> None:
    st.session_state.pop(OFFERING, None)


@st.dialog("Offer this case", on_dismiss=_close)
def _offer(reference: str, one: Suggestion) -> None:
    st.markdown(f"**{reference}** to **{text.plain(one.name)}**, as case lead. They accept or decline it.")
    why = "; ".join(one.reasons)
    with forms.form(f"allocate_{reference}_{one.volunteer_id}", border=False) as form:
        reason = form.area("reason", "Reason", required=True, value=why[:1].upper() + why[1:] + ".")
        form.submit("Send offer")
    if form.save(
        offer_case,
        f"Offered to {text.plain(one.name)}.",
        reference=reference,
        volunteer_id=one.volunteer_id,
        role=AssignmentRole.LEAD,
        reason=reason,
        redraw=False,
    ):
        _close()
        st.rerun()
