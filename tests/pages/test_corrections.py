"""Correcting a case on its page: what is wrong, what is right, and both versions once somebody else was first."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard.case import corrections
from dashboard.case.parts import FINDINGS, TEAM
from dashboard.case.tabs import MORE
from db import clock
from db.choices import Evidence
from db.commands.corrections import correct_summary
from db.commands.findings import add_finding
from db.models import Case, CaseIdentity, Correction, Finding, Recusal, Volunteer
from db.rules.quarters import quarter_of
from db.vault import vault_of
from tests.factories import Casework
from tests.pages.helpers import field, open_fold, open_tab, plain, press, seen

Run = Callable[..., AppTest]


def to_correct(app_as: Run, casework: Casework, what: str, who: str = "on_case") -> AppTest:
    app = app_as(getattr(casework, who), "case", ref=casework.reference)
    app.session_state[f"correct_what_{casework.reference}"] = what
    return open_fold(app, casework.reference, MORE)


def one(casework: Casework, model: type[Any]) -> Any:
    with casework.database.read() as session:
        return session.scalars(select(model).order_by(model.id.desc())).first()


def test_a_summary_is_put_right_and_its_history_says_so(app_casework: Casework, app_as: Run) -> None:
    app = to_correct(app_as, app_casework, corrections.SUMMARY)
    old = one(app_casework, Case).summary
    assert field(app, "Summary, without names").value == old
    field(app, "Summary, without names").input("Never excluded.")
    press(app, "Save correction")
    assert "Reason: please fill this in." in seen(app)
    field(app, "Why it is corrected").input("Misheard <script> $x^2$ :red[")
    press(app, "Save correction")
    assert not app.exception
    assert one(app_casework, Case).summary == "Never excluded."
    assert field(app, "Why it is corrected").value == ""
    assert f"Before: {old}" in plain(seen(app))
    open_tab(app, app_casework.reference, TEAM)
    assert f"corrected: Summary · reason given: Misheard <script> $x^2$ :red[ · before: {old}" in plain(seen(app))


def test_a_stale_summary_shows_both_versions_and_then_saves(app_casework: Casework, app_as: Run) -> None:
    app = to_correct(app_as, app_casework, corrections.SUMMARY)
    field(app, "Summary, without names").input("Mine.")
    field(app, "Why it is corrected").input("x")
    with app_casework.database.write() as session:
        case = session.scalars(select(Case)).one()
        right: dict[str, Any] = {"seen": case.summary, "summary": "Theirs.", "reason": "y"}
        correct_summary(session, actor_id=app_casework.lead, reference=case.reference, **right)
    press(app, "Save correction")
    assert "Lena changed this case" in seen(app)
    assert "just now:**\nTheirs.\n**Yours, not saved yet:**\nMine." in plain(seen(app))
    assert field(app, "Summary, without names").value == "Mine."
    press(app, "Save correction")
    assert one(app_casework, Case).summary == "Mine."


def test_a_new_number_is_kept_and_shown_nowhere(app_casework: Casework, app_as: Run) -> None:
    app = to_correct(app_as, app_casework, corrections.IDENTITY)
    field(app, "Safe contact").input("07700 900123")
    field(app, "Why it is corrected").input("New number 07700 900123")
    press(app, "Save correction")
    press(app, "Redact it and save")
    assert not app.exception
    with app_casework.database.read() as session:
        identity = vault_of(session).open(session.scalars(select(CaseIdentity.sealed)).one())
    assert (identity.contact, identity.name) == ("07700 900123", "Test Doctor")
    open_tab(app, app_casework.reference, TEAM)
    assert not app.exception
    assert "corrected: Safe contact" in plain(seen(app))
    assert "900123" not in plain(seen(app)).replace(" ", "")


def test_facts_are_put_right(app_casework: Casework, app_as: Run) -> None:
    app = to_correct(app_as, app_casework, corrections.FACTS)
    field(app, "Grade").select("fy1")
    field(app, "Why it is corrected").input("Misread")
    press(app, "Save correction")
    assert not app.exception
    assert (one(app_casework, Case).grade, one(app_casework, Correction).was) == ("fy1", "Consultant")
    with app_casework.database.read() as session:
        assert [row.what for row in session.scalars(select(Correction))] == ["grade"], "the time stays to the second"


def test_an_organisation_is_put_right_from_the_list(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.get_one(Volunteer, app_casework.in_conflict).password_hash = "x"
    app = to_correct(app_as, app_casework, corrections.BODY, "lead")
    field(app, "Search for the organisation").input("EX002").run()
    field(app, "Organisation").select(app_casework.other_body)
    field(app, "Why it is corrected").input("The other trust")
    press(app, "Save correction")
    assert not app.exception
    assert one(app_casework, Case).organisation_id == app_casework.other_body
    assert one(app_casework, Recusal).volunteer_id == app_casework.in_conflict
    open_tab(app, app_casework.reference, TEAM)
    assert "Let in somebody barred before a correction" in [box.label for box in app.expander]


def test_an_organisation_that_is_not_listed_is_typed(app_casework: Casework, app_as: Run) -> None:
    app = to_correct(app_as, app_casework, corrections.BODY)
    app.session_state[f"correct_body_way_{app_casework.reference}"] = "It is not on the list"
    app.run()
    field(app, "Organisation").input("Example Walk-in, Sampleton")
    field(app, "Why it is corrected").input("x")
    press(app, "Save correction")
    assert "say whether you work" in seen(app)
    field(app, "Do you work there").set_value("No")
    press(app, "Save correction")
    assert not app.exception
    case = one(app_casework, Case)
    assert (case.organisation_id, case.body_text) == (None, "Example Walk-in, Sampleton")


@pytest.mark.parametrize("way", ["Who runs it", "What kind of process it is"])
def test_a_process_is_put_right(app_casework: Casework, app_as: Run, way: str) -> None:
    app = to_correct(app_as, app_casework, corrections.PROCESS)
    app.session_state[f"correct_process_way_{app_casework.reference}"] = way
    app.run()
    if way == "Who runs it":
        field(app, "Organisation that runs it").select(0)
    else:
        field(app, "What it is").select("GMC").run()
    field(app, "Why it is corrected").input("x")
    press(app, "Save correction")
    assert not app.exception
    assert one(app_casework, Correction).what == ("process_body" if way == "Who runs it" else "process")


def test_a_finding_is_put_right_and_then_withdrawn(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        coded: dict[str, Any] = {"code": "P04", "evidence": Evidence.REPORTED, "case_process_id": None, "note": "Late"}
        where: dict[str, Any] = {"reference": app_casework.reference, "quarter": quarter_of(clock.today())}
        add_finding(session, actor_id=app_casework.on_case, **where, **coded)
    app = to_correct(app_as, app_casework, corrections.FINDING)
    field(app, "Evidence").select(Evidence.DOCUMENTED)
    field(app, "Why it is corrected").input("The letter came")
    press(app, "Save correction")
    assert not app.exception
    assert one(app_casework, Finding).evidence is Evidence.DOCUMENTED
    app.session_state[f"correct_finding_way_{app_casework.reference}"] = "Withdraw it: coded by mistake"
    app.run()
    field(app, "Why it is withdrawn").input("It was another case")
    press(app, "Withdraw finding")
    assert one(app_casework, Finding) is None
    open_tab(app, app_casework.reference, FINDINGS)
    words = plain(seen(app))
    assert "corrected by Vik" in words or "withdrawn by Vik" in words
    assert "The letter came" in words
    assert "It was another case" in words


def test_nobody_else_is_offered_a_correction(app_casework: Casework, app_as: Run) -> None:
    for who in ("off_case", "in_conflict"):  # To an observer there is no such page.
        app = app_as(getattr(app_casework, who), "case", ref=app_casework.reference)
        assert MORE not in [box.label for box in app.expander]
