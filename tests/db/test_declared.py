"""What commands and changes declare of themselves: all of it, once, and in words that can be said."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dashboard import store
from db import clock, declared
from db.declared import Patterns, Tells, command
from db.queries.reference import Reference
from tests.factories import Casework

RECORD = Path(__file__).parents[2] / "db"


@dataclass
class Told:
    action: str
    details: dict[str, Any] = field(default_factory=dict)
    about: str | None = None
    others: tuple[str, ...] = ()


@pytest.fixture
def lists(casework: Casework) -> Reference:
    from db.queries.reference import reference

    with casework.database.read() as session:
        return reference(session, clock.today())


def audited() -> set[str]:
    """Each action that the source names in so many words when it writes an audit row."""
    found = set()
    for path in RECORD.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "audit":
                found |= {
                    one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    return found


def test_every_action_that_is_audited_is_declared() -> None:
    assert {"open_case", "next_action", "sign_in"} <= audited() <= set(declared.changes())


def test_every_change_can_be_said_even_of_a_row_that_lacks_its_details(lists: Reference) -> None:
    for action in sorted(declared.changes()):
        said = declared.in_words(Told(action), lists)
        assert said, action
        assert "{" not in said, action


def test_what_is_said_names_the_person_the_day_and_the_thing(lists: Reference) -> None:
    moved = Told("snooze_action", {"due_on": "2026-11-28"}, about="Vik")
    assert declared.in_words(moved, lists) == "moved an action owned by Vik to 28 Nov 2026"
    assert declared.in_words(Told("raise_flag", {"code": "CRISIS"}), lists) == "raised the flag Crisis"
    assert declared.in_words(Told("stage", {"came_from": "new", "to": "triage"}), lists) == (
        "moved the case from New to Triage"
    )
    pair = Told("two_doctors", others=("LNB-1", "LNB-2"))
    assert declared.in_words(pair, lists) == "said that this is not the same doctor as in LNB-1 and LNB-2"


def test_a_change_that_nobody_declared_says_so_and_counts_as_any(lists: Reference) -> None:
    assert declared.in_words(Told("something_of_an_older_version"), lists) == "made a change"
    assert not declared.is_plain("something_of_an_older_version")


def test_a_command_that_declares_nothing_is_not_run() -> None:
    def undeclared(session: object, *, actor_id: int) -> None: ...

    with pytest.raises(TypeError, match="not declared"):
        declared.facts_of(undeclared)


def test_a_declaration_that_lacks_a_fact_does_not_import() -> None:
    declare: Callable[..., Any] = command
    with pytest.raises(TypeError, match="patterns"):
        declare(says="did something")


def test_the_store_offers_no_command_by_another_way() -> None:
    assert not {name for name in vars(store) if name in declared.commands()}


@pytest.mark.parametrize(
    ("patterns", "fields", "moves"),
    [
        (Patterns.NEVER, {"move_to": "review", "has_conflict": True}, False),
        (Patterns.ALWAYS, {}, True),
        (Patterns.WITH_A_MOVE, {"move_to": None}, False),
        (Patterns.WITH_A_MOVE, {"move_to": "review"}, True),
        (Patterns.WITH_A_CONFLICT, {"has_conflict": False}, False),
        (Patterns.WITH_A_CONFLICT, {"has_conflict": True}, True),
    ],
)
def test_patterns_are_counted_again_only_after_what_can_move_them(
    patterns: Patterns, fields: dict[str, Any], moves: bool
) -> None:
    assert patterns.moved_by(fields) is moves


def test_who_hears_of_a_crisis_is_more_than_who_hears_of_an_update() -> None:
    assert declared.changes()["raise_flag"].tells is Tells.LEADS_OF_DANGER
    assert declared.changes()["update_status"].tells is Tells.TEAM


def test_whatever_may_wait_for_a_second_lead_keeps_its_refusals() -> None:
    waits = {name for name, run in declared.commands().items() if "must_wait(" in inspect.getsource(run)}
    assert {"remove_party", "send_link"} <= waits
    assert {name for name in waits if not declared.facts_of(declared.commands()[name]).keeps_refusals} == set()
