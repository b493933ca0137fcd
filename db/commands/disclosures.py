"""Breaking confidence: decided by two people, with what is told, to whom, why, and whether the doctor was told."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.action_access import takers
from db.card import refresh_card
from db.choices import EntryKind, YesNo
from db.commands.actions import end_action
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, Tells, command
from db.errors import CommandRefused
from db.models import Action, Case, Disclosure, Volunteer
from db.rules.actions import DECIDE, ActionEnd

MOST = 2_000
SAYS_BOTH = "You wrote why not. Say that you don’t agree, or empty this field to agree."


def _answered(details: Mapping[str, object]) -> str:
    return f"{'agreed' if details.get('agreed') else 'did not agree'} to break confidence, as {{about}} had asked"


@command(
    says="asked {about} to decide about breaking confidence",
    patterns=Patterns.NEVER,
    tells=Tells.NAMED,
    moves_access=False,
)
def decide_disclosure(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    disclosed: str,
    to_whom: str,
    why: str,
    doctor_told: YesNo,
    told_how: str,
    second_id: int,
) -> None:
    """Records one person's decision to tell somebody outside what was said in confidence, and asks a second for theirs:
    somebody else who may read the case in full, who gets an action for today.

    Refuses: not found, an empty or too long text, no word on the doctor, a second person who may not.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = {
        "what": clean_text(disclosed, field="disclosed", label="What is told", most=MOST),
        "to_whom": clean_text(to_whom, field="to_whom", label="To whom", most=MOST),
        "why": clean_text(why, field="why", label="Why", most=MOST),
        "told_how": clean_text(told_how, field="told_how", label="How, or why not", most=MOST),
    }
    if second_id == viewer.id or session.scalar(takers(case.id).where(Volunteer.id == second_id)) is None:
        raise CommandRefused("Second person: choose from the list.", field="second_id")
    moment = clock.now()
    told = {"doctor_told": doctor_told, "by_id": viewer.id, "at": moment, "second_id": second_id}
    session.add(Disclosure(case_id=case.id, **words, **told))
    if case.is_open:
        session.add(Action(case_id=case.id, text=DECIDE, owner_id=second_id, due_on=clock.today(), created_at=moment))
    add_line(session, viewer, case, EntryKind.SYSTEM, "Breaking confidence: one person has decided, a second is asked.")
    touch(case, viewer)
    audit(session, viewer, "decide_disclosure", case=case, volunteer_id=second_id)
    refresh_card(session, case.id)


@command(says=_answered, patterns=Patterns.NEVER, tells=Tells.NAMED, moves_access=False)
def answer_disclosure(
    session: Session, *, actor_id: int, reference: str, disclosure_id: int, agree: bool, reason: str = ""
) -> None:
    """The second person agrees, or says why not. Refuses: not found, somebody else, already answered, a no without a
    reason, a yes that says why not."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _on(session, case, disclosure_id)
    if row.second_id != viewer.id or row.answered_at is not None:
        raise CommandRefused("This decision does not wait for you.", field="disclosure_id")
    why_not = clean_text(reason, field="reason", label="Why not", required=not agree, most=MOST) or None
    if agree and why_not:
        raise CommandRefused(SAYS_BOTH, field="reason")
    row.agreed, row.answered_at, row.answer = agree, clock.now(), why_not
    asked = select(Action).where(
        Action.case_id == case.id, Action.text == DECIDE, Action.owner_id == viewer.id, Action.done_at.is_(None)
    )
    if (action := session.scalars(asked.order_by(Action.id)).first()) is not None:
        end_action(session, viewer, action, ActionEnd.DONE)
    said = "two people have decided" if agree else "the second person did not agree"
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Breaking confidence: {said}.")
    touch(case, viewer)
    audit(session, viewer, "answer_disclosure", case=case, volunteer_id=row.by_id, agreed=agree)
    refresh_card(session, case.id)


@command(says="recorded that the doctor was told of a disclosure", patterns=Patterns.NEVER, moves_access=False)
def tell_of_disclosure(session: Session, *, actor_id: int, reference: str, disclosure_id: int, told_how: str) -> None:
    """Records that the doctor has been told since, and how. Refuses: not found, told already, no words."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _on(session, case, disclosure_id)
    if row.doctor_told is YesNo.YES:
        raise CommandRefused("The doctor has been told already.", field="disclosure_id")
    row.told_how = clean_text(told_how, field="told_how", label="How, and when", most=MOST)
    row.doctor_told = YesNo.YES
    add_line(session, viewer, case, EntryKind.SYSTEM, "Breaking confidence: the doctor has been told.")
    touch(case, viewer)
    audit(session, viewer, "tell_of_disclosure", case=case)
    refresh_card(session, case.id)


def _on(session: Session, case: Case, disclosure_id: int) -> Disclosure:
    row = session.get(Disclosure, disclosure_id)
    if row is None or row.case_id != case.id:
        raise CommandRefused("Decision: choose one of this case’s.", field="disclosure_id")
    return row
