"""Which kinds of check-in are made, and which a lead has turned off."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.models import CheckInOff, CodedTerm, Volunteer


@dataclass(frozen=True)
class CheckInKind:
    """`off` says who turned it off and when; None while it is on."""

    code: str
    label: str
    off: tuple[str, datetime] | None


def check_in_kinds(session: Session, viewer: Viewer) -> list[CheckInKind]:
    """For leads: every kind, in the order of the list."""
    if not viewer.is_lead:
        return []
    rows = session.execute(
        select(CodedTerm.code, CodedTerm.label, Volunteer.name, CheckInOff.at)
        .outerjoin(CheckInOff, CheckInOff.kind == CodedTerm.code)
        .outerjoin(Volunteer, Volunteer.id == CheckInOff.by_id)
        .where(CodedTerm.list == "check_in")
        .order_by(CodedTerm.position)
    )
    return [CheckInKind(row.code, row.label, (row.name, row.at) if row.at else None) for row in rows]
