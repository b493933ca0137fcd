"""What is taken for personal data in free text, and what is not."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.gb import nhs

from db.rules.personal_data import FREE_TEXT, find, names_in, redacted

# Numbers of the range that the NHS keeps for tests.
TEST_NUMBERS = ("999 123 4519", "999-123-4519", "9991234519")


def kinds(text: str) -> list[str]:
    return [found.kind for found in find(text)]


@pytest.mark.parametrize("number", TEST_NUMBERS)
def test_an_nhs_number_is_found_however_it_is_spaced(number: str) -> None:
    assert nhs.is_valid(number)
    assert kinds(f"Somebody ({number}) had waited.") == ["NHS number"]


@pytest.mark.parametrize("text", ["999 123 4518", "07700 900123", "1999123451978", "2026-11-22 10:15", "LNB-7K3M9Q"])
def test_other_numbers_are_not(text: str) -> None:
    assert kinds(text) == []


@given(st.integers(0, 999_999_999))
def test_a_number_is_found_just_when_its_check_digit_fits(body: int) -> None:
    for digit in range(10):
        number = f"{body:09}{digit}"
        assert (kinds(f"see {number}.") == ["NHS number"]) == nhs.is_valid(number)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DOB 3/4/1961", "date of birth"),
        ("d.o.b.: 03-04-61", "date of birth"),
        ("born on 3rd April 1961", "date of birth"),
        ("Date of birth 3 Apr 1961", "date of birth"),
        ("Hospital no. A123456", "hospital number"),
        ("MRN: 0012345", "hospital number"),
        ("Patient ID 1234567", "hospital number"),
        ("GMC number 1234567", "GMC number"),
    ],
)
def test_what_is_named_as_such_is_found(text: str, kind: str) -> None:
    assert kinds(f"Told us: {text}, and more.") == [kind]


@pytest.mark.parametrize(
    "text",
    ["The hearing is on 3 April 2027", "Unit 7 was short", "GMC rule 7 letter of 3/4/2026", "Patient safety 2026"],
)
def test_ordinary_casework_is_not(text: str) -> None:
    assert kinds(text) == []


def test_redaction_leaves_the_rest_as_it_was() -> None:
    text = "Bed 4, NHS 999 123 4519, dob 3/4/1961: waited."
    assert redacted(text, find(text)) == "Bed 4, NHS [redacted: NHS number], [redacted: date of birth]: waited."
    assert find(redacted(text, find(text))) == []


@given(st.text(), st.sampled_from(TEST_NUMBERS), st.text())
def test_nothing_is_left_to_find_after_redaction(before: str, number: str, after: str) -> None:
    text = f"{before} {number} {after}"
    assert "NHS number" not in kinds(redacted(text, find(text)))


def test_names_are_runs_of_two_to_four_capitalised_words() -> None:
    assert [name for name, _, _ in names_in("Then Ann Mary Example wrote to us.")] == [
        "Then Ann",
        "Then Ann Mary",
        "Then Ann Mary Example",
        "Ann Mary",
        "Ann Mary Example",
        "Mary Example",
    ]


@pytest.mark.parametrize("text", ["\ud800" * 50, "A" * 100_000, "Ab " * 20_000, "9" * 100_000, "a@" * 50_000])
def test_hostile_text_is_read_in_no_time(text: str) -> None:
    assert find(text) is not None
    assert sum(1 for _ in names_in(text)) < 200_000


# Names, addresses and passwords: each has a place of its own, or is never kept.
NOT_FREE = {
    "again", "code", "confirmed_by", "current", "email", "link", "name", "never_use", "parties", "password",
    "safe_channel", "safe_times", "username", "words",
}  # fmt: skip


def test_every_free_field_of_every_form_is_looked_at() -> None:
    """A new field of text must be in one of the two lists."""
    fields: set[str] = set()
    for file in (Path(__file__).parents[2] / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                if node.func.attr in ("text", "area") and isinstance(first, ast.Constant):
                    fields.add(str(first.value))
    assert {"what_changed", "summary"} <= fields
    assert fields - NOT_FREE <= FREE_TEXT
