"""Accounts: added, changed and ended by leads. Everybody says for themselves whether they are at capacity."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of
from db.choices import Role
from db.commands.account_changes import (
    ENDED,
    change_account,
    end_account,
    let_back_in,
    make_account,
    make_link,
)
from db.commands.accounts import end_sessions, new_link
from db.commands.four_eyes import must_wait
from db.commands.record import audit, clean_text
from db.commands.usernames import checked_username
from db.commands.wall import name_hash
from db.declared import Password, Patterns, command
from db.errors import CommandRefused
from db.models import Volunteer
from db.rules.addresses import checked_address
from db.rules.four_eyes import ApprovalKind
from db.rules.limits import MOST_PLEDGED_HOURS, MOST_QUIET_DAYS, NAME_LENGTH


@command(says="added an account", patterns=Patterns.ALWAYS, password=Password.AGAIN, keeps_refusals=True)
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
) -> str | None:
    """Adds an account and returns the token of a one-time link to set its password (LINK_DAYS); None if it waits for a
    second lead, as an account that sees cases does where there is one.

    `actor_id` is None only on the command line. Refuses: not a lead, a username that is taken or malformed, an email
    that is not one address.
    """
    viewer = viewer_of(session, actor_id) if actor_id is not None else None
    if viewer:
        require_lead(viewer)
    given: dict[str, Any] = {
        "username": checked_username(session, username),
        "name": clean_text(name, field="name", label="Name", most=NAME_LENGTH),
        "email": checked_address(email) if email.strip() else None,
        "role": role,
        "pledged_hours": checked_hours(pledged_hours),
        "skills": list(skills),
    }
    if role is not Role.OBSERVER and must_wait(session, viewer, ApprovalKind.ADD_ACCOUNT, payload=given):
        return None
    return new_link(session, volunteer_id=make_account(session, viewer, **given).id)


@command(says="changed an account", patterns=Patterns.ALWAYS, password=Password.AGAIN, keeps_refusals=True)
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
) -> bool:
    """Changes an account. Returns True if part of the change waits for a second lead (`_what_takes_two`); the rest is
    done at once.

    Refuses: not a lead, changed meanwhile, the last lead stepping down, an email that is not one address, another
    change to the account that is waiting.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    person = _person(session, volunteer_id)
    if person.version != seen_version:
        raise CommandRefused("Somebody else has just changed this account. Check it, then save again.")
    wanted: dict[str, Any] = {
        "name": clean_text(name, field="name", label="Name", most=NAME_LENGTH),
        "email": checked_address(email) if email.strip() else None,
        "role": role,
    }
    others = {"pledged_hours": checked_hours(pledged_hours), "skills": list(skills), "says_full": says_full}
    of_two = _what_takes_two(session, viewer, person, wanted)
    asked = {"now": {part: wanted[part] for part in of_two}, "was": {part: getattr(person, part) for part in of_two}}
    waits = bool(of_two) and must_wait(session, viewer, ApprovalKind.CHANGE_ACCOUNT, person=person, payload=asked)
    at_once = {part: value for part, value in wanted.items() if not (waits and part in of_two)}
    change_account(session, viewer, person, **at_once, **others)
    return waits


def _what_takes_two(session: Session, viewer: Viewer, person: Volunteer, wanted: dict[str, object]) -> list[str]:
    """The changes that a second lead must agree to: a role that sees more, and becoming or no longer being a lead; the
    address of somebody else whose account sees cases, as a link to it opens the account; and the lead's own name.
    """
    is_own, sees_cases = person.id == viewer.id, person.role is not Role.OBSERVER
    rises = not sees_cases and wanted["role"] is not Role.OBSERVER
    role = person.role is not wanted["role"] and (rises or Role.LEAD in (person.role, wanted["role"]))
    email = (person.email or None) != wanted["email"] and not is_own and (sees_cases or role)
    name = is_own and name_hash(session, person.name) != name_hash(session, str(wanted["name"]))
    return [part for part, takes_two in (("role", role), ("email", email), ("name", name)) if takes_two]


