"""Who carries what, which cases have nobody, and whom they might be offered to."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, literal, select, update

from db import clock
from db.access import Viewer
from db.choices import OPEN_STAGES, AssignmentRole, AssignmentStatus, DeadlineKind, Role, Whose, YesNo
from db.commands.affiliations import add_affiliation
from db.commands.assignments import end_assignment, offer_case
from db.commands.flags import raise_flag
from db.commands.leave import add_leave
from db.commands.recusals import recuse
from db.engine import Database
from db.models import Assignment, Case, Deadline, Volunteer
from db.queries.places import points_share
from db.queries.rebalancing import Rebalancing
from db.queries.suggestions import Allocation, allocation, suggestions
from db.queries.unallocated import MOST_UNALLOCATED, unallocated
from db.queries.workload import workload
from db.rules import points
from db.rules.limits import Limits
from tests.factories import Casework, give_place, give_second, make_body, make_case, make_volunteer

TODAY = clock.today()
LIMITS = Limits()


def viewer(casework: Casework, who: str) -> Viewer:
    role = {"lead": Role.LEAD, "in_conflict": Role.LEAD, "observer": Role.OBSERVER}.get(who, Role.VOLUNTEER)
    return Viewer(getattr(casework, who), role)


def look(casework: Casework, who: str = "lead") -> Allocation:
    with casework.database.read() as session:
        return allocation(session, viewer(casework, who), TODAY, LIMITS)


def row_of(found: Allocation, volunteer_id: int) -> dict[str, Any]:
    return {str(k): v for k, v in found.people.set_index("volunteer_id").loc[volunteer_id].items()}


def make_open_case(casework: Casework, **changes: Any) -> str:
    """Another doctor's case, unless their contact is given."""
    changes.setdefault("contact", f"{uuid4()}@example.org")
    with casework.database.write() as session:
        return make_case(session, actor_id=casework.lead, body=casework.other_body, **changes)


def set_case(casework: Casework, reference: str, **values: Any) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).where(Case.reference == reference).values(values))


def make_case_for(casework: Casework, volunteer_id: int, **changes: Any) -> str:
    """A case that this person comes first for, unless something stands in the way."""
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == volunteer_id).values(skills=["MHPS"]))
    return make_open_case(casework, processes=("MHPS",), **changes)


def names(found: Allocation, reference: str) -> list[str]:
    return [one.name for one in found.suggestions[reference]]


# Who carries what


def test_everybody_who_does_casework_is_there_with_or_without_cases(casework: Casework) -> None:
    found = look(casework)
    people = {casework.lead, casework.on_case, casework.off_case, casework.in_conflict}
    assert set(found.people["volunteer_id"]) == people
    free = row_of(found, casework.off_case)
    assert (free["points"], free["cases"], free["deadlines"], free["updates_overdue"]) == (0, 0, 0, 0)
    assert all(free[stage] == 0 for stage in OPEN_STAGES)


def test_ended_accounts_and_observers_are_not_there(casework: Casework) -> None:
    with casework.database.write() as session:
        make_volunteer(session, "gone", active=False)
    assert "Gone" not in set(look(casework).people["name"])
    assert casework.observer not in set(look(casework).people["volunteer_id"])


def test_points_stand_in_their_stage(casework: Casework) -> None:
    set_case(casework, casework.reference, stage="review", extra_points=1)
    row = row_of(look(casework), casework.on_case)
    assert (row["review"], row["points"], row["cases"], row["capacity"]) == (4, 4, 1, 8)


def test_a_second_volunteer_carries_half(casework: Casework) -> None:
    set_case(casework, casework.reference, stage="review", points_override=5)
    with casework.database.write() as session:
        give_second(session, casework)
    found = look(casework)
    assert row_of(found, casework.on_case)["points"] == 5
    assert row_of(found, casework.off_case)["points"] == 3


@given(weight=st.integers(0, 10), role=st.sampled_from(AssignmentRole))
def test_the_share_in_sql_is_the_pure_share(weight: int, role: AssignmentRole) -> None:
    with create_engine("sqlite://").connect() as connection:
        got = connection.scalar(select(points_share(literal(role.value), literal(weight))))
    assert got == points.share(weight, role)


