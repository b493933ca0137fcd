"""A few corrections on the volunteer's own cases: a summary, a fact, a way to reach the doctor, a finding."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.case_said import facts_said, finding_said
from db.choices import Evidence, Role
from db.commands.corrections import correct_facts, correct_summary
from db.commands.finding_corrections import correct_finding
from db.commands.identity_corrections import correct_identity
from db.demo.work import first_of
from db.models import Case, Finding
from db.vault import Identity

GRADES = ("specialty_doctor", "locally_employed")


def add_corrections(session: Session) -> None:
    """Adds them. Needs all cards."""
    volunteer = first_of(Role.VOLUNTEER)
    own = select(Case).where(Case.is_open, Case.lead_id == volunteer).order_by(Case.id)
    cases = session.scalars(own).all()
    if not cases:
        return
    _of_words(session, volunteer, cases)
    coded = select(Finding).where(Finding.case_id.in_([case.id for case in cases])).order_by(Finding.id)
    if (finding := session.scalars(coded.limit(1)).first()) is not None:
        _of_finding(session, volunteer, finding)


def _of_words(session: Session, volunteer: int, cases: Sequence[Case]) -> None:
    first, last = cases[0], cases[-1]
    correct_summary(
        session,
        actor_id=volunteer,
        reference=first.reference,
        seen=first.summary,
        summary=f"{first.summary} The doctor is still at work.",
        reason="The doctor is at work: we had understood otherwise",
    )
    facts = facts_said(session, last)
    grade = next(code for code in GRADES if code != facts.grade)
    correct_facts(
        session,
        actor_id=volunteer,
        reference=last.reference,
        seen=facts,
        facts=replace(facts, grade=grade),
        reason="The doctor’s contract says so",
    )
    correct_identity(
        session,
        actor_id=volunteer,
        reference=first.reference,
        seen_edition=0,
        fields=["safe_times"],
        identity=Identity("", "", "", safe_times="After six, and at weekends"),
        reason="New shifts",
    )


def _of_finding(session: Session, volunteer: int, finding: Finding) -> None:
    seen = finding_said(finding)
    others = [kind for kind in (Evidence.DOCUMENTED, Evidence.CONCEDED) if kind is not seen.evidence]
    correct_finding(
        session,
        actor_id=volunteer,
        reference=session.get_one(Case, finding.case_id).reference,
        finding_id=finding.id,
        seen=seen,
        code=seen.code,
        evidence=others[0],
        case_process_id=seen.case_process_id,
        quarter=seen.quarter,
        note=seen.note,
        doctor_view=seen.doctor_view,
        reason="The employer’s letter has come",
    )
