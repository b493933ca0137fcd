"""Organisations: added and merged by leads and imports, and which count as one for the wall."""

import secrets
from datetime import date
from string import ascii_uppercase, digits

from sqlalchemy import and_, delete, insert, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of
from db.commands.record import audit, clean_text
from db.commands.wall import end_barred_access, keeps_a_lead
from db.declared import Patterns, change, command
from db.errors import CommandRefused, Invalid
from db.models import BodyKin, CodedTerm, Organisation, OrganisationAlias, OrganisationMerger
from db.rules.body_search import fold
from db.rules.families import Member, Pair, kin
from db.rules.limits import NAME_LENGTH

MANY = 200
OWN = "OWN-"


change("add_body", says="added an organisation", moves_access=True)


def refresh_kin(session: Session) -> int:
    """Works out again which organisations count as one for the wall, after a change to a parent or merger. Returns how
    many pairs that added or removed. The caller ends the access of people who are now barred."""
    # One at a time, so that each sees the other's mergers.
    session.scalar(select(Organisation.id).order_by(Organisation.id).limit(1).with_for_update())
    members = [
        Member(*row) for row in session.execute(select(Organisation.id, Organisation.parent_id, Organisation.kind))
    ]
    merged = session.execute(select(OrganisationMerger.predecessor_id, OrganisationMerger.successor_id))
    mergers = [(before, after) for before, after in merged]
    wanted = kin(members, mergers)
    known: set[Pair] = {(one, other) for one, other in session.execute(select(BodyKin.body_id, BodyKin.kin_id))}
    gone, new = sorted(known - wanted), sorted(wanted - known)
    for start in range(0, len(gone), MANY):
        part = gone[start : start + MANY]
        session.execute(delete(BodyKin).where(or_(*(and_(BodyKin.body_id == a, BodyKin.kin_id == b) for a, b in part))))
    if new:
        session.execute(insert(BodyKin), [{"body_id": a, "kin_id": b} for a, b in new])
    return len(gone) + len(new)


@command(says="recorded a merger of two organisations", patterns=Patterns.ALWAYS)
def record_merger(session: Session, *, actor_id: int, predecessor_id: int, successor_id: int, merged_on: date) -> None:
    """A lead records that one organisation took over from another. From now on they count as one for the wall, whatever
    the date of the merger, and the places of people it bars end at once.

    Refuses: not a lead, no such organisation, the same one twice, a day in the future, already recorded (either way).
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    problems = {}
    for field, label, id in (
        ("predecessor_id", "Organisation that ended", predecessor_id),
        ("successor_id", "Organisation that took over", successor_id),
    ):
        if session.get(Organisation, id) is None:
            problems[field] = f"{label}: choose from the list."
    if not problems and predecessor_id == successor_id:
        problems["successor_id"] = "Organisation that took over: choose a different one."
    if merged_on > clock.today():
        problems["merged_on"] = "On: choose today or an earlier day."
    if problems:
        raise Invalid(problems)
    with keeps_a_lead(session):
        if not add_merger(session, viewer, predecessor_id, successor_id, merged_on):
            raise CommandRefused("That merger has already been recorded.", field="successor_id")
        refresh_kin(session)
    audit(
        session,
        viewer,
        "record_merger",
        organisation_id=predecessor_id,
        successor_id=successor_id,
        merged_on=merged_on.isoformat(),
    )
    end_barred_access(session, viewer)


def add_merger(session: Session, viewer: Viewer | None, predecessor_id: int, successor_id: int, on: date) -> bool:
    """Adds the row; False if the merger of the two is already recorded."""
    this, other = OrganisationMerger.predecessor_id, OrganisationMerger.successor_id
    both = or_(and_(this == predecessor_id, other == successor_id), and_(this == successor_id, other == predecessor_id))
    if session.scalar(select(OrganisationMerger.id).where(both)) is not None:
        return False
    session.add(
        OrganisationMerger(
            predecessor_id=predecessor_id,
            successor_id=successor_id,
            merged_on=on,
            recorded_by_id=viewer.id if viewer else None,
            recorded_at=clock.now(),
        )
    )
    session.flush()
    return True


def add_body(
    session: Session, viewer: Viewer, *, name: str, kind: str, region: str, nation: str, parent_id: int | None = None
) -> Organisation:
    """Adds an organisation that is on no list, with our own code. Refuses (Invalid): no name and unknown codes."""
    problems = {}
    label = "Name"
    words = clean_text(name, field="name", label=label, required=False, most=NAME_LENGTH)
    if not fold(words):
        problems["name"] = f"{label}: please fill this in."
    for field, code in (("kind", kind), ("region", region), ("nation", nation)):
        listed = "body_kind" if field == "kind" else field
        if session.get(CodedTerm, (listed, code)) is None:
            problems[field] = f"{field.capitalize()}: choose from the list."
    if parent_id is not None and session.get(Organisation, parent_id) is None:
        problems["parent_id"] = "Part of: choose from the list."
    if problems:
        raise Invalid(problems)
    body = Organisation(
        code=_own_code(session), name=words, kind=kind, region=region, nation=nation, parent_id=parent_id
    )
    session.add(body)
    session.flush()
    audit(session, viewer, "add_body", organisation_id=body.id)
    refresh_kin(session)
    return body


def remember_name(session: Session, body: Organisation, name: str) -> bool:
    """Keeps another name for an organisation, so that searches find it; False if it already has that name."""
    names = select(OrganisationAlias.name).where(OrganisationAlias.organisation_id == body.id)
    if fold(name) in {fold(known) for known in (body.name, *session.scalars(names))}:
        return False
    session.add(OrganisationAlias(organisation_id=body.id, name=name))
    session.flush()
    return True


def _own_code(session: Session) -> str:
    """Random: counting up would show how many there are."""
    while True:
        code = OWN + "".join(secrets.choice(ascii_uppercase + digits) for _ in range(6))
        if session.scalar(select(Organisation.id).where(Organisation.code == code)) is None:
            return code
