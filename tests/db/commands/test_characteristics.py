"""What a doctor tells of themselves, and who advises them: sealed, opened on purpose, and nowhere else."""

from dataclasses import asdict, replace
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet

from db import clock
from db.choices import AuditAction
from db.cli import identity as rotation
from db.commands.advisers import forget_adviser, keep_adviser
from db.commands.characteristics import (
    TOLD,
    forget_characteristics,
    keep_characteristics,
    open_characteristics,
)
from db.commands.identity import open_identity, reopen_identity
from db.declared import facts_of
from db.engine import Database
from db.errors import CommandRefused, Invalid, NotFound
from db.models import AccessLog, CaseIdentity, Entry, SearchText
from db.vault import Characteristics, Identity, Vault
from tests.conftest import HASH_KEY, KEY
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
    count,
    everything,
    last,
    refused,
    rows,
    run,
)
from tests.factories import Casework

MARK = "zqxvj"
WORDS = {name: f"{MARK}{name}" for name in TOLD if name not in ("age_band", "qualification_group")}
ALL = Characteristics(**WORDS, age_band="40_49", qualification_group="elsewhere", purpose=f"{MARK} tribunal")
KEEP: dict[str, Any] = {"told": ALL, "emptied": [], "permission": True}
ADVISER: dict[str, Any] = {
    "adviser_name": f"{MARK} Ann",
    "adviser_organisation": f"{MARK} Defence",
    "adviser_reference": f"{MARK}/1",
    "adviser_contact": f"{MARK}@example.org",
}


def opened(work: Casework, who: int = 0, reason: str = "To fill in the claim") -> Characteristics:
    return run(work, open_characteristics, who or None, reason=reason)  # type: ignore[no-any-return]


def test_it_is_sealed_opened_with_a_reason_and_the_log_says_what_was_opened(casework: Casework) -> None:
    assert opened(casework) == Characteristics()
    assert_recorded(casework, "keep_characteristics", keep_characteristics, **KEEP)
    assert opened(casework, casework.lead) == replace(ALL, agreed_on=clock.today().isoformat())
    row = last(casework.database, AccessLog)
    assert (row.actor_id, row.action) == (casework.lead, AuditAction.IDENTITY)
    assert row.reason == "What the doctor told of themselves: To fill in the claim"
    with refused(casework.database, "Reason: please", field="reason"):
        opened(casework, reason=" ")
    assert MARK not in repr(opened(casework))


def test_a_canary_is_in_no_table_line_or_index_and_the_identity_does_not_open_it(casework: Casework) -> None:
    run(casework, keep_characteristics, **KEEP)
    run(casework, keep_adviser, **ADVISER)
    for table, found in everything(casework.database).items():
        assert MARK not in repr(found), table
        assert table == "identities" or "40_49" not in repr(found), table
    assert MARK not in repr(rows(casework.database, SearchText))
    identity: Identity = run(casework, open_identity, reason="To call")
    told = asdict(identity)
    assert not set(told) & set(asdict(ALL))
    assert not {value for value in told.values() if value in set(WORDS.values())}
    assert identity.adviser_contact == ADVISER["adviser_contact"]


def test_what_is_left_empty_stays_and_what_is_chosen_goes(casework: Casework) -> None:
    run(casework, keep_characteristics, **KEEP)
    later: dict[str, Any] = {"told": Characteristics(religion="None"), "emptied": ["sex"], "permission": True}
    run(casework, keep_characteristics, **later)
    now = opened(casework)
    assert (now.religion, now.sex, now.ethnicity, now.purpose) == ("None", "", ALL.ethnicity, ALL.purpose)
    assert_recorded(casework, "forget_characteristics", forget_characteristics)
    assert opened(casework) == Characteristics()
    assert last(casework.database, CaseIdentity).characteristics is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"permission": False}, "permission"),
        ({"told": replace(ALL, purpose="")}, "purpose"),
        ({"told": replace(ALL, age_band="old")}, "age_band"),
        ({"told": replace(ALL, qualification_group=cast(Any, 7))}, "qualification_group"),
        ({"told": replace(ALL, religion=cast(Any, None))}, "religion"),
        ({"emptied": ["purpose"]}, "emptied"),
        ({"emptied": ["nonsense"]}, "emptied"),
        ({"told": Characteristics(purpose="x")}, "ethnicity"),
        ({"told": replace(ALL, religion="x" * 201)}, "religion"),
    ],
)
def test_without_permission_a_purpose_or_a_known_code_nothing_is_kept(
    casework: Casework, changes: dict[str, Any], field: str
) -> None:
    with refused(casework.database, r"\.") as told:
        run(casework, keep_characteristics, **KEEP | changes)
    refusal = told()
    assert field in (refusal.problems if isinstance(refusal, Invalid) else (refusal.field,))


