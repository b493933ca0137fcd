"""The table of moves: where a case may go, who may send it there and what it must record."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.choices import Choice, Stage
from db.rules.stages import (
    MOVES,
    TOLD,
    CaseFacts,
    Field,
    FieldKind,
    Move,
    fields_of,
    find_move,
    obstacle,
    problems_with,
)

ALL_MOVES = [(stage, move) for stage, moves in MOVES.items() for move in moves]
NOTHING_TRUE = CaseFacts(Stage.NEW, has_lead=False, findings=0, flags=0, learning_consent=False, open_actions=0)
ENDS = {Stage.CLOSED, Stage.DECLINED, Stage.REFERRED}
MOVE_IDS = [f"{stage.value}-{move.to.value}" for stage, move in ALL_MOVES]


def good_value(field: Field) -> Any:
    if field.kind is FieldKind.DATE:
        return date(2026, 11, 22)
    if field.kind is FieldKind.VOLUNTEER:
        return 7
    if field.kind is FieldKind.CHOICE:
        assert isinstance(field.options, type)
        return next(iter(field.options)).value
    return "words"


def good_values(move: Move) -> dict[str, Any]:
    return {field.name: good_value(field) for field in move.fields}


def test_every_stage_has_its_moves() -> None:
    assert set(MOVES) == set(Stage)
    assert all(MOVES.values())


def test_every_stage_can_be_reached_from_a_new_case() -> None:
    reached, waiting = set(), [Stage.NEW]
    while waiting:
        stage = waiting.pop()
        if stage not in reached:
            reached.add(stage)
            waiting += [move.to for move in MOVES[stage]]
    assert reached == set(Stage)


def test_the_table_is_the_one_of_the_design() -> None:
    """docs/domain.md §4.1; "unallocated" is derived, so it is no stage."""
    went = defaultdict(set)
    for stage, move in ALL_MOVES:
        went[stage].add(move.to)
    assert went == {
        Stage.NEW: {Stage.TRIAGE},
        Stage.TRIAGE: {Stage.REVIEW, Stage.DECLINED, Stage.REFERRED},
        Stage.REVIEW: {Stage.FINDINGS, Stage.ACTIVE},
        Stage.FINDINGS: {Stage.ACTIVE},
        Stage.ACTIVE: {Stage.CLOSING},
        Stage.CLOSING: {Stage.LEARNING, Stage.CLOSED},
        Stage.LEARNING: {Stage.CLOSED},
        Stage.CLOSED: {Stage.TRIAGE},
        Stage.DECLINED: {Stage.TRIAGE},
        Stage.REFERRED: {Stage.TRIAGE},
    }


@settings(deadline=None)
@given(st.sampled_from(Stage), st.sampled_from(Stage))
def test_no_move_is_found_outside_the_table(current: Stage, target: Stage) -> None:
    move = find_move(current, target)
    assert (move is None) == (target not in {m.to for m in MOVES[current]})
    assert move is None or move.to is target


@settings(deadline=None)
@given(
    st.sampled_from(ALL_MOVES),
    st.builds(
        CaseFacts,
        stage=st.sampled_from(Stage),
        has_lead=st.booleans(),
        findings=st.integers(0, 3),
        flags=st.integers(0, 3),
        learning_consent=st.booleans(),
        open_actions=st.integers(0, 3),
    ),
    st.booleans(),
)
def test_a_move_is_free_just_when_all_it_asks_is_true(
    known: tuple[Stage, Move], facts: CaseFacts, is_lead: bool
) -> None:
    _, move = known
    true = (
        (is_lead or not move.lead_only)
        and (facts.has_lead or not move.needs_lead)
        and (facts.findings > 0 or not move.needs_finding)
        and (facts.flags > 0 or not move.needs_flag)
        and (facts.learning_consent or not move.needs_learning_consent)
        and not (facts.learning_consent and move.refused_learning_consent)
    )
    words = obstacle(move, facts, is_lead=is_lead)
    assert (words is None) == true
    assert words is None or words.endswith(".")


@pytest.mark.parametrize(("stage", "move"), ALL_MOVES, ids=MOVE_IDS)
def test_only_leads_end_or_reopen_a_case(stage: Stage, move: Move) -> None:
    assert move.lead_only == (move.to in ENDS or stage in ENDS)


@pytest.mark.parametrize("stage", sorted(ENDS))
def test_reopening_goes_to_triage_and_says_why(stage: Stage) -> None:
    (move,) = MOVES[stage]
    assert move.to is Stage.TRIAGE
    assert [field.name for field in move.fields] == ["cause"]


def test_acting_at_once_needs_an_urgency_flag() -> None:
    at_once, usual = find_move(Stage.REVIEW, Stage.ACTIVE), find_move(Stage.FINDINGS, Stage.ACTIVE)
    assert at_once
    assert usual
    lead = replace(NOTHING_TRUE, has_lead=True)
    assert "flag" in str(obstacle(at_once, lead, is_lead=True))
    assert obstacle(at_once, replace(lead, flags=1), is_lead=False) is None
    assert obstacle(usual, lead, is_lead=False) is None


def test_closing_skips_learning_only_where_consent_to_it_is_missing() -> None:
    closed, learning = find_move(Stage.CLOSING, Stage.CLOSED), find_move(Stage.CLOSING, Stage.LEARNING)
    assert closed
    assert learning
    consented = replace(NOTHING_TRUE, learning_consent=True)
    assert obstacle(closed, consented, is_lead=True)
    assert obstacle(closed, NOTHING_TRUE, is_lead=True) is None
    assert obstacle(learning, consented, is_lead=False) is None
    assert obstacle(learning, NOTHING_TRUE, is_lead=False)


@pytest.mark.parametrize(("stage", "move"), ALL_MOVES, ids=MOVE_IDS)
def test_each_required_field_is_missed_by_name(stage: Stage, move: Move) -> None:
    assert stage in Stage
    full = good_values(move)
    assert problems_with(move.fields, full) == {}
    for field in move.fields:
        for nothing in (None, "", "  \n"):
            problems = problems_with(move.fields, full | {field.name: nothing})
            assert set(problems) == ({field.name} if field.required else set())
            assert all(words.startswith(field.label) for words in problems.values())
    assert set(problems_with(move.fields, {})) == {field.name for field in move.fields if field.required}


@pytest.mark.parametrize(("stage", "move"), ALL_MOVES, ids=MOVE_IDS)
def test_a_value_of_the_wrong_kind_is_refused_by_name(stage: Stage, move: Move) -> None:
    assert stage in Stage
    wrong = {FieldKind.DATE: "2026-11-22", FieldKind.VOLUNTEER: "7", FieldKind.CHOICE: "no such choice"}
    for field in move.fields:
        bad = wrong.get(field.kind, 42)
        assert set(problems_with(move.fields, good_values(move) | {field.name: bad})) == {field.name}


@given(st.sampled_from(ALL_MOVES), st.data())
@settings(deadline=None)
def test_whatever_is_sent_is_judged_never_a_crash(known: tuple[Stage, Move], data: st.DataObject) -> None:
    anything = st.one_of(st.none(), st.text(), st.integers(), st.dates(), st.booleans())
    values = {field.name: data.draw(anything) for field in known[1].fields}
    problems = problems_with(known[1].fields, values)
    assert set(problems) <= {field.name for field in known[1].fields}


@pytest.mark.parametrize(("stage", "move"), ALL_MOVES, ids=MOVE_IDS)
def test_a_case_ends_over_a_crisis_or_a_limit_only_once_the_doctor_is_told(stage: Stage, move: Move) -> None:
    for facts in (replace(NOTHING_TRUE, has_crisis=True), replace(NOTHING_TRUE, live_limits=1)):
        asked = fields_of(move, replace(facts, stage=stage))
        assert (TOLD in asked) == (move.to in ENDS)
    assert fields_of(move, NOTHING_TRUE) == move.fields


def test_choice_fields_offer_lists_that_exist() -> None:
    for _, move in ALL_MOVES:
        for field in move.fields:
            if field.kind is FieldKind.CHOICE:
                assert isinstance(field.options, type)
                assert issubclass(field.options, Choice)
            elif field.kind is FieldKind.TERM:
                assert isinstance(field.options, str)
