"""The heatmap's chart: nothing raw in it, readable figures on every shade, and sense at every shape."""

import itertools
import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from dashboard.heatmap.heatmap_chart import (
    ALL,
    EMPTY,
    FIGURES,
    NOT_A_RATE,
    ON_PAGE,
    QUIET,
    STRONG,
    WITHHELD,
    heatmap_alt,
    heatmap_data,
    heatmap_height,
    heatmap_spec,
    heatmap_table,
)
from db.choices import Dimension, FindingKind, Measure
from db.queries.heatmap import Heatmap, HeatmapFilters, Stamp
from db.queries.heatmap_lines import Line as HeatmapLine
from db.queries.heatmap_measures import measured, only_told
from tests.test_theme import contrast

THEME = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text())["theme"]
MODES = ("light", "dark")
KINDS = {"S": FindingKind.SYSTEMIC, "P": FindingKind.PROCEDURAL, "U": FindingKind.UNFAIRNESS}
SIGNED = Stamp("2026Q3", "all", date(2026, 10, 9))
AS_OF = "As of the end of 2026 Q3, signed on 9 Oct 2026."
NAMES = {"S01": "Unsafe staffing or workload", "P04": "Delay", "P03": "Wrong or conflicted role-holder"}


def table(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[str]],
    total: str = "100",
    *,
    raw: bool = False,
) -> Heatmap:
    return Heatmap(
        filters=HeatmapFilters(Dimension.REGION),
        rows=tuple(HeatmapLine(code, NAMES.get(code, "Prejudged"), "40", KINDS[code[0]]) for code in rows),
        columns=tuple(HeatmapLine(code, code.title(), "*") for code in columns),
        cells=tuple(tuple(line) for line in cells),
        total=total,
        note="* is a number withheld.",
        stamp=None if raw else SIGNED,
    )


RELEASED = table(["S01", "P04"], ["london", "wales"], [["25", "*"], ["0-7", "10"]])
RAW = table(["S01", "P04"], ["london", "wales"], [["23", "3"], ["0", "9"]], raw=True)
ALL_LOW = table(["S01"], ["london"], [["0-7"]], "0-7")
WITHHELD_ALL = table(["S01"], ["london"], [["*"]], "*")
ONE_ROW = table(["P04"], ["london", "wales"], [["10", "*"]])
ONE_COLUMN = table(["S01", "P04"], ["london"], [["10"], ["0-7"]])
SHAPES = [RELEASED, RAW, WITHHELD_ALL, ALL_LOW, ONE_ROW, ONE_COLUMN]


def test_nothing_from_one_to_seven_is_drawn_told_or_tabled() -> None:
    spec = heatmap_spec(RELEASED)
    told = [heatmap_alt(RELEASED), json.dumps([spec["title"]["text"], spec["title"]["subtitle"]])]
    tables = [heatmap_data(RELEASED).to_csv(index=False), json.dumps(heatmap_table(RELEASED).cells)]
    text = "\n".join([*told, *tables]).replace(AS_OF, "").replace("0-7", "")
    assert not re.search(r"\b[1-7]\b", re.sub(r"\b[SPU]\d\d\b|2026 Q3|9 Oct 2026", "", text))
    assert heatmap_data(RELEASED)["doctors"].dropna().tolist() == [100, 40, 40, 25, 10]
    assert spec["layer"][0]["encoding"]["color"]["scale"]["domain"] == [0, 25]


def test_the_order_is_the_tables_own_with_kinds_named_and_totals_first() -> None:
    for layer in heatmap_spec(RELEASED)["layer"]:
        assert layer["encoding"]["x"]["scale"]["domain"] == [ALL, "london", "wales"]
        assert layer["encoding"]["y"]["scale"]["domain"] == [ALL, "systemic", "S01", "procedural", "P04"]
    assert heatmap_spec(ONE_ROW)["layer"][0]["encoding"]["y"]["scale"]["domain"] == [ALL, "P04"]


@pytest.mark.parametrize(
    ("shown", "n"),
    [(RELEASED, "n = 100 doctors"), (WITHHELD_ALL, "n withheld"), (ALL_LOW, "n = 0-7 doctors")],
)
def test_the_chart_always_says_n_when_it_was_and_that_it_is_no_rate(shown: Heatmap, n: str) -> None:
    assert heatmap_spec(shown)["title"]["subtitle"] == [f"{n}. {NOT_A_RATE}", AS_OF]
    assert AS_OF in heatmap_alt(shown)
    assert n in heatmap_alt(shown)
    assert NOT_A_RATE in heatmap_alt(shown)


def test_a_raw_chart_says_it_is_not_for_sharing() -> None:
    assert "Not for sharing" in heatmap_spec(RAW)["title"]["subtitle"][-1]
    assert heatmap_data(RAW)["shown"].tolist()[-3:] == ["23", "3", "9"]


def test_a_cell_of_none_is_empty_in_the_chart_and_0_in_the_table() -> None:
    data = heatmap_data(RAW)
    assert not data[(data["row"] == "P04") & (data["column"] == "london")].size
    assert "0" in itertools.chain.from_iterable(heatmap_table(RAW).cells)
    assert EMPTY in heatmap_spec(RAW)["title"]["subtitle"][0]
    assert EMPTY not in heatmap_spec(RELEASED)["title"]["subtitle"][0]


def test_before_it_is_signed_the_chart_says_so() -> None:
    unsigned = replace(RELEASED, stamp=replace(SIGNED, signed_on=None))
    assert heatmap_spec(unsigned)["title"]["subtitle"][-1] == "As of the end of 2026 Q3, not signed yet."