def test_to_change_it_takes_a_fresh_password(casework: Casework) -> None:
    for command in (keep_characteristics, forget_characteristics):
        assert facts_of(command).password.is_wanted(actor_id=casework.on_case, fields={})


def test_another_opening_is_no_way_to_the_identity(casework: Casework) -> None:
    begun = clock.now()
    opened(casework)
    with pytest.raises(CommandRefused, match="Open the identity again"):
        run(casework, reopen_identity, since=begun)
    run(casework, open_identity, reason="To call")
    assert run(casework, reopen_identity, since=begun).name == "Test Doctor"


def test_nobody_else_opens_it_and_no_attempt_is_told_apart(casework: Casework) -> None:
    run(casework, keep_characteristics, **KEEP)
    looks = count(casework.database, AccessLog)
    for who in (casework.off_case, casework.in_conflict, casework.observer):
        with pytest.raises(NotFound) as caught:
            opened(casework, who)
        assert caught.value.message == "Not found. Check the reference."
    assert count(casework.database, AccessLog) == looks


def test_what_two_people_add_at_once_is_all_kept_or_refused_in_words(casework: Casework) -> None:
    def add(who: int, **told: str) -> Any:
        said = Characteristics(**told, purpose="The tribunal")
        on: dict[str, Any] = {"reference": casework.reference, "emptied": [], "permission": True}
        return lambda session: keep_characteristics(session, actor_id=who, told=said, **on)

    refusal = at_once(
        casework.database, add(casework.on_case, religion="First"), add(casework.lead, ethnicity="Second")
    )
    now = opened(casework)
    assert now.religion == "First"
    assert now.ethnicity == ("" if refusal else "Second")


def test_a_new_key_seals_it_again(casework: Casework) -> None:
    run(casework, keep_characteristics, **KEEP)
    new = Fernet.generate_key().decode()
    both = Database(casework.database.engine, Vault(keys=[new, KEY], hash_key=HASH_KEY))
    rotation.rotate(both)
    only = Vault(keys=[new], hash_key=HASH_KEY)
    sealed = last(casework.database, CaseIdentity).characteristics
    assert sealed is not None
    assert MARK in only.open_text(sealed)


def test_the_adviser_is_shown_with_the_identity_and_gone_when_removed(casework: Casework) -> None:
    assert_recorded(casework, "keep_adviser", keep_adviser, **ADVISER)
    assert MARK not in last(casework.database, Entry).text
    who: Identity = run(casework, open_identity, reason="To call")
    assert {name: getattr(who, name) for name in ADVISER} == ADVISER
    with refused(casework.database, "a name or an organisation", field="adviser_name"):
        run(casework, keep_adviser, **ADVISER | {"adviser_name": " ", "adviser_organisation": ""})
    with refused(casework.database, "too long", field="adviser_contact"):
        run(casework, keep_adviser, **ADVISER | {"adviser_contact": "x" * 201})
    assert_recorded(casework, "forget_adviser", forget_adviser)
    who = run(casework, open_identity, reason="To call")
    assert not any(getattr(who, name) for name in ADVISER)


@pytest.mark.parametrize(
    ("command", "values"),
    [(keep_characteristics, KEEP), (forget_characteristics, {}), (keep_adviser, ADVISER), (forget_adviser, {})],
)
def test_for_the_team_only_and_all_or_nothing(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, command: Any, values: dict[str, Any]
) -> None:
    assert_for_the_team_only(casework, command, **values)
    assert_all_or_nothing(casework, monkeypatch, command, **values)