def test_the_share_in_sql_is_the_pure_share_on_both_databases(database: Database) -> None:
    with database.read() as session:
        for role in AssignmentRole:
            for weight in range(11):
                got = session.scalar(select(points_share(literal(role.value), literal(weight))))
                assert got == points.share(weight, role)


def test_own_deadlines_in_the_window_are_counted(casework: Casework) -> None:
    days = {0: "today", 14: "last day", 15: "after", -1: "missed"}
    with casework.database.write() as session:
        case = session.scalars(select(Case.id).where(Case.reference == casework.reference)).one()
        common = {"case_id": case, "kind": DeadlineKind.STATUTORY, "is_hearing": False}
        for n, name in days.items():
            session.add(Deadline(name=name, due_on=TODAY + timedelta(days=n), whose=Whose.OURS, **common))
        session.add(Deadline(name="theirs", due_on=TODAY, whose=Whose.BODY, **common))
        session.add(Deadline(name="met", due_on=TODAY, whose=Whose.OURS, met_on=TODAY, **common))
    assert row_of(look(casework), casework.on_case)["deadlines"] == 2


def test_updates_overdue_count_for_the_case_lead_only(casework: Casework) -> None:
    with casework.database.write() as session:
        give_second(session, casework)
    set_case(casework, casework.reference, update_at=clock.now() - timedelta(days=9))
    found = look(casework)
    assert row_of(found, casework.on_case)["updates_overdue"] == 1
    assert row_of(found, casework.off_case)["updates_overdue"] == 0


def test_leave_and_says_full_are_told(casework: Casework) -> None:
    back = TODAY + timedelta(days=3)
    with casework.database.write() as session:
        add_leave(session, actor_id=casework.lead, volunteer_id=casework.on_case, starts_on=TODAY, ends_on=back)
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(says_full=True))
    found = look(casework)
    assert row_of(found, casework.on_case)["away_until"] == back
    assert row_of(found, casework.off_case)["room"] == "full"
    assert pd.isna(row_of(found, casework.lead)["away_until"])


def test_the_most_used_capacity_comes_first(casework: Casework) -> None:
    found = look(casework)
    used = (found.people["points"] / found.people["capacity"]).tolist()
    assert used == sorted(used, reverse=True)


def test_a_barred_case_moves_no_number(casework: Casework) -> None:
    before = look(casework, "in_conflict")
    set_case(casework, casework.reference, stage="review", extra_points=5)
    after = look(casework, "in_conflict")
    pd.testing.assert_frame_equal(before.people, after.people)
    assert row_of(after, casework.on_case)["points"] == 0
    assert row_of(look(casework), casework.on_case)["points"] == 8


def test_closed_cases_and_ended_places_weigh_nothing(casework: Casework) -> None:
    with casework.database.write() as session:
        place = session.scalars(select(Assignment.id).where(Assignment.status == AssignmentStatus.ACCEPTED)).one()
        end_assignment(
            session, actor_id=casework.lead, reference=casework.reference, assignment_id=place, handover="Left."
        )
    assert row_of(look(casework), casework.on_case)["cases"] == 0


@pytest.mark.parametrize("who", ["on_case", "off_case"])
def test_a_volunteer_is_given_their_own_row_and_who_has_room(casework: Casework, who: str) -> None:
    """Nothing else of a colleague leaves the record: not that they are over capacity, late, resting or away."""
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.lead).values(says_full=True))
        away: dict[str, Any] = {"volunteer_id": casework.in_conflict, "starts_on": TODAY, "ends_on": TODAY}
        add_leave(session, actor_id=casework.in_conflict, **away)
    found = look(casework, who)
    me = getattr(casework, who)
    assert found.people["volunteer_id"].tolist() == [me]
    assert row_of(found, me)["points"] == row_of(look(casework), me)["points"]
    other = "Uma" if who == "on_case" else "Vik"
    assert set(found.with_room) <= {other}
    assert "Uma" in look(casework, "lead").with_room
    assert found.rebalancing == Rebalancing()
    assert found.suggestions == {}


