"""Flags: raised with a reason and a review date, cleared with a reason."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, Tells, command
from db.errors import CommandRefused
from db.models import CodedTerm, Flag


@command(says="raised the flag {flag}", patterns=Patterns.NEVER, tells=Tells.LEADS_OF_CRISES, moves_access=False)
def raise_flag(session: Session, *, actor_id: int, reference: str, code: str, why: str, review_on: date) -> None:
    """Raises a flag. Refuses: not found, an unknown flag, no reason, a review in the past, already raised."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    term = session.get(CodedTerm, ("flag", code))
    if term is None:
        raise CommandRefused("Flag: choose from the list.", field="code")
    if review_on < clock.today():
        raise CommandRefused("Review on: choose today or a later day.", field="review_on")
    session.add(
        Flag(
            case_id=case.id,
            code=code,
            why=clean_text(why, field="why", label="Why"),
            set_by_id=viewer.id,
            set_at=clock.now(),
            review_on=review_on,
        )
    )
    session.flush()
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Flag raised: {term.label}.")
    touch(case, viewer)
    audit(session, viewer, "raise_flag", case=case, code=code)
    refresh_card(session, case.id)


@command(says="cleared the flag {flag}", patterns=Patterns.NEVER, moves_access=False)
def clear_flag(session: Session, *, actor_id: int, reference: str, code: str, why: str) -> None:
    """Clears a live flag. Refuses: not found, not raised, no reason."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    flag = session.scalar(select(Flag).where(Flag.case_id == case.id, Flag.code == code, Flag.cleared_at.is_(None)))
    if flag is None:
        raise CommandRefused("That flag has already been cleared.", field="code")
    flag.cleared_why = clean_text(why, field="why", label="Why")
    flag.cleared_at, flag.cleared_by_id = clock.now(), viewer.id
    term = session.get_one(CodedTerm, ("flag", code))
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Flag cleared: {term.label}.")
    touch(case, viewer)
    audit(session, viewer, "clear_flag", case=case, code=code)
    refresh_card(session, case.id)
