"""Waiting for somebody else: started with a day to follow up, and ended when they answer."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Waiting
from db.rules.limits import NAME_LENGTH


@command(says="noted that the case is waiting, to follow up on {chase_on}", patterns=Patterns.NEVER, moves_access=False)
def begin_waiting(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    on_whom: str,
    chase_on: date,
    expected_on: date | None = None,
) -> None:
    """Pauses “no recent news” until `chase_on`, but no deadline. Refuses: not found, a follow-up day in the past."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if chase_on < clock.today():
        raise CommandRefused("Follow up on: choose today or a later day.", field="chase_on")
    words = clean_text(on_whom, field="on_whom", label="Waiting for", most=NAME_LENGTH)
    session.add(
        Waiting(case_id=case.id, on_whom=words, since=clock.today(), expected_on=expected_on, chase_on=chase_on)
    )
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Waiting for {words}; follow up on {chase_on:%-d %B %Y}.")
    touch(case, viewer)
    audit(session, viewer, "begin_waiting", case=case, chase_on=chase_on.isoformat())
    refresh_card(session, case.id)


@command(says="noted that the case is no longer waiting", patterns=Patterns.NEVER, moves_access=False)
def end_waiting(session: Session, *, actor_id: int, reference: str, waiting_id: int) -> None:
    """Stops one wait. Refuses: not found, another case's wait or one that has ended."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = session.scalar(
        select(Waiting).where(Waiting.id == waiting_id, Waiting.case_id == case.id, Waiting.ended_on.is_(None))
    )
    if row is None:
        raise CommandRefused("The case is no longer waiting for that.", field="waiting_id")
    row.ended_on = clock.today()
    add_line(session, viewer, case, EntryKind.SYSTEM, f"No longer waiting for {row.on_whom}.")
    touch(case, viewer)
    audit(session, viewer, "end_waiting", case=case)
    refresh_card(session, case.id)
