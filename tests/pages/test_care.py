"""Care of the doctor on the case page: the plan, whom to call in an emergency, two people who decide."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import ACTIONS, TEAM
from dashboard.ui import navigation
from db import clock
from db.choices import YesNo
from db.commands.care import keep_emergency_contact, keep_safety_plan
from db.commands.flags import raise_flag
from tests.factories import Casework
from tests.pages.helpers import field, open_fold, open_tab, plain, press, press_row, seen

Run = Callable[..., AppTest]


def team(work: Casework, app_as: Run, who: int, *folds: str) -> AppTest:
    return open_tab(app_as(who, "case", ref=work.reference), work.reference, TEAM, *folds)


def test_a_plan_is_agreed_and_stands_where_the_crisis_does(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = team(work, app_as, work.on_case, "Agree a safety plan")
    assert "No safety plan is agreed yet" in seen(app)
    press(app, "Save the plan")
    assert "fill in at least one of the three" in seen(app)
    field(app, "Whom they will call").input("Her *sister*")
    field(app, "What helps").input("Walking")
    press(app, "Save the plan")
    assert not app.exception
    assert "Whom they will call:] Her *sister*" in plain(seen(app))
    with work.database.write() as session:
        raise_flag(
            session,
            actor_id=work.on_case,
            reference=work.reference,
            code="CRISIS",
            why="Said so",
            review_on=clock.today(),
        )
    shown = plain(seen(open_tab(app_as(work.lead, "case", ref=work.reference), work.reference, ACTIONS)))
    assert "Her *sister*" in shown
    assert "116 123" in shown


def test_the_contact_is_asked_with_permission_and_is_not_on_the_page(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = team(work, app_as, work.on_case, "Emergency contact")
    field(app, "Who, and what they are").input("Sister Zqx")
    field(app, "Number").input("07700 900123")
    press(app, "Save the contact")
    assert "Ask them first" in seen(app)
    field(app, "The doctor gave permission").check()
    press(app, "Save the contact")
    assert not app.exception
    assert "Emergency contact saved" in seen(app)
    assert "Zqx" not in seen(app_as(work.lead, "case", ref=work.reference))


def test_two_people_decide_to_break_confidence(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = team(work, app_as, work.on_case, "Decide to break confidence")
    for label, words in (("What is told", "Her plan"), ("To whom", "Crisis team"), ("How and when", "Not reached")):
        field(app, label).input(words)
    field(app, "Why").input("Life at risk")
    field(app, "Has the doctor been told?").set_value(YesNo.NO)
    field(app, "Second person").set_value(work.lead)
    press(app, "Record, and ask the second person")
    assert not app.exception
    assert "Breaking confidence: waits for Lena" in plain(seen(app))
    assert "I agree" not in [button.label for button in app.button]
    for page in (None, "actions"):
        app = app_as(work.lead, page)
        assert "Decide with a colleague whether to break confidence" in seen(app)
        # The reminder ends with the decision, not with a press.
        with pytest.raises(AssertionError, match="no button 'Done'"):
            press_row(app, "Done", about="break confidence")
        assert "I agree" in [button.label for button in press_row(app, "Decide").button]
    app = app_as(work.lead, "case", ref=work.reference, do=navigation.TEAM)
    press(app, "I agree")
    assert not app.exception
    assert "Breaking confidence: decided by two people" in plain(seen(app))


@pytest.mark.parametrize("who", ["off_case", "in_conflict"])
def test_nobody_else_sees_any_of_it(app_casework: Casework, app_as: Run, who: str) -> None:
    work = app_casework
    before = seen(app_as(getattr(work, who), "case", ref=work.reference))
    with work.database.write() as session:
        on = {"actor_id": work.on_case, "reference": work.reference}
        keep_safety_plan(session, **on, whom="Zqx", helps="", company="", agreed_on=clock.today())  # type: ignore[arg-type]
        keep_emergency_contact(session, **on, emergency_who="Zqx", emergency_number="1", permission=True)  # type: ignore[arg-type]
    assert seen(app_as(getattr(work, who), "case", ref=work.reference)) == before


def test_the_contact_is_shown_with_the_identity(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    with work.database.write() as session:
        keep_emergency_contact(
            session,
            actor_id=work.on_case,
            reference=work.reference,
            emergency_who="Sister Zqx",
            emergency_number="07700 900123",
            permission=True,
        )
    app = app_as(work.on_case, "case", ref=work.reference)
    open_fold(app, work.reference, "Who the doctor is, and how to reach them safely")
    field(app, "Reason for opening it").input("To call her sister")
    press(app, "Open identity")
    assert "Sister Zqx: 07700 900123, with permission since" in plain(seen(app))
