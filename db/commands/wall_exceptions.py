"""Exceptions to the conflict wall: two other people let somebody see a case, with a reason, until a day."""

from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred, read_case, require_lead, viewer_of
from db.choices import EntryKind
from db.commands.record import add_line, audit, clean_text, touch
from db.commands.wall import end_barred_access
from db.declared import Patterns, Tells, command
from db.errors import CommandRefused
from db.models import Case, Volunteer, WallException
from db.rules.limits import REASON_LENGTH

MOST_DAYS = 90


@command(
    says="asked that {about} may see the case until {ends_on}",
    patterns=Patterns.ALWAYS,
    tells=Tells.LEADS,
    moves_access=False,
)
def ask_exception(
    session: Session, *, actor_id: int, reference: str, volunteer_id: int, reason: str, ends_on: date | None
) -> None:
    """A lead asks to let somebody who is barred see a case until a day. Nothing changes until a second person agrees.

    Refuses: not found, not a lead, for oneself, somebody who is not barred, already asked, no reason, a day that is not
    within the next MOST_DAYS.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    person = session.get(Volunteer, volunteer_id)
    if person is None or not person.active or not is_barred(session, volunteer_id, case.id):
        raise CommandRefused("Person: choose from the list.", field="volunteer_id")
    words = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    today = clock.today()
    if ends_on is None or not today <= ends_on <= today + timedelta(days=MOST_DAYS):
        raise CommandRefused(f"Until: choose a day within the next {MOST_DAYS} days.", field="ends_on")
    if session.scalar(_live(case.id, volunteer_id)) is not None:
        raise CommandRefused("This has already been asked.", field="volunteer_id")
    session.add(
        WallException(
            volunteer_id=volunteer_id,
            case_id=case.id,
            reason=words,
            asked_by_id=viewer.id,
            asked_at=clock.now(),
            ends_on=ends_on,
        )
    )
    audit(session, viewer, "ask_exception", case=case, volunteer_id=volunteer_id, ends_on=ends_on.isoformat())


@command(says="agreed that {about} may see the case", patterns=Patterns.ALWAYS, tells=Tells.NAMED_AND_ASKER)
def agree_exception(session: Session, *, actor_id: int, exception_id: int) -> None:
    """A second person agrees: a lead, or somebody on the case. Whoever asked and the person it is for are told.

    Refuses: the lead who asked, the person it is for, an exception that has ended, not found.
    """
    viewer = viewer_of(session, actor_id)
    row, case = _waiting(session, viewer, exception_id)
    if row.agreed_at is not None:
        raise CommandRefused("This has already been agreed.")
    if row.asked_by_id == viewer.id:
        raise CommandRefused("Somebody else must agree: this takes two people.")
    row.agreed_by_id, row.agreed_at = viewer.id, clock.now()
    person = session.get_one(Volunteer, row.volunteer_id)
    words = f"{person.name} may see this case until {row.ends_on:%-d %B %Y}: an exception agreed by two people."
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    audit(session, viewer, "agree_exception", case=case, volunteer_id=person.id, asked_by_id=row.asked_by_id)


@command(says="refused or ended the exception for {about}", patterns=Patterns.ALWAYS, tells=Tells.ASKER)
def end_exception(session: Session, *, actor_id: int, exception_id: int) -> None:
    """Refuses a request, or ends an exception at once: any lead, or the person who asked, who is told of it. The
    person's places end."""
    viewer = viewer_of(session, actor_id)
    row, case = _waiting(session, viewer, exception_id)
    if row.asked_by_id != viewer.id:
        require_lead(viewer)
    row.ended_at = clock.now()
    people = {"volunteer_id": row.volunteer_id, "asked_by_id": row.asked_by_id}
    audit(session, viewer, "end_exception", case=case, **people)
    end_barred_access(session, viewer, volunteer_id=row.volunteer_id, case_ids=[case.id])


def _live(case_id: int, volunteer_id: int) -> Select[int]:
    return select(WallException.id).where(
        WallException.case_id == case_id,
        WallException.volunteer_id == volunteer_id,
        WallException.ended_at.is_(None),
        WallException.ends_on >= clock.today(),
    )


def _waiting(session: Session, viewer: Viewer, exception_id: int) -> tuple[WallException, Case]:
    row = session.get(WallException, exception_id)
    if row is None or row.ended_at is not None or row.ends_on < clock.today() or row.volunteer_id == viewer.id:
        raise CommandRefused("That exception has ended.")
    return row, read_case(session, viewer, session.get_one(Case, row.case_id).reference)
