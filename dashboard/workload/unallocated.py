"""The unallocated cases: for leads, each with the people who could take it."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Protocol, cast

import streamlit as st

from dashboard import store
from dashboard.ui import case_list, forms, text
from dashboard.ui.case_list import Badge, Button, CaseLine, Part, Step, Tone
from dashboard.workload import interim_contact
from db.choices import AssignmentRole, Stage
from db.commands.assignments import offer_case
from db.queries.reference import Reference
from db.queries.session import Person
from db.queries.suggestions import Allocation, Suggestion
from db.rules.families import NOT_MATCHED
from db.rules.words import many

CASES_A_PAGE, PAGE = 8, "workload_waiting"
OFFERING = "workload_offering"
WAITS: dict[str, Tone] = {"red": "red", "amber": "orange", "soon": "gray"}
NOBODY = "Nobody who may take it has room. Raise it at the meeting, or open the case and choose somebody."


class Unallocated(Protocol):
    """A row of the frame (UNALLOCATED_COLUMNS): `contact` and `offered_to` are no string where there is nobody."""

    reference: str
    stage: str
    flags: str
    opened_on: date
    waiting_days: int
    level: str
    processes: str
    region: str
    body_kind: str
    offered_to: object
    contact: object
    full: bool


def waiting(person: Person, found: Allocation) -> None:
    rows = found.unallocated
    text.heading("Unallocated cases")
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
    first = (min(st.session_state.get(PAGE) or 1, pages) - 1) * CASES_A_PAGE
    shown = list(cast(Iterator[Unallocated], rows.iloc[first : first + CASES_A_PAGE].itertuples()))
    lines = [_line(person, row, found.suggestions.get(str(row.reference))) for row in shown]
    pressed = case_list.show(lines, key="workload_unallocated", label="Unallocated cases")
    if pages > 1:
        st.pagination(pages, key=PAGE, width="stretch")
    if pressed is not None:
        row = next(row for row in shown if row.reference == pressed.reference)
        _acts(row, found.suggestions.get(pressed.reference, ()))[pressed.name]()


def _line(person: Person, row: Unallocated, people: tuple[Suggestion, ...] | None) -> CaseLine:
    reference = store.words(person)
    head = [
        reference.terms["body_kind"].get(row.body_kind, row.body_kind),
        reference.terms["region"].get(row.region, row.region),
    ]
    processes = ", ".join(reference.processes.get(code, code) for code in row.processes.split())
    return CaseLine(
        row.reference,
        badges=tuple(_badges(row, reference)),
        head=(*map(Part, head), *([Part(processes, "soft")] if processes else [])),
        facts=tuple(_contact(row)),
        steps=tuple(_steps(person, row, people)),
        aside=((Part(row.reference),), (Part(Stage(row.stage).label), Part(f"opened {text.day(row.opened_on)}"))),
    )


def _badges(row: Unallocated, reference: Reference) -> Iterator[Badge]:
    known, red = reference.terms["flag"], reference.red_flags
    yield from (Badge(known.get(code, code), "red" if code in red else "orange") for code in row.flags.split())
    yield Badge(f"{many(row.waiting_days, 'working day')} unallocated", WAITS[row.level])


def _contact(row: Unallocated) -> Iterator[Part]:
    if not row.full:
        return
    if isinstance(row.contact, str):
        yield Part(f"Interim contact: {row.contact}")
    else:
        yield Part("The doctor has no interim contact", "late")


def _steps(person: Person, row: Unallocated, people: tuple[Suggestion, ...] | None) -> Iterator[Step]:
    if not person.is_lead:
        return
    if row.full and not isinstance(row.contact, str):
        words = "Be the interim contact"
        button = Button(interim_contact.BUTTON, words, f"{words}: {row.reference}")
        yield Step(Part("Stay in touch until a case lead accepts", "soft"), (button,))
    if isinstance(row.offered_to, str):
        yield Step(Part(f"Offered to {row.offered_to}, not answered yet", "soft"))
    elif people is None:
        yield Step(Part(f"{NOT_MATCHED}. Match it first, on Home.", "strong"))
    elif not people:
        yield Step(Part(NOBODY, "strong"))
    else:
        for one in people:
            label = f"Offer to {one.name}"
            offer = Button(_name(one), label, f"{label}: {row.reference}")
            yield Step(Part(" · ".join(one.reasons), "soft"), (offer,))


def _acts(row: Unallocated, people: tuple[Suggestion, ...]) -> dict[str, Callable[[], None]]:
    acts: dict[str, Callable[[], None]] = {_name(one): partial(_begin, row.reference, one) for one in people}
    return acts | {interim_contact.BUTTON: partial(interim_contact.begin, row.reference)}


def _name(one: Suggestion) -> str:
    return store.public_id("offer", one.volunteer_id)


def _begin(reference: str, one: Suggestion) -> None:
    st.session_state[OFFERING] = (reference, one)


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
