"""The workload page: who is shown, and a case offered from it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from dashboard.workload.people import SEGMENTS
from db.choices import OPEN_STAGES, AssignmentRole, AssignmentStatus
from db.commands.affiliations import add_affiliation
from db.models import Assignment, Case, Volunteer
from tests.factories import Casework, make_case, make_volunteer
from tests.pages.helpers import buttons_of, field, press, press_row, rows_of, seen

Run = Callable[..., AppTest]


def add_waiting(work: Casework) -> str:
    with work.database.write() as session:
        return make_case(session, actor_id=work.lead, body=work.other_body, contact="another@example.org")


def offers(work: Casework, reference: str) -> list[tuple[int, AssignmentRole, AssignmentStatus, str]]:
    with work.database.read() as session:
        rows = session.execute(
            select(Assignment.volunteer_id, Assignment.role, Assignment.status, Assignment.reason)
            .join(Case, Case.id == Assignment.case_id)
            .where(Case.reference == reference)
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def people(app: AppTest) -> list[dict[str, Any]]:
    return rows_of(app, "lnb.people_list")


def offered(app: AppTest) -> list[str]:
    buttons = [button["w"] for row in rows_of(app, "lnb.case_list") for button in buttons_of(row)]
    return [words for words in buttons if words.startswith("Offer to")]


def test_leads_see_everybody_with_their_numbers(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "workload")
    assert not app.exception
    assert [row["name"] for row in people(app)] == ["Vik", "Con", "Lena", "Uma"]
    assert people(app)[0]["load"] == "1 of 8"
    assert people(app)[0]["facts"] == ["1 case", "4 hours a week"]
    assert sum(people(app)[0]["segments"]) == 1


def test_a_volunteer_sees_their_own_load_and_who_has_room(app_casework: Casework, app_as: Run) -> None:
    """No ranked table of colleagues: nobody's being over capacity, late, away or at capacity is shown."""
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == app_casework.lead).values(says_full=True))
    app = app_as(app_casework.on_case, "workload")
    assert [row["name"] for row in people(app)] == ["Vik"]
    assert "Con, Uma" in seen(app)
    assert "Lena" not in seen(app)
    assert "At capacity" not in seen(app)


def test_nothing_waits(app_casework: Casework, app_as: Run) -> None:
    assert "Every open case has a case lead." in seen(app_as(app_casework.lead, "workload"))


def test_a_case_is_offered_with_its_reasons(app_casework: Casework, app_as: Run) -> None:
    reference = add_waiting(app_casework)
    app = app_as(app_casework.lead, "workload")
    press_row(app, "Offer to Uma")
    assert field(app, "Reason").value == "0 of 8 points used; no known conflict."
    press(app, "Send offer")
    assert not app.exception
    assert offers(app_casework, reference) == [
        (
            app_casework.off_case,
            AssignmentRole.LEAD,
            AssignmentStatus.OFFERED,
            "0 of 8 points used; no known conflict.",
        )
    ]
    assert "Offered to Uma, not answered yet" in seen(app)
    assert offered(app) == []


def test_an_offer_needs_a_reason_and_keeps_the_form(app_casework: Casework, app_as: Run) -> None:
    reference = add_waiting(app_casework)
    app = app_as(app_casework.lead, "workload")
    press_row(app, "Offer to Uma")
    field(app, "Reason").input("  ")
    press(app, "Send offer")
    assert "Reason: please fill this in." in seen(app)
    assert "Not saved: 1 answer needed, marked above." in seen(app)
    assert offers(app_casework, reference) == []


def test_an_offer_refused_meanwhile_says_so(app_casework: Casework, app_as: Run) -> None:
    reference = add_waiting(app_casework)
    app = app_as(app_casework.lead, "workload")
    press_row(app, "Offer to Uma")
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == app_casework.off_case).values(says_full=True))
    press(app, "Send offer")
    assert "Uma is at capacity" in seen(app)
    assert offers(app_casework, reference) == []


def test_volunteers_see_what_waits_but_cannot_offer(app_casework: Casework, app_as: Run) -> None:
    reference = add_waiting(app_casework)
    app = app_as(app_casework.off_case, "workload")
    assert reference in seen(app)
    assert offered(app) == []


def test_a_barred_case_moves_nothing(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        add_affiliation(
            session,
            actor_id=app_casework.lead,
            volunteer_id=app_casework.in_conflict,
            organisation_id=app_casework.other_body,
            started_on=date(2020, 1, 1),
        )
    before = seen(app_as(app_casework.in_conflict, "workload"))
    reference = add_waiting(app_casework)
    after = seen(app_as(app_casework.in_conflict, "workload"))
    assert before == after
    assert reference not in after


def test_the_choice_of_whom_to_show_comes_from_the_address(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "workload", workload_show="Away or at capacity")
    assert "Nobody matches this filter." in seen(app)
    app = app_as(app_casework.lead, "workload", workload_show="With room")
    assert len(people(app)) == 4


def test_many_people_come_a_page_at_a_time(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        for n in range(30):
            make_volunteer(session, f"many{n}")
    assert len(people(app_as(app_casework.lead, "workload"))) == 30
    assert len(people(app_as(app_casework.lead, "workload", workload_page="2"))) == 4


def test_the_order_is_chosen_and_in_the_address(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "workload", workload_order="Name")
    assert [row["name"] for row in people(app)] == ["Con", "Lena", "Uma", "Vik"]
    app = app_as(app_casework.lead, "workload", workload_order="Most room first")
    assert people(app)[-1]["name"] == "Vik"


def test_every_stage_has_a_segment() -> None:
    assert [stage for stages in SEGMENTS.values() for stage in stages] == list(OPEN_STAGES)


def test_full_is_written_beside_the_name(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == app_casework.off_case).values(says_full=True))
    [uma] = [row for row in people(app_as(app_casework.lead, "workload")) if row["name"] == "Uma"]
    assert ["At capacity", "blue"] in uma["badges"]
