"""Volunteers: listed, added, changed, away, affiliated, ended, let back in; and what they hold passed on."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from db import clock
from db.access import Viewer, visible_cases
from db.choices import AssignmentRole, AssignmentStatus, Role
from db.commands import affiliations, leave, people
from db.commands.accounts import start_session
from db.commands.handover import hand_over
from db.errors import CommandRefused, NotAllowed, NotFound
from db.models import Affiliation, Assignment, Audit, Case, Leave, SecondFactor, SignInSession, Volunteer
from db.queries.handover import left_behind
from db.queries.people import PersonDetail, person_detail
from db.queries.people import people as people_list
from db.queries.session import person_of
from db.rules.limits import Limits
from tests.db.helpers import last, refused
from tests.factories import Casework, give_second, make_volunteer

TODAY = clock.today()
CHANGES: dict[str, Any] = {
    "name": "Uma Changed",
    "role": Role.VOLUNTEER,
    "email": "uma@example.org",
    "pledged_hours": 6.5,
    "skills": ["GMC"],
    "says_full": True,
}


def do(casework: Casework, command: Callable[..., Any], **fields: Any) -> Any:
    with casework.database.write() as session:
        return command(session, **fields)


def actions(casework: Casework) -> list[str]:
    with casework.database.read() as session:
        return list(session.scalars(select(Audit.action).order_by(Audit.id)))


def detail(casework: Casework, of: int, *, by: int | None = None, role: Role = Role.LEAD) -> PersonDetail:
    with casework.database.read() as session:
        return person_detail(session, Viewer(by or casework.lead, role), of, TODAY)


def change(casework: Casework, of: int, *, actor: int | None = None, **changes: Any) -> None:
    fields = {"actor_id": actor or casework.lead, "volunteer_id": of, "seen_version": 1}
    do(casework, people.change_volunteer, **(fields | CHANGES | changes))


# The list


def test_the_list_has_everybody_with_their_numbers(casework: Casework) -> None:
    with casework.database.read() as session:
        rows = people_list(session, Viewer(casework.lead, Role.LEAD), TODAY).set_index("volunteer_id")
    assert len(rows) == 5
    assert rows.loc[casework.on_case, "cases"] == 1
    assert rows.loc[casework.in_conflict, "employers"] == "Example Acute Trust EX001"
    assert not rows["signed_up"].any()


def test_the_list_says_who_has_a_second_factor(casework: Casework) -> None:
    with casework.database.log() as session:
        session.add(SecondFactor(volunteer_id=casework.lead, confirmed_at=clock.now()))
        # Begun, and not confirmed by a code.
        session.add(SecondFactor(volunteer_id=casework.on_case, pending=b"sealed"))
    with casework.database.read() as session:
        rows = people_list(session, Viewer(casework.lead, Role.LEAD), TODAY).set_index("volunteer_id")
    assert rows.index[rows["has_factor"].astype(bool)].tolist() == [casework.lead]


def test_ended_accounts_come_last(casework: Casework) -> None:
    do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.off_case)
    with casework.database.read() as session:
        rows = people_list(session, Viewer(casework.lead, Role.LEAD), TODAY)
    assert rows["volunteer_id"].tolist()[-1] == casework.off_case


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.OBSERVER])
def test_the_list_is_for_leads(casework: Casework, role: Role) -> None:
    with casework.database.read() as session:
        assert people_list(session, Viewer(casework.off_case, role), TODAY).empty


def test_a_barred_case_is_neither_counted_nor_listed(casework: Casework) -> None:
    with casework.database.read() as session:
        rows = people_list(session, Viewer(casework.in_conflict, Role.LEAD), TODAY).set_index("volunteer_id")
    assert rows.loc[casework.on_case, "cases"] == 0
    assert detail(casework, casework.on_case, by=casework.in_conflict).held == ()
    assert [place.reference for place in detail(casework, casework.on_case).held] == [casework.reference]


def test_ones_own_details_and_nobody_elses(casework: Casework) -> None:
    own = detail(casework, casework.on_case, by=casework.on_case, role=Role.VOLUNTEER)
    assert own.username == "vik"
    with pytest.raises(NotFound):
        detail(casework, casework.off_case, by=casework.on_case, role=Role.VOLUNTEER)
    with pytest.raises(NotFound):
        detail(casework, 999)


# Adding and changing


def test_add_works(casework: Casework) -> None:
    token = do(
        casework,
        people.add_volunteer,
        actor_id=casework.lead,
        username=" New.Person ",
        name="New Person",
        role=Role.VOLUNTEER,
        pledged_hours=3,
        skills=["ET"],
    )
    assert len(token) > 30
    with casework.database.read() as session:
        added = session.scalars(select(Volunteer).where(Volunteer.username == "new.person")).one()
        assert (added.active, added.password_hash, added.skills) == (True, None, ["ET"])
    assert actions(casework)[-1] == "add_volunteer"


@pytest.mark.parametrize(
    ("username", "words"),
    [("vik", "taken"), ("VIK", "taken"), ("ab", "3 to 64"), ("a b c", "3 to 64"), ("ünï", "3 to 64")],
)
def test_add_refuses_a_bad_username(casework: Casework, username: str, words: str) -> None:
    with pytest.raises(CommandRefused, match=words) as refused:
        do(casework, people.add_volunteer, actor_id=casework.lead, username=username, name="X", role=Role.VOLUNTEER)
    assert refused.value.field == "username"


def test_change_works(casework: Casework) -> None:
    change(casework, casework.off_case)
    now = detail(casework, casework.off_case)
    assert (now.name, now.pledged_hours, now.skills, now.says_full) == ("Uma Changed", 6.5, ("GMC",), True)
    assert now.version == 2
    assert actions(casework)[-1] == "change_volunteer"


def test_change_refuses_a_stale_form(casework: Casework) -> None:
    change(casework, casework.off_case)
    with pytest.raises(CommandRefused, match="Somebody else has just changed"):
        change(casework, casework.off_case)


def test_change_refuses_impossible_hours(casework: Casework) -> None:
    with pytest.raises(CommandRefused) as refused:
        change(casework, casework.off_case, pledged_hours=61)
    assert refused.value.field == "pledged_hours"


def test_the_last_lead_stays_a_lead(casework: Casework) -> None:
    do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.in_conflict)
    with pytest.raises(CommandRefused, match="must be at least one lead"):
        change(casework, casework.lead)


def test_what_somebody_held_who_does_no_casework_now_is_to_be_handed_over(casework: Casework) -> None:
    change(casework, casework.on_case, role=Role.OBSERVER)
    assert "left_behind" in actions(casework)
    with casework.database.read() as session:
        for lead, references in ((casework.lead, [casework.reference]), (casework.in_conflict, [])):
            told = left_behind(session, Viewer(lead, Role.LEAD), TODAY, Limits())
            assert [place.reference for place in told] == references
        assert not session.scalar(select(Case.id).where(visible_cases(Viewer(casework.on_case, Role.OBSERVER))))


# Ending and letting back in


def test_deactivate_ends_every_session(casework: Casework) -> None:
    with casework.database.log() as session:
        start_session(session, volunteer_id=casework.off_case, device="x", days=1)
    do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.off_case)
    with casework.database.read() as session:
        live = select(func.count()).where(
            SignInSession.volunteer_id == casework.off_case, SignInSession.ended_at.is_(None)
        )
        assert session.scalar(live) == 0
    assert not detail(casework, casework.off_case).active
    assert actions(casework)[-1] == "deactivate"


def test_a_leaver_with_cases_loses_access_at_once(casework: Casework) -> None:
    with casework.database.log() as session:
        token = start_session(session, volunteer_id=casework.on_case, device="x", days=1)
    do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.on_case)
    with casework.database.read() as session:
        assert person_of(session, token) is None
    assert actions(casework)[-2:] == ["left_behind", "deactivate"]
    with pytest.raises(CommandRefused, match="already ended"):
        do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.on_case)


def test_deactivate_refuses_oneself(casework: Casework) -> None:
    with pytest.raises(CommandRefused, match="your own account"):
        do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.lead)


def test_let_back_in_needs_a_new_password(casework: Casework) -> None:
    do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.off_case)
    assert do(casework, people.reactivate, actor_id=casework.lead, volunteer_id=casework.off_case)
    now = detail(casework, casework.off_case)
    assert (now.active, now.signed_up) == (True, False)
    assert actions(casework)[-1] == "reactivate"


def test_a_new_link_is_for_a_live_account(casework: Casework) -> None:
    assert do(casework, people.send_link, actor_id=casework.lead, volunteer_id=casework.off_case)
    do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.off_case)
    with pytest.raises(CommandRefused, match="has ended"):
        do(casework, people.send_link, actor_id=casework.lead, volunteer_id=casework.off_case)


@pytest.mark.parametrize("who", ["on_case", "observer"])
@pytest.mark.parametrize("command", ["add_volunteer", "change_volunteer", "deactivate", "reactivate", "send_link"])
def test_managing_people_is_for_leads(casework: Casework, who: str, command: str) -> None:
    fields: dict[str, Any] = {"volunteer_id": casework.off_case}
    if command == "add_volunteer":
        fields = {"username": "mallory", "name": "M", "role": Role.LEAD}
    if command == "change_volunteer":
        fields |= CHANGES | {"seen_version": 1, "role": Role.LEAD}
    with pytest.raises(NotAllowed):
        do(casework, getattr(people, command), actor_id=getattr(casework, who), **fields)


# Leave and the word on room


def leave_of(casework: Casework, volunteer_id: int) -> list[tuple[date, date]]:
    with casework.database.read() as session:
        rows = session.execute(
            select(Leave.starts_on, Leave.ends_on).where(Leave.volunteer_id == volunteer_id).order_by(Leave.id)
        )
        return [(row.starts_on, row.ends_on) for row in rows]


def test_leave_is_added_by_oneself_or_a_lead(casework: Casework) -> None:
    for actor in (casework.off_case, casework.lead):
        do(casework, leave.add_leave, actor_id=actor, volunteer_id=casework.off_case, starts_on=TODAY, ends_on=TODAY)
    assert len(leave_of(casework, casework.off_case)) == 2
    assert actions(casework)[-1] == "add_leave"


def test_leave_is_nobody_elses_business(casework: Casework) -> None:
    with pytest.raises(NotAllowed):
        do(
            casework,
            leave.add_leave,
            actor_id=casework.on_case,
            volunteer_id=casework.off_case,
            starts_on=TODAY,
            ends_on=TODAY,
        )


def test_leave_ends_on_or_after_it_starts(casework: Casework) -> None:
    with pytest.raises(CommandRefused) as refused:
        do(
            casework,
            leave.add_leave,
            actor_id=casework.lead,
            volunteer_id=casework.off_case,
            starts_on=TODAY,
            ends_on=TODAY - timedelta(days=1),
        )
    assert refused.value.field == "ends_on"


@pytest.mark.parametrize(("starts_in", "left"), [(2, []), (0, []), (-3, [(-3, -1)])])
def test_leave_is_taken_back_or_cut_short(casework: Casework, starts_in: int, left: list[tuple[int, int]]) -> None:
    do(
        casework,
        leave.add_leave,
        actor_id=casework.lead,
        volunteer_id=casework.off_case,
        starts_on=TODAY + timedelta(days=starts_in),
        ends_on=TODAY + timedelta(days=9),
    )
    row = detail(casework, casework.off_case).leaves[0]
    do(casework, leave.end_leave, actor_id=casework.off_case, leave_id=row.id)
    expected = [(TODAY + timedelta(days=a), TODAY + timedelta(days=b)) for a, b in left]
    assert leave_of(casework, casework.off_case) == expected
    assert detail(casework, casework.off_case).leaves == ()


def test_says_full_is_ones_own_word(casework: Casework) -> None:
    do(casework, people.set_says_full, actor_id=casework.off_case, says_full=True)
    assert detail(casework, casework.off_case).says_full
    assert actions(casework)[-1] == "set_says_full"


@pytest.mark.parametrize("days", [1, 7])
def test_quiet_is_ones_own_and_short(casework: Casework, days: int) -> None:
    until = clock.today() + timedelta(days=days)
    do(casework, people.set_quiet, actor_id=casework.off_case, until=until)
    assert last(casework.database, Volunteer, id=casework.off_case).quiet_until == until
    assert actions(casework)[-1] == "set_quiet"
    do(casework, people.set_quiet, actor_id=casework.off_case, until=None)
    assert last(casework.database, Volunteer, id=casework.off_case).quiet_until is None


@pytest.mark.parametrize("days", [0, -1, 8])
def test_longer_than_a_week_is_leave(casework: Casework, days: int) -> None:
    until = clock.today() + timedelta(days=days)
    with refused(casework.database, "record leave", field="until"):
        do(casework, people.set_quiet, actor_id=casework.off_case, until=until)


# Employers


def affiliate(casework: Casework, actor: int, of: int, **fields: Any) -> None:
    given = {"organisation_id": casework.body, "started_on": date(2021, 1, 1)}
    do(casework, affiliations.add_affiliation, actor_id=actor, volunteer_id=of, **(given | fields))


def sees(casework: Casework, who: int, role: Role = Role.VOLUNTEER) -> bool:
    with casework.database.read() as session:
        found = select(Case.id).where(Case.reference == casework.reference, visible_cases(Viewer(who, role)))
        return session.scalar(found) is not None


def test_an_employer_declared_bars_at_once(casework: Casework) -> None:
    assert sees(casework, casework.off_case)
    affiliate(casework, casework.off_case, casework.off_case)
    assert not sees(casework, casework.off_case)
    assert actions(casework)[-1] == "add_affiliation"


@pytest.mark.parametrize(("years_ago", "barred"), [(1, True), (5, False)])
def test_an_ended_employer_bars_for_some_years(casework: Casework, years_ago: int, barred: bool) -> None:
    ended = TODAY - timedelta(days=365 * years_ago)
    affiliate(casework, casework.lead, casework.off_case, started_on=date(2015, 1, 1), ended_on=ended)
    assert sees(casework, casework.off_case) is not barred


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"organisation_id": 999}, "organisation_id"), ({"ended_on": date(2020, 1, 1)}, "ended_on")],
)
def test_an_impossible_employer_is_refused(casework: Casework, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        affiliate(casework, casework.lead, casework.off_case, **fields)
    assert refused.value.field == field


def test_only_a_lead_ends_an_employer(casework: Casework) -> None:
    with casework.database.read() as session:
        row = session.scalars(select(Affiliation.id)).one()
    fields = {"affiliation_id": row, "ended_on": TODAY}
    with pytest.raises(NotAllowed):
        do(casework, affiliations.end_affiliation, actor_id=casework.on_case, **fields)
    do(casework, affiliations.end_affiliation, actor_id=casework.lead, **fields)
    assert detail(casework, casework.in_conflict).employers[0].ended_on == TODAY
    assert not sees(casework, casework.in_conflict, Role.LEAD)
    assert actions(casework)[-1] == "end_affiliation"


# Handing over


def held(casework: Casework) -> int:
    return detail(casework, casework.on_case).held[0].assignment_id


def pass_on(casework: Casework, actor: int, to: int | None) -> None:
    do(
        casework,
        hand_over,
        actor_id=actor,
        reference=casework.reference,
        assignment_id=held(casework),
        handover="Knows the bundle.",
        role=AssignmentRole.LEAD,
        to_id=to,
    )


def test_a_place_is_handed_on_and_the_account_can_end(casework: Casework) -> None:
    pass_on(casework, casework.lead, casework.off_case)
    assert detail(casework, casework.on_case).held == ()
    offer = detail(casework, casework.off_case).held[0]
    assert (offer.reference, offer.status) == (casework.reference, AssignmentStatus.OFFERED)
    do(casework, people.deactivate, actor_id=casework.lead, volunteer_id=casework.on_case)


def test_handed_to_nobody_the_case_is_unallocated(casework: Casework) -> None:
    pass_on(casework, casework.lead, None)
    with casework.database.read() as session:
        assert session.scalar(select(Case.lead_id).where(Case.reference == casework.reference)) is None


def test_a_refused_offer_keeps_the_place(casework: Casework) -> None:
    with pytest.raises(CommandRefused, match="choose from the list"):
        pass_on(casework, casework.lead, casework.in_conflict)
    assert held(casework)


def test_handing_over_by_somebody_barred_is_not_found(casework: Casework) -> None:
    with pytest.raises(NotFound):
        pass_on(casework, casework.in_conflict, casework.off_case)


def test_handing_on_anothers_place_is_for_leads(casework: Casework) -> None:
    with casework.database.write() as session:
        second = make_volunteer(session, "second")
        give_second(session, casework, second)
    with pytest.raises(NotAllowed):
        pass_on(casework, second, None)


def test_ended_places_are_not_held(casework: Casework) -> None:
    with casework.database.write() as session:
        session.execute(update(Assignment).values(status=AssignmentStatus.ENDED))
    assert detail(casework, casework.on_case).held == ()
