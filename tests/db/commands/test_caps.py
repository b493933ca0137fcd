"""What one person may carry: refused at the offer and again at the answer, until a lead raises it with a reason."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import AssignmentRole, AssignmentStatus, Role, Stage
from db.commands.assignments import offer_case
from db.commands.caps import set_caps
from db.commands.debriefs import record_debrief
from db.commands.flags import raise_flag
from db.commands.recusals import recuse
from db.errors import CommandRefused, NotAllowed
from db.models import Assignment, Audit, Caps, Case, Debrief, Volunteer
from db.rules.allotting import DebriefKind, DebriefOutcome
from tests.db.helpers import last, refused, rows
from tests.factories import Casework, answer_offer, give_place, make_case, make_volunteer

TODAY = clock.today()


def do(casework: Casework, command: Any, actor: int | None = None, **fields: Any) -> Any:
    with casework.database.write() as session:
        return command(session, actor_id=actor or casework.lead, **fields)


def another(
    casework: Casework,
    *,
    holder: int | None = None,
    stage: Stage = Stage.ACTIVE,
    points: int = 1,
    crisis: bool = False,
) -> str:
    with casework.database.write() as session:
        made = len(rows(casework.database, Case))
        reference = make_case(session, actor_id=casework.lead, body=casework.other_body, contact=f"d{made}@example.org")
        if holder:
            give_place(session, lead=casework.lead, volunteer=holder, reference=reference)
        session.execute(update(Case).where(Case.reference == reference).values(stage=stage, points_override=points))
        if crisis:
            raise_flag(session, actor_id=casework.lead, reference=reference, code="CRISIS", why="x", review_on=TODAY)
    return reference


def offer(
    casework: Casework, reference: str, role: AssignmentRole = AssignmentRole.LEAD, actor: int | None = None
) -> None:
    do(casework, offer_case, actor, reference=reference, volunteer_id=casework.off_case, role=role, reason="Room")


def raise_to(casework: Casework, **numbers: int | None) -> None:
    told = {"most_crisis_cases": None, "most_active_cases": None, "most_points": None} | numbers
    do(casework, set_caps, volunteer_id=casework.off_case, reason="Asked for more", **told)


def test_three_active_cases_are_the_most_until_a_lead_raises_it(casework: Casework) -> None:
    for _ in range(3):
        another(casework, holder=casework.off_case)
    wanted = another(casework)
    with refused(casework.database, "Uma already has 3 active cases; the limit is 3.*raise", field="volunteer_id"):
        offer(casework, wanted)
    raise_to(casework, most_active_cases=4)
    offer(casework, wanted)


def test_one_crisis_is_the_most(casework: Casework) -> None:
    another(casework, holder=casework.off_case, crisis=True)
    calm, crisis = another(casework), another(casework, crisis=True)
    with refused(casework.database, "Uma already has 1 crisis case; the limit is 1", field="volunteer_id"):
        offer(casework, crisis)
    offer(casework, calm)
    raise_to(casework, most_crisis_cases=2)
    offer(casework, crisis)


@pytest.mark.parametrize(("role", "fits"), [("lead", False), ("second", True), ("interim", True)])
def test_a_place_must_fit_into_the_hours_pledged(casework: Casework, role: str, fits: bool) -> None:
    """Eight points for four hours: five are used, and the place adds four, or half of that."""
    another(casework, holder=casework.off_case, points=5)
    wanted = another(casework, points=4)
    if fits:
        offer(casework, wanted, AssignmentRole(role))
        return
    with refused(casework.database, "has 5 of 8 points, and this case would add 4", field="volunteer_id"):
        offer(casework, wanted, AssignmentRole(role))
    raise_to(casework, most_points=9)
    offer(casework, wanted)


def test_whoever_is_new_carries_a_quarter_less(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(joined_on=TODAY))
    wanted = another(casework, points=7)
    with refused(casework.database, "has 0 of 6 points"):
        offer(casework, wanted)


def test_a_raised_cap_does_not_speak_for_somebody_who_says_full(casework: Casework) -> None:
    raise_to(casework, most_points=200, most_active_cases=50, most_crisis_cases=20)
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(says_full=True))
    wanted = another(casework)
    with refused(casework.database, "is at capacity"):
        offer(casework, wanted)


def test_two_offers_at_once_do_not_pass_the_cap_when_both_are_accepted(casework: Casework) -> None:
    for _ in range(2):
        another(casework, holder=casework.off_case)
    one, two = another(casework), another(casework)
    offer(casework, one)
    offer(casework, two)
    first, second = (row.id for row in rows(casework.database, Assignment)[-2:])
    accept: dict[str, Any] = {"accept": True, "no_conflict": True}
    do(casework, answer_offer, casework.off_case, assignment_id=first, **accept)
    with refused(casework.database, "Decline it, or ask a lead to raise your caseload limit"):
        do(casework, answer_offer, casework.off_case, assignment_id=second, **accept)
    do(casework, answer_offer, casework.off_case, assignment_id=second, accept=False, reason="Too much")
    assert last(casework.database, Assignment).status is AssignmentStatus.DECLINED


def test_a_refusal_counts_nothing_behind_the_leads_own_wall(casework: Casework) -> None:
    hidden = [another(casework, holder=casework.off_case) for _ in range(3)]
    for reference in hidden:
        do(casework, recuse, reference=reference, volunteer_id=casework.in_conflict, reason="Kin")
    wanted = another(casework)
    offer(casework, wanted, actor=casework.in_conflict)
    made = last(casework.database, Assignment).id
    with refused(casework.database, "already has 3 active cases"):
        do(casework, answer_offer, casework.off_case, assignment_id=made, accept=True, no_conflict=True)


def owe(casework: Casework, days_ago: int, person: int) -> int:
    with casework.database.write() as session:
        row = Debrief(
            case_id=1, volunteer_id=person, kind=DebriefKind.HEARING, happened_on=TODAY - timedelta(days=days_ago)
        )
        session.add(row)
        session.flush()
        return row.id


@pytest.mark.parametrize(("days_ago", "rests"), [(0, True), (14, True), (15, False)])
def test_nothing_heavy_for_two_weeks_after_a_hearing(casework: Casework, days_ago: int, rests: bool) -> None:
    owe(casework, days_ago, casework.off_case)
    heavy = another(casework, points=5)
    offer(casework, another(casework, points=1))
    if not rests:
        offer(casework, heavy)
        return
    with refused(casework.database, "has no demanding cases until after", field="volunteer_id"):
        offer(casework, heavy)


def test_their_own_word_ends_the_rest_and_a_leads_does_not(casework: Casework) -> None:
    due = owe(casework, 1, casework.off_case)
    held: dict[str, Any] = {"debrief_id": due, "outcome": DebriefOutcome.HELD}
    with refused(casework.database, "Only they can say", field="ready"):
        do(casework, record_debrief, **held, ready=True)
    do(casework, record_debrief, casework.off_case, **held, ready=True)
    offer(casework, another(casework, points=5))


def test_only_leads_set_caps_with_a_reason_and_in_range(casework: Casework) -> None:
    numbers: dict[str, Any] = {"most_crisis_cases": 2, "most_active_cases": 4, "most_points": 20}
    fields: dict[str, Any] = {"volunteer_id": casework.off_case, "reason": "Has time", **numbers}
    with refused(casework.database, "Only a lead", error=NotAllowed):
        do(casework, set_caps, casework.off_case, **fields)
    with refused(casework.database, "fill this in", field="reason"):
        do(casework, set_caps, **(fields | {"reason": " "}))
    for field, most in (("most_crisis_cases", 20), ("most_active_cases", 50), ("most_points", 200)):
        for wrong in (-1, most + 1):
            with refused(casework.database, "between 0 and", field=field):
                do(casework, set_caps, **(fields | {field: wrong}))
    for nobody in (casework.observer, 999_999):
        with refused(casework.database, "choose from the list", field="volunteer_id"):
            do(casework, set_caps, **(fields | {"volunteer_id": nobody}))
    do(casework, set_caps, **fields)
    do(casework, set_caps, **(fields | {"most_points": None}))
    (row,) = rows_of_caps(casework)
    assert (row.most_crisis_cases, row.most_points, row.reason, row.set_by_id) == (2, None, "Has time", casework.lead)
    assert last(casework.database, Audit, action="set_caps").details["most_active_cases"] == 4


def rows_of_caps(casework: Casework) -> list[Any]:
    with casework.database.read() as session:
        return list(session.query(Caps).all())


def test_a_lead_added_today_has_the_limits_for_all(casework: Casework) -> None:
    with casework.database.write() as session:
        new = make_volunteer(session, "newlead", Role.LEAD, joined_on=TODAY)
    assert new
    with pytest.raises(CommandRefused, match="has 0 of 6 points"):
        do(
            casework,
            offer_case,
            reference=another(casework, points=7),
            volunteer_id=new,
            role=AssignmentRole.LEAD,
            reason="x",
        )
