"""What a release is computed from: every table against a plain count, over all cases, without those who said no."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from db import clock
from db.choices import EXAMINED, RELEASED_DIMENSIONS, Dimension
from db.engine import Database
from db.left_out import doctors_left_out, has_said_no_since
from db.models import CodedTerm, Consent, FindingCode, Process, Recusal, StageEvent
from db.queries.release_counts import ALL, CASELOAD, EARLIER, NO_ONE, NOT_STATED, counted
from db.rules.disclosure import MIN_BODIES
from db.rules.release_protect import RawTable
from tests.db.heatmap_record import LONG_AGO, Record, fresh_record

QUARTER, LATER = "2024Q3", "2025Q4"
BEFORE_ITS_END = datetime(2024, 9, 30, 12, tzinfo=clock.LONDON)
AFTER_ITS_END = datetime(2024, 10, 1, 1, tzinfo=clock.LONDON)
Plain = dict[str, Any]


@pytest.fixture
def record(database: Database) -> Iterator[Record]:
    with fresh_record(database) as made:
        yield made


def tables(record: Record, quarter: str = QUARTER) -> dict[tuple[str, str], RawTable]:
    return {(table.dimension, table.period): table for table in counted(record.session, quarter).tables}


def number(table: RawTable, row: str, column: str) -> int:
    return int(table.cells[table.rows.index(row), table.columns.index(column)])


def moved(record: Record, case: int, came_from: str, to: str, day: date) -> None:
    at = datetime.combine(day, time(12), tzinfo=clock.LONDON)
    values = {"case_id": case, "from_stage": came_from, "to_stage": to, "at": at, "reason": "", "details": {}}
    record.session.execute(insert(StageEvent), values)


def random_case(record: Record, chance: random.Random, doctors: list[int]) -> Iterator[Plain]:
    facts: Plain = {
        "body_kind": chance.choice(["acute", "gp_practice"]),
        "region": chance.choice(["london", "wales"]),
        "nation": chance.choice(["england", "wales"]),
        "grade": chance.choice(["fy1", "consultant"]),
        "specialty_group": chance.choice(["surgery", "medicine"]),
    }
    doctor, body = chance.choice(doctors), chance.randrange(5)
    case = record.case(doctor, at=body, **facts)
    grounds = chance.sample(["race", "sex", "age"], chance.randint(0, 2))
    record.ground(case, *grounds)
    process = chance.choice(["GMC", "MHPS"])
    place = record.process(case, process, {"GMC": "TRIAGE", "MHPS": "SCREEN"}[process])
    for code in chance.sample(["S01", "S02", "P04", "U06"], chance.randint(1, 3)):
        quarter = chance.choice(["1999Q1", "2023Q4", "2024Q1", "2024Q3", "2024Q4"])
        tied = chance.random() < 0.7
        coded_at = chance.choice([BEFORE_ITS_END, AFTER_ITS_END])
        record.finding(case, code, quarter=quarter, coded_at=coded_at, **({"case_process_id": place} if tied else {}))
        yield {
            "code": code,
            "doctor": doctor,
            "body": body,
            "when": quarter,
            "coded_at": coded_at,
            **{name: [value] for name, value in facts.items()},
            "quarter": [EARLIER if quarter < "2024Q1" else quarter],
            "ground": grounds or [NO_ONE],
            "process": [process if tied else NO_ONE],
        }


def test_every_table_counts_what_a_plain_count_says(record: Record) -> None:
    chance = random.Random(4)  # noqa: S311
    doctors = [record.doctor() for _ in range(30)]
    lines = [line for _ in range(80) for line in random_case(record, chance, doctors)]
    found = tables(record)
    every = {(d, p) for d in (*RELEASED_DIMENSIONS, CASELOAD) for p in (ALL, "2024")}
    assert set(found) == {*every, (EXAMINED, ALL)}
    for (dimension, period), table in found.items():
        if dimension in (CASELOAD, EXAMINED):
            continue
        first = "" if period == ALL else "2024Q1"
        kept = [line for line in lines if line["coded_at"] == BEFORE_ITS_END and first <= line["when"] <= QUARTER]
        behind: dict[tuple[str, str], set[tuple[int, int]]] = {}
        for line in kept:
            for column in line[dimension]:
                behind.setdefault((line["code"], column), set()).add((line["doctor"], line["body"]))
        for row, column in ((row, column) for row in table.rows for column in table.columns):
            who = behind.get((row, column), set())
            assert number(table, row, column) == len({doctor for doctor, _ in who}), (dimension, period, row, column)
            at_body = [len({d for d, b in who if b == body}) for body in range(5)]
            few = sum(n > 0 for n in at_body) < MIN_BODIES or 2 * max(at_body) > len({doctor for doctor, _ in who})
            assert not who or table.thin_cells[table.rows.index(row), table.columns.index(column)] == few
        by_row = {row: len({line["doctor"] for line in kept if line["code"] == row}) for row in table.rows}
        assert table.row_totals.tolist() == list(by_row.values())
        assert table.total == len({line["doctor"] for line in kept})


def test_lines_are_whole_reference_lists_whoever_is_in_them(record: Record) -> None:
    record.case()
    empty = tables(record, LATER)
    for _ in range(12):
        record.case(None, "P04", grade="nobody_lists_this")
    filled = tables(record, LATER)
    assert {key: (t.rows, t.columns) for key, t in empty.items()} == {
        key: (t.rows, t.columns) for key, t in filled.items()
    }
    with_codes = set(record.session.scalars(select(FindingCode.code)))
    assert all(set(t.rows) == with_codes for (d, _), t in filled.items() if d not in (CASELOAD, EXAMINED))
    listed = select(CodedTerm.code).where(CodedTerm.list == "grade").order_by(CodedTerm.position)
    grades = filled[Dimension.GRADE, ALL]
    assert grades.columns == tuple(record.session.scalars(listed))
    assert number(grades, "P04", NOT_STATED) == 12
    processes = tuple(record.session.scalars(select(Process.code).order_by(Process.position)))
    assert filled[Dimension.PROCESS, ALL].columns == (*processes, NO_ONE)


def test_quarters_before_the_first_year_stand_together(record: Record) -> None:
    case = record.case(None, "P04")
    record.finding(case, "S01", quarter="1999Q4")
    found = tables(record, "2025Q4")
    years = [tuple(f"{year}Q{n}" for n in range(1, 5)) for year in (2024, 2025)]
    assert found[Dimension.QUARTER, ALL].columns == (EARLIER, *years[0], *years[1])
    assert [found[Dimension.QUARTER, year].columns for year in ("2024", "2025")] == years
    assert number(found[Dimension.QUARTER, ALL], "S01", EARLIER) == 1
    assert found[Dimension.QUARTER, "2024"].row_totals.sum() == 1


def test_what_stands_behind_somebodys_wall_is_counted_all_the_same(record: Record) -> None:
    case = record.case(None, "P04")
    for viewer in (record.lead, record.volunteer, record.observer):
        recusal = {"volunteer_id": viewer.id, "case_id": case, "reason": "-", "at": LONG_AGO}
        record.session.execute(insert(Recusal), recusal)
    assert number(tables(record, LATER)[Dimension.REGION, ALL], "P04", "london") == 1


@pytest.mark.parametrize(
    ("words", "is_counted"),
    [
        ([], True),
        ([{"given": True}], True),
        ([{"given": False}], False),
        ([{"given": True, "withdrawn_at": LONG_AGO}], False),
        ([{"given": True, "expires_on": clock.today() - timedelta(days=1)}], False),
        ([{"given": True, "expires_on": clock.today()}], True),
        ([{"given": False}, {"given": True, "given_at": LONG_AGO + timedelta(days=1)}], True),
        ([{"given": True}, {"given": False, "given_at": LONG_AGO + timedelta(days=1)}], False),
        ([{"given": False, "purpose": "media"}], True),
    ],
    ids=[
        "not asked",
        "yes",
        "no",
        "taken back",
        "run out",
        "last day",
        "no then yes",
        "yes then no",
        "another purpose",
    ],
)
def test_a_no_to_counts_is_obeyed(record: Record, words: list[dict[str, Any]], is_counted: bool) -> None:
    doctor = record.doctor()
    asked = record.case(doctor, "S01")
    record.case(doctor, "P04", at=1)
    record.case(None, "P04", at=2)
    for word in words:
        record.consent(asked, **word)
    found = tables(record, LATER)
    assert number(found[Dimension.REGION, ALL], "S01", "london") == int(is_counted)
    assert number(found[Dimension.REGION, ALL], "P04", "london") == 1 + int(is_counted)
    assert number(found[CASELOAD, ALL], "open", "doctors") == 1 + int(is_counted)
    assert counted(record.session, LATER).left_out == len(doctors_left_out(record.session)) == int(not is_counted)


def test_a_no_since_a_moment_is_noticed(record: Record) -> None:
    case, moment = record.case(None, "S01"), clock.now() - timedelta(days=2)
    record.consent(case, given=False)
    assert not has_said_no_since(record.session, moment)
    words: list[dict[str, Any]] = [
        {"given": False, "given_at": clock.now()},
        {"given": True, "withdrawn_at": clock.now()},
        {"given": True, "expires_on": clock.today() - timedelta(days=1)},
    ]
    for word in words:
        record.session.execute(delete(Consent))
        record.consent(case, **word)
        assert has_said_no_since(record.session, moment), word


def test_the_caseload_is_as_it_stood_when_the_quarter_ended(record: Record) -> None:
    for n in range(6):
        record.case(None, at=n % 5, opened_on=date(2023, 5, 1))
    opened_now = record.case(None, opened_on=date(2024, 9, 30))
    record.case(None, opened_on=date(2024, 10, 1))
    moved(record, 1, "learning", "closed", date(2023, 12, 1))  # closed in the year before
    moved(record, 2, "learning", "closed", date(2024, 9, 30))  # closed in the quarter
    moved(record, 3, "learning", "closed", date(2024, 10, 1))  # closed after its end
    moved(record, 4, "learning", "closed", date(2024, 3, 1))
    moved(record, 4, "closed", "triage", date(2024, 4, 1))  # reopened
    moved(record, 5, "triage", "declined", date(2024, 4, 1))  # ended, and not closed
    found = tables(record)

    def shown(period: str) -> dict[str, int]:
        table = found[CASELOAD, period]
        return {row: number(table, row, "doctors") for row in table.rows}

    assert opened_now == 7
    assert shown(ALL) == {"open": 4, "opened": 7, "closed": 3}
    assert shown("2024") == {"open": 4, "opened": 1, "closed": 2}
    assert shown("2023") == {"open": 4, "opened": 6, "closed": 1}
