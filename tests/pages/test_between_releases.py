"""Between releases nothing that a volunteer or an observer receives moves with a finding, save on their own cases."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, update
from streamlit.testing.v1 import AppTest

from dashboard.reports import heatmap_file, leadership_pack
from db import clock
from db.choices import (
    EXAMINED,
    RELEASED_DIMENSIONS,
    Dimension,
    DownloadKind,
    Evidence,
    FindingKind,
    Measure,
    Role,
    RowOrder,
)
from db.commands.findings import add_finding
from db.downloads import About, may_download
from db.engine import Database
from db.models import Case, Doctor, Finding
from db.rules.quarters import quarter_before, quarter_of
from tests.dashboard.reports.test_minutes_file import person
from tests.db.heatmap_record import LONG_AGO
from tests.db.helpers import Clock, the_case, viewer
from tests.db.releases import sign_release_of
from tests.db.test_access import FILTERS, all_answers
from tests.factories import Casework, make_body, make_case

LAST = quarter_before(quarter_of(clock.today()))
VOLUNTEERS_PAGES = (
    "home",
    "inbox",
    "my_cases",
    "actions",
    "queue",
    "new_case",
    "case",
    "workload",
    "heatmap",
    "account",
)
OBSERVERS_PAGES = ("home", "heatmap", "leadership", "account")
SEVEN = 7


@pytest.fixture(autouse=True)
def _standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form proposes the time it is: between two looks it must not be another."""
    monkeypatch.setattr(clock, "now", Clock().now)


@pytest.fixture
def other(app_casework: Casework) -> str:
    """The reference of a case nobody here is on, at one of many bodies; seven more doctors have its finding."""
    with app_casework.database.write() as session:
        reference = make_case(
            session, actor_id=app_casework.lead, body=app_casework.other_body, contact="other@example.org"
        )
        session.execute(update(Case).values(opened_on=date(2025, 1, 7)))
        like = the_case(app_casework)
        copied = [c.name for c in Case.__table__.columns if c.name not in ("id", "reference", "doctor_id")]
        values = {name: getattr(like, name) for name in copied} | {"is_open": False, "stage": "closed"}
        for n in range(SEVEN):
            doctor = Doctor(created_at=LONG_AGO)
            session.add(doctor)
            session.flush()
            case = {**values, "doctor_id": doctor.id, "reference": f"LNB-{n:06}"}
            body = make_body(session, f"OT{n:03}")
            case_id = session.execute(insert(Case).returning(Case.id), {**case, "organisation_id": body}).scalar_one()
            coded = {"evidence": "found", "quarter": LAST, "note": "", "coded_at": LONG_AGO, "doctor_view": "agrees"}
            session.execute(insert(Finding), {"case_id": case_id, "code": "S01", **coded})
    sign_release_of(app_casework, LAST)
    return reference


def code_the_eighth(casework: Casework, reference: str) -> None:
    with casework.database.write() as session:
        add_finding(
            session,
            actor_id=casework.lead,
            reference=reference,
            code="S01",
            evidence=Evidence.FOUND,
            case_process_id=None,
            quarter=LAST,
            note="",
        )


def received(app: AppTest) -> list[str]:
    """Every element that was sent to the browser, in full."""
    return [str(getattr(node, "proto", "")) for root in (app.main, app.sidebar) for node in walk(root)]


