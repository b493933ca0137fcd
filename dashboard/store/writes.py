"""Writes: one command in one transaction, once a form."""

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.store import accounts
from dashboard.store.core import database
from db import clock
from db.choices import AuditAction
from db.commands import access_log, personal_data
from db.commands.forged import refuse_forged
from db.commands.four_eyes import note_attempt
from db.commands.identity import open_identity
from db.declared import Command, facts_of
from db.errors import CommandRefused, ProofNeeded
from db.queries import session as session_queries
from db.queries.session import Person
from db.vault import Identity

SAVED = "saved_forms"
# Something was written since the person, with the revision of the record, was read.
STALE = "person_is_stale"
PROOF_LASTS = timedelta(minutes=10)
ADD_FACTOR = "Set up two-step sign-in first."


def write(
    person: Person,
    command: Callable[..., Any],
    *,
    once: str,
    redact: bool = False,
    keep_reason: str = "",
    **fields: Any,
) -> Any:
    """Runs one declared command in one transaction, once: a second click on the same form saves nothing more.

    `once` names the form as it was drawn. The session is checked again inside the transaction, because a form may be
    sent long after the page was drawn. Free text that seems to hold personal data is refused (PersonalData) unless it
    is to be redacted, or there is a reason to keep it.
    """
    facts = facts_of(command)
    saved: dict[str, Any] = st.session_state.setdefault(SAVED, {})
    # A second click runs in a thread of its own while the first is still saving: it waits, then finds it saved.
    with _lock_of(st.session_state["sign_in_token"]):
        if once in saved:
            return saved[once]
        moves = facts.patterns.moved_by(fields)
        with _keeping_refusals(person, command, fields) as tried, database().write(patterns=moves) as session:
            _check_sign_in(session, person, facts, fields)
            refuse_forged(command, fields)
            if redact:
                fields = personal_data.without_personal_data(session, actor_id=person.id, fields=fields)
            personal_data.check(session, actor_id=person.id, fields=fields, keep_reason=keep_reason)
            tried.append(True)
            result = command(session, actor_id=person.id, **fields)
        saved[once] = result
    st.session_state[STALE] = True
    return result


def _check_sign_in(session: Session, person: Person, facts: Command, fields: Mapping[str, Any]) -> None:
    now = still_signed_in(session, person)
    if now.must_add_factor and not facts.before_second_factor:
        raise CommandRefused(ADD_FACTOR)
    if facts.password.is_wanted(actor_id=person.id, fields=fields):
        _still_proved(now)


@contextmanager
def _keeping_refusals(person: Person, command: Callable[..., Any], fields: Mapping[str, Any]) -> Iterator[list[bool]]:
    """Writes down who is refused what might lower a wall, as what they began is undone with its own audit rows.

    Gives a list to put something in once the command itself is tried: by then it is known who tries.
    """
    tried: list[bool] = []
    try:
        yield tried
    except CommandRefused:
        if tried and facts_of(command).keeps_refusals:
            told = fields.get("volunteer_id")
            about = told if type(told) is int and 0 < told < 2**31 else None
            with database().log() as session:
                note_attempt(session, actor_id=person.id, command=command.__name__, volunteer_id=about)
        raise


@functools.lru_cache(maxsize=1024)
def _lock_of(_token: str) -> threading.Lock:
    return threading.Lock()


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


def identity(person: Person, reference: str, reason: str) -> Identity:
    """Opens the doctor's identity, logs it, and keeps nothing of it. Refuses without a fresh password."""
    with database().log() as session:
        now = still_signed_in(session, person)
        if now.must_add_factor:
            raise CommandRefused(ADD_FACTOR)
        _still_proved(now)
        return open_identity(session, actor_id=person.id, reference=reference, reason=reason)
