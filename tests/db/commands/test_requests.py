"""Asking for an update, and marking for the next meeting: who may, what it shows, and what ends it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from db import clock
from db.choices import ConsentPurpose, Contact, EntryKind, Wellbeing
from db.commands.assignments import end_assignment
from db.commands.conflicts import answer_cover, see_bodies
from db.commands.consents import record_consent
from db.commands.entries import add_entry
from db.commands.leave import add_leave
from db.commands.recusals import recuse
from db.commands.requests import ask_update, clear_meeting_mark, mark_for_meeting
from db.commands.update_status import note_no_change, update_status
from db.errors import NotAllowed, Stale
from db.models import Action, Assignment, Case, Entry, MeetingMark, UpdateRequest
from db.queries.case_detail import case_detail
from db.queries.home import my_attention
from db.queries.my_cases import my_cases
from db.queries.queue import case_queue
from db.rules.limits import Limits
from db.rules.queue_filters import QueueFilters
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
    the_case,
    viewer,
)
from tests.factories import Casework, give_place, give_second, make_case

TODAY = clock.today()


def lines(casework: Casework, who: str) -> list[tuple[str, str]]:
    with casework.database.read() as session:
        found = my_attention(session, viewer(casework, who), TODAY, Limits())
    return [(line.what, line.name) for line in found if line.what in ("asked", "update")]


def marked(casework: Casework, who: str) -> list[str]:
    with casework.database.read() as session:
        page = case_queue(session, viewer(casework, who), QueueFilters(for_meeting=True), TODAY, Limits())
    return [row.reference for row in page.rows]


def test_an_update_asked_for_stands_on_the_case_leads_home_until_there_is_one(casework: Casework) -> None:
    version = the_case(casework).version
    assert_recorded(casework, "ask_update", ask_update, casework.lead, note="How was the hearing?")
    assert lines(casework, "on_case") == [("asked", "Lena: How was the hearing?")]
    assert lines(casework, "lead") == lines(casework, "off_case") == lines(casework, "in_conflict") == []
    assert "How was the hearing?" in last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    # Whoever is writing an update just now must not be told of a conflict.
    assert the_case(casework).version == version
    with refused(casework.database, "asked for on"):
        run(casework, ask_update, casework.lead, note="")
    run(casework, note_no_change, seen_version=version)
    assert lines(casework, "on_case") == []
    run(casework, ask_update, casework.lead, note="")
    assert lines(casework, "on_case") == [("asked", "Lena")]


def test_while_the_case_lead_is_away_whoever_covers_is_asked(casework: Casework) -> None:
    days = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=2)}
    with casework.database.write() as session:
        add_leave(session, actor_id=casework.lead, volunteer_id=casework.on_case, cover_id=casework.off_case, **days)
    run(casework, see_bodies, casework.off_case)
    run(casework, answer_cover, casework.off_case, no_conflict=True)
    run(casework, ask_update, casework.lead, note="")
    assert lines(casework, "off_case") == [("asked", "Lena")]


def test_an_update_in_words_answers_it_too(casework: Casework) -> None:
    run(casework, ask_update, casework.lead, note="")
    run(
        casework,
        update_status,
        **plain_update(casework, what_changed="It went well", next_action="Rest", action_due_on=TODAY),
    )
    assert rows(casework.database, UpdateRequest)[0].answered_at is not None


def test_only_a_lead_asks_and_only_somebody_else_who_leads_the_case(casework: Casework) -> None:
    assert_for_the_team_only(casework, ask_update, note="x")
    with refused(casework.database, "Only a lead", error=NotAllowed):
        run(casework, ask_update, note="x")
    place = rows(casework.database, Assignment)[0]
    run(casework, end_assignment, casework.lead, assignment_id=place.id, handover="x")
    with refused(casework.database, "Offer it to somebody first"):
        run(casework, ask_update, casework.lead, note="x")
    with casework.database.write() as session:
        give_place(session, lead=casework.lead, volunteer=casework.lead, reference=casework.reference)
    with refused(casework.database, "You are the case lead"):
        run(casework, ask_update, casework.lead, note="x")


def test_whoever_leads_now_is_asked_and_a_barred_one_hears_nothing(casework: Casework) -> None:
    run(casework, ask_update, casework.lead, note="")
    with casework.database.write() as session:
        give_second(session, casework)
    assert lines(casework, "off_case") == []
    run(casework, recuse, volunteer_id=casework.on_case, reason="")
    assert lines(casework, "on_case") == []


def test_a_mark_is_on_the_case_and_in_the_queue_for_whoever_may_see_it(casework: Casework) -> None:
    assert_for_the_team_only(casework, mark_for_meeting, why="x")
    assert_recorded(casework, "mark_for_meeting", mark_for_meeting, why="A second opinion on the letter")
    for who in ("lead", "on_case"):
        assert marked(casework, who) == [casework.reference]
    # A card has no mark, so nobody finds one by it.
    assert marked(casework, "off_case") == marked(casework, "in_conflict") == marked(casework, "observer") == []
    with casework.database.read() as session:
        detail = case_detail(session, viewer(casework, "lead"), casework.reference, TODAY, Limits())
        assert detail.for_meeting is not None
        assert detail.for_meeting[:2] == ("A second opinion on the letter", "Vik")
        # Why is for whoever may open the case.
        card = case_detail(session, viewer(casework, "off_case"), casework.reference, TODAY, Limits())
        assert card.for_meeting is None
    with refused(casework.database, "already"):
        run(casework, mark_for_meeting, casework.lead, why="x")
    assert_for_the_team_only(casework, clear_meeting_mark)
    assert_recorded(casework, "clear_meeting_mark", clear_meeting_mark, casework.lead)
    assert marked(casework, "lead") == []
    with refused(casework.database, "not marked"):
        run(casework, clear_meeting_mark)
    run(casework, mark_for_meeting, why="Again")
    assert len(rows(casework.database, MeetingMark)) == 2


def test_whoever_does_not_want_it_discussed_is_not_on_the_list(casework: Casework) -> None:
    def say(*, yes: bool) -> None:
        run(casework, record_consent, purpose=ConsentPurpose.MEETING, given=yes)

    run(casework, mark_for_meeting, why="A second opinion")
    say(yes=False)
    assert marked(casework, "lead") == []
    with refused(casework.database, "does not agree: discuss at the weekly meeting"):
        run(casework, mark_for_meeting, why="x")
    say(yes=True)
    run(casework, mark_for_meeting, why="Now they do")
    assert marked(casework, "lead") == [casework.reference]


@pytest.mark.parametrize(("command", "words"), [(ask_update, "note"), (mark_for_meeting, "why")])
def test_all_or_nothing_once_and_in_plain_words(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, command: Any, words: str
) -> None:
    assert_all_or_nothing(casework, monkeypatch, command, casework.lead, **{words: "x"})
    fields = {"actor_id": casework.lead, "reference": casework.reference, words: "x"}
    refusal = at_once(casework.database, lambda s: command(s, **fields), lambda s: command(s, **fields))
    assert refusal is not None
    assert "already" in refusal.message
    model = UpdateRequest if command is ask_update else MeetingMark
    assert len(rows(casework.database, model)) == 1

    def attempt(text: str) -> None:
        with casework.database.write() as session:
            session.execute(delete(model))
            command(session, **(fields | {words: text}))

    assert_hostile_text_is_plain(casework, attempt, lambda: str(getattr(rows(casework.database, model)[0], words)))


def test_no_change_is_an_update_and_nothing_more(casework: Casework) -> None:
    before = the_case(casework)
    action = rows(casework.database, Action)[0]
    assert_for_the_team_only(casework, note_no_change, seen_version=before.version)
    assert_recorded(casework, "note_no_change", note_no_change, seen_version=before.version)
    after, entry = the_case(casework), last(casework.database, Entry, kind=EntryKind.UPDATE)
    assert (entry.text, entry.contact, entry.wellbeing, entry.code) == (
        "No change.",
        Contact.NONE,
        Wellbeing.NOT_ASKED,
        "no_change",
    )
    assert after.update_at == entry.at
    assert (after.substantive_at, after.reached_at) == (before.substantive_at, before.reached_at)
    assert rows(casework.database, Action)[0].due_on == action.due_on
    with refused(casework.database, "changed this case", error=Stale):
        run(casework, note_no_change, seen_version=before.version)
    run(casework, note_no_change, seen_version=after.version)
    # What is done on another case ends no row of this one.
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="b@example.org")
        add_entry(session, actor_id=casework.lead, reference=other, kind=EntryKind.DECISION, text="Another case")
    with casework.database.read() as session:
        found = my_cases(session, viewer(casework, "on_case"), TODAY, Limits())
    assert found[0].quiet_since == clock.london_day(the_case(casework).received_at)
    run(
        casework,
        update_status,
        **plain_update(casework, what_changed="A letter came", next_action="Answer", action_due_on=TODAY),
    )
    with casework.database.read() as session:
        assert my_cases(session, viewer(casework, "on_case"), TODAY, Limits())[0].quiet_since is None


def test_no_change_needs_an_open_case_with_a_next_action(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = the_case(casework).version
    assert_all_or_nothing(casework, monkeypatch, note_no_change, seen_version=seen)
    with casework.database.write() as session:
        session.execute(update(Case).values(next_action_id=None))
    with refused(casework.database, "no next action"):
        run(casework, note_no_change, seen_version=seen)
    with casework.database.write() as session:
        session.execute(update(Case).values(is_open=False))
    with refused(casework.database, "not open"):
        run(casework, note_no_change, seen_version=seen)
