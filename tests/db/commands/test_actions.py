"""Actions: an open case is never without one; done, moved with a reason, and never past a hard limit."""

from datetime import date, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import update

from db import clock
from db.choices import DeadlineKind, EntryKind, Stage, Whose
from db.commands.actions import add_action, finish_action, snooze_action
from db.commands.deadlines import add_deadline
from db.commands.entries import add_entry
from db.commands.leave import add_leave
from db.commands.recusals import recuse
from db.commands.redactions import redact_words
from db.commands.update_status import update_status
from db.engine import alembic_config
from db.errors import CommandRefused, Invalid, NotFound
from db.models import Action, ActionMove, Case, Entry
from db.queries.actions import PAGE, ActionFilters, ActionRow, action_list, case_actions
from db.rules.actions import ActionDue, ActionEnd, Whosever
from db.rules.limits import Limits
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    last,
    plain_update,
    refused,
    rows,
    run,
    statements,
    the_case,
    viewer,
)
from tests.factories import Casework, make_case

TODAY = clock.today()


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def new(casework: Casework, **changes: Any) -> dict[str, Any]:
    return {"next_action": "Ring HR", "action_owner_id": casework.on_case, "action_due_on": day(3)} | changes


def undone(casework: Casework) -> list[Action]:
    return [row for row in rows(casework.database, Action) if row.done_at is None]


@pytest.fixture
def two(casework: Casework) -> Casework:
    """The case with a second action, of the person on it."""
    run(casework, add_action, **new(casework))
    return casework


def listed(casework: Casework, who: str = "on_case", **filters: Any) -> list[ActionRow]:
    with casework.database.read() as session:
        return action_list(session, viewer(casework, who), ActionFilters(**filters), TODAY).rows


# Added and done ------------------------------------------------------------------------------------------------


def test_an_action_is_added_beside_the_others(casework: Casework) -> None:
    assert_recorded(casework, "next_action", add_action, **new(casework))
    first, second = undone(casework)
    assert (second.text, second.owner_id, second.due_on) == ("Ring HR", casework.on_case, day(3))
    assert the_case(casework).next_action_id == first.id


def test_adding_is_for_the_team_and_names_what_is_wrong(casework: Casework) -> None:
    assert_for_the_team_only(casework, add_action, **new(casework))
    for field, value in (
        ("next_action", " "),
        ("action_due_on", day(-1)),
        ("action_due_on", None),
        ("action_owner_id", 10**6),
        ("action_owner_id", casework.in_conflict),
        ("action_owner_id", casework.observer),
    ):
        with refused(casework.database, ".", error=Invalid) as caught:
            run(casework, add_action, **new(casework, **{field: value}))
        assert set(caught().problems) == {field}


def test_done_is_work_with_what_came_of_it(two: Casework) -> None:
    with two.database.write() as session:
        session.execute(update(Case).values(substantive_at=None))
    assert_recorded(two, "finish_action", finish_action, action_id=last(two.database, Action).id, outcome="They agreed")
    entry, action = last(two.database, Entry), last(two.database, Action)
    assert (entry.kind, entry.text) == (EntryKind.ACTION, "Done: Ring HR\nThey agreed")
    assert (action.ended_how, action.done_by_id) == (ActionEnd.DONE, two.on_case)
    assert the_case(two).substantive_at == entry.at


def test_no_longer_needed_says_why_and_is_no_work(two: Casework) -> None:
    what = {"action_id": last(two.database, Action).id, "dropped": True}
    with refused(two.database, "no longer needed", field="outcome"):
        run(two, finish_action, **what)
    before = the_case(two).substantive_at
    run(two, finish_action, **what, outcome="HR wrote first")
    assert last(two.database, Action).ended_how is ActionEnd.DROPPED
    assert last(two.database, Entry).kind is EntryKind.SYSTEM
    assert the_case(two).substantive_at == before


def test_the_last_is_not_done_without_the_next(casework: Casework) -> None:
    [only] = undone(casework)
    with refused(casework.database, "What happens next", error=Invalid) as caught:
        run(casework, finish_action, action_id=only.id)
    assert set(caught().problems) == {"next_action", "action_owner_id", "action_due_on"}
    with refused(casework.database, "Due", error=Invalid):
        run(casework, finish_action, action_id=only.id, **new(casework, action_due_on=day(-1)))
    run(casework, finish_action, action_id=only.id, **new(casework))
    assert [row.text for row in undone(casework)] == ["Ring HR"]


