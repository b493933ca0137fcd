"""What every form does, whichever page it is on: several buttons, and more than one refusal at once."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard.ui import conflict_question
from db.choices import AssignmentRole, AssignmentStatus
from db.commands.assignments import offer_case
from db.models import Assignment
from tests.factories import Casework
from tests.pages.helpers import field, press, seen

Run = Callable[..., AppTest]
SAID = "Patient 999 123 4519 is a friend"


def offered(work: Casework, app_as: Run) -> AppTest:
    """The page of somebody who has been offered a place, with a patient's number typed as the reason to decline."""
    with work.database.write() as session:
        offer_case(
            session,
            actor_id=work.lead,
            reference=work.reference,
            volunteer_id=work.off_case,
            role=AssignmentRole.SECOND,
            reason="Has room",
        )
    app = press(app_as(work.off_case, "case", ref=work.reference), "Show the organisation")
    field(app, conflict_question.TELL_LEADS).input(SAID)
    return app


def answers(work: Casework) -> list[tuple[AssignmentStatus, str | None]]:
    with work.database.read() as session:
        asked = select(Assignment).where(Assignment.volunteer_id == work.off_case)
        return [(row.status, row.answer) for row in session.scalars(asked)]


def test_of_several_buttons_the_one_pressed_first_is_the_one_redacted_and_saved(
    app_casework: Casework, app_as: Run
) -> None:
    app = offered(app_casework, app_as)
    assert {"Accept", "Decline"} <= {button.label for button in app.button}
    press(app, "Decline")
    assert [status for status, _ in answers(app_casework)] == [AssignmentStatus.OFFERED]
    assert field(app, conflict_question.TELL_LEADS).value == SAID
    press(app, "Redact it and save")
    assert answers(app_casework) == [(AssignmentStatus.DECLINED, "Patient [redacted: NHS number] is a friend")]


def refused_twice() -> None:
    """A form whose command refuses a field it has, and one that stands elsewhere."""
    from dashboard.ui import forms
    from db.errors import Invalid

    with forms.form("two") as form:
        form.text("name", "Name")
        form.submit("Save")
    if form.submitted:
        form.refuse(Invalid({"name": "Name: please fill this in.", "elsewhere": "Choose a process first."}))


def refused_in_a_field() -> None:
    from dashboard.ui import forms
    from db.errors import Invalid

    with forms.form("one") as form:
        form.text("name", "Name")
        form.text("reason", "Reason")
        form.submit("Save")
    if form.submitted:
        form.refuse(Invalid({"name": "Name: please fill this in.", "reason": "Reason: please fill this in."}))


@pytest.mark.usefixtures("app_casework")
def test_no_refusal_hides_another() -> None:
    app = press(AppTest.from_function(refused_twice).run(), "Save")
    assert [error.value for error in app.error] == ["Name: please fill this in.", "Choose a process first."]


@pytest.mark.usefixtures("app_casework")
def test_a_form_says_how_many_answers_are_needed() -> None:
    app = press(AppTest.from_function(refused_in_a_field).run(), "Save")
    assert len(app.error) == 2
    assert "Not saved: 2 answers needed, each marked above." in seen(app)
