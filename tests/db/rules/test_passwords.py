"""A new password must not be one that whoever knows this campaign, the person or the address would try first."""

from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from db.demo import PASSWORD
from db.errors import CommandRefused
from db.rules.passwords import (
    COMMON,
    DEMO_PASSWORD,
    MAX_LENGTH,
    MIN_LENGTH,
    OWN_WORDS,
    SIGNS,
    checked_password,
    fits,
    words_of,
)

ABOUT = ("ann.example", "Ann Bo Exämple-O’Hara", "ann.b@mail.example.org", "https://casework.example.org:8443")
BETWEEN = [*"0123456789-_. !?#&+/", "1999", "2024", "2026", "123", "!!", "07"]
GOOD = (
    "teapot orbit velvet junction",
    "correct horse battery staple",
    "my doctor cannot blame the velvet teapot",
    "notebook sandwich purple",
    "Gj4#kP9!vTz2",
)


def refusal_of(password: str, **told: Any) -> CommandRefused:
    with pytest.raises(CommandRefused) as refusal:
        checked_password(password, password, **({"about": ABOUT} | told))
    return refusal.value


@pytest.mark.parametrize(
    "password",
    [
        "LearnNotBlame1",
        "learn-not-blame",
        "LEARN NOT BLAME",
        "l34rn.N0t.Bl4me",
        "Learn2024!Not#1999Blame&55",
        "emalBtoNnraeL99",
        "LLearn_N0T__bl@me!!",
        "L e a r n N o t B l a m e",
        "LearnNotBlameSummer",
        "NHSdoctors2024",
        "DAUK-casework-2026",
        "DoctorsAssociationUK1",
        "Doctors'Association!",
        "AnnExample1987!!",
        "ann.example2024",
        "Example.Casework.Org9",
        "O'Hara-Example-2026",
        "ExampleBoAnn#1",
        "casework.example.org1",
        "lnblnblnblnb",
    ],
)
def test_what_anybody_would_try_here_first_is_refused(password: str) -> None:
    refusal = refusal_of(password)
    assert refusal.field == "password"
    assert "Try four unrelated words" in refusal.message


def spelled(word: str, draw: Any) -> str:
    """The word as somebody types it who thinks that nobody will guess: capitals, signs, backwards."""
    letters = [draw(st.sampled_from([c, c.upper(), *SIGNS.get(c, "")])) for c in word]
    return "".join(reversed(letters) if draw(st.booleans()) else letters)


@st.composite
def own_passwords(draw: Any) -> str:
    words = sorted(OWN_WORDS | set(words_of(ABOUT)))
    text = ""
    while len(text) < MIN_LENGTH:
        text += spelled(draw(st.sampled_from(words)), draw) + "".join(
            draw(st.lists(st.sampled_from(BETWEEN), max_size=3))
        )
    return text.strip()[:MAX_LENGTH]


@settings(max_examples=120)
@given(own_passwords())
def test_words_of_our_own_with_years_and_signs_between_are_refused(password: str) -> None:
    assert refusal_of(password).field == "password"


@pytest.mark.parametrize("password", GOOD)
def test_unrelated_words_and_drawn_ones_are_taken(password: str) -> None:
    assert checked_password(password, password, about=ABOUT) == password


@pytest.mark.parametrize("space", [" ", "\t", "\n", "\u00a0", "\u2003", "\r\n"])
def test_an_outer_space_is_refused_with_what_to_do(space: str) -> None:
    for password in (space + GOOD[0], GOOD[0] + space):
        refusal = refusal_of(password)
        assert refusal.field == "password"
        assert "space" in refusal.message
        assert "Remove the space" in refusal.message


@given(st.text(min_size=MIN_LENGTH, max_size=80))
def test_whatever_is_taken_is_what_signing_in_reads(password: str) -> None:
    try:
        taken = checked_password(password, password)
    except CommandRefused:
        reject()
    assert taken == taken.strip() == password
    assert fits(taken)


@pytest.mark.parametrize("password", ["velvet\0teapot orbit junction", "velvet \ud800 teapot orbit junction"])
def test_what_cannot_be_hashed_is_refused_in_words(password: str) -> None:
    assert refusal_of(password).field == "password"


def test_the_demonstrations_password_is_for_a_demonstration() -> None:
    assert PASSWORD == DEMO_PASSWORD
    assert checked_password(PASSWORD, PASSWORD, is_demo=True) == PASSWORD
    assert refusal_of(PASSWORD).field == "password"
    assert refusal_of("LearnNotBlame1", is_demo=True).field == "password"


def test_a_long_name_does_not_make_the_check_long() -> None:
    assert all(len(word) <= 400 for word in words_of(["a" * 1_000_000]))


def test_no_common_password_is_taken_however_long() -> None:
    long = [password for password in COMMON if len(password) >= MIN_LENGTH]
    assert len(COMMON) > 10_000
    assert long
    for password in long:
        assert "common" in refusal_of(password.upper()).message
