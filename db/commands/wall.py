"""The conflict wall at work: whoever is newly behind it loses their places at once, and a lead hears of it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, event, exists, or_, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_pairs, read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import AssignmentStatus, EntryKind, PartyRole
from db.commands.action_owners import pass_on_barred, pass_on_of_the_gone
from db.commands.contact import keep_a_contact
from db.commands.four_eyes import must_wait
from db.commands.record import add_line, audit, clean_text, touch, vault_of
from db.declared import Password, Patterns, change, command
from db.errors import CommandRefused
from db.models import AccessLog, Assignment, Case, ConflictNotice, Party, Volunteer, VolunteerName
from db.rules.four_eyes import ApprovalKind
from db.rules.names import name_key, name_keys
from db.unled import count_unled, unled_cases

LOG = logging.getLogger("db.alarm")
LIVE = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
# What a name has for a hash that is none: it is not looked at again at every check.
NO_NAME = ""


change("conflict_found", says="found that {about} has a conflict", moves_access=True)
change("end_barred_place", says="ended the place of {about}: a conflict of interest", moves_access=True)
change("no_lead_may_see", says="noted that no lead may see this case now", moves_access=True)


def name_hash(session: Session, name: str) -> str | None:
    """The keyed hash a person's name is kept by; None for what is no name."""
    key = name_key(name)
    return hash_of_key(session, key) if key else None


def hash_of_key(session: Session, key: str) -> str:
    """The keyed hash of a key of `db/rules/names.py`."""
    return vault_of(session).keyed_hash(f"person {key}")


def add_names(session: Session, person: Volunteer) -> None:
    """Remembers the name that somebody has now, by every way it may have been kept in a case, beside all they had: a
    new name must not let them see what the old one kept from them."""
    session.flush()
    # Not through the account, which would then count as changed, and whoever has its form open be told so.
    hashed_now = name_hash(session, person.name) or NO_NAME
    session.execute(update(Volunteer).where(Volunteer.id == person.id).values(name_hash=hashed_now))
    known = set(session.scalars(select(VolunteerName.name_hash).where(VolunteerName.volunteer_id == person.id)))
    for hashed in {hash_of_key(session, key) for key in name_keys(person.name)} - known:
        session.add(VolunteerName(volunteer_id=person.id, name_hash=hashed, added_at=clock.now()))
    session.flush()


def fill_name_hashes(session: Session) -> None:
    """For accounts that were not made by the commands, or before an upgrade."""
    for person in session.scalars(select(Volunteer).where(Volunteer.name_hash.is_(None))).all():
        add_names(session, person)


@command(says="noted somebody named in the case, for the conflict check", patterns=Patterns.ALWAYS)
def name_party(session: Session, *, actor_id: int, reference: str, role: PartyRole, name: str) -> None:
    """Notes that somebody is named in a case. Only a keyed hash is kept; a volunteer of that name is barred at once.

    Refuses: not found, no name, somebody named already. Where no lead is left who may see it, the operator is told.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    clean_text(name, field="name", label="Name", most=200)
    with keeps_a_lead(session, [case.id]):
        if not add_party(session, case, role, name):
            raise CommandRefused("Name: that person is noted already, or this is no name.", field="name")
        add_line(session, viewer, case, EntryKind.SYSTEM, f"Named for the conflict check: {role.label.lower()}.")
        touch(case, viewer)
        audit(session, viewer, "name_party", case=case, role=role)
        end_barred_access(session, viewer, case_ids=[case.id])
    refresh_card(session, case.id)


def add_party(session: Session, case: Case, role: PartyRole, name: str) -> bool:
    """Adds the keyed hash; False where it is there already, or there is nothing to hash."""
    # Nobody may slip through whose own names an upgrade has left to be filled in.
    fill_name_hashes(session)
    hashed = name_hash(session, name)
    known = select(Party.id).where(Party.case_id == case.id, Party.name_hash == hashed)
    if hashed is None or session.scalar(known) is not None:
        return False
    session.add(Party(case_id=case.id, role=role, name_hash=hashed, added_at=clock.now()))
    session.flush()
    return True


@command(
    says="took off a name that was noted for the conflict check",
    patterns=Patterns.ALWAYS,
    password=Password.AGAIN,
    keeps_refusals=True,
)
def remove_party(session: Session, *, actor_id: int, reference: str, party_id: int) -> bool:
    """Takes somebody off a case who was named in it by mistake: with a second lead who may read the case, only once
    that one agrees. Whether it waits.

    Refuses: not found, not a lead, nobody of this case, asked already.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    party = session.get(Party, party_id)
    if party is None or party.case_id != case.id:
        raise CommandRefused("Person: choose one of those offered.", field="party_id")
    if must_wait(session, viewer, ApprovalKind.REMOVE_PARTY, case=case, payload={"party_id": party.id}):
        return True
    take_off(session, viewer, case, party)
    return False


