"""Who looked at what: by person, what is unusual of it, for leads, and never a case behind the lead's own wall."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from db import clock
from db.choices import AuditAction, Role
from db.commands.affiliations import add_affiliation
from db.commands.assignments import end_assignment
from db.commands.people import deactivate, reactivate
from db.commands.recusals import recuse
from db.errors import NotAllowed
from db.models import AccessLog, Assignment, Case, Volunteer
from db.queries.access_review import Look, Period, access_lines, access_review
from db.queries.days import LondonDay
from db.rules.limits import Limits
from db.rules.unusual import Unusual
from tests.db.helpers import run, statements, the_case, viewer
from tests.factories import Casework, make_case

TODAY = clock.today()
PERIOD = Period(TODAY - timedelta(days=27), TODAY)
LIMITS = Limits(many_cases_a_day=3, many_identities_a_day=2)
UNUSUAL = [mark.value for mark in Unusual]


def review(casework: Casework, who: str = "lead", period: Period = PERIOD) -> dict[str, dict[str, Any]]:
    """{name: its row}."""
    with casework.database.read() as session:
        frame = access_review(session, viewer(casework, who), period, LIMITS)
    return {str(row["name"]): {str(key): value for key, value in row.items()} for row in frame.to_dict("records")}


def lines(casework: Casework, person: int, who: str = "lead", **asked: Any) -> list[Look]:
    with casework.database.read() as session:
        return access_lines(session, viewer(casework, who), person, PERIOD, LIMITS, **({"shown": 100} | asked))


def look(
    casework: Casework,
    person: int,
    *references: str,
    action: AuditAction = AuditAction.VIEW,
    at: datetime | None = None,
) -> None:
    """As the log would have it, whoever may or may not have looked."""
    with casework.database.log() as session:
        ids = [session.scalar(select(Case.id).where(Case.reference == each)) for each in references] or [None]
        rows = [{"at": at or clock.now(), "actor_id": person, "action": action, "case_id": id} for id in ids]
        session.execute(insert(AccessLog), rows)


def more_cases(casework: Casework, many: int) -> list[str]:
    with casework.database.write() as session:
        return [
            make_case(session, actor_id=casework.lead, body=casework.other_body, contact=f"d{n}@example.org")
            for n in range(many)
        ]


def unusual(casework: Casework, name: str) -> set[str]:
    return {mark for mark in UNUSUAL if review(casework)[name][mark]}


def test_it_counts_by_person_what_they_looked_at(casework: Casework) -> None:
    other = more_cases(casework, 1)
    look(casework, casework.lead, casework.reference, casework.reference, *other)
    look(casework, casework.lead, action=AuditAction.SEARCH)
    look(casework, casework.lead, action=AuditAction.RAW_HEATMAP)
    look(casework, casework.on_case, casework.reference, action=AuditAction.IDENTITY)
    found = review(casework)
    counted = ("cases", "identities", "searches", "heatmaps")
    assert {name: tuple(row[column] for column in counted) for name, row in found.items()} == {
        "Lena": (2, 0, 1, 1),
        "Vik": (0, 1, 0, 0),
    }
    assert (found["Vik"]["role"], found["Vik"]["active"]) == (Role.VOLUNTEER, True)
    assert all(not row[mark] for row in found.values() for mark in UNUSUAL)


def test_only_the_period_counts_both_days_included(casework: Casework) -> None:
    summer = Period(date(2026, 7, 1), date(2026, 7, 2))
    # One in the morning in London is midnight in UTC, and half past eleven at night the day before.
    for at, inside in (
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 30, 23, 1, tzinfo=UTC), True),
        (datetime(2026, 7, 2, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 7, 2, 23, 1, tzinfo=UTC), False),
    ):
        before = review(casework, period=summer).get("Uma", {}).get("searches", 0)
        look(casework, casework.off_case, action=AuditAction.SEARCH, at=at)
        assert review(casework, period=summer).get("Uma", {}).get("searches", 0) == before + inside, at


@pytest.mark.parametrize("month", [1, 7])
def test_a_day_is_a_day_in_london(casework: Casework, month: int) -> None:
    at = datetime(2026, month, 15, 23, 30, tzinfo=UTC)
    look(casework, casework.lead, action=AuditAction.SEARCH, at=at)
    with casework.database.read() as session:
        assert session.scalars(select(LondonDay(AccessLog.at))).all() == [clock.london_day(at)]


@pytest.mark.parametrize(("many", "pointed_at"), [(3, False), (4, True)])
def test_many_cases_in_a_day_are_pointed_at(casework: Casework, many: int, pointed_at: bool) -> None:
    look(casework, casework.lead, *more_cases(casework, many) * 2)
    assert review(casework)["Lena"]["many"] == int(pointed_at)
    assert {mark for line in lines(casework, casework.lead) for mark in line.unusual} == (
        {Unusual.MANY} if pointed_at else set()
    )


def test_the_same_number_over_two_days_is_not_many(casework: Casework) -> None:
    cases = more_cases(casework, 4)
    look(casework, casework.lead, *cases[:2])
    look(casework, casework.lead, *cases[2:], at=clock.now() - timedelta(days=1))
    assert unusual(casework, "Lena") == set()


def test_many_identities_in_a_day_are_pointed_at_and_the_views_beside_them_are_not(casework: Casework) -> None:
    look(casework, casework.on_case, *[casework.reference] * 3, action=AuditAction.IDENTITY)
    look(casework, casework.on_case, casework.reference)
    assert unusual(casework, "Vik") == {"many"}
    assert sorted(len(line.unusual) for line in lines(casework, casework.on_case)) == [0, 1, 1, 1]


def test_whoever_was_not_on_the_team_is_pointed_at(casework: Casework) -> None:
    look(casework, casework.on_case, casework.reference)
    look(casework, casework.off_case, casework.reference)
    assert (unusual(casework, "Vik"), unusual(casework, "Uma")) == (set(), {"no_place"})
    # From before they had a place.
    look(casework, casework.on_case, casework.reference, at=clock.now() - timedelta(days=1))
    assert unusual(casework, "Vik") == {"no_place"}


def test_leads_may_read_every_case_but_an_identity_is_for_the_team(casework: Casework) -> None:
    look(casework, casework.lead, casework.reference)
    assert unusual(casework, "Lena") == set()
    look(casework, casework.lead, casework.reference, action=AuditAction.IDENTITY)
    assert unusual(casework, "Lena") == {"no_place"}


def test_an_offer_that_was_never_accepted_is_no_place(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Assignment).values(status="ended", answered_at=None, ended_at=clock.now()))
    look(casework, casework.on_case, casework.reference)
    assert unusual(casework, "Vik") == {"no_place"}


def test_a_look_after_the_place_ended_is_pointed_at(casework: Casework) -> None:
    look(casework, casework.on_case, casework.reference)
    with casework.database.read() as session:
        place = session.scalars(select(Assignment.id)).one()
    run(casework, end_assignment, assignment_id=place, handover="Enough")
    assert unusual(casework, "Vik") == set()
    look(casework, casework.on_case, casework.reference)
    assert (unusual(casework, "Vik"), review(casework)["Vik"]["ended"]) == ({"ended"}, 1)


def test_a_look_after_stepping_back_is_a_conflict(casework: Casework) -> None:
    look(casework, casework.on_case, casework.reference)
    run(casework, recuse, volunteer_id=casework.on_case, reason="A friend")
    assert "conflict" not in unusual(casework, "Vik")
    look(casework, casework.on_case, casework.reference)
    assert "conflict" in unusual(casework, "Vik")


@pytest.mark.parametrize(("weeks_ago", "conflict"), [(1, False), (3, True)])
def test_a_look_while_at_a_body_of_the_case_is_one_whenever_it_was_declared(
    casework: Casework, weeks_ago: int, conflict: bool
) -> None:
    look(casework, casework.lead, casework.reference, at=clock.now() - timedelta(weeks=2))
    look(casework, casework.lead, casework.reference, at=clock.now() - timedelta(weeks=2))
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.off_case).values(role=Role.LEAD))
        add_affiliation(
            session,
            actor_id=casework.in_conflict,
            volunteer_id=casework.lead,
            organisation_id=casework.body,
            started_on=TODAY - timedelta(weeks=weeks_ago),
        )
    assert review(casework, "off_case")["Lena"]["conflict"] == (2 if conflict else 0)


def test_anything_after_leaving_is_pointed_at_until_they_are_let_back_in(casework: Casework) -> None:
    def at(who: str) -> int:
        return int(review(casework)[who]["left"])

    person = casework.off_case
    look(casework, person, action=AuditAction.SEARCH)
    with casework.database.write() as session:
        deactivate(session, actor_id=casework.lead, volunteer_id=person)
    assert (at("Uma"), review(casework)["Uma"]["active"]) == (0, False)
    look(casework, person, action=AuditAction.SEARCH)
    assert at("Uma") == 1
    with casework.database.write() as session:
        reactivate(session, actor_id=casework.lead, volunteer_id=person)
    look(casework, person, action=AuditAction.SEARCH)
    assert at("Uma") == 1
    assert [line.unusual for line in lines(casework, person)] == [(), (Unusual.LEFT,), ()]
    look(casework, casework.lead, action=AuditAction.SEARCH)
    assert at("Lena") == 0


def test_people_with_something_unusual_come_first(casework: Casework) -> None:
    look(casework, casework.lead, action=AuditAction.SEARCH)
    look(casework, casework.observer, action=AuditAction.SEARCH)
    look(casework, casework.off_case, casework.reference)
    assert list(review(casework)) == ["Uma", "Lena", "Ola"]


def test_lines_come_newest_first_a_page_at_a_time_and_the_unusual_alone_on_demand(casework: Casework) -> None:
    for days in (3, 1, 2):
        look(casework, casework.off_case, action=AuditAction.SEARCH, at=clock.now() - timedelta(days=days))
    look(casework, casework.off_case, casework.reference)
    found = lines(casework, casework.off_case)
    assert [line.at for line in found] == sorted((line.at for line in found), reverse=True)
    assert [(line.action, line.reference) for line in found[:2]] == [("view", casework.reference), ("search", None)]
    assert lines(casework, casework.off_case, shown=2) == found[:3]
    assert lines(casework, casework.off_case, only_unusual=True) == found[:1]
    assert lines(casework, casework.on_case) == []


def test_to_declare_an_employer_of_ones_own_is_pointed_at_as_a_line_of_its_own(casework: Casework) -> None:
    for actor, person in ((casework.off_case, casework.off_case), (casework.lead, casework.on_case)):
        with casework.database.write() as session:
            add_affiliation(
                session, actor_id=actor, volunteer_id=person, organisation_id=casework.other_body, started_on=TODAY
            )
    assert {name: row["declared"] for name, row in review(casework).items()} == {"Uma": 1}
    (line,) = lines(casework, casework.off_case, only_unusual=True)
    assert (line.action, line.reference, line.unusual) == ("add_affiliation", None, (Unusual.DECLARED,))


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer"])
def test_it_is_for_leads(casework: Casework, who: str) -> None:
    with pytest.raises(NotAllowed):
        review(casework, who)
    with pytest.raises(NotAllowed):
        lines(casework, getattr(casework, who), who)


def test_a_barred_lead_sees_nothing_of_the_case_and_counts_nothing_of_it(casework: Casework) -> None:
    other = more_cases(casework, 3)
    for reference in other:
        look(casework, casework.off_case, reference)
    before = review(casework, "in_conflict"), lines(casework, casework.off_case, "in_conflict")
    look(casework, casework.off_case, casework.reference)
    look(casework, casework.on_case, casework.reference, action=AuditAction.IDENTITY)
    assert (review(casework, "in_conflict"), lines(casework, casework.off_case, "in_conflict")) == before
    assert lines(casework, casework.on_case, "in_conflict") == []
    # With the barred case it would have been many in a day.
    assert review(casework)["Uma"]["many"] == 1


@pytest.fixture
def long_log(casework: Casework) -> Casework:
    for _ in range(200):
        look(casework, casework.off_case, casework.reference)
    return casework


def test_a_long_log_costs_no_more_statements(long_log: Casework) -> None:
    who = viewer(long_log, "lead")
    with long_log.database.read() as session, statements(long_log.database) as sent:
        access_review(session, who, PERIOD, LIMITS)
        access_lines(session, who, long_log.off_case, PERIOD, LIMITS, shown=20)
    assert len(sent) == 2


def test_the_day_is_asked_of_a_plain_sqlite_file_too(casework: Casework) -> None:
    """The file holds no function of ours: another program may open it."""
    the_case(casework)
    with casework.database.engine.connect() as connection:
        kind = "sqlite_master" if connection.dialect.name == "sqlite" else "pg_proc"
        column = "sql" if kind == "sqlite_master" else "proname"
        found = connection.execute(text(f"SELECT count(*) FROM {kind} WHERE {column} LIKE '%london_day%'"))
        assert found.scalar() == 0
