"""Writes: one command in one transaction, once a form."""

import functools
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.settings import settings
from dashboard.store import accounts
from dashboard.store.actions import snooze_action
from dashboard.store.attempts import noting
from dashboard.store.core import database
from db import clock
from db.choices import AuditAction
from db.commands import access_log, affiliations, personal_data
from db.commands.accounts import change_password
from db.commands.action_offers import answer_action_offer, offer_action, take_back_action
from db.commands.actions import add_action, finish_action
from db.commands.approvals import agree_approval, refuse_approval, see_alone
from db.commands.assignments import offer_case
from db.commands.caps import set_caps
from db.commands.checklists import answer_checklist
from db.commands.contact import be_contact
from db.commands.deadline_dates import answer_rule_change, answer_rule_changes, move_deadline, pause_deadline
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.debriefs import record_debrief
from db.commands.documents import add_document, withdraw_document
from db.commands.entries import add_entry
from db.commands.flags import clear_flag, raise_flag
from db.commands.forged import refuse_forged
from db.commands.handover import offer_handover
from db.commands.identity import open_identity
from db.commands.leave import add_leave, change_cover, end_leave
from db.commands.pathways import add_process_stage, correct_process_stage
from db.commands.people import (
    add_volunteer,
    change_volunteer,
    deactivate,
    reactivate,
    send_link,
    set_says_full,
)
from db.commands.releases import sign_release
from db.commands.reminders import make_calendar, set_digest, stop_calendar
from db.commands.requests import ask_update, clear_meeting_mark, mark_for_meeting
from db.commands.reviews import end_reviews
from db.commands.second_factor import (
    begin_factor,
    confirm_factor,
    drop_factor,
    new_recovery_codes,
    reset_factor,
)
from db.commands.update_status import note_no_change, update_status
from db.commands.views import choose_columns, delete_view, rename_view, replace_view, save_view
from db.commands.waiting import begin_waiting, end_waiting
from db.commands.wall import remove_party
from db.errors import CommandRefused, ProofNeeded
from db.queries import session as session_queries
from db.queries.session import Person
from db.vault import Identity

SAVED = "saved_forms"
# Something was written since the person, with the revision of the record, was read.
STALE = "person_is_stale"
# Commands that cannot move a heatmap: after them it is not counted again.
QUIET = frozenset(
    {
        add_action,
        add_deadline,
        add_document,
        add_entry,
        add_leave,
        add_process_stage,
        answer_checklist,
        answer_action_offer,
        answer_rule_change,
        answer_rule_changes,
        be_contact,
        ask_update,
        begin_factor,
        begin_waiting,
        change_cover,
        change_deadline,
        change_password,
        choose_columns,
        clear_flag,
        clear_meeting_mark,
        confirm_factor,
        correct_process_stage,
        delete_view,
        drop_factor,
        end_leave,
        end_reviews,
        end_waiting,
        finish_action,
        make_calendar,
        move_deadline,
        mark_for_meeting,
        new_recovery_codes,
        note_no_change,
        offer_action,
        offer_case,
        pause_deadline,
        offer_handover,
        raise_flag,
        refuse_approval,
        record_debrief,
        rename_view,
        replace_view,
        reset_factor,
        save_view,
        see_alone,
        set_caps,
        set_digest,
        set_says_full,
        snooze_action,
        stop_calendar,
        take_back_action,
        withdraw_document,
    }
)

# For these a session must have been proved by a password a short while ago: somebody else may hold the telephone.
PROOF_LASTS = timedelta(minutes=10)
ADD_FACTOR = "Set up your second factor first."
SETTING_UP = frozenset({begin_factor, confirm_factor})


