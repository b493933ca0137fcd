"""The heatmap page: exact numbers for leads, logged; for everybody else a signed release; and how one is let out."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from dashboard.ui import password_again
from db import clock
from db.choices import AuditAction, ConsentPurpose, Dimension, Evidence, Measure
from db.commands.consents import record_consent
from db.commands.facts import record_fact
from db.commands.findings import add_finding
from db.engine import Database
from db.imports.published import import_staff_survey
from db.models import AccessLog, Finding, Release, SignInSession
from db.rules.facts import FactKind, SaidFact
from db.rules.quarters import quarter_before, quarter_of
from tests.db.heatmap_record import LONG_AGO
from tests.db.helpers import last, rows, run
from tests.db.imports.test_published import survey
from tests.db.releases import compute_release, sign_release_of
from tests.factories import Casework
from tests.pages.helpers import field, is_component, open_folds, plain, press, seen

LAST = quarter_before(quarter_of(clock.today()))
WORDS = f"{LAST[:4]} {LAST[4:]}"
LABELS = {measure.value: measure.label for measure in Measure}
NOT_YET = "No numbers have been released yet"


@pytest.fixture
def found(app_casework: Casework) -> Casework:
    with app_casework.database.write() as session:
        for code in ("P04", "U06"):
            add_finding(
                session,
                actor_id=app_casework.lead,
                reference=app_casework.reference,
                code=code,
                evidence=Evidence.REPORTED,
                case_process_id=None,
                quarter="2024Q2",
                note="",
            )
        session.execute(update(Finding).values(coded_at=LONG_AGO))
    return app_casework


@pytest.fixture
def released(found: Casework) -> Casework:
    sign_release_of(found, LAST)
    return found


def told(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.warning, *app.caption))


def tables(app: AppTest) -> list[dict[str, Any]]:
    """What the browser is given for each table of numbers, the one that goes with the chart first."""
    drawn = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in drawn if is_component(proto, "lnb.number_table")]


def shown(app: AppTest, finding: str, *, nth: int = 0) -> list[str]:
    """A line of a table."""
    table = tables(app)[nth]
    lines = zip(table["rows"], table["cells"], strict=True)
    return [number for (_, name), line in lines if name == finding for number in line]


@pytest.mark.parametrize("who", ["lead", "in_conflict"])
def test_without_findings_it_says_so(app_casework: Casework, app_as: Callable[..., AppTest], who: str) -> None:
    app = app_as(getattr(app_casework, who), "heatmap")
    assert not app.exception
    assert "No findings to show" in told(app)


def test_a_lead_sees_exact_numbers_marked_and_logged_once(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.lead, "heatmap")
    app.run()
    assert "Not for sharing" in told(app)
    assert shown(app, "P04 Delay") == ["1", "1"]
    with found.database.read() as session:
        logged = session.scalars(select(AccessLog.actor_id).where(AccessLog.action == AuditAction.RAW_HEATMAP)).all()
    assert logged == [found.lead]


def test_a_lead_is_told_how_many_are_in_no_release(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.lead, "heatmap")
    assert "Use in counts" not in told(app)
    with found.database.write() as session:
        record_consent(
            session, actor_id=found.lead, reference=found.reference, purpose=ConsentPurpose.COUNTS, given=False
        )
    assert "**1** of these doctors said no to “Use in counts” and is in no release." in told(app.run())


def test_behind_the_wall_there_is_nothing(found: Casework, app_as: Callable[..., AppTest]) -> None:
    assert "No findings to show" in told(app_as(found.in_conflict, "heatmap"))


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer"])
def test_before_anything_is_signed_one_sentence_says_when(
    found: Casework, app_as: Callable[..., AppTest], who: str
) -> None:
    assert NOT_YET in told(app_as(getattr(found, who), "heatmap"))
    compute_release(found, LAST)
    app = app_as(getattr(found, who), "heatmap")
    assert NOT_YET in told(app)
    assert not tables(app)
    assert not app.selectbox


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer"])
def test_everybody_else_sees_the_release_and_chooses_its_sides_and_period_only(
    released: Casework, app_as: Callable[..., AppTest], who: str
) -> None:
    app = app_as(getattr(released, who), "heatmap")
    assert not app.exception
    assert [box.label for box in app.selectbox] == ["Findings against", "Period", "Cells", "Rows"]
    assert [tab.label for tab in app.tabs] == ["All", "Systemic", "Procedural", "Unfairness"]
    assert not app.multiselect
    assert [table["pick"] for table in tables(app)] == [who != "observer"]
    assert {fold.label for fold in app.expander} == {"What others published"}
    assert set(shown(app, "P04 Delay")) == {"0-7"}
    assert f"As of the end of {WORDS}, signed on" in told(app)
    assert "Not for sharing" not in told(app)
    assert "process_stage" not in app.selectbox[0].options
    for dimension in Dimension:
        app = app_as(getattr(released, who), "heatmap", heatmap_against=dimension.label)
        assert not app.exception


def test_a_period_is_chosen_among_those_of_the_release(released: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(released.observer, "heatmap")
    assert field(app, "Period").options[0] == f"All, up to {WORDS}"
    field(app, "Period").select(LAST[:4]).run()
    assert not app.exception
    assert f"Findings of {LAST[:4]}, as of the end of {WORDS}" in told(app)


def test_an_earlier_release_may_be_looked_at_too(found: Casework, app_as: Callable[..., AppTest]) -> None:
    before = quarter_before(LAST)
    for quarter in (before, LAST):
        sign_release_of(found, quarter)
    app = app_as(found.observer, "heatmap")
    assert f"As of the end of {WORDS}" in told(app)
    field(app, "Release").select(before).run()
    assert f"As of the end of {before[:4]} {before[4:]}" in told(app)


def test_a_release_goes_out_by_two_leads(found: Casework, app_as: Callable[..., AppTest]) -> None:
    def releases(who: int) -> AppTest:
        return app_as(who, "heatmap", heatmap_show="Releases")

    app = releases(found.lead)
    assert "There is no release yet" in told(app)
    press(app, "Compute it now")
    assert "Only leads can see it" in seen(app)
    assert "Not for sharing" in told(app)
    assert shown(app, "P04 Delay", nth=1)[0] == "0-7 ← 1"
    press(app, "I have reviewed it")
    assert "You reviewed it, so a second lead has to sign it" in app.info[0].value
    second = releases(found.in_conflict)
    assert shown(second, "P04 Delay", nth=1)[0] == "0-7 ← 0"
    press(second, "Sign and release it")
    assert "Signed" in seen(second)
    row = last(found.database, Release)
    assert (row.computed_by_id, row.reviewed_by_id, row.signed_by_id) == (found.lead, found.lead, found.in_conflict)
    assert f"As of the end of {WORDS}" in told(app_as(found.observer, "heatmap"))


def test_signing_asks_for_the_password_again(found: Casework, app_as: Callable[..., AppTest]) -> None:
    mark = compute_release(found, LAST)
    app = app_as(found.lead, "heatmap", heatmap_show="Releases")
    press(app, "I have reviewed it")
    second = app_as(found.in_conflict, "heatmap", heatmap_show="Releases")
    with found.database.log() as session:
        session.execute(update(SignInSession).values(proved_at=None))
    press(second, "Sign and release it")
    assert last(found.database, Release).signed_at is None
    assert "We ask before" in seen(second)
    assert mark == last(found.database, Release).fingerprint
    assert password_again.AGAIN not in second.session_state


def test_a_wrong_release_is_discarded_with_a_reason(found: Casework, app_as: Callable[..., AppTest]) -> None:
    compute_release(found, LAST)
    app = app_as(found.lead, "heatmap", heatmap_show="Releases")
    press(app, "Discard it")
    assert "Reason: please fill this in" in seen(app)
    field(app, "Reason").input("Coded twice")
    press(app, "Discard it")
    assert [row.discarded_why for row in rows(found.database, Release)] == ["Coded twice"]
    assert "Compute it now" in [button.label for button in app.button]
    # The lead who computes the next one reads what was wrong with this.
    for who in ("lead", "in_conflict"):
        told = plain(seen(app_as(getattr(found, who), "heatmap", heatmap_show="Releases")))
        assert "by Lena: Coded twice" in told, told


@pytest.mark.parametrize("who", ["on_case", "observer"])
def test_nobody_else_gets_to_the_leads_view(released: Casework, app_as: Callable[..., AppTest], who: str) -> None:
    app = app_as(getattr(released, who), "heatmap", heatmap_show="Releases")
    assert "Exact" not in seen(app)
    assert {button.label for button in app.button} <= {"Sign out", "As a drawing", "As a picture", "For a spreadsheet"}


def test_filters_come_from_the_address(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.lead, "heatmap", heatmap_against="Region", heatmap_kind="Unfairness")
    assert [label for _, label in tables(app)[0]["columns"]] == ["All", "London"]
    assert shown(app, "U06 Discrimination or stereotype") == ["1", "1"]
    assert shown(app, "P04 Delay") == []


def test_an_address_that_makes_no_sense_falls_back(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = app_as(found.lead, "heatmap", heatmap_against="Star sign", heatmap_from="1066Q4", heatmap_process="NOPE")
    assert not app.exception
    assert app.selectbox(key="heatmap_against").value == Dimension.BODY_KIND


def test_a_filter_that_leaves_nothing_says_so(found: Casework, app_as: Callable[..., AppTest]) -> None:
    app = open_folds(app_as(found.lead, "heatmap"), "More filters")
    app.multiselect(key="heatmap_evidence").select(Evidence.FOUND).run()
    assert "No findings to show" in told(app)
    # Folded away, it still holds.
    app.session_state["heatmap_more"] = False
    assert "No findings to show" in told(app.run())


def test_a_change_by_somebody_else_shows_on_the_next_run(
    found: Casework, app_database: Database, app_as: Callable[..., AppTest]
) -> None:
    app = app_as(found.lead, "heatmap")
    with app_database.write() as session:
        add_finding(
            session,
            actor_id=found.lead,
            reference=found.reference,
            code="S01",
            evidence=Evidence.REPORTED,
            case_process_id=None,
            quarter="2024Q2",
            note="",
        )
    app.run()
    assert shown(app, "S01 Unsafe staffing or workload") == ["1", "1"]


def test_by_organisation_a_lead_sees_names_but_none_of_their_own_family(
    found: Casework, app_as: Callable[..., AppTest]
) -> None:
    app = app_as(found.lead, "heatmap", heatmap_against="Organisation")
    assert [label for _, label in tables(app)[0]["columns"]] == ["All", "Example Acute Trust EX001"]
    assert "Not for sharing" in told(app)
    conflicted = app_as(found.in_conflict, "heatmap", heatmap_against="Organisation")
    assert "No findings to show" in told(conflicted)


@pytest.mark.parametrize("who", ["on_case", "observer"])
def test_nobody_else_is_offered_the_heatmap_by_organisation(
    released: Casework, app_as: Callable[..., AppTest], who: str
) -> None:
    app = app_as(getattr(released, who), "heatmap", heatmap_against="Organisation")
    assert "Organisation" not in app.selectbox(key="heatmap_against").options
    assert app.selectbox(key="heatmap_against").value == Dimension.BODY_KIND
    assert "EX001" not in json.dumps(tables(app))


@pytest.mark.parametrize("dimension", [Dimension.ORGANISATION, Dimension.PROCESS_STAGE])
def test_from_what_no_release_has_one_comes_to_the_releases(
    released: Casework, app_as: Callable[..., AppTest], dimension: Dimension
) -> None:
    app = app_as(released.lead, "heatmap")
    app.selectbox(key="heatmap_against").select(dimension).run()
    app.radio(key="heatmap_show").set_value("Releases").run()
    assert not app.exception
    assert app.selectbox(key="heatmap_against").value == Dimension.BODY_KIND


def test_a_lead_sees_shares_changes_and_other_orders(found: Casework, app_as: Callable[..., AppTest]) -> None:
    for measure, cells in (("share", ["1", "–"]), ("residual", ["1", "–"]), ("change", ["0", "0"])):
        app = app_as(found.lead, "heatmap", heatmap_measure=LABELS[measure], heatmap_order="Alike together")
        assert not app.exception
        if measure != "change":
            assert shown(app, "P04 Delay") == cells
    app = app_as(found.lead, "heatmap", heatmap_against="Another finding")
    assert shown(app, "P04 Delay") == ["1", "0", "1"]


def test_what_was_examined_is_counted_and_released(found: Casework, app_as: Callable[..., AppTest]) -> None:
    against = {"heatmap_against": "Conditions on the day"}
    assert "No conditions on the day" in told(app_as(found.lead, "heatmap", **against))
    run(found, record_fact, kind=FactKind.CIRCUMSTANCE, fact=SaidFact(code="rota_gap", examined_by=("nobody",)))
    app = app_as(found.lead, "heatmap", **against)
    assert shown(app, "Gap in the rota") == ["1", "0", "0", "0", "1", "0"]
    sign_release_of(found, LAST)
    seen_by_all = app_as(found.observer, "heatmap", **against)
    assert not seen_by_all.exception
    assert set(shown(seen_by_all, "Gap in the rota")) == {"0-7"}
    for measure in ("share", "change"):
        app = app_as(found.observer, "heatmap", heatmap_measure=LABELS[measure])
        assert not app.exception
        assert set(shown(app, "P04 Delay")) <= {"–", "0-7"}


def test_groups_of_doctors_come_with_n_and_say_what_they_are_not(
    found: Casework, app_as: Callable[..., AppTest]
) -> None:
    app = app_as(found.lead, "heatmap", heatmap_show="Groups of doctors")
    assert not app.exception
    assert "never a cause" in told(app)
    assert "Not for sharing" in told(app)
    [line] = tables(app)[0]["cells"]
    assert line == ["1", "1", "–", "–", "–", "–"]


def test_what_others_published_stands_below_with_its_source_and_year(
    released: Casework, app_as: Callable[..., AppTest]
) -> None:
    with released.database.write() as session:
        import_staff_survey(session, survey(("2024", "CSUs", "London", "400", "25")))
    for who in (released.lead, released.observer):
        app = app_as(who, "heatmap", heatmap_against="Region")
        assert "Staff Survey" not in told(app)
        open_folds(app, "What others published")
        assert "NHS Staff Survey" in told(app)
        assert ", 2024." in told(app)
        assert "divide nothing by anything" in told(app)
        assert ["25% of 400"] in tables(app)[-1]["cells"]
