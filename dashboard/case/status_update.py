"""The status update on the case page, with a stage move. The one-minute update is in quick_update.py."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboard import store
from dashboard.case import consents, danger_question
from dashboard.ui import forms, text
from dashboard.ui.fields import NO_PATIENTS
from dashboard.ui.forms import Fields, Form
from db import clock
from db.choices import Choice, ConsentPurpose, Contact, Wellbeing
from db.commands.update_status import update_status
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import OpenAction
from db.queries.my_cases import OwnCase
from db.queries.session import Person
from db.rules import stages
from db.rules.consent import Needed
from db.rules.stages import Field, FieldKind, Move
from db.rules.words import many

NO_MOVE = "stay"
CONTACTS = (Contact.REACHED, Contact.TRIED, Contact.NONE)
CHANGED_WORDS = "If you change the words, the earlier action ends and this one replaces it."


def full_update(person: Person, case: CaseDetail) -> None:
    """A stage move with just the fields it needs, contact, what changed, next action, wellbeing, help wanted."""
    with forms.form(f"update_{case.reference}", case=case) as form:
        move = _chosen_move(form, person, case)
        if move is None and not case.stage.is_open:
            st.caption("This case has ended. A lead can reopen it. You can still add a note with “Add an entry”.")
            return
        version = seen_version(form, case.reference, case.version)
        values = {field.name: _field(form, person, case, field) for field in move.fields} if move else {}
        told_of = _ends_over(move, case)
        contact = form.buttons("contact", "Contact with the doctor", CONTACTS, default=Contact.NONE)
        text = form.area("what_changed", "What changed", placeholder="A sentence is enough.")
        wellbeing = form.buttons("wellbeing", "The doctor’s wellbeing", Wellbeing, default=Wellbeing.NOT_ASKED)
        danger = danger_question.ask(form, person, case.flags, case.nation, wellbeing)
        if told_of or (move and not move.to.is_open and danger_question.raises(danger)):
            st.warning(f"This case would end over {told_of or 'a crisis'}. Tell the doctor first.")
            values[stages.TOLD.name] = _field(form, person, case, stages.TOLD)
        action = _next_action(form, person, case) if move is None or move.to.is_open else {}
        blocked_by = form.text("blocked_by", "Blocked by")
        help_wanted = form.text("help_wanted", "Help wanted from the meeting")
        if help_wanted:
            consents.say_what_is_missing(case, Needed(ConsentPurpose.MEETING))
        form.submit("Save update")
    fields: Fields = {
        "what_changed": text,
        "contact": contact,
        "wellbeing": wellbeing,
        "move_to": move.to if move else None,
        "move_values": values,
        "blocked_by": blocked_by,
        "help_wanted": help_wanted,
    }
    fields |= danger
    fields |= _action_fields(person, action)
    form.save(update_status, f"Update saved for {case.reference}.", seen_version=version, **fields)
    if isinstance(form.refusal, Stale):
        both_versions(form, person, case, fields)


def seen_version(form: Form, reference: str, version: int) -> int:
    """The version when this form was first drawn: a rerun in between must not hide somebody else's save."""
    versions: dict[str, int] = st.session_state.setdefault("seen_versions", {})
    own = st.session_state.get(forms.OWN_WRITE)
    if own and own[0] == reference and versions.get(form.key) == own[1]:
        versions[form.key] = version
    return versions.setdefault(form.key, version)


def both_versions(
    form: Form, person: Person, case: CaseDetail | OwnCase, fields: Fields, *, press: str = "Save update"
) -> None:
    """What is saved now beside what was typed, which the next press of the button saves."""
    st.session_state["seen_versions"][form.key] = case.version
    saved = store.timeline(person, case.reference, (), 3)
    with st.container(border=True):
        st.markdown("**Saved by somebody else just now:**")
        st.markdown(f"{case.stage.label}. Next: {text.plain(case.next_action.text if case.next_action else 'nothing')}")
        for line in saved[:3]:
            st.caption(f"{text.plain(line.author or 'Import')}, {text.moment(line.at)}: {text.plain(line.text)}")
        st.markdown("**Yours, not saved yet:**")
        moving = f"{fields['move_to'].label}. " if fields.get("move_to") else ""
        st.markdown(f"{moving}Next: {text.plain(fields.get('next_action', ''))}")
        st.caption(text.plain(fields.get("what_changed") or "Nothing typed"))
        st.caption(f"Change yours above if needed, then press “{press}” again.")


def _chosen_move(form: Form, person: Person, case: CaseDetail) -> Move | None:
    moves = stages.MOVES[case.stage]
    hindrances = (
        {move.to: stages.obstacle(move, case.facts, is_lead=person.is_lead) for move in moves} if case.facts else {}
    )
    open_moves = [move for move in moves if not hindrances.get(move.to)]
    options = [NO_MOVE, *(move.to.value for move in open_moves)]
    labels = {NO_MOVE: f"Stay in {case.stage.label}"} | {
        move.to.value: f"{move.label} → {move.to.label}" for move in open_moves
    }
    chosen = form.choice("move_to", "Stage", options, words=labels.get, index=0)
    for to, why in hindrances.items():
        if why:
            st.caption(f":material/lock: {to.label}: {why}")
    return next((move for move in open_moves if move.to.value == chosen), None)


def _ends_over(move: Move | None, case: CaseDetail) -> str:
    """“a crisis and 2 legal limits”; empty if nothing of the kind stands."""
    if move is None or case.facts is None or stages.TOLD not in stages.fields_of(move, case.facts):
        return ""
    limits = many(case.facts.live_limits, "legal limit") if case.facts.live_limits else ""
    return " and ".join(filter(None, ("a crisis" if case.facts.has_crisis else "", limits)))


def _field(form: Form, person: Person, case: CaseDetail, field: Field) -> Any:
    if field.kind is FieldKind.DATE:
        return form.day(field.name, field.label, required=field.required, help=field.help)
    if field.kind is FieldKind.CHOICE:
        assert isinstance(field.options, type)
        assert issubclass(field.options, Choice)
        return form.choice(field.name, field.label, list(field.options), required=field.required)
    if field.kind is FieldKind.TERM:
        terms = store.words(person).terms[str(field.options)]
        return form.choice(field.name, field.label, terms, words=terms.get, required=field.required)
    if field.kind is FieldKind.VOLUNTEER:
        people = {id: name for id, name in store.offerable(person, case.reference).items() if id != person.id}
        return form.choice(field.name, field.label, people, words=people.get, required=field.required)
    return form.area(field.name, field.label, required=field.required, help=field.help or NO_PATIENTS, height=68)


def _next_action(form: Form, person: Person, case: CaseDetail) -> Fields:
    now = case.next_action
    text = form.text("next_action", "Next action", required=True, value=now.text if now else "", help=CHANGED_WORDS)
    people = store.offerable(person, case.reference)
    first = now.owner_id if now and now.owner_id in people else person.id
    owner = form.choice(
        "action_owner_id", "Owner", people, words=people.get, required=True, index=list(people).index(first)
    )
    due = form.day("action_due_on", "Due", required=True, value=next_due(now), least=clock.today())
    return {"text": text, "owner": owner, "due": due}


def next_due(now: OpenAction | None) -> date:
    """Its own day if that is still to come, otherwise a week from today."""
    today = clock.today()
    return now.due_on if now and now.due_on >= today else today + timedelta(days=7)


def _action_fields(person: Person, action: Fields) -> Fields:
    return {
        "next_action": action.get("text", ""),
        "action_owner_id": action.get("owner") or person.id,
        "action_due_on": action.get("due"),
    }
