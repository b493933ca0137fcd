"""The time axis of a case's processes: what is drawn, what is only said, and that both agree."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import altair as alt
import pytest

from dashboard.case.pathway_axis import AHEAD, DONE, PAST, WHOLE, Axis, axis_alt, axis_of
from dashboard.case.pathway_chart import axis_spec
from db import clock
from db.choices import Whose
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CaseDeadline
from db.queries.pathways import Pathway, StageTold
from db.queries.reference import Reference

TODAY = clock.today()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Words:
    def __init__(self) -> None:
        self.process_stages = {"GMC": {"TRIAGE": "Triage", "RULE-7": "Rule 7 letter"}}
        self.processes = {"GMC": "GMC: fitness to practise"}


class Faced:
    def __init__(self, *deadlines: CaseDeadline) -> None:
        self.deadlines = deadlines


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def due(days: int, *, met: int | None = None, process: int | None = 1, **more: Any) -> CaseDeadline:
    row: dict[str, Any] = dict.fromkeys(part.name for part in fields(CaseDeadline)) | {
        "name": "Reply",
        "due_on": ago(days),
        "met_on": None if met is None else ago(met),
        "whose": Whose.OURS,
        "is_hearing": False,
        "case_process_id": process,
    }
    return CaseDeadline(**row | more)


def event(number: int, stage: str, days: int, **more: Any) -> StageTold:
    told = StageTold(number, 1, stage, ago(days), True, None, False, False, "Vik", NOW)
    return replace(told, **more)


GMC = Pathway(1, "GMC", "RULE-7", ago(200), None, None, (event(1, "TRIAGE", 200), event(2, "RULE-7", 40)))


def axis(*deadlines: CaseDeadline, found: Pathway = GMC) -> Axis:
    made = axis_of(cast(CaseDetail, Faced(*deadlines)), [found], cast(Reference, Words()))
    assert made is not None
    return made


def test_there_is_none_without_a_process() -> None:
    assert axis_of(cast(CaseDetail, Faced()), [], cast(Reference, Words())) is None


def test_a_bar_for_each_stage_and_a_mark_for_each_date() -> None:
    made = axis(
        due(30, met=31), due(20, met=10), due(5, whose=Whose.BODY), due(-8, is_hearing=True), due(1, lapsed_on=TODAY)
    )
    bars, marks = (made.data[made.data["layer"] == layer] for layer in ("bar", "mark"))
    assert list(bars["look"]) == ["done", "now"]
    assert list(zip(marks["kind"], marks["state"], strict=True)) == [
        ("Our deadline", DONE),
        ("Our deadline", PAST),
        ("Their deadline", PAST),
        ("Hearing", AHEAD),
    ]


def test_a_day_not_recorded_is_marked() -> None:
    made = axis(found=replace(GMC, events=(event(1, "TRIAGE", 200, is_exact=False), event(2, "RULE-7", 40))))
    assert list(made.data["label"])[1:] == ["? Triage", "Rule 7 letter"]
    assert "Triage day not recorded to" in axis_alt(made)


def test_dates_of_the_case_as_a_whole_have_a_row_of_their_own() -> None:
    made = axis(due(-8, process=None))
    assert (made.rows, list(made.data["label"])[-2]) == (2, WHOLE)


def test_what_lies_years_ahead_is_said_and_does_not_squeeze_the_rest() -> None:
    made = axis(due(-1500), due(-8))
    assert len(made.data[made.data["layer"] == "mark"]) == 1
    assert made.last < TODAY + timedelta(days=60)
    assert len(made.beyond) == 1
    assert made.beyond[0].startswith("Reply, ")


def test_its_words_say_all_that_is_drawn() -> None:
    said = axis_alt(axis(due(5, whose=Whose.BODY), due(-8, is_hearing=True)))
    for words in (
        "1 process on one time axis",
        "Triage",
        "Rule 7 letter since",
        f"{Whose.BODY.label.lower()}: Reply",
        PAST,
        "hearing: Reply",
    ):
        assert words in said


@pytest.mark.parametrize("dark", [False, True])
def test_the_spec_is_one_that_vega_lite_knows(dark: bool) -> None:
    made = axis(due(5))
    spec = axis_spec(made, dark=dark)
    alt.LayerChart.from_dict(spec | {"data": {"values": []}})
    assert spec["height"] == axis_spec(replace(made, rows=2), dark=dark)["height"] / 2
