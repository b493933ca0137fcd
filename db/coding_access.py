"""Who codes a case without sight of its findings, and who may be asked to. Commands check this; reads hide by it."""

from sqlalchemy import Select, bindparam, exists, literal, or_, select
from sqlalchemy.orm import Session

from db.access import Viewer, kept
from db.action_access import takers
from db.models import Case, Coding, Finding, Volunteer
from db.rules.codings import CodingStatus


@kept
def blind_cases(viewer: Viewer) -> Select[int]:
    """Ids of the cases that this person is asked to code: until they have answered they see no finding of them."""
    # Written into the statement: SQLite takes the index of the few that wait for no parameter.
    waits = Coding.status == literal(CodingStatus.ASKED, Coding.status.type, literal_execute=True)
    return select(Coding.case_id).where(Coding.coder_id == viewer.id, waits)


def is_blind(session: Session, viewer: Viewer, case: Case) -> bool:
    return session.scalar(_one_blind(viewer), {"case_id": case.id}) is not None


@kept
def _one_blind(viewer: Viewer) -> Select[int]:
    return blind_cases(viewer).where(Coding.case_id == bindparam("case_id"))


def coders(case_id: int) -> Select[int]:
    """Ids of the people who may be asked to code a case: they may read it in full, have coded none of its findings, and
    have not coded it a second time before."""
    coded_it = exists().where(
        Finding.case_id == case_id,
        or_(Finding.coded_by_id == Volunteer.id, Finding.second_coder_id == Volunteer.id),
    )
    handed_in = exists().where(
        Coding.case_id == case_id, Coding.coder_id == Volunteer.id, Coding.status == CodingStatus.HANDED_IN
    )
    return takers(case_id).where(~coded_it, ~handed_in)


def may_ask(viewer: Viewer, case: Case) -> bool:
    """Leads, and the lead of the case."""
    return viewer.is_lead or case.lead_id == viewer.id
