"""What a lead does about an uneven workload: proposed handovers, and an interim contact for a doctor without one."""

import streamlit as st

from dashboard import store
from dashboard.ui import conflict_question, forms, navigation, text
from db.commands.contact import be_contact
from db.commands.handover import offer_handover
from db.queries.rebalancing import Proposed, Rebalancing
from db.queries.session import Person
from db.rules.words import many, noun

HANDING, ALL_MOVES = "workload_handing", "workload_all_moves"
FIRST, MOST_NAMES = 4, 3


def rebalancing(found: Rebalancing, keeps_days: int) -> None:
    """The moves that would bring everybody within capacity, each with its reason and the continuity it costs."""
    if not found.over and not found.waiting:
        return
    st.subheader("To even out the workload")
    st.markdown(_summary(found))
    shown = found.moves if st.session_state.get(ALL_MOVES) else found.moves[:FIRST]
    for move in shown:
        _proposed(move)
    more = len(found.moves) - len(shown)
    if more and st.button(f"Show {many(more, 'more move')}"):
        st.session_state[ALL_MOVES] = True
        st.rerun()
    for offer in found.waiting:
        st.caption(
            f":material/hourglass_empty: {offer.reference}: {text.plain(offer.from_name)} keeps it until "
            f"{text.plain(offer.to_name)} has answered."
        )
    if found.moves:
        st.caption(
            f"The moves that cost least continuity come first. A case with a hearing within {many(keeps_days, 'day')} "
            "stays where it is, and cases move only from people over capacity."
        )


def _summary(found: Rebalancing) -> str:
    if not found.over:
        return "Once these are accepted, everybody is within capacity."
    count = len(found.over)
    people = f"{count} people" if count > MOST_NAMES else text.plain(_and(found.over))
    over = f"**{people}** {noun(count, 'is', 'are')} over capacity."
    if not found.moves:
        return f"{over} No move would help: nobody who may take these cases has room. Raise it at the meeting."
    moves = f"**{many(len(found.moves), 'move')}**"
    if found.still_over:
        return f"{over} {moves} would help most, but {text.plain(_and(found.still_over))} would still be over."
    fewest = found.is_exact or found.at_least >= len(found.moves)
    least = "fewer would not be enough" if fewest else f"at least {found.at_least} are needed"
    return f"{over} {moves} would bring everybody within capacity; {least}."


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _proposed(move: Proposed) -> None:
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            navigation.case_link(move.reference, f"**{move.reference}**")
            st.markdown(f"{text.stage_badge(move.stage)} {many(move.points, 'point')}", width="content")
        st.caption(f"{text.plain(move.reason)}.  \nContinuity lost: {_cost(move)}.")
        label = f"Offer to {text.plain(move.to_name)}"
        if st.button(label, key=store.key(f"move_{move.reference}_{move.to_id}"), icon=":material/move_up:"):
            st.session_state[HANDING] = move


def _cost(move: Proposed) -> str:
    months = many(move.months, "month") if move.months else "less than a month"
    contacts = many(move.reached, "contact") if move.reached else "no contact"
    return f"{months} with {text.plain(move.from_name)}, {contacts} with the doctor{'' if move.reached else ' yet'}"


def handing_over() -> None:
    """The handover somebody has started. It stays open as it was, whatever changes behind it meanwhile."""
    if HANDING in st.session_state:
        _hand_over(st.session_state[HANDING])


def _close() -> None:
    st.session_state.pop(HANDING, None)


@st.dialog("Hand this case over", on_dismiss=_close)
def _hand_over(move: Proposed) -> None:
    giver, receiver = text.plain(move.from_name), text.plain(move.to_name)
    st.markdown(f"**{move.reference}** from **{giver}** to **{receiver}**. {giver} stays case lead until they accept.")
    with forms.form(f"move_{move.reference}_{move.to_id}", border=False) as form:
        reason = form.area("reason", f"Why, for {receiver}", required=True, value=f"{move.reason}.")
        note = form.area(
            "handover",
            "Handover note",
            required=True,
            help=f"Ask {giver} first: where it stands, what comes next, what the doctor should hear.",
        )
        form.submit("Send offer")
    if form.save(
        offer_handover,
        f"Offered to {receiver}.",
        reference=move.reference,
        volunteer_id=move.to_id,
        reason=reason,
        handover=note,
        redraw=False,
    ):
        _close()
        st.rerun()


def contact(person: Person, reference: str, name: str | None) -> None:
    """The doctor's interim contact; if there is none, a lead can become it at once."""
    if name:
        st.caption(f":material/call: Interim contact: {text.plain(name)}")
        return
    st.markdown(":orange-badge[:material/call_end: The doctor has no interim contact]")
    if not person.is_lead:
        return
    # Filled only when opened: otherwise each case on the page would ask the database for its organisation.
    opened = st.popover(
        "Be the interim contact", icon=":material/call:", key=f"be_contact_{reference}", on_change="rerun"
    )
    if not opened.open:
        return
    with opened:
        st.caption("You stay in touch with the doctor until a case lead accepts. Then it ends by itself.")
        if conflict_question.organisation(person, reference, f"contact_{reference}") is None:
            return
        with forms.form(f"contact_{reference}", border=False) as form:
            answer = conflict_question.question(form)
            form.submit("Be the interim contact")
    said = conflict_question.done(answer, "You are the interim contact now.")
    form.save(be_contact, said, reference=reference, **answer)
