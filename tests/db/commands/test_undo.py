"""Undo of “Done” and of “No change”: in the open, by whoever pressed it, for a while, while nothing depends on it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import UNDONE_CODE, EntryKind, Stage
from db.commands.action_offers import offer_action
from db.commands.actions import add_action, finish_action
from db.commands.recusals import recuse
from db.commands.requests import ask_update
from db.commands.undo import undo_done, undo_no_change
from db.commands.update_status import note_no_change, update_status
from db.errors import CommandRefused, NotFound
from db.models import Action, ActionOffer, Case, Entry, UpdateRequest, Volunteer
from db.queries.case_detail import case_detail
from db.queries.my_cases import my_cases
from db.rules.actions import UNDO_WITHIN
from db.rules.limits import Limits
from tests.db.helpers import (
    Clock,
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
    last,
    plain_update,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework

TODAY = clock.today()


@pytest.fixture
def two(casework: Casework) -> Casework:
    """The case with a second action, of the person on it."""
    soon = TODAY + timedelta(days=3)
    run(casework, add_action, next_action="Ring HR", action_owner_id=casework.on_case, action_due_on=soon)
    return casework


def done(two: Casework, **fields: Any) -> int:
    action_id = int(last(two.database, Action, text="Ring HR").id)
    run(two, finish_action, action_id=action_id, **fields)
    return action_id


def unchanged(casework: Casework) -> int:
    return int(run(casework, note_no_change, seen_version=the_case(casework).version))


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Clock()
    moved.on(seconds=UNDO_WITHIN.total_seconds() + 1)
    monkeypatch.setattr(clock, "now", moved.now)


# Done ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"outcome": "They agreed"}, {"outcome": "HR wrote", "dropped": True}])
def test_what_was_done_is_open_again_and_both_stand_on_the_timeline(two: Casework, how: dict[str, Any]) -> None:
    before, due = the_case(two).substantive_at, last(two.database, Action).due_on
    action_id = done(two, **how)
    said = last(two.database, Entry)
    assert_recorded(two, "undo_done", undo_done, action_id=action_id)
    action, undone = last(two.database, Action), last(two.database, Entry)
    assert (action.done_at, action.done_by_id, action.ended_how, action.due_on) == (None, None, None, due)
    assert (undone.kind, undone.code, undone.corrects_id) == (EntryKind.SYSTEM, UNDONE_CODE, said.id)
    assert "Ring HR" in undone.text
    assert last(two.database, Entry, id=said.id).text == said.text
    # What never happened is no news of the case.
    assert the_case(two).substantive_at == before


def test_done_and_undone_twice(two: Casework) -> None:
    for _ in range(2):
        action_id = done(two)
        run(two, undo_done, action_id=action_id)
        with refused(two.database, "open already"):
            run(two, undo_done, action_id=action_id)
    corrected = [row.corrects_id for row in rows(two.database, Entry, code=UNDONE_CODE)]
    assert len(set(corrected)) == 2
    done(two)
    assert the_case(two).substantive_at == last(two.database, Entry, kind=EntryKind.ACTION).at


def test_only_whoever_pressed_it_may_undo_it(two: Casework) -> None:
    action_id = done(two)
    assert_for_the_team_only(two, undo_done, action_id=action_id)
    with refused(two.database, "Not found", error=NotFound):
        run(two, undo_done, two.lead, action_id=action_id)
    with refused(two.database, "Not found", error=NotFound):
        run(two, undo_done, action_id=10**6)


def test_what_an_update_ended_is_no_slip(casework: Casework) -> None:
    run(casework, update_status, **plain_update(casework, next_action="Another"))
    replaced = rows(casework.database, Action)[0]
    assert replaced.done_by_id == casework.on_case
    with refused(casework.database, "Not found", error=NotFound):
        run(casework, undo_done, action_id=replaced.id)


def test_the_owner_off_the_case_may_undo_their_own(two: Casework) -> None:
    first = rows(two.database, Action)[0]
    with two.database.write() as session:
        session.execute(update(Action).where(Action.id == first.id).values(owner_id=two.off_case))
    run(two, finish_action, two.off_case, action_id=first.id)
    run(two, undo_done, two.off_case, action_id=first.id)
    assert rows(two.database, Action)[0].done_at is None


def test_not_after_a_while_nor_on_a_case_that_has_ended(two: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    action_id = done(two)
    with monkeypatch.context() as patch:
        later(patch)
        with refused(two.database, "15 minutes"):
            run(two, undo_done, action_id=action_id)
    with two.database.write() as session:
        session.execute(update(Case).values(stage=Stage.CLOSED, is_open=False))
    with refused(two.database, "has ended since"):
        run(two, undo_done, action_id=action_id)


def test_not_where_its_owner_may_not_have_it_any_more(two: Casework) -> None:
    with two.database.write() as session:
        session.execute(update(Action).where(Action.text == "Ring HR").values(owner_id=two.off_case))
    action_id = done(two)
    with two.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == two.off_case).values(active=False))
    with refused(two.database, "Add a new one"):
        run(two, undo_done, action_id=action_id)


def test_whoever_has_stepped_back_meanwhile_finds_nothing(two: Casework) -> None:
    action_id, entry_id = done(two), unchanged(two)
    run(two, recuse, volunteer_id=two.on_case, reason="x")
    for command, fields in ((undo_done, {"action_id": action_id}), (undo_no_change, {"entry_id": entry_id})):
        with refused(two.database, "Not found", error=NotFound):
            run(two, command, **fields)


def test_of_two_who_undo_at_once_one_is_refused(two: Casework) -> None:
    action_id = done(two)

    def undo(session: Any) -> None:
        undo_done(session, actor_id=two.on_case, reference=two.reference, action_id=action_id)

    assert isinstance(at_once(two.database, undo, undo), CommandRefused)
    assert len(rows(two.database, Entry, code=UNDONE_CODE)) == 1


# No change -----------------------------------------------------------------------------------------------------


def test_a_no_change_taken_back_is_no_update(casework: Casework) -> None:
    before = the_case(casework)
    entry_id = unchanged(casework)
    assert the_case(casework).update_at is not None
    assert_recorded(casework, "undo_no_change", undo_no_change, entry_id=entry_id)
    after, undone = the_case(casework), last(casework.database, Entry)
    assert (undone.kind, undone.code, undone.corrects_id) == (EntryKind.SYSTEM, UNDONE_CODE, entry_id)
    assert (after.update_at, after.substantive_at) == (before.update_at, before.substantive_at)
    with refused(casework.database, "undone already"):
        run(casework, undo_no_change, entry_id=entry_id)


def test_it_counts_neither_as_quiet_nor_as_the_last_word_on_the_doctor(casework: Casework) -> None:
    told = plain_update(casework, what_changed="A letter", wellbeing="worse", danger="no")
    run(casework, update_status, **told)
    for _ in range(2):
        run(casework, undo_no_change, entry_id=unchanged(casework))
    who = viewer(casework, "on_case")
    with casework.database.read() as session:
        assert my_cases(session, who, TODAY, Limits())[0].quiet_since is None
        assert case_detail(session, who, casework.reference, TODAY, Limits()).wellbeing == "worse"


def test_a_request_that_it_answered_stands_again(casework: Casework) -> None:
    run(casework, ask_update, casework.lead, note="How are they?")
    run(casework, undo_no_change, entry_id=unchanged(casework))
    assert last(casework.database, UpdateRequest).answered_at is None
    # Unless somebody has asked again meanwhile: there is only one request at a time.
    entry_id = unchanged(casework)
    run(casework, ask_update, casework.lead, note="")
    run(casework, undo_no_change, entry_id=entry_id)
    assert [row.answered_at is None for row in rows(casework.database, UpdateRequest)] == [False, True]


def test_only_ones_own_no_change_and_nothing_else(two: Casework) -> None:
    entry_id = unchanged(two)
    assert_for_the_team_only(two, undo_no_change, entry_id=entry_id)
    done(two)
    other = last(two.database, Entry, kind=EntryKind.ACTION).id
    for who, wrong in ((two.lead, entry_id), (two.on_case, other), (two.on_case, 10**6)):
        with refused(two.database, "Not found", error=NotFound):
            run(two, undo_no_change, who, entry_id=wrong)


def test_not_after_a_newer_update_nor_after_a_while(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    entry_id = unchanged(casework)
    with monkeypatch.context() as patch:
        later(patch)
        with refused(casework.database, "15 minutes"):
            run(casework, undo_no_change, entry_id=entry_id)
    run(casework, update_status, casework.lead, **plain_update(casework, what_changed="The doctor rang"))
    with refused(casework.database, "newer update"):
        run(casework, undo_no_change, entry_id=entry_id)


def test_an_undo_that_fails_half_way_leaves_nothing(two: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(two, monkeypatch, undo_done, action_id=done(two))
    assert_all_or_nothing(two, monkeypatch, undo_no_change, entry_id=unchanged(two))


def test_an_offer_stays_ended(two: Casework) -> None:
    run(two, offer_action, action_id=last(two.database, Action).id, to_id=two.lead, note="")
    run(two, undo_done, action_id=done(two))
    assert last(two.database, ActionOffer).status == "ended"
