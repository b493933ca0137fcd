"""What a stage move requires of a case: the move checks it, and its form says what is missing."""

import functools

from sqlalchemy import ScalarSelect, Select, SQLColumnExpression, bindparam, func, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.choices import ConsentPurpose, DeadlineKind, Whose
from db.models import Action, Case, Consent, Deadline, Finding, Flag
from db.rules.safety import CRISIS
from db.rules.stages import CaseFacts

Counted = type[Consent] | type[Finding] | type[Flag] | type[Action] | type[Deadline]


def facts_of(session: Session, case: Case) -> CaseFacts:
    counted = session.execute(_counts(), {"case_id": case.id, "today": clock.today()}).one()
    return CaseFacts(
        stage=case.stage,
        has_lead=case.lead_id is not None,
        findings=counted.findings,
        flags=counted.flags,
        learning_consent=counted.consents > 0,
        open_actions=counted.actions,
        has_crisis=counted.crises > 0,
        live_limits=counted.limits,
    )


@functools.cache
def _counts() -> Select[int, int, int, int, int, int]:
    def count(model: Counted, *conditions: SQLColumnExpression[bool]) -> ScalarSelect[int]:
        return select(func.count()).where(model.case_id == bindparam("case_id"), *conditions).scalar_subquery()

    consents = count(
        Consent,
        Consent.purpose == ConsentPurpose.LEARNING,
        Consent.given,
        Consent.withdrawn_at.is_(None),
        (Consent.expires_on.is_(None)) | (Consent.expires_on >= bindparam("today")),
    )
    return select(
        count(Finding).label("findings"),
        count(Flag, Flag.cleared_at.is_(None)).label("flags"),
        consents.label("consents"),
        count(Action, Action.done_at.is_(None)).label("actions"),
        count(Flag, Flag.cleared_at.is_(None), Flag.code == CRISIS).label("crises"),
        count(
            Deadline,
            Deadline.whose == Whose.OURS,
            or_(Deadline.kind == DeadlineKind.STATUTORY, Deadline.must_not_miss),
            Deadline.met_on.is_(None),
            Deadline.lapsed_on.is_(None),
        ).label("limits"),
    )
