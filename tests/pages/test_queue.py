"""The queue page: rows by role, filters from the URL, search."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select
from streamlit.testing.v1 import AppTest

from dashboard.queue import filters
from dashboard.ui import text
from db.choices import AuditAction, QueueOrder, Stage
from db.commands.views import save_view
from db.models import AccessLog, Case
from db.queries import search
from db.queries.queue import NO_LEAD, QueueFilters
from tests.factories import Casework, make_case
from tests.pages.helpers import case_lists, field, listed, press, press_forged, seen

Run = Callable[..., AppTest]


def with_filters_open(app: AppTest) -> AppTest:
    app.session_state[filters.OPENED] = True
    return app.run()


def test_controls_carry_the_agreed_labels(app_casework: Casework, app_as: Run) -> None:
    app = with_filters_open(app_as(app_casework.lead, "queue"))
    for label in ("Search", "Stage", "Process", "Lead", "Flag", "Kind of organisation", "Region"):
        assert field(app, label) is not None


def test_lead_sees_the_body_and_other_volunteers_do_not(app_casework: Casework, app_as: Run) -> None:
    assert "Example Acute Trust" in seen(app_as(app_casework.lead, "queue"))
    other = seen(app_as(app_casework.off_case, "queue"))
    assert app_casework.reference in other
    assert "Example Acute Trust" not in other


def test_barred_lead_sees_no_row_and_no_count(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.in_conflict, "queue")
    assert app_casework.reference not in seen(app)
    assert "There are no open cases that you may see." in seen(app)


def test_filter_in_the_url_is_applied(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue", queue_stage=Stage.CLOSING.label)
    assert field(app, "Stage").value == [Stage.CLOSING.value]
    assert "No cases match" in seen(app)


def test_filters_are_drawn_once_asked_for_and_count_from_the_url(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue")
    assert [box.label for box in app.multiselect] == []
    field(with_filters_open(app), "Grade").select("fy1").run()
    assert "No cases match" in seen(app)
    app.session_state[filters.OPENED] = False
    assert "No cases match" in seen(app.run())
    field(app, "Grade").set_value(["consultant"]).run()
    assert app_casework.reference in seen(app)
    linked = app_as(app_casework.lead, "queue", queue_show="Closed")
    assert field(linked, "Show").value == "Closed"
    assert "No cases match" in seen(linked)


def test_search_finds_words_of_the_summary_only_where_the_case_may_be_opened(
    app_casework: Casework, app_as: Run
) -> None:
    for who, found in ((app_casework.lead, True), (app_casework.on_case, True), (app_casework.off_case, False)):
        app = app_as(who, "queue")
        field(app, "Search").input("rota").run()
        assert (app_casework.reference in seen(app)) is found
        assert "rota" not in str(app.query_params)


def test_a_search_shows_the_sentence_with_its_words_marked_and_says_the_order(
    app_casework: Casework, app_as: Run
) -> None:
    app = app_as(app_casework.on_case, "queue")
    field(app, "Search").set_value("concern rota").run()
    (row,) = case_lists(app)[0]["rows"]
    assert row["found"] == [
        ["Summary: ", False],
        ["Excluded after raising a ", False],
        ["concern", True],
        [" about a ", False],
        ["rota", True],
        [".", False],
    ]
    assert "the best match first, and among equals the newest" in seen(app)


def test_a_search_that_finds_nothing_offers_what_may_have_been_meant(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue")
    field(app, "Search").input("Exmaple Acute").run()
    assert "No cases match" in seen(app)
    press(app, "“Example Acute Trust EX001”")
    assert app_casework.reference in seen(app)
    # One letter of the reference is wrong.
    slip = app_casework.reference[:-1] + ("2" if app_casework.reference[-1] != "2" else "3")
    field(app, "Search").input(slip).run()
    press(app, text.plain(app_casework.reference))
    assert [row["ref"] for row in case_lists(app)[0]["rows"]] == [app_casework.reference]
    barred = app_as(app_casework.in_conflict, "queue")
    for typed in ("Exmaple Acute", slip):
        field(barred, "Search").input(typed).run()
        assert "Did you mean" not in seen(barred)


def test_a_search_among_open_cases_goes_on_among_closed_ones_by_one_press(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue")
    field(app, "Search").input("zebra").run()
    press(app, "Look among closed cases too")
    assert app.session_state["queue_show"] == "All"
    assert "Look among closed cases too" not in [button.label for button in app.button]


def test_a_search_that_finds_very_many_says_more_than(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_FOUND", 1)
    with app_casework.database.write() as session:
        for number in range(2):
            body: dict[str, Any] = {"body": app_casework.other_body, "contact": f"{number}@example.org"}
            make_case(session, actor_id=app_casework.lead, **body)
    app = app_as(app_casework.lead, "queue")
    field(app, "Search").set_value("rota").run()
    assert "More than **1** case, 1 to 1 shown" in seen(app)


def test_a_doctor_found_by_name_is_logged_as_a_search_for_a_person_and_not_named(
    app_casework: Casework, app_as: Run
) -> None:
    app = app_as(app_casework.on_case, "queue")
    field(app, "Search").set_value("test").run()
    (row,) = case_lists(app)[0]["rows"]
    assert row["found"] == [["The doctor’s name or contact", False]]
    with app_casework.database.read() as session:
        logged = session.execute(select(AccessLog.action, AccessLog.case_id, AccessLog.reason)).all()
    assert [tuple(line) for line in logged] == [
        (AuditAction.SEARCH, None, None),
        (AuditAction.PERSON_SEARCH, None, None),
    ]
    field(app, "Search").set_value("rota").run()
    with app_casework.database.read() as session:
        assert session.scalar(select(AccessLog.action).order_by(AccessLog.id.desc()).limit(1)) == AuditAction.SEARCH


def test_search_is_logged_without_its_words(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue")
    field(app, "Search").input("rota").run()
    with app_casework.database.read() as session:
        rows = session.execute(select(AccessLog.action, AccessLog.reason)).all()
    assert [tuple(row) for row in rows] == [(AuditAction.SEARCH, None)]


def button(app: AppTest, words: str) -> Any:
    return next(button for button in app.button if words in button.label)


def with_views_open(app: AppTest) -> AppTest:
    app.session_state["queue_views_open"] = True
    return app.run()


def test_a_view_is_saved_counted_and_applied_again(app_casework: Casework, app_as: Run) -> None:
    app = with_filters_open(with_views_open(app_as(app_casework.lead, "queue")))
    field(app, "Stage").set_value([Stage.NEW]).run()
    field(app, "Search").input("rota").run()
    field(app, "Name for the current filters").input("New ones")
    field(app, "Share it with everybody").set_value(True)
    press(app, "Save view")
    assert not app.exception
    assert button(app, "New ones").label == "New ones **1**"

    other = with_filters_open(app_as(app_casework.off_case, "queue"))
    field(other, "Stage").set_value([Stage.CLOSING]).run()
    assert "No cases match" in seen(other)
    button(other, "New ones").click().run()
    assert not other.exception
    assert field(other, "Stage").value == [Stage.NEW]
    assert field(other, "Search").value == ""
    assert app_casework.reference in seen(other)
    barred = app_as(app_casework.in_conflict, "queue")
    assert button(barred, "New ones").label == "New ones **0**"


def test_what_a_view_or_a_press_sets_is_in_the_address(app_casework: Casework, app_as: Run) -> None:
    asked = QueueFilters(lead=NO_LEAD, stages=(Stage.TRIAGE, Stage.ACTIVE), order=QueueOrder.AGE, older_than_days=30)
    app = app_as(app_casework.lead, "queue")
    app.session_state[filters.PENDING] = QueueFilters(lead=NO_LEAD)
    assert app_casework.reference not in seen(app.run()), "it has a lead"
    assert dict(app.query_params) == {"queue_lead": "Nobody yet"}
    app.session_state[filters.PENDING] = replace(asked, for_meeting=True)
    app.run()
    address = dict(app.query_params)
    assert address == {
        "queue_lead": "Nobody yet",
        "queue_stage": ["Triage", "Active"],
        "queue_order": QueueOrder.AGE.label,
        "queue_age": "Over 30 days",
        "queue_meeting": "true",
    }
    # Whoever is sent it sees the same.
    sent = app_as(app_casework.lead, "queue", **address)
    assert field(sent, "Stage").value == ["triage", "active"]
    assert field(sent, "Lead").value == NO_LEAD
    assert field(sent, "Order").value is QueueOrder.AGE
    assert field(sent, "For the next meeting").value is True


def test_a_view_is_replaced_renamed_and_deleted(app_casework: Casework, app_as: Run) -> None:
    app = with_filters_open(with_views_open(app_as(app_casework.on_case, "queue")))
    field(app, "Name for the current filters").input("Mine")
    press(app, "Save view")
    field(app, "Stage").set_value([Stage.CLOSING]).run()
    press(app, "Replace with the current filters")
    assert button(app, "Mine").label == "Mine **0**"
    field(app, "New name").input("Closing soon")
    press(app, "Rename")
    assert button(app, "Closing soon").label == "Closing soon **0**"
    press(app, "Delete view")
    assert not [b for b in app.button if "Closing soon" in b.label]


def test_a_view_whose_lead_or_code_is_gone_says_so_and_shows_what_it_can(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        save_view(
            session,
            actor_id=app_casework.on_case,
            name="Old",
            shared=False,
            filters={"flags": ["NOSUCH", "VISA"], "lead": 999},
        )
    app = app_as(app_casework.on_case, "queue")
    assert button(app, "Old").label == "Old **0**"
    button(app, "Old").click().run()
    assert not app.exception
    assert (field(app, "Flag").value, field(app, "Lead").value) == (["NOSUCH", "VISA"], 999)
    assert "no longer there" in seen(app)
    assert "No cases match" in seen(app)
    press(app, r"Flag: NOSUCH \(no longer in use\)")
    press(app, "Lead: Somebody who has left")
    press(app, "Flag: Visa at risk")
    assert "no longer there" not in seen(app)
    assert listed(app) == [app_casework.reference]


def test_the_page_in_the_address_is_the_page_that_is_shown(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        columns = [c for c in Case.__table__.columns if c.name not in ("id", "reference")]
        row = session.execute(select(*columns)).mappings().one()
        session.execute(insert(Case), [{**row, "reference": f"LNB-{n:06}"} for n in range(60)])
    first = listed(app_as(app_casework.lead, "queue"))
    reloaded = app_as(app_casework.lead, "queue", queue_page="2")
    assert "51 to 61 shown" in seen(reloaded)
    assert len(listed(reloaded)) == 11
    assert not set(listed(reloaded)) & set(first)
    for forged in ("0", "-1", "99", "two", "1e9", "²"):
        assert not app_as(app_casework.lead, "queue", queue_page=forged).exception


def test_the_order_that_holds_is_said(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "queue")
    assert "a doctor in crisis first, then urgent flags" in seen(app)
    field(with_filters_open(app), "Order").set_value(QueueOrder.AGE).run()
    assert "a doctor in crisis first, then the oldest case" in seen(app)


def test_an_organisation_is_followed_only_from_a_row_that_links_to_it(app_casework: Casework, app_as: Run) -> None:
    lead = app_as(app_casework.lead, "queue")
    assert "/organisation?code=EX001" in seen(lead)
    for forged in ("/organisation?code=EX999", "/people", "/case?ref=" + app_casework.reference, 7, ["/"], "\u0000"):
        press_forged(lead, forged, "followed")
        assert not lead.exception
        assert "Case queue" in [title.value for title in lead.title]
    volunteer = app_as(app_casework.on_case, "queue")
    press_forged(volunteer, "/organisation?code=EX001", "followed")
    assert "Case queue" in [title.value for title in volunteer.title]
