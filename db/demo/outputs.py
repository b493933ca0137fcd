"""Some outputs: one planned, one to be signed, one released with its result, one that a withdrawal has marked."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.choices import ConsentPurpose, Role
from db.commands.claims import add_claim
from db.commands.consents import record_consent
from db.commands.outputs import note_output_result, plan_output, ready_output, release_output
from db.demo.learnings import both_leads
from db.demo.work import first_of
from db.models import Case, Learning, Output
from db.output_rows import latest_numbers

COUNTED = ("S01", "S03")
SENT = timedelta(days=30)


def add_outputs(session: Session) -> None:
    """Needs the lessons, and the signed releases."""
    lead, second = both_leads()
    volunteer = first_of(Role.VOLUNTEER)
    delay, conditions = _lessons(session, "delay"), _lessons(session, "conditions")
    if len(delay) < 4 or len(conditions) < 3:
        return
    counted = [code for code in COUNTED if latest_numbers(session).of(code)][:1]
    evidence = _plan(session, lead, "evidence", "Evidence on delay", "An inquiry into timeliness", -31)
    _say(session, lead, evidence, "Nobody owned the timetable, and each step was late by a little.", delay[:3], [])
    if counted:
        _say(session, lead, evidence, "Conditions on the day stood behind many of these cases.", [], counted)
    _release(session, lead, second, evidence)
    training = _plan(session, volunteer, "training_session", "The first week of an investigation", "New volunteers", 6)
    _say(session, volunteer, training, "Ask for the terms in writing before the first meeting.", [], [])
    marked = _plan(session, lead, "consultation_response", "Reply on rota safety", "The department", 12)
    _say(session, lead, marked, "Where a rota was short, reports seldom said so.", conditions[:3], [])
    _take_back(session, lead, conditions[0])
    ready = _plan(session, volunteer, "briefing", "Limits that pass in silence", "A parliamentary committee", 3)
    words = "A limit that passes without a word leaves the doctor waiting, and nobody to ask."
    _say(session, volunteer, ready, words, delay[1:4], [])
    ready_output(session, actor_id=volunteer, output_id=ready, seen_version=_version(session, ready))
    session.flush()


def _release(session: Session, lead: int, second: int, output: int) -> None:
    ready_output(session, actor_id=lead, output_id=output, seen_version=_version(session, output))
    seen, on = _version(session, output), clock.today() - SENT
    release_output(session, actor_id=second, output_id=output, seen_version=seen, sent_on=on)
    seen = _version(session, output)
    reply = "The inquiry will ask each body for its own timetable."
    note_output_result(session, actor_id=lead, output_id=output, seen_version=seen, reply=reply, result="partly")


def _plan(session: Session, owner: int, kind: str, title: str, whom: str, days: int) -> int:
    lead, due = first_of(Role.LEAD), clock.today() + timedelta(days=days)
    return plan_output(session, actor_id=lead, kind=kind, title=title, to_whom=whom, owner_id=owner, due_on=due)


def _say(
    session: Session, who: int, output: int, words: str, learning_ids: Sequence[int], findings: Sequence[str]
) -> None:
    add_claim(session, actor_id=who, output_id=output, text=words, learning_ids=learning_ids, findings=findings)


def _take_back(session: Session, lead: int, learning_id: int) -> None:
    of_it = select(Case.reference).join(Learning, Learning.case_id == Case.id).where(Learning.id == learning_id)
    reference = session.scalars(of_it).one()
    record_consent(session, actor_id=lead, reference=reference, purpose=ConsentPurpose.LEARNING, given=False)


def _lessons(session: Session, theme: str) -> list[int]:
    agreed = (Learning.theme == theme, Learning.agreed_at.is_not(None))
    return list(session.scalars(select(Learning.id).where(*agreed).order_by(Learning.id)))


def _version(session: Session, output_id: int) -> int:
    session.flush()
    return session.get_one(Output, output_id).version
