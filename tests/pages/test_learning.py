"""What was learned: written on the case, agreed by a second person, read by others without the case."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from dashboard.store.core import public_id
from db import clock
from db.choices import ConsentPurpose
from db.commands.claims import add_claim
from db.commands.consents import record_consent
from db.commands.learnings import answer_learning, record_learning
from db.commands.outputs import plan_output, ready_output, release_output
from db.models import CaseProcess, Output
from tests.db.helpers import last, run
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
    # Whoever may be the second person is told without looking for it; whoever wrote it is not asked.
    assert "1 lesson waits for a second person to read" in links(app_as(app_casework.lead, "home"))
    for who in (app_casework.on_case, app_casework.off_case, app_casework.in_conflict):
        assert "second person" not in links(app_as(who, "home"))
    waiting = app_as(app_casework.lead, "learning")
    assert WORDS in said(waiting)
    app = press(app_as(app_casework.lead, "case", ref=app_casework.reference, do="learn"), "Nobody can be recognised")
    assert "Agreed by Lena" in said(app)
    assert "second person" not in links(app_as(app_casework.lead, "home"))
    other = app_as(app_casework.off_case, "learning")
    assert WORDS in said(other)
    assert app_casework.reference not in str([each.proto for each in other.main])
    assert "Not for sharing" not in said(other)
    assert "Not for sharing" in said(app_as(app_casework.lead, "learning"))


def lesson_and_output(app_casework: Casework) -> tuple[int, int]:
    """An agreed lesson, and an output of the volunteer on the case: their ids."""
    run(app_casework, record_consent, purpose=ConsentPurpose.LEARNING, given=True)
    lesson: dict[str, Any] = {"theme": "delay", "text": WORDS, "findings": [], "processes": ["MHPS"]}
    learning = run(app_casework, record_learning, **lesson)
    run(app_casework, answer_learning, app_casework.lead, learning_id=learning, seen_version=1, agree=True)
    planned: dict[str, Any] = {
        "kind": "training_session",
        "title": "First week",
        "to_whom": "",
        "due_on": clock.today(),
    }
    return learning, run(app_casework, plan_output, app_casework.lead, **planned, owner_id=app_casework.on_case)


def version_of(work: Casework) -> dict[str, int]:
    row = last(work.database, Output)
    return {"output_id": row.id, "seen_version": row.version}


def test_a_withdrawal_is_seen_where_its_owner_and_leads_look(
    app_casework: Casework, app_as: Callable[..., AppTest]
) -> None:
    about: dict[str, Any] = {"purpose": ConsentPurpose.LEARNING}
    learning, output = lesson_and_output(app_casework)
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


def test_what_was_done_after_a_withdrawal_is_read_beside_the_sentence(
    app_casework: Casework, app_as: Callable[..., AppTest]
) -> None:
    about: dict[str, Any] = {"purpose": ConsentPurpose.LEARNING}
    learning, output = lesson_and_output(app_casework)
    sentence: dict[str, Any] = {"text": "Ask in writing.", "learning_ids": [learning], "findings": []}
    run(app_casework, add_claim, output_id=output, **sentence)
    run(app_casework, ready_output, **version_of(app_casework))
    run(app_casework, release_output, app_casework.lead, **version_of(app_casework), sent_on=clock.today())
    run(app_casework, record_consent, **about, given=False)
    asked = public_id("output", output)
    app = open_folds(app_as(app_casework.lead, "learning", output=asked), "Say what was done")
    field(app, "What was done").input("Asked the editor to take it down")
    press(app.run(), "Save")
    for who in (app_casework.lead, app_casework.on_case):
        told = said(app_as(who, "learning", output=asked))
        assert "What was done: Asked the editor to take it down (Lena" in told
        assert "Say what was done" not in told


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
