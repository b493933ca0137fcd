"""What was learned: written on the case, agreed by a second person, read by others without the case."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from db.choices import ConsentPurpose
from db.commands.consents import record_consent
from tests.db.helpers import run
from tests.factories import Casework
from tests.pages.helpers import field, open_fold, plain, press

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
