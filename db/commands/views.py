"""Saved views of the queue, a person's own or shared by a lead, and the columns they want to see."""

import unicodedata

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.access import Viewer, require_lead, viewer_of
from db.commands.record import audit, clean_text
from db.declared import Patterns, command
from db.errors import CommandRefused, NotAllowed, NotFound
from db.models import SavedView
from db.rules import queue_filters
from db.rules.limits import VIEW_NAME_LENGTH

MOST_OWN, MOST_SHARED = 20, 20


@command(says="saved a view", patterns=Patterns.NEVER, moves_access=False)
def save_view(session: Session, *, actor_id: int, name: str, shared: bool, filters: dict[str, object]) -> int:
    """Saves the filters under a name; returns the view's id. Search words are never kept.

    Refuses: an observer, a name that is missing, too long or taken, filters the queue does not offer, too many views,
    and sharing by anybody but a lead.
    """
    viewer = _caseworker(session, actor_id)
    if shared:
        require_lead(viewer)
    words = _name(session, name, viewer.id)
    kept = queue_filters.written(queue_filters.read(filters))
    mine = [SavedView.shared] if shared else [SavedView.owner_id == viewer.id, ~SavedView.shared]
    many = session.scalar(select(func.count()).select_from(SavedView).where(*mine)) or 0
    most = MOST_SHARED if shared else MOST_OWN
    if many >= most:
        told = f"There are already {most} shared views" if shared else f"You already have {most} views"
        raise CommandRefused(f"{told}. Delete one first.")
    view = SavedView(owner_id=viewer.id, name=words, folded=_folded(words), shared=shared, filters=kept)
    session.add(view)
    session.flush()
    audit(session, viewer, "save_view", view_id=view.id, shared=shared)
    return view.id


@command(says="renamed a saved view", patterns=Patterns.NEVER, moves_access=False)
def rename_view(session: Session, *, actor_id: int, view_id: int, name: str) -> None:
    """Refuses: somebody else's view (a lead may change shared ones), a name that is missing, too long or taken."""
    viewer = _caseworker(session, actor_id)
    view = _changeable(session, viewer, view_id)
    view.name = _name(session, name, view.owner_id, but=view.id)
    view.folded = _folded(view.name)
    audit(session, viewer, "rename_view", view_id=view.id)


@command(says="replaced a saved view", patterns=Patterns.NEVER, moves_access=False)
def replace_view(session: Session, *, actor_id: int, view_id: int, filters: dict[str, object]) -> None:
    """Replaces a view's filters. Refuses: somebody else's view, filters the queue does not offer."""
    viewer = _caseworker(session, actor_id)
    view = _changeable(session, viewer, view_id)
    view.filters = queue_filters.written(queue_filters.read(filters))
    audit(session, viewer, "replace_view", view_id=view.id)


@command(says="deleted a saved view", patterns=Patterns.NEVER, moves_access=False)
def delete_view(session: Session, *, actor_id: int, view_id: int) -> None:
    """Refuses: somebody else's view (a lead may delete shared ones)."""
    viewer = _caseworker(session, actor_id)
    view = _changeable(session, viewer, view_id)
    audit(session, viewer, "delete_view", view_id=view.id)
    session.delete(view)


def _caseworker(session: Session, actor_id: int) -> Viewer:
    viewer = viewer_of(session, actor_id)
    if not viewer.sees_cases:
        raise NotAllowed("The queue is for leads and volunteers.")
    return viewer


def _changeable(session: Session, viewer: Viewer, view_id: int) -> SavedView:
    view = session.get(SavedView, view_id)
    if view is None or not (view.owner_id == viewer.id or (view.shared and viewer.is_lead)):
        raise NotFound("That view has been deleted, or is not yours to change.")
    if view.shared:
        require_lead(viewer)
    return view


def _name(session: Session, name: str, owner_id: int, *, but: int = 0) -> str:
    words = " ".join(clean_text(name, field="name", label="Name", most=VIEW_NAME_LENGTH).split())
    taken = select(SavedView.id).where(
        SavedView.owner_id == owner_id, SavedView.folded == _folded(words), SavedView.id != but
    )
    if session.scalar(taken) is not None:
        raise CommandRefused(
            f"There is already a view called “{words}”. Replace that one, or choose another name.", field="name"
        )
    return words


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()[:120]
