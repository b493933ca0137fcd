"""Somebody else writes first: recorded on New case, on Home until the doctor has answered, and gone with the answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from dashboard.case.writer import Writer
from db import clock
from db.choices import YesNo
from db.commands.enquiries import open_enquiry, record_enquiry
from db.models import Enquiry, SignInSession
from tests.db.calls import WRITTEN
from tests.db.helpers import rows, run
from tests.factories import Casework
from tests.pages.helpers import field, open_folds, plain, press, seen

Run = Callable[..., AppTest]


def record(casework: Casework, *, danger: YesNo = YesNo.NO) -> None:
    run(casework, record_enquiry, written=replace(WRITTEN, organisation_id=casework.other_body, danger=danger))


def test_a_spouse_writes_and_home_says_whom_to_ask_by_when(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "new_case", **{"from": "somebody-else"})
    assert "has not agreed to anything yet" in seen(app)
    field(app, "Is the doctor").set_value(YesNo.NO)
    field(app, "Who wrote").input("Robin Writer")
    field(app, "They are the doctor’s").select("partner")
    field(app, "How to answer them").input("robin@example.org")
    field(app, "Search for the employer").input("Example Acute Trust EX002").run()
    field(app, "Organisation").select(app_casework.other_body).run()
    press(app, "Record the message")
    assert not app.exception
    (row,) = rows(app_casework.database, Enquiry)
    due = clock.today() + timedelta(days=14)
    assert (row.relation, row.ask_by) == ("partner", due)
    home = plain(seen(app_as(app_casework.on_case)))
    assert f"You ask the doctor by {due:%-d %b %Y} (in 14 days)" in home
    assert "Robin" not in home
    assert "Somebody else wrote first" not in seen(app_as(app_casework.off_case))


def test_what_is_missing_is_said_beside_its_field_and_kept(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "new_case", **{"from": "somebody-else"})
    field(app, "Who wrote").input("Robin Writer")
    press(app, "Record the message")
    assert "Is anyone in danger? Please answer" in seen(app)
    assert field(app, "Who wrote").value == "Robin Writer"
    assert rows(app_casework.database, Enquiry) == []


def test_danger_comes_before_everything_on_a_leads_home_and_on_nobody_elses(
    app_casework: Casework, app_as: Run
) -> None:
    record(app_casework, danger=YesNo.YES)
    drawn = [str(getattr(node, "value", "")) for node in app_as(app_casework.lead)._tree]
    places = [
        next(place for place, text in enumerate(drawn) if words in text)
        for words in ("Somebody wrote about a doctor in danger", "What needs you")
    ]
    assert places == sorted(places)
    for who in (app_casework.on_case, app_casework.off_case):
        assert "in danger" not in seen(app_as(who)).replace("If anyone is in danger", "")


def test_the_privacy_notice_can_be_read_where_it_is_ticked(app_casework: Casework, app_as: Run) -> None:
    for who_writes in Writer:
        app = app_as(app_casework.on_case, "new_case", **{"from": who_writes.value})
        assert "How we look after what you tell us" in seen(open_folds(app, "Read the privacy notice"))
        assert "the campaign has not confirmed it yet" in seen(app)


def opened(app: AppTest, casework: Casework, label: str) -> AppTest:
    from dashboard import store
    from dashboard.ui.folds import key
    from tests.pages.helpers import unfold

    (row,) = rows(casework.database, Enquiry)
    return unfold(app, key(store.public_id("enquiry", row.id), label))


def test_who_wrote_is_shown_with_a_reason_and_a_password(app_casework: Casework, app_as: Run) -> None:
    record(app_casework)
    app = app_as(app_casework.on_case, "new_case", **{"from": "somebody-else"})
    app = opened(app, app_casework, "Who wrote, and how to reach the doctor")
    field(app, "Reason for opening it").input("To call")
    confirm(app_casework, now=False)
    press(app, "Open")
    assert "Robin Writer" not in seen(app)
    confirm(app_casework)
    press(app, "Open")
    assert "Robin Writer" in seen(app)


def confirm(casework: Casework, *, now: bool = True) -> None:
    """As if the password had just been given, or long ago."""
    with casework.database.log() as session:
        session.execute(update(SignInSession).values(proved_at=clock.now() if now else None))


def test_the_doctor_agrees_and_the_new_case_begins_with_how_to_reach_them(app_casework: Casework, app_as: Run) -> None:
    record(app_casework)
    app = app_as(app_casework.on_case, "new_case", **{"from": "somebody-else"})
    confirm(app_casework)
    app = opened(app, app_casework, "The doctor agreed: open the case")
    press(app, "Open the case")
    assert not app.exception
    assert field(app, "Safe contact").value == "07700 900123"
    assert field(app, "Doctor’s name").value == "Sam Unasked"
    (row,) = rows(app_casework.database, Enquiry)
    assert field(app, "From a message of somebody else").value == row.id
    field(app, "Is the doctor").set_value(YesNo.NO)
    field(app, "Search for the employer").input("Example Acute Trust EX002").run()
    field(app, "Organisation").select(app_casework.other_body).run()
    field(app, "Summary").input("A complaint was escalated at once.")
    field(app, "Grade").select("consultant")
    field(app, "Specialty group").select("medicine")
    field(app, "The doctor has been given the privacy notice").check()
    field(app, "The doctor consents").check()
    press(app, "Open the case")
    assert not app.exception
    assert rows(app_casework.database, Enquiry) == []


def test_deleted_with_the_doctors_no(app_casework: Casework, app_as: Run) -> None:
    record(app_casework)
    app = app_as(app_casework.lead, "new_case", **{"from": "somebody-else"})
    app = opened(app, app_casework, "Delete it")
    press(app, "Delete it")
    assert "Why: choose from the list" in seen(app)
    field(app, "Why").select_index(0)
    press(app, "Delete it")
    assert rows(app_casework.database, Enquiry) == []


def test_who_opened_it_is_said_there_and_to_nobody_else(app_casework: Casework, app_as: Run) -> None:
    written = replace(WRITTEN, organisation_id=app_casework.body)
    run(app_casework, record_enquiry, app_casework.lead, written=written)
    before = seen(app_as(app_casework.in_conflict, "access"))
    (row,) = rows(app_casework.database, Enquiry)
    run(app_casework, open_enquiry, app_casework.lead, enquiry_id=row.id, reason="To call about the letter")
    assert "Opened by Lena" in plain(seen(app_as(app_casework.lead, "new_case", **{"from": "somebody-else"})))
    assert seen(app_as(app_casework.in_conflict, "access")) == before
