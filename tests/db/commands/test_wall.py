"""The wall at work: people named, circles, conflicts found later, exceptions by two people."""

import logging
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import clock
from db.choices import AffiliationKind, AssignmentStatus, AuditAction, PartyRole, Role
from db.commands.access_log import log_access
from db.commands.affiliations import add_affiliation
from db.commands.people import change_volunteer, deactivate
from db.commands.recusals import recuse
from db.commands.wall import check_conflicts, name_party, note_conflict
from db.errors import NotAllowed, NotFound
from db.models import Assignment, Audit, ConflictNotice, Party, Volunteer, VolunteerName
from db.queries.wall import found_conflicts
from db.rules.names import name_key
from db.unled import count_unled
from tests.db.helpers import (
    assert_for_the_team_only,
    assert_recorded,
    barred,
    everything,
    last,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, make_case, make_volunteer

TODAY = clock.today()


def named(casework: Casework, name: str) -> int:
    """A second lead of that name, made by the command."""
    with casework.database.write() as session:
        person = make_volunteer(session, "nora", Role.LEAD, name=name)
        check_conflicts(session)
    return person


# Names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["Ann Example", "Dr Ann Example", "EXAMPLE, Ann", " prof. ann  example "])
def test_ways_to_write_one_name_are_one_person(written: str) -> None:
    assert name_key(written) == "ann example"


@given(words=st.lists(st.text(alphabet="abcdefgh", min_size=2, max_size=6), min_size=1, max_size=4), data=st.data())
def test_order_case_and_titles_never_matter(words: list[str], data: Any) -> None:
    shuffled = data.draw(st.permutations(words))
    assert name_key(" ".join(words)) == name_key("Dr " + ", ".join(shuffled).upper())


def test_somebody_named_in_a_case_is_barred_at_once_and_no_name_is_kept(casework: Casework) -> None:
    person = named(casework, "Nora Namesake")
    assert not barred(casework, person)
    assert_recorded(casework, "name_party", name_party, role=PartyRole.CASE_MANAGER, name="NAMESAKE, Dr Nora")
    assert barred(casework, person)
    assert (
        "namesake"
        not in str(
            {name: data for name, data in everything(casework.database).items() if name != "volunteers"}
        ).casefold()
    )


def test_the_doctor_and_the_people_named_at_intake_are_matched(casework: Casework) -> None:
    doctor, manager = named(casework, "Nora Namesake"), make(casework, "mona", "Mona Manager")
    with casework.database.write() as session:
        reference = make_case(
            session,
            actor_id=casework.lead,
            body=casework.other_body,
            contact="n@example.org",
            name="Nora Namesake",
            parties=("Dr Mona Manager", "", "Mona Manager"),
        )
    assert barred(casework, doctor, reference)
    assert barred(casework, manager, reference)
    assert not barred(casework, casework.lead, reference)
    assert [row.role for row in rows(casework.database, Party, case_id=the_case(casework, reference).id)] == [
        PartyRole.DOCTOR,
        PartyRole.OTHER,
    ]


def make(casework: Casework, username: str, name: str) -> int:
    with casework.database.write() as session:
        person = make_volunteer(session, username, name=name)
        check_conflicts(session)
    return person


def test_a_change_of_name_is_matched_too(casework: Casework) -> None:
    run(casework, name_party, role=PartyRole.WITNESS, name="Uma Married")
    with casework.database.read() as session:
        version = session.get_one(Volunteer, casework.off_case).version
    with casework.database.write() as session:
        change_volunteer(
            session,
            actor_id=casework.lead,
            volunteer_id=casework.off_case,
            seen_version=version,
            name="Uma Married",
            role=Role.VOLUNTEER,
            email="",
            pledged_hours=4,
            skills=(),
            says_full=False,
        )
    assert barred(casework, casework.off_case)


def test_naming_is_for_the_team_and_says_what_is_wrong(casework: Casework) -> None:
    assert_for_the_team_only(casework, name_party, role=PartyRole.OTHER, name="Nora Namesake")
    with refused(casework.database, "fill this in", field="name"):
        run(casework, name_party, role=PartyRole.OTHER, name=" ")
    run(casework, name_party, role=PartyRole.OTHER, name="Nora Namesake")
    with refused(casework.database, "already noted", field="name"):
        run(casework, name_party, role=PartyRole.WITNESS, name="Namesake Nora")
    with refused(casework.database, "already noted, or this is not a name", field="name"):
        run(casework, name_party, role=PartyRole.WITNESS, name="12345")


def test_the_last_lead_who_may_see_a_case_is_named_all_the_same_and_the_operator_is_told(
    casework: Casework, caplog: pytest.LogCaptureFixture
) -> None:
    with casework.database.write() as session:
        check_conflicts(session)
    with caplog.at_level(logging.ERROR, logger="db.alarm"):
        run(casework, name_party, role=PartyRole.OTHER, name="Lena")
    assert barred(casework, casework.lead)
    assert "no lead who may see it" in caplog.text
    assert casework.reference not in caplog.text
    assert last(casework.database, Audit, action="no_lead_may_see").case_id == the_case(casework).id


# Circles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "region", "expected"),
    [("medicine", "london", True), ("surgery", "london", False), ("medicine", "wales", False)],
)
def test_a_specialty_circle_bars_its_group_in_its_region(
    casework: Casework, group: str, region: str, expected: bool
) -> None:
    declare_circle(casework, casework.off_case, group, region)
    assert barred(casework, casework.off_case) is expected


