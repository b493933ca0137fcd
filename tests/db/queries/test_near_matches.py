"""What somebody may have meant whose search found nothing."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from db import clock
from db.case_reference import ALPHABET, PREFIX, meant_by, new_reference
from db.choices import Stage
from db.models import Case
from db.queries.near_matches import NearMatches
from db.queries.queue import QueueFilters, case_queue, near
from db.rules.limits import Limits
from tests.db.helpers import plain, viewer
from tests.factories import Casework, make_case

TODAY = clock.today()
NOTHING = NearMatches((), ())
# With its right check character.
KNOWN = "LNB-7K3M9S"


def meant(casework: Casework, typed: str, who: str = "lead", **filters: Any) -> NearMatches:
    asked = replace(QueueFilters(search=typed), **filters)
    with casework.database.read() as session:
        return near(session, viewer(casework, who), asked, TODAY, Limits())


def called(casework: Casework, reference: str) -> str:
    with casework.database.write() as session:
        session.execute(update(Case).where(Case.reference == casework.reference).values(reference=reference))
    return reference


@given(at=st.integers(0, 5), letter=st.sampled_from(ALPHABET + "01OIU"))
def test_a_reference_with_one_slip_is_known_again(at: int, letter: str) -> None:
    reference = new_reference()
    letters = reference.removeprefix(PREFIX)
    wrong = letters[:at] + letter + letters[at + 1 :]
    swapped = letters[:at] + letters[at + 1 : at + 2] + letters[at : at + 1] + letters[at + 2 :]
    for slip in (wrong, swapped, letters[:at] + letters[at + 1 :], letters[:at] + letter + letters[at:]):
        for typed in (slip, PREFIX + slip, f" lnb {slip.lower()}"):
            assert reference in meant_by(typed), (reference, typed)


@given(st.text(max_size=12))
def test_hardly_any_reference_is_meant_by_anything(typed: str) -> None:
    found = meant_by(typed)
    assert len(found) <= 40
    assert all(reference.startswith(PREFIX) for reference in found)


@pytest.mark.parametrize("typed", ["LNB-7K3M9Q", "7K3M9O", "7k39s", "LNB-7KM39S", "K3M9", "3M9S", "LNB-9S2"])
def test_whoever_sees_the_card_is_told_the_reference_they_meant(casework: Casework, typed: str) -> None:
    reference = called(casework, KNOWN)
    expected = () if typed == "LNB-9S2" else (reference,)
    for who in ("lead", "on_case", "off_case"):
        assert meant(casework, typed, who).references == expected, who
    for who in ("in_conflict", "observer"):
        assert meant(casework, typed, who) == NOTHING, who


def test_a_reference_is_told_only_under_the_filters_that_are_set(casework: Casework) -> None:
    called(casework, KNOWN)
    assert meant(casework, "LNB-7K3M9Q", stages=(Stage.CLOSING,)) == NOTHING
    assert meant(casework, "LNB-7K3M9Q", "off_case", grades=("consultant",)) == NOTHING


@pytest.mark.parametrize("typed", ["Exmaple Acute", "exampel trust", "acutetrust"])
def test_a_name_spelt_otherwise_is_told_to_whoever_would_find_the_case_by_it(casework: Casework, typed: str) -> None:
    for who, told in (("lead", True), ("on_case", True), ("off_case", False), ("in_conflict", False)):
        with casework.database.read() as session:
            asked = QueueFilters(search=typed)
            assert case_queue(session, viewer(casework, who), asked, TODAY, Limits()).total == 0
        names = meant(casework, typed, who).bodies
        assert bool(names) is told, who
        for name in names:
            with casework.database.read() as session:
                found = case_queue(session, viewer(casework, who), QueueFilters(search=name), TODAY, Limits())
            assert [row.reference for row in found.rows] == [casework.reference]


def test_nothing_that_a_barred_person_is_told_moves_with_the_barred_case(casework: Casework) -> None:
    typed = ("Exmaple Acute", "exampel trust", "LNB-7K3M9Q", "K3M9", "7K3M9")
    before = [plain(meant(casework, words, "in_conflict")) for words in typed]
    called(casework, KNOWN)
    with casework.database.write() as session:
        make_case(session, actor_id=casework.lead, body=casework.body, contact="9@example.org")
    assert [plain(meant(casework, words, "in_conflict")) for words in typed] == before
