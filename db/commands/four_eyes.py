"""Anything that could lower a wall, or that opens an account that sees cases, waits until a second lead agrees.

If there is only one lead it happens at once, and is recorded for the next lead to check. A lead who has never signed in
cannot agree to anything, and does not count. The operator's command line asks nobody.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, viewer_of
from db.commands.record import audit
from db.declared import change
from db.errors import CommandRefused
from db.models import Approval, Case, Volunteer
from db.rules.four_eyes import APPROVAL_DAYS, ApprovalKind, ApprovalOutcome
from db.second_leads import is_live, signing_leads

# The details in which two requests of one kind about one person may differ.
TELLING = ("username", "affiliation_id", "party_id", "recusal_id")


def _asked(details: Mapping[str, object]) -> str:
    return f"asked a second lead to agree to {_what(details)}"


def _alone(details: Mapping[str, object]) -> str:
    return (
        "let somebody see the corrected case, as the only lead"
        if _lifts(details)
        else "removed a name, as the only lead"
    )


def settled(details: Mapping[str, object]) -> str:
    return f"answered another lead’s request to {_what(details)}"


def _what(details: Mapping[str, object]) -> str:
    return "let somebody see the corrected case" if _lifts(details) else "remove a name"


def _lifts(details: Mapping[str, object]) -> bool:
    return details.get("kind") == ApprovalKind.LIFT_KEPT


change("ask_approval", says=_asked, moves_access=False)
change("done_alone", says=_alone, moves_access=True)
change("approval_ran_out", says="a request to a second lead lapsed without an answer", moves_access=False)
change("lapse_approval", says="no longer a lead, so a request to a second lead lapsed", moves_access=False)
change("attempt", says="tried something that might lower a wall, and was refused", moves_access=False)


def must_wait(
    session: Session,
    viewer: Viewer | None,
    kind: ApprovalKind,
    *,
    person: Volunteer | None = None,
    case: Case | None = None,
    payload: Mapping[str, object] | None = None,
) -> bool:
    """Whether a second lead must agree. If so, the request is recorded and nothing else happens; if not, it is recorded
    as done by the only lead. Refuses a request that is already waiting.
    """
    if viewer is None:
        return False
    alone = held_leads(session) <= {viewer.id}
    told: dict[str, Any] = dict(payload or {})
    about = person.id if person else None
    if not alone and _is_asked(session, kind, about, case, told):
        raise CommandRefused("This has already been asked, and is waiting for a second lead.")
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
    """Leads who can agree, locked until the transaction ends so that none steps down meanwhile."""
    return set(session.scalars(signing_leads().with_for_update(key_share=True, of=Volunteer)))


def _is_asked(
    session: Session, kind: ApprovalKind, about: int | None, case: Case | None, payload: Mapping[str, object]
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
    """For somebody who is no longer a lead: their requests lapse permanently."""
    asked = (Approval.asked_by_id == person.id, Approval.outcome == ApprovalOutcome.WAITING)
    for row in session.scalars(select(Approval).where(*asked)).all():
        audit(session, viewer, "lapse_approval", kind=row.kind)
    session.execute(update(Approval).where(*asked).values(outcome=ApprovalOutcome.LAPSED, settled_at=clock.now()))


def note_attempt(session: Session, *, actor_id: int, command: str, volunteer_id: int | None = None) -> None:
    """Records that somebody tried something and was refused."""
    named: dict[str, Any] = {"volunteer_id": volunteer_id} if volunteer_id else {}
    audit(session, viewer_of(session, actor_id), "attempt", command=command, **named)


def lapse_unanswered(session: Session) -> int:
    """The nightly end of requests that nobody answered in time; returns how many. They could not be agreed to since."""
    since = clock.now() - timedelta(days=APPROVAL_DAYS)
    old = (Approval.outcome == ApprovalOutcome.WAITING, Approval.asked_at <= since)
    rows = session.scalars(select(Approval).where(*old).with_for_update()).all()
    for row in rows:
        row.outcome, row.settled_at = ApprovalOutcome.LAPSED, clock.now()
        audit(session, None, "approval_ran_out", kind=row.kind)
    return len(rows)
