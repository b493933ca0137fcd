"""What was agreed with a doctor for when it gets worse: a safety plan, and whom they allow us to call. Never scored."""

from datetime import date

from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.identity import keep_beside
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, command
from db.errors import CommandRefused, Invalid
from db.models import SafetyPlan
from db.rules.limits import NAME_LENGTH

PLAN = "Safety plan agreed with the doctor."
MOST = 2_000


@command(says="recorded the safety plan agreed with the doctor", patterns=Patterns.NEVER, moves_access=False)
def keep_safety_plan(
    session: Session, *, actor_id: int, reference: str, whom: str, helps: str, company: str, agreed_on: date
) -> None:
    """Records what the doctor agreed: whom they will call, what helps, who is with them. Replaces the plan before,
    which is kept. Refuses: not found, nothing in any of the three, a day in the future."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    said = {
        "whom": clean_text(whom, field="whom", label="Whom they will call", required=False, most=MOST),
        "helps": clean_text(helps, field="helps", label="What helps", required=False, most=MOST),
        "company": clean_text(company, field="company", label="Who is with them", required=False, most=MOST),
    }
    if not any(said.values()):
        raise CommandRefused("Whom they will call: fill in at least one of the three.", field="whom")
    if agreed_on > clock.today():
        raise CommandRefused("Agreed on: choose today or an earlier day.", field="agreed_on")
    session.add(SafetyPlan(case_id=case.id, **said, agreed_on=agreed_on, by_id=viewer.id, at=clock.now()))
    add_line(session, viewer, case, EntryKind.SYSTEM, PLAN)
    touch(case, viewer)
    audit(session, viewer, "keep_safety_plan", case=case)
    refresh_card(session, case.id)


@command(says="recorded whom to call for the doctor in an emergency", patterns=Patterns.NEVER, moves_access=False)
def keep_emergency_contact(
    session: Session, *, actor_id: int, reference: str, emergency_who: str, emergency_number: str, permission: bool
) -> None:
    """Seals, with the doctor's identity, whom they allow us to call in an emergency. It is shown only with the
    identity, which takes a reason and is logged. Replaces what was there, of which nothing is left.

    Refuses: not found, no name or number, and without the doctor's permission.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    problems = {}
    if not permission:
        problems["permission"] = "Permission: only with the doctor’s own. Ask them first."
    who = clean_text(emergency_who, field="emergency_who", label="Who", required=False, most=NAME_LENGTH)
    number = clean_text(emergency_number, field="emergency_number", label="Number", required=False, most=NAME_LENGTH)
    for field, value, words in (("emergency_who", who, "Who"), ("emergency_number", number, "Number")):
        if not value:
            problems[field] = f"{words}: please fill this in."
    if problems:
        raise Invalid(problems)
    agreed_on = clock.today().isoformat()
    keep_beside(session, case, emergency_who=who, emergency_number=number, emergency_agreed_on=agreed_on)
    touch(case, viewer)
    add_line(session, viewer, case, EntryKind.SYSTEM, "Emergency contact recorded, with the doctor’s permission.")
    audit(session, viewer, "keep_emergency_contact", case=case)
    refresh_card(session, case.id)


@command(says="removed whom to call in an emergency", patterns=Patterns.NEVER, moves_access=False)
def forget_emergency_contact(session: Session, *, actor_id: int, reference: str) -> None:
    """Removes the contact, as when the doctor takes the permission back. Refuses: not found."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    keep_beside(session, case, emergency_who="", emergency_number="", emergency_agreed_on="")
    touch(case, viewer)
    add_line(session, viewer, case, EntryKind.SYSTEM, "Emergency contact removed.")
    audit(session, viewer, "forget_emergency_contact", case=case)
    refresh_card(session, case.id)
