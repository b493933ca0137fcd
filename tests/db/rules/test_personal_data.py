"""What is taken for personal data in free text, and what is not."""

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.gb import nhs

from db.rules import contacts, names, patients, personal_data
from db.rules.contacts import addresses_in
from db.rules.names import names_in
from db.rules.personal_data import FREE_TEXT, find, redacted
from db.rules.plain_text import as_stored

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


# What one may type, or paste, of each; the number is 999 123 4519 throughout.
HIDDEN = [
    ("999\u00a0123\u00a04519", "NHS number"),
    ("999  123  4519", "NHS number"),
    ("999.123.4519", "NHS number"),
    ("999\n123\n4519", "NHS number"),
    ("999\r\n123\r\n4519", "NHS number"),
    ("999 - 123 - 4519", "NHS number"),
    ("999\u2011123\u20114519", "NHS number"),
    ("999\u2013123\u20134519", "NHS number"),
    ("999/123/4519", "NHS number"),
    ("999_123_4519", "NHS number"),
    ("999\t123\t4519", "NHS number"),
    ("99\u200b9123\u200b4519", "NHS number"),
    ("99\u00ad9 12\u00ad3 45\u00ad19", "NHS number"),
    ("99\u200d9 12\u200c3 45\u200e19", "NHS number"),
    ("99\ufeff9 123 4519", "NHS number"),
    ("9 9 9 1 2 3 4 5 1 9", "NHS number"),
    ("9-9-9-1-2-3-4-5-1-9", "NHS number"),
    ("1 9 9 9 1 2 3 4 5 1 9", "NHS number"),
    ("９９９ １２３ ４５１９", "NHS number"),
    ("٩٩٩ ١٢٣ ٤٥١٩", "NHS number"),
    ("NHS number is 99 91 23 45 19", "NHS number"),
    ("NHS no.: 9991 2345 19", "NHS number"),
    ("date of birth is 3/4/1961", "date of birth"),
    ("date  of\nbirth: 3/4/1961", "date of birth"),
    ("date\u00a0of\u00a0birth 3\u00a0April\u00a01961", "date of birth"),
    ("DOB was 3rd of April 1961", "date of birth"),
    ("D O B 3.4.61", "date of birth"),
    ("birthday is April 3rd, 1961", "date of birth"),
    ("born on the 3rd of April 1961", "date of birth"),
    ("born 1961-04-03", "date of birth"),
    ("DOB 03041961", "date of birth"),
    ("dob 3\u00ad/4/19\u200d61", "date of birth"),
    ("GMC number is 1234567", "GMC number"),
    ("GMC no. 123 4567", "GMC number"),
    ("GMC reg. no: 1.2.3.4.5.6.7", "GMC number"),
    ("GMC reference number was 12\u200d34567", "GMC number"),
    ("GMC\u00a0(1234567)", "GMC number"),
    ("hospital number is A 12 34 56", "hospital number"),
    ("MRN is 001\u00a02345", "hospital number"),
    ("casenote no 12\u00ad34\u00ad56", "hospital number"),
    ("patient A. Sample", "a patient’s name"),
    ("patient A Sample", "a patient’s name"),
    ("patient A.B. Sample", "a patient’s name"),
    ("Patient Mrs Sample", "a patient’s name"),
    ("the patient, Nora Sample,", "a patient’s name"),
    ("the patient was called Nora", "a patient’s name"),
    ("patient’s name is Örnek", "a patient’s name"),
    ("pt Nora Sample-Specimen", "a patient’s name"),
    ("PATIENT A. SAMPLE", "a patient’s name"),
    ("service user É. Sample", "a patient’s name"),
    ("her mother Mrs O’Sample", "a patient’s name"),
]


@pytest.mark.parametrize(("written", "kind"), HIDDEN)
def test_what_is_stored_is_what_is_looked_at(written: str, kind: str) -> None:
    stored = as_stored(f"Told us: {written} and more.")
    assert kinds(stored) == [kind]
    assert kinds(redacted(stored, find(stored))) == []


