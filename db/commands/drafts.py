"""What is typed and not saved yet, kept for whoever typed it. A draft is no change of the record: no audit row, no
timeline line, no new revision. It is sealed as identity is, because people type names before they think better."""

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

# More than any form of ours has fields, and more than any of them takes.
MOST_FIELDS = 12
# Whatever the settings say, none is kept longer.
LONGEST_DAYS = 90


def keep_draft(session: Session, *, actor_id: int, reference: str, form: str, typed: dict[str, str]) -> None:
    """Keeps what this person has typed into this form about this case, instead of what was kept before; nothing typed
    forgets it. Refuses: not found (unknown, barred or not on the case). On a case that is over nothing is kept.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = {name: text[:MAX_TEXT] for name, text in list(typed.items())[:MOST_FIELDS] if text.strip()}
    if not words or not case.is_open:
        forget_draft(session, volunteer_id=viewer.id, case_id=case.id, form=form)
        return
    # Half a character, which a browser may send, is no text that can be stored.
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
    """Forgets one: it was saved, or its owner wants it gone."""
    session.execute(
        delete(Draft).where(Draft.volunteer_id == volunteer_id, Draft.case_id == case_id, Draft.form == form)
    )


def forget_drafts_of_case(session: Session, case_id: int) -> None:
    """For a case that ends: nothing half-said about it is left with anybody."""
    session.execute(delete(Draft).where(Draft.case_id == case_id))


def redact_drafts(session: Session, case_id: int, clean: Callable[[str], str]) -> None:
    """Takes words out of what is typed and not saved yet on a case, whoever typed it: it would bring them back."""
    vault = vault_of(session)
    for draft in session.scalars(select(Draft).where(Draft.case_id == case_id)):
        typed = {name: clean(text) for name, text in json.loads(vault.open_text(draft.sealed)).items()}
        draft.sealed = vault.seal_text(json.dumps(typed))


def tidy_drafts(session: Session, *, actor_id: int, days: int) -> None:
    """Forgets this person's drafts of cases they may not read any more, and everybody's that are older than that."""
    viewer = viewer_of(session, actor_id)
    readable = select(Case.id).where(Case.id == Draft.case_id, full_cases(viewer)).exists()
    session.execute(delete(Draft).where(Draft.volunteer_id == viewer.id, ~readable))
    session.execute(delete(Draft).where(Draft.saved_at < clock.now() - timedelta(days=min(days, LONGEST_DAYS))))


def tidy_all_drafts(session: Session, *, days: int = LONGEST_DAYS) -> None:
    """The same for everybody, and all of those whose account has ended."""
    for volunteer_id in session.scalars(select(Draft.volunteer_id).distinct()).all():
        try:
            tidy_drafts(session, actor_id=volunteer_id, days=days)
        except NotFound:
            session.execute(delete(Draft).where(Draft.volunteer_id == volunteer_id))
