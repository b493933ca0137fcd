"""What follows from the conflict wall: somebody newly barred loses their places at once, and leads are told."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Subquery, and_, event, exists, or_, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_pairs, read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import AssignmentStatus, EntryKind, PartyRole
from db.commands.action_owners import pass_on_barred, pass_on_for_leavers
from db.commands.four_eyes import must_wait
from db.commands.interim_places import keep_a_contact
from db.commands.lost_codings import end_lost_codings
from db.commands.record import add_line, audit, clean_text, touch, vault_of
from db.declared import Password, Patterns, change, command
from db.errors import CommandRefused
from db.models import AccessLog, Assignment, Case, Coding, ConflictNotice, Party, Volunteer, VolunteerName
from db.rules.four_eyes import ApprovalKind
from db.rules.limits import NAME_LENGTH
from db.rules.names import name_key, name_keys
from db.unled import count_unled, unled_cases

LOG = logging.getLogger("db.alarm")
LIVE = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
# Stored instead of a hash for what is not a name, so that it is not tried again at every check.
NO_NAME = ""


change("conflict_found", says="found that {about} has a conflict", moves_access=True)
change("end_barred_place", says="ended {about}’s part in the case: a conflict of interest", moves_access=True)
change("no_lead_may_see", says="noted that no lead may see this case", moves_access=True)


def name_hash(session: Session, name: str) -> str | None:
    """The keyed hash of a person's name; None for what is not a name."""
    key = name_key(name)
    return hash_of_key(session, key) if key else None


def hash_of_key(session: Session, key: str) -> str:
    """The keyed hash of a key made by `db/rules/names.py`."""
    return vault_of(session).keyed_hash(f"person {key}")


def add_names(session: Session, person: Volunteer) -> None:
    """Adds somebody's name, in every form in which a case may hold it, to those they already have: a new name must not
    show them a case that the old one barred."""
    session.flush()
    # Not through the account: that would raise its version, and refuse a form somebody has open.
    hashed_now = name_hash(session, person.name) or NO_NAME
    session.execute(update(Volunteer).where(Volunteer.id == person.id).values(name_hash=hashed_now))
    known = set(session.scalars(select(VolunteerName.name_hash).where(VolunteerName.volunteer_id == person.id)))
    for hashed in {hash_of_key(session, key) for key in name_keys(person.name)} - known:
        session.add(VolunteerName(volunteer_id=person.id, name_hash=hashed, added_at=clock.now()))
    session.flush()


def fill_name_hashes(session: Session) -> None:
    """For accounts made before an upgrade, or not by the commands."""
    for person in session.scalars(select(Volunteer).where(Volunteer.name_hash.is_(None))).all():
        add_names(session, person)


@command(says="added somebody named in the case, for the conflict check", patterns=Patterns.ALWAYS)
def name_party(session: Session, *, actor_id: int, reference: str, role: PartyRole, name: str) -> None:
    """Notes that somebody is named in a case. Only a keyed hash is kept. A volunteer with that name is barred at once.

    Refuses: not found, no name, somebody already noted. If no lead may see the case any more, the operator is told.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    clean_text(name, field="name", label="Name", most=NAME_LENGTH)
    with keeps_a_lead(session, [case.id]):
        if not add_party(session, case, role, name):
            raise CommandRefused("Name: that person is already noted, or this is not a name.", field="name")
        add_line(session, viewer, case, EntryKind.SYSTEM, f"Named for the conflict check: {role.label.lower()}.")
        touch(case, viewer)
        audit(session, viewer, "name_party", case=case, role=role)
        end_barred_access(session, viewer, case_ids=[case.id])
    refresh_card(session, case.id)


def add_party(session: Session, case: Case, role: PartyRole, name: str) -> bool:
    """Adds the keyed hash; False if it is already there or there is no name to hash."""
    # First complete what an upgrade left out, or somebody could be missed.
    fill_name_hashes(session)
    hashed = name_hash(session, name)
    known = select(Party.id).where(Party.case_id == case.id, Party.name_hash == hashed)
    if hashed is None or session.scalar(known) is not None:
        return False
    session.add(Party(case_id=case.id, role=role, name_hash=hashed, added_at=clock.now()))
    session.flush()
    return True


@command(
    says="removed a name that was noted for the conflict check",
    patterns=Patterns.ALWAYS,
    password=Password.AGAIN,
    keeps_refusals=True,
)
def remove_party(session: Session, *, actor_id: int, reference: str, party_id: int) -> bool:
    """Removes a name that was noted by mistake. Returns True if that waits for a second lead, as it does where there is
    one.

    Refuses: not found, not a lead, somebody not named in this case, already asked.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    party = session.get(Party, party_id)
    if party is None or party.case_id != case.id:
        raise CommandRefused("Person: choose from the list.", field="party_id")
    if must_wait(session, viewer, ApprovalKind.REMOVE_PARTY, case=case, payload={"party_id": party.id}):
        return True
    take_off(session, viewer, case, party)
    return False


