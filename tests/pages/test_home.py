"""The home page: what needs whom."""

import re
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from db import clock
from db.choices import DeadlineKind, Role, Whose
from db.commands.deadlines import add_deadline
from db.engine import Database
from db.models import Case
from db.rules.quarters import quarter_before, quarter_of
from tests.db.releases import compute_release, sign_release_of
from tests.factories import Casework, make_volunteer
from tests.pages.helpers import seen

Run = Callable[..., AppTest]


def test_volunteer_sees_the_statutory_date_first(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        add_deadline(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            name="Reply to the regulator",
            due_on=clock.today() + timedelta(days=9),
            kind=DeadlineKind.STATUTORY,
            whose=Whose.OURS,
        )
    text = seen(app_as(app_casework.on_case))
    assert "Reply to the regulator" in text
    assert "in 9 days" in text


def test_volunteer_off_the_case_has_nothing_to_do(app_casework: Casework, app_as: Run) -> None:
    assert "Nothing needs you today" in seen(app_as(app_casework.off_case))


def test_lead_sees_the_condition_counts_and_barred_lead_none(app_casework: Casework, app_as: Run) -> None:
    def counted(who: int) -> int:
        return sum(int(number) for number in re.findall(r"badge\[\*\*(\d+)\*\*\]", seen(app_as(who))))

    with app_casework.database.write() as session:
        add_deadline(
            session,
            actor_id=app_casework.lead,
            reference=app_casework.reference,
            name="Missed",
            due_on=clock.today() - timedelta(days=1),
            kind=DeadlineKind.LOCAL,
            whose=Whose.OURS,
        )
    assert counted(app_casework.lead) == 1
    assert counted(app_casework.in_conflict) == 0


def test_a_long_list_shows_every_crisis_and_statutory_date_then_the_rest_on_asking(
    app_casework: Casework, app_as: Run
) -> None:
    def add(many: int, kind: DeadlineKind) -> None:
        with app_casework.database.write() as session:
            for number in range(many):
                add_deadline(
                    session,
                    actor_id=app_casework.on_case,
                    reference=app_casework.reference,
                    whose=Whose.OURS,
                    name=f"{kind.label} no {number}",
                    due_on=clock.today() + timedelta(days=2),
                    kind=kind,
                )

    add(14, DeadlineKind.STATUTORY)
    add(3, DeadlineKind.LOCAL)
    app = app_as(app_casework.on_case)
    assert seen(app).count(f"{DeadlineKind.STATUTORY.label} no") == 14
    assert f"{DeadlineKind.LOCAL.label} no" not in seen(app)
    more = next(button for button in app.button if button.label.startswith("Show "))
    more.click().run()
    assert seen(app).count(f"{DeadlineKind.LOCAL.label} no") == 3


def test_observer_sees_totals_of_a_signed_release_only(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.execute(update(Case).values(opened_on=clock.today()))
    app = app_as(app_casework.observer)
    assert not app.metric
    assert "No numbers have been released yet" in seen(app)
    last = quarter_before(quarter_of(clock.today()))
    sign_release_of(app_casework, last)
    app = app_as(app_casework.observer)
    assert [metric.value for metric in app.metric] == ["0-7", "0-7", "0-7"]
    assert f"as of the end of {last[:4]} {last[4:]}, signed on" in seen(app)
    assert app_casework.reference not in seen(app)


def test_leads_are_told_of_a_release_that_waits_and_nobody_else(app_casework: Casework, app_as: Run) -> None:
    waits = "Its release has not been computed yet"
    assert waits in seen(app_as(app_casework.lead))
    compute_release(app_casework, quarter_before(quarter_of(clock.today())))
    assert "waits for a lead to review it" in seen(app_as(app_casework.lead))
    for who in (app_casework.on_case, app_casework.observer):
        assert "waits" not in seen(app_as(who))


def test_the_first_lead_is_told_where_to_begin(app_database: Database, app_as: Run) -> None:
    with app_database.write() as session:
        first = make_volunteer(session, "first", Role.LEAD)
    home = seen(app_as(first))
    assert "Where to begin" in home
    assert "Caseload over" not in home