def test_a_table_of_one_year_says_which() -> None:
    year = replace(RELEASED, stamp=replace(SIGNED, period="2025"))
    assert heatmap_spec(year)["title"]["subtitle"][-1] == (
        "Findings of 2025, as of the end of 2026 Q3, signed on 9 Oct 2026."
    )


def test_lines_that_read_0_to_7_throughout_may_be_left_away() -> None:
    low = HeatmapLine("S01", "Unsafe", "0-7", FindingKind.SYSTEMIC)
    told = replace(low, code="P04", kind=FindingKind.PROCEDURAL, total="10")
    columns = (HeatmapLine("wales", "Wales", "0-7"), HeatmapLine("london", "London", "*"))
    whole = replace(RELEASED, rows=(low, told), columns=columns, cells=(("0-7", "0-7"), ("0-7", "10")))
    shown = only_told(whole)
    assert ([line.code for line in shown.rows], [line.code for line in shown.columns]) == (["P04"], ["london"])
    assert shown.cells == (("10",),)
    assert only_told(RELEASED) == RELEASED
    all_low = replace(whole, rows=(low,), columns=columns[:1], cells=(("0-7",),))
    assert only_told(all_low) == all_low


def test_lines_of_which_a_measure_says_nothing_may_be_left_away_whatever_their_totals() -> None:
    shares = measured(replace(RELEASED, cells=(("25", "*"), ("0-7", "0-7"))), Measure.SHARE)
    shown = only_told(shares)
    assert ([line.code for line in shown.rows], [line.code for line in shown.columns]) == (["S01"], ["london"])
    nothing = measured(RELEASED, Measure.CHANGE)
    assert only_told(nothing) == nothing
    columns = tuple(replace(column, total="20") for column in RELEASED.columns)
    rows = tuple(replace(row, total="*") for row in RELEASED.rows)
    low = replace(RELEASED, rows=rows, columns=columns, cells=(("*", "*"), ("*", "*")))
    totals_only = only_told(measured(low, Measure.CHANGE, low))
    assert ([line.total for line in totals_only.columns], totals_only.rows) == (["0", "0"], ())
    assert heatmap_spec(totals_only)


def test_a_share_of_none_is_as_quiet_as_none() -> None:
    shares = measured(table(["S01", "P04"], ["london", "wales"], [["23", "0"], ["9", "9"]], raw=True), Measure.SHARE)
    assert "0%" in shares.cells[0]
    assert "0%" not in heatmap_data(shares)["shown"].to_list()
    assert EMPTY in heatmap_spec(shares)["title"]["subtitle"][1]


def test_where_the_table_stands_in_place_of_the_chart_it_says_what_the_chart_does() -> None:
    heads = heatmap_table(RAW).heads
    assert heads[0] == heatmap_spec(RAW)["title"]["text"]
    assert any("n = " in line and NOT_A_RATE in line for line in heads)
    # Its cells of none read 0.
    assert not any(EMPTY in line for line in heads)


def test_alt_names_the_greatest_that_may_be_shown() -> None:
    assert "The highest number is 25 doctors: S01 Unsafe staffing or workload, London." in heatmap_alt(RELEASED)
    assert "No cell has a number that may be shown." in heatmap_alt(WITHHELD_ALL)


@pytest.mark.parametrize("mode", MODES)
def test_figures_are_readable_on_every_shade(mode: str) -> None:
    page = THEME[mode]["backgroundColor"]
    for shade in THEME["chartSequentialColors"]:
        assert contrast(FIGURES, shade) >= 4.5
    assert contrast(ON_PAGE[mode], WITHHELD[mode]) >= 4.5
    assert contrast(ON_PAGE[mode], page) >= 4.5
    assert contrast(QUIET[mode], page) >= 4.5
    assert contrast(STRONG[mode], page) >= 4.5
    assert contrast(STRONG[mode], WITHHELD[mode]) >= 3


@pytest.mark.parametrize(("shown", "mode"), list(itertools.product(SHAPES, MODES)))
def test_every_shape_is_valid_vega_lite(shown: Heatmap, mode: str) -> None:
    spec: dict[str, Any] = {**heatmap_spec(shown, mode), "data": {"values": heatmap_data(shown).to_dict("records")}}
    alt.LayerChart.from_dict(spec)
    low, high = spec["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert low < high
    assert heatmap_height(shown) > 100


def test_one_table_does_not_change_another() -> None:
    first = json.dumps(heatmap_spec(RELEASED))
    heatmap_spec(ONE_COLUMN)
    assert json.dumps(heatmap_spec(RELEASED)) == first


def test_labels_are_whole_on_two_lines_at_most() -> None:
    params = {param["name"]: param.get("value") for param in heatmap_spec(ONE_ROW)["params"]}
    assert params["words"]["P04"] == ["P04 Delay"]
    lines = {param["name"]: param.get("value") for param in heatmap_spec(RELEASED)["params"]}["words"]["S01"]
    assert " ".join(lines) == "S01 Unsafe staffing or workload"
    assert len(lines) == 2


def test_the_table_reads_as_the_chart_does() -> None:
    told = heatmap_table(RELEASED)
    assert [row.label for row in told.rows] == ["All findings", "S01 Unsafe staffing or workload", "P04 Delay"]
    assert [column.label for column in told.columns] == ["All", "London", "Wales"]
    assert told.cells == (("100", "*", "*"), ("40", "25", "*"), ("40", "0-7", "10"))
    assert (told.corner, heatmap_table(RAW).corner) == ("Finding", "Finding (not for sharing)")


def test_totals_of_the_table_have_no_code_to_choose_them_by() -> None:
    told = heatmap_table(RELEASED)
    assert [name.code for name in (*told.rows, *told.columns)] == [None, "S01", "P04", None, "london", "wales"]
