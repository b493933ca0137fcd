"""Which moves a lead is shown: their reasons, their cost, and what never moves."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from db import clock
from db.access import Viewer
from db.choices import Contact, DeadlineKind, EntryKind, Role, Whose
from db.commands.deadlines import add_deadline
from db.commands.entries import add_entry
from db.commands.handover import offer_handover
from db.commands.people import set_says_full
from db.commands.recusals import recuse
from db.models import Assignment, Case
from db.queries.rebalancing import Rebalancing, rebalancing
from db.queries.workload import workload
from db.rules.limits import Limits
from tests.db.helpers import last
from tests.factories import Casework, answer_offer, give_place, make_case

TODAY = clock.today()
LIMITS = Limits()


def look(casework: Casework, who: int | None = None, role: Role = Role.LEAD) -> Rebalancing:
    viewer = Viewer(who or casework.lead, role)
    with casework.database.read() as session:
        return rebalancing(session, viewer, workload(session, viewer, TODAY, LIMITS), TODAY, LIMITS)


def led(casework: Casework, *points: int) -> list[str]:
    """Cases that Vik leads, who carries eight points, with these."""
    made = []
    with casework.database.write() as session:
        for number in range(len(points)):
            reference = make_case(
                session,
                actor_id=casework.lead,
                body=casework.other_body,
                contact=f"m{number}@example.org",
                processes=("GMC",),
            )
            give_place(session, lead=casework.lead, volunteer=casework.on_case, reference=reference)
            made.append(reference)
        for reference, weight in zip(made, points, strict=True):
            session.execute(update(Case).where(Case.reference == reference).values(points_override=weight))
    return made


def do(casework: Casework, command: Any, actor: int | None = None, **fields: Any) -> None:
    with casework.database.write() as session:
        command(session, actor_id=actor or casework.lead, **fields)


def test_nobody_over_is_nothing_to_do(casework: Casework) -> None:
    assert look(casework) == Rebalancing()


def test_the_fewest_moves_with_their_reason_and_cost(casework: Casework) -> None:
    _, heavy = led(casework, 4, 5)
    do(
        casework,
        add_entry,
        casework.on_case,
        reference=heavy,
        kind=EntryKind.CONTACT,
        text="Rang",
        contact=Contact.REACHED,
    )
    found = look(casework)
    (move,) = found.moves
    # Ten of eight: the one of four is enough, and loses less than the one of five, whose doctor he has reached.
    assert (move.points, move.reached, move.months, move.from_name) == (4, 0, 0, "Vik")
    assert move.reason.startswith("Vik has 10 of 8 points; ")
    assert (found.over, found.still_over, found.at_least, found.is_exact) == (("Vik",), (), 1, True)


def test_a_case_before_its_hearing_stays(casework: Casework) -> None:
    light, heavy = led(casework, 4, 5)
    for reference in (light, heavy):
        do(
            casework,
            add_deadline,
            casework.on_case,
            reference=reference,
            name="Hearing",
            due_on=TODAY + timedelta(days=LIMITS.hearing_keeps_days),
            kind=DeadlineKind.LOCAL,
            whose=Whose.BODY,
            is_hearing=True,
        )
    found = look(casework)
    assert [move.reference for move in found.moves] == [casework.reference]
    assert found.still_over == ("Vik",)


def test_nobody_barred_full_or_asked_before_is_proposed(casework: Casework) -> None:
    (one,) = led(casework, 8)
    assert {move.to_name for move in look(casework).moves} <= {"Con", "Lena", "Uma"}
    for person in (casework.lead, casework.off_case):
        do(casework, set_says_full, person, says_full=True)
    do(casework, recuse, reference=one, volunteer_id=casework.in_conflict, reason="Kin")
    found = look(casework)
    assert one not in {move.reference for move in found.moves}
    assert {move.to_name for move in found.moves} <= {"Con"}, "the other case is at Con’s own body"


def test_behind_a_leads_wall_nobody_is_seen_to_be_over(casework: Casework) -> None:
    (one,) = led(casework, 8)
    do(casework, recuse, reference=one, volunteer_id=casework.in_conflict, reason="Kin")
    assert look(casework, casework.in_conflict) == Rebalancing()


def test_only_leads_are_shown_any(casework: Casework) -> None:
    led(casework, 8)
    for who, role in ((casework.on_case, Role.VOLUNTEER), (casework.observer, Role.OBSERVER)):
        assert look(casework, who, role) == Rebalancing()


def test_a_move_that_was_offered_waits_and_is_not_proposed_again(casework: Casework) -> None:
    led(casework, 4, 5)
    (move,) = look(casework).moves
    do(casework, offer_handover, reference=move.reference, volunteer_id=move.to_id, reason=move.reason, handover="x")
    found = look(casework)
    assert (found.moves, found.over) == ((), ())
    assert [(one.reference, one.to_name) for one in found.waiting] == [(move.reference, move.to_name)]
    offer = last(casework.database, Assignment).id
    do(casework, answer_offer, move.to_id, assignment_id=offer, accept=True, no_conflict=True)
    assert look(casework) == Rebalancing()
    with casework.database.read() as session:
        lead = session.scalar(select(Case.lead_id).where(Case.reference == move.reference))
    assert lead == move.to_id


def test_a_declined_move_is_proposed_to_another(casework: Casework) -> None:
    led(casework, 4, 5)
    (move,) = look(casework).moves
    do(casework, offer_handover, reference=move.reference, volunteer_id=move.to_id, reason="Room", handover="x")
    offer = last(casework.database, Assignment).id
    do(casework, answer_offer, move.to_id, assignment_id=offer, accept=False, reason="No time")
    (again,) = look(casework).moves
    assert (again.reference, again.to_id) != (move.reference, move.to_id)
