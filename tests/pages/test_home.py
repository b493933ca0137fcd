"""The home page: what needs whom."""

from collections.abc import Callable
from datetime import timedelta

from streamlit.testing.v1 import AppTest

from db import clock
from db.choices import DeadlineKind, Whose
from db.commands.deadlines import add_deadline
from tests.factories import Casework
from tests.pages.helpers import seen

Run = Callable[..., AppTest]


def test_volunteer_sees_the_statutory_date_first(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        add_deadline(
            session, actor_id=app_casework.on_case, reference=app_casework.reference, name="Reply to the regulator",
            due_on=clock.today() + timedelta(days=9), kind=DeadlineKind.STATUTORY, whose=Whose.OURS,
        )  # fmt: skip
    text = seen(app_as(app_casework.on_case))
    assert "Reply to the regulator" in text
    assert "in 9 days" in text


def test_volunteer_off_the_case_has_nothing_to_do(app_casework: Casework, app_as: Run) -> None:
    assert "Nothing needs you today" in seen(app_as(app_casework.off_case))


def test_lead_sees_the_condition_counts_and_barred_lead_none(app_casework: Casework, app_as: Run) -> None:
    def counted(who: int) -> int:
        return sum(int(metric.value) for metric in app_as(who).metric)

    with app_casework.database.write() as session:
        add_deadline(
            session, actor_id=app_casework.lead, reference=app_casework.reference, name="Missed",
            due_on=clock.today() - timedelta(days=1), kind=DeadlineKind.LOCAL, whose=Whose.OURS,
        )  # fmt: skip
    assert counted(app_casework.lead) == 1
    assert counted(app_casework.in_conflict) == 0


def test_observer_sees_released_totals_only(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.observer)
    assert [metric.value for metric in app.metric] == ["*", "*", "0"]
    assert app_casework.reference not in seen(app)
