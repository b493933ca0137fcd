"""What a lead does about an uneven load: hand-overs proposed one by one, and somebody for a doctor who has nobody."""

import streamlit as st

from dashboard import store
from dashboard.ui import conflict_question, forms, navigation, text
from db.commands.contact import be_contact
from db.commands.handover import offer_handover
from db.queries.rebalancing import Proposed, Rebalancing
from db.queries.session import Person

HANDING, ALL_MOVES = "workload_handing", "workload_all_moves"
FIRST, MOST_NAMES = 4, 3


def rebalancing(found: Rebalancing, keeps_days: int) -> None:
    """The moves that bring everybody under capacity, each with its reason and what it costs."""
    if not found.over and not found.waiting:
        return
    st.subheader("To even out the load")
    st.markdown(_summary(found))
    shown = found.moves if st.session_state.get(ALL_MOVES) else found.moves[:FIRST]
    for move in shown:
        _proposed(move)
    if len(found.moves) > len(shown) and st.button(f"Show {len(found.moves) - len(shown)} more moves"):
        st.session_state[ALL_MOVES] = True
        st.rerun()
    for offer in found.waiting:
        st.caption(
            f":material/hourglass_empty: {offer.reference}: {text.plain(offer.from_name)} keeps it until "
            f"{text.plain(offer.to_name)} has answered."
        )
    if found.moves:
        st.caption(
            f"Least continuity lost first. A case with a hearing within {keeps_days} days stays where it is, and "
            "nobody who copes is asked to give one up."
        )


def _summary(found: Rebalancing) -> str:
    if not found.over:
        return "Once these are accepted, everybody is under what they can carry."
    many_over = len(found.over) > MOST_NAMES
    people = f"{len(found.over)} people" if many_over else text.plain(_and(found.over))
    verb = "carries" if len(found.over) == 1 else "carry"
    over = f"**{people}** {verb} more than they can."
    if not found.moves:
        return f"{over} No move helps: nobody who may take these cases has room. Raise it at the meeting."
    many = f"**{len(found.moves)} move{'' if len(found.moves) == 1 else 's'}**"
    if found.still_over:
        return f"{over} {many} would help most, but {text.plain(_and(found.still_over))} would still be over."
    fewest = found.is_exact or found.at_least >= len(found.moves)
    least = "no fewer would do" if fewest else f"at least {found.at_least} are needed"
    return f"{over} {many} would bring everybody under; {least}."


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _proposed(move: Proposed) -> None:
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            navigation.case_link(move.reference, f"**{move.reference}**")
            points = "1 point" if move.points == 1 else f"{move.points} points"
            st.markdown(f"{text.stage_badge(move.stage)} {points}", width="content")
        st.caption(f"{text.plain(move.reason)}.  \nCosts: {_cost(move)}.")
        label = f"Offer to {text.plain(move.to_name)}"
        if st.button(label, key=store.key(f"move_{move.reference}_{move.to_id}"), icon=":material/move_up:"):
            st.session_state[HANDING] = move


def _cost(move: Proposed) -> str:
    months = f"{move.months} month{'' if move.months == 1 else 's'}" if move.months else "less than a month"
    times = {0: "no contact with the doctor yet", 1: "1 contact with the doctor"}
    contacts = times.get(move.reached, f"{move.reached} contacts with the doctor")
    return f"{months} with {text.plain(move.from_name)}, {contacts}"


def handing_over() -> None:
    """The hand-over somebody has begun on. It stays open, as it was, whatever changes beneath it meanwhile."""
    if HANDING in st.session_state:
        _hand_over(st.session_state[HANDING])


def _put_away() -> None:
    st.session_state.pop(HANDING, None)


@st.dialog("Hand this case over", on_dismiss=_put_away)
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
        _put_away()
        st.rerun()


def contact(person: Person, reference: str, name: str | None) -> None:
    """Whom the doctor can reach meanwhile; where that is nobody, a lead can be it at once."""
    if name:
        st.caption(f":material/call: Contact meanwhile: {text.plain(name)}")
        return
    st.markdown(":orange-badge[:material/call_end: The doctor has no contact meanwhile]")
    if not person.is_lead:
        return
    # Filled once it is opened: of a page of cases each would ask the database for its organisation.
    opened = st.popover("Be the contact", icon=":material/call:", key=f"be_contact_{reference}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.caption("You stay in touch with the doctor until a case lead accepts; then it ends by itself.")
        if conflict_question.organisation(person, reference, f"contact_{reference}") is None:
            return
        with forms.form(f"contact_{reference}", border=False) as form:
            answer = conflict_question.question(form)
            form.submit("Be the contact")
    said = conflict_question.done(answer, "You are the contact meanwhile.")
    form.save(be_contact, said, reference=reference, **answer)
