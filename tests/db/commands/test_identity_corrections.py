"""A doctor's name and ways to reach them are put right without a trace of what they were."""

from typing import Any

import pytest
from sqlalchemy import select

from db import clock
from db.choices import HistoryKind, PartyRole
from db.commands.identity_corrections import correct_identity
from db.commands.same_doctor import answer_same_doctor
from db.errors import CommandRefused, Stale
from db.models import Assignment, Audit, Case, CaseIdentity, Correction, DoctorAnswer, Entry, Party, Recusal
from db.queries.case_history import case_history
from db.queries.inbox import inbox
from db.queries.intake import likely_duplicates
from db.queries.same_doctor import same_doctor
from db.vault import Identity, vault_of
from tests.db.helpers import (
    HOSTILE,
    KEPT,
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
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

OLD = "test.doctor@example.org"
NEW = "07700 900123"


def told(seen: int = 0, **identity: str) -> dict[str, Any]:
    values = {"name": "", "contact": "", "safe_channel": "", "safe_times": "", "never_use": ""} | identity
    return {
        "seen_edition": seen,
        "fields": list(identity),
        "identity": Identity(**values),
        "reason": "They told us",
    }


def kept(casework: Casework, reference: str = "") -> Identity:
    case = the_case(casework, reference)
    with casework.database.read() as session:
        return vault_of(session).open(session.get_one(CaseIdentity, case.id).sealed)


def test_a_new_number_replaces_the_old_and_history_says_only_that(casework: Casework) -> None:
    before = kept(casework)
    right = told(contact=NEW, never_use="The old address")
    assert_recorded(casework, "correct_identity", correct_identity, **right)
    assert kept(casework) == Identity(before.name, NEW, before.safe_channel, before.safe_times, "The old address")
    assert last(casework.database, Entry).text == "Corrected: Safe contact; Never use. They told us"
    assert [(row.what, row.was) for row in rows(casework.database, Correction)] == [
        ("contact", None),
        ("never_use", None),
    ]
    with casework.database.read() as session:
        who = viewer(casework, "on_case")
        assert likely_duplicates(session, who, NEW, None, ()) == [casework.reference]
        assert likely_duplicates(session, who, OLD, None, ()) == []
        (change, *_) = case_history(session, who, casework.reference, (HistoryKind.CHANGE,), 1)
    assert (change.details["fields"], change.reason, change.before) == (["contact", "never_use"], "They told us", ())
    words = str(everything(casework.database))
    assert not {OLD, NEW, "The old address"} & set(words.split("'"))


def test_what_was_optional_can_be_taken_out_and_the_rest_is_needed(casework: Casework) -> None:
    run(casework, correct_identity, **told(safe_channel="", safe_times=""))
    assert (kept(casework).safe_channel, kept(casework).contact) == ("", OLD)
    for field in ("name", "contact"):
        with refused(casework.database, "please fill this in", field=field):
            run(casework, correct_identity, **told(2, **{field: " "}))


def test_names_and_numbers_in_the_reason_are_taken_out(casework: Casework) -> None:
    right = told(contact=NEW) | {"reason": f"Dr Doctor no longer has {OLD}, but 07700900123"}
    run(casework, correct_identity, **right)
    reason = last(casework.database, Correction).reason
    assert OLD not in reason
    assert "900123" not in reason
    assert "Dr Doctor" not in reason


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": []},
        {"fields": ["sealed"]},
        {"fields": ["contact", "summary"]},
        {"fields": ["contact; DROP TABLE cases"]},
        {"fields": ["\x00"]},
    ],
)
def test_forged_fields_are_refused(casework: Casework, changes: dict[str, Any]) -> None:
    with refused(casework.database, "choose from the list", field="fields"):
        run(casework, correct_identity, **(told(contact=NEW) | changes))


def test_no_refusal_tells_whether_a_guess_was_right(casework: Casework) -> None:
    """Else whoever may open it could find out without opening it, which is logged."""
    run(casework, correct_identity, **told(contact=OLD))
    run(casework, correct_identity, **told(1, contact="guess@example.org"))
    first, second = rows(casework.database, Audit, action="correct_identity")
    assert first.details["fields"] == second.details["fields"]


def test_a_stale_form_and_two_at_once_are_told(casework: Casework) -> None:
    def first(session: Any) -> None:
        correct_identity(session, actor_id=casework.lead, reference=casework.reference, **told(contact=NEW))

    assert at_once(casework.database, first, first) is not None
    with refused(casework.database, "Lena changed this case", error=Stale):
        run(casework, correct_identity, **told(0, contact="other@example.org"))
    assert kept(casework).contact == NEW


