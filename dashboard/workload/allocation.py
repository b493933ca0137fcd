"""What a lead does about an uneven workload: proposed handovers."""

import streamlit as st

from dashboard import store
from dashboard.ui import case_list, forms, text
from dashboard.ui.case_list import Button, CaseLine, Part
from db.commands.handover import offer_handover
from db.queries.rebalancing import Proposed, Rebalancing
from db.rules.words import many, noun

HANDING, ALL_MOVES = "workload_handing", "workload_all_moves"
FIRST, MOST_NAMES = 4, 3


def rebalancing(found: Rebalancing, keeps_days: int) -> None:
    """The moves that would bring everybody within capacity, each with its reason and the continuity it costs."""
    if not found.over and not found.waiting:
        return
    text.heading("To even out the workload")
    st.markdown(_summary(found))
    shown = found.moves if st.session_state.get(ALL_MOVES) else found.moves[:FIRST]
    if shown:
        pressed = case_list.show([_line(move) for move in shown], key="workload_moves", label="Proposed handovers")
        if pressed is not None:
            moves = {(move.reference, _name(move)): move for move in shown}
            st.session_state[HANDING] = moves[pressed.reference, pressed.name]
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


def _line(move: Proposed) -> CaseLine:
    label = f"Offer to {move.to_name}"
    return CaseLine(
        move.reference,
        head=(Part(move.reference), Part(f"{move.stage.label}, {many(move.points, 'point')}", "soft")),
        facts=(Part(move.reason), Part(f"Continuity lost: {_cost(move)}", "soft")),
        buttons=(Button(_name(move), label, f"{label}: {move.reference}"),),
    )


def _name(move: Proposed) -> str:
    return store.public_id("move", move.to_id)


def _cost(move: Proposed) -> str:
    months = many(move.months, "month") if move.months else "less than a month"
    contacts = many(move.reached, "contact") if move.reached else "no contact"
    return f"{months} with {move.from_name}, {contacts} with the doctor{'' if move.reached else ' yet'}"


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
