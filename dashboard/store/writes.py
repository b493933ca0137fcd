"""Writes: one command in one transaction, once for each form as it was drawn."""

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.store import accounts
from dashboard.store.alerts import send_soon
from dashboard.store.core import database
from db import clock
from db.choices import AuditAction
from db.commands import access_log, personal_data
from db.commands.alerts import MADE
from db.commands.characteristics import open_characteristics
from db.commands.drafts import forget_draft
from db.commands.forged import refuse_forged
from db.commands.four_eyes import note_attempt
from db.commands.identity import open_identity, reopen_identity
from db.commands.used_tokens import Drawn, use_token
from db.declared import Command, facts_of
from db.errors import AlreadySaved, CommandRefused, ProofNeeded
from db.queries import session as session_queries
from db.queries.session import Person
from db.vault import Characteristics, Identity

P = ParamSpec("P")
R = TypeVar("R")
SAVED = "saved_forms"
# The numbers of saves of this browser tab, and of those that it was told of when it tried to save again.
OWN_SAVES, TOLD_SAVES = "own_saves", "told_saves"
# Set when something was written after the person, with the revision of the record, was read.
STALE = "person_is_stale"
PROOF_LASTS = timedelta(minutes=10)
ADD_FACTOR = "Set up two-step sign-in first."


@dataclass(frozen=True)
class SavedDraft:
    """What was kept of the form that is now saved."""

    reference: str | None
    form: str
    kept_at: datetime


def write(
    person: Person,
    command: Callable[..., R],
    *,
    once: str,
    drawn: Drawn | None = None,
    draft: SavedDraft | None = None,
    redact: bool = False,
    keep_reason: str = "",
    **fields: Any,
) -> R:
    """Runs one declared command in one transaction, once: a second click on the same form saves nothing more.

    `once` names the form as it was drawn in this tab; `drawn` does so for the record, and for a tab or a server that
    knows nothing of the first save (AlreadySaved). `draft` is deleted with the save. The session is checked again
    inside the transaction, because a form may be sent long after the page was drawn. Free text that looks like personal
    data is refused (PersonalData) unless it is to be redacted or there is a reason to keep it.
    """
    facts = facts_of(command)
    saved: dict[str, Any] = st.session_state.setdefault(SAVED, {})
    # A second click runs in its own thread while the first is still saving: it waits, then finds the form saved.
    with _lock_of(st.session_state["sign_in_token"]):
        if once in saved:
            done: R = saved[once]
            return done
        moves = facts.patterns.moved_by(fields)
        with _keeping_refusals(person, command, fields) as tried, database().write(patterns=moves) as session:
            _check_sign_in(session, person, facts, fields)
            save = _use(session, person, drawn, command.__name__, fields) if drawn else None
            refuse_forged(command, fields)
            if redact:
                fields = personal_data.without_personal_data(session, actor_id=person.id, fields=fields)
            personal_data.check(session, actor_id=person.id, fields=fields, keep_reason=keep_reason)
            tried.append(True)
            result = command(session, actor_id=person.id, **fields)
            if draft:
                forget_draft(session, actor_id=person.id, **asdict(draft))
        # Only once it is saved, and beside the page: whatever becomes of an email, the flag stands.
        if session.info.get(MADE):
            send_soon()
        saved[once] = result
        if save is not None:
            _numbers(OWN_SAVES).add(save)
    st.session_state[STALE] = True
    return result


def answered_saves(*, own: bool) -> frozenset[int]:
    """The saves that this tab knows the outcome of, with those it made itself or without."""
    return frozenset(_numbers(TOLD_SAVES) | (_numbers(OWN_SAVES) if own else set()))


def _numbers(kind: str) -> set[int]:
    numbers: set[int] = st.session_state.setdefault(kind, set())
    return numbers


def _use(session: Session, person: Person, drawn: Drawn, command: str, fields: Mapping[str, object]) -> int:
    try:
        return use_token(session, actor_id=person.id, drawn=drawn, command=command, values=fields)
    except AlreadySaved as refusal:
        _numbers(TOLD_SAVES).add(refusal.save)
        st.session_state[STALE] = True
        raise


def _check_sign_in(session: Session, person: Person, facts: Command, fields: Mapping[str, object]) -> None:
    now = still_signed_in(session, person)
    if now.must_add_factor and not facts.before_second_factor:
        raise CommandRefused(ADD_FACTOR)
    if facts.password.is_wanted(actor_id=person.id, fields=fields):
        _still_proved(now)


@contextmanager
def _keeping_refusals(
    person: Person, command: Callable[..., object], fields: Mapping[str, object]
) -> Iterator[list[bool]]:
    """Records who was refused something that might lower a wall: the command's own audit rows are undone with it.

    Yields a list. Put something in it just before the command runs: by then it is certain who is asking.
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
    """Lets later reads in this run see what was written. Done only when one comes: mostly the page is redrawn."""
    if not st.session_state.pop(STALE, False):
        return
    fresh = accounts.person_of(st.session_state["sign_in_token"])
    if fresh is not None:
        st.session_state["person"] = fresh


def log_access(person: Person, action: AuditAction, *, reference: str | None = None, once: str = "") -> None:
    """Logs a view or search, once in a session for the same `once`."""
    seen: set[str] = st.session_state.setdefault("logged", set())
    mark = f"{action}:{reference}:{once}"
    if mark in seen:
        return
    with database().log() as session:
        access_log.log_access(session, actor_id=person.id, action=action, reference=reference)
    seen.add(mark)


def identity(person: Person, reference: str, reason: str) -> Identity:
    """Opens the doctor's identity, logs it, and keeps none of it. Refuses unless the password was just confirmed."""
    return opened(open_identity, person, actor_id=person.id, reference=reference, reason=reason)


def characteristics(person: Person, reference: str, reason: str) -> Characteristics:
    """What the doctor told of themselves, in the same way."""
    return opened(open_characteristics, person, actor_id=person.id, reference=reference, reason=reason)


def opened(opens: Callable[Concatenate[Session, P], R], person: Person, *args: P.args, **about: P.kwargs) -> R:
    """What is sealed, opened for somebody who has just confirmed their password."""
    with database().log() as session:
        now = still_signed_in(session, person)
        if now.must_add_factor:
            raise CommandRefused(ADD_FACTOR)
        _still_proved(now)
        return opens(session, *args, **about)


def identity_again(person: Person, reference: str, since: datetime) -> Identity:
    """The identity that this person opened since then, while they still have it in view. Logs nothing."""
    with database().read() as session:
        still_signed_in(session, person)
        return reopen_identity(session, actor_id=person.id, reference=reference, since=since)