def test_only_who_may_open_it_and_all_or_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_for_the_team_only(casework, correct_identity, **told(contact=NEW))
    assert_all_or_nothing(casework, monkeypatch, correct_identity, **told(contact=NEW, name="Nora Sample"))


def test_hostile_words_are_kept_as_they_were_typed(casework: Casework) -> None:
    for seen, (name, words) in enumerate(HOSTILE.items()):
        if name == "long":
            with refused(casework.database, "too long"):
                run(casework, correct_identity, **told(seen, safe_times=words))
        else:
            run(casework, correct_identity, **told(seen, safe_times=words))
            assert kept(casework).safe_times == KEPT[name]


def test_a_corrected_name_bars_its_bearer_and_lets_nobody_in(casework: Casework) -> None:
    with casework.database.write() as session:
        make_volunteer(session, "old", name="Test Doctor")
    old = last(casework.database, Party)
    run(casework, correct_identity, casework.lead, **told(name="Dr Vik"))
    assert barred(casework, casework.on_case), "who is called that loses the case at once"
    assert last(casework.database, Assignment, volunteer_id=casework.on_case).ended_reason == "Conflict of interest"
    names = rows(casework.database, Party)
    assert [party.role for party in names] == [PartyRole.DOCTOR, PartyRole.DOCTOR]
    assert names[0].name_hash == old.name_hash, "it goes by the way that takes two leads"
    assert not rows(casework.database, Recusal)


def pair(casework: Casework, name: str) -> str:
    with casework.database.write() as session:
        fields = {"name": name, "contact": OLD}
        return make_case(session, actor_id=casework.lead, body=casework.other_body, **fields)


def pairs(casework: Casework, who: str = "lead") -> set[str]:
    with casework.database.read() as session:
        return {found.other.reference for found in same_doctor(session, viewer(casework, who), 10).pairs}


def test_leads_are_told_of_cases_that_now_look_like_it(casework: Casework) -> None:
    other = pair(casework, "Nora Sample")
    assert pairs(casework) == set()
    run(casework, correct_identity, **told(name="Sample, Nora"))
    assert pairs(casework) == {other}
    with casework.database.read() as session:
        (notice, *_) = [
            one for one in inbox(session, viewer(casework, "lead"), 0) if one.action == "now_seems_same_doctor"
        ]
        assert (notice.others, notice.details["is_strong"]) == ((other,), True)
        found = case_history(session, viewer(casework, "on_case"), casework.reference, (), 50)
        assert "now_seems_same_doctor" not in {one.action for one in found}, "a volunteer may know of no other case"


def test_an_answer_on_the_wrong_name_is_undone(casework: Casework) -> None:
    other = pair(casework, "Test Doctor")
    with casework.database.write() as session:
        both: dict[str, Any] = {"reference": casework.reference, "other_reference": other}
        answer_same_doctor(session, actor_id=casework.lead, **both, is_one=True)
    assert the_case(casework).doctor_id == the_case(casework, other).doctor_id
    run(casework, correct_identity, **told(contact=NEW))
    assert last(casework.database, DoctorAnswer).undone_at is None, "a number says nothing of the name"
    run(casework, correct_identity, **told(1, name="Nora Sample"))
    assert last(casework.database, DoctorAnswer).undone_at is not None
    assert the_case(casework).doctor_id != the_case(casework, other).doctor_id
    assert {row.case_id for row in rows(casework.database, Audit, action="renamed_doctor")} == {
        the_case(casework).id,
        the_case(casework, other).id,
    }


def test_a_barred_person_is_told_the_same_with_and_without_it(casework: Casework) -> None:
    def all_told() -> Any:
        with casework.database.read() as session:
            who = viewer(casework, "in_conflict")
            pages = [inbox(session, who, 0), same_doctor(session, who, 10)]
            return repr(pages), session.scalars(select(Case.id).order_by(Case.id)).all()

    pair(casework, "Nora Sample")
    before = all_told()
    run(casework, correct_identity, **told(name="Nora Sample"))
    assert all_told() == before
    with pytest.raises(CommandRefused, match="Not found"):
        run(casework, correct_identity, casework.in_conflict, **told(1, contact=NEW))
    assert clock.now()
