import functools
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest

from db.rules import release_protect
from db.rules.release_audit import attack
from db.rules.release_knowledge import TOTAL, Knowledge, Known, know_row, link_rows
from db.rules.release_protect import Release, protect
from db.rules.release_tables import RawTable, Words, before_protection, frozen
from tests.db.rules.release_attacker import Attacker
from tests.db.rules.release_caseloads import (
    Caseload,
    Line,
    Stay,
    placed_caseload,
    random_caseload,
    raw_tables,
    releases_of,
)

CASELOADS = range(60)


def table(cells: list[list[int]], *, dimension: str = "region", period: str = "all") -> RawTable:
    """A table of doctors who stand in one column each, many bodies behind every number."""
    numbers = np.array(cells, dtype=np.int64)
    rows, columns = numbers.shape
    return RawTable(
        dimension,
        period,
        tuple(f"F{at}" for at in range(rows)),
        tuple(f"c{at}" for at in range(columns)),
        numbers,
        numbers.sum(axis=1),
        numbers.sum(axis=0),
        int(numbers.sum()),
        np.zeros((rows, columns), dtype=np.bool_),
        np.zeros(rows, dtype=np.bool_),
        np.zeros(columns, dtype=np.bool_),
        False,
    )


@functools.cache
def releases_of_caseload(seed: int) -> list[Release]:
    """Most of what the attacks cost: made once for all tests that read them."""
    return releases_of(random_caseload(seed))


def test_a_number_below_eight_is_never_told_from_another_below_eight() -> None:
    shown = before_protection(table([[0, 1, 7], [8, 12, 13]]))
    assert shown[:-1, :-1].tolist() == [["0-7", "0-7", "0-7"], ["10", "10", "15"]]


def test_what_too_few_bodies_stand_behind_is_withheld_and_does_not_read_low() -> None:
    raw = table([[0, 3, 40]])
    thin = replace(raw, thin_cells=np.array([[True, True, True]]))
    assert before_protection(thin)[0, :-1].tolist() == ["0-7", "0-7", "*"]


def test_the_worked_example_shows_all_it_may() -> None:
    raw = table([[23, 12, 9], [6, 17, 14], [11, 0, 8]])
    (shown,) = protect("2026Q3", [raw], [])
    assert shown.cells == (("25", "10", "10"), ("0-7", "15", "15"), ("10", "0-7", "10"))
    assert shown.row_totals[0] == "45"


def test_a_total_that_gives_a_low_number_away_is_withheld() -> None:
    # 25 and 10 beside a total of 35 leave 32 to 37 less 33 to 39: at most 4.
    raw = table([[25, 10, 1]])
    (shown,) = protect("2026Q3", [raw], [])
    assert shown.cells[0][2] == "0-7"
    assert "*" in (*shown.cells[0], *shown.row_totals)


def test_what_is_over_is_shown_as_it_was() -> None:
    for release, after in pairs_of_releases():
        closed = {
            (raw.dimension, raw.period): shown
            for raw, shown in zip(release.raw, release.frozen, strict=True)
            if raw.period != "all" and f"{raw.period}Q4" <= release.quarter
        }
        for shown in after.frozen:
            if (shown.dimension, shown.period) in closed:
                assert shown == closed[shown.dimension, shown.period]


def pairs_of_releases() -> Iterator[tuple[Release, Release]]:
    for seed in range(12):
        yield from pairwise(releases_of_caseload(seed))


def test_the_same_counts_are_always_shown_alike() -> None:
    again = releases_of(random_caseload(7))
    assert [release.frozen for release in again] == [release.frozen for release in releases_of_caseload(7)]


@pytest.mark.parametrize(
    ("told", "caseloads"),
    [(False, CASELOADS[:20]), (True, CASELOADS)],
    ids=["knows what always holds", "is told whose doctors stand once"],
)
def test_no_joint_attack_on_all_releases_finds_or_narrows_a_number(told: bool, caseloads: range) -> None:
    found = [Attacker(releases_of_caseload(seed), told=told).attack() for seed in caseloads]
    assert sum(each.withheld for each in found) > 1_500
    assert [each.exact for each in found] == [0] * len(found)
    assert [each.narrowed for each in found] == [0] * len(found)


@pytest.mark.parametrize("seed", [83, 105])
def test_who_came_to_us_does_not_tell_how_many_have_a_finding_or_a_condition(seed: int) -> None:
    """Everybody with either is one of the caseload, whose numbers stand beside them."""
    releases = releases_of(random_caseload(seed, besides=True))
    assert {"caseload", "examined"} < {table.dimension for table in releases[0].raw}
    found = Attacker(releases, told=True).attack()
    assert (found.exact, found.narrowed) == (0, 0)


@pytest.mark.parametrize("seed", [10, 29, 36, 39])
def test_where_a_region_lies_tells_nothing_of_a_low_number(seed: int) -> None:
    """Scotland is one number by region and by nation, and England is its regions."""
    found = Attacker(releases_of(placed_caseload(seed)), told=True).attack()
    assert (found.exact, found.narrowed) == (0, 0)


def test_who_has_an_open_case_is_told_no_more_by_standing_in_every_year() -> None:
    """Withheld in one year and shown in another, it told how many came early and how many cases had closed."""
    began = {"2025Q3": [1, 3, 6], "2025Q4": [4, 4, 5, 7], "2026Q1": [0, 0, 0, 0, 1, 1, 1, 1, 3, 6, 6, 8]}
    closed = {("2025Q3", 1): "2025Q4", ("2025Q4", 7): "2026Q1"}
    places = [(body, then) for then, bodies in began.items() for body in bodies]
    stays = tuple(Stay(at, body, then, closed.get((then, body))) for at, (body, then) in enumerate(places))
    stays = (*stays[:-1], replace(stays[-1], closed="2026Q1"))
    found = Attacker(releases_of(Caseload([], ("F0",), {}, tuple(began), stays)), told=True).attack()
    assert (found.exact, found.narrowed) == (0, 0)


