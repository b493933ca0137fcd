"""Intake: refused without consent, likely duplicates shown, saved once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from dashboard.case.intake import UNLISTED
from db import clock
from db.choices import AuditAction, YesNo
from db.models import AccessLog, Case, CaseIdentity, Deadline
from tests.db.helpers import rows
from tests.factories import INTAKE, Casework
from tests.pages.helpers import field, open_folds, plain, press, seen

Run = Callable[..., AppTest]
DATES, SAFE = "Dates the doctor mentioned", "Safe channel and safe times"


def filled(app: AppTest, work: Casework, contact: str = "new.doctor@example.org") -> AppTest:
    field(app, "Is the doctor").set_value(YesNo.NO)
    field(app, "Safe contact").input(contact)
    field(app, "Search for the employer").input("Example Acute Trust EX002").run()
    field(app, "Organisation").select(work.other_body).run()
    field(app, "Doctor’s name").input("New Doctor")
    field(app, "Summary").input("A complaint was escalated at once.")
    field(app, "Grade").select("consultant")
    field(app, "Specialty group").select("medicine")
    field(app, "The doctor has been given the privacy notice").check()
    return app


def count(work: Casework) -> int:
    with work.database.read() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def test_crisis_contacts_are_in_view_first(app_casework: Casework, app_as: Run) -> None:
    text = seen(app_as(app_casework.on_case, "new_case"))
    assert "116 123" in text
    assert "0808 808 8000** Lifeline (Northern Ireland), any hour. :gray[checked 29 Nov 2026]" in text
    assert "not checked yet: confirm before use" in text


def test_nothing_is_held_without_consent_and_nothing_typed_is_lost(app_casework: Casework, app_as: Run) -> None:
    app = filled(app_as(app_casework.on_case, "new_case"), app_casework)
    press(app, "Open the case")
    assert "we can’t keep a record without it" in seen(app)
    assert field(app, "Doctor’s name").value == "New Doctor"
    assert count(app_casework) == 1


def test_case_opens_and_its_page_follows(app_casework: Casework, app_as: Run) -> None:
    app = filled(app_as(app_casework.on_case, "new_case"), app_casework)
    field(app, "The doctor consents").check()
    press(app, "Open the case")
    assert not app.exception
    assert count(app_casework) == 2
    with app_casework.database.read() as session:
        newest = session.scalars(select(Case.reference).order_by(Case.id.desc())).first()
    assert newest is not None
    assert "New Doctor" not in seen(app)


def test_same_contact_shows_the_likely_duplicate(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "new_case")
    field(app, "Safe contact").input(INTAKE.contact.upper()).run()
    assert app_casework.reference in seen(app)


def test_barred_person_is_shown_no_duplicate(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.in_conflict, "new_case")
    field(app, "Safe contact").input(INTAKE.contact).run()
    assert app_casework.reference not in seen(app)


@pytest.mark.parametrize("who", ["off_case", "in_conflict"])
def test_nobody_is_told_of_a_case_they_may_not_read(app_casework: Casework, app_as: Run, who: str) -> None:
    """Not by the contact, and not by the body and the process of a card that they do see."""
    app = app_as(getattr(app_casework, who), "new_case")
    field(app, "Safe contact").input(INTAKE.contact).run()
    field(app, "What is the doctor facing?").select("MHPS").run()
    assert "We may already have this case" not in seen(app)
    assert app_casework.reference not in seen(app)


def test_one_look_is_logged_for_what_is_typed_and_none_for_redrawing(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.lead, "new_case")
    assert searches(app_casework) == []
    field(app, "Safe contact").input(INTAKE.contact).run()
    app.run()
    assert [(row.actor_id, row.reason, row.case_id) for row in searches(app_casework)] == [
        (app_casework.lead, None, None)
    ]
    field(app, "Safe contact").input("another@example.org").run()
    assert len(searches(app_casework)) == 2


def searches(app_casework: Casework) -> list[AccessLog]:
    return rows(app_casework.database, AccessLog, action=AuditAction.SEARCH)


def test_days_told_show_what_they_become_and_are_deadlines_once_saved(app_casework: Casework, app_as: Run) -> None:
    excluded = clock.today() - timedelta(days=4)
    app = filled(app_as(app_casework.on_case, "new_case"), app_casework)
    open_folds(app, DATES)
    field(app, "The doctor consents").check()
    field(app, "What is the doctor facing?").set_value(["MHPS"]).run()
    field(app, "Date 1: what happened, or will").select("EXCLUDED")
    field(app, "Date 1: the day").set_value(excluded).run()
    due = excluded + timedelta(weeks=2)
    assert f"Immediate exclusion: longest period: **{due:%-d %b %Y}** (in 10 days; theirs)" in plain(seen(app))
    press(app, "Open the case")
    with app_casework.database.read() as session:
        found = {row.rule: row.due_on for row in session.scalars(select(Deadline).where(Deadline.case_id != 1))}
    assert found["MHPS-EXCL-IMMEDIATE-2W"] == due
    assert "Immediate exclusion: longest period" in plain(seen(app))


def test_half_a_line_is_refused_and_kept(app_casework: Casework, app_as: Run) -> None:
    app = filled(app_as(app_casework.on_case, "new_case"), app_casework)
    open_folds(app, DATES)
    field(app, "The doctor consents").check()
    field(app, "Date 1: what happened, or will").select("MEETING").run()
    press(app, "Open the case")
    assert "choose the day, or leave the whole line empty" in seen(app)
    assert field(app, "Date 1: what happened, or will").value == "MEETING"
    assert count(app_casework) == 1


def test_what_waits_in_a_fold_is_in_view_and_is_saved(app_casework: Casework, app_as: Run) -> None:
    before = app_as(app_casework.on_case, "new_case")
    open_folds(before, SAFE)
    field(before, "Safe times").input("After seven").run()
    app = filled(app_as(app_casework.on_case, "new_case"), app_casework)
    assert field(app, "Safe times").value == "After seven"
    [fold] = [fold for fold in app.expander if fold.label.startswith(SAFE)]
    assert fold.proto.expanded
    field(app, "The doctor consents").check()
    press(app, "Open the case")
    with app_casework.database.read() as session:
        identity = session.scalars(select(CaseIdentity).order_by(CaseIdentity.case_id.desc())).first()
    assert identity is not None
    assert app_casework.database.vault.open(identity.sealed).safe_times == "After seven"


def test_a_refusal_opens_the_fold_it_is_about(app_casework: Casework, app_as: Run) -> None:
    app = open_folds(filled(app_as(app_casework.on_case, "new_case"), app_casework), DATES)
    field(app, "The doctor consents").check()
    field(app, "Date 1: what happened, or will").select("MEETING").run()
    [fold] = [fold for fold in app.expander if fold.label.startswith(DATES)]
    key = fold.proto.id.split("-", 2)[-1]
    app.session_state[key] = False
    press(app, "Open the case")
    assert app.session_state[key] is True
    assert "choose the day, or leave the whole line empty" in seen(app)
    # It may be closed again, and stays so.
    app.session_state[key] = False
    app.run()
    assert app.session_state[key] is False


def test_an_organisation_that_is_not_listed_is_asked_about_once_it_is_said_to_be(
    app_casework: Casework, app_as: Run
) -> None:
    app = press(app_as(app_casework.on_case, "new_case"), "Open the case")
    assert "Organisation: choose from the list, or type its name" in seen(app)
    assert "Kind of organisation" not in seen(app)
    field(app, "Organisation").select(UNLISTED).run()
    press(app, "Open the case")
    assert field(app, "Organisation, if not listed").value == ""
    assert "Kind of organisation: choose from the list" in seen(app)
    assert "Region: choose from the list" in seen(app)