def test_observers_see_nobody(casework: Casework) -> None:
    found = look(casework, "observer")
    assert found.people.empty
    assert found.unallocated.empty
    assert found.suggestions == {}


# Cases with nobody


def test_red_flags_first_then_the_longest(casework: Casework) -> None:
    short, long, red = (make_open_case(casework) for _ in range(3))
    set_case(casework, long, unallocated_since=clock.now() - timedelta(days=20))
    with casework.database.write() as session:
        raise_flag(session, actor_id=casework.lead, reference=red, code="CRISIS", why="Said so", review_on=TODAY)
    found = look(casework)
    assert found.unallocated["reference"].tolist() == [red, long, short]
    assert found.total == 3
    assert found.unallocated["level"].tolist() == ["red", "red", "soon"]


@pytest.mark.parametrize(("days", "level"), [(0, "soon"), (7, "amber"), (21, "red")])
def test_the_level_follows_working_days(casework: Casework, days: int, level: str) -> None:
    reference = make_open_case(casework)
    set_case(casework, reference, unallocated_since=clock.now() - timedelta(days=days))
    assert look(casework).unallocated["level"].tolist() == [level]


def test_no_more_than_a_page_but_all_are_counted(casework: Casework) -> None:
    for _ in range(MOST_UNALLOCATED + 2):
        make_open_case(casework)
    found = look(casework)
    assert (len(found.unallocated), found.total) == (MOST_UNALLOCATED, MOST_UNALLOCATED + 2)


def test_a_barred_case_is_not_listed(casework: Casework) -> None:
    with casework.database.write() as session:
        make_case(session, actor_id=casework.lead, body=casework.body)
    found = look(casework, "in_conflict")
    assert found.unallocated.empty
    assert found.total == 0


def test_ids_and_weights_do_not_leave(casework: Casework) -> None:
    make_open_case(casework)
    assert not {"case_id", "points"} & set(look(casework).unallocated.columns)


# Suggestions


def test_up_to_three_with_reasons_in_words(casework: Casework) -> None:
    reference = make_case_for(casework, casework.off_case)
    first, *others = look(casework).suggestions[reference]
    assert (first.volunteer_id, len(others)) == (casework.off_case, 2)
    assert first.reasons == ("0 of 8 points used", "knows MHPS", "no known conflict")


def test_only_leads_are_given_suggestions(casework: Casework) -> None:
    make_open_case(casework)
    found = look(casework, "off_case")
    assert len(found.unallocated) == 1
    assert found.suggestions == {}


def test_somebody_barred_is_not_there_and_nothing_says_why(casework: Casework) -> None:
    reference = make_open_case(casework)
    with casework.database.write() as session:
        add_affiliation(
            session,
            actor_id=casework.lead,
            volunteer_id=casework.off_case,
            organisation_id=casework.other_body,
            started_on=date(2020, 1, 1),
        )
        recuse(session, actor_id=casework.lead, reference=reference, volunteer_id=casework.in_conflict, reason="Kin")
    assert sorted(names(look(casework), reference)) == ["Lena", "Vik"]


def test_barred_by_the_body_of_a_process_or_a_parent(casework: Casework) -> None:
    with casework.database.write() as session:
        child = make_body(session, "EX003", parent_id=casework.other_body)
        add_affiliation(
            session,
            actor_id=casework.lead,
            volunteer_id=casework.off_case,
            organisation_id=casework.other_body,
            started_on=date(2020, 1, 1),
        )
        reference = make_case(session, actor_id=casework.lead, body=child)
    assert "Uma" not in names(look(casework), reference)


@pytest.mark.parametrize("values", [{"says_full": True}, {"pledged_hours": 0}])
def test_nobody_full_or_without_hours(casework: Casework, values: dict[str, Any]) -> None:
    reference = make_case_for(casework, casework.off_case)
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(values))
    assert "Uma" not in names(look(casework), reference)


def test_nobody_who_asked_for_quiet(casework: Casework) -> None:
    reference = make_case_for(casework, casework.off_case)
    with casework.database.write() as session:
        until = TODAY + timedelta(days=1)
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(quiet_until=until))
    found = look(casework)
    assert casework.off_case not in {one.volunteer_id for one in found.suggestions[reference]}
    assert "Uma" not in look(casework, "on_case").with_room
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(quiet_until=TODAY))
    assert casework.off_case in {one.volunteer_id for one in look(casework).suggestions[reference]}


