"""A correction raises a wall at once and lowers none: whoever it would let in stays barred until two leads agree."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from db import clock
from db.access import TODAY, Viewer, barred_people, read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import EntryKind, Role
from db.commands.four_eyes import must_wait
from db.commands.record import add_line, audit, touch
from db.commands.wall import end_barred_access, keeps_a_lead
from db.declared import Password, Patterns, Tells, change, command
from db.errors import CommandRefused
from db.models import Case, Recusal, Volunteer, WallException
from db.rules.four_eyes import ApprovalKind

KEPT = "Barred by what the case said before a correction"

# Not for the team: it would tell a volunteer who belongs to which organisation.
change(
    "keep_barred",
    says="corrected the case, and {about} stays barred from it until two leads agree",
    tells=Tells.ONLY_LEADS,
    moves_access=True,
    names_others=True,
)


@contextmanager
def keeps_walls(session: Session, viewer: Viewer, case: Case) -> Iterator[None]:
    """For a correction of what a wall stands on. People whom it newly bars lose the case at once. People whom it would
    let in stay barred; if a lead corrects, a second lead is asked to let them in, and with no second lead they are.
    """
    with keeps_a_lead(session, [case.id]):
        session.flush()
        # An exception lets somebody through a wall that must still stand when the exception ends.
        before = set(session.scalars(barred_people(case.id))) | set(session.scalars(_let_through(case)))
        yield
        session.flush()
        for volunteer_id in sorted(before - set(session.scalars(barred_people(case.id)))):
            _keep(session, viewer, case, volunteer_id)
        end_barred_access(session, viewer, case_ids=[case.id])


def _let_through(case: Case) -> Select[int]:
    return select(WallException.volunteer_id).where(
        WallException.case_id == case.id,
        WallException.agreed_at.is_not(None),
        WallException.ended_at.is_(None),
        WallException.ends_on >= TODAY,
    )


def _keep(session: Session, viewer: Viewer, case: Case, volunteer_id: int) -> None:
    known = select(Recusal.id).where(Recusal.volunteer_id == volunteer_id, Recusal.case_id == case.id)
    if session.scalar(known) is not None:
        return
    kept = Recusal(volunteer_id=volunteer_id, case_id=case.id, reason=KEPT, at=clock.now(), is_kept=True)
    session.add(kept)
    session.flush()
    person = session.get_one(Volunteer, volunteer_id)
    if viewer.is_lead and person.active and person.role is not Role.OBSERVER and not _asks(session, viewer, case, kept):
        session.delete(kept)
        session.flush()
        return
    audit(session, viewer, "keep_barred", case=case, volunteer_id=volunteer_id)


def _asks(session: Session, viewer: Viewer, case: Case, kept: Recusal) -> bool:
    payload = {"recusal_id": kept.id, "who": kept.volunteer_id}
    return must_wait(session, viewer, ApprovalKind.LIFT_KEPT, case=case, payload=payload)


@command(
    says="let {about} see the case, whom only what it said before a correction had barred",
    patterns=Patterns.ALWAYS,
    password=Password.AGAIN,
    keeps_refusals=True,
)
def lift_kept(session: Session, *, actor_id: int, reference: str, recusal_id: int) -> bool:
    """Lets somebody see a case from which only what it said before a correction bars them. Returns True if that waits
    for a second lead, as it does where there is one.

    Refuses: not found, not a lead, somebody who is not barred in this way, already asked.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    kept = session.get(Recusal, recusal_id)
    if kept is None or kept.case_id != case.id or not kept.is_kept:
        raise CommandRefused("Person: choose from the list.", field="recusal_id")
    # Asked with must_wait(…), as whatever lowers a wall.
    if _asks(session, viewer, case, kept):
        return True
    lift(session, viewer, case, kept)
    return False


def lift(session: Session, viewer: Viewer, case: Case, kept: Recusal) -> None:
    """Ends it, with timeline entry and audit row."""
    person = session.get_one(Volunteer, kept.volunteer_id)
    audit(session, viewer, "lift_kept", case=case, volunteer_id=person.id)
    session.delete(kept)
    words = f"{person.name} is no longer barred by what the case said before a correction."
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    session.flush()
    refresh_card(session, case.id)