def walk(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from walk(child)


def visits(casework: Casework, app_as: Callable[..., AppTest], who: str, other: str) -> Iterator[tuple[str, AppTest]]:
    person = getattr(casework, who)
    for page in OBSERVERS_PAGES if who == "observer" else VOLUNTEERS_PAGES:
        for reference in (casework.reference, other) if page == "case" else ("",):
            yield f"{page} {reference}", app_as(person, page, **({"ref": reference} if reference else {}))
    for dimension in Dimension:
        yield f"heatmap by {dimension}", app_as(person, "heatmap", heatmap_against=dimension.label)


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer"])
def test_no_page_moves_with_a_finding_on_anothers_case(
    app_casework: Casework, app_as: Callable[..., AppTest], other: str, who: str
) -> None:
    left_open = dict(visits(app_casework, app_as, who, other))
    first = {name: received(app) for name, app in left_open.items()}
    before = {name: received(app.run()) for name, app in left_open.items()}
    for name, app in left_open.items():
        assert received(app.run()) == before[name], f"{name} moves by itself: nothing could be told from it"
    code_the_eighth(app_casework, other)
    for name, app in left_open.items():
        assert received(app.run()) == before[name], name
    for name, app in visits(app_casework, app_as, who, other):
        # One's account lists one's sessions, of which there is one more with each visit.
        assert name.startswith("account") or received(app) == first[name], name


def test_no_page_of_an_observer_moves_with_a_case(
    app_casework: Casework, app_as: Callable[..., AppTest], other: str
) -> None:
    left_open = dict(visits(app_casework, app_as, "observer", other))
    before = {name: received(app.run()) for name, app in left_open.items()}
    with app_casework.database.write() as session:
        for n in range(12):
            make_case(session, actor_id=app_casework.lead, body=app_casework.body, contact=f"new{n}@example.org")
    assert {name: received(app.run()) for name, app in left_open.items()} == before


@pytest.mark.parametrize("who", ["on_case", "off_case", "observer"])
def test_no_answer_moves_with_a_finding_on_anothers_case(app_casework: Casework, other: str, who: str) -> None:
    asked = viewer(app_casework, who)

    def answers(database: Database) -> dict[str, Any]:
        found = all_answers(database, asked, app_casework.reference, other)
        found["queues"] = [page for page, filters in zip(found["queues"], FILTERS, strict=True) if not filters.findings]
        return found

    before = answers(app_casework.database)
    assert answers(app_casework.database) == before
    code_the_eighth(app_casework, other)
    assert answers(app_casework.database) == before


@pytest.mark.parametrize("who", ["on_case", "observer"])
def test_no_file_moves_with_a_finding_or_a_case(app_casework: Casework, other: str, who: str) -> None:
    before = files(app_casework, who)
    assert any(b"0-7" in content for content in before.values())
    code_the_eighth(app_casework, other)
    with app_casework.database.write() as session:
        for n in range(12):
            make_case(session, actor_id=app_casework.lead, body=app_casework.body, contact=f"new{n}@example.org")
    after = files(app_casework, who)
    assert [name for name, content in before.items() if after[name] != content] == []


def files(casework: Casework, who: str) -> dict[str, bytes]:
    """Every file that this person may have, whatever it is asked to show."""
    asking = person(casework, getattr(casework, who))
    found: dict[str, bytes] = {}
    for about in tables_asked_for():
        with casework.database.read() as session:
            may_download(session, viewer(casework, who), DownloadKind.HEATMAP, about)
        found[str(about)] = heatmap_file.made(asking, about)
    if asking.role is Role.OBSERVER:
        quarter = {"period": LAST, "form": "html"}
        found |= {str(quarter): leadership_pack.made(asking, quarter)}
    return found


def tables_asked_for() -> Iterator[About]:
    """As a spreadsheet every table, in every measure, period, kind of finding and order. Pictures are made of the same
    tables, and take long: one."""
    usual = {"quarter": LAST, "period": "all", "findings": "", "measure": Measure.DOCTORS, "order": RowOrder.LISTED}
    yield usual | {"against": Dimension.BODY_KIND, "form": "svg"}
    for against in (*RELEASED_DIMENSIONS, EXAMINED):
        of_it = usual | {"against": against}
        for measure, order in itertools.product(Measure, RowOrder):
            yield of_it | {"measure": measure, "order": order, "form": "csv"}
        for kind in FindingKind if against != EXAMINED else ():
            yield of_it | {"findings": kind, "form": "csv"}
        if against != EXAMINED:
            yield of_it | {"period": LAST[:4], "form": "csv"}