def declare_circle(casework: Casework, person: int, group: str, region: str) -> None:
    with casework.database.write() as session:
        add_affiliation(
            session,
            actor_id=person,
            volunteer_id=person,
            kind=AffiliationKind.CIRCLE,
            specialty_group=group,
            region=region,
            started_on=date(2020, 1, 1),
        )


def test_a_circle_needs_a_group_and_a_region_that_are_offered(casework: Casework) -> None:
    for group, region, field in (("nonsense", "london", "specialty_group"), ("medicine", None, "region")):
        with refused(casework.database, "choose from the list", field=field):
            declare_circle(casework, casework.off_case, group, region)  # type: ignore[arg-type]


# Conflicts found later ---------------------------------------------------------------------------------------


def found_later(casework: Casework) -> None:
    """The case lead opened the case, then a conflict came to light."""
    with casework.database.log() as session:
        for _ in range(2):
            log_access(session, actor_id=casework.on_case, action=AuditAction.VIEW, reference=casework.reference)
    declare_circle(casework, casework.on_case, "medicine", "london")


def test_access_and_place_end_and_an_unbarred_lead_hears_what_was_opened(casework: Casework) -> None:
    found_later(casework)
    place = last(casework.database, Assignment, volunteer_id=casework.on_case)
    assert (place.status, place.ended_reason) == (AssignmentStatus.ENDED, "Conflict of interest")
    with casework.database.read() as session:
        (told,) = found_conflicts(session, viewer(casework, "lead"))
        assert found_conflicts(session, viewer(casework, "in_conflict")) == []
        assert found_conflicts(session, viewer(casework, "off_case")) == []
    assert (told.reference, told.name, told.views, told.identities) == (casework.reference, "Vik", 2, 0)
    assert told.last_at is not None


def test_a_notice_is_put_away_by_a_lead_who_may_see_the_case(casework: Casework) -> None:
    found_later(casework)
    notice = last(casework.database, ConflictNotice).id

    def note(actor: int) -> None:
        with casework.database.write() as session:
            note_conflict(session, actor_id=actor, notice_id=notice)

    with refused(casework.database, "Only a lead", error=NotAllowed):
        note(casework.off_case)
    with refused(casework.database, "Not found", error=NotFound):
        note(casework.in_conflict)
    note(casework.lead)
    with casework.database.read() as session:
        assert found_conflicts(session, viewer(casework, "lead")) == []
    with refused(casework.database, "no longer on the list"):
        note(casework.lead)


def test_the_nightly_check_finds_what_came_by_other_ways_once(casework: Casework) -> None:
    with casework.database.log() as session:
        log_access(session, actor_id=casework.on_case, action=AuditAction.VIEW, reference=casework.reference)
        case = the_case(casework)
        session.add(Party(case_id=case.id, role=PartyRole.OTHER, name_hash="h" * 64, added_at=clock.now()))
        session.add(VolunteerName(volunteer_id=casework.on_case, name_hash="h" * 64, added_at=clock.now()))
    with casework.database.write() as session:
        assert check_conflicts(session) == (1, 0)
        assert check_conflicts(session) == (0, 0)
    assert last(casework.database, Assignment, volunteer_id=casework.on_case).status is AssignmentStatus.ENDED


