"""Changes to accounts, the same whether one lead may make them alone or a second has agreed."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import Role
from db.commands.accounts import end_links, end_sessions, new_link
from db.commands.action_owners import pass_on_all
from db.commands.assignments import mark_left_behind
from db.commands.four_eyes import lapse_asks
from db.commands.lost_codings import end_lost_codings
from db.commands.record import audit
from db.commands.usernames import checked_username
from db.commands.wall import add_names, end_barred_access, keeps_a_lead
from db.errors import CommandRefused
from db.models import Affiliation, Coding, Volunteer

ENDED = "That account has ended. Let them back in first."


def make_account(
    session: Session, viewer: Viewer | None, *, username: str, name: str, role: Role, **others: Any
) -> Volunteer:
    """Adds an account. Refuses a username that has been taken meanwhile."""
    person = Volunteer(
        username=checked_username(session, username),
        name=name,
        role=role,
        joined_on=clock.today(),
        active=True,
        **others,
    )
    session.add(person)
    add_names(session, person)
    audit(session, viewer, "add_volunteer", volunteer_id=person.id, role=role)
    return person


def change_account(session: Session, viewer: Viewer, person: Volunteer, **changes: Any) -> None:
    """Changes an account. Somebody who stops doing casework loses their offers and actions at once, and their cases
    wait to be handed over.
    """
    before, role = person.role, changes.get("role", person.role)
    if before is Role.LEAD and role is not Role.LEAD:
        _keep_a_lead(session, person)
    with keeps_a_lead(session):
        # The old name too: an account from before an upgrade may not have it yet.
        add_names(session, person)
        person.name = changes.get("name", person.name)
        if "email" in changes and changes["email"] != (person.email or None):
            person.email, person.email_changed_at = changes["email"], clock.now()
        for part in ("pledged_hours", "skills", "says_full"):
            setattr(person, part, changes.get(part, getattr(person, part)))
        person.role = role
        add_names(session, person)
    audit(session, viewer, "change_volunteer", volunteer_id=person.id, role=role, says_full=person.says_full)
    if before is Role.LEAD and role is not Role.LEAD:
        lapse_asks(session, viewer, person)
    if role is Role.OBSERVER:
        if before is not Role.OBSERVER:
            mark_left_behind(session, viewer, person, "no longer does casework")
        pass_on_all(session, viewer, person, "no longer does casework")
    if role is Role.LEAD:
        # A lead sees every organisation's name anyway, so vanishing cards tell them nothing.
        session.execute(update(Affiliation).where(Affiliation.volunteer_id == person.id).values(waits=False))
    end_barred_access(session, viewer, volunteer_id=person.id)


def end_account(session: Session, viewer: Viewer | None, person: Volunteer) -> None:
    """Ends an account with all its sessions and links, at once. Unanswered offers are taken back, and their actions
    pass to others. Their cases stay theirs, on the handover list, until a lead hands each one over.

    Refuses: the last lead, an account that has ended.
    """
    if not person.active:
        raise CommandRefused("That account has already ended.")
    if person.role is Role.LEAD:
        _keep_a_lead(session, person)
    with keeps_a_lead(session):
        person.active = False
    end_sessions(session, volunteer_id=person.id)
    end_links(session, volunteer_id=person.id)
    lapse_asks(session, viewer, person)
    mark_left_behind(session, viewer, person)
    pass_on_all(session, viewer, person, "has left")
    end_lost_codings(session, viewer, Coding.coder_id == person.id)
    audit(session, viewer, "deactivate", volunteer_id=person.id)


def let_back_in(session: Session, viewer: Viewer, person: Volunteer) -> str:
    """Makes the account active again. The new link is the only way to sign in."""
    person.active, person.password_hash = True, None
    audit(session, viewer, "reactivate", volunteer_id=person.id)
    return new_link(session, volunteer_id=person.id)


def make_link(session: Session, viewer: Viewer | None, person: Volunteer) -> str:
    """Refuses an account that has ended."""
    if not person.active:
        raise CommandRefused(ENDED)
    audit(session, viewer, "send_link", volunteer_id=person.id)
    return new_link(session, volunteer_id=person.id)


def _keep_a_lead(session: Session, person: Volunteer) -> None:
    others = select(func.count()).where(Volunteer.role == Role.LEAD, Volunteer.active, Volunteer.id != person.id)
    if not session.scalar(others):
        raise CommandRefused("There must be at least one lead. Make somebody else a lead first.", field="role")
