"""A second lead agrees to what one lead asked, or refuses it. The lead who asked may take it back.

What is agreed is done by the same functions as what one lead may do alone, and checked again when it is done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, require_lead, viewer_of
from db.choices import Role
from db.commands.account_changes import change_account, end_account, let_back_in, make_account, make_link
from db.commands.accounts import end_links, end_sessions, new_link
from db.commands.affiliations import end_on
from db.commands.four_eyes import held_leads, settled
from db.commands.kept_walls import lift
from db.commands.record import audit
from db.commands.second_factor import forget_factor, take_factor
from db.commands.wall import take_off
from db.declared import Password, Patterns, change, command
from db.errors import CommandRefused, NotFound
from db.models import Affiliation, Approval, Case, Party, Recusal, Volunteer
from db.rules.four_eyes import ApprovalKind, ApprovalOutcome
from db.second_leads import is_live

GONE = "That is no longer waiting. Look at the list again."
STALE = "Something has changed since this was asked. Refuse it, and ask again if it is still needed."


change("settle_approval", says=settled, moves_access=True)


@dataclass(frozen=True, repr=False)
class NewLink:
    """A new one-time link, for the person's own address, or to show once to the lead who agreed."""

    token: str
    name: str
    email: str


@command(says=None, patterns=Patterns.ALWAYS, password=Password.AGAIN, keeps_refusals=True)
def agree_approval(session: Session, *, actor_id: int, approval_id: int) -> NewLink | None:
    """A second lead agrees, and it is done. Returns the link that this makes, if any.

    Refuses: not a lead, the lead who asked, the person it is about, a request that is answered, lapsed or not for this
    lead to see, and one where something has changed since.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    # One at a time: two leads must not end each other's accounts at once.
    held_leads(session)
    row = _waiting(session, viewer, approval_id)
    if row.asked_by_id == viewer.id:
        raise CommandRefused("Another lead must agree: this takes two people.")
    if row.volunteer_id == viewer.id:
        raise CommandRefused("This is about you, so another lead must agree.")
    _settle(session, viewer, row, ApprovalOutcome.AGREED)
    return _DO[row.kind](session, viewer, row)


@command(says=None, patterns=Patterns.NEVER)
def refuse_approval(session: Session, *, actor_id: int, approval_id: int) -> None:
    """Another lead says no, or the lead who asked takes it back. Refuses: not a lead, the person it is about, and a
    request that is answered, lapsed or not for this lead to see.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = _waiting(session, viewer, approval_id)
    own = row.asked_by_id == viewer.id
    if row.volunteer_id == viewer.id and not own:
        raise CommandRefused("This is about you, so another lead must answer it.")
    _settle(session, viewer, row, ApprovalOutcome.WITHDRAWN if own else ApprovalOutcome.REFUSED)


