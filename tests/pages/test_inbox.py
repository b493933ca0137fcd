"""The inbox page: what others did, marked as read by a press, told in the menu."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import ACTIONS
from dashboard.settings import settings
from db import clock
from db.choices import AssignmentRole
from db.commands.assignments import answer_offer, offer_case
from db.commands.flags import raise_flag
from db.models import Alert, Assignment, Volunteer
from db.rules.safety import AlertState
from tests.db.helpers import last, rows, run
from tests.factories import Casework
from tests.pages.helpers import field, listed, open_tab, press, seen

Run = Callable[..., AppTest]


def test_what_others_did_stands_there_until_it_is_marked_as_read(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        raise_flag(
            session,
            actor_id=app_casework.lead,
            reference=app_casework.reference,
            code="MEDIA",
            why="x",
            review_on=clock.today() + timedelta(days=7),
        )
    app = app_as(app_casework.on_case, "inbox")
    assert not app.exception
    assert "raised the flag" in seen(app)
    assert app.title[0].value.startswith("Inbox (")
    press(app, "Mark all as read")
    assert "Nothing new" in seen(app)
    assert "raised the flag" in seen(app)
    assert app.title[0].value == "Inbox"


def test_a_doctor_at_risk_comes_before_everything(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        raise_flag(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            code="PSAFE",
            why="Said so",
            review_on=clock.today() + timedelta(days=1),
        )
    app = app_as(app_casework.lead, "inbox")
    assert not app.exception
    assert "Doctors at risk today: 1" in seen(app)
    assert "raised the flag Patient safety" in seen(app)
    assert listed(app) == [app_casework.reference]
    assert not listed(app_as(app_casework.in_conflict, "inbox"))


class AtOnce:
    """A thread whose work is done before it is said to have begun."""

    def __init__(self, *, target: Callable[..., None], args: tuple[object, ...], **_: object) -> None:
        self.start = lambda: target(*args)


def test_a_mail_server_that_fails_never_loses_the_flag(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1", "SMTP_FROM": "casework@example.org"}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.setattr("dashboard.store.alerts.threading", SimpleNamespace(Thread=AtOnce))
    monkeypatch.setattr("dashboard.store.alerts.PAUSES", (0, 0))
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).values(email=Volunteer.username + "@example.org"))
    app = open_tab(
        app_as(app_casework.on_case, "case", ref=app_casework.reference),
        app_casework.reference,
        ACTIONS,
        "Raise a flag",
    )
    field(app, "Raise a flag").set_value("CRISIS")
    app.run()
    field(app, "Why").input("Said so")
    press(app, "Raise flag")
    assert not app.exception
    assert "Flag raised. Leads have been told." in seen(app)
    [owed] = rows(app_casework.database, Alert)
    assert (owed.volunteer_id, owed.state) == (app_casework.lead, AlertState.WAITING)
    assert app_casework.reference in listed(app_as(app_casework.lead))


def test_an_empty_inbox_says_what_will_be_there(app_casework: Casework, app_as: Run) -> None:
    assert "You will see here" in seen(app_as(app_casework.off_case, "inbox"))


def test_observers_have_none(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.observer)
    assert not app.exception
    assert "Inbox" not in seen(app)


def test_what_somebody_said_as_they_declined_is_read_by_whoever_asked(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    run(work, offer_case, work.lead, volunteer_id=work.off_case, role=AssignmentRole.SECOND, reason="Room")
    offer = last(work.database, Assignment).id
    run(work, answer_offer, work.off_case, assignment_id=offer, accept=False, reason="On nights until Monday")
    assert "“On nights until Monday”" in seen(app_as(work.lead, "inbox"))
    assert "On nights" not in seen(app_as(work.on_case, "inbox"))