@pytest.mark.parametrize(
    "text",
    [
        "Patient safety was raised",
        "The Patient Safety Team wrote",
        "A patient I saw",
        "each patient on Ward Nine",
        "Patient Advice and Liaison Service",
        "the patient DNAR form",
        "patient. Dr Nora Sample then left",
        "mother and baby unit",
        "the patient was well. The Trust wrote",
        "Patients Association",
        "the unit 7 rota",
        "Her husband is well. Nora wrote",
        "GMC rule 7 letter, 28 days",
        "born of a shortage in 2026",
        "NHS England 2026",
        "in 2024, 2025 and 2026",
        "10:15 on 22 11 2026",
    ],
)
def test_ordinary_words_are_not_asked_about(text: str) -> None:
    assert kinds(as_stored(text)) == []


@given(st.text())
def test_what_is_stored_is_not_changed_by_storing_it_again(text: str) -> None:
    assert as_stored(as_stored(text)) == as_stored(text)


# How Python itself reads a pattern.
sre: Any = import_module("re._parser")
sre_constants: Any = import_module("re._constants")


def repeats(pattern: Any) -> Iterator[int]:
    """How often each part of a pattern may come again."""
    for operator, value in pattern:
        if operator in (sre_constants.MAX_REPEAT, sre_constants.MIN_REPEAT):
            yield int(value[1])
            yield from repeats(value[2])
        elif operator is sre_constants.SUBPATTERN:
            yield from repeats(value[3])
        elif operator is sre_constants.BRANCH:
            for branch in value[1]:
                yield from repeats(branch)
        elif operator in (sre_constants.ASSERT, sre_constants.ASSERT_NOT):
            yield from repeats(value[1])


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern that free text is looked at with."""
    found = {}
    for module in (personal_data, patients, contacts, names):
        for name, value in vars(module).items():
            for key, each in value.items() if isinstance(value, Mapping) else ((name, value),):
                if isinstance(each, re.Pattern):
                    found[f"{module.__name__}.{name}.{key}"] = each
    return found


def test_no_pattern_looks_further_than_a_bound_from_any_letter() -> None:
    """So the time is linear by construction: at each place at most so many steps."""
    found = patterns()
    assert len(found) > 8
    for name, pattern in found.items():
        if name != "db.rules.names.TOKEN.TOKEN":  # One class, again and again, and nothing behind it.
            assert all(many <= 300 for many in repeats(sre.parse(pattern.pattern, pattern.flags))), name
    assert re.fullmatch(r"(\[[^]]*\])\(\?:.*\)\*", names.TOKEN.pattern)


HOSTILE_LONG = [
    "\ud800" * 50,
    "A" * 10_000,
    "Ab " * 3_000,
    "9" * 10_000,
    "a@" * 5_000,
    "9 " * 5_000,
    "dob 3" + "/" * 9_000,
    "dob " * 2_500,
    "GMC no " * 1_400,
    "patient A " * 1_000,
    "a" * 5_000 + "@",
    "a." * 5_000,
    "0 " * 5_000,
    "hospital" + " " * 9_000,
    "NHS number is " * 700,
    "’" * 10_000,
    "patient " * 1_250,
    "1(" * 5_000,
]


@pytest.mark.parametrize("text", HOSTILE_LONG)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    assert find(text) is not None
    assert sum(1 for _ in names_in(text)) < 7 * len(text)
    assert sum(1 for _ in addresses_in(text)) < len(text)


# Names, addresses and passwords: each has a place of its own, or is never kept.
NOT_FREE = {
    *("adviser_contact", "adviser_name", "adviser_organisation", "adviser_reference"),
    "again",
    "code",
    "confirmed_by",
    "contact",
    "current",
    "doctor",
    "doctor_contact",
    "email",
    "emergency_number",
    "emergency_who",
    "link",
    "name",
    "never_use",
    "other_reference",
    "parties",
    "password",
    "purpose",
    "reference",
    "safe_channel",
    "safe_times",
    "username",
    "words",
    "writer",
    "writer_contact",
}


def test_every_free_field_of_every_form_is_looked_at() -> None:
    """A new field of text must be in one of the two lists."""
    fields: set[str] = set()
    for file in (Path(__file__).parents[3] / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                if node.func.attr in ("text", "area") and isinstance(first, ast.Constant):
                    fields.add(str(first.value))
    assert {"what_changed", "summary"} <= fields
    assert fields - NOT_FREE <= FREE_TEXT
