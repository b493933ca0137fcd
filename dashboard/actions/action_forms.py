"""What can be done with one action, wherever it is listed: finish, move, hand over, accept or decline."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import store
from dashboard.settings import settings
from dashboard.ui import conflict_question, forms, one_tap, text
from dashboard.ui.forms import Fields, Form
from db import clock
from db.commands.action_offers import answer_action_offer, offer_action, take_back_action
from db.commands.actions import finish_action, snooze_action
from db.commands.undo import undo_done
from db.errors import Invalid, NotFound
from db.queries.actions import ActionRow
from db.queries.session import Person
from db.rules.words import many

# The form that is open: (which form, id of the action or offer).
OPEN = "action_form"
TITLES = {
    "done": "Mark as done",
    "move": "Move to a later day",
    "hand": "Hand over",
    "decline": "Decline the action",
    "take": "Take over the action",
}
DONE, MOVE, HAND, BACK, DECLINE, TAKE = "done", "move", "hand", "back", "decline", "take"
MENU = {
    DONE: "Done, with the outcome",
    MOVE: "Move to a later day",
    HAND: "Hand over",
    BACK: "Take back the offer",
}


def controls(person: Person, row: ActionRow) -> None:
    """Done in one tap, and the rest in a menu; accept or decline for the person it is offered to."""
    if row.offer_id is not None and row.offer_to_id == person.id:
        answer_buttons(person, row.reference, row.offer_id)
        return
    done_button(row.reference, row.id, row.text, is_last=row.is_last)
    if one_tap.tapped(mark(row.id)):
        return
    can = [DONE, MOVE, BACK if row.offer_id else HAND]
    chosen = st.menu_button(
        "More", can, key=store.key(f"action_more_{row.id}"), format_func=MENU.__getitem__, type="tertiary"
    )
    if chosen == BACK and one_tap.is_steady():
        take_back(row)
    elif chosen not in (None, BACK):
        open_form(chosen, row.id)


def take_back(row: ActionRow) -> None:
    button = forms.pressed(f"back_{row.offer_id}")
    _save(button, take_back_action, "Taken back.", reference=row.reference, action_id=row.id)


def panel(person: Person, row: ActionRow) -> None:
    """The open form, under the action it is about."""
    what, id = st.session_state.get(OPEN, ("", 0))
    if what == DECLINE and id == row.offer_id:
        decline_form(row.reference, id)
    elif what == TAKE and id == row.offer_id:
        take(person, row.reference, id)
    elif id == row.id and what == DONE:
        finish_form(person, row.reference, row.id, row.text, is_last=row.is_last)
    elif id == row.id and what == MOVE:
        _move_form(row)
    elif id == row.id and what == HAND:
        _hand_form(person, row)


def opened() -> tuple[str, int]:
    """Which form is open, and the id of the action or the offer that it is about; both empty if none is."""
    what, id = st.session_state.get(OPEN, ("", 0))
    return str(what), int(id)


def over_the_page(person: Person, rows: Iterable[ActionRow]) -> None:
    """The open form, over the list, which stays as it is."""
    what, id = opened()
    about = next((row for row in rows if id == (row.offer_id if what in (DECLINE, TAKE) else row.id)), None)
    if what and about is not None:
        st.dialog(TITLES[what], on_dismiss=dismiss)(panel)(person, about)


def dismiss() -> None:
    """The form was closed without an answer."""
    st.session_state.pop(OPEN, None)


def mark(action_id: int) -> tuple[str, int]:
    """What a line about this action is known by once it was tapped."""
    return DONE, action_id


def done_button(reference: str, action_id: int, name: str, *, is_last: bool) -> None:
    """One tap where the case has another action; otherwise the form that asks for the next."""
    was_tapped = one_tap.tapped(mark(action_id))
    help = "The only action on this case: asks what happens next." if is_last else "Marks it as done at once."
    pressed = st.button(
        f"Done{text.unseen(f' on {reference}')}",
        key=store.key(f"action_done_{action_id}"),
        icon=":material/check:",
        help=help,
        disabled=was_tapped,
    )
    if was_tapped:
        one_tap.undo_button(mark(action_id))
    elif pressed and one_tap.is_steady():
        done(reference, action_id, name, is_last=is_last)


def done(reference: str, action_id: int, name: str, *, is_last: bool) -> None:
    """Done at once, or the form that asks what happens next."""
    if is_last:
        open_form(DONE, action_id)
    button = forms.pressed(f"action_done_{action_id}")
    said = f"Done on {reference}: {text.plain(name)}. Undo is on its line."
    if button.save(finish_action, said, redraw=False, reference=reference, action_id=action_id):
        one_tap.keep(mark(action_id), one_tap.Tap(reference, undo_done, {"action_id": action_id}))
        _close()
    if isinstance(button.refusal, Invalid):
        # The case's other actions were finished a moment ago.
        open_form(DONE, action_id)


def answer_buttons(person: Person, reference: str, offer_id: int) -> None:
    """At once for somebody on the case; anybody else first sees whom the case is about."""
    accept = f"Accept{text.unseen(f' the action on {reference}')}"
    if st.button(accept, key=store.key(f"action_accept_{offer_id}"), type="primary") and one_tap.is_steady():
        take_on(person, reference, offer_id)
    if st.button(f"Decline{text.unseen(f' the action on {reference}')}", key=store.key(f"action_decline_{offer_id}")):
        open_form(DECLINE, offer_id)


def take_on(person: Person, reference: str, offer_id: int) -> None:
    """Accepts an action at once, or asks whom the case is about first."""
    if _must_say(person, reference):
        open_form(TAKE, offer_id)
    _save(
        forms.pressed(f"accept_{offer_id}"),
        answer_action_offer,
        f"This action on {reference} is yours now.",
        action_offer_id=offer_id,
        accept=True,
    )


def _must_say(person: Person, reference: str) -> bool:
    try:
        return store.must_say(person, reference)
    except NotFound:
        # The offer is over, or they are barred by now: the command says so.
        return False


def decline_form(reference: str, offer_id: int) -> None:
    with forms.form(f"decline_{reference}_{offer_id}") as form:
        reason = form.text("reason", conflict_question.TELL_LEADS)
        form.submit("Decline")
        _leave_button()
    _save(form, answer_action_offer, "Declined.", action_offer_id=offer_id, accept=False, reason=reason)


def finish_form(person: Person, reference: str, action_id: int, name: str, *, is_last: bool) -> None:
    """The outcome and, where the case has no other action, what happens next."""
    with forms.form(f"finish_{reference}_{action_id}") as form:
        outcome = form.text("outcome", "Outcome (optional)", placeholder="A sentence for the timeline")
        dropped = form.tick("dropped", "Not done: it is no longer needed (say why above)")
        asked: Fields = {}
        if is_last:
            st.markdown("**What happens next?**")
            asked = next_action(form, person, reference)
        form.submit("Mark as done")
        _leave_button()
    _save(
        form,
        finish_action,
        f"{'No longer needed' if dropped else 'Done'}: {text.plain(name)}",
        reference=reference,
        action_id=action_id,
        outcome=outcome,
        dropped=dropped,
        **asked,
    )


def next_action(form: Form, person: Person, reference: str, *, label: str = "Next action") -> Fields:
    """Words, owner and day of an action, as the commands take them."""
    try:
        people = store.offerable(person, reference)
    except NotFound:
        # They own an action on a case they are not on, and may not know its team.
        people = {person.id: person.name}
    text = form.text("next_action", label, required=True)
    mine = list(people).index(person.id) if person.id in people else None
    owner = form.choice("action_owner_id", "Owner", people, words=people.get, required=True, index=mine)
    today = clock.today()
    due = form.day("action_due_on", "Due", required=True, value=today + timedelta(days=7), least=today)
    return {"next_action": text, "action_owner_id": owner or 0, "action_due_on": due}


def _move_form(row: ActionRow) -> None:
    today, most = clock.today(), settings().limits.snooze_days
    with forms.form(f"move_{row.reference}_{row.id}_{row.due_on}") as form:
        last = today + timedelta(days=most)
        later = min(max(row.due_on, today) + timedelta(days=2), last)
        st.caption(
            f"The date now is {text.day(row.due_on)}. Choose one up to {many(most, 'day')} from today, and not after "
            "one of our statutory or national deadlines."
        )
        due = form.day("due_on", "New date", required=True, value=later, least=today, most=last)
        reason = form.text("reason", "Reason", required=True)
        past = form.tick("past_deadline", "Move it past another of our deadlines")
        form.submit("Move the action")
        _leave_button()
    _save(
        form,
        snooze_action,
        f"Moved to {text.day(due)}.",
        reference=row.reference,
        action_id=row.id,
        seen_due_on=row.due_on,
        due_on=due,
        reason=reason,
        past_deadline=past,
    )


def _hand_form(person: Person, row: ActionRow) -> None:
    people = store.action_takers(person, row.reference, row.id)
    with forms.form(f"hand_{row.reference}_{row.id}") as form:
        if not people:
            st.caption("Nobody else can take it today: everybody on the case and every lead is away or has a conflict.")
        to = form.choice("to_id", "Hand over to", people, words=people.get, required=True)
        note = form.text("note", "Note for them (optional)")
        st.caption(f"It stays with {text.plain(row.owner)} until they accept.")
        form.submit("Offer the action")
        _leave_button()
    _save(
        form,
        offer_action,
        f"Offered to {text.plain(people.get(to or 0, 'them'))}.",
        reference=row.reference,
        action_id=row.id,
        to_id=to or 0,
        note=note,
    )


def take(person: Person, reference: str, offer_id: int) -> None:
    """Asks somebody who is not on the case whom it is about, before the action is theirs."""
    if conflict_question.action(person, reference, offer_id):
        _close()


def _leave_button() -> None:
    if st.button("Cancel", key="leave_action_form", type="tertiary"):
        _close()


def open_form(what: str, id: int) -> None:
    st.session_state[OPEN] = (what, id)
    st.rerun()


def _close() -> None:
    st.session_state.pop(OPEN, None)
    st.rerun()


def _save(form: Form, command: Callable[..., Any], said: str, **fields: object) -> None:
    """Saves, and closes the open form."""
    if form.save(command, said, redraw=False, **fields):
        one_tap.moved()
        _close()
