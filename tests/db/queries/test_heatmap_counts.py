"""Every dimension and filter of the heatmap against a plain count in Python, and the cases behind each cell."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from db import clock
from db.choices import RELEASED_DIMENSIONS, CaseState, Evidence, FindingKind
from db.engine import Database
from db.queries.finding_arrays import NONE
from db.queries.heatmap_cases import heatmap_cases
from tests.db.heatmap_record import Record, fresh_record

AREAS = ("london", "midlands", "wales")
STAGES = {"GMC": ["TRIAGE"], "MHPS": ["SCREEN", "INVESTIGATE"]}
NARROWED: list[dict[str, Any]] = [
    {},
    {"kind": FindingKind.SYSTEMIC},
    {"evidence": (Evidence.REPORTED, Evidence.FOUND)},
    {"state": CaseState.OPEN},
    {"state": CaseState.CLOSED},
    {"process": "MHPS"},
    {"period_from": "2024Q1"},
    {"period_from": "2024Q1", "period_to": "2024Q2"},
]
Plain = dict[str, Any]  # a finding as the plain count sees it; under each dimension the columns it stands in


@pytest.fixture
def record(database: Database) -> Iterator[Record]:
    with fresh_record(database) as made:
        yield made


def random_case(record: Record, chance: random.Random, doctors: list[int]) -> Iterator[Plain]:
    facts: Plain = {
        "body_kind": chance.choice(["acute", "gp_practice"]),
        "region": chance.choice(AREAS),
        "nation": chance.choice(["england", "wales"]),
        "grade": chance.choice(["fy1", "consultant"]),
        "specialty_group": chance.choice(["surgery", "medicine"]),
    }
    doctor, is_open = chance.choice(doctors), chance.random() < 0.5
    case = record.case(doctor, is_open=is_open, **facts)
    grounds = chance.sample(["race", "sex", "age"], chance.randint(0, 2))
    record.ground(case, *grounds)
    process = chance.choice(list(STAGES))
    stage = chance.choice(STAGES[process])
    place = record.process(case, process, stage)
    for code in chance.sample(["S01", "S02", "P04", "U06"], chance.randint(0, 3)):
        evidence, quarter = chance.choice(list(Evidence)), chance.choice(["2023Q4", "2024Q2", "2024Q3"])
        tied = {"case_process_id": place, "process_stage": stage} if chance.random() < 0.7 else {}
        record.finding(case, code, evidence=evidence, quarter=quarter, **tied)
        yield {
            "code": code,
            "doctor": doctor,
            "case": case,
            "open": is_open,
            "evidence": evidence,
            **{name: [value] for name, value in facts.items()},
            "quarter": [quarter],
            "ground": grounds or [NONE],
            "process": [process if tied else NONE],
            "process_stage": [f"{process}:{stage}" if tied else NONE],
        }


def is_kept(line: Plain, **filters: Any) -> bool:
    kind, state = filters.get("kind"), filters.get("state")
    return (
        (kind is None or line["code"][0] == kind.value[0].upper())
        and (not filters.get("evidence") or line["evidence"] in filters["evidence"])
        and (state is None or line["open"] == (state is CaseState.OPEN))
        and (not filters.get("process") or line["process"] == [filters["process"]])
        and filters.get("period_from", "") <= line["quarter"][0] <= filters.get("period_to", "9999Q4")
    )


def test_every_dimension_and_filter_counts_what_a_plain_count_says(record: Record) -> None:
    chance = random.Random(3)  # noqa: S311
    doctors = [record.doctor() for _ in range(30)]
    lines = [line for _ in range(60) for line in random_case(record, chance, doctors)]
    for dimension, filters in itertools.product(RELEASED_DIMENSIONS, NARROWED):
        table = record.of(record.lead, dimension, **filters)
        kept = [line for line in lines if is_kept(line, **filters)]
        behind: dict[tuple[str, str], list[Plain]] = {}
        for line in kept:
            for column in line[dimension.value]:
                behind.setdefault((line["code"], column), []).append(line)
        shown = {
            (row.code, column.code): int(number)
            for row, cells in zip(table.rows, table.cells, strict=True)
            for column, number in zip(table.columns, cells, strict=True)
            if number != "0"
        }
        assert shown == {key: len({line["doctor"] for line in found}) for key, found in behind.items()}
        assert table.total == str(len({line["doctor"] for line in kept}))
        for key in list(behind)[:2]:
            listed = heatmap_cases(record.session, record.lead, table.filters, *key, clock.today())
            assert listed.total == len(listed.rows) == len({line["case"] for line in behind[key]})
