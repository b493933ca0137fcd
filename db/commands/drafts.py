"""Drafts: what somebody has typed and not saved, kept for them alone. A draft does not change the record: no audit row,
no timeline entry, no new revision. It is encrypted like an identity, because people may type names and then delete
them."""

import json
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import clock
from db.access import full_cases, read_case, viewer_of
from db.commands.record import MAX_TEXT, vault_of
from db.errors import NotFound
from db.models import Case, Draft

# More fields than any of our forms has.
MOST_FIELDS = 12
# The longest a draft is kept, whatever the settings say.
LONGEST_DAYS = 90


def keep_draft(session: Session, *, actor_id: int, reference: str, form: str, typed: dict[str, str]) -> None:
    """Keeps what this person has typed into this form on this case, in place of an earlier draft. If nothing is typed,
    or the case is not open, deletes the draft. Refuses: not found (unknown, barred or not on the case).
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = {name: text[:MAX_TEXT] for name, text in list(typed.items())[:MOST_FIELDS] if text.strip()}
    if not words or not case.is_open:
        forget_draft(session, volunteer_id=viewer.id, case_id=case.id, form=form)
        return
    # A browser may send half a character, which cannot be stored.
    sealed = vault_of(session).seal_text(json.dumps(words).encode("utf-8", "replace").decode())
    kept = session.scalar(
        select(Draft)
        .where(Draft.volunteer_id == viewer.id, Draft.case_id == case.id, Draft.form == form)
        .with_for_update()
    )
    if kept is None:
        kept = Draft(volunteer_id=viewer.id, case_id=case.id, form=form)
        session.add(kept)
    kept.sealed, kept.saved_at = sealed, clock.now()


def forget_draft(session: Session, *, volunteer_id: int, case_id: int, form: str) -> None:
    """Deletes a draft: it was saved, or its owner does not want it."""
    session.execute(
        delete(Draft).where(Draft.volunteer_id == volunteer_id, Draft.case_id == case_id, Draft.form == form)
    )


def forget_drafts_of_case(session: Session, case_id: int) -> None:
    """Deletes everybody's drafts of a case that ends."""
    session.execute(delete(Draft).where(Draft.case_id == case_id))


def redact_drafts(session: Session, case_id: int, clean: Callable[[str], str]) -> None:
    """Redacts everybody's drafts on a case, which could otherwise bring the words back."""
    vault = vault_of(session)
    for draft in session.scalars(select(Draft).where(Draft.case_id == case_id)):
        typed = {name: clean(text) for name, text in json.loads(vault.open_text(draft.sealed)).items()}
        draft.sealed = vault.seal_text(json.dumps(typed))


def tidy_drafts(session: Session, *, actor_id: int, days: int) -> None:
    """Deletes this person's drafts on cases they may no longer read, and everybody's older than `days`."""
    viewer = viewer_of(session, actor_id)
    readable = select(Case.id).where(Case.id == Draft.case_id, full_cases(viewer)).exists()
    session.execute(delete(Draft).where(Draft.volunteer_id == viewer.id, ~readable))
    session.execute(delete(Draft).where(Draft.saved_at < clock.now() - timedelta(days=min(days, LONGEST_DAYS))))


def tidy_all_drafts(session: Session, *, days: int = LONGEST_DAYS) -> None:
    """`tidy_drafts` for everybody. Deletes all drafts of people whose account has ended."""
    for volunteer_id in session.scalars(select(Draft.volunteer_id).distinct()).all():
        try:
            tidy_drafts(session, actor_id=volunteer_id, days=days)
        except NotFound:
            session.execute(delete(Draft).where(Draft.volunteer_id == volunteer_id))
