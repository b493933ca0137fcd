"""People and cases for tests: always the same few, made through the commands the app uses."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.choices import AssignmentRole, Channel, ConsentPurpose, Role, YesNo
from db.commands import assignments
from db.commands.affiliations import add_affiliation
from db.commands.assignments import offer_case
from db.commands.bodies import refresh_kin
from db.commands.caps import set_caps
from db.commands.conflicts import see_bodies
from db.commands.open_case import WORDING, Intake, open_case
from db.engine import Database
from db.errors import NotFound
from db.models import Action, Assignment, Case, Consent, Organisation, Volunteer
from db.rules.limits import MOST_ACTIVE_CASES, MOST_CRISIS_CASES, MOST_POINTS

# What the doctor of every case here agrees to, beyond the record itself.
AGREED = (ConsentPurpose.SECOND, ConsentPurpose.MEETING)


@dataclass(frozen=True)
class Casework:
    """One case at one body, and five people around it. `reference` is the case's; the rest are ids."""

    database: Database
    reference: str
    lead: int
    on_case: int
    off_case: int
    in_conflict: int
    observer: int
    body: int
    other_body: int


def make_volunteer(session: Session, username: str, role: Role = Role.VOLUNTEER, **fields: object) -> int:
    values: dict[str, object] = {
        "name": username.capitalize(),
        "role": role,
        "joined_on": date(2020, 1, 1),
        "pledged_hours": 4,
        "skills": [],
        "active": True,
    }
    person = Volunteer(username=username, **(values | fields))
    session.add(person)
    session.flush()
    return person.id


def make_body(session: Session, code: str, **fields: object) -> int:
    values: dict[str, object] = {
        "name": f"Example Acute Trust {code}",
        "kind": "acute",
        "nation": "england",
        "region": "london",
    }
    body = Organisation(code=code, **(values | fields))
    session.add(body)
    session.flush()
    if body.parent_id is not None:
        refresh_kin(session)
    return body.id


INTAKE = Intake(
    received_at=clock.now() - timedelta(days=1),
    channel=Channel.EMAIL,
    immediate_danger=YesNo.NO,
    name="Test Doctor",
    contact="test.doctor@example.org",
    safe_channel="Personal email",
    privacy_notice=True,
    consent_to_hold=True,
    summary="Excluded after raising a concern about a rota.",
    body_kind="acute",
    region="london",
    nation="england",
    grade="consultant",
    specialty_group="medicine",
    # A lead takes it down; what a contact changes is for the tests about contacts.
    stays_contact=False,
)


def make_case(session: Session, *, actor_id: int, body: int | None, **changes: object) -> str:
    intake = replace(INTAKE, organisation_id=body, **changes)  # type: ignore[arg-type]
    reference = open_case(session, actor_id=actor_id, intake=intake)
    agree(session, reference, *AGREED)
    return reference


def agree(session: Session, reference: str, *purposes: ConsentPurpose, **answer: Any) -> None:
    """The doctor's yes, without its line and audit row."""
    case = session.execute(select(Case.id, Case.received_at).where(Case.reference == reference)).one()
    for purpose in purposes:
        row = {"purpose": purpose, "wording": WORDING, "given": True, "given_at": case.received_at} | answer
        session.add(Consent(case_id=case.id, **row))
    session.flush()


def give_place(
    session: Session, *, lead: int, volunteer: int, reference: str, role: AssignmentRole = AssignmentRole.LEAD
) -> None:
    offer_case(session, actor_id=lead, reference=reference, volunteer_id=volunteer, role=role, reason="Has room")
    offer = session.scalars(
        select(Assignment.id).where(Assignment.volunteer_id == volunteer).order_by(Assignment.id.desc())
    ).first()
    assert offer is not None
    answer_offer(session, actor_id=volunteer, assignment_id=offer, accept=True, no_conflict=True)


def give_second(session: Session, work: Casework, volunteer: int | None = None) -> None:
    """A second place on the case: for whoever is off it, unless told."""
    give_place(
        session,
        lead=work.lead,
        volunteer=work.off_case if volunteer is None else volunteer,
        reference=work.reference,
        role=AssignmentRole.SECOND,
    )


def answer_offer(session: Session, *, actor_id: int, assignment_id: int, **answer: Any) -> str:
    """As the form does it: with the names of the case's bodies in view."""
    offer = session.get(Assignment, assignment_id)
    if offer is not None:
        with suppress(NotFound):
            see_bodies(session, actor_id=actor_id, reference=session.get_one(Case, offer.case_id).reference)
    return assignments.answer_offer(session, actor_id=actor_id, assignment_id=assignment_id, **answer)


def make_room(session: Session, *, lead: int, volunteer: int) -> None:
    """Lets somebody carry as many cases as a test, or a whole file of tests, gives them."""
    set_caps(
        session,
        actor_id=lead,
        volunteer_id=volunteer,
        most_crisis_cases=MOST_CRISIS_CASES,
        most_active_cases=MOST_ACTIVE_CASES,
        most_points=MOST_POINTS,
        reason="For tests",
    )


def make_casework(database: Database) -> Casework:
    with database.write() as session:
        body, other = make_body(session, "EX001"), make_body(session, "EX002")
        lead = make_volunteer(session, "lena", Role.LEAD)
        on_case, off_case = make_volunteer(session, "vik"), make_volunteer(session, "uma")
        in_conflict = make_volunteer(session, "con", Role.LEAD)
        observer = make_volunteer(session, "ola", Role.OBSERVER)
        add_affiliation(
            session, actor_id=lead, volunteer_id=in_conflict, organisation_id=body, started_on=date(2020, 1, 1)
        )
        reference = make_case(session, actor_id=lead, body=body, processes=("MHPS",))
        give_place(session, lead=lead, volunteer=on_case, reference=reference)
        # The first reply stays with the lead, as if it had been said so: that it passes is for the tests about places.
        session.execute(update(Action).values(owner_id=lead))
    return Casework(database, reference, lead, on_case, off_case, in_conflict, observer, body, other)