def test_done_twice_is_told(two: Casework) -> None:
    action_id = last(two.database, Action).id
    run(two, finish_action, action_id=action_id)
    with refused(two.database, "already been done"):
        run(two, finish_action, action_id=action_id)


def test_of_two_who_finish_the_last_two_at_once_one_is_asked_for_the_next(two: Casework) -> None:
    first, second = undone(two)

    def finish(action: Action) -> Any:
        return lambda session: finish_action(session, actor_id=two.lead, reference=two.reference, action_id=action.id)

    refusal = at_once(two.database, finish(first), finish(second))
    assert refusal is not None
    assert len(undone(two)) == 1


def test_the_owner_off_the_case_may_finish_their_own_and_nothing_else(two: Casework) -> None:
    first, second = undone(two)
    with two.database.write() as session:
        session.execute(update(Action).where(Action.id == first.id).values(owner_id=two.off_case))
    with pytest.raises(NotFound):
        run(two, finish_action, two.off_case, action_id=second.id)
    run(two, finish_action, two.off_case, action_id=first.id)
    for who in (two.off_case, two.in_conflict, two.observer):
        with pytest.raises(NotFound, match=r"^Not found\. Check"):
            run(two, finish_action, who, action_id=second.id)


def test_an_action_of_another_case_is_not_found(two: Casework) -> None:
    with two.database.write() as session:
        other = make_case(session, actor_id=two.lead, body=two.other_body, contact="o@example.org")
    with pytest.raises(NotFound):
        run(two, finish_action, two.lead, reference=other, action_id=undone(two)[0].id)