def test_the_attacker_finds_what_rounding_alone_gives_away() -> None:
    """Or the test above would say nothing."""
    narrowed = 0
    for seed in range(12):
        unprotected = [
            replace(release, frozen=tuple(frozen(raw, before_protection(raw)) for raw in release.raw))
            for release in releases_of_caseload(seed)
        ]
        narrowed += Attacker(unprotected, told=True).attack().narrowed
    assert narrowed > 50


def test_doctors_recorded_late_do_not_tell_in_which_nation_nobody_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody shows a number by nation, but a total of eight with seven in one nation needs somebody in another year."""
    monkeypatch.setattr(release_protect, "JOINTLY", 0)
    early = [("2023Q2", "E"), ("2024Q1", "E"), ("2024Q3", "N"), ("2025Q1", "E"), ("2025Q2", "E")]
    quarters = tuple(f"{year}Q{at}" for year in range(2023, 2027) for at in range(1, 5))
    releases: list[Release] = []
    for last, findings in (("2026Q1", early), ("2026Q2", [*early, *[("2025Q3", "E")] * 3])):
        lines = [Line(at, at, "F0", then, {"nation": where}) for at, (then, where) in enumerate(findings)]
        raw = raw_tables(Caseload(lines, ("F0",), {"nation": tuple("ESWN")}, quarters), last)
        releases.append(Release(last, raw, protect(last, raw, releases)))
    found = Attacker(releases, told=True).attack()
    assert (found.exact, found.narrowed) == (0, 0)
    assert found.withheld > 100


def test_a_total_that_grew_does_not_tell_whether_it_was_none_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight in all, and at most seven in the one row that grew: if nobody was in the old total, nobody was in the
    rows that are as they were. No row tells it by itself."""
    monkeypatch.setattr(release_protect, "JOINTLY", 0)
    quarters = tuple(f"{year}Q{at}" for year in (2025, 2026) for at in range(1, 5))
    many = [(code, then, "sex", body) for code in ("F0", "F1") for then in quarters[:5] for body in range(5)]
    early = [*many, *((f"F{at % 2}", "2025Q2", "age", at) for at in range(7))]
    releases: list[Release] = []
    for last, findings in (("2026Q1", early), ("2026Q2", [*early, ("F0", "2025Q3", "age", 7)])):
        lines = [
            Line(at, body, code, then, {"ground": ground}) for at, (code, then, ground, body) in enumerate(findings)
        ]
        raw = raw_tables(Caseload(lines, ("F0", "F1"), {"ground": ("age", "sex")}, quarters), last)
        releases.append(Release(last, raw, protect(last, raw, releases)))
    found = Attacker(releases, told=False).attack()
    assert (found.exact, found.narrowed) == (0, 0)
    assert found.withheld > 80


def test_a_number_that_an_earlier_release_gave_away_does_not_end_all_releases(
    caplog: pytest.LogCaptureFixture,
) -> None:
    raw = table([[10, 10, 3]], period="2025")
    shown = before_protection(raw)
    # 18 to 22, less twice 8 to 12, leaves at most 6 for what reads 0 to 7.
    shown[:, -1] = "20"
    given_away = Release("2025Q4", (raw,), (frozen(raw, shown),))
    (after,) = protect("2026Q1", [raw], [given_away])
    assert after.cells == given_away.frozen[0].cells
    assert "narrow down" in caplog.text


def test_in_whole_numbers_too_a_low_number_can_be_anything_from_none_to_seven() -> None:
    tried = 0
    for seed in range(20, 30):
        attacker = Attacker(releases_of(random_caseload(seed, doctors=30, codes=2))[:2], told=True)
        low = [at for at, words in enumerate(attacker.words) if words == "0-7"]
        for number in low[:: max(1, len(low) // 4)]:
            assert [attacker.can_be(number, value) for value in range(8)] == [True] * 8
            tried += 1
    assert tried > 30


def test_little_more_is_withheld_than_the_least_that_would_do() -> None:
    """Compared with the smallest set that the auditor accepts, found by trying all, on small tables."""
    rng = np.random.default_rng(11)
    ours = least = 0
    for _ in range(30):
        raw = table(rng.choice([0, 2, 5, 9, 14, 30], size=(2, 3), p=[0.2, 0.2, 0.2, 0.15, 0.15, 0.1]).tolist())
        enough = least_withheld(raw)
        if enough is not None:
            (shown,) = protect("2026Q3", [raw], [])
            ours += withheld_in(shown.framed())
            least += enough
    assert least > 20
    assert ours <= 1.1 * least


def withheld_in(shown: Words) -> int:
    return int((shown == "*").sum())


def least_withheld(raw: RawTable) -> int | None:
    """None where low numbers too must be starred."""
    start = before_protection(raw)
    open_ones = [tuple(at) for at in np.argwhere(np.vectorize(str.isdecimal)(start))]
    for many in range(len(open_ones) + 1):
        for chosen in combinations(open_ones, many):
            shown = start.copy()
            for at in chosen:
                shown[at] = "*"
            if is_safe(raw, shown):
                return many
    return None


def is_safe(raw: RawTable, shown: Words) -> bool:
    known = [Known("2026Q3", (raw,), (shown,))]
    knowledge = Knowledge(linked=True)
    for row in (*raw.rows, TOTAL):
        know_row(knowledge, known, row)
    link_rows(knowledge, known, (*raw.rows, TOTAL))
    return not attack(knowledge, most=1)