def take_off(session: Session, viewer: Viewer, case: Case, party: Party) -> None:
    """Removes a name from a case, so that it bars nobody."""
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
    """Ends the places and offers of newly barred people, passes on their actions, and tells leads of those who had been
    on a case or opened it. Returns how many notices that made. Their access has already ended by then.
    """
    session.flush()
    barred = barred_pairs(volunteer_id=volunteer_id, case_ids=case_ids, also_waiting=True)
    _end_places(session, viewer, barred)
    pass_on_barred(session, viewer, barred)
    of_person = [Coding.coder_id == volunteer_id] if volunteer_id is not None else []
    of_cases = [Coding.case_id.in_(case_ids)] if case_ids is not None else []
    end_lost_codings(session, viewer, *of_person, *of_cases)
    return _notice(session, viewer, barred)


def check_conflicts(session: Session) -> tuple[int, int]:
    """The nightly check: (how many new conflicts it found, how many open cases no lead may see)."""
    fill_name_hashes(session)
    pass_on_for_leavers(session)
    return end_barred_access(session, None), cases_no_lead_may_see(session)


@command(says="checked the conflict found for {about}", patterns=Patterns.ALWAYS, moves_access=False)
def note_conflict(session: Session, *, actor_id: int, notice_id: int) -> None:
    """A lead has checked a conflict that was found. Refuses: not a lead, their own, barred, already checked."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    notice = session.get(ConflictNotice, notice_id)
    if notice is None or notice.noted_at is not None or notice.volunteer_id == viewer.id:
        raise CommandRefused("That notice is no longer on the list.")
    case = read_case(session, viewer, session.get_one(Case, notice.case_id).reference)
    notice.noted_by_id, notice.noted_at = viewer.id, clock.now()
    audit(session, viewer, "note_conflict", case=case, volunteer_id=notice.volunteer_id)


@contextmanager
def keeps_a_lead(session: Session, case_ids: Sequence[int] | None = None) -> Iterator[None]:
    """Raises the alarm if a change leaves an open case (of these, or of all) that no lead may see: an audit row on the
    case, and a line in the log that sends the operator to `make db ARGS="attention"`.

    Refuses nothing, because a refusal would show that there is such a case.
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
    LOG.error("An open case has no lead who may see it. Run: make db ARGS=attention")


def cases_no_lead_may_see(session: Session) -> int:
    """How many open cases every active lead is barred from."""
    return count_unled(session)


def _end_places(session: Session, viewer: Viewer | None, barred: Subquery) -> None:
    same = and_(barred.c.volunteer_id == Assignment.volunteer_id, barred.c.case_id == Assignment.case_id)
    rows = session.scalars(select(Assignment).join(barred, same).where(Assignment.status.in_(LIVE)).distinct()).all()
    for row in rows:
        row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), "Conflict of interest"
        case, person = session.get_one(Case, row.case_id), session.get_one(Volunteer, row.volunteer_id)
        words = f"{person.name} is no longer {row.role.label.lower()}: a conflict of interest."
        add_line(session, viewer, case, EntryKind.SYSTEM, words)
        keep_a_contact(session, viewer, case, left=person.id)
        touch(case, viewer)
        audit(session, viewer, "end_barred_place", case=case, volunteer_id=person.id)
        refresh_card(session, case.id)


def _notice(session: Session, viewer: Viewer | None, barred: Subquery) -> int:
    def about(person: object, case_id: object) -> ColumnElement[bool]:
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
