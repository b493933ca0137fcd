"""Whatever happens to a case and its people, an open case has an action of somebody who may see it, and a day."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import audit_chain, clock
from db.access import barred_pairs
from db.choices import AssignmentRole, AssignmentStatus, Contact, PartyRole, Role, Stage, Wellbeing
from db.commands.action_offers import answer_action_offer, offer_action, take_back_action
from db.commands.actions import add_action, finish_action, snooze_action
from db.commands.affiliations import add_affiliation
from db.commands.assignments import end_assignment, offer_case
from db.commands.leave import add_leave
from db.commands.people import change_volunteer, deactivate, reactivate
from db.commands.processes import add_process
from db.commands.recusals import recuse
from db.commands.update_status import update_status
from db.commands.wall import check_conflicts, name_party
from db.errors import CommandRefused
from db.models import Action, ActionOffer, Assignment, Case, Volunteer
from tests.factories import Casework, answer_offer, make_case, make_volunteer

TODAY = clock.today()
STEPS = 14
MOVES: dict[Stage, dict[str, Any]] = {
    Stage.TRIAGE: {"representation": "none", "limit_dates": "x", "scope": "x", "cause": "x"},
    Stage.DECLINED: {"decline_reason": "out_of_scope", "sent_to": "x", "told_on": TODAY},
    Stage.REVIEW: {"first_contact": TODAY, "documents": "x"},
}


class Everything:
    """One random step after another, as the pages might send them: most are refused, as most make no sense."""

    def __init__(self, session: Session, work: Casework, dice: Random) -> None:
        self.session, self.work, self.dice = session, work, dice
        self.people = list(session.scalars(select(Volunteer.id).order_by(Volunteer.id)))

    def one(self, model: Any, *conditions: Any) -> Any:
        found = self.session.scalars(select(model).where(*conditions).order_by(model.id)).all()
        return self.dice.choice(found) if found else None

    def calls(self) -> list[tuple[Callable[..., Any], dict[str, Any]]]:
        pick, someone = self.dice.choice, self.dice.choice(self.people)
        case = self.one(Case)
        here = {"reference": case.reference}
        action = self.one(Action, Action.case_id == case.id, Action.done_at.is_(None)) or self.one(Action)
        offer, place = self.one(ActionOffer), self.one(Assignment, Assignment.case_id == case.id)
        about = here | {"action_id": action.id}
        due = TODAY + timedelta(days=pick((-1, 0, 3, 20)))
        new = {"next_action": pick(("", "x", "y")), "action_owner_id": someone, "action_due_on": due}
        to = pick((None, *MOVES))
        update: dict[str, Any] = {
            "seen_version": case.version,
            "what_changed": "x",
            "contact": Contact.NONE,
            "wellbeing": Wellbeing.NOT_ASKED,
            "move_to": to,
            "move_values": MOVES[to] if to else {},
        }
        person = {"name": pick(("Vik", "Uma", "Named")), "email": "", "pledged_hours": 4, "skills": ()}
        who, bodies = {"volunteer_id": someone}, (self.work.body, self.work.other_body)
        gmc = {"process": "GMC", "stage": "TRIAGE", "organisation_id": pick(bodies), "started_on": TODAY}
        return [
            (add_action, here | new),
            (finish_action, about | pick(({}, new))),
            (snooze_action, about | {"seen_due_on": action.due_on, "due_on": due, "reason": "x"}),
            (offer_action, about | {"to_id": someone}),
            (take_back_action, about),
            (answer_action_offer, {"action_offer_id": offer.id if offer else 0, "accept": pick((True, False))}),
            (update_status, here | update | new),
            (offer_case, here | who | {"role": pick(list(AssignmentRole)), "reason": "x"}),
            (answer_offer, {"assignment_id": place.id if place else 0, "accept": True, "no_conflict": True}),
            (end_assignment, here | {"assignment_id": place.id if place else 0, "handover": "x"}),
            (recuse, here | who | {"reason": "x"}),
            (name_party, here | {"role": PartyRole.OTHER, "name": pick(("Vik", "Uma", "Nobody here"))}),
            (add_leave, who | {"starts_on": TODAY, "ends_on": due}),
            (deactivate, who),
            (reactivate, who),
            (change_volunteer, who | person | self.role_of(someone)),
            (add_affiliation, who | {"organisation_id": pick(bodies), "started_on": date(2020, 1, 1)}),
            (add_process, here | gmc),
        ]

    def role_of(self, someone: int) -> dict[str, Any]:
        version = self.session.get_one(Volunteer, someone).version
        return {"seen_version": version, "role": self.dice.choice(list(Role)), "says_full": False}

    def step(self) -> str:
        calls = self.calls()
        command, fields = self.dice.choice(calls)
        with suppress(CommandRefused, IntegrityError), audit_chain.savepoint(self.session):
            command(self.session, actor_id=self.dice.choice(self.people), **fields)
            self.session.flush()
        return command.__name__


def without(session: Session) -> list[str]:
    """Open cases that break the rule. One that nobody at all may see keeps what it has."""
    pairs = barred_pairs()
    barred = select(pairs.c.case_id).where(pairs.c.case_id == Action.case_id, pairs.c.volunteer_id == Action.owner_id)
    sees = (
        select(Action.case_id)
        .join(Volunteer, Volunteer.id == Action.owner_id)
        .where(Action.done_at.is_(None), Volunteer.active, Volunteer.role != Role.OBSERVER, ~barred.exists())
    )
    somebody = select(Volunteer.id).where(
        Volunteer.active,
        Volunteer.role != Role.OBSERVER,
        ~select(pairs.c.case_id).where(pairs.c.case_id == Case.id, pairs.c.volunteer_id == Volunteer.id).exists(),
    )
    broken = select(Case.reference).where(Case.is_open, Case.id.not_in(sees), somebody.correlate(Case).exists())
    return list(session.scalars(broken))


def unfit(session: Session) -> int:
    """Open actions of people who may not have them, and offers that nobody could answer."""
    pairs = barred_pairs()
    same = pairs.c.case_id == Action.case_id
    barred = select(pairs.c.case_id).where(same, pairs.c.volunteer_id == Action.owner_id)
    bad = (~Volunteer.active) | (Volunteer.role == Role.OBSERVER) | barred.exists()
    owned = select(func.count()).select_from(Action).join(Volunteer, Volunteer.id == Action.owner_id)
    owned = owned.join(Case, Case.id == Action.case_id).where(Action.done_at.is_(None), Case.is_open, bad)
    live = select(func.count()).select_from(ActionOffer).join(Action, Action.id == ActionOffer.action_id)
    live = live.join(Volunteer, Volunteer.id == ActionOffer.to_id).where(
        ActionOffer.status == AssignmentStatus.OFFERED, (~Volunteer.active) | Action.done_at.is_not(None)
    )
    return (session.scalar(owned) or 0) + (session.scalar(live) or 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dice=st.randoms(use_true_random=False))
def test_no_open_case_is_ever_without_an_action_of_somebody_who_may_see_it(casework: Casework, dice: Random) -> None:
    with casework.database._writes() as session:
        try:
            make_volunteer(session, "second", Role.LEAD)
            make_case(session, actor_id=casework.off_case, body=casework.other_body, contact="o@example.org")
            check_conflicts(session)
            everything = Everything(session, casework, dice)
            done = []
            for _ in range(STEPS):
                done.append(everything.step())
                assert without(session) == [], done
                assert unfit(session) == 0, done
        finally:
            session.rollback()