def test_nobody_away(casework: Casework) -> None:
    reference = make_case_for(casework, casework.off_case)
    with casework.database.write() as session:
        add_leave(session, actor_id=casework.lead, volunteer_id=casework.off_case, starts_on=TODAY, ends_on=TODAY)
    assert "Uma" not in names(look(casework), reference)


def test_nobody_whom_it_would_put_over_their_capacity(casework: Casework) -> None:
    reference = make_case_for(casework, casework.on_case)
    set_case(casework, reference, points_override=2)
    set_case(casework, casework.reference, points_override=7)
    assert "Vik" not in names(look(casework), reference)
    set_case(casework, casework.reference, points_override=6)
    assert "Vik" in names(look(casework), reference)


def test_one_crisis_case_each(casework: Casework) -> None:
    reference = make_case_for(casework, casework.on_case, immediate_danger=YesNo.YES)
    assert "Vik" in names(look(casework), reference)
    with casework.database.write() as session:
        raise_flag(
            session, actor_id=casework.lead, reference=casework.reference, code="CRISIS", why="x", review_on=TODAY
        )
    assert "Vik" not in names(look(casework), reference)


def test_three_active_cases_each(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.on_case).values(pledged_hours=40))
    waits = make_case_for(casework, casework.on_case)
    set_case(casework, casework.reference, stage="active")
    for _ in range(LIMITS.most_active_cases - 1):
        assert "Vik" in names(look(casework), waits)
        reference = make_open_case(casework)
        with casework.database.write() as session:
            give_place(session, lead=casework.lead, volunteer=casework.on_case, reference=reference)
        set_case(casework, reference, stage="active")
    assert "Vik" not in names(look(casework), waits)


def test_who_worked_with_the_doctor_comes_first(casework: Casework) -> None:
    reference = make_open_case(casework)
    with casework.database.write() as session:
        doctor = session.scalars(select(Case.doctor_id).where(Case.reference == casework.reference)).one()
        session.execute(update(Case).where(Case.reference == reference).values(doctor_id=doctor))
    first = look(casework).suggestions[reference][0]
    assert first.name == "Vik"
    assert "has worked with this doctor before" in first.reasons
    assert casework.reference not in " ".join(first.reasons)
    seen_by_barred = look(casework, "in_conflict").suggestions[reference]
    assert not any("before" in reason for one in seen_by_barred for reason in one.reasons)


def test_a_case_on_offer_is_not_offered_again(casework: Casework) -> None:
    reference = make_open_case(casework)
    with casework.database.write() as session:
        offer_case(
            session,
            actor_id=casework.lead,
            reference=reference,
            volunteer_id=casework.off_case,
            role=AssignmentRole.LEAD,
            reason="Room",
        )
    found = look(casework)
    assert found.unallocated["offered_to"].tolist() == ["Uma"]
    assert reference not in found.suggestions
    assert row_of(found, casework.off_case)["offers"] == 1


def test_the_statements_do_not_grow_with_the_cases(casework: Casework) -> None:
    def statements() -> int:
        ran: list[str] = []

        def note(_conn: Any, _cursor: Any, sql: str, *_: Any) -> None:
            ran.append(sql)

        event.listen(casework.database.engine, "before_cursor_execute", note)
        look(casework)
        event.remove(casework.database.engine, "before_cursor_execute", note)
        return len([sql for sql in ran if sql.startswith("SELECT")])

    make_open_case(casework)
    one = statements()
    for _ in range(6):
        make_open_case(casework)
    assert statements() == one <= 14


def test_the_parts_can_be_read_alone(casework: Casework) -> None:
    reference = make_open_case(casework)
    who = viewer(casework, "lead")
    with casework.database.read() as session:
        load, waiting = workload(session, who, TODAY, LIMITS), unallocated(session, who, TODAY, LIMITS)
        assert set(suggestions(session, who, load, waiting, LIMITS)) == {reference}