def test_the_nightly_check_tells_of_cases_that_no_lead_may_see(casework: Casework) -> None:
    with casework.database.log() as session:
        session.get_one(Volunteer, casework.lead).active = False
    with casework.database.write() as session:
        assert check_conflicts(session)[1] == 1


def test_the_last_unbarred_lead_leaves_or_joins_the_body_and_the_operator_is_told_once(
    casework: Casework, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever was refused would know that there is a case there."""
    with casework.database.write() as session:
        other = make_volunteer(session, "lea", Role.LEAD)
        add_affiliation(
            session, actor_id=other, volunteer_id=other, organisation_id=casework.body, started_on=date(2020, 1, 1)
        )
    assert "no lead" not in caplog.text
    with casework.database.write() as session:
        add_affiliation(
            session,
            actor_id=other,
            volunteer_id=casework.lead,
            organisation_id=casework.body,
            started_on=date(2020, 1, 1),
        )
    assert caplog.text.count("no lead who may see it") == 1
    with casework.database.write() as session:
        deactivate(session, actor_id=other, volunteer_id=casework.lead)
    assert caplog.text.count("no lead who may see it") == 1
    with casework.database.read() as session:
        assert count_unled(session) == 1


def test_what_is_taken_back_raises_no_alarm(casework: Casework, caplog: pytest.LogCaptureFixture) -> None:
    def half_way() -> None:
        with casework.database.write() as session:
            recuse(
                session, actor_id=casework.lead, reference=casework.reference, volunteer_id=casework.lead, reason="Kin"
            )
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        half_way()
    assert "no lead" not in caplog.text


@pytest.mark.parametrize(
    ("named_as", "account"),
    [
        ("Łucja Próbka", "Lucja Probka"),
        ("Nora O'Sample", "Nora O’Sample"),
        ("Sample-Specimen, Nora", "Nora Sample Specimen"),
        ("al-Mithal, Dr Omar MRCP", "Omar Al Mithal"),
    ],
)
def test_a_name_bars_however_it_is_written(casework: Casework, named_as: str, account: str) -> None:
    person = named(casework, account)
    run(casework, name_party, casework.lead, role=PartyRole.OTHER, name=named_as)
    assert barred(casework, person)


def test_a_rename_adds_a_name_and_takes_none_away(casework: Casework) -> None:
    """The attack: somebody named in the case has their account renamed, and reads it."""
    person = named(casework, "Nora Namesake")
    run(casework, name_party, casework.lead, role=PartyRole.CASE_MANAGER, name="Nora Namesake")
    for name in ("Nora Married", "Nora Again"):
        with casework.database.write() as session:
            change_volunteer(
                session,
                actor_id=casework.lead,
                volunteer_id=person,
                role=Role.LEAD,
                name=name,
                email="",
                seen_version=session.get_one(Volunteer, person).version,
                pledged_hours=1,
                skills=(),
                says_full=False,
            )
        assert barred(casework, person)
    other = make(casework, "otto", "Otto Again")
    run(casework, name_party, casework.lead, role=PartyRole.OTHER, name="Married, Nora", reference=casework.reference)
    assert not barred(casework, other)


def test_a_name_noted_by_an_earlier_version_still_bars(casework: Casework) -> None:
    """Of those there are hashes only, made by an older rule."""
    from db.vault import vault_of

    with casework.database.write() as session:
        old = vault_of(session).keyed_hash("person brien nora o")
        session.add(Party(case_id=the_case(casework).id, role=PartyRole.OTHER, name_hash=old, added_at=clock.now()))
    assert barred(casework, named(casework, "Nora O'Brien"))


def test_who_was_not_looked_at_since_an_upgrade_does_not_slip_past_a_name(casework: Casework) -> None:
    with casework.database.write() as session:
        person = make_volunteer(session, "nora", Role.LEAD, name="Łucja Próbka")
    run(casework, name_party, casework.lead, role=PartyRole.OTHER, name="Lucja Probka")
    assert barred(casework, person)