@pytest.mark.parametrize("name", ["add", "finish", "snooze"])
def test_a_failure_half_way_leaves_nothing(two: Casework, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    action = last(two.database, Action)
    command_of: dict[str, tuple[Any, dict[str, Any]]] = {
        "add": (add_action, new(two)),
        "finish": (finish_action, {"action_id": action.id, "outcome": "x"}),
        "snooze": (snooze_action, a_move(action)),
    }
    command, fields = command_of[name]
    assert_all_or_nothing(two, monkeypatch, command, **fields)


def test_hostile_words_are_plain_or_refused(two: Casework) -> None:
    def attempt(words: str) -> None:
        run(two, add_action, **new(two, next_action="x"))
        run(two, finish_action, action_id=last(two.database, Action).id, outcome=words)

    for words in ("<script>alert(1)</script>", "one\x00two"):
        attempt(words)
    assert "\x00" not in last(two.database, Entry).text
    assert_hostile_text_is_plain(
        two, lambda words: run(two, add_action, **new(two, next_action=words)), lambda: last(two.database, Action).text
    )


# Ended with the case, and begun again -------------------------------------------------------------------------


def test_what_is_left_ends_with_the_case_and_its_words_stay(two: Casework) -> None:
    with two.database.write() as session:
        session.execute(update(Case).values(stage=Stage.TRIAGE))
    decline = {"decline_reason": "out_of_scope", "sent_to": "Their union", "told_on": TODAY}
    a_move_of_stage(two, Stage.DECLINED, decline)
    assert {row.ended_how for row in rows(two.database, Action)} == {ActionEnd.CASE_ENDED}
    told = [
        row.text for row in rows(two.database, Entry, kind=EntryKind.SYSTEM) if "Not done when the case" in row.text
    ]
    assert len(told) == 2
    assert any("Ring HR" in line for line in told)
    with refused(two.database, "not open"):
        run(two, add_action, two.lead, **new(two))
    with refused(two.database, "What happens next", error=Invalid):
        a_move_of_stage(two, Stage.TRIAGE, {"cause": "Back"}, next_action="")
    a_move_of_stage(two, Stage.TRIAGE, {"cause": "Back"})
    assert [row.text for row in undone(two)] == ["Begin"]


def a_move_of_stage(casework: Casework, to: Stage, values: dict[str, Any], next_action: str = "Begin") -> None:
    run(
        casework,
        update_status,
        casework.lead,
        **plain_update(
            casework,
            what_changed="x",
            next_action=next_action,
            action_owner_id=casework.lead,
            action_due_on=day(1),
            move_to=to,
            move_values=values,
        ),
    )


# Moved --------------------------------------------------------------------------------------------------------


def a_move(action: Action, **changes: Any) -> dict[str, Any]:
    fields = {"action_id": action.id, "seen_due_on": action.due_on, "due_on": day(10), "reason": "Nights until then"}
    return fields | changes


def test_a_move_keeps_the_day_it_had_and_why(two: Casework) -> None:
    action = last(two.database, Action)
    assert_recorded(two, "snooze_action", snooze_action, **a_move(action))
    move = last(two.database, ActionMove)
    assert (move.from_on, move.to_on, move.reason, move.by_id) == (day(3), day(10), "Nights until then", two.on_case)
    run(two, snooze_action, **a_move(last(two.database, Action), due_on=day(11)))
    assert [row.moved for row in listed(two)] == [2]


def test_moved_to_a_later_day_within_the_limit_only(two: Casework) -> None:
    action = last(two.database, Action)
    for due in (day(3), day(2), day(-1), day(Limits().snooze_days + 1)):
        with refused(two.database, "New date", field="due_on"):
            run(two, snooze_action, **a_move(action, due_on=due))
    with refused(two.database, "fill this in", field="reason"):
        run(two, snooze_action, **a_move(action, reason=" "))
    run(two, snooze_action, **a_move(action, due_on=day(Limits().snooze_days)))


def test_a_late_one_is_moved_to_today_or_later(two: Casework) -> None:
    with two.database.write() as session:
        session.execute(update(Action).values(due_on=day(-9)))
    action = last(two.database, Action)
    with refused(two.database, "not in the past"):
        run(two, snooze_action, **a_move(action, due_on=day(-1)))
    run(two, snooze_action, **a_move(action, due_on=TODAY))


def test_moved_from_an_old_form_is_told(two: Casework) -> None:
    form = a_move(last(two.database, Action))
    run(two, snooze_action, two.lead, **form)
    with refused(two.database, "has just moved this"):
        run(two, snooze_action, **form)


@pytest.mark.parametrize("kind", [DeadlineKind.STATUTORY, DeadlineKind.NATIONAL])
def test_never_past_a_hard_limit_of_ours(two: Casework, kind: DeadlineKind) -> None:
    deadline(two, 6, kind)
    action = last(two.database, Action)
    for past in (False, True):
        with refused(two.database, "after “A limit”.*hard limit", field="due_on"):
            run(two, snooze_action, **a_move(action, due_on=day(7), past_deadline=past))
    run(two, snooze_action, **a_move(action, due_on=day(6)))


def test_past_another_deadline_only_on_purpose(two: Casework) -> None:
    deadline(two, 6, DeadlineKind.LOCAL)
    deadline(two, 5, DeadlineKind.STATUTORY, whose=Whose.BODY)
    action = last(two.database, Action)
    with refused(two.database, "after “A limit”.*Tick below", field="due_on"):
        run(two, snooze_action, **a_move(action))
    run(two, snooze_action, **a_move(action, past_deadline=True))


def deadline(casework: Casework, due: int, kind: DeadlineKind, whose: Whose = Whose.OURS) -> None:
    run(casework, add_deadline, name="A limit", due_on=day(due), kind=kind, whose=whose)


def test_a_later_day_in_a_status_update_counts_as_a_move(casework: Casework) -> None:
    def save(due: int) -> None:
        run(casework, update_status, **plain_update(casework, action_due_on=day(due)))

    save(3)
    save(9)
    save(4)
    assert [(row.from_on, row.to_on) for row in rows(casework.database, ActionMove)] == [(day(3), day(9))]
    assert rows(casework.database, Action)[0].ended_how is ActionEnd.REPLACED


def test_of_two_moves_at_once_one_is_refused(two: Casework) -> None:
    form = a_move(last(two.database, Action))

    def move(due: int) -> Any:
        fields = form | {"due_on": day(due)}
        return lambda session: snooze_action(session, actor_id=two.lead, reference=two.reference, **fields)

    assert at_once(two.database, move(9), move(12)) is not None
    assert [row.to_on for row in rows(two.database, ActionMove)] == [day(9)]


def test_words_are_taken_out_of_actions_and_reasons_too(two: Casework) -> None:
    run(two, snooze_action, **a_move(last(two.database, Action), reason="Ring HR said so"))
    run(two, redact_words, words="Ring HR", reason="x")
    assert last(two.database, Action).text == "[redacted]"
    assert last(two.database, ActionMove).reason == "[redacted] said so"


# Lists --------------------------------------------------------------------------------------------------------


def test_each_sees_their_own_and_leads_everybodys_and_nobody_what_is_barred(two: Casework) -> None:
    assert [row.text for row in listed(two)] == ["Ring HR"]
    assert len(listed(two, "lead")) == 1
    every = {"whose": Whosever.EVERYBODY}
    assert len(listed(two, "lead", **every)) == len(listed(two, **every)) == 2
    for who in ("off_case", "in_conflict", "observer"):
        assert listed(two, who) == listed(two, who, **every) == listed(two, who, whose=Whosever.AWAY) == []
    run(two, recuse, two.lead, volunteer_id=two.on_case, reason="Knows them")
    assert listed(two) == listed(two, **every) == []


def test_filtered_by_day_owner_stage_and_absence(two: Casework) -> None:
    every = {"whose": Whosever.EVERYBODY}
    with two.database.write() as session:
        session.execute(update(Action).where(Action.text != "Ring HR").values(due_on=day(-1)))
    assert [len(listed(two, "lead", **every, due=due)) for due in ActionDue] == [1, 1, 0]
    assert [row.owner_id for row in listed(two, "lead", **every, owner=two.on_case)] == [two.on_case]
    assert len(listed(two, "lead", **every, stages=(Stage.NEW,))) == 2
    assert listed(two, "lead", **every, stages=(Stage.REVIEW,)) == []
    assert listed(two, "lead", whose=Whosever.AWAY) == []
    with two.database.write() as session:
        add_leave(session, actor_id=two.on_case, volunteer_id=two.on_case, starts_on=TODAY, ends_on=day(2))
    [away] = listed(two, "lead", whose=Whosever.AWAY)
    assert (away.owner_id, away.away_until) == (two.on_case, day(2))


def test_a_page_at_a_time_by_day_in_as_many_statements_as_for_one(two: Casework) -> None:
    for number in range(PAGE + 3):
        run(two, add_action, **new(two, action_due_on=day(60 - number)))
    with two.database.read() as session, statements(two.database) as sent:
        page = action_list(session, viewer(two, "on_case"), ActionFilters(page=99), TODAY)
        assert (page.total, page.page, page.pages, len(page.rows)) == (PAGE + 4, 2, 2, 4)
    assert len(sent) <= 4
    found = listed(two)
    assert [row.due_on for row in found] == sorted(row.due_on for row in found)


def test_a_case_tells_what_is_open_ended_and_moved(two: Casework) -> None:
    run(two, snooze_action, **a_move(last(two.database, Action)))
    run(two, finish_action, action_id=undone(two)[0].id)
    with two.database.read() as session:
        found = case_actions(session, viewer(two, "on_case"), two.reference, TODAY)
        for who in ("off_case", "in_conflict", "observer"):
            with pytest.raises(NotFound):
                case_actions(session, viewer(two, who), two.reference, TODAY)
    [row] = found.open
    assert (row.text, row.is_last, row.moved) == ("Ring HR", True, 1)
    assert [line.by for line in found.ended] == ["Vik"]
    assert [move.reason for move in found.moves[row.id]] == ["Nights until then"]


# The migration ------------------------------------------------------------------------------------------------


def test_a_corrected_entry_goes_back_and_forth(two: Casework, database_url: str) -> None:
    run(two, finish_action, action_id=last(two.database, Action).id, outcome="They agreed")
    done = last(two.database, Entry)
    run(two, add_entry, kind=EntryKind.NOTE, text="They did not", corrects_id=done.id)
    two.database.engine.dispose()
    config = alembic_config(database_url)
    before = ScriptDirectory.from_config(config).get_revision("0013").down_revision
    assert isinstance(before, str)
    command.downgrade(config, before)
    command.upgrade(config, "head")
    kept = {row.id: row for row in rows(two.database, Entry)}
    assert kept[done.id].kind is EntryKind.NOTE
    assert last(two.database, Entry).corrects_id == done.id
    with pytest.raises(CommandRefused):
        run(two, finish_action, action_id=last(two.database, Action).id)
