"""Loads `db/reference/*.csv` into its tables: one idempotent command, safe on every start.

A changed time rule moves no date: leads are asked about each live deadline it would move (`db/rule_asks.py`). Whose
its deadlines are, and of which kind, follows the rule at once.
A row whose code is known is brought up to date. A row that is no longer in the file stays, because cases refer to it:
end it with `valid_to` instead.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Date, Integer, Table, insert, or_, select, update
from sqlalchemy.orm import Session

from db.base import Base
from db.card import refresh_cards
from db.models import (
    Case,
    CheckInRule,
    CodedTerm,
    DatedEvent,
    Deadline,
    FairnessQuestion,
    FindingCode,
    FindingMapping,
    HelpContact,
    OutcomeTerm,
    Process,
    ProcessStage,
    TimeRule,
)
from db.rule_asks import AT_ONCE, MOVING, ask_about
from db.search_index import NO_WORDS

FOLDER = Path(__file__).parent / "reference"
FOLLOWED = ("whose", "kind")
QUIET = {"synchronize_session": False, NO_WORDS: True}
FILES: tuple[tuple[str, type[Base]], ...] = (
    ("processes.csv", Process),
    ("process_stages.csv", ProcessStage),
    ("process_outcomes.csv", OutcomeTerm),
    ("time_rules.csv", TimeRule),
    ("finding_codes.csv", FindingCode),
    ("finding_mappings.csv", FindingMapping),
    ("fairness_questions.csv", FairnessQuestion),
    ("coded_terms.csv", CodedTerm),
    ("help_contacts.csv", HelpContact),
    ("check_in_rules.csv", CheckInRule),
    ("dated_events.csv", DatedEvent),
)


def load_reference_data(session: Session) -> int:
    """Returns how many rows were added or changed; 0 if everything was up to date."""
    moved: set[str] = set()
    changed = sum(_load(session, FOLDER / name, model, moved) for name, model in FILES)
    if moved:
        ask_about(session, moved)
        changed += _follow_rules(session)
    return changed


def _follow_rules(session: Session) -> int:
    """Brings whose a deadline is, and its kind, up to date with its rule, on every case with one that differs; returns
    how many deadlines changed."""
    differs = or_(Deadline.whose != TimeRule.whose, Deadline.kind != TimeRule.kind)
    found = session.execute(
        select(Deadline.id, Deadline.case_id).join(TimeRule, TimeRule.code == Deadline.rule).where(differs)
    )
    rows = found.all()
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        of = select(TimeRule.whose).where(TimeRule.code == Deadline.rule).scalar_subquery()
        kind = select(TimeRule.kind).where(TimeRule.code == Deadline.rule).scalar_subquery()
        mine = Deadline.id.in_([row.id for row in some])
        session.execute(update(Deadline).where(mine).values(whose=of, kind=kind), execution_options=QUIET)
        refresh_cards(session, Case.id.in_({row.case_id for row in some}))
    return len(rows)


def _load(session: Session, path: Path, model: type[Base], moved: set[str]) -> int:
    """Adds to `moved` each process that has a new rule, or one changed so that it may move a date or is somebody
    else's."""
    table = model.__table__
    assert isinstance(table, Table)
    keys = [column.name for column in table.primary_key]
    present = {tuple(row[key] for key in keys): dict(row) for row in session.execute(select(table)).mappings()}
    added, changed = [], 0
    for row in _rows(path, table):
        key = tuple(row[name] for name in keys)
        if model is TimeRule and (
            key not in present or any(present[key][name] != row[name] for name in (*MOVING, *FOLLOWED))
        ):
            moved.add(row["process"])
        if key not in present:
            added.append(row)
        elif any(present[key][name] != value for name, value in row.items()):
            where = [table.c[name] == row[name] for name in keys]
            session.execute(update(table).where(*where).values(row))
            changed += 1
    if added:
        session.execute(insert(table), added)
    return len(added) + changed


def _rows(path: Path, table: Table) -> Iterator[dict[str, Any]]:  # Any: each value is of its column
    with path.open(encoding="utf-8", newline="") as lines:
        for position, row in enumerate(csv.DictReader(lines), start=1):
            values: dict[str, Any] = dict(row)
            if "position" in table.c:
                values.setdefault("position", str(position))
            yield {name: _value(table, name, text) for name, text in values.items()}


def _value(table: Table, name: str, text: str) -> object:
    column = table.c[name]
    if text == "":
        return None if column.nullable else ""
    if isinstance(column.type, Date):
        return date.fromisoformat(text)
    return int(text) if isinstance(column.type, Integer) else text
