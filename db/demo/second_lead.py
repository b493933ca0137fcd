"""What waits for a second lead: a request by each of the two demo leads, so that the other can agree; and an employer
that somebody declared soon after another."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.choices import Role
from db.commands.affiliations import add_affiliation, end_affiliation
from db.commands.people import send_link
from db.demo.people import SIGN_INS
from db.models import Affiliation, Approval, Organisation, Volunteer
from db.rules.four_eyes import ApprovalKind, ApprovalOutcome

DECLARED = ("Example Staffing Agency C", "Example Staffing Agency D")


def add_asks(session: Session) -> None:
    """Adds the requests. Needs all accounts and cards."""
    lead, lead2 = (_id(session, username) for username in ("lead", "lead2"))
    others = session.scalars(
        select(Volunteer)
        .where(Volunteer.id > len(SIGN_INS), Volunteer.active, Volunteer.role == Role.VOLUNTEER)
        .order_by(Volunteer.id)
    ).all()
    lost_password, left_earlier, declares = others[1], others[2], others[3]
    send_link(session, actor_id=lead2, volunteer_id=lost_password.id)
    working = select(Affiliation).where(Affiliation.volunteer_id == left_earlier.id, Affiliation.ended_on.is_(None))
    if (employment := session.scalars(working).first()) is not None:
        day = max(employment.started_on, clock.today() - timedelta(days=40))
        end_affiliation(session, actor_id=lead, affiliation_id=employment.id, ended_on=day)
    for body in session.scalars(
        select(Organisation.id).where(Organisation.name.in_(DECLARED)).order_by(Organisation.id)
    ):
        add_affiliation(
            session, actor_id=declares.id, volunteer_id=declares.id, organisation_id=body, started_on=clock.today()
        )
    _done_alone(session, lead, others[0].id)


def _done_alone(session: Session, lead: int, volunteer_id: int) -> None:
    """Something from the time when there was only one lead."""
    session.add(
        Approval(
            kind=ApprovalKind.RESET_FACTOR,
            volunteer_id=volunteer_id,
            payload={},
            asked_by_id=lead,
            asked_at=clock.now() - timedelta(days=30),
            outcome=ApprovalOutcome.ALONE,
        )
    )


def _id(session: Session, username: str) -> int:
    return session.scalars(select(Volunteer.id).where(Volunteer.username == username)).one()
