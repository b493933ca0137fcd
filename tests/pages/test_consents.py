"""Consents on the case page: asked of one organisation at a time, and obeyed where something is done."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import TEAM
from db.choices import Approached, ConsentPurpose, EntryKind
from db.models import Entry
from tests.factories import AGREED, Casework, agree
from tests.pages.helpers import field, open_fold, open_tab, press, seen

Run = Callable[..., AppTest]
CONTACT = ConsentPurpose.CONTACT


def consent_form(app: AppTest, work: Casework, purpose: ConsentPurpose, says: str = "Yes") -> AppTest:
    open_tab(app, work.reference, TEAM, "Record a consent")
    field(app, "Purpose").select(purpose).run()
    field(app, "The doctor says").select(says).run()
    return app


def letters(work: Casework) -> list[str]:
    with work.database.read() as session:
        return list(session.scalars(select(Entry.text).where(Entry.kind == EntryKind.ADVOCACY)))


def write_to_the_gmc(app: AppTest, work: Casework) -> AppTest:
    open_fold(app, work.reference, "Add an entry")
    field(app, "Kind of entry").set_value(EntryKind.ADVOCACY).run()
    field(app, "What was done").select("letter_gmc").run()
    field(app, "What happened").input("Letter sent today").run()
    return app


def test_a_letter_waits_for_the_doctors_consent_and_keeps_its_words(app_casework: Casework, app_as: Run) -> None:
    app = write_to_the_gmc(app_as(app_casework.on_case, "case", ref=app_casework.reference), app_casework)
    assert "The doctor has not been asked: contact the GMC." in seen(app)
    press(app, "Add entry")
    assert letters(app_casework) == []
    assert field(app, "What happened").value == "Letter sent today"

    consent_form(app, app_casework, CONTACT)
    field(app, "Whom").select(Approached.GMC).run()
    press(app, "Record consent")
    assert not app.exception
    assert "**Yes:** this record, second volunteer, weekly meeting, contact with the GMC" in seen(app)
    press(app, "Add entry")
    assert letters(app_casework) == ["Letter sent today"]


def test_contact_without_saying_whom_is_refused_by_its_field(app_casework: Casework, app_as: Run) -> None:
    app = consent_form(app_as(app_casework.on_case, "case", ref=app_casework.reference), app_casework, CONTACT)
    press(app, "Record consent")
    assert "Whom: choose which organisation the doctor was asked about." in seen(app)


def test_the_older_answer_is_to_be_asked_again(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        agree(session, app_casework.reference, CONTACT)
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    assert "**Ask again:** contact with organisations, without saying which" in seen(app)


@pytest.mark.parametrize("purpose", AGREED)
def test_a_no_is_said_beside_the_case(app_casework: Casework, app_as: Run, purpose: ConsentPurpose) -> None:
    app = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    consent_form(app, app_casework, purpose, says="No, or withdraws it")
    press(app, "Record consent")
    short = {ConsentPurpose.SECOND: "second volunteer", ConsentPurpose.MEETING: "weekly meeting"}[purpose]
    assert f"**No:** {short}" in seen(app)
