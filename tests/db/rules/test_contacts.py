"""When two ways of writing a contact are the same address or number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.contacts import addresses_in, contact_key, contact_keys

SAME = [
    ("07700 900987", "+44 7700 900987"),
    ("07700 900987", "0044 7700 900987"),
    ("+44 (0)7700 900987", "07700900987"),
    ("07700 900987", "07700-900-987"),
    ("07700 900987", "(07700) 900 987"),
    ("07700 900987", "07700\u00a0900\u00ad987"),
    ("07700 900987", "Mobile: 07700 900987, text only"),
    ("020 7946 0991", "+44 20 7946 0991"),
    ("+353 20 915 0123", "00353 20 9150123"),
    ("nora@example.org", "NORA@Example.ORG"),
    ("nora@example.org", " <nora@example.org> "),
    ("nora@example.org", "mailto:nora@example.org"),
    ("nora@exämple.org", "nora@EXÄMPLE.org"),
    ("nora@example.org or 07700 900987", "07700 900987 / nora@example.org"),
    ("Signal: nora.s", "signal NORA.S"),
]
OTHERS = [
    ("07700 900987", "07700 900988"),
    ("nora@example.org", "nora@example.com"),
    ("nora@example.org", "flora@example.org"),
    ("n.ora@example.org", "nora@example.org"),
    ("+44 7700 900987", "+353 7700 900987"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_to_write_one_contact_are_one(one: str, other: str) -> None:
    assert contact_key(one) == contact_key(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_contacts_are_others(one: str, other: str) -> None:
    assert contact_key(one) != contact_key(other)


@given(
    st.integers(0, 999), st.lists(st.sampled_from([" ", "-", ".", "\u00a0", "\u200d", ""]), min_size=10, max_size=10)
)
def test_a_number_is_the_same_however_it_is_broken_up(last: int, signs: list[str]) -> None:
    digits = f"07700900{last:03}"
    written = "".join(digit + sign for digit, sign in zip(digits, [*signs, ""], strict=True))
    assert contact_key(written) == contact_key("+44" + digits[1:])


@given(st.text(max_size=300))
def test_a_contact_is_found_by_its_own_keys(contact: str) -> None:
    assert contact_key(contact) in contact_keys(contact) or contact_key(contact) == ""


@pytest.mark.parametrize("text", ["rang 07700 900987 2024 times", "rang 07700 900987, then nobody", "07700 900987"])
def test_a_number_is_found_in_a_text(text: str) -> None:
    assert any(contact_key("+447700900987") in keys for _, _, keys in addresses_in(text))


def test_where_it_stands_is_told_by_the_text_itself() -> None:
    text = "rang\u200d 07700\u200d 900987 and wrote to nora@exam\u200dple.org."
    assert [text[start:end] for start, end, _ in addresses_in(text)] == ["nora@exam\u200dple.org", "07700\u200d 900987"]
