"""Drafts: kept and read without raising the revision, so that typing makes nobody's page read again."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from sqlalchemy.exc import IntegrityError

from dashboard.settings import settings
from dashboard.store import outage
from dashboard.store.core import database
from dashboard.store.writes import still_signed_in
from db.access import Viewer
from db.commands import drafts, used_tokens
from db.engine import Database
from db.errors import CommandRefused
from db.outage import OUTAGE
from db.queries.drafts import KeptDraft, drafts_of
from db.queries.session import Person, person_of
from db.rules.kept_values import Kept

TIDIED = "drafts_tidied"


@dataclass(frozen=True)
class DraftKept:
    """`done`: not once the session has ended, nor for a case that this person may no longer read, whose drafts are then
    deleted. `at`: when, None if there was nothing to keep."""

    done: bool
    at: datetime | None = None


def kept_drafts(person: Person) -> dict[tuple[str, str], KeptDraft]:
    """What this person typed before and did not save, by the case's reference and the form. The first read of a session
    also deletes drafts that have expired."""
    limits = settings().limits
    if not st.session_state.get(TIDIED):
        with database().log() as session:
            drafts.tidy_drafts(session, actor_id=person.id, days=limits.draft_days)
            used_tokens.tidy_tokens(session)
        st.session_state[TIDIED] = True
    with database().read() as session:
        return drafts_of(session, Viewer(id=person.id, role=person.role), limits)


def keep_draft(person: Person, reference: str, form: str, typed: Mapping[str, Kept]) -> DraftKept:
    """Keeps what is in a form, in place of what was kept of it before; nothing deletes it."""
    try:
        return _keep(person, reference, form, typed)
    except IntegrityError:
        # Another of their tabs saved its first words at the same moment: these come after them.
        return _keep(person, reference, form, typed)


def _keep(person: Person, reference: str, form: str, typed: Mapping[str, Kept]) -> DraftKept:
    with database().log() as session:
        try:
            still_signed_in(session, person)
            at = drafts.keep_draft(session, actor_id=person.id, reference=reference or None, form=form, typed=typed)
        except CommandRefused:
            drafts.tidy_all_drafts(session, days=settings().limits.draft_days)
            return DraftKept(False)
    return DraftKept(True, at)


def _keep_what_was_held() -> None:
    """At the end of an outage, of whichever page or check sees it: what people typed meanwhile is kept as it would have
    been, for those who may still keep it."""
    for (person_id, (reference, form)), was in outage.held().items():
        token, typed = was
        # Not as a page does, which would wait.
        with suppress(CommandRefused), Database.log(database()) as session:
            person = person_of(session, token)
            if person is not None and person.id == person_id:
                drafts.keep_draft(session, actor_id=person_id, reference=reference or None, form=form, typed=typed)
        outage.let_go(person_id, (reference, form), was)


OUTAGE.at_the_end = _keep_what_was_held
