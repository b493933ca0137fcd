"""Views of the queue that people have kept."""

from typing import Any

from sqlalchemy.orm import Session

from db.choices import Role
from db.demo.people import SIGN_INS
from db.models import SavedView

SHARED: dict[str, dict[str, Any]] = {
    "Crisis and hearings": {"flags": ["CRISIS", "HEARING"]},
    "Nobody yet, over 30 days": {"lead": 0, "older_than_days": 30},
}
OWN: dict[str, dict[str, Any]] = {"New in London": {"stages": ["new", "triage"], "regions": ["london"]}}


def add_views(session: Session) -> None:
    """Two that the lead shares, and one of the volunteer's own."""
    for role, views in ((Role.LEAD, SHARED), (Role.VOLUNTEER, OWN)):
        owner = next(number for number, (_, _, held, *_) in enumerate(SIGN_INS, start=1) if held is role)
        for name, filters in views.items():
            session.add(
                SavedView(owner_id=owner, name=name, folded=name.casefold(), shared=role is Role.LEAD, filters=filters)
            )
