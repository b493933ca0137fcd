"""A withdrawal marks every sentence that rests on it, in the same transaction: those to come and those published. A
consent that ran out does the same, the night after."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import ConsentPurpose
from db.commands.record import audit
from db.declared import change
from db.models import Case, Claim, ClaimBasis, ClaimFlag, Consent, Finding, Output
from db.output_rows import use_for
from db.rules.outputs import OutputStatus

change(
    "flag_claims",
    says="a consent that something written for others rests on was taken back, or ran out: it is marked",
    moves_access=False,
)


def flag_claims(
    session: Session,
    viewer: Viewer | None,
    case: Case,
    purpose: ConsentPurpose,
    *,
    learning_id: int | None = None,
    ran_out_on: date | None = None,
) -> int:
    """Marks the claims that rest on this purpose of this case: on its lessons, or on one of them; where counting is no
    longer agreed to, on its findings too. Those already marked since the consent ran out are not marked again. Returns
    how many were."""
    session.flush()
    lesson = ClaimBasis.case_id == case.id
    if learning_id is not None:
        lesson = ClaimBasis.learning_id == learning_id
    coded = ClaimBasis.finding.in_(select(Finding.code).where(Finding.case_id == case.id))
    rests = or_(lesson, coded) if purpose is ConsentPurpose.COUNTS else lesson
    known: ColumnElement[bool] = ClaimFlag.settled_at.is_(None)
    if ran_out_on is not None:
        known = or_(known, ClaimFlag.at >= _end_of(ran_out_on))
    is_marked = exists().where(
        ClaimFlag.claim_id == Claim.id, ClaimFlag.case_id == case.id, ClaimFlag.purpose == purpose, known
    )
    found = session.execute(
        select(Claim.id, Output.kind, ClaimBasis.finding)
        .join(Output, Output.id == Claim.output_id)
        .join(ClaimBasis, and_(ClaimBasis.claim_id == Claim.id, rests))
        .where(Output.status != OutputStatus.DROPPED, Claim.removed_at.is_(None), ~is_marked)
        .order_by(Claim.id)
    ).all()
    uses = {kind: use_for(session, kind).purpose for kind in {row.kind for row in found}}
    # A lesson needs the doctor's yes to learning, whatever it is used for.
    marked = {
        row.id for row in found if row.finding is not None or purpose in (ConsentPurpose.LEARNING, uses[row.kind])
    }
    moment = clock.now()
    session.add_all(ClaimFlag(claim_id=id, case_id=case.id, purpose=purpose, at=moment) for id in sorted(marked))
    if marked:
        audit(session, viewer, "flag_claims", case=case, purpose=purpose)
    return len(marked)


def flag_what_ran_out(session: Session) -> int:
    """Marks the claims behind which a consent ran out. Returns how many; runs every night."""
    ended = select(Consent, Case).join(Case, Case.id == Consent.case_id).order_by(Consent.id)
    stood = (Consent.given, Consent.withdrawn_at.is_(None), Consent.expires_on < clock.today())
    # To contact a body is nothing that anything written rests on.
    asked = Consent.purpose != ConsentPurpose.CONTACT
    return sum(
        flag_claims(session, None, case, row.purpose, ran_out_on=row.expires_on)
        for row, case in session.execute(ended.where(*stood, asked)).all()
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=clock.LONDON)