@command(says="checked what a lead did alone", patterns=Patterns.NEVER, moves_access=False)
def see_alone(session: Session, *, actor_id: int, approval_id: int) -> None:
    """A lead has checked what another did alone. Refuses: not a lead, the lead who did it, not found, checked."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    row = session.get(Approval, approval_id)
    done = row is not None and row.outcome is ApprovalOutcome.ALONE and row.seen_at is None
    if row is None or not done or row.asked_by_id == viewer.id or not _may_know(session, viewer, row):
        raise CommandRefused(GONE)
    row.seen_by_id, row.seen_at = viewer.id, clock.now()
    audit(session, viewer, "see_alone", **_named(row))


def _waiting(session: Session, viewer: Viewer, approval_id: int) -> Approval:
    row = session.get(Approval, approval_id)
    live = session.scalar(select(Approval.id).where(Approval.id == approval_id, is_live()))
    if row is None or live is None or not _may_know(session, viewer, row):
        raise CommandRefused(GONE)
    return row


def _may_know(session: Session, viewer: Viewer, row: Approval) -> bool:
    """A request about a case is only for leads who may read that case."""
    if row.case_id is None:
        return True
    try:
        read_case(session, viewer, session.get_one(Case, row.case_id).reference)
    except NotFound:
        return False
    return True


def _settle(session: Session, viewer: Viewer, row: Approval, outcome: ApprovalOutcome) -> None:
    """In one statement, so that if two answer at once, the second is told."""
    waits = (Approval.id == row.id, Approval.outcome == ApprovalOutcome.WAITING)
    answer = {"outcome": outcome, "settled_by_id": viewer.id, "settled_at": clock.now()}
    settled = session.execute(update(Approval).where(*waits).values(answer))
    assert isinstance(settled, CursorResult)
    if settled.rowcount != 1:
        raise CommandRefused(GONE)
    session.refresh(row)
    case = session.get(Case, row.case_id) if row.case_id else None
    audit(session, viewer, "settle_approval", case=case, outcome=outcome, asked_by_id=row.asked_by_id, **_named(row))


def _named(row: Approval) -> dict[str, Any]:  # Any: details of an audit row
    return {"kind": row.kind} | ({"volunteer_id": row.volunteer_id} if row.volunteer_id else {})


def _person(session: Session, row: Approval) -> Volunteer:
    assert row.volunteer_id is not None
    return session.get_one(Volunteer, row.volunteer_id)


def _addressed(session: Session, row: Approval) -> Volunteer:
    """The person a link is for, if their address is still the one it was asked for."""
    person = _person(session, row)
    if (person.email or None) != row.payload["email"]:
        raise CommandRefused("Their address has changed since this was asked. Refuse it, and ask again.")
    return person


def _link(person: Volunteer, token: str) -> NewLink:
    return NewLink(token=token, name=person.name, email=person.email or "")


def _add_account(session: Session, viewer: Viewer, row: Approval) -> NewLink:
    person = make_account(session, viewer, **(row.payload | {"role": Role(row.payload["role"])}))
    row.volunteer_id = person.id
    return _link(person, new_link(session, volunteer_id=person.id))


def _change_account(session: Session, viewer: Viewer, row: Approval) -> NewLink | None:
    person, now, was = _person(session, row), row.payload["now"], row.payload["was"]
    if any((getattr(person, part) or None) != (before or None) for part, before in was.items()):
        raise CommandRefused(STALE)
    rises = person.role is Role.OBSERVER and "role" in now
    if "role" in now:
        now = now | {"role": Role(now["role"])}
    change_account(session, viewer, person, **now)
    return _begin_anew(session, person) if rises else None


def _begin_anew(session: Session, person: Volunteer) -> NewLink | None:
    """One lead alone could open an observer's account, so signing in to it now takes a new link."""
    if not person.active:
        return None
    person.password_hash = None
    forget_factor(session, person.id)
    end_sessions(session, volunteer_id=person.id)
    end_links(session, volunteer_id=person.id)
    return _link(person, new_link(session, volunteer_id=person.id))


def _make_link(session: Session, viewer: Viewer, row: Approval) -> NewLink:
    person = _addressed(session, row)
    return _link(person, make_link(session, viewer, person))


def _let_back_in(session: Session, viewer: Viewer, row: Approval) -> NewLink:
    person = _addressed(session, row)
    return _link(person, let_back_in(session, viewer, person))


def _reset_factor(session: Session, viewer: Viewer, row: Approval) -> None:
    take_factor(session, viewer, _person(session, row).id)


def _deactivate(session: Session, viewer: Viewer, row: Approval) -> None:
    end_account(session, viewer, _person(session, row))


def _end_affiliation(session: Session, viewer: Viewer, row: Approval) -> None:
    found = session.get(Affiliation, row.payload["affiliation_id"])
    if found is None or (found.ended_on.isoformat() if found.ended_on else None) != row.payload["was"]:
        raise CommandRefused(STALE)
    end_on(session, viewer, found, date.fromisoformat(row.payload["ended_on"]))


def _remove_party(session: Session, viewer: Viewer, row: Approval) -> None:
    party = session.get(Party, row.payload["party_id"])
    if party is None or party.case_id != row.case_id:
        raise CommandRefused(STALE)
    take_off(session, viewer, session.get_one(Case, row.case_id), party)


def _lift_kept(session: Session, viewer: Viewer, row: Approval) -> None:
    kept = session.get(Recusal, row.payload["recusal_id"])
    if kept is None or not kept.is_kept or (kept.case_id, kept.volunteer_id) != (row.case_id, row.payload["who"]):
        raise CommandRefused(STALE)
    lift(session, viewer, session.get_one(Case, row.case_id), kept)


_DO: dict[ApprovalKind, Callable[[Session, Viewer, Approval], NewLink | None]] = {
    ApprovalKind.ADD_ACCOUNT: _add_account,
    ApprovalKind.CHANGE_ACCOUNT: _change_account,
    ApprovalKind.LINK: _make_link,
    ApprovalKind.LET_BACK_IN: _let_back_in,
    ApprovalKind.RESET_FACTOR: _reset_factor,
    ApprovalKind.DEACTIVATE: _deactivate,
    ApprovalKind.END_AFFILIATION: _end_affiliation,
    ApprovalKind.REMOVE_PARTY: _remove_party,
    ApprovalKind.LIFT_KEPT: _lift_kept,
}
