"""A weekly meeting, from planning to its frozen minutes, as each person may see it."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import viewer_of
from db.choices import AgendaSection, ConsentPurpose, Contact, Decision, NoteKind, Role, Wellbeing
from db.commands.affiliations import add_affiliation
from db.commands.consents import record_consent
from db.commands.flags import raise_flag
from db.commands.meeting_notes import (
    add_addendum,
    carry_over,
    close_meeting,
    confirm_minutes,
    decide,
    go_to_item,
    note_item,
    open_meeting,
)
from db.commands.meetings import (
    add_case_item,
    add_topic,
    change_meeting,
    move_item,
    plan_meeting,
    remove_item,
    set_minutes,
    update_agenda,
)
from db.commands.recusals import recuse
from db.commands.redactions import redact_words
from db.commands.update_status import update_status
from db.errors import CommandRefused, NotAllowed, NotFound, Stale
from db.models import Action, Audit, Consent, Entry, Meeting, MeetingItem
from db.queries.meetings import AgendaItem, MeetingView, next_meeting
from db.queries.minutes import Minutes, decisions_made, minutes, past_meetings
from db.queries.queue import QueueFilters, case_queue
from db.rules.limits import Limits
from tests.db.helpers import assert_all_or_nothing, at_once, rows, run, the_case
from tests.factories import Casework, make_case, make_volunteer

TODAY = clock.today()
IN_A_WEEK = TODAY + timedelta(days=7)


def agree(work: Casework, reference: str = "", *, given: bool = True) -> None:
    run(
        work,
        record_consent,
        work.lead,
        reference=reference or work.reference,
        purpose=ConsentPurpose.MEETING,
        given=given,
    )


def plan(work: Casework, who: int = 0, **fields: Any) -> int:
    everybody = [work.lead, work.on_case, work.off_case, work.in_conflict]
    given: dict[str, Any] = {
        "held_on": TODAY,
        "chair_id": work.lead,
        "note_taker_id": work.off_case,
        "attendee_ids": everybody,
    }
    with work.database.write() as session:
        return plan_meeting(session, actor_id=who or work.lead, **(given | fields))


def seen(work: Casework, who: int) -> MeetingView:
    with work.database.read() as session:
        found = next_meeting(session, viewer_of(session, who))
    assert found is not None
    return found


def of_case(work: Casework, who: int, reference: str = "") -> AgendaItem:
    wanted = reference or work.reference
    [item] = [one for one in seen(work, who).items if one.about and one.about.reference == wanted]
    return item


def read_minutes(work: Casework, who: int, meeting: int) -> Minutes:
    with work.database.read() as session:
        return minutes(session, viewer_of(session, who), meeting)


def begin(work: Casework) -> int:
    """The meeting is open, everybody has come, and the case is under discussion."""
    agree(work)
    meeting = plan(work)
    came = [work.lead, work.on_case, work.off_case, work.in_conflict]
    call(work, open_meeting, work.lead, meeting, came_ids=came)
    call(work, go_to_item, work.lead, meeting, item_id=of_case(work, work.lead).id)
    return meeting


def call(work: Casework, command: Any, who: int, meeting: int, **fields: Any) -> None:
    with work.database.write() as session:
        command(session, actor_id=who, meeting_id=meeting, **fields)


def refused(act: Callable[[], object], error: type[CommandRefused]) -> str:
    with pytest.raises(error) as caught:
        act()
    return caught.value.message


def ask_for_help(work: Casework, words: str) -> None:
    run(
        work,
        update_status,
        work.on_case,
        seen_version=the_case(work).version,
        what_changed="Spoke to the doctor",
        contact=Contact.REACHED,
        wellbeing=Wellbeing.SAME,
        next_action="Write to the panel",
        action_owner_id=work.on_case,
        action_due_on=IN_A_WEEK,
        help_wanted=words,
    )


def test_help_that_somebody_asked_for_stands_on_the_agenda_in_their_words(casework: Casework) -> None:
    agree(casework)
    ask_for_help(casework, "Who knows a solicitor for MHPS?")
    plan(casework)
    item = of_case(casework, casework.off_case)
    assert "Help wanted: Who knows a solicitor for MHPS?" in item.why


def test_a_case_without_the_doctors_yes_is_only_named_as_not_to_be_discussed(casework: Casework) -> None:
    agree(casework, given=False)
    plan(casework)
    assert [item for item in seen(casework, casework.lead).items if item.about] == []
    assert seen(casework, casework.lead).not_discussed == (casework.reference,)
    agree(casework)
    assert of_case(casework, casework.lead).about
    agree(casework, given=False)
    assert seen(casework, casework.lead).not_discussed == (casework.reference,)
    agree(casework)
    with casework.database.write() as session:
        session.execute(update(Consent).where(Consent.given).values(expires_on=TODAY - timedelta(days=1)))
    assert seen(casework, casework.lead).not_discussed == (casework.reference,)


def test_a_case_without_the_doctors_yes_has_no_number_in_the_minutes(casework: Casework) -> None:
    other = make_another(casework)
    agree(casework, given=False)
    meeting = plan(casework)
    call(casework, open_meeting, casework.lead, meeting, came_ids=[casework.lead])
    before = seen(casework, casework.lead)
    call(casework, close_meeting, casework.lead, meeting)
    told = read_minutes(casework, casework.lead, meeting)
    assert [(one.number, one.reference) for one in told.items if one.reference] == [(1, other)]
    assert len(told.items) == len(before.items)
    assert told.not_discussed == before.not_discussed == (casework.reference,)


def test_somebody_in_conflict_sees_the_same_meeting_as_without_the_case(casework: Casework) -> None:
    other = make_another(casework)
    plan(casework)
    before = seen(casework, casework.in_conflict)
    agree(casework)
    ask_for_help(casework, "Help with the hearing")
    call(casework, update_agenda, casework.lead, seen(casework, casework.lead).id)
    after = seen(casework, casework.in_conflict)
    assert [item.about.reference for item in after.items if item.about] == [other]
    assert [item.number for item in after.items] == list(range(1, len(after.items) + 1))
    assert (after.items, after.removed, after.not_discussed) == (before.items, before.removed, before.not_discussed)
    assert of_case(casework, casework.lead).leaving == ("Con",)


def make_another(work: Casework) -> str:
    with work.database.write() as session:
        reference = make_case(session, actor_id=work.lead, body=work.other_body, contact="another@example.org")
    agree(work, reference)
    return reference


def test_under_way_nothing_of_a_barred_item_reaches_somebody_in_conflict(casework: Casework) -> None:
    make_another(casework)
    meeting = begin(casework)
    before = seen(casework, casework.in_conflict)
    call(
        casework,
        note_item,
        casework.off_case,
        meeting,
        item_id=of_case(casework, casework.lead).id,
        text="Talked",
    )
    agreed_on(casework, meeting)
    assert seen(casework, casework.in_conflict) == before
    assert before.current is None
    for command, fields in (
        (note_item, {"text": "x"}),
        (decide, {"decision": Decision.NOTED, "text": "x"}),
    ):
        told = {
            refused(partial(call, casework, command, casework.in_conflict, meeting, item_id=item, **fields), NotFound)
            for item in (of_case(casework, casework.lead).id, 999_999)
        }
        assert len(told) == 1


def agreed_on(work: Casework, meeting: int, decision: Decision = Decision.ACTION, **fields: Any) -> None:
    given = {
        "item_id": of_case(work, work.lead).id,
        "decision": decision,
        "seen_version": the_case(work).version,
        "text": "Go to the panel with her",
        "next_action": "Find a companion",
        "action_owner_id": work.on_case,
        "action_due_on": IN_A_WEEK,
    }
    call(work, decide, work.lead, meeting, **(given | fields))


def test_a_decision_is_the_cases_next_action_at_once_and_on_its_timeline(casework: Casework) -> None:
    meeting = begin(casework)
    agreed_on(casework, meeting)
    [action] = [row for row in rows(casework.database, Action) if row.done_at is None]
    assert (action.text, action.owner_id, action.due_on) == ("Find a companion", casework.on_case, IN_A_WEEK)
    [note] = of_case(casework, casework.lead).notes
    assert (note.kind, note.decision, note.owner, note.due_on) == (NoteKind.DECISION, Decision.ACTION, "Vik", IN_A_WEEK)
    [entry] = rows(casework.database, Entry, kind="meeting")
    assert "new action." in entry.text
    assert "Next: Find a companion (Vik," in entry.text


def test_keep_going_moves_only_the_day(casework: Casework) -> None:
    meeting = begin(casework)
    before = of_case(casework, casework.lead).about
    assert before is not None
    later = TODAY + timedelta(days=10)
    agreed_on(casework, meeting, Decision.KEEP_GOING, next_action="Ignored", text="", action_due_on=later)
    after = of_case(casework, casework.lead).about
    assert after is not None
    assert (after.next_action, after.action_owner_id, after.action_due_on) == (
        before.next_action,
        before.action_owner_id,
        later,
    )


def test_a_stale_decision_is_refused_and_one_who_may_not_read_the_case_sets_no_action(casework: Casework) -> None:
    meeting = begin(casework)
    refused(lambda: agreed_on(casework, meeting, seen_version=0), Stale)
    item = of_case(casework, casework.lead).id
    fields = {"item_id": item, "text": "Agreed", "seen_version": the_case(casework).version}
    action = {"next_action": "x", "action_owner_id": casework.on_case, "action_due_on": IN_A_WEEK}
    refused(
        lambda: call(casework, decide, casework.off_case, meeting, decision=Decision.ACTION, **(fields | action)),
        NotFound,
    )
    call(casework, decide, casework.off_case, meeting, decision=Decision.NOTED, **fields)
    assert [note.words for note in of_case(casework, casework.lead).notes] == ["Agreed"]


def step_back(work: Casework, who: int) -> None:
    run(work, recuse, work.lead, volunteer_id=who, reason="They know somebody in it")


def another_lead(work: Casework) -> int:
    with work.database.write() as session:
        return make_volunteer(session, "lotte", Role.LEAD)


def test_where_the_chair_and_the_note_taker_have_to_leave_others_stand_in_with_the_controls(casework: Casework) -> None:
    lotte = another_lead(casework)
    agree(casework)
    meeting = plan(casework, chair_id=casework.on_case, note_taker_id=casework.off_case, attendee_ids=[lotte])
    for who in (casework.on_case, casework.off_case):
        step_back(casework, who)
    item = of_case(casework, lotte)
    assert item.leaving == ("Uma", "Vik")
    assert (item.takes_chair, item.takes_notes, item.has_no_chair) == ("Lena", "Lotte", False)
    call(casework, open_meeting, lotte, meeting, came_ids=[lotte, casework.on_case, casework.off_case])
    assert (of_case(casework, lotte).takes_chair, of_case(casework, lotte).takes_notes) == ("Lotte", "Lotte")
    call(casework, go_to_item, lotte, meeting, item_id=item.id)
    assert seen(casework, lotte).runs
    call(casework, close_meeting, lotte, meeting)
    [told] = [one for one in read_minutes(casework, lotte, meeting).items if one.reference]
    assert (told.left, told.took_chair, told.took_notes) == (("Uma", "Vik"), "Lotte", "Lotte")
    assert "Lotte" not in str(read_minutes(casework, casework.on_case, meeting).items)


def test_a_volunteer_who_takes_the_notes_has_the_controls_for_that_item_alone(casework: Casework) -> None:
    meeting = begin(casework)
    assert not seen(casework, casework.on_case).runs
    step_back(casework, casework.off_case)
    item = of_case(casework, casework.on_case)
    assert (item.takes_chair, item.takes_notes) == ("", "Vik")
    assert seen(casework, casework.on_case).runs
    call(casework, carry_over, casework.on_case, meeting, item_id=item.id)
    topic = next(one for one in seen(casework, casework.lead).items if one.about is None)
    call(casework, go_to_item, casework.on_case, meeting, item_id=topic.id)
    assert not seen(casework, casework.on_case).runs
    refused(lambda: call(casework, go_to_item, casework.on_case, meeting, item_id=item.id), NotAllowed)


def test_an_item_that_nobody_can_chair_is_carried_over(casework: Casework) -> None:
    meeting = begin(casework)
    other = make_another(casework)
    call(casework, update_agenda, casework.lead, meeting)
    for lead in (casework.lead, casework.in_conflict):
        run(casework, recuse, lead, reference=other, volunteer_id=lead, reason="A friend")
    item = of_case(casework, casework.off_case, other)
    assert item.has_no_chair
    told = refused(lambda: call(casework, go_to_item, casework.off_case, meeting, item_id=item.id), CommandRefused)
    assert told == "Nobody here can take the chair for this item. It is carried over."
    call(casework, close_meeting, casework.lead, meeting)
    carried = {one.reference: one.is_carried for one in read_minutes(casework, casework.off_case, meeting).items}
    assert carried[other]


def test_who_steps_back_in_the_middle_of_an_item_is_in_the_minutes_as_out_of_the_room(casework: Casework) -> None:
    meeting = begin(casework)
    of_it = {"reference": casework.reference, "reason": "Worked there"}
    run(casework, recuse, casework.lead, volunteer_id=casework.off_case, **of_it)
    topic = next(item for item in seen(casework, casework.lead).items if item.about is None)
    call(casework, go_to_item, casework.lead, meeting, item_id=topic.id)
    run(casework, recuse, casework.on_case, volunteer_id=casework.on_case, **of_it)
    call(casework, close_meeting, casework.lead, meeting)
    left = {one.reference: one.left for one in read_minutes(casework, casework.lead, meeting).items}
    # Who steps back once the meeting speaks of something else was in the room.
    assert left[casework.reference] == ("Con", "Uma")


def test_a_conflict_that_comes_to_light_in_any_way_during_the_last_item_is_in_the_minutes(casework: Casework) -> None:
    meeting = begin(casework)
    who = casework.off_case
    run(casework, add_affiliation, who, volunteer_id=who, organisation_id=casework.body, started_on=TODAY)
    call(casework, close_meeting, casework.lead, meeting)
    left = {one.reference: one.left for one in read_minutes(casework, casework.lead, meeting).items}
    assert left[casework.reference] == ("Con", "Uma")


def test_dissent_stands_with_the_decision_that_it_is_from(casework: Casework) -> None:
    meeting = begin(casework)
    item = of_case(casework, casework.lead).id
    agreed_on(casework, meeting, Decision.NOTED, text="We go public")
    agreed_on(casework, meeting, Decision.NOTED, text="We ask the union")
    first, _ = of_case(casework, casework.lead).notes
    about = {"item_id": item, "text": "Vik would wait"}
    call(casework, note_item, casework.off_case, meeting, **about, dissents_from_id=first.id)
    call(casework, close_meeting, casework.lead, meeting)
    [(_, public), (_, union)] = read_minutes(casework, casework.lead, meeting).decisions
    assert [(one.words, one.kind) for one in public.dissent] == [("Vik would wait", NoteKind.DISSENT)]
    assert union.dissent == ()
    with casework.database.read() as session:
        made = decisions_made(session, viewer_of(session, casework.lead))
    assert [[one.words for one in each.written.dissent] for each in made] == [["Vik would wait"], []]


def test_dissent_is_only_from_a_decision_about_the_same_item(casework: Casework) -> None:
    meeting = begin(casework)
    view = seen(casework, casework.lead)
    mine, topic = of_case(casework, casework.lead), next(one for one in view.items if one.about is None)
    agreed_on(casework, meeting)
    call(casework, note_item, casework.lead, meeting, item_id=mine.id, text="Talked")
    decided, said = of_case(casework, casework.lead).notes
    for item, wrong in ((topic.id, decided.id), (mine.id, said.id), (mine.id, 999_999)):
        fields = {"item_id": item, "text": "No", "dissents_from_id": wrong}
        refused(partial(call, casework, note_item, casework.lead, meeting, **fields), CommandRefused)


def test_what_the_meeting_decided_of_a_case_is_found_by_whoever_may_read_it(casework: Casework) -> None:
    meeting = begin(casework)
    agreed_on(casework, meeting, text="We write to the ombudsman")

    def found(who: int) -> list[str]:
        with casework.database.read() as session:
            asked = QueueFilters(search="ombudsman")
            return [row.reference for row in case_queue(session, viewer_of(session, who), asked, TODAY, Limits()).rows]

    assert found(casework.lead) == found(casework.on_case) == [casework.reference]
    assert found(casework.off_case) == found(casework.in_conflict) == []
    run(casework, redact_words, casework.lead, words="ombudsman", reason="Names who it was")
    assert found(casework.lead) == []


def test_two_who_write_at_once_lose_nothing(casework: Casework) -> None:
    meeting = begin(casework)
    item = of_case(casework, casework.lead).id

    def write(who: int, words: str) -> Callable[[Session], None]:
        about: dict[str, Any] = {"meeting_id": meeting, "item_id": item}
        return lambda session: note_item(session, actor_id=who, text=words, **about)

    assert at_once(casework.database, write(casework.lead, "One"), write(casework.off_case, "Two")) is None
    assert {note.words for note in of_case(casework, casework.lead).notes} == {"One", "Two"}


def test_what_closing_freezes_nothing_alters_later(casework: Casework) -> None:
    meeting = begin(casework)
    agreed_on(casework, meeting)
    call(casework, close_meeting, casework.lead, meeting)
    [row] = rows(casework.database, Meeting)
    [audited] = rows(casework.database, Audit, action="close_meeting")
    assert audited.details["digest"] == row.digest
    before = read_minutes(casework, casework.off_case, meeting)
    assert before.is_intact
    agree(casework, given=False)
    call(casework, add_addendum, casework.off_case, meeting, item_id=None, text="The panel sits in Leeds")
    after = read_minutes(casework, casework.off_case, meeting)
    assert after.items == before.items
    assert [one.words for one in after.addenda] == ["The panel sits in Leeds"]
    with casework.database.write() as session:
        session.execute(update(Meeting).values(frozen=row.frozen.replace("Lena", "Lina")))
    assert not read_minutes(casework, casework.off_case, meeting).is_intact


def test_a_permanent_redaction_reaches_the_minutes_and_what_was_frozen_holds_no_words(casework: Casework) -> None:
    meeting = begin(casework)
    agreed_on(casework, meeting, text="She is Dr Secretword")
    call(casework, close_meeting, casework.lead, meeting)
    [row] = rows(casework.database, Meeting)
    assert "Secretword" not in row.frozen
    run(casework, redact_words, casework.lead, words="Secretword", reason="Names the doctor")
    assert "Secretword" not in str(read_minutes(casework, casework.off_case, meeting))
    assert read_minutes(casework, casework.off_case, meeting).is_intact


def test_the_minutes_of_somebody_who_left_say_that_they_left_and_not_from_what(casework: Casework) -> None:
    meeting = begin(casework)
    agreed_on(casework, meeting)
    call(casework, close_meeting, casework.lead, meeting)
    theirs, chairs = (
        read_minutes(casework, casework.in_conflict, meeting),
        read_minutes(casework, casework.lead, meeting),
    )
    assert theirs.i_withdrew
    assert not chairs.i_withdrew
    assert [item.left for item in chairs.items if item.reference] == [("Con",)]
    assert casework.reference not in str(theirs)
    assert [item.number for item in theirs.items] == list(range(1, len(theirs.items) + 1))
    assert theirs.decisions == ()
    with casework.database.read() as session:
        assert decisions_made(session, viewer_of(session, casework.in_conflict)) == []


def test_what_nobody_opened_is_carried_over_and_stands_first_next_time(casework: Casework) -> None:
    agree(casework)
    meeting = plan(casework)
    call(casework, open_meeting, casework.lead, meeting, came_ids=[casework.lead])
    call(casework, close_meeting, casework.lead, meeting)
    assert all(item.is_carried for item in read_minutes(casework, casework.lead, meeting).items if item.reference)
    plan(casework)
    assert any(why.startswith("Carried over from") for why in of_case(casework, casework.lead).why)


def test_a_decision_shows_what_became_of_it_and_is_owed_at_the_next_meeting(casework: Casework) -> None:
    meeting = begin(casework)
    agreed_on(casework, meeting)
    call(casework, close_meeting, casework.lead, meeting)
    plan(casework)
    assert any(
        why.startswith("Action owed") and "Find a companion" in why for why in of_case(casework, casework.lead).why
    )
    with casework.database.read() as session:
        [made] = decisions_made(session, viewer_of(session, casework.lead))
    assert (made.reference, made.written.became) == (casework.reference, "open")


def test_items_are_ordered_timed_removed_with_a_reason_and_kept_so_when_brought_up_to_date(casework: Casework) -> None:
    other = make_another(casework)
    agree(casework)
    meeting = plan(casework)
    mine, last = of_case(casework, casework.lead), seen(casework, casework.lead).items[-1]
    call(casework, move_item, casework.off_case, meeting, item_id=last.id, before_id=mine.id)
    call(casework, set_minutes, casework.off_case, meeting, item_id=mine.id, minutes=20)
    call(
        casework, remove_item, casework.lead, meeting, item_id=of_case(casework, casework.lead, other).id, reason="Away"
    )
    call(casework, update_agenda, casework.lead, meeting)
    view = seen(casework, casework.lead)
    ids = [item.id for item in view.items]
    assert ids.index(last.id) + 1 == ids.index(mine.id)
    assert of_case(casework, casework.lead).minutes == 20
    assert [(one.about, one.by, one.why) for one in view.removed] == [(other, "Lena", "Away")]
    refused(lambda: call(casework, set_minutes, casework.lead, meeting, item_id=mine.id, minutes=0), CommandRefused)


def test_what_was_moved_to_the_head_of_the_agenda_stays_there_when_it_is_brought_up_to_date(casework: Casework) -> None:
    agree(casework)
    meeting = plan(casework)
    first, *_, last = seen(casework, casework.lead).items
    call(casework, move_item, casework.lead, meeting, item_id=last.id, before_id=first.id)
    call(casework, update_agenda, casework.lead, meeting)
    assert [item.id for item in seen(casework, casework.lead).items][:2] == [last.id, first.id]


def test_anybody_adds_a_case_or_a_topic_and_what_comes_late_says_so(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(casework)
    meeting = plan(casework, held_on=TODAY + timedelta(days=3))
    call(casework, add_topic, casework.off_case, meeting, question="Rota for Christmas")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2, hours=12))
    call(
        casework,
        add_case_item,
        casework.off_case,
        meeting,
        reference=casework.reference,
        question="Shall we go public?",
    )
    item = of_case(casework, casework.off_case)
    assert (item.question, item.added_by) == ("Shall we go public?", "Uma")
    late = {one.question: one.is_late for one in seen(casework, casework.lead).items if one.added_by}
    assert late["Rota for Christmas"] is False
    mine = {"reference": casework.reference, "question": "x"}
    refused(lambda: call(casework, add_case_item, casework.in_conflict, meeting, **mine), NotFound)


def test_only_leads_plan_and_only_who_runs_it_changes_it(casework: Casework) -> None:
    refused(lambda: plan(casework, casework.on_case), NotAllowed)
    meeting = plan(casework)
    refused(lambda: plan(casework), CommandRefused)
    refused(lambda: call(casework, update_agenda, casework.on_case, meeting), NotAllowed)
    refused(lambda: call(casework, add_topic, casework.observer, meeting, question="x"), NotAllowed)
    people = {"chair_id": casework.on_case, "note_taker_id": casework.lead, "attendee_ids": []}
    call(casework, change_meeting, casework.lead, meeting, seen_version=1, held_on=IN_A_WEEK, **people)
    assert seen(casework, casework.on_case).runs
    refused(lambda: plan(casework, chair_id=casework.observer), CommandRefused)
    stale = {"seen_version": 1, "held_on": IN_A_WEEK} | people
    refused(lambda: call(casework, change_meeting, casework.lead, meeting, **stale), Stale)


def test_a_volunteer_who_was_not_asked_sees_only_their_own_cases(casework: Casework) -> None:
    agree(casework)
    plan(casework, attendee_ids=[], note_taker_id=casework.lead)
    assert of_case(casework, casework.on_case).about
    assert [item for item in seen(casework, casework.off_case).items if item.about] == []
    with casework.database.read() as session:
        assert next_meeting(session, viewer_of(session, casework.observer)) is None


def test_whoever_steps_back_in_the_middle_hears_no_more_of_it(casework: Casework) -> None:
    meeting = begin(casework)
    assert seen(casework, casework.on_case).current is not None
    run(casework, recuse, casework.on_case, volunteer_id=casework.on_case, reason="I know the complainant")
    assert seen(casework, casework.on_case).current is None
    call(casework, close_meeting, casework.lead, meeting)
    assert casework.reference not in str(read_minutes(casework, casework.on_case, meeting))


def test_minutes_are_confirmed_once_by_whoever_was_asked(casework: Casework) -> None:
    meeting = begin(casework)
    refused(lambda: call(casework, confirm_minutes, casework.on_case, meeting), CommandRefused)
    call(casework, carry_over, casework.lead, meeting, item_id=of_case(casework, casework.lead).id)
    call(casework, close_meeting, casework.lead, meeting)
    call(casework, confirm_minutes, casework.on_case, meeting)
    refused(lambda: call(casework, confirm_minutes, casework.on_case, meeting), CommandRefused)
    assert read_minutes(casework, casework.lead, meeting).confirmed == ("Vik",)
    with casework.database.read() as session:
        assert past_meetings(session, viewer_of(session, casework.observer)) == []
        assert [one.id for one in past_meetings(session, viewer_of(session, casework.on_case))] == [meeting]
    refused(lambda: read_minutes(casework, casework.observer, meeting), NotFound)


def test_closing_is_all_or_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = begin(casework)
    assert_all_or_nothing(casework, monkeypatch, close_meeting, casework.lead, meeting_id=meeting)


def test_the_agenda_goes_by_reasons_that_are_data_not_words(casework: Casework) -> None:
    agree(casework)
    ask_for_help(casework, "Help with a secret matter")
    plan(casework)
    with casework.database.read() as session:
        kept = session.scalars(select(MeetingItem.reasons).where(MeetingItem.case_id.is_not(None))).all()
    assert "secret" not in json.dumps(kept)
    assert of_case(casework, casework.lead).section in AgendaSection


def test_what_was_done_on_the_case_meanwhile_is_in_the_minutes_of_whoever_may_read_it(casework: Casework) -> None:
    meeting = begin(casework)
    run(casework, raise_flag, casework.lead, code="MEDIA", why="The paper rang", review_on=IN_A_WEEK)
    call(casework, close_meeting, casework.lead, meeting)
    run(casework, raise_flag, casework.lead, code="HOME", why="Later", review_on=IN_A_WEEK)

    def done(who: int) -> list[tuple[str, str]]:
        return [(one.who, one.action) for item in read_minutes(casework, who, meeting).items for one in item.done]

    assert done(casework.lead) == done(casework.on_case) == [("Lena", "raise_flag")]
    assert done(casework.off_case) == done(casework.in_conflict) == []


def test_a_doctor_kept_from_work_is_spoken_of_with_those_at_risk(casework: Casework) -> None:
    agree(casework)
    run(casework, raise_flag, casework.lead, code="EXCL", why="Sent home", review_on=IN_A_WEEK)
    plan(casework)
    item = of_case(casework, casework.lead)
    assert item.section is AgendaSection.AT_RISK
    assert any(why.startswith("Excluded or suspended since") for why in item.why)
