"""Every finding, as a few integer arrays: read once for a revision, then counted in milliseconds.

Each read groups by a code and gets the ids of a group as one text, so that 250,000 findings arrive as about a thousand
rows. Nothing here is filtered by viewer: `db/queries/heatmap.py` applies the conflict wall to every count, and releases
count everything.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import numpy as np
from sqlalchemy import ColumnExpressionArgument, Select, SQLColumnExpression, String, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db import clock
from db.choices import Dimension
from db.left_out import said_no
from db.models import Case, CaseGround, CaseProcess, Consent, Finding, FindingMapping
from db.queries.changed_cases import newest_change
from db.rules.tally import NO_BODY, Ints, Seats, seats_of

NONE = ""  # the code for no process, no ground or no stage
CASE_COLUMNS: dict[Dimension, InstrumentedAttribute[str]] = {
    Dimension.BODY_KIND: Case.body_kind,
    Dimension.REGION: Case.region,
    Dimension.NATION: Case.nation,
    Dimension.GRADE: Case.grade,
    Dimension.SPECIALTY_GROUP: Case.specialty_group,
}


T = TypeVar("T")
NOTHING: Ints = np.zeros(0, dtype=np.int64)


class Coded(NamedTuple):
    """A column of codes: `at` has the position in `codes` of each line's code."""

    codes: list[str]
    at: Ints


def place(coded: Coded, order: Sequence[str], *, otherwise: int = -1) -> Ints:
    """The position of each line's code in `order`."""
    known = {code: at for at, code in enumerate(order)}
    return np.array([known.get(code, otherwise) for code in coded.codes], dtype=np.int64)[coded.at]


