"""The meeting page: planned, prepared, walked and closed, by each person."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import store
from db import clock
from db.choices import AgendaSection, ConsentPurpose, Contact, Role, Wellbeing
from db.commands.consents import record_consent
from db.commands.meeting_notes import close_meeting, confirm_minutes, go_to_item, open_meeting
from db.commands.meetings import plan_meeting
from db.commands.recusals import recuse
from db.commands.update_status import update_status
from db.models import Action, Meeting, MeetingItem, MeetingNote
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_lines import Line
from db.queries.outputs import OutputsWaiting
from db.queries.releases import Signed
from tests.db.helpers import rows, run, the_case
from tests.factories import Casework, make_volunteer
from tests.pages.helpers import field, open_fold, press, seen

Run = Callable[..., AppTest]
TODAY = clock.today()


def agree(work: Casework) -> None:
    run(work, record_consent, work.lead, purpose=ConsentPurpose.MEETING, given=True)


def plan(work: Casework, *more: int) -> int:
    agree(work)
    everybody = [work.lead, work.on_case, work.off_case, work.in_conflict, *more]
    with work.database.write() as session:
        return plan_meeting(
            session,
            actor_id=work.lead,
            held_on=TODAY,
            chair_id=work.lead,
            note_taker_id=work.off_case,
            attendee_ids=everybody,
        )


def begin(work: Casework) -> int:
    meeting = plan(work)
    everybody = [work.lead, work.on_case, work.off_case, work.in_conflict]
    item = item_of_case(work)
    with work.database.write() as session:
        open_meeting(session, actor_id=work.lead, meeting_id=meeting, came_ids=everybody)
        go_to_item(session, actor_id=work.lead, meeting_id=meeting, item_id=item)
    return meeting


def item_of_case(work: Casework) -> int:
    [item] = rows(work.database, MeetingItem, case_id=the_case(work).id)
    assert isinstance(item.id, int)
    return item.id


def screen(app: AppTest) -> str:
    """What the shared screen was given, as text."""
    return str(next(each.proto.json for each in app.get("bidi_component") if '"goes"' in each.proto.json))


def test_a_lead_plans_and_everybody_reads_the_agenda(app_casework: Casework, app_as: Run) -> None:
    agree(app_casework)
    app = app_as(app_casework.lead, "meeting")
    field(app, "Note-taker").select(app_casework.off_case)
    press(app, "Plan the meeting")
    assert not app.exception
    assert len(rows(app_casework.database, Meeting)) == 1
    assert app_casework.reference in seen(app)
    for who in (app_casework.on_case, app_casework.off_case):
        assert app_casework.reference in seen(app_as(who, "meeting"))
    assert app_casework.reference not in seen(app_as(app_casework.in_conflict, "meeting"))


def test_nothing_is_planned(app_casework: Casework, app_as: Run) -> None:
    assert "A lead plans it" in seen(app_as(app_casework.on_case, "meeting"))


def test_help_asked_of_the_meeting_reaches_everybody_there(app_casework: Casework, app_as: Run) -> None:
    agree(app_casework)
    run(
        app_casework,
        update_status,
        seen_version=the_case(app_casework).version,
        what_changed="Spoke",
        contact=Contact.REACHED,
        wellbeing=Wellbeing.SAME,
        next_action="Write",
        action_owner_id=app_casework.on_case,
        action_due_on=TODAY + timedelta(days=3),
        help_wanted="Who knows the Leeds panel?",
    )
    plan(app_casework)
    assert "Help wanted: Who knows the Leeds panel?" in seen(app_as(app_casework.off_case, "meeting"))


def test_who_leaves_is_said_before_the_meeting_begins(app_casework: Casework, app_as: Run) -> None:
    plan(app_casework)
    assert "**Con**, item 1" in seen(app_as(app_casework.lead, "meeting"))
    assert "**Con**" not in seen(app_as(app_casework.in_conflict, "meeting"))


def test_who_takes_the_chair_for_an_item_is_said_on_the_agenda_before_it_and_on_it(
    app_casework: Casework, app_as: Run
) -> None:
    work = app_casework
    with work.database.write() as session:
        lotte = make_volunteer(session, "lotte", Role.LEAD)
    meeting = plan(work, lotte)
    run(work, recuse, work.lead, volunteer_id=work.lead, reason="A friend")
    assert "**Lotte** takes the chair for item 1" in seen(app_as(work.off_case, "meeting"))
    assert "takes the chair" not in seen(app_as(work.lead, "meeting"))
    with work.database.write() as session:
        open_meeting(session, actor_id=lotte, meeting_id=meeting, came_ids=[work.lead, work.off_case, lotte])
    item = item_of_case(work)
    with work.database.write() as session:
        go_to_item(session, actor_id=lotte, meeting_id=meeting, item_id=item)
    assert "Lena leaves for this item. Lotte takes the chair." in screen(app_as(work.off_case, "meeting"))
    assert "takes the chair" not in screen(app_as(work.lead, "meeting"))


def test_an_item_that_nobody_can_chair_is_passed_over(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    meeting = plan(work)
    run(work, recuse, work.lead, volunteer_id=work.lead, reason="A friend")
    with work.database.write() as session:
        open_meeting(session, actor_id=work.off_case, meeting_id=meeting, came_ids=[work.lead, work.off_case])
    app = app_as(work.off_case, "meeting")
    assert "Nobody here can take the chair for item 1" in seen(app)
    assert work.reference not in str(next(box for box in app.selectbox if box.label.startswith("Go to")).options)


def test_dissent_is_recorded_to_the_decision_that_was_chosen(app_casework: Casework, app_as: Run) -> None:
    meeting = begin(app_casework)
    app = app_as(app_casework.lead, "meeting")
    assert "Somebody does not agree with" not in [box.label for box in app.selectbox]
    press(app, "Save decision")
    [decided] = rows(app_casework.database, MeetingNote)
    field(app, "Discussion").input("Vik would wait")
    field(app, "Somebody does not agree with").select(decided.id)
    press(app, "Write it down")
    assert not app.exception
    assert [note.dissents_from_id for note in rows(app_casework.database, MeetingNote)] == [None, decided.id]
    assert "Dissent: Vik would wait" in screen(app)
    open_fold(app, f"meeting_{meeting}", "Close the meeting")
    assert "\n    - Dissent" in seen(app)


def test_keep_going_is_one_press(app_casework: Casework, app_as: Run) -> None:
    begin(app_casework)
    app = app_as(app_casework.lead, "meeting")
    press(app, "Save and next")
    assert not app.exception
    [note] = rows(app_casework.database, MeetingNote)
    assert (note.decision, note.due_on) == ("keep_going", TODAY + timedelta(days=7))
    [action] = [row for row in rows(app_casework.database, Action) if row.done_at is None]
    assert action.due_on == note.due_on
    assert app_casework.reference not in screen(app)
    assert "Item 2 of" in screen(app)
    assert "Save and next" not in [button.label for button in app_as(app_casework.on_case, "meeting").button]


def test_a_note_taker_who_is_not_on_the_case_writes_but_sets_no_action(app_casework: Casework, app_as: Run) -> None:
    begin(app_casework)
    app = app_as(app_casework.off_case, "meeting")
    assert "New day" not in [day.label for day in app.date_input]
    field(app, "Discussion").input("We go with her")
    press(app, "Write it down")
    assert not app.exception
    assert [note.words for note in rows(app_casework.database, MeetingNote)] == ["We go with her"]


def test_somebody_in_conflict_sees_no_item_and_no_number_of_it(app_casework: Casework, app_as: Run) -> None:
    begin(app_casework)
    app = app_as(app_casework.in_conflict, "meeting")
    assert app_casework.reference not in seen(app) + screen(app)
    assert f"Meeting of {TODAY:%-d %b %Y}" in screen(app)


def test_the_meeting_is_closed_and_its_minutes_are_read_confirmed_and_added_to(
    app_casework: Casework, app_as: Run
) -> None:
    meeting = begin(app_casework)
    app = app_as(app_casework.lead, "meeting")
    press(app, "Save decision")
    assert "Keep going." in screen(app)
    open_fold(app, f"meeting_{meeting}", "Close the meeting")
    assert "Read back" in seen(app)
    press(app, "Close the meeting")
    assert not app.exception
    assert "Minutes of" in seen(app)
    public = next(part for part in seen(app).split("minutes=")[1:]).split(")")[0]
    theirs = app_as(app_casework.off_case, "meeting", minutes=public)
    assert app_casework.reference in seen(theirs)
    press(theirs, "Confirm these minutes")
    assert "Confirmed by Uma." in seen(theirs)
    barred = app_as(app_casework.in_conflict, "meeting", minutes=public)
    assert app_casework.reference not in seen(barred)
    assert "You were out of the room" in seen(barred)
    assert "There are no such minutes" in seen(app_as(app_casework.lead, "meeting", minutes="made-up"))


def test_a_press_that_reaches_a_server_just_restarted_is_saved(app_casework: Casework, app_as: Run) -> None:
    """The browser sends it with the first run of its new session, which has met no button before."""
    begin(app_casework)
    before = app_as(app_casework.lead, "meeting")
    next(button for button in before.button if button.label == "Save decision").click()
    states = before._tree.get_widget_states()
    # Until now it has shown Home alone.
    after = app_as(app_casework.lead)
    after.switch_page("../pages/meeting.py")
    after._run(states)
    assert not after.exception
    assert [note.decision for note in rows(app_casework.database, MeetingNote)] == ["keep_going"]


def test_a_topic_tells_leads_what_there_is_to_talk_about_but_not_the_shared_screen(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "outputs_waiting", lambda _: OutputsWaiting((), 2, (), 0, 0))
    meeting = begin(app_casework)
    topics = [row for row in rows(app_casework.database, MeetingItem, meeting_id=meeting) if row.case_id is None]
    for item in topics:
        if item.section == AgendaSection.PATTERNS:
            continue
        with app_casework.database.write() as session:
            go_to_item(session, actor_id=app_casework.lead, meeting_id=meeting, item_id=item.id)
        lead = app_as(app_casework.lead, "meeting")
        assert not lead.exception
        assert "For leads only" in seen(lead)
        assert ("2 outputs wait to be signed" in seen(lead)) == (item.section == AgendaSection.SIGN)
        assert "For leads only" not in seen(app_as(app_casework.on_case, "meeting"))
        assert "For leads only" not in seen(app_as(app_casework.lead, "meeting", view="screen"))


def test_patterns_that_changed_are_told_to_everybody_from_releases_alone(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(app_casework)
    assert "Nothing has been released yet" in seen(app_as(app_casework.off_case, "meeting"))
    signed = [Signed(quarter, TODAY, ("all",)) for quarter in ("2026Q3", "2026Q2")]
    monkeypatch.setattr(store, "signed", lambda _: signed)
    monkeypatch.setattr(store, "released", lambda _, quarter, *_rest: table(quarter))
    for who in (app_casework.lead, app_casework.off_case):
        told = seen(app_as(who, "meeting")).replace("\\", "")
        assert "Delay: 25 doctors, was 15" in told
        assert "1 number told for the first time, 2026 Q3 beside 2026 Q2" in told
        assert "Fear" not in told
        assert "Blame" not in told


def table(quarter: str) -> Heatmap:
    """Delay rose; of the others one release withholds the number."""
    totals = {"2026Q3": ("25", "*", "20"), "2026Q2": ("15", "10", "*")}[quarter]
    labels = ("Delay", "Fear", "Blame")
    rows = tuple(Line(label, label, total, None) for label, total in zip(labels, totals, strict=True))
    return Heatmap(HeatmapFilters(), rows, (), (), "40", "")


def test_home_says_when_the_next_meeting_is_and_what_was_missed(app_casework: Casework, app_as: Run) -> None:
    meeting = plan(app_casework)
    assert "on its agenda" in seen(app_as(app_casework.off_case))
    with app_casework.database.write() as session:
        open_meeting(session, actor_id=app_casework.lead, meeting_id=meeting, came_ids=[app_casework.lead])
    assert "under way: join it" in seen(app_as(app_casework.off_case))
    with app_casework.database.write() as session:
        close_meeting(session, actor_id=app_casework.lead, meeting_id=meeting)
    assert "you missed the meeting of" in seen(app_as(app_casework.off_case))
    assert "Read and confirm the minutes" in seen(app_as(app_casework.lead))
    with app_casework.database.write() as session:
        confirm_minutes(session, actor_id=app_casework.lead, meeting_id=meeting)
    assert "Read and confirm the minutes" not in seen(app_as(app_casework.lead))


def test_whoever_may_read_the_case_sees_what_changed_since_the_last_meeting(
    app_casework: Casework, app_as: Run
) -> None:
    begin(app_casework)
    assert "Since the last meeting" in seen(app_as(app_casework.on_case, "meeting"))
    assert "ince the last meeting" not in seen(app_as(app_casework.off_case, "meeting"))


def test_the_agenda_is_put_in_order_and_an_empty_choice_says_so(app_casework: Casework, app_as: Run) -> None:
    meeting = plan(app_casework)
    app = open_fold(app_as(app_casework.lead, "meeting"), f"meeting_{meeting}", "Order, minutes, or take an item off")
    for button in ("Move it", "Set the minutes", "Take it off the agenda"):
        press(app, button)
        assert "please fill this in" in seen(app), button
    [item] = [row for row in rows(app_casework.database, MeetingItem) if row.case_id]
    choices = [box for box in app.selectbox if str(box.key).endswith("item_id")]
    choices[2].select(item.id)
    next(box for box in app.text_input if str(box.key).endswith("reason")).input("She is away")
    press(app, "Take it off the agenda")
    assert not app.exception
    assert "She is away" in seen(app)
    open_fold(app, f"meeting_{meeting}", "Add a case or a topic")
    field(app, "Case reference").input(app_casework.reference.removeprefix("LNB-"))
    field(app, "What to decide").input("Do we go public?")
    press(app, "Add to the agenda")
    assert "Do we go public?" in seen(app)


def test_the_day_and_the_people_change_and_whoever_comes_late_is_noted(app_casework: Casework, app_as: Run) -> None:
    meeting = plan(app_casework)
    app = open_fold(app_as(app_casework.lead, "meeting"), f"meeting_{meeting}", "Change the day or the people")
    field(app, "Chair").select(app_casework.on_case)
    press(app, "Save the change")
    assert not app.exception
    assert "chair: **Vik**" in seen(app)
    open_fold(app, f"meeting_{meeting}", "Begin the meeting")
    press(app, "Begin")
    assert not app.exception
    open_fold(app, f"meeting_{meeting}", "Who is here")
    here = next(box for box in app.multiselect if box.label == "Who is here")
    here.set_value([app_casework.lead])
    press(app, "Save who is here")
    assert not app.exception
    assert "1 person here" in screen(app)


def test_a_correction_stands_beside_the_minutes(app_casework: Casework, app_as: Run) -> None:
    meeting = begin(app_casework)
    with app_casework.database.write() as session:
        close_meeting(session, actor_id=app_casework.lead, meeting_id=meeting)
    public = seen(app_as(app_casework.lead, "meeting")).split("minutes=")[1].split(")")[0]
    app = app_as(app_casework.off_case, "meeting", minutes=public)
    open_fold(app, f"minutes_{meeting}", "Add a correction")
    press(app, "Add it")
    assert "Correction: please fill this in." in seen(app)
    field(app, "Correction").input("The hearing is in Leeds")
    press(app, "Add it")
    assert not app.exception
    assert "The hearing is in Leeds" in seen(app)
