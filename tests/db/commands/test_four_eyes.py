"""One lead alone against the wall, and a volunteer who looks for whose case it is: by what the pages offer them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from db import clock
from db.access import Viewer, visible_cases
from db.choices import AssignmentStatus, PartyRole, Role
from db.commands import affiliations, people, recusals, second_factor, wall
from db.errors import CommandRefused
from db.models import Affiliation, Assignment, Case, OneTimeLink, SecondFactor, Volunteer
from db.sign_in import has_factor
from tests.db.helpers import barred, the_case
from tests.factories import Casework, make_case, make_volunteer

TODAY = clock.today()


@pytest.fixture
def two(casework: Casework) -> Casework:
    """Both leads have signed in, and everybody is known by name."""
    with casework.database.write() as session:
        session.execute(update(Volunteer).values(password_hash="x"))
        wall.fill_name_hashes(session)
        for person in (casework.lead, casework.on_case, casework.in_conflict):
            session.add(SecondFactor(volunteer_id=person, confirmed_at=clock.now()))
    return casework


def attempt(work: Casework, command: Any, **fields: Any) -> Any:
    try:
        with work.database.write() as session:
            return command(session, **fields)
    except CommandRefused as refusal:
        return refusal


def person(work: Casework, of: int) -> Volunteer:
    with work.database.read() as session:
        return session.get_one(Volunteer, of)


def links(work: Casework) -> int:
    with work.database.read() as session:
        return session.scalar(select(func.count()).select_from(OneTimeLink)) or 0


def changes(work: Casework, of: int, **changed: Any) -> dict[str, Any]:
    now = person(work, of)
    kept: dict[str, Any] = {
        "name": now.name,
        "role": now.role,
        "email": now.email or "",
        "pledged_hours": 4,
        "skills": (),
        "says_full": False,
    }
    return {"volunteer_id": of, "seen_version": now.version} | kept | changed


def cards(work: Casework, of: int) -> int:
    with work.database.read() as session:
        seen = select(func.count()).select_from(Case).where(visible_cases(Viewer(of, Role.VOLUNTEER)))
        return session.scalar(seen) or 0


# One lead alone


@pytest.mark.parametrize("role", [Role.LEAD, Role.VOLUNTEER])
def test_one_lead_alone_makes_no_second_account_for_themselves(two: Casework, role: Role) -> None:
    attempt(two, people.add_volunteer, actor_id=two.in_conflict, username="mallory", name="Mallory", role=role)
    with two.database.read() as session:
        assert session.scalar(select(Volunteer.id).where(Volunteer.username == "mallory")) is None
    assert links(two) == 0


@pytest.mark.parametrize("whose", ["lead", "on_case"])
def test_one_lead_alone_takes_no_link_for_anothers_account(two: Casework, whose: str) -> None:
    attempt(two, people.send_link, actor_id=two.in_conflict, volunteer_id=getattr(two, whose))
    attempt(two, people.reactivate, actor_id=two.in_conflict, volunteer_id=getattr(two, whose))
    assert links(two) == 0
    assert person(two, getattr(two, whose)).password_hash == "x"


@pytest.mark.parametrize("whose", ["lead", "on_case"])
def test_one_lead_alone_takes_nobodys_second_factor(two: Casework, whose: str) -> None:
    attempt(two, second_factor.reset_factor, actor_id=two.in_conflict, volunteer_id=getattr(two, whose))
    with two.database.read() as session:
        assert has_factor(session, getattr(two, whose))


def test_one_lead_alone_backdates_no_end_of_an_employment(two: Casework) -> None:
    for actor in (two.lead, two.in_conflict):
        attempt(two, affiliations.end_affiliation, actor_id=actor, affiliation_id=1, ended_on=date(2020, 1, 2))
    assert barred(two, two.in_conflict)


def test_one_lead_alone_does_not_rename_herself_out_of_a_wall(two: Casework) -> None:
    with two.database.write() as session:
        make_volunteer(session, "lea", Role.LEAD)
        wall.name_party(
            session, actor_id=two.lead, reference=two.reference, role=PartyRole.WITNESS, name=person(two, two.lead).name
        )
    assert barred(two, two.lead)
    attempt(two, people.change_volunteer, actor_id=two.lead, **changes(two, two.lead, name="Somebody Else"))
    assert barred(two, two.lead)


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.VOLUNTEER])
def test_one_lead_alone_neither_makes_nor_demotes_a_lead(two: Casework, role: Role) -> None:
    attempt(two, people.change_volunteer, actor_id=two.in_conflict, **changes(two, two.on_case, role=Role.LEAD))
    attempt(two, people.change_volunteer, actor_id=two.in_conflict, **changes(two, two.lead, role=role))
    attempt(two, people.deactivate, actor_id=two.in_conflict, volunteer_id=two.lead)
    assert person(two, two.on_case).role is Role.VOLUNTEER
    assert (person(two, two.lead).role, person(two, two.lead).active) == (Role.LEAD, True)


def test_one_lead_alone_does_not_point_anothers_account_at_her_own_address(two: Casework) -> None:
    """A link goes to the address, and a provider's word for it signs in."""
    fields = changes(two, two.lead, email="mallory@example.org")
    attempt(two, people.change_volunteer, actor_id=two.in_conflict, **fields)
    assert person(two, two.lead).email is None


