"""A second coding on the pages: from Home to the case, without sight of its findings, and settled beside the first."""

import json
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.case.codings import ASK
from dashboard.case.parts import FINDINGS
from dashboard.leadership.agreement import KEY
from db.choices import Evidence
from db.commands.codings import ask_coding, hand_in_coding
from db.commands.findings import add_finding
from db.models import CodingMark, Finding
from db.rules.codings import DoctorSays, Settled
from tests.db.helpers import last, run
from tests.factories import Casework, give_second
from tests.pages.helpers import draw_all, field, open_fold, open_tab, plain, press, press_row, seen, unfold

Run = Callable[..., AppTest]
CODED: dict[str, Any] = {
    "evidence": Evidence.REPORTED,
    "case_process_id": None,
    "quarter": "2026Q1",
    "note": "The rota",
}


def said(app: AppTest) -> str:
    return plain(seen(app))


def case(app_as: Run, who: int, reference: str) -> AppTest:
    return open_tab(app_as(who, "case", ref=reference), reference, FINDINGS, ASK)


def test_from_being_asked_to_a_settled_difference(app_casework: Casework, app_as: Run) -> None:
    work, reference = app_casework, app_casework.reference
    with work.database.write() as session:
        give_second(session, work)
    run(work, add_finding, code="P04", **CODED)
    app = case(app_as, work.on_case, reference)
    field(app, "Who").select(work.off_case)
    app = press(app.run(), "Ask")
    assert not app.exception
    assert "Waits for Uma" in said(app)
    home = press_row(app_as(work.off_case, "home"), "Code it")
    assert not home.exception
    whole = draw_all(case(app_as, work.off_case, reference), reference)
    assert "P04 Delay" not in said(whole).replace(str(field(whole, "Procedural failures").options), "")
    assert "The rota" not in said(whole)
    app = case(app_as, work.off_case, reference)
    field(app, "Points of unfairness").select("U02")
    field(app.run(), "Why U02").input("Harsher than called for")
    app = press(app.run(), "Hand in")
    assert not app.exception
    assert "0 alike, 2 differences to settle" in said(app)
    app = open_fold(case(app_as, work.on_case, reference), reference, "Settle P04 Delay")
    field(app, "What becomes of it").set_value(Settled.KEPT)
    field(app, "Reason").input("The letter says so")
    app = open_fold(press(app.run(), "Settle"), reference, "Settle U02 Disproportionate response")
    assert "Harsher than called for" in said(app)
    field(app, "What becomes of it").set_value(Settled.ADDED)
    field(app.run(), "Reason").input("Agreed on the telephone")
    app = press(app.run(), "Settle")
    assert not app.exception
    assert "every difference is settled" in said(app)
    assert (last(work.database, Finding).code, last(work.database, Finding).note) == ("U02", "Harsher than called for")
    assert [last(work.database, CodingMark, code=code).settled for code in ("P04", "U02")] == ["kept", "added"]


def test_a_lead_reads_how_alike_two_people_code(app_casework: Casework, app_as: Run) -> None:
    app = unfold(app_as(app_casework.lead, "leadership"), KEY)
    assert "No case was coded twice yet" in said(app)
    run(app_casework, add_finding, code="P04", **CODED)
    run(app_casework, ask_coding, to_id=app_casework.lead)
    run(app_casework, hand_in_coding, app_casework.lead, codes=["P04"], notes={})
    app = unfold(app_as(app_casework.lead, "leadership"), KEY)
    assert not app.exception
    assert "Too few cases to say" in said(app)
    assert "Not for sharing" in said(app)
    drawn = [json.loads(each.proto.json) for each in app.get("bidi_component") if '"corner"' in each.proto.json]
    assert drawn[0]["cells"] == [["100%", "–", "too few cases", "1", "0", "0", "1"]]


def test_what_the_doctor_says_stands_beside_the_finding(app_casework: Casework, app_as: Run) -> None:
    run(app_casework, add_finding, code="P04", **CODED)
    reference, label = app_casework.reference, "Record what the doctor says of a finding"
    app = open_tab(app_as(app_casework.on_case, "case", ref=reference), reference, FINDINGS, label)
    field(app, "The doctor’s view").set_value(DoctorSays.ADDS)
    field(app, "In the doctor’s words").input("And nobody *wrote*")
    app = press(app.run(), "Record it")
    assert not app.exception
    assert "And nobody *wrote*" in said(app)
    assert "Doctor agrees" in said(app)
