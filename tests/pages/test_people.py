"""The people page: leads add, change, pass on and end."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db import clock
from db.commands.accounts import link_opens
from db.models import Affiliation, Assignment, Leave, Volunteer
from tests.factories import Casework
from tests.pages.helpers import buttons_of, draw_all, every_row, field, open_folds, press, press_row, rows_of, seen

Run = Callable[..., AppTest]


def choose(app: AppTest, person_id: int) -> AppTest:
    """Somebody, with every tab of theirs."""
    field(app, "Person").set_value(person_id)
    return draw_all(app.run(), "people")


def link_token(app: AppTest) -> str:
    (code,) = app.code
    parts = urlsplit(code.value)
    assert parts.path.endswith("set-up")
    return parse_qs(parts.query)["token"][0]


def volunteer(work: Casework, username: str) -> Volunteer:
    with work.database.read() as session:
        return session.scalars(select(Volunteer).where(Volunteer.username == username)).one()


def test_the_list_has_everybody(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "people")
    assert not app.exception
    shown = rows_of(app, "lnb.people_list")
    assert {row["name"] for row in shown} == {"Lena", "Vik", "Uma", "Con", "Ola"}
    assert [row["name"] for row in shown if "two-step sign-in" in row["facts"]] == ["Lena"]


def test_somebody_is_added_and_their_link_shown_until_put_away(app_casework: Casework, app_as: Run) -> None:
    app = open_folds(app_as(app_casework.lead, "people"), "Add somebody")
    field(app, "Username").input("nia")
    field(app, "Name").input("Nia New")
    press(app, "Add")
    assert not app.exception
    token = link_token(app)
    with app_casework.database.read() as session:
        assert link_opens(session, token) == (False, "nia")
    press(app, "I have sent it")
    assert not app.code
    assert field(app, "Username").value == ""


def test_a_refused_addition_keeps_what_was_typed(app_casework: Casework, app_as: Run) -> None:
    app = open_folds(app_as(app_casework.lead, "people"), "Add somebody")
    field(app, "Username").input("vik")
    field(app, "Name").input("Another Vik")
    press(app, "Add")
    assert "That username is taken" in seen(app)
    assert field(app, "Name").value == "Another Vik"
    assert not app.code


def test_somebody_is_changed(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.off_case)
    field(app, "Name", nth=1).input("Uma Changed")
    field(app, "Pledged hours a week", nth=1).set_value(7.5)
    field(app, "Knows", nth=1).set_value(["GMC"])
    press(app, "Save changes")
    assert not app.exception
    now = volunteer(app_casework, "uma")
    assert (now.name, now.pledged_hours, now.skills) == ("Uma Changed", 7.5, ["GMC"])


def test_leave_is_added_and_taken_back(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.off_case)
    away = clock.today() + timedelta(days=3)
    field(app, "First day away").set_value(away)
    field(app, "Last day away").set_value(away)
    press(app, "Add leave")
    assert not app.exception
    with app_casework.database.read() as session:
        assert session.scalars(select(Leave.starts_on)).all() == [away]
    press(app, "Cancel this leave")
    with app_casework.database.read() as session:
        assert session.scalars(select(Leave.starts_on)).all() == []


def test_leave_wants_both_days(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.off_case)
    field(app, "Last day away").set_value(None)
    press(app, "Add leave")
    assert not app.exception
    assert "Please choose a day." in seen(app)


def test_an_employer_is_declared(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.off_case)
    field(app, "Search for an employer or other organisation").input("EX002").run()
    field(app, "Organisation").set_value(app_casework.other_body)
    press(app, "Declare organisation")
    assert not app.exception
    with app_casework.database.read() as session:
        found = select(Affiliation.organisation_id).where(Affiliation.volunteer_id == app_casework.off_case)
        assert session.scalars(found).all() == [app_casework.other_body]


def test_another_lead_ends_an_employer(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.in_conflict)
    press(app, "End")
    with app_casework.database.read() as session:
        assert session.scalars(select(Affiliation.ended_on)).all() == [clock.today()]


def test_a_leavers_cases_are_on_the_list_until_each_is_handed_over(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.on_case)
    assert "To hand over" not in seen(app)
    press(app, "Deactivate")
    assert not app.exception
    assert not volunteer(app_casework, "vik").active
    for page, step in ((app, "offer it to"), (app_as(app_casework.lead), "Offer to")):
        assert "To hand over" in seen(page)
        assert app_casework.reference in seen(page)
        assert step in seen(page)
    app = choose(app, app_casework.on_case)
    field(app, "Offer it to").set_value(app_casework.off_case)
    field(app, "Handover note").input("Knows the bundle.")
    press(app, "Hand over")
    assert not app.exception
    assert "To hand over" not in seen(app)


def test_a_leavers_case_is_handed_over_from_home_in_one_press_and_a_note(app_casework: Casework, app_as: Run) -> None:
    press(choose(app_as(app_casework.lead, "people"), app_casework.on_case), "Deactivate")
    app = app_as(app_casework.lead)
    [row] = [row for row in every_row(app) if "Vik has left, case lead" in str(row)]
    who = buttons_of(row)[0]["w"]
    press_row(app, who)
    press(app, who)
    assert "please fill this in" in seen(app)
    field(app, "Handover note").input("Knows the bundle.")
    press(app, who)
    assert not app.exception
    with app_casework.database.read() as session:
        offer = session.scalars(select(Assignment).order_by(Assignment.id.desc())).first()
        assert offer is not None
        assert (offer.status, f"Offer to {session.get_one(Volunteer, offer.volunteer_id).name}") == ("offered", who)


def test_a_barred_lead_sees_nothing_of_what_a_leaver_left(app_casework: Casework, app_as: Run) -> None:
    press(choose(app_as(app_casework.lead, "people"), app_casework.on_case), "Deactivate")
    for page in (app_as(app_casework.in_conflict, "people"), app_as(app_casework.in_conflict)):
        assert "To hand over" not in seen(page)
        assert app_casework.reference not in seen(page)


def test_nobody_barred_is_offered_a_handover(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.on_case)
    assert "Con" not in field(app, "Offer it to").options


def test_a_barred_lead_sees_nothing_of_what_somebody_holds(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.in_conflict, "people"), app_casework.on_case)
    assert app_casework.reference not in seen(app)
    assert ["0 cases" in row["load"] for row in rows_of(app, "lnb.people_list") if row["name"] == "Vik"] == [True]


def test_an_ended_account_is_let_back_in(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.off_case)
    press(app, "Deactivate")
    assert not volunteer(app_casework, "uma").active
    press(app, "Let back in")
    assert volunteer(app_casework, "uma").active
    assert link_token(app)


def test_a_new_link_is_made(app_casework: Casework, app_as: Run) -> None:
    app = choose(app_as(app_casework.lead, "people"), app_casework.off_case)
    press(app, "Make a new link")
    with app_casework.database.read() as session:
        assert link_opens(session, link_token(app)) == (False, "uma")
