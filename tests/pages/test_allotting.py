"""Moves, contacts, debriefs, caps and cover, pressed on their pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import TEAM
from db import clock
from db.choices import AssignmentRole, AssignmentStatus
from db.commands.leave import add_leave
from db.models import Assignment, Caps, Case, Debrief, Leave
from db.rules.allotting import DebriefKind, DebriefOutcome
from tests.factories import Casework, give_place, make_case
from tests.pages.helpers import buttons_of, field, open_part, open_tab, press, press_row, rows_of, seen, unfold

Run = Callable[..., AppTest]
TODAY = clock.today()


def first(work: Casework, model: type[Any], **where: Any) -> Any:
    with work.database.read() as session:
        return session.scalars(select(model).filter_by(**where)).first()


def overloaded(work: Casework) -> str:
    with work.database.write() as session:
        reference = make_case(session, actor_id=work.lead, body=work.other_body, contact="more@example.org")
        give_place(session, lead=work.lead, volunteer=work.on_case, reference=reference)
        session.execute(update(Case).where(Case.reference == reference).values(points_override=8))
    return reference


def test_a_move_is_offered_with_its_reason_and_a_note(app_casework: Casework, app_as: Run) -> None:
    overloaded(app_casework)
    app = app_as(app_casework.lead, "workload")
    assert (
        "**Vik** is over capacity. **1 move** would bring everybody within capacity; fewer would not be enough."
        in seen(app)
    )
    assert "less than a month with Vik, no contact with the doctor yet" in seen(app)
    [offer] = [button["w"] for row in rows_of(app, "lnb.case_list") for button in buttons_of(row)]
    press_row(app, offer)
    press(app, "Send offer")
    assert "Handover note: please fill this in." in seen(app)
    field(app, "Handover note").input("Papers in order")
    press(app, "Send offer")
    assert not app.exception
    assert "Vik keeps it until" in seen(app)
    assert first(app_casework, Assignment, status=AssignmentStatus.OFFERED).role is AssignmentRole.LEAD


def test_volunteers_are_shown_no_moves(app_casework: Casework, app_as: Run) -> None:
    overloaded(app_casework)
    assert "To even out the workload" not in seen(app_as(app_casework.on_case, "workload"))


def test_a_doctor_with_nobody_gets_a_contact(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        reference = make_case(
            session, actor_id=app_casework.lead, body=app_casework.other_body, contact="n@example.org"
        )
    app = app_as(app_casework.lead, "workload")
    assert "The doctor has no interim contact" in seen(app)
    press_row(app, "Be the interim contact", about=reference)
    assert "Example Acute Trust" not in seen(app)
    press(app, "Show the organisation")
    assert "Example Acute Trust" in seen(app), "whom it is about is shown before the answer"
    press(app, "Be the interim contact")
    assert "Say whether you have or had a link to this organisation." in seen(app)
    field(app, "Do you work there").set_value("No, I never worked there and have no link")
    press(app, "Be the interim contact")
    assert "Interim contact: Lena" in seen(app)


def test_a_debrief_stands_on_ones_home_until_it_is_recorded(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.add(Debrief(case_id=1, volunteer_id=app_casework.on_case, kind=DebriefKind.HEARING, happened_on=TODAY))
    app = app_as(app_casework.on_case)
    assert "**Debrief** after the hearing on" in seen(app)
    field(app, "I’m ready for demanding cases again").check()
    press(app, "We talked")
    assert not app.exception
    assert "**Debrief**" not in seen(app)
    row = first(app_casework, Debrief)
    assert (row.outcome, row.ready) == (DebriefOutcome.HELD, True)


def test_leads_see_whose_debrief_is_owed_and_may_record_it(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.add(Debrief(case_id=1, volunteer_id=app_casework.on_case, kind=DebriefKind.DEATH, happened_on=TODAY))
    barred = app_as(app_casework.in_conflict)
    assert not [expander for expander in barred.expander if "debrief" in expander.label]
    app = unfold(app_as(app_casework.lead), "debriefs")
    assert "**Vik** after a death" in seen(app)
    press(app, "No thanks")
    assert first(app_casework, Debrief).outcome is DebriefOutcome.DECLINED


def test_whoever_cannot_cover_says_so_in_one_press(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        days = {"starts_on": TODAY, "ends_on": TODAY}
        session.add(Leave(volunteer_id=app_casework.on_case, cover_id=app_casework.off_case, **days))
    assert "I can’t cover" not in [button.label for button in app_as(app_casework.on_case).button]
    app = press(app_as(app_casework.off_case), "I can’t cover")
    assert "You cover for" not in seen(app)
    assert first(app_casework, Leave).cover_id is None
    assert "nobody covers" in seen(app_as(app_casework.lead))


def test_leave_is_added_with_a_cover_who_then_has_the_case(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "account")
    field(app, "Who covers").select(app_casework.off_case)
    press(app, "Add leave")
    assert not app.exception
    assert "Uma covers" in seen(app)
    assert "You are covering for Vik" not in seen(app_as(app_casework.off_case, "my_cases"))
    home = press(app_as(app_casework.off_case), "Show the organisation")
    assert "Example Acute Trust EX001" in seen(home)
    field(home, "Do you work there").set_value("No, I never worked there and have no link")
    press(home, "Save answer")
    assert not home.exception
    mine = seen(app_as(app_casework.off_case, "my_cases"))
    assert "You are covering for Vik" in mine
    assert app_casework.reference in mine
    assert "You cover for **Vik** now" in seen(app_as(app_casework.off_case))
    field(app, "Cover").select(app_casework.lead)
    press(app, "Change cover")
    assert first(app_casework, Leave).cover_id == app_casework.lead


def test_leads_see_who_is_away_and_that_nobody_stands_in(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        add_leave(
            session,
            actor_id=app_casework.lead,
            volunteer_id=app_casework.on_case,
            starts_on=TODAY,
            ends_on=TODAY + timedelta(days=3),
        )
    assert "Vik is away until" in seen(app_as(app_casework.lead))
    assert "nobody covers · case lead of 1 case, **1 not covered**" in seen(app_as(app_casework.lead, "people"))
    assert "Vik is away until" not in seen(app_as(app_casework.in_conflict))


def test_a_lead_sets_what_somebody_may_carry(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "people")
    app.selectbox(key="people_person").select(app_casework.off_case).run()
    open_part(app, "people", "Caseload limit")
    field(app, "Most active cases").set_value(5)
    press(app, "Save caseload limit")
    assert "Reason: please fill this in." in seen(app)
    field(app, "Reason").input("Has time until spring")
    press(app, "Save caseload limit")
    assert not app.exception
    row = first(app_casework, Caps)
    assert (row.most_active_cases, row.most_points, row.reason) == (5, None, "Has time until spring")


def test_a_case_is_offered_on_from_its_own_page(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "case", ref=app_casework.reference)
    open_tab(app, app_casework.reference, TEAM)
    form = "offer_on_"
    next(box for box in app.selectbox if str(box.key).startswith(form)).select(app_casework.off_case)
    next(box for box in app.text_input if str(box.key).startswith(form)).input("Knows MHPS")
    next(box for box in app.text_area if str(box.key).startswith(form)).input("Reply due Friday")
    press(app, "Offer the handover")
    assert not app.exception
    assert first(app_casework, Assignment, status=AssignmentStatus.OFFERED) is not None


def test_who_takes_a_case_down_is_told_that_they_are_the_contact(app_casework: Casework, app_as: Run) -> None:
    assert "You are the interim contact until a case lead accepts" in seen(app_as(app_casework.off_case, "new_case"))
    app = app_as(app_casework.lead, "new_case")
    assert field(app, "I’m the interim contact").value is True
