"""A body is found by what people call it, and the one that is meant comes first."""

import csv
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.body_search import Entry, fold, index_of

HERE = Path(__file__).parent
BODIES = (
    Entry(1, "EX01", "ST EXAMPLE'S UNIVERSITY HOSPITALS NHS FOUNDATION TRUST", town="Samplebridge"),
    Entry(2, "EX02", "YSBYTY TŶ ENGHRAIFFT"),
    Entry(3, "EX03", "East Sample Hospitals University NHS Foundation Trust", ("Old Sample Infirmary",), "Demoford"),
    Entry(4, "EX04", "Guy’s & Ann’s NHS Foundation Trust"),
    Entry(5, "EX05", "École Example Trust", postcode="ZZ7 5NY"),
    Entry(6, "EX06", "Northern Sample Trust", is_closed=True),
    Entry(7, "EX07", "Southern Sample Trust"),
    Entry(8, "EX08", "Sample-on-Łake Clinic"),
)
INDEX = index_of(BODIES)


def found(typed: str) -> list[int]:
    return [hit.id for hit in INDEX.search(typed, most=30)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("St Example’s", 1),
        ("St. Example's", 1),
        ("st examples", 1),
        ("saint example", 1),
        ("St.Examples", 1),
        ("tŷ enghraifft", 2),
        ("TY ENGHRAIFFT", 2),
        (unicodedata.normalize("NFD", "tŷ"), 2),
        ("east-sample", 3),
        ("sample east", 3),
        ("eastsample", 3),
        ("esht", 3),
        ("ESHUFT", 3),
        ("old infirmary", 3),
        ("demoford", 3),
        ("infirmry", 3),
        ("the old infirmary of Demoford", 3),
        ("guys and anns", 4),
        ("Ann's Guy's", 4),
        ("ecole", 5),
        ("ÉCOLE", 5),
        ("zz7 5ny", 5),
        ("zz75ny", 5),
        ("ex05", 5),
        (" EX05 ", 5),
        ("lake clinic", 8),
    ],
)
def test_found_as_people_type_it(typed: str, first: int) -> None:
    assert found(typed)[:1] == [first], typed


def test_every_word_counts_and_none_is_stretched_into_another() -> None:
    assert found("northern southern") == []
    assert found("southern") == [7], "not the northern one, two letters away"
    assert found("nothing like it") == []
    assert found("") == found("’.-") == []


def test_the_name_in_full_comes_first_and_a_closed_body_after_an_open_one() -> None:
    assert found("sample trust")[:1] == [7]
    assert found("northern sample trust")[0] == 6, "but a name in full is what was meant"


def test_part_of_a_name_is_enough_for_a_suggestion_and_never_for_a_search() -> None:
    typed = "the old infirmary at sampleford"
    assert found(typed) == []
    assert [hit.id for hit in INDEX.search(typed, most=3, least=0.3)][:1] == [3]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Guy’s & Ann’s NHS Foundation Trust", "Guys and Anns NHS Foundation Trust."),
        ("Guy's  &  Ann's NHS Foundation Trust", "GUY´S AND ANN`S NHS FOUNDATION TRUST"),
        ("École Example Trust", "ecole example trust"),
        (unicodedata.normalize("NFD", "Tŷ"), "Tŷ"),
        ("Łake", "lake"),
        ("St. X", "Saint X"),
    ],
)
def test_spellings_of_one_name_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_an_import_matches_a_name_in_any_spelling() -> None:
    assert INDEX.exactly("Guys & Anns NHS Foundation Trust") == [4]
    assert INDEX.exactly("old sample infirmary.") == [3]
    assert INDEX.exactly("Guys") == []


@given(st.text(max_size=60))
def test_whatever_is_typed_is_answered(typed: str) -> None:
    assert fold(fold(typed)) == fold(typed)
    assert set(found(typed)) <= {body.id for body in BODIES}


@given(st.sampled_from(BODIES), st.randoms())
def test_a_body_is_found_by_its_words_in_any_order(body: Entry, chance: object) -> None:
    words = body.name.split()
    chance.shuffle(words)  # type: ignore[attr-defined]
    assert body.id in found(" ".join(words))


def test_as_the_rows_of_the_file_have_it() -> None:
    """`body_search.csv`: a name as a list has it, what is typed, whether it is found."""
    with (HERE / "body_search.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 10
    for row in rows:
        hits = index_of([Entry(1, "EX01", row["body"])]).search(row["typed"], most=1)
        assert len(hits) == int(row["found"]), row