def test_an_observers_account_that_one_lead_opened_is_no_way_round(two: Casework) -> None:
    """Taken over while it sees nothing, then raised."""
    attempt(two, people.send_link, actor_id=two.in_conflict, volunteer_id=two.observer)
    attempt(two, people.change_volunteer, actor_id=two.in_conflict, **changes(two, two.observer, role=Role.VOLUNTEER))
    assert person(two, two.observer).role is Role.OBSERVER


# Refusals that count


def messages(work: Casework) -> list[Any]:
    """What a lead is told who tries what used to tell of cases behind her wall."""
    told = [
        attempt(
            work,
            affiliations.add_affiliation,
            actor_id=work.in_conflict,
            volunteer_id=work.lead,
            organisation_id=work.body,
            started_on=TODAY,
        ),
        attempt(
            work, people.change_volunteer, actor_id=work.in_conflict, **changes(work, work.on_case, role=Role.OBSERVER)
        ),
        attempt(work, people.deactivate, actor_id=work.in_conflict, volunteer_id=work.on_case),
        attempt(work, people.deactivate, actor_id=work.in_conflict, volunteer_id=work.lead),
    ]
    return [one.message if isinstance(one, CommandRefused) else type(one).__name__ for one in told]


def test_a_lead_is_told_the_same_whether_there_is_a_barred_case_or_not(two: Casework) -> None:
    with_case = messages(two)
    assert not any("case" in str(one) for one in with_case)
    assert with_case[:3] == ["NoneType", "bool", "bool"]


def test_the_last_lead_who_may_see_a_case_steps_back_and_joins_the_body_all_the_same(casework: Casework) -> None:
    told = attempt(
        casework,
        recusals.recuse,
        actor_id=casework.lead,
        reference=casework.reference,
        volunteer_id=casework.lead,
        reason="Kin",
    )
    assert told is None
    assert barred(casework, casework.lead)


# Declaring an employer


def declare(work: Casework, body: int) -> Any:
    return attempt(
        work,
        affiliations.add_affiliation,
        actor_id=work.off_case,
        volunteer_id=work.off_case,
        organisation_id=body,
        started_on=date(2020, 1, 1),
    )


def test_declaring_one_body_after_another_tells_not_whose_cards_vanish(casework: Casework) -> None:
    with casework.database.write() as session:
        make_case(session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org")
    assert cards(casework, casework.off_case) == 2
    assert declare(casework, casework.other_body) is None
    assert cards(casework, casework.off_case) == 1
    assert declare(casework, casework.body) is None
    assert cards(casework, casework.off_case) == 1
    # And yet nothing there may be given to them.
    assert barred(casework, casework.off_case)
    with casework.database.read() as session:
        assert the_case(casework).id
        offered = select(Assignment.id).where(
            Assignment.volunteer_id == casework.off_case, Assignment.status == AssignmentStatus.OFFERED
        )
        assert session.scalar(offered) is None
        assert session.scalar(select(func.count()).select_from(Affiliation)) == 3


def test_a_month_later_a_declaration_counts_at_once_again(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(casework, casework.other_body)
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    declare(casework, casework.body)
    assert cards(casework, casework.off_case) == 0
