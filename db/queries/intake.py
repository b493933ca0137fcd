"""What intake asks before it saves: is this matter here already?"""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.commands.record import vault_of
from db.models import Case, CaseProcess, Doctor


def likely_duplicates(
    session: Session, viewer: Viewer, contact: str, organisation_id: int | None, processes: tuple[str, ...]
) -> list[str]:
    """References of visible cases of the same doctor (by keyed hash of the contact), or open ones at the same
    body under the same process. At most ten; a barred case is never among them.
    """
    same = []
    if contact.strip():
        same.append(Doctor.identity_hash == vault_of(session).keyed_hash(contact))
    if organisation_id is not None and processes:
        facing = select(CaseProcess.case_id).where(
            CaseProcess.process.in_(processes), CaseProcess.organisation_id == organisation_id
        )
        same.append(and_(Case.is_open, Case.id.in_(facing)))
    if not same:
        return []
    query = (
        select(Case.reference)
        .join(Doctor, Doctor.id == Case.doctor_id)
        .where(visible_cases(viewer), or_(*same))
        .order_by(Case.opened_on.desc(), Case.id)
        .limit(10)
    )
    return list(session.scalars(query))
