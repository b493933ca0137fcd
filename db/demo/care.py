"""What was agreed with doctors at risk: a safety plan, a decision to break confidence that two people made and one that
waits for the second, and a check-in after something hard."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.action_access import takers
from db.choices import Role, Stage, YesNo
from db.commands.care import keep_safety_plan
from db.commands.disclosures import answer_disclosure, decide_disclosure
from db.commands.flags import raise_flag
from db.demo.learnings import both_leads
from db.demo.work import first_of
from db.models import Case, Disclosure, Flag
from db.rules.safety import CRISIS

# Whom they will call, what helps, who is with them.
PLANS = (
    ("Their sister, then the helpline", "A walk before supper", "Family until Sunday"),
    ("A friend from training", "To know who reads the papers", "Nobody on weekdays"),
)
IN_THE_NEWS = "A local paper rang the hospital and asked about the inquiry."


def add_care(session: Session) -> None:
    """Needs the cards and the accounts of both leads."""
    for number, (case, lead) in enumerate(_at_risk(session)[: len(PLANS)]):
        day, (whom, helps, company) = clock.today() - timedelta(days=number), PLANS[number]
        said = {"whom": whom, "helps": helps, "company": company}
        keep_safety_plan(session, actor_id=lead, reference=case.reference, **said, agreed_on=day)
        decision = _decide(session, case, lead)
        if decision is not None and number == 0:
            about = {"reference": case.reference}
            answer_disclosure(session, actor_id=decision.second_id, **about, disclosure_id=decision.id, agree=True)
    _ask_for_check_in(session)
    session.flush()


def _decide(session: Session, case: Case, lead: int) -> Disclosure | None:
    """None if neither of the two leads may be asked."""
    may = set(session.scalars(takers(case.id))) - {lead}
    second = next((id for id in both_leads() if id in may), None)
    if second is None:
        return None
    decide_disclosure(
        session,
        actor_id=lead,
        reference=case.reference,
        disclosed="That the doctor may not be safe tonight",
        to_whom="The crisis team that they know",
        why="They could not promise to be safe until the morning.",
        doctor_told=YesNo.YES,
        told_how="On the telephone, before we called",
        second_id=second,
    )
    session.flush()
    return session.scalars(select(Disclosure).where(Disclosure.case_id == case.id)).one()


def _at_risk(session: Session) -> list[tuple[Case, int]]:
    raised = select(Flag.case_id).where(Flag.code == CRISIS, Flag.cleared_at.is_(None))
    led = select(Case).where(Case.id.in_(raised), Case.lead_id.is_not(None)).order_by(Case.id)
    return [(case, case.lead_id) for case in session.scalars(led) if case.lead_id is not None]


def _ask_for_check_in(session: Session) -> None:
    """A flag that is hard on the doctor, on a case that none of the three sign-ins leads."""
    flagged = select(Flag.case_id).where(Flag.cleared_at.is_(None))
    others = (Case.lead_id.is_not(None), Case.lead_id.not_in([*both_leads(), first_of(Role.VOLUNTEER)]))
    quiet = select(Case).where(Case.stage == Stage.ACTIVE, Case.id.not_in(flagged), *others).order_by(Case.id)
    case = session.scalars(quiet).first()
    if case is not None and case.lead_id is not None:
        day = clock.today() + timedelta(days=14)
        told = {"reference": case.reference, "code": "MEDIA", "why": IN_THE_NEWS}
        raise_flag(session, actor_id=case.lead_id, **told, review_on=day)
