"""Checking for likely duplicates before a case is recorded."""

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
    """References of cases with the same contact, or open with the same organisation and process, at most MOST. Only
    cases this person may read in full: otherwise anybody could type a contact to find out who has come to us, or choose
    an organisation to find out which card is from there.
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
