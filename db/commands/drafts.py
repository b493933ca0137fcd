"""Drafts: what somebody has typed and chosen and not saved, kept for them alone. A draft does not change the record: no
audit row, no timeline entry, no new revision. It is encrypted like an identity, because people may type names and then
delete them, and a new case begins with one."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import full_cases, read_case, viewer_of
from db.commands.record import MAX_TEXT, vault_of
from db.errors import NotFound
from db.models import Case, Draft
from db.rules.kept_values import Kept

# More fields than any of our forms has.
MOST_FIELDS = 80
# The longest a draft is kept, whatever the settings say.
LONGEST_DAYS = 90


def keep_draft(
    session: Session, *, actor_id: int, reference: str | None, form: str, typed: Mapping[str, Kept]
) -> datetime | None:
    """Keeps what this person has typed and chosen in this form, on this case or on none, in place of an earlier draft.
    If there is nothing, deletes the draft. Returns when it was kept. Refuses: not found (unknown, barred or not on the
    case).
    """
    viewer = viewer_of(session, actor_id)
    case_id = None if reference is None else read_case(session, viewer, reference).id
    kept = {name: _cut(value) for name, value in list(typed.items())[:MOST_FIELDS]}
    mine = _where(viewer.id, case_id, form)
    if not kept:
        session.execute(delete(Draft).where(mine))
        return None
    # A browser may send half a character, which cannot be stored.
    sealed = vault_of(session).seal_text(json.dumps(kept).encode("utf-8", "replace").decode())
    draft = session.scalar(select(Draft).where(mine).with_for_update())
    if draft is None:
        draft = Draft(volunteer_id=viewer.id, case_id=case_id, form=form)
        session.add(draft)
    draft.sealed, draft.saved_at = sealed, clock.now()
    return draft.saved_at


def _cut(value: Kept) -> Kept:
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _where(volunteer_id: int, case_id: int | None, form: str) -> ColumnElement[bool]:
    on = Draft.case_id.is_(None) if case_id is None else Draft.case_id == case_id
    return and_(Draft.volunteer_id == volunteer_id, on, Draft.form == form)


def forget_draft(session: Session, *, actor_id: int, reference: str | None, form: str, kept_at: datetime) -> None:
    """Deletes a draft that is being saved, in the same transaction; not one that was kept later, which another tab has
    typed."""
    case_id = session.scalar(select(Case.id).where(Case.reference == reference)) if reference else None
    if reference and case_id is None:
        return
    session.execute(delete(Draft).where(_where(actor_id, case_id, form), Draft.saved_at <= kept_at))


def forget_drafts_of_case(session: Session, case_id: int) -> None:
    """Deletes everybody's drafts of a case that ends."""
    session.execute(delete(Draft).where(Draft.case_id == case_id))


def redact_drafts(session: Session, case_id: int, clean: Callable[[str], str]) -> None:
    """Redacts everybody's drafts on a case, which could otherwise bring the words back."""
    vault = vault_of(session)
    for draft in session.scalars(select(Draft).where(Draft.case_id == case_id)):
        kept: dict[str, Kept] = json.loads(vault.open_text(draft.sealed))
        typed = {name: clean(value) if isinstance(value, str) else value for name, value in kept.items()}
        draft.sealed = vault.seal_text(json.dumps(typed))


def tidy_drafts(session: Session, *, actor_id: int, days: int) -> None:
    """Deletes this person's drafts on cases they may no longer read, and everybody's older than `days`."""
    viewer = viewer_of(session, actor_id)
    readable = select(Case.id).where(Case.id == Draft.case_id, full_cases(viewer)).exists()
    mine = Draft.volunteer_id == viewer.id
    session.execute(delete(Draft).where(mine, Draft.case_id.is_not(None), ~readable))
    session.execute(delete(Draft).where(Draft.saved_at < clock.now() - timedelta(days=min(days, LONGEST_DAYS))))


def tidy_all_drafts(session: Session, *, days: int) -> int:
    """`tidy_drafts` for everybody. Deletes all drafts of people whose account has ended. Returns how many went."""
    before = session.scalar(select(func.count()).select_from(Draft)) or 0
    for volunteer_id in session.scalars(select(Draft.volunteer_id).distinct()).all():
        try:
            tidy_drafts(session, actor_id=volunteer_id, days=days)
        except NotFound:
            session.execute(delete(Draft).where(Draft.volunteer_id == volunteer_id))
    return before - (session.scalar(select(func.count()).select_from(Draft)) or 0)
