"""What somebody said as they answered an offer or stepped back: for leads, and for whoever made the offer."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from db.access import Viewer
from db.models import ActionOffer, Assignment, Recusal

# How the changes that answer an offer name it.
OFFERS: Mapping[str, type[Assignment] | type[ActionOffer]] = {
    "assignment_id": Assignment,
    "action_offer_id": ActionOffer,
}
STEPPED_BACK = "recuse"


class Change(Protocol):
    """A change to a case that the viewer is told of; of its details, only ids are read."""

    @property
    def id(self) -> int: ...
    @property
    def action(self) -> str: ...
    @property
    def case_id(self) -> int: ...
    @property
    def details(self) -> Mapping[str, int]: ...


def said_with(session: Session, viewer: Viewer, changes: Sequence[Change]) -> dict[int, str]:
    """{change: what was said with it}, of changes that the viewer is told of, as far as it was meant for them."""
    found: dict[int, str] = {}
    for name, model in OFFERS.items():
        offers = {row.id: row.details[name] for row in changes if name in row.details}
        if offers:
            theirs = true() if viewer.is_lead else model.offered_by_id == viewer.id
            asked = select(model.id, model.answer).where(model.id.in_(set(offers.values())), theirs)
            answers: dict[int, str | None] = dict(session.execute(asked).all())
            found |= {id: words for id, offer in offers.items() if (words := answers.get(offer))}
    return found | _said_stepping_back(session, viewer, changes)


def _said_stepping_back(session: Session, viewer: Viewer, changes: Sequence[Change]) -> dict[int, str]:
    left = {row.id: (row.case_id, row.details["volunteer_id"]) for row in changes if row.action == STEPPED_BACK}
    if not left or not viewer.is_lead:
        return {}
    cases = {case_id for case_id, _ in left.values()}
    rows = session.execute(
        select(Recusal.case_id, Recusal.volunteer_id, Recusal.reason).where(
            Recusal.case_id.in_(cases), Recusal.is_kept.is_(False)
        )
    )
    reasons = {(case_id, person): reason for case_id, person, reason in rows}
    return {id: words for id, of in left.items() if (words := reasons.get(of))}
