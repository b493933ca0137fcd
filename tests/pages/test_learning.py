"""What was learned: written on the case, agreed by a second person, read by others without the case."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from dashboard.store.core import public_id
from db import clock
from db.choices import ConsentPurpose
from db.commands.consents import record_consent
from db.commands.learnings import answer_learning, record_learning
from db.commands.outputs import plan_output
from db.models import CaseProcess
from tests.db.helpers import run
from tests.factories import Casework
from tests.pages.helpers import field, open_fold, open_folds, open_part, open_tab, plain, press

WORDS = "Ask for the terms in writing."


def said(app: AppTest) -> str:
    return plain(" ".join(str(each.value) for each in (*app.markdown, *app.caption)))


def test_a_lesson_goes_from_the_case_to_those_who_never_saw_it(
    app_casework: Casework, app_as: Callable[..., AppTest]
) -> None:
    run(app_casework, record_consent, purpose=ConsentPurpose.LEARNING, given=True)
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference, do="learn")
    app = open_fold(app, app_casework.reference, "Write down what is to be learned")
    field(app, "What a reader should learn").input(WORDS)
    field(app, "Theme").select("delay")
    field(app, "From which processes").select("MHPS")
    app = press(app.run(), "Save, and ask a second person")
    assert not app.exception
    assert "Waits for a second person" in said(app)
    assert WORDS not in said(app_as(app_casework.off_case, "learning"))
    waiting = app_as(app_casework.lead, "learning")
    assert WORDS in said(waiting)
    app = press(app_as(app_casework.lead, "case", ref=app_casework.reference, do="learn"), "Nobody can be recognised")
    assert "Agreed by Lena" in said(app)
    other = app_as(app_casework.off_case, "learning")
    assert WORDS in said(other)
    assert app_casework.reference not in str([each.proto for each in other.main])
    assert "Not for sharing" not in said(other)
    assert "Not for sharing" in said(app_as(app_casework.lead, "learning"))


def test_a_withdrawal_is_seen_where_its_owner_and_leads_look(
    app_casework: Casework, app_as: Callable[..., AppTest]
) -> None:
    about: dict[str, Any] = {"purpose": ConsentPurpose.LEARNING}
    run(app_casework, record_consent, **about, given=True)
    lesson: dict[str, Any] = {"theme": "delay", "text": WORDS, "findings": [], "processes": ["MHPS"]}
    learning = run(app_casework, record_learning, **lesson)
    run(app_casework, answer_learning, app_casework.lead, learning_id=learning, seen_version=1, agree=True)
    planned: dict[str, Any] = {
        "kind": "training_session",
        "title": "First week",
        "to_whom": "",
        "due_on": clock.today(),
    }
    output = run(app_casework, plan_output, app_casework.lead, **planned, owner_id=app_casework.on_case)
    assert "First week" in links(app_as(app_casework.on_case, "home"))
    assert "First week" in links(app_as(app_casework.on_case, "actions"))
    asked = public_id("output", output)
    app = app_as(app_casework.on_case, "learning", output=asked)
    app = open_folds(app, "Add a sentence")
    field(app, "The sentence").input("Ask in writing.")
    field(app, "Lessons it comes from").select(learning)
    app = press(app.run(), "Save the sentence")
    assert not app.exception
    assert app.query_params["output"] == asked
    app = press(app, "It is ready: ask a second person to sign")
    assert "1 output waits" in links(app_as(app_casework.lead, "home"))
    run(app_casework, record_consent, **about, given=False)
    app = app_as(app_casework.lead, "learning", output=asked)
    assert "A consent was withdrawn" in said(app)
    assert "Sign and release" not in [button.label for button in app.button]
    assert "What it says" not in str([each.proto for each in press(app, "Back to learning").main])
    assert not app_as(app_casework.off_case, "learning", output=asked).exception
    assert "Ask in writing" not in said(app_as(app_casework.off_case, "learning", output=asked))


def links(app: AppTest) -> str:
    return plain(" ".join(str(each.proto.label) for each in app.get("page_link")))


def test_a_doctor_who_agreed_to_the_series_is_listed_and_invited(
    app_casework: Casework, app_as: Callable[..., AppTest]
) -> None:
    with app_casework.database.log() as session:
        session.execute(update(CaseProcess).values(ended_on=clock.today()))
    listed = open_part(app_as(app_casework.lead, "learning"), "learning", "Lived experience")
    assert "Nobody is listed" in said(listed)
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    app = open_tab(app, app_casework.reference, "Team and history", "Lived-experience series")
    field(app, "To what").select("")
    field(app, "The doctor says").select("Yes")
    field(app, "Until").set_value(clock.today())
    app = press(app.run(), "Record the answer")
    assert not app.exception
    app = open_part(app_as(app_casework.lead, "learning"), "learning", "Lived experience")
    app = press(app, "Invite the doctor")
    assert "Invited" in said(app)
    other = open_part(app_as(app_casework.off_case, "learning"), "learning", "Lived experience")
    assert app_casework.reference not in str([each.proto for each in other.main])
