"""Volunteers: added, changed, deactivated. Leads only, save one's own word."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of
from db.choices import AssignmentStatus, Role
from db.commands.accounts import end_links, end_sessions, new_link
from db.commands.action_owners import pass_on_all
from db.commands.assignments import mark_left_behind
from db.commands.record import audit, clean_text
from db.commands.wall import add_names, end_barred_access, keeps_a_lead
from db.errors import CommandRefused
from db.models import Assignment, Case, Volunteer
from db.rules.addresses import checked_address


def add_volunteer(
    session: Session,
    *,
    actor_id: int | None,
    username: str,
    name: str,
    role: Role,
    email: str = "",
    pledged_hours: float = 0,
    skills: Sequence[str] = (),
) -> str:
    """Adds an account and returns the token of a one-time link that sets its password (7 days).

    `actor_id` is None on the command line only. Refuses: not a lead, a username taken or malformed, an e-mail
    that is not one address.
    """
    viewer = viewer_of(session, actor_id) if actor_id is not None else None
    if viewer:
        require_lead(viewer)
    handle = checked_username(session, username)
    person = Volunteer(
        username=handle,
        name=clean_text(name, field="name", label="Name", most=200),
        email=checked_address(email) if email.strip() else None,
        role=role,
        joined_on=clock.today(),
        pledged_hours=checked_hours(pledged_hours),
        skills=list(skills),
        active=True,
    )
    session.add(person)
    add_names(session, person)
    audit(session, viewer, "add_volunteer", volunteer_id=person.id, role=role)
    return new_link(session, volunteer_id=person.id)


def change_volunteer(
    session: Session,
    *,
    actor_id: int,
    volunteer_id: int,
    seen_version: int,
    name: str,
    role: Role,
    email: str,
    pledged_hours: float,
    skills: Sequence[str],
    says_full: bool,
) -> None:
    """Changes an account. Refuses: not a lead, changed meanwhile, the last lead stepping down, an
    e-mail that is not one address."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    person = _person(session, volunteer_id)
    if person.version != seen_version:
        raise CommandRefused("Somebody else changed this person a moment ago. Look again, then save.")
    if person.role is Role.LEAD and role is not Role.LEAD:
        _keep_a_lead(session, person)
    if person.role is not Role.OBSERVER and role is Role.OBSERVER:
        _holds_nothing(session, person)
    with keeps_a_lead(session):
        # The name they had as well: an account that nobody has looked at since an upgrade lacks it.
        add_names(session, person)
        person.name = clean_text(name, field="name", label="Name", most=200)
        add_names(session, person)
        person.email = checked_address(email) if email.strip() else None
        person.pledged_hours = checked_hours(pledged_hours)
        person.role, person.skills, person.says_full = role, list(skills), says_full
    audit(session, viewer, "change_volunteer", volunteer_id=person.id, role=role, says_full=says_full)
    if role is Role.OBSERVER:
        pass_on_all(session, viewer, person, "does no casework now")
    end_barred_access(session, viewer, volunteer_id=person.id)


def deactivate(session: Session, *, actor_id: int, volunteer_id: int) -> None:
    """Ends an account with every session and link of it, at once, whatever the person holds. Offers they have not
    answered are taken back and their actions pass to others at once; the places they hold stay theirs, on the handover
    list, until a lead passes each on.

    Refuses: not a lead, oneself, the last lead, an account that has ended.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    person = _person(session, volunteer_id)
    if person.id == viewer.id:
        raise CommandRefused("You cannot deactivate yourself: ask another lead.")
    if not person.active:
        raise CommandRefused("That account has ended already.")
    if person.role is Role.LEAD:
        _keep_a_lead(session, person)
    with keeps_a_lead(session):
        person.active = False
    end_sessions(session, volunteer_id=person.id)
    end_links(session, volunteer_id=person.id)
    mark_left_behind(session, viewer, person)
    pass_on_all(session, viewer, person, "has left")
    audit(session, viewer, "deactivate", volunteer_id=person.id)


def reactivate(session: Session, *, actor_id: int, volunteer_id: int) -> str:
    """Lets somebody back in, with a new one-time link. Refuses: not a lead."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    person = _person(session, volunteer_id)
    person.active, person.password_hash = True, None
    audit(session, viewer, "reactivate", volunteer_id=person.id)
    return new_link(session, volunteer_id=person.id)


def send_link(session: Session, *, actor_id: int, volunteer_id: int) -> str:
    """A new one-time link for somebody who lost their password. Refuses: not a lead, an ended account."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    person = _person(session, volunteer_id)
    if not person.active:
        raise CommandRefused("That account has ended: let them back in first.")
    audit(session, viewer, "send_link", volunteer_id=person.id)
    return new_link(session, volunteer_id=person.id)


def set_says_full(session: Session, *, actor_id: int, says_full: bool) -> None:
    """One's own word on whether there is room: it overrides the points."""
    viewer = viewer_of(session, actor_id)
    _person(session, viewer.id).says_full = says_full
    audit(session, viewer, "set_says_full", volunteer_id=viewer.id, says_full=says_full)


def checked_username(session: Session, username: str) -> str:
    handle = username.strip().lower()
    plain = all(c.isascii() and (c.isalnum() or c in "._-") for c in handle)
    if not (3 <= len(handle) <= 64 and plain):
        raise CommandRefused("Username: 3 to 64 letters, digits, dots, dashes or underscores.", field="username")
    if session.scalar(select(Volunteer.id).where(Volunteer.username == handle)) is not None:
        raise CommandRefused("That username is taken. Choose another.", field="username")
    return handle


def checked_hours(hours: float) -> float:
    if not 0 <= hours <= 60:
        raise CommandRefused("Pledged hours: between 0 and 60 a week.", field="pledged_hours")
    return hours


def _person(session: Session, volunteer_id: int) -> Volunteer:
    person = session.get(Volunteer, volunteer_id)
    if person is None:
        raise CommandRefused("Person: choose one of those offered.", field="volunteer_id")
    return person


def self_or_lead(session: Session, actor_id: int, volunteer_id: int) -> Viewer:
    viewer = viewer_of(session, actor_id)
    if volunteer_id != viewer.id:
        require_lead(viewer)
    _person(session, volunteer_id)
    return viewer


def _keep_a_lead(session: Session, person: Volunteer) -> None:
    others = select(func.count()).where(Volunteer.role == Role.LEAD, Volunteer.active, Volunteer.id != person.id)
    if not session.scalar(others):
        raise CommandRefused("At least one lead must remain: make somebody else a lead first.", field="role")


def _holds_nothing(session: Session, person: Volunteer) -> None:
    live = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
    held = session.scalar(
        select(func.count())
        .select_from(Assignment)
        .join(Case, Case.id == Assignment.case_id)
        .where(Assignment.volunteer_id == person.id, Assignment.status.in_(live), Case.is_open)
    )
    if held:
        # No number: it may count a case that this lead must not know of.
        raise CommandRefused(f"{person.name} holds cases or offers: hand them over first.")
