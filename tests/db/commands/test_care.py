"""What was agreed with a doctor for when it gets worse: kept plainly, sealed where it names somebody, never scored."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db import clock
from db.choices import EntryKind
from db.commands.care import forget_emergency_contact, keep_emergency_contact, keep_safety_plan
from db.commands.identity import open_identity
from db.commands.identity_corrections import correct_identity
from db.errors import Invalid
from db.models import AccessLog, Entry, SafetyPlan
from db.queries.doctor_care import DoctorCare, doctor_care
from db.vault import Identity
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    count,
    everything,
    last,
    refused,
    run,
    viewer,
)
from tests.factories import Casework

TODAY = clock.today()
PLAN: dict[str, Any] = {"whom": "Her sister", "helps": "Walking", "company": "Her sister", "agreed_on": TODAY}
CONTACT: dict[str, Any] = {"emergency_who": "Sister, Zqx", "emergency_number": "07700 900123", "permission": True}


def care(work: Casework, who: str = "on_case") -> DoctorCare:
    with work.database.read() as session:
        return doctor_care(session, viewer(work, who), work.reference)


def opened(work: Casework) -> Identity:
    return run(work, open_identity, reason="To call")  # type: ignore[no-any-return]


def test_the_newest_plan_is_in_force_and_earlier_ones_are_kept(casework: Casework) -> None:
    assert care(casework).plan is None
    assert_recorded(casework, "keep_safety_plan", keep_safety_plan, **PLAN)
    run(casework, keep_safety_plan, **PLAN | {"helps": "", "company": ""})
    plan = care(casework, "lead").plan
    assert plan is not None
    assert (plan.whom, plan.helps, plan.agreed_on, plan.by) == ("Her sister", "", TODAY, "Vik")
    assert count(casework.database, SafetyPlan) == 2
    assert "sister" not in last(casework.database, Entry, kind=EntryKind.SYSTEM).text


def test_an_empty_plan_and_one_of_tomorrow_are_refused(casework: Casework) -> None:
    with refused(casework.database, "at least one", field="whom"):
        run(casework, keep_safety_plan, **PLAN | {"whom": " ", "helps": "", "company": "\u200b"})
    with refused(casework.database, "earlier day", field="agreed_on"):
        run(casework, keep_safety_plan, **PLAN | {"agreed_on": TODAY + timedelta(days=1)})


def test_the_contact_is_sealed_and_shown_only_with_the_identity_which_is_logged(casework: Casework) -> None:
    assert_recorded(casework, "keep_emergency_contact", keep_emergency_contact, **CONTACT)
    assert "Zqx" not in repr(everything(casework.database))
    before = count(casework.database, AccessLog)
    who = opened(casework)
    assert (who.emergency_who, who.emergency_number) == ("Sister, Zqx", "07700 900123")
    assert who.emergency_agreed_on == TODAY.isoformat()
    assert who.name == "Test Doctor"
    assert count(casework.database, AccessLog) == before + 1
    assert "Zqx" not in repr(who)


def test_a_corrected_identity_keeps_it_and_a_withdrawn_permission_takes_it_away(casework: Casework) -> None:
    run(casework, keep_emergency_contact, **CONTACT)
    put_right: dict[str, Any] = {"fields": ["safe_times"], "identity": Identity("", "", "", safe_times="Late")}
    run(casework, correct_identity, seen_edition=0, **put_right, reason="She said so")
    assert (opened(casework).emergency_who, opened(casework).safe_times) == ("Sister, Zqx", "Late")
    run(casework, forget_emergency_contact)
    assert (opened(casework).emergency_who, opened(casework).emergency_agreed_on) == ("", "")


def test_without_permission_or_a_number_nothing_is_kept(casework: Casework) -> None:
    for missing, words in (
        ({"permission": False}, "Ask them first"),
        ({"emergency_who": ""}, "Who: please"),
        ({"emergency_number": " "}, "Number: please"),
    ):
        with refused(casework.database, words, error=Invalid):
            run(casework, keep_emergency_contact, **CONTACT | missing)


def test_identities_sealed_before_open_without_a_contact(casework: Casework) -> None:
    assert opened(casework).emergency_who == ""


@pytest.mark.parametrize(
    ("command", "values"), [(keep_safety_plan, PLAN), (keep_emergency_contact, CONTACT), (forget_emergency_contact, {})]
)
def test_for_the_team_only_and_all_or_nothing(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, command: Any, values: dict[str, Any]
) -> None:
    assert_for_the_team_only(casework, command, **values)
    assert_all_or_nothing(casework, monkeypatch, command, **values)


def test_hostile_words_are_plain_text(casework: Casework) -> None:
    def plan(words: str) -> None:
        run(casework, keep_safety_plan, **PLAN | {"helps": words})

    assert_hostile_text_is_plain(casework, plan, lambda: last(casework.database, SafetyPlan).helps)


def test_a_plan_has_no_score(casework: Casework) -> None:
    with casework.database.engine.connect() as connection:
        columns = connection.execute(text("SELECT * FROM safety_plans")).keys()
    assert not {name for name in columns if "score" in name or "risk" in name}