@command(says="ended an account", patterns=Patterns.ALWAYS, password=Password.AGAIN, keeps_refusals=True)
def deactivate(session: Session, *, actor_id: int, volunteer_id: int) -> bool:
    """Ends an account, whatever cases the person holds. Returns True if that waits for a second lead, as ending a
    lead's does where there is one: then only their sessions end at once, in case a phone has been stolen.

    Refuses: not a lead, their own account, the last lead, an account that has ended.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    person = _person(session, volunteer_id)
    if person.id == viewer.id:
        raise CommandRefused("You can’t end your own account. Ask another lead.")
    if not person.active:
        raise CommandRefused("That account has already ended.")
    if person.role is Role.LEAD and must_wait(session, viewer, ApprovalKind.DEACTIVATE, person=person):
        end_sessions(session, volunteer_id=person.id)
        return True
    end_account(session, viewer, person)
    return False


@command(says="let somebody back in", patterns=Patterns.ALWAYS, password=Password.AGAIN, keeps_refusals=True)
def reactivate(session: Session, *, actor_id: int, volunteer_id: int) -> str | None:
    """Lets somebody back in, with a new one-time link; None if that waits for a second lead. Refuses: not a lead."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    person = _person(session, volunteer_id)
    if _sees_cases(person) and must_wait(session, viewer, ApprovalKind.LET_BACK_IN, person=person, payload=_to(person)):
        return None
    return let_back_in(session, viewer, person)


@command(
    says="made a one-time link",
    patterns=Patterns.ALWAYS,
    password=Password.AGAIN,
    keeps_refusals=True,
    moves_access=False,
)
def send_link(session: Session, *, actor_id: int | None, volunteer_id: int) -> str | None:
    """Makes a new one-time link for somebody who has lost their password; None if that waits for a second lead.

    `actor_id` is None only on the command line. Refuses: not a lead, an account that has ended.
    """
    viewer = viewer_of(session, actor_id) if actor_id is not None else None
    if viewer:
        require_lead(viewer)
    person = _person(session, volunteer_id)
    if not person.active:
        raise CommandRefused(ENDED)
    if _sees_cases(person) and must_wait(session, viewer, ApprovalKind.LINK, person=person, payload=_to(person)):
        return None
    return make_link(session, viewer, person)


def _sees_cases(person: Volunteer) -> bool:
    return person.role is not Role.OBSERVER


def _to(person: Volunteer) -> dict[str, object]:
    """Where a link would go. If the address has changed by the time of the agreement, it must not be sent."""
    return {"email": person.email or None}


@command(says="said whether they are at capacity", patterns=Patterns.NEVER, moves_access=False)
def set_says_full(session: Session, *, actor_id: int, says_full: bool) -> None:
    """Records whether somebody says they are at capacity, which overrides their points."""
    viewer = viewer_of(session, actor_id)
    _person(session, viewer.id).says_full = says_full
    audit(session, viewer, "set_says_full", volunteer_id=viewer.id, says_full=says_full)


@command(says="asked for quiet until {until}", patterns=Patterns.NEVER, moves_access=False)
def set_quiet(session: Session, *, actor_id: int, until: date | None) -> None:
    """Until that day somebody is reminded of nothing but crises and limits, and suggested for nothing; None ends it.

    Refuses: a day that is not after today, or more than MOST_QUIET_DAYS ahead: who needs longer takes leave, which has
    cover.
    """
    viewer = viewer_of(session, actor_id)
    days = (until - clock.today()).days if until else 1
    if not 0 < days <= MOST_QUIET_DAYS:
        raise CommandRefused(
            f"Quiet until: choose a day within {MOST_QUIET_DAYS} days. For longer, record leave, so that somebody "
            "covers.",
            field="until",
        )
    _person(session, viewer.id).quiet_until = until
    audit(session, viewer, "set_quiet", volunteer_id=viewer.id, until=until.isoformat() if until else None)


def checked_hours(hours: float) -> float:
    if not 0 <= hours <= MOST_PLEDGED_HOURS:
        raise CommandRefused(f"Pledged hours: enter between 0 and {MOST_PLEDGED_HOURS} a week.", field="pledged_hours")
    return hours


def _person(session: Session, volunteer_id: int) -> Volunteer:
    person = session.get(Volunteer, volunteer_id)
    if person is None:
        raise CommandRefused("Person: choose from the list.", field="volunteer_id")
    return person


def self_or_lead(session: Session, actor_id: int, volunteer_id: int) -> Viewer:
    viewer = viewer_of(session, actor_id)
    if volunteer_id != viewer.id:
        require_lead(viewer)
    _person(session, volunteer_id)
    return viewer
