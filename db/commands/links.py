"""Cases that belong together: several doctors in one event, a pattern at one organisation, a comparator, another matter
of the same doctor.

A link shows nothing of a case to somebody who may not read it, not even that there is one: no line in a timeline, no
change of a version, and an audit row that only readers of both cases are shown.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.commands.record import audit
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Case, CaseLink, CodedTerm

LISTED = "link"


@command(says="linked the case with {others}", patterns=Patterns.NEVER, moves_access=False, names_others=True)
def link_cases(session: Session, *, actor_id: int, reference: str, other_reference: str, kind: str) -> None:
    """Links two cases. Refuses: either not found, one and the same, an unknown kind, linked so already."""
    viewer, case, other = _both(session, actor_id, reference, other_reference)
    if session.get(CodedTerm, (LISTED, kind)) is None:
        raise CommandRefused("How they belong together: choose from the list.", field="kind")
    if _live(session, case, other, kind) is not None:
        raise CommandRefused("These two cases are linked so already.", field="other_reference")
    one_id, other_id = sorted((case.id, other.id))
    session.add(CaseLink(one_id=one_id, other_id=other_id, kind=kind, by_id=viewer.id, at=clock.now()))
    session.flush()
    _note(session, viewer, "link_cases", case, other)


@command(says="ended the link with {others}", patterns=Patterns.NEVER, moves_access=False, names_others=True)
def unlink_cases(session: Session, *, actor_id: int, reference: str, other_reference: str, kind: str) -> None:
    """Ends a link. Refuses: either not found, no such link."""
    viewer, case, other = _both(session, actor_id, reference, other_reference)
    link = _live(session, case, other, kind)
    if link is None:
        raise CommandRefused("That link has been ended already.")
    link.ended_by_id, link.ended_at = viewer.id, clock.now()
    _note(session, viewer, "unlink_cases", case, other)


def _both(session: Session, actor_id: int, reference: str, other_reference: str) -> tuple[Viewer, Case, Case]:
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    typed = other_reference.strip().upper()
    other = read_case(session, viewer, typed if typed.startswith("LNB-") else f"LNB-{typed}")
    if case.id == other.id:
        raise CommandRefused("The other case: this is the case you are on.", field="other_reference")
    return viewer, case, other


def _live(session: Session, case: Case, other: Case, kind: str) -> CaseLink | None:
    one_id, other_id = sorted((case.id, other.id))
    same = (CaseLink.one_id == one_id) & (CaseLink.other_id == other_id) & (CaseLink.kind == kind)
    return session.scalars(select(CaseLink).where(same, CaseLink.ended_at.is_(None))).one_or_none()


def _note(session: Session, viewer: Viewer, action: str, case: Case, other: Case) -> None:
    for one, another in ((case, other), (other, case)):
        audit(session, viewer, action, case=one, other_ids=[another.id])
