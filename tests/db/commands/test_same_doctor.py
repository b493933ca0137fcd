"""Same doctor?: leads who read both cases say so, nobody else hears of it, and any answer can be taken back."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from db import clock
from db.choices import PartyRole, Role
from db.commands.affiliations import add_affiliation
from db.commands.identity import open_identity
from db.commands.personal_data import find
from db.commands.same_doctor import answer_same_doctor, undo_same_doctor
from db.commands.wall import name_party
from db.errors import CommandRefused, NotAllowed, NotFound
from db.models import Audit, Case, CaseIdentity, Doctor, DoctorAnswer, Party
from db.queries.case_history import case_history
from db.queries.inbox import inbox
from db.queries.same_doctor import SameDoctor, open_pairs, same_doctor
from db.rules.own_words import OURS
from db.set_up import fill_hashes
from db.vault import vault_of
from tests.db.helpers import at_once, count, refused, rows, snapshot, the_case, viewer
from tests.factories import INTAKE, Casework, give_place, make_case, make_volunteer

# After the campaign's own list: who told what, and whether the two are one.
TOLD = [
    (("nora@example.org", "Nora Sample"), ("nora@example.org", "Dr Nora Sample"), True),
    (("nora@example.org", "Nora Sample"), ("nora@example.org", "Sample, Nora"), True),
    (("07700 900987", "Nora Sample"), ("+44 7700 900987", "Nora Sample"), True),
    (("07700 900987", "Nora Sample"), ("0044 7700 900987", "Nora Sample"), True),
    (("+44 (0)7700 900987", "Nora Sample"), ("07700900987", "Nora Sample"), True),
    (("07700 900987", "Nora Sample"), ("07700-900-987", "Nora Sample"), True),
    (("nora@example.org", "Nora Sample"), ("NORA@example.org", "Nora Sample"), True),
    (("nora@example.org", "Nora Sample"), ("nora@example.org", "Bea Sample"), False),
]


def told(casework: Casework, actor: int | None = None, body: int | None = None, **changes: Any) -> str:
    with casework.database.write() as session:
        body = casework.other_body if body is None else body
        return make_case(session, actor_id=actor or casework.lead, body=body, **changes)


def answer(casework: Casework, one: str, other: str, is_one: bool = True, who: int | None = None) -> None:
    with casework.database.write() as session:
        answer_same_doctor(session, actor_id=who or casework.lead, reference=one, other_reference=other, is_one=is_one)


def undo(casework: Casework, one: str, other: str, who: int | None = None) -> None:
    with casework.database.write() as session:
        undo_same_doctor(session, actor_id=who or casework.lead, reference=one, other_reference=other)


def asked(casework: Casework, who: str = "lead") -> SameDoctor:
    with casework.database.read() as session:
        return same_doctor(session, viewer(casework, who), 50)


def pairs(casework: Casework, who: str = "lead", *, strong: bool = True) -> set[frozenset[str]]:
    found = asked(casework, who).pairs
    return {frozenset((pair.one.reference, pair.other.reference)) for pair in found if pair.is_strong is strong}


def still_open(casework: Casework) -> int:
    with casework.database.read() as session:
        return open_pairs(session)


def doctors(casework: Casework) -> int:
    with casework.database.read() as session:
        return session.scalar(select(func.count(Case.doctor_id.distinct()))) or 0


def doctor(casework: Casework, reference: str) -> int:
    return the_case(casework, reference).doctor_id


@pytest.mark.parametrize(("one", "other", "same"), TOLD)
def test_a_pair_is_asked_about_just_when_name_and_contact_are_alike(
    casework: Casework, one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    first, second = (told(casework, contact=contact, name=name) for contact, name in (one, other))
    assert (frozenset((first, second)) in pairs(casework)) is same
    assert doctor(casework, first) != doctor(casework, second)


def test_the_same_name_with_another_contact_is_the_weaker_sign(casework: Casework) -> None:
    second = told(casework, contact="elsewhere@example.org")
    assert pairs(casework) == set()
    assert pairs(casework, strong=False) == {frozenset((casework.reference, second))}
    assert still_open(casework) == 0


def test_one_doctor_counts_once_and_again_twice_when_taken_back(casework: Casework) -> None:
    second, third = told(casework), told(casework)
    assert (doctors(casework), still_open(casework)) == (3, 3)
    answer(casework, casework.reference, second)
    answer(casework, third, second)
    assert (doctors(casework), still_open(casework), pairs(casework)) == (1, 0, set())
    undo(casework, second, casework.reference)
    assert doctor(casework, second) == doctor(casework, third) != doctor(casework, casework.reference)
    assert (doctors(casework), still_open(casework)) == (2, 1)
    undo(casework, second, third)
    assert (doctors(casework), still_open(casework)) == (3, 3)
    with casework.database.read() as session:
        own = dict(session.execute(select(CaseIdentity.case_id, CaseIdentity.doctor_id)).all())
    assert all(case.doctor_id == own[case.id] for case in rows(casework.database, Case))


def test_two_doctors_are_not_asked_about_again(casework: Casework) -> None:
    second = told(casework)
    answer(casework, casework.reference, second, is_one=False)
    assert (doctors(casework), still_open(casework), pairs(casework)) == (2, 0, set())
    [kept] = asked(casework).answered
    assert (kept.is_one, kept.by) == (False, "Lena")
    undo(casework, casework.reference, second)
    assert still_open(casework) == 1


def test_each_case_keeps_what_was_told_with_it(casework: Casework) -> None:
    second = told(casework, safe_channel="Ring the ward", never_use="")
    answer(casework, casework.reference, second)
    with casework.database.log() as session:
        first = open_identity(session, actor_id=casework.lead, reference=casework.reference, reason="x")
        other = open_identity(session, actor_id=casework.lead, reference=second, reason="x")
    assert (first.safe_channel, other.safe_channel) == (INTAKE.safe_channel, "Ring the ward")


def test_an_answer_is_audited_and_stands_in_both_histories_and_makes_no_form_stale(casework: Casework) -> None:
    second = told(casework)
    before = [the_case(casework, reference) for reference in (casework.reference, second)]
    answer(casework, casework.reference, second)
    undo(casework, casework.reference, second)
    for case, other in zip(before, reversed(before), strict=True):
        after = the_case(casework, case.reference)
        assert (after.version, after.updated_at, after.updated_by_id) == (
            case.version,
            case.updated_at,
            case.updated_by_id,
        )
        with casework.database.read() as session:
            lines = case_history(session, viewer(casework, "lead"), case.reference, (), 50)
        told_of = [(line.action, line.who, line.others) for line in lines if line.others and "seems" not in line.action]
        assert told_of == [
            ("undo_same_doctor", "Lena", (other.reference,)),
            ("same_doctor", "Lena", (other.reference,)),
        ]


def test_who_may_not_read_both_learns_nothing_of_either(casework: Casework) -> None:
    """The second lead is barred from the first case, the volunteer is on it and not on the second."""
    second = told(casework)
    answer(casework, casework.reference, second)
    undo(casework, casework.reference, second)
    for who, reference in (("in_conflict", second), ("on_case", casework.reference)):
        assert asked(casework, who) == SameDoctor((), 0, 0, ())
        with casework.database.read() as session:
            lines = case_history(session, viewer(casework, who), reference, (), 50)
            notices = inbox(session, viewer(casework, who), 0)
        heard = {line.action for line in lines} | {notice.action for notice in notices}
        assert heard & {"seems_same_doctor", "same_doctor", "two_doctors", "undo_same_doctor"} == set()
        assert "open_case" in {line.action for line in lines}


def test_a_history_is_as_long_as_asked_whatever_is_left_out_of_it(casework: Casework) -> None:
    second = told(casework)
    for _ in range(5):
        answer(casework, casework.reference, second)
        undo(casework, casework.reference, second)
    with casework.database.read() as session:
        whole = case_history(session, viewer(casework, "on_case"), casework.reference, (), 50)
        assert len(case_history(session, viewer(casework, "on_case"), casework.reference, (), 2)) == 3 <= len(whole)


def test_answers_behind_a_wall_change_nothing_for_who_stands_before_it(casework: Casework) -> None:
    """The lead joins two cases that the other may read by way of one that they may not."""
    one, other = told(casework), told(casework)
    before = asked(casework, "in_conflict")
    answer(casework, casework.reference, one)
    answer(casework, casework.reference, other)
    assert asked(casework, "in_conflict") == before
    assert pairs(casework) == set()


def test_leads_who_may_see_both_are_told_after_an_intake_and_nobody_else(casework: Casework) -> None:
    second = told(casework, casework.off_case)
    with casework.database.read() as session:
        heard = {
            who: [n.others for n in inbox(session, viewer(casework, who), 0) if n.action == "seems_same_doctor"]
            for who in ("lead", "in_conflict", "on_case", "off_case")
        }
    assert heard == {"lead": [(casework.reference,)], "in_conflict": [], "on_case": [], "off_case": []}
    assert second != casework.reference


def test_leads_are_told_of_a_case_that_faces_the_same_at_the_same_body(casework: Casework) -> None:
    told(casework, casework.off_case, casework.body, name="Nora Sample", contact="n@example.org", processes=("MHPS",))
    with casework.database.read() as session:
        notices = {who: inbox(session, viewer(casework, who), 0) for who in ("lead", "in_conflict", "off_case")}
    heard = {who: [n.others for n in said if n.action == "seems_same_matter"] for who, said in notices.items()}
    assert heard == {"lead": [(casework.reference,)], "in_conflict": [], "off_case": []}


@pytest.mark.parametrize("who", ["in_conflict", "off_case", "observer"])
def test_nobody_who_may_not_read_both_answers(casework: Casework, who: str) -> None:
    second = told(casework)
    for command in (answer, undo):
        with refused(casework.database, "Not found", error=NotFound):
            command(casework, casework.reference, second, who=getattr(casework, who))


def test_a_volunteer_on_both_leaves_it_to_a_lead(casework: Casework) -> None:
    second = told(casework)
    with casework.database.write() as session:
        give_place(session, lead=casework.lead, volunteer=casework.on_case, reference=second)
    with refused(casework.database, "Only a lead", error=NotAllowed):
        answer(casework, casework.reference, second, who=casework.on_case)


def test_what_has_no_name_in_common_is_not_joined(casework: Casework) -> None:
    other = told(casework, name="Nora Sample")
    with refused(casework.database, "different names"):
        answer(casework, casework.reference, other)
    with refused(casework.database, "Choose two"):
        answer(casework, casework.reference, casework.reference)


def test_a_pair_that_somebody_has_answered_is_refused_and_so_is_a_second_click(casework: Casework) -> None:
    second = told(casework)
    answer(casework, casework.reference, second)
    for is_one in (True, False):
        with refused(casework.database, "already answered this"):
            answer(casework, second, casework.reference, is_one)
    undo(casework, casework.reference, second)
    with refused(casework.database, "already been undone"):
        undo(casework, second, casework.reference)


def test_two_leads_at_once_answer_once_and_join_all(casework: Casework) -> None:
    second, third = told(casework), told(casework)

    def join(one: str, other: str) -> Any:
        return lambda session: answer_same_doctor(
            session, actor_id=casework.lead, reference=one, other_reference=other, is_one=True
        )

    assert at_once(casework.database, join(casework.reference, second), join(second, third)) is None
    assert doctors(casework) == 1
    undo(casework, casework.reference, second)
    late = at_once(casework.database, join(casework.reference, second), join(second, casework.reference))
    assert isinstance(late, CommandRefused)
    live = [row for row in rows(casework.database, DoctorAnswer) if row.undone_at is None]
    assert len(live) == 2


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    second = told(casework)
    before = snapshot(casework.database)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("db.commands.same_doctor.audit", fail)
    with pytest.raises(RuntimeError):
        answer(casework, casework.reference, second)
    assert snapshot(casework.database) == before


def test_every_case_whose_doctor_changes_is_named_in_the_audit(casework: Casework) -> None:
    """Counts that are kept are brought up to date by the cases that the audit names."""
    second, third = told(casework), told(casework)
    answer(casework, second, third)
    last = count(casework.database, Audit)
    answer(casework, casework.reference, third)
    named = {row.case_id for row in rows(casework.database, Audit)[last:]}
    assert named == {the_case(casework, reference).id for reference in (casework.reference, second, third)}


def test_a_wall_that_rises_takes_the_pair_away(casework: Casework) -> None:
    second = told(casework)
    with casework.database.write() as session:
        lead = make_volunteer(session, "nora", Role.LEAD, name="Nora Namesake")
    assert asked(casework).strong == 1
    with casework.database.write() as session:
        name_party(session, actor_id=lead, reference=second, role=PartyRole.OTHER, name="Lena")
    assert asked(casework) == SameDoctor((), 0, 0, ())
    with refused(casework.database, "Not found", error=NotFound):
        answer(casework, casework.reference, second)


def test_hashes_that_an_upgrade_left_out_are_filled_in_at_the_next_start(casework: Casework) -> None:
    second = told(casework)
    with casework.database.write() as session:
        session.execute(update(CaseIdentity).values(contact_hash=None, name_hash=None))
        spoilt = make_case(session, actor_id=casework.lead, body=casework.other_body)
        row = session.scalars(select(CaseIdentity).order_by(CaseIdentity.case_id.desc())).first()
        assert row is not None
        row.sealed, row.name_hash = b"no key opens this", None
    assert pairs(casework) == set()
    fill_hashes(casework.database)
    assert pairs(casework) == {frozenset((casework.reference, second))}
    assert spoilt not in {reference for pair in pairs(casework) for reference in pair}
    before = snapshot(casework.database)
    fill_hashes(casework.database)
    assert snapshot(casework.database) == before


def test_the_name_of_a_doctor_that_an_earlier_version_kept_is_found_in_texts_after_it(casework: Casework) -> None:
    reference = told(casework, name="Łucja O'Próbka")
    case = the_case(casework, reference)
    with casework.database.write() as session:
        old = vault_of(session).keyed_hash("person o próbka łucja")
        session.execute(update(Party).where(Party.case_id == case.id).values(name_hash=old))
        session.execute(update(CaseIdentity).where(CaseIdentity.case_id == case.id).values(name_hash=None))
    fill_hashes(casework.database)
    with casework.database.read() as session:
        found = find(session, viewer(casework, "lead"), "Spoke to Lucja O’Probka today.")
    assert [each.kind for each in found] == [OURS]


def test_an_employer_declared_later_hides_the_pair_from_the_lead(casework: Casework) -> None:
    told(casework)
    with casework.database.write() as session:
        make_volunteer(session, "lea", Role.LEAD)
        add_affiliation(
            session,
            actor_id=casework.lead,
            volunteer_id=casework.lead,
            organisation_id=casework.body,
            started_on=clock.today(),
        )
    assert asked(casework) == SameDoctor((), 0, 0, ())
    assert count(casework.database, Doctor) == 2