class FindingArrays:
    """The columns, each read when first needed. One line per finding.

    Use it for one revision only (`Revision.patterns`); `finding_changes` brings it up to date. If a case is added
    between two reads, its finding has no case yet and is left out until the next revision.
    """

    def __init__(self, *, coded_before: datetime | None = None, with_process: bool = False) -> None:
        self.coded_before = coded_before
        self.with_process = with_process
        self.kept: dict[str, Any] = {}
        # The newest change before anything was read: the arrays include everything up to it.
        self.audit_id: int | None = None

    def _once(self, name: str, read: Callable[[], T]) -> T:
        if name not in self.kept:
            self.kept[name] = read()
        found: T = self.kept[name]
        return found

    def findings(self, session: Session) -> "Findings":
        return self._once("findings", lambda: self._first_read(session))

    def _first_read(self, session: Session) -> "Findings":
        self.audit_id = newest_change(session)
        return self.read_findings(session)

    def read_findings(self, session: Session, *conditions: ColumnExpressionArgument[bool]) -> "Findings":
        where = [*conditions, *([] if self.coded_before is None else [Finding.coded_at < self.coded_before])]
        keys = [Finding.code, Finding.evidence, Finding.quarter]
        more: list[Any] = [Finding.id, func.coalesce(Finding.case_process_id, 0)] if self.with_process else []
        read = _grouped(session, keys, Finding.case_id, *more, where=where)
        code, evidence, quarter = (Coded(read.codes(part), read.at(part)) for part in range(len(keys)))
        return Findings(_as_counted(session, code), evidence, quarter, *read.numbers)

    def cases(self, session: Session) -> "Cases":
        return self._once("cases", lambda: _cases(session))

    def case_position(self, session: Session) -> Ints:
        """The position of each finding's case in `cases`; -1 if it is not there."""
        cases = self.cases(session)
        return self._once("at", lambda: look_up(cases.position, self.findings(session).case_id))

    def open_cases(self, session: Session) -> Ints:
        """Ids of the open cases."""
        return _grouped(session, [], Case.id, where=[Case.is_open]).numbers[0]

    def left_out(self, session: Session) -> Ints:
        """Ids of the cases whose doctors said no to “Use in counts”, as it stands today."""
        return self._once(left_out_today(), lambda: read_left_out(session))

    def process(self, session: Session) -> Coded:
        return self._finding_column(session, CaseProcess.process, CaseProcess.id)

    def dimension(self, session: Session, dimension: Dimension) -> Coded:
        """A dimension's column, with one value per finding; not for grounds (see `grounds`)."""
        if dimension is Dimension.QUARTER:
            return self.findings(session).quarter
        if dimension is Dimension.PROCESS:
            return self.process(session)
        if dimension is Dimension.PROCESS_STAGE:
            stage = self._finding_column(session, Finding.process_stage, Finding.id)
            return _joined(self.process(session), stage)
        if dimension is Dimension.ORGANISATION:
            return self.organisation(session)
        if dimension is Dimension.MONTH:
            return self._once("month", lambda: self._month(session))
        by_case: Coded = self._once(dimension, lambda: _table(_grouped(session, [CASE_COLUMNS[dimension]], Case.id)))
        return Coded(by_case.codes, look_up(by_case.at, self.findings(session).case_id, absent=0))

    def organisation(self, session: Session) -> Coded:
        """The id of the organisation of each finding's case, as text; NONE if it is not matched."""
        return self._once("organisation", lambda: self._organisation(session))

    def _organisation(self, session: Session) -> Coded:
        # The last place is for a finding whose case was not there yet.
        of_case = np.append(self.cases(session).body, NO_BODY)
        bodies, at = np.unique(of_case[self.case_position(session)], return_inverse=True)
        return Coded([str(body) if body != NO_BODY else NONE for body in bodies.tolist()], at)

    def _month(self, session: Session) -> Coded:
        """Like 2026-11: as stored, so by the clock of Greenwich."""
        month = func.substr(cast(Finding.coded_at, String), 1, 7)
        return _by_id(_grouped(session, [month], Finding.id), self.findings(session).id)

    def things(self, session: Session, dimension: Dimension) -> tuple[Ints, Coded]:
        """What is counted by a dimension (each finding; for grounds, once for each ground), and the column."""
        if dimension is Dimension.GROUND:
            return self.grounds(session)
        if dimension is Dimension.FINDING:
            return self._once("others", lambda: self._others(session))
        return np.arange(len(self.findings(session).case_id)), self.dimension(session, dimension)

    def _finding_column(
        self, session: Session, column: SQLColumnExpression[str | None], key: InstrumentedAttribute[int]
    ) -> Coded:
        findings = self.findings(session)
        wanted = findings.id if key is Finding.id else findings.case_process_id

        def read() -> _Groups:
            return _grouped(session, [column], key, where=[column.is_not(None)])

        return self._once(str(key), lambda: _by_id(read(), wanted))

    def _others(self, session: Session) -> tuple[Ints, Coded]:
        """One line per finding and other code in the same case, or one with NONE: its position and the code. Two
        cases of one doctor are apart: a lead may be barred from one of them."""
        findings = self.findings(session)
        order = np.argsort(findings.case_id, kind="stable")
        wanted = findings.case_id
        first = np.searchsorted(wanted[order], wanted, side="left")
        many = np.searchsorted(wanted[order], wanted, side="right") - first
        lines = np.repeat(np.arange(len(wanted)), many)
        start = np.cumsum(many) - many
        code = findings.code.at[order][np.arange(len(lines)) - start[lines] + first[lines]]
        apart = code != findings.code.at[lines]
        alone = np.setdiff1d(np.arange(len(wanted)), lines[apart])
        found = np.concatenate([code[apart] + 1, np.zeros(len(alone), dtype=np.int64)])
        return np.concatenate([lines[apart], alone]), Coded([NONE, *findings.code.codes], found)

    def grounds(self, session: Session) -> tuple[Ints, Coded]:
        """One line per finding and ground alleged in its case: the finding's position and the ground."""
        return self._once("grounds", lambda: self._grounds(session))

    def _grounds(self, session: Session) -> tuple[Ints, Coded]:
        read = _grouped(session, [CaseGround.ground], CaseGround.case_id)
        order = np.argsort(read.numbers[0], kind="stable")
        case_id, ground = read.numbers[0][order], read.at(0)[order] + 1
        wanted = self.findings(session).case_id
        first = np.searchsorted(case_id, wanted, side="left")
        many = np.searchsorted(case_id, wanted, side="right") - first
        lines = np.repeat(np.arange(len(wanted)), np.maximum(many, 1))
        start = np.cumsum(np.maximum(many, 1)) - np.maximum(many, 1)
        nth = np.arange(len(lines)) - start[lines] + first[lines]
        padded = np.append(ground, 0)
        codes = [NONE, *(str(key[0]) for key in read.keys)]
        return lines, Coded(codes, np.where(many[lines] > 0, padded[np.minimum(nth, len(ground))], 0))


class Findings(NamedTuple):
    """The last two are read only `with_process`, and are otherwise empty."""

    code: Coded
    evidence: Coded
    quarter: Coded
    case_id: Ints
    id: Ints = NOTHING
    case_process_id: Ints = NOTHING


