"""Contrast of the theme in both modes, by the formula of WCAG 2, and the look's other promises."""

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from streamlit import config as streamlit_config

CONFIG = tomllib.loads((Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text())
THEME: dict[str, Any] = CONFIG["theme"]
PLACES = [("light",), ("light", "sidebar"), ("dark",), ("dark", "sidebar")]
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
TEXT = 4.5
SHAPES = 3.0
# What charts write on the ramp's cells, in both modes.
FIGURES = "#10181C"
WHITE = "#FFFFFF"


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rgb(colour: str) -> str:
    """As a browser tells it."""
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colours(place: tuple[str, ...]) -> dict[str, str]:
    mode: dict[str, Any] = THEME[place[0]]
    return {**mode, **mode["sidebar"]} if len(place) > 1 else mode


def test_the_formula_is_the_one_of_wcag() -> None:
    assert contrast(WHITE, "#000000") == pytest.approx(21)
    assert contrast(WHITE, "#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("place", PLACES)
def test_text_links_and_code_are_readable_on_both_surfaces(place: tuple[str, ...]) -> None:
    look = colours(place)
    for surface in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(look["textColor"], look[surface]) >= TEXT
        assert contrast(look["linkColor"], look[surface]) >= TEXT
    assert contrast(look["codeTextColor"], look["codeBackgroundColor"]) >= TEXT


@pytest.mark.parametrize("place", PLACES)
def test_primary_buttons_are_readable_and_stand_out(place: tuple[str, ...]) -> None:
    look = colours(place)
    assert contrast(WHITE, look["primaryColor"]) >= TEXT
    assert contrast(look["primaryColor"], look["backgroundColor"]) >= SHAPES


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("hue", HUES)
def test_coloured_words_badges_and_boxes_are_readable(mode: str, hue: str) -> None:
    look = colours((mode,))
    for surface in ("backgroundColor", "secondaryBackgroundColor", f"{hue}BackgroundColor"):
        assert contrast(look[f"{hue}TextColor"], look[surface]) >= TEXT
    # Plain text stands in the same boxes.
    assert contrast(look["textColor"], look[f"{hue}BackgroundColor"]) >= TEXT
    assert contrast(look[f"{hue}Color"], look["backgroundColor"]) >= SHAPES


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_tables_and_chart_shapes_are_readable(mode: str) -> None:
    look = colours((mode,))
    assert contrast(look["dataframeHeaderTextColor"], look["dataframeHeaderBackgroundColor"]) >= TEXT
    for shape in THEME[mode]["chartCategoricalColors"]:
        assert contrast(shape, look["backgroundColor"]) >= SHAPES


def test_the_ramp_darkens_in_even_steps_and_carries_figures() -> None:
    ramp = THEME["chartSequentialColors"]
    assert len(ramp) == 10, "Streamlit ignores any other number"
    assert all(contrast(FIGURES, step) >= TEXT for step in ramp)
    # Without colour vision the lightness alone must order the cells.
    lightness = [luminance(step) ** (1 / 3) for step in ramp]
    steps = [before - after for before, after in pairwise(lightness)]
    assert min(steps) > 0.5 * max(steps)


def test_every_key_is_one_streamlit_knows() -> None:
    known = streamlit_config.get_config_options()

    def walk(section: str, table: dict[str, Any]) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                walk(f"{section}.{key}", value)
            else:
                assert f"{section}.{key}" in known, f"{section}.{key}"

    for section, table in CONFIG.items():
        walk(section, table)


def test_nothing_is_fetched_from_outside() -> None:
    text = (Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text()
    assert "http" not in text
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["enableStaticServing"] is False
