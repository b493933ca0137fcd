"""Leads are told on Home that the nightly run or the backup is late, and see on Access how the last night went."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

from db import clock
from db.models import NightStep
from tests.factories import Casework
from tests.pages.helpers import open_folds, seen


def night(casework: Casework, *, hours_ago: int, failed: str | None = None) -> None:
    at = clock.now() - timedelta(hours=hours_ago)
    with casework.database.write(patterns=False) as session:
        session.execute(delete(NightStep))
        for step in ("backup", "audit"):
            told = failed if step == "backup" else None
            session.add(NightStep(day=clock.today(), step=step, began_at=at, ended_at=at, failed=told))


def test_home_warns_a_lead_after_26_hours_and_nobody_else(
    app_casework: Casework, app_as: Callable[..., AppTest]
) -> None:
    night(app_casework, hours_ago=27)
    assert "No nightly run since" in seen(app_as(app_casework.lead))
    assert "No nightly run since" not in seen(app_as(app_casework.on_case))


def test_home_says_nothing_of_a_night_that_was(app_casework: Casework, app_as: Callable[..., AppTest]) -> None:
    night(app_casework, hours_ago=25)
    assert "Ask whoever runs the dashboard" not in seen(app_as(app_casework.lead))


def test_access_says_how_the_last_night_went(app_casework: Casework, app_as: Callable[..., AppTest]) -> None:
    night(app_casework, hours_ago=1, failed="No space left on device.")
    app = app_as(app_casework.lead, "access")
    assert "Backup: not yet." in seen(app)
    assert "No space left on device" in seen(open_folds(app, "How the last night went"))