def take_off(session: Session, viewer: Viewer, case: Case, party: Party) -> None:
    """Takes a name off a case: nobody is barred by it any more."""
    words = f"No longer named for the conflict check: {party.role.label.lower()}."
    audit(session, viewer, "remove_party", case=case, role=party.role)
    session.delete(party)
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    session.flush()
    refresh_card(session, case.id)


def end_barred_access(
    session: Session,
    viewer: Viewer | None,
    *,
    volunteer_id: int | None = None,
    case_ids: Sequence[int] | None = None,
) -> int:
    """Ends the places and offers of people a wall has just risen before, passes their actions on, and tells the
    leads of those who had been on a case or opened it. Returns how many notices that made. Access itself ended when
    the wall rose.
    """
    session.flush()
    barred = barred_pairs(volunteer_id=volunteer_id, case_ids=case_ids, also_waiting=True)
    _end_places(session, viewer, barred)
    pass_on_barred(session, viewer, barred)
    return _notice(session, viewer, barred)


def check_conflicts(session: Session) -> tuple[int, int]:
    """The nightly check: (how many conflicts are newly found, how many open cases no lead may see)."""
    fill_name_hashes(session)
    pass_on_of_the_gone(session)
    return end_barred_access(session, None), cases_no_lead_may_see(session)


@command(says="looked at the conflict found for {about}", patterns=Patterns.ALWAYS, moves_access=False)
def note_conflict(session: Session, *, actor_id: int, notice_id: int) -> None:
    """A lead has looked at a conflict that was found. Refuses: not a lead, barred oneself, noted already."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    notice = session.get(ConflictNotice, notice_id)
    if notice is None or notice.noted_at is not None or notice.volunteer_id == viewer.id:
        raise CommandRefused("That notice is not there any more.")
    case = read_case(session, viewer, session.get_one(Case, notice.case_id).reference)
    notice.noted_by_id, notice.noted_at = viewer.id, clock.now()
    audit(session, viewer, "note_conflict", case=case, volunteer_id=notice.volunteer_id)


@contextmanager
def keeps_a_lead(session: Session, case_ids: Sequence[int] | None = None) -> Iterator[None]:
    """Raises the alarm where a change leaves an open case (one of these, or any) no lead may see: an audit row on the
    case, and a line in the log that sends whoever runs the server to `python -m db attention`.

    Nothing is refused: whoever tries would learn from it that there is a case there.
    """
    before = set(session.scalars(unled_cases(case_ids)))
    yield
    session.flush()
    lost = set(session.scalars(unled_cases(case_ids))) - before
    for case_id in sorted(lost):
        audit(session, None, "no_lead_may_see", case=session.get_one(Case, case_id))
    if lost:
        event.listen(session, "after_commit", _alarm, once=True)


def _alarm(_session: Session) -> None:
    LOG.error("An open case has no lead who may see it. Say: python -m db attention")


def cases_no_lead_may_see(session: Session) -> int:
    """How many open cases stand behind the wall of every active lead."""
    return count_unled(session)


def _end_places(session: Session, viewer: Viewer | None, barred: Subquery) -> None:
    same = and_(barred.c.volunteer_id == Assignment.volunteer_id, barred.c.case_id == Assignment.case_id)
    rows = session.scalars(select(Assignment).join(barred, same).where(Assignment.status.in_(LIVE)).distinct()).all()
    for row in rows:
        row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), "Conflict of interest"
        case, person = session.get_one(Case, row.case_id), session.get_one(Volunteer, row.volunteer_id)
        words = f"{row.role.label} ended for {person.name}: a conflict of interest."
        add_line(session, viewer, case, EntryKind.SYSTEM, words)
        keep_a_contact(session, viewer, case, left=person.id)
        touch(case, viewer)
        audit(session, viewer, "end_barred_place", case=case, volunteer_id=person.id)
        refresh_card(session, case.id)


def _notice(session: Session, viewer: Viewer | None, barred: Subquery) -> int:
    def about(person: Any, case_id: Any) -> ColumnElement[bool]:
        return exists().where(person == barred.c.volunteer_id, case_id == barred.c.case_id)

    placed = about(Assignment.volunteer_id, Assignment.case_id)
    knew = or_(placed, about(AccessLog.actor_id, AccessLog.case_id))
    told = about(ConflictNotice.volunteer_id, ConflictNotice.case_id)
    pairs = session.execute(select(barred.c.volunteer_id, barred.c.case_id).where(knew, ~told).distinct()).all()
    for volunteer_id, case_id in pairs:
        session.add(ConflictNotice(volunteer_id=volunteer_id, case_id=case_id, found_at=clock.now()))
        case = session.get_one(Case, case_id)
        audit(session, viewer, "conflict_found", case=case, volunteer_id=volunteer_id)
    session.flush()
    return len(pairs)
