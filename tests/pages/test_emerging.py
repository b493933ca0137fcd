"""What is emerging, on the heatmap's page: silent, or a rise with its cases and a way to dismiss it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.ui import folds
from db import clock
from db.choices import AgendaSection, AuditAction
from db.models import AccessLog, MeetingItem
from tests.db.heatmap_record import Record
from tests.db.helpers import rows
from tests.factories import Casework
from tests.pages.helpers import field, listed, open_folds, press, seen
from tests.pages.test_meeting import plan

SHOW = {"heatmap_show": "What is emerging"}


@pytest.fixture
def rising(app_casework: Casework) -> Casework:
    """P05 of nine doctors lately, after a year of P04."""
    with app_casework.database.write() as session:
        record = Record(session, beside="more")
        for week in range(8, 60):
            at = clock.now() - timedelta(weeks=week, days=1)
            for _ in range(2):
                record.finding(record.case(), "P04", coded_at=at)
        for _ in range(9):
            record.finding(record.case(), "P05", coded_at=clock.now())
    return app_casework


def test_without_a_rise_it_says_so_and_no_more(app_casework: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(app_casework.lead, "heatmap", **SHOW)
    assert not app.exception
    assert "Nothing is rising." in seen(app)
    assert "Not for sharing" in seen(app)
    assert {one.action for one in rows(app_casework.database, AccessLog)} == {AuditAction.RAW_HEATMAP}


def test_a_rise_is_shown_with_its_cases_and_dismissed(rising: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(rising.lead, "heatmap", **SHOW)
    assert "**9** of 9 doctors coded in the last 2 weeks, after 0 of 104 in the year before." in seen(app)
    assert not listed(app)
    open_folds(app, "9 cases behind it")
    assert len(listed(app)) == 9
    field(app, "Why it needs no more").input("One rota, known")
    press(app, "Dismiss it")
    assert "Nothing is rising." in seen(app)
    open_folds(app, "Dismissed (1)")
    assert "One rota, known" in seen(app)


@pytest.mark.parametrize("who", ["on_case", "observer"])
def test_nobody_else_has_it(rising: Casework, app_as: Callable[..., AppTest], who: str) -> None:
    app = app_as(getattr(rising, who), "heatmap", **SHOW)
    assert "rising" not in seen(app)
    assert "emerging" not in seen(app)


def test_the_meeting_tells_leads_that_something_rises(rising: Casework, app_as: Callable[..., AppTest]) -> None:
    meeting = plan(rising)
    [sign] = rows(rising.database, MeetingItem, meeting_id=meeting, section=AgendaSection.SIGN)
    app = app_as(rising.lead, "meeting")
    app.session_state[folds.key(f"topic_{sign.section}_{sign.id}", "What there is to talk about")] = True
    links = [(link.proto.label, link.proto.query_string) for link in app.run().get("page_link")]
    assert ("1 pattern is emerging, to look at or dismiss", "heatmap_show=What+is+emerging") in links
    assert "emerging" not in seen(app_as(rising.on_case, "meeting"))