class Cases(NamedTuple):
    """`position` gives a case's position by its id; the rest is in that order. `body` may be NO_BODY."""

    position: Ints
    doctor: Ints
    body: Ints
    seat: Ints
    seats: Seats


class _Groups(NamedTuple):
    """The result of a grouped read: each group's keys and size, and the numbers of all groups in turn."""

    keys: Sequence[tuple[Any, ...]]
    sizes: Ints
    numbers: list[Ints]

    def at(self, part: int) -> Ints:
        """The position of each line's key among the distinct ones of that part (`codes`)."""
        places = {code: at for at, code in enumerate(self.codes(part))}
        each = np.array([places[key[part]] for key in self.keys], dtype=np.int64)
        return np.repeat(each, self.sizes)

    def codes(self, part: int) -> list[str]:
        return list(dict.fromkeys(key[part] for key in self.keys))


def _grouped(
    session: Session,
    keys: Sequence[SQLColumnExpression[object]],
    *numbers: SQLColumnExpression[int | None],
    where: Sequence[ColumnExpressionArgument[bool]] = (),
) -> _Groups:
    texts = [func.aggregate_strings(cast(number, String), ",") for number in numbers]
    query: Select[*tuple[Any, ...]] = select(*keys, func.count(), *texts).where(*where).group_by(*keys)
    rows = [row for row in session.execute(query).all() if row[len(keys)]]
    return _Groups(
        keys=[tuple(row[: len(keys)]) for row in rows],
        sizes=np.array([row[len(keys)] for row in rows], dtype=np.int64),
        numbers=[numbers_in(",".join(row[len(keys) + 1 + n] for row in rows)) for n in range(len(numbers))],
    )


def _as_counted(session: Session, coded: Coded) -> Coded:
    """Findings of a code that another replaced, under the one that took its place."""
    replaced = dict(session.execute(select(FindingMapping.old_code, FindingMapping.new_code)).all())
    codes = [replaced.get(code, code) for code in coded.codes]
    order = list(dict.fromkeys(codes))
    return Coded(order, np.array([order.index(code) for code in codes], dtype=np.int64)[coded.at])


def left_out_today() -> str:
    """Under what name the arrays keep `left_out`: a yes may expire at midnight."""
    return f"left out on {clock.today()}"


def read_left_out(session: Session, *conditions: ColumnExpressionArgument[bool]) -> Ints:
    return _grouped(session, [], Consent.case_id, where=[*said_no(), *conditions]).numbers[0]


def numbers_in(text: str) -> Ints:
    return np.fromstring(text, dtype=np.int64, sep=",") if text else NOTHING


def _cases(session: Session) -> Cases:
    read = _grouped(session, [Case.organisation_id], Case.id, Case.doctor_id)
    case_id, doctor = read.numbers
    body = np.repeat(np.array([key[0] or NO_BODY for key in read.keys], dtype=np.int64), read.sizes)
    seat, seats = seats_of(doctor, _without_gaps(body))
    return Cases(_positions(case_id), doctor, body, seat, seats)


def _without_gaps(body: Ints) -> Ints:
    """The same organisations numbered from 1; 0 stays 0 (`NO_BODY`)."""
    return np.searchsorted(np.unique(np.append(body, NO_BODY)), body).astype(np.int64)


def _positions(ids: Ints) -> Ints:
    position = np.full(int(ids.max(initial=0)) + 1, -1, dtype=np.int64)
    position[ids] = np.arange(len(ids))
    return position


def look_up(table: Ints, wanted: Ints, absent: int = -1) -> Ints:
    inside = wanted < len(table)
    return np.where(inside, table[np.where(inside, wanted, 0)], absent)


def _table(read: _Groups) -> Coded:
    """A line for each id up to the highest; NONE where it has no code."""
    at = np.zeros(int(read.numbers[0].max(initial=0)) + 1, dtype=np.int64)
    at[read.numbers[0]] = read.at(0) + 1
    return Coded([NONE, *read.codes(0)], at)


def _by_id(read: _Groups, wanted: Ints) -> Coded:
    """The code of each wanted id; NONE if it has none."""
    table = _table(read)
    return Coded(table.codes, look_up(table.at, wanted, absent=0))


def _joined(one: Coded, other: Coded) -> Coded:
    """Two columns joined into one, with codes like GMC:RULE7."""
    width = len(other.codes)
    pairs, at = np.unique(one.at * width + other.at, return_inverse=True)
    halves = ((one.codes[pair // width], other.codes[pair % width]) for pair in pairs.tolist())
    return Coded([f"{first}:{second}" if first else NONE for first, second in halves], at)
