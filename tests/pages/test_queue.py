"""The queue page: rows by role, filters from the URL, search."""

from collections.abc import Callable

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db.choices import AuditAction, Stage
from db.models import AccessLog
from tests.factories import Casework
from tests.pages.helpers import field, seen

Run = Callable[..., AppTest]


def test_controls_carry_the_agreed_labels(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue")
    for label in ("Search", "Stage", "Process", "Lead", "Flag", "Kind of body", "Region"):
        assert field(app, label) is not None


def test_lead_sees_the_body_and_other_volunteers_do_not(app_casework: Casework, app_as: Run) -> None:
    assert "Example Acute Trust" in seen(app_as(app_casework.lead, "queue"))
    other = seen(app_as(app_casework.off_case, "queue"))
    assert app_casework.reference in other
    assert "Example Acute Trust" not in other


def test_barred_lead_sees_no_row_and_no_count(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.in_conflict, "queue")
    assert app_casework.reference not in seen(app)
    assert "No cases match" in seen(app)


def test_filter_in_the_url_is_applied(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue", queue_stage=Stage.CLOSING.label)
    assert field(app, "Stage").value == [Stage.CLOSING.value]
    assert "No cases match" in seen(app)


def test_search_finds_words_of_the_summary_only_where_the_case_may_be_opened(
    app_casework: Casework, app_as: Run
) -> None:
    for who, found in ((app_casework.lead, True), (app_casework.on_case, True), (app_casework.off_case, False)):
        app = app_as(who, "queue")
        field(app, "Search").input("rota").run()
        assert (app_casework.reference in seen(app)) is found
        assert "rota" not in str(app.query_params)


def test_search_is_logged_without_its_words(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue")
    field(app, "Search").input("rota").run()
    with app_casework.database.read() as session:
        rows = session.execute(select(AccessLog.action, AccessLog.reason)).all()
    assert [tuple(row) for row in rows] == [(AuditAction.SEARCH, None)]