def write(
    person: Person,
    command: Callable[..., Any],
    *,
    once: str,
    redact: bool = False,
    keep_reason: str = "",
    **fields: Any,
) -> Any:
    """Runs one command in one transaction, once: a second click on the same form saves nothing more.

    `once` names the form as it was drawn. The session is checked again inside the transaction, because a
    form may be sent long after the page was drawn. Free text that seems to hold personal data is refused
    (PersonalData) unless it is to be redacted, or there is a reason to keep it.
    """
    saved: dict[str, Any] = st.session_state.setdefault(SAVED, {})
    is_quiet = command in QUIET or (command is update_status and fields.get("move_to") is None)
    moves_patterns = not is_quiet or bool(fields.get("has_conflict"))
    # A second click runs in a thread of its own while the first is still saving: it waits, then finds it saved.
    with _lock_of(st.session_state["sign_in_token"]):
        if once in saved:
            return saved[once]
        with noting(person, command, fields) as tried, database().write(patterns=moves_patterns) as session:
            now = still_signed_in(session, person)
            if now.must_add_factor and command not in SETTING_UP:
                raise CommandRefused(ADD_FACTOR)
            refuse_forged(command, fields)
            if _is_about_others(command, person, fields):
                _still_proved(now)
            if redact:
                fields = personal_data.without_personal_data(session, actor_id=person.id, fields=fields)
            personal_data.check(session, actor_id=person.id, fields=fields, keep_reason=keep_reason)
            tried.append(True)
            result = command(session, actor_id=person.id, **fields)
        saved[once] = result
    st.session_state[STALE] = True
    return result


@functools.lru_cache(maxsize=1024)
def _lock_of(_token: str) -> threading.Lock:
    return threading.Lock()


def _is_about_others(command: Callable[..., Any], person: Person, fields: dict[str, Any]) -> bool:
    """One's own employers may be declared without giving the password again: that only raises one's own wall."""
    if command is add_affiliation:
        return bool(fields.get("volunteer_id") != person.id)
    return command in PROVED


def _still_proved(person: Person) -> None:
    if person.proved_at is None or person.proved_at < clock.now() - PROOF_LASTS:
        raise ProofNeeded


def still_signed_in(session: Session, person: Person) -> Person:
    token = st.session_state.get("sign_in_token")
    now = session_queries.person_of(session, token) if token else None
    if now is None or now.id != person.id:
        raise CommandRefused("You are signed out. Copy what you typed, then sign in again.")
    return now


def refresh_person() -> None:
    """Lets reads later in this run see what was written. Asked for when one comes: mostly the page is drawn anew."""
    if not st.session_state.pop(STALE, False):
        return
    fresh = accounts.person_of(st.session_state["sign_in_token"])
    if fresh is not None:
        st.session_state["person"] = fresh


def log_access(person: Person, action: AuditAction, *, reference: str | None = None, once: str = "") -> None:
    """Logs a view or search, once per session for the same `once`."""
    seen: set[str] = st.session_state.setdefault("logged", set())
    mark = f"{action}:{reference}:{once}"
    if mark in seen:
        return
    with database().log() as session:
        access_log.log_access(session, actor_id=person.id, action=action, reference=reference)
    seen.add(mark)


@functools.wraps(affiliations.add_affiliation)
def add_affiliation(session: Session, **fields: Any) -> None:
    """The command, with the years that an ended employment goes on barring."""
    affiliations.add_affiliation(session, conflict_years=settings().limits.conflict_years, **fields)


@functools.wraps(affiliations.end_affiliation)
def end_affiliation(session: Session, **fields: Any) -> bool:
    return affiliations.end_affiliation(session, conflict_years=settings().limits.conflict_years, **fields)


def identity(person: Person, reference: str, reason: str) -> Identity:
    """Opens the doctor's identity, logs it, and keeps nothing of it. Refuses without a fresh password."""
    with database().log() as session:
        now = still_signed_in(session, person)
        if now.must_add_factor:
            raise CommandRefused(ADD_FACTOR)
        _still_proved(now)
        return open_identity(session, actor_id=person.id, reference=reference, reason=reason)


# Changes to people, to who may sign in as whom, and to what everybody may see.
PROVED = frozenset(
    (
        add_volunteer,
        affiliations.agree_declaration,
        agree_approval,
        begin_factor,
        change_volunteer,
        deactivate,
        drop_factor,
        end_affiliation,
        make_calendar,
        new_recovery_codes,
        reactivate,
        remove_party,
        reset_factor,
        send_link,
        set_caps,
        sign_release,
    )
)
