"""Four eyes: what could lower a wall, or opens an account that sees cases, waits until a second lead agrees.

With one lead alone it happens at once, and is written down for the next lead to look at. A lead who has never signed
in cannot agree to anything, and does not count. The command line is the operator's, and asks nobody.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, viewer_of
from db.commands.record import audit
from db.declared import change
from db.errors import CommandRefused
from db.models import Approval, Case, Volunteer
from db.rules.four_eyes import ApprovalKind, ApprovalOutcome
from db.second_leads import is_live, signing_leads

# What tells two things of one kind apart that are asked about one person.
TELLING = ("username", "affiliation_id", "party_id")


change("ask_approval", says="asked a second lead to agree that a name is taken off", moves_access=False)
change("done_alone", says="did this as the only lead: to take off a name", moves_access=True)
change("lapse_approval", says="let a request to a second lead lapse", moves_access=False)
change("attempt", says="was refused what might lower a wall", moves_access=False)


def must_wait(
    session: Session,
    viewer: Viewer | None,
    kind: ApprovalKind,
    *,
    person: Volunteer | None = None,
    case: Case | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Whether there is a second lead: then it is asked, and nothing else happens. Else it is noted as done by one
    lead alone. Refuses what is asked already.
    """
    if viewer is None:
        return False
    alone = held_leads(session) <= {viewer.id}
    told: dict[str, Any] = dict(payload or {})
    about = person.id if person else None
    if not alone and _is_asked(session, kind, about, case, told):
        raise CommandRefused("This is asked already, and waits for a second lead.")
    outcome = ApprovalOutcome.ALONE if alone else ApprovalOutcome.WAITING
    session.add(
        Approval(
            kind=kind,
            volunteer_id=about,
            case_id=case.id if case else None,
            payload=told,
            asked_by_id=viewer.id,
            asked_at=clock.now(),
            outcome=outcome,
        )
    )
    session.flush()
    details: dict[str, Any] = {"kind": kind} | ({"volunteer_id": about} if about else {})
    if alone:
        audit(session, viewer, "done_alone", case=case, alone=True, **details)
    else:
        audit(session, viewer, "ask_approval", case=case, **details)
    return not alone


def held_leads(session: Session) -> set[int]:
    """Leads who count, held until the end of the transaction: none steps down meanwhile."""
    return set(session.scalars(signing_leads().with_for_update(key_share=True, of=Volunteer)))


def _is_asked(
    session: Session, kind: ApprovalKind, about: int | None, case: Case | None, payload: Mapping[str, Any]
) -> bool:
    same = select(Approval).where(
        is_live(),
        Approval.kind == kind,
        Approval.volunteer_id.is_(None) if about is None else Approval.volunteer_id == about,
        Approval.case_id.is_(None) if case is None else Approval.case_id == case.id,
    )
    return any(
        all(row.payload.get(name) == payload.get(name) for name in TELLING) for row in session.scalars(same).all()
    )


def lapse_asks(session: Session, viewer: Viewer | None, person: Volunteer) -> None:
    """For somebody who is a lead no longer: what they asked lapses, for good."""
    asked = (Approval.asked_by_id == person.id, Approval.outcome == ApprovalOutcome.WAITING)
    for row in session.scalars(select(Approval).where(*asked)).all():
        audit(session, viewer, "lapse_approval", kind=row.kind)
    session.execute(update(Approval).where(*asked).values(outcome=ApprovalOutcome.LAPSED, settled_at=clock.now()))


def note_attempt(session: Session, *, actor_id: int, command: str, volunteer_id: int | None = None) -> None:
    """Writes down that somebody tried what was refused them."""
    named: dict[str, Any] = {"volunteer_id": volunteer_id} if volunteer_id else {}
    audit(session, viewer_of(session, actor_id), "attempt", command=command, **named)
