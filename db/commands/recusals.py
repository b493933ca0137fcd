"""Stepping back: somebody with a conflict of interest in a case says so, or a lead does it for them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import AssignmentStatus, EntryKind
from db.commands.action_owners import pass_on
from db.commands.interim_places import keep_a_contact
from db.commands.record import add_line, audit, clean_text, touch
from db.commands.wall import keeps_a_lead
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Assignment, Case, Recusal, Volunteer
from db.rules.limits import REASON_LENGTH


@command(says="noted that {about} has a conflict of interest", patterns=Patterns.ALWAYS)
def recuse(session: Session, *, actor_id: int, reference: str, volunteer_id: int, reason: str) -> None:
    """Bars somebody from a case at once, ends their place on it and passes on their actions. For oneself, or by a lead
    for anybody.

    Refuses: not found, no such person, no reason (not needed for oneself), already barred in this way.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if volunteer_id != viewer.id:
        require_lead(viewer)
    if session.get(Volunteer, volunteer_id) is None:
        raise CommandRefused("Person: choose from the list.", field="volunteer_id")
    if is_recused(session, volunteer_id, case):
        raise CommandRefused("That person is already barred from this case.", field="volunteer_id")
    words = clean_text(reason, field="reason", label="Reason", required=volunteer_id != viewer.id, most=REASON_LENGTH)
    bar(session, viewer, case, volunteer_id, words)


def is_recused(session: Session, volunteer_id: int, case: Case) -> bool:
    known = recusal_of(session, volunteer_id, case)
    return known is not None and not known.is_kept


def recusal_of(session: Session, volunteer_id: int, case: Case) -> Recusal | None:
    known = select(Recusal).where(Recusal.volunteer_id == volunteer_id, Recusal.case_id == case.id)
    return session.scalar(known)


def bar(session: Session, viewer: Viewer, case: Case, volunteer_id: int, words: str) -> None:
    """Bars somebody who has not stepped back yet: ends their places, passes on their actions, and records it."""
    person = session.get_one(Volunteer, volunteer_id)
    with keeps_a_lead(session, [case.id]):
        if (kept := recusal_of(session, volunteer_id, case)) is not None:
            kept.is_kept, kept.reason, kept.at = False, words, clock.now()
        else:
            session.add(Recusal(volunteer_id=volunteer_id, case_id=case.id, reason=words, at=clock.now()))
    live = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
    for row in session.scalars(
        select(Assignment).where(
            Assignment.case_id == case.id,
            Assignment.volunteer_id == volunteer_id,
            Assignment.status.in_(live),
        )
    ):
        row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), "Stepped back"
    keep_a_contact(session, viewer, case, left=volunteer_id)
    pass_on(session, viewer, case, person, "has a conflict of interest")
    told = f"{person.name} has a conflict of interest, and can no longer see this case."
    add_line(session, viewer, case, EntryKind.SYSTEM, told)
    touch(case, viewer)
    audit(session, viewer, "recuse", case=case, volunteer_id=volunteer_id)
    refresh_card(session, case.id)
