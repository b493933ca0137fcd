"""The actions page, the tab of a case and the lines of home: done, moved and handed over where one is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import ACTIONS
from dashboard.ui import conflict_question, forms, one_tap
from db import clock
from db.commands.actions import add_action
from db.models import Action, ActionMove, ActionOffer
from tests.factories import Casework
from tests.pages.helpers import (
    buttons_of,
    every_row,
    field,
    open_tab,
    plain,
    press,
    press_forged,
    press_row,
    seen,
    unfold,
    words_of,
)

Run = Callable[..., AppTest]
TODAY = clock.today()


@pytest.fixture
def work(app_casework: Casework) -> Casework:
    """The person on the case owns a second action, due soon."""
    with app_casework.database.write() as session:
        add_action(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            next_action="Ring HR",
            action_owner_id=app_casework.on_case,
            action_due_on=TODAY + timedelta(days=3),
        )
    return app_casework


def texts(work: Casework) -> list[str]:
    with work.database.read() as session:
        return list(session.scalars(select(Action.text).where(Action.done_at.is_(None)).order_by(Action.id)))


def choose(app: AppTest, work: Casework, what: str) -> AppTest:
    """As the menu of the action does, which only a browser can open."""
    with work.database.read() as session:
        app.session_state["action_form"] = (
            what,
            session.scalars(select(Action.id).where(Action.text == "Ring HR")).one(),
        )
    return app.run()


def test_a_lead_turns_a_kind_of_check_in_off_and_on(app_casework: Casework, app_as: Run) -> None:
    app = unfold(app_as(app_casework.lead, "actions"), "check_ins")
    assert "A letter from the GMC" in seen(app)
    press(app, "Turn off")
    assert not app.exception
    assert "Check-ins turned off: A letter from the GMC." in seen(app)
    assert "turned off by Lena" in seen(app)
    press(app, "Turn on")
    assert "turned off by" not in seen(app)
    assert "Check-ins" not in [box.label for box in app_as(app_casework.on_case, "actions").expander]


def test_each_role_sees_what_is_theirs(work: Casework, app_as: Run) -> None:
    assert "Ring HR" in seen(app_as(work.on_case, "actions"))
    for who in (work.off_case, work.in_conflict):
        app = app_as(who, "actions")
        assert "Ring HR" not in seen(app)
        assert "You have no actions to do" in seen(app)
        assert "No actions match" in seen(app_as(who, "actions", actions_due="Overdue"))
        assert "Ring HR" not in seen(app_as(who, "actions", actions_whose="Everybody’s"))
    lead = app_as(work.lead, "actions", actions_whose="Everybody’s")
    assert "Ring HR" in seen(lead)
    assert "Vik" in seen(lead)


@pytest.mark.parametrize("page", [None, "actions"])
def test_done_in_one_tap_stays_greyed_where_it_was_with_undo_until_one_leaves(
    work: Casework, app_as: Run, page: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press_row(app_as(work.on_case, page), "Done", about="Ring HR")
    assert not app.exception
    assert "Ring HR" not in texts(work)
    assert f"Done on {work.reference}: Ring HR. Undo is on its line." in seen(app)
    [spent] = [b for row in every_row(app) for b in buttons_of(row) if b["w"] == "Done" and b["s"]]
    assert spent["l"] == f"Done on {work.reference}: Ring HR"
    press_row(app, "Undo")
    assert not app.exception
    assert "Ring HR" in texts(work)
    assert not [b for row in every_row(app) for b in buttons_of(row) if b["s"]]
    press_row(app, "Done", about="Ring HR")
    assert "Ring HR" in "\n".join(words_of(every_row(app)))
    # As if later than the message of it stands.
    monkeypatch.setattr(forms, "SAYS_AGAIN", 0.0)
    app.switch_page("../pages/queue.py").run()
    app.switch_page(f"../pages/{page or 'home'}.py").run()
    assert "Ring HR" not in seen(app), "it is on no list any more"


def test_a_press_that_no_row_offers_does_nothing(work: Casework, app_as: Run) -> None:
    """A browser may send a press of what is greyed, or of what was never there."""
    app = press_row(app_as(work.on_case, "actions"), "Done", about="Ring HR")
    for forged in ("done-nothing LNB-222222", "", "done-1 " + work.reference, "\u0000"):
        press_forged(app, forged)
        assert not app.exception
    assert len(texts(work)) == 1


def test_what_is_pressed_just_as_a_form_closed_does_nothing(
    work: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_tap, "monotonic", lambda: 1000.0)
    app = choose(app_as(work.on_case, "actions"), work, "move")
    field(app, "Reason").set_value("Nights until then")
    press(app, "Move the action")
    press_row(app, "Done", about="Ring HR")
    assert "Nothing was done just now" in seen(app)
    assert "Ring HR" in texts(work)
    monkeypatch.setattr(one_tap, "monotonic", lambda: 1000.0 + one_tap.STEADY_AFTER)
    press_row(app, "Done", about="Ring HR")
    assert len(texts(work)) == 1


def test_what_others_do_meanwhile_moves_no_line(work: Casework, app_as: Run) -> None:
    app = press_row(app_as(work.on_case, "actions"), "Done", about="Ring HR")
    with work.database.write() as session:
        for text, days in (("First of all", 0), ("Last of all", 9)):
            due = TODAY + timedelta(days=days)
            owner: dict[str, Any] = {"action_owner_id": work.on_case, "action_due_on": due}
            add_action(session, actor_id=work.lead, reference=work.reference, next_action=text, **owner)
    app.run()
    read = seen(app)
    assert read.index("Ring HR") < read.index("First of all") < read.index("Last of all")


def test_too_late_to_undo_is_said(work: Casework, app_as: Run) -> None:
    app = press_row(app_as(work.on_case, "actions"), "Done", about="Ring HR")
    with work.database.write() as session:
        session.execute(update(Action).values(done_at=clock.now() - timedelta(hours=1), done_by_id=work.on_case))
    press_row(app, "Undo")
    assert "This can be undone for 15 minutes" in seen(app)


@pytest.mark.parametrize("page", [None, "actions"])
def test_the_last_one_asks_for_the_next_and_loses_nothing(work: Casework, app_as: Run, page: str | None) -> None:
    with work.database.write() as session:
        session.execute(update(Action).where(Action.text != "Ring HR").values(done_at=clock.now()))
    app = press_row(app_as(work.on_case, page), "Done")
    field(app, "Outcome (optional)").set_value("They will write")
    press(app, "Mark as done")
    assert "This is the last action on an open case" in seen(app)
    assert field(app, "Outcome (optional)").value == "They will write"
    assert texts(work) == ["Ring HR"]
    field(app, "Next action").set_value("Read their letter")
    press(app, "Mark as done")
    assert not app.exception
    assert texts(work) == ["Read their letter"]
    assert "Read their letter" in seen(app)


def test_an_owner_off_the_case_ends_their_own_at_home(work: Casework, app_as: Run) -> None:
    with work.database.write() as session:
        session.execute(update(Action).values(owner_id=work.off_case))
        session.execute(update(Action).where(Action.text == "Ring HR").values(done_at=clock.now()))
    app = press_row(app_as(work.off_case), "Done")
    assert field(app, "Owner").options == ["Uma"]
    field(app, "Next action").set_value("Ask a lead")
    press(app, "Mark as done")
    assert texts(work) == ["Ask a lead"]


def test_moved_with_a_reason_and_how_often_is_shown(work: Casework, app_as: Run) -> None:
    app = choose(app_as(work.on_case, "actions"), work, "move")
    press(app, "Move the action")
    assert "Reason: please fill this in" in seen(app)
    field(app, "Reason").set_value("Nights until then")
    press(app, "Move the action")
    assert not app.exception
    assert "moved once" in seen(app)
    with work.database.read() as session:
        assert session.scalars(select(ActionMove.reason)).all() == ["Nights until then"]
    tab = open_tab(app_as(work.on_case, "case", ref=work.reference), work.reference, ACTIONS)
    assert "Nights until then" in seen(tab)


def test_handed_over_and_taken_on(work: Casework, app_as: Run) -> None:
    app = choose(app_as(work.on_case, "actions"), work, "hand")
    field(app, "Hand over to").set_value(work.lead)
    press(app, "Offer the action")
    assert not app.exception
    assert "offered to Lena" in seen(app)
    home = app_as(work.lead)
    assert "you are asked to take over" in seen(home)
    home = press_row(app_as(work.lead, "actions"), "Accept")
    home = press(home, "Show the organisation")
    assert "Example Acute Trust EX001" in seen(home), "whoever is off the case sees whom it is about before the answer"
    field(home, "Do you work there").set_value("No, I never worked there and have no link")
    press(home, "Accept this action")
    assert not home.exception
    assert f"This action on {work.reference} is yours now." in plain(seen(home))
    with work.database.read() as session:
        assert session.scalars(select(Action.owner_id).where(Action.text == "Ring HR")).one() == work.lead
        assert session.scalars(select(ActionOffer.status)).one() == "accepted"


def test_declined_with_a_reason(work: Casework, app_as: Run) -> None:
    app = choose(app_as(work.on_case, "actions"), work, "hand")
    field(app, "Hand over to").set_value(work.lead)
    press(app, "Offer the action")
    home = press_row(app_as(work.lead), "Decline")
    field(home, conflict_question.TELL_LEADS).set_value("On nights")
    declines: list[Any] = [button for button in home.button if button.label == "Decline"]
    declines[-1].click().run()
    assert not home.exception
    with work.database.read() as session:
        assert session.scalars(select(ActionOffer.answer)).one() == "On nights"


def test_added_and_listed_on_the_case(work: Casework, app_as: Run) -> None:
    app = open_tab(app_as(work.on_case, "case", ref=work.reference), work.reference, ACTIONS)
    field(app, "What needs to be done").set_value("Ask the union")
    press(app, "Add action")
    assert not app.exception
    assert "Ask the union" in seen(app)
    assert "Ask the union" in texts(work)


def test_filters_narrow_the_list(work: Casework, app_as: Run) -> None:
    assert "Ring HR" in seen(app_as(work.on_case, "actions", actions_due="Next 7 days"))
    assert "Ring HR" not in seen(app_as(work.on_case, "actions", actions_due="Overdue"))
    assert "Ring HR" not in seen(app_as(work.on_case, "actions", actions_stage="Review"))
