"""Work on several cases of the queue: an answer for each, none skipped, and once however often it is pressed."""

from collections.abc import Callable

import pytest
import streamlit as st
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from dashboard.queue import bulk
from dashboard.ui import forms
from dashboard.ui.keeper import keeper
from db import clock
from db.choices import AssignmentStatus
from db.commands.affiliations import add_affiliation
from db.commands.requests import mark_for_meeting
from db.models import Assignment, Case, Flag, MeetingMark, Recusal, UpdateRequest
from tests.factories import Casework, make_case
from tests.pages.helpers import field, plain, press, seen

Run = Callable[..., AppTest]


@pytest.fixture
def others(app_casework: Casework) -> list[str]:
    """Two more cases, of nobody's yet, at the other body."""
    with app_casework.database.write() as session:
        return [
            make_case(session, actor_id=app_casework.lead, body=app_casework.other_body, contact=f"{n}@example.org")
            for n in range(2)
        ]


def selecting(app: AppTest, what: str, *references: str) -> AppTest:
    app.session_state[bulk.SELECTED] = list(references)
    app.session_state[f"{bulk.BULK}_{what}"] = True
    assert not app.run().exception
    return app


def count(casework: Casework, model: type) -> int:
    with casework.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_marking_several_answers_for_each(
    app_casework: Casework, app_as: Run, others: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_casework.database.write() as session:
        mark_for_meeting(session, actor_id=app_casework.lead, reference=others[0], why="Before")
    app = selecting(app_as(app_casework.lead, "queue"), "Mark for the next meeting", app_casework.reference, *others)
    field(app, "Why").input("All of them")
    press(app, "Mark 3 cases")
    assert "Mark for the next meeting: 2 of 3 done" in seen(app)
    table = app.table[0].value
    assert dict(zip(table["Case"], table["Result"], strict=True)) == {
        app_casework.reference: "Done",
        others[0]: "Refused",
        others[1]: "Done",
    }
    assert "already marked for the next meeting" in seen(app)
    # What was refused stays selected.
    assert app.session_state[bulk.SELECTED] == [others[0]]
    assert "1 case selected" in seen(app)
    assert count(app_casework, MeetingMark) == 3
    # As if later than the message of it stands.
    monkeypatch.setattr(forms, "SAYS_AGAIN", 0.0)
    press(app, "Close")
    assert not app.table
    assert "of 3 done" not in seen(app)


def test_a_second_tap_that_ends_the_run_leaves_the_answer(
    app_casework: Casework, app_as: Run, others: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after the form was emptied: the run that follows has no form to send again."""
    app = selecting(app_as(app_casework.lead, "queue"), "Mark for the next meeting", *others)
    field(app, "Why").input("Both of them")
    monkeypatch.setattr(keeper, "tell", lambda *_words, **_told: st.rerun())
    press(app, "Mark 2 cases")
    assert [list(table.value["Result"]) for table in app.table] == [["Done", "Done"]]
    assert count(app_casework, MeetingMark) == 2


def test_raising_a_flag_on_several(app_casework: Casework, app_as: Run, others: list[str]) -> None:
    app = selecting(app_as(app_casework.lead, "queue"), "Raise a flag", *others)
    next(box for box in app.selectbox if box.label == "Flag *").set_value("VISA")
    field(app, "Why").input("Both on a visa")
    press(app, "Raise it on 2 cases")
    assert "2 of 2 done" in seen(app)
    assert count(app_casework, Flag) == 2


def test_offering_several_obeys_the_wall_of_each(app_casework: Casework, app_as: Run, others: list[str]) -> None:
    with app_casework.database.write() as session:
        add_affiliation(
            session,
            actor_id=app_casework.lead,
            volunteer_id=app_casework.off_case,
            organisation_id=app_casework.body,
            started_on=clock.today(),
        )
    app = selecting(app_as(app_casework.lead, "queue"), "Offer to a volunteer", app_casework.reference, *others)
    field(app, "Volunteer").set_value(app_casework.off_case)
    field(app, "Reason").input("Has room")
    press(app, "Offer 3 cases")
    assert "2 of 3 done" in seen(app)
    assert "This case already has a case lead" in seen(app)
    with app_casework.database.read() as session:
        offered = session.scalars(select(Assignment.volunteer_id).where(Assignment.status == AssignmentStatus.OFFERED))
        assert list(offered) == [app_casework.off_case] * 2


def test_asking_several_for_an_update(app_casework: Casework, app_as: Run, others: list[str]) -> None:
    app = selecting(app_as(app_casework.lead, "queue"), "Ask for an update", app_casework.reference, *others)
    press(app, "Ask about 3 cases")
    assert "1 of 3 done" in seen(app)
    assert "This case has no case lead yet" in seen(app)
    assert count(app_casework, UpdateRequest) == 1


def test_a_case_that_has_gone_behind_the_wall_meanwhile_is_not_found(
    app_casework: Casework, app_as: Run, others: list[str]
) -> None:
    app = selecting(app_as(app_casework.lead, "queue"), "Mark for the next meeting", app_casework.reference, others[0])
    with app_casework.database.log() as session:
        hidden = session.scalars(select(Case.id).where(Case.reference == others[0])).one()
        session.add(Recusal(volunteer_id=app_casework.lead, case_id=hidden, reason="x", at=clock.now()))
    field(app, "Why").input("Both")
    press(app, "Mark 2 cases")
    assert "1 of 2 done" in seen(app)
    assert "Not found. Check the reference." in plain(seen(app))
    assert count(app_casework, MeetingMark) == 1


def test_personal_data_is_asked_about_once_before_anything_is_done(
    app_casework: Casework, app_as: Run, others: list[str]
) -> None:
    app = selecting(app_as(app_casework.lead, "queue"), "Mark for the next meeting", *others)
    field(app, "Why").input("Patient 943 476 5919")
    press(app, "Mark 2 cases")
    assert count(app_casework, MeetingMark) == 0
    press(app, "Redact it and save")
    assert "2 of 2 done" in seen(app)
    with app_casework.database.read() as session:
        assert set(session.scalars(select(MeetingMark.why))) == {"Patient [redacted: NHS number]"}


def test_too_much_is_refused_as_a_whole(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue")
    assert "selected" not in seen(app)
    app.session_state[f"{bulk.BULK}_Mark for the next meeting"] = True
    app.session_state["queue_selected"] = [f"LNB-{n:06}" for n in range(101)]
    app.run()
    field(app, "Why").input("x")
    press(app, "Mark 101 cases")
    assert "Choose at most 100. Nothing was changed." in seen(app)
    assert count(app_casework, MeetingMark) == 0


def test_a_volunteer_is_offered_only_what_they_may_do(app_casework: Casework, app_as: Run, others: list[str]) -> None:
    app = app_as(app_casework.on_case, "queue")
    app = selecting(app, "Mark for the next meeting", app_casework.reference, others[0])
    offered = [box.proto.popover.label for box in app.get("popover")][1:]
    assert offered == ["Raise a flag", "Mark for the next meeting"]
    field(app, "Why").input("x")
    press(app, "Mark 2 cases")
    # Of somebody else's case they see the card, and may do nothing to it.
    assert "1 of 2 done" in seen(app)
    assert "Not found" in seen(app)
