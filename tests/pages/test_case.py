"""The case page: who sees what, and the forms on it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import ACTIONS, TEAM
from db import clock
from db.choices import Contact, EntryKind, Stage
from db.commands.entries import add_entry
from db.commands.flags import raise_flag
from db.commands.update_status import update_status
from db.models import AccessLog, Case, Entry
from db.rules.safety import SECOND_PERSON
from tests.factories import Casework, make_case
from tests.pages.helpers import field, open_fold, open_tab, plain, press, seen

IDENTITY = "Who the doctor is, and how to reach them safely"
TITLE = "Consultant, medicine · Example Acute Trust EX001"
SECRET = "Excluded after raising a concern"
Run = Callable[..., AppTest]


@pytest.mark.parametrize("who", ["lead", "on_case"])
def test_team_and_leads_read_the_case_in_full(app_casework: Casework, app_as: Run, who: str) -> None:
    app = app_as(getattr(app_casework, who), "case", ref=app_casework.reference)
    assert not app.exception
    # A lead's has a link to the organisation's page.
    assert app.title[0].value.replace("[", "").replace("](/organisation?code=EX001)", "") == TITLE
    assert ("](/organisation" in app.title[0].value) is (who == "lead")
    assert SECRET in plain(seen(app))


def test_other_volunteer_sees_the_card_only(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.off_case, "case", ref=app_casework.reference)
    assert app.title[0].value == app_casework.reference
    assert SECRET not in plain(seen(app))
    assert "Example Acute Trust" not in plain(seen(app))
    assert not app.text_area


def test_barred_lead_sees_what_an_unknown_reference_shows(app_casework: Casework, app_as: Run) -> None:
    barred = app_as(app_casework.in_conflict, "case", ref=app_casework.reference)
    unknown = app_as(app_casework.in_conflict, "case", ref="LNB-222222")
    assert seen(barred) == seen(unknown)
    assert "Not found" in seen(barred)


def test_opening_a_case_is_logged_once(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    app.run()
    with app_casework.database.read() as session:
        rows = session.scalars(select(AccessLog.actor_id)).all()
    assert rows == [app_casework.on_case]


def test_update_is_saved_and_the_form_comes_back_empty(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference, do="update")
    field(app, "Contact with the doctor").set_value(Contact.REACHED)
    field(app, "What changed").input("The hearing was postponed.")
    field(app, "Next action").input("Ask for the new date")
    press(app, "Save update")
    assert not app.exception
    assert field(app, "What changed").value == ""
    assert "The hearing was postponed." in plain(seen(app))
    with app_casework.database.read() as session:
        assert session.scalar(select(Case.update_at)) is not None
        assert len(session.scalars(select(Entry.id).where(Entry.kind == EntryKind.UPDATE)).all()) == 1


def test_refused_update_keeps_what_was_typed_and_says_where(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference, do="update")
    field(app, "What changed").input("Kept words")
    field(app, "Next action").input("   ")
    press(app, "Save update")
    assert "What happens next?" in seen(app)
    assert field(app, "What changed").value == "Kept words"
    with app_casework.database.read() as session:
        assert not session.scalars(select(Entry.id).where(Entry.kind == EntryKind.UPDATE)).all()


def test_stale_update_shows_both_versions_then_saves(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = app_as(work.on_case, "case", ref=work.reference, do="update")
    with work.database.read() as session:
        version = session.scalar(select(Case.version))
    assert version
    with work.database.write() as session:
        update_status(
            session,
            actor_id=work.lead,
            reference=work.reference,
            seen_version=version,
            what_changed="Theirs",
            contact=Contact.REACHED,
            wellbeing=field(app, "The doctor’s wellbeing").value,
            next_action="Their action",
            action_owner_id=work.lead,
            action_due_on=clock.today() + timedelta(days=3),
        )
    field(app, "What changed").input("Mine")
    press(app, "Save update")
    said = plain(seen(app))
    assert "changed this case at" in said
    assert "Theirs" in said
    assert "Mine" in said
    press(app, "Save update")
    with work.database.read() as session:
        texts = session.scalars(select(Entry.text).where(Entry.kind == EntryKind.UPDATE).order_by(Entry.id)).all()
    assert texts == ["Theirs", "Mine"]


def test_what_was_typed_for_one_case_never_shows_on_another(app_casework: Casework, app_as: Run) -> None:
    from tests.factories import make_case

    work = app_casework
    with work.database.write() as session:
        other = make_case(session, actor_id=work.lead, body=work.other_body, contact="second@example.org")
    app = app_as(work.lead, "case", ref=work.reference, do="update")
    field(app, "What changed").input("Only for the first case").run()
    app.query_params["ref"] = other
    app.run()
    assert other in seen(app)
    assert field(app, "What changed").value == ""


def test_entry_text_is_shown_as_typed(app_casework: Casework, app_as: Run) -> None:
    hostile = "<script>alert(1)</script> **bold** $x^2$ [link](https://example.org) :red[x] =1+1"
    with app_casework.database.write() as session:
        add_entry(
            session, actor_id=app_casework.on_case, reference=app_casework.reference, kind=EntryKind.NOTE, text=hostile
        )
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    shown = next(m.value for m in app.markdown if "alert" in m.value)
    assert "\\<script\\>" in shown
    assert "\\[link\\]\\(" in shown
    assert "\\$x" in shown


def test_identity_opens_with_a_reason_and_is_logged(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    open_fold(app, app_casework.reference, IDENTITY)
    assert "test.doctor" not in plain(seen(app))
    press(app, "Open identity")
    assert "please fill this in" in seen(app)
    field(app, "Reason for opening it").input("To call back")
    press(app, "Open identity")
    assert "test.doctor@example.org" in plain(seen(app))
    app.run()
    assert "test.doctor" not in plain(seen(app))
    with app_casework.database.read() as session:
        reasons = session.scalars(select(AccessLog.reason).where(AccessLog.reason.is_not(None))).all()
    assert reasons == ["To call back"]


def test_recusing_oneself_ends_the_view_at_once(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    open_tab(app, app_casework.reference, TEAM)
    field(app, "Reason, for leads (optional)").input("A friend works there")
    press(app, "Step back (conflict)")
    again = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    assert "Not found" in seen(again)
    lead = open_tab(app_as(app_casework.lead, "case", ref=app_casework.reference), app_casework.reference, TEAM)
    assert "“A friend works there”" in plain(seen(lead))


def test_a_patients_number_is_redacted_with_one_press(app_casework: Casework, app_as: Run) -> None:
    app = patient_told_of(app_casework, app_as)
    press(app, "Redact it and save")
    assert updates(app_casework) == ["Patient [redacted: NHS number] waited"]
    assert field(app, "What changed").value == ""


def test_it_stays_for_a_reason_only_and_that_is_logged(app_casework: Casework, app_as: Run) -> None:
    app = patient_told_of(app_casework, app_as)
    press(app, "Keep it and save")
    assert updates(app_casework) == []
    field(app, "Or why it must stay").input("The tribunal’s own reference")
    press(app, "Keep it and save")
    assert updates(app_casework) == ["Patient 999 123 4519 waited"]
    with app_casework.database.read() as session:
        reasons = session.scalars(select(AccessLog.reason).where(AccessLog.reason.is_not(None))).all()
    assert reasons == ["NHS number: The tribunal’s own reference"]


def patient_told_of(work: Casework, app_as: Run) -> AppTest:
    """The update form after a first press: nothing is saved, all that was typed is there, and the two ways on."""
    app = app_as(work.on_case, "case", ref=work.reference, do="update")
    field(app, "What changed").input("Patient 999 123 4519 waited")
    field(app, "Next action").input("Ask for the rota")
    press(app, "Save update")
    assert updates(work) == []
    assert "This looks like it includes an NHS number" in seen(app)
    assert field(app, "What changed").value == "Patient 999 123 4519 waited"
    return app


def updates(work: Casework) -> list[str]:
    with work.database.read() as session:
        return list(session.scalars(select(Entry.text).where(Entry.kind == EntryKind.UPDATE)))


def test_a_case_that_has_ended_offers_no_update_that_would_be_refused(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    with work.database.write() as session:
        session.execute(update(Case).values(stage=Stage.DECLINED, lead_id=None, closed_on=clock.today()))
    app = app_as(work.lead, "case", ref=work.reference, do="update")
    assert not app.exception
    assert "This case has ended" in seen(app)
    assert "nobody yet" not in seen(app)
    assert "Save update" not in [button.label for button in app.button]


def test_why_a_flag_was_raised_is_on_the_page(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    with work.database.write() as session:
        raise_flag(
            session,
            actor_id=work.on_case,
            reference=work.reference,
            code="CRISIS",
            why="Said so on the phone",
            review_on=clock.today(),
        )
    app = app_as(work.on_case, "case", ref=work.reference)
    assert "Said so on the phone" in seen(app)


def test_a_crisis_is_cleared_by_a_lead_who_says_who_spoke_to_the_doctor(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    app = open_tab(app_as(work.on_case, "case", ref=work.reference), work.reference, ACTIONS)
    field(app, "Raise a flag").set_value("CRISIS")
    app.run()
    assert "Every lead who may see this case is told at once" in seen(app)
    assert "116 123" in seen(app)
    assert "0808 808 8000" not in seen(app), "another nation's"
    field(app, "Why").input("Said so on the phone")
    press(app, "Raise flag")
    assert not app.exception
    open_tab(app, work.reference, ACTIONS)
    field(app, "Clear a flag").set_value("CRISIS")
    app.run()
    assert SECOND_PERSON in seen(app)
    assert "Clear flag" not in [button.label for button in app.button]
    app = open_tab(app_as(work.lead, "case", ref=work.reference), work.reference, ACTIONS)
    field(app, "Clear a flag").set_value("CRISIS")
    app.run()
    field(app, "Why it no longer applies").input("Safe, with family")
    press(app, "Clear flag")
    assert "Who spoke to the doctor: please fill this in." in seen(app)
    field(app, "Who spoke to the doctor").input("Vik")
    field(app, "When").set_value(clock.today())
    press(app, "Clear flag")
    assert not app.exception
    assert "Flag cleared: Crisis. Vik spoke to the doctor on" in plain(seen(app))


def test_a_case_ends_over_a_crisis_only_once_the_doctor_is_told(app_casework: Casework, app_as: Run) -> None:
    work = app_casework
    with work.database.write() as session:
        raise_flag(
            session,
            actor_id=work.on_case,
            reference=work.reference,
            code="CRISIS",
            why="Said so",
            review_on=clock.today(),
        )
        session.execute(update(Case).values(stage=Stage.TRIAGE))
    app = app_as(work.lead, "case", ref=work.reference, do="update")
    field(app, "Stage").set_value("declined")
    app.run()
    assert "This case would end over a crisis. Tell the doctor first." in seen(app)
    field(app, "Reason").set_value("out_of_scope")
    field(app, "Where we referred the doctor").input("The BMA")
    field(app, "Doctor told on").set_value(clock.today())
    press(app, "Save update")
    assert "What the doctor was told: please fill this in." in seen(app)
    field(app, "What the doctor was told").input("Rang her; her sister is there")
    press(app, "Save update")
    assert not app.exception
    assert "What the doctor was told:] Rang her; her sister is there" in plain(seen(app))


def test_what_one_saved_oneself_meanwhile_makes_no_other_form_of_the_case_stale(
    app_casework: Casework, app_as: Run
) -> None:
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference, do="update")
    open_tab(app, app_casework.reference, ACTIONS)
    field(app, "Raise a flag").set_value("MEDIA")
    field(app, "Why").input("They rang")
    press(app, "Raise flag")
    field(app, "What changed").input("Spoke to the doctor")
    field(app, "Next action").input("Ring again")
    press(app, "Save update")
    assert updates(app_casework) == ["Spoke to the doctor"]


def test_cases_are_linked_and_only_readers_of_both_see_it(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        other = make_case(session, actor_id=app_casework.lead, body=app_casework.other_body, contact="o@example.org")
    app = open_tab(app_as(app_casework.lead, "case", ref=app_casework.reference), app_casework.reference, TEAM)
    app = open_fold(app, app_casework.reference, "Link with another case")
    field(app, "Reference of the other case").input("LNB-222222")
    field(app, "How they belong together").select("same_event")
    press(app, "Link the cases")
    assert "Not found" in seen(app)
    field(app, "Reference of the other case").input(other)
    press(app, "Link the cases")
    assert "Same event" in seen(app)
    assert other in seen(app)
    press(app, "End link")
    assert other not in seen(app)
    reader = open_tab(app_as(app_casework.on_case, "case", ref=app_casework.reference), app_casework.reference, TEAM)
    assert other not in seen(reader)
