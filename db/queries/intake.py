"""What intake asks before it saves: is this matter here already?"""

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases
from db.models import Case, CaseIdentity, CaseProcess
from db.rules.contacts import contact_keys
from db.vault import vault_of

MOST = 10


def likely_duplicates(
    session: Session, viewer: Viewer, contact: str, organisation_id: int | None, processes: tuple[str, ...]
) -> list[str]:
    """References of cases that this person may read in full: told with the same contact, or open at the same body under
    the same process. At most ten. Of every other case nothing is said: what was typed would be answered by who came
    to us, and a body that was chosen by whose case a card is.
    """
    same: list[ColumnElement[bool]] = []
    hashes = [vault_of(session).contact_hash(key) for key in contact_keys(contact)]
    if hashes:
        same.append(Case.id.in_(select(CaseIdentity.case_id).where(CaseIdentity.contact_hash.in_(hashes))))
    if organisation_id is not None and processes:
        facing = select(CaseProcess.case_id).where(
            CaseProcess.process.in_(processes), CaseProcess.organisation_id == organisation_id
        )
        same.append(and_(Case.is_open, Case.id.in_(facing)))
    if not same:
        return []
    query = select(Case.reference).where(full_cases(viewer), or_(*same))
    return list(session.scalars(query.order_by(Case.opened_on.desc(), Case.id).limit(MOST)))
