"""Reading the time rules, and asking leads about dates that a changed rule would move. No date moves by itself."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from db import clock
from db.models import Case, Deadline, TimeRule
from db.rules.time_rules import Pause, Rule, Rules, WorkedOut, work_out

# A change to any of these can move a date.
MOVING = (
    "process",
    "stage",
    "amount",
    "unit",
    "counting",
    "valid_from",
    "valid_to",
    "alternative_to",
    "paused_by",
    "least_after",
)
AT_ONCE = 1_000


def rules_of(session: Session) -> dict[str, Rule]:
    """Every time rule by code, whenever it was in force."""
    rows = session.scalars(select(TimeRule).order_by(TimeRule.process, TimeRule.code))
    return {row.code: rule_of(row) for row in rows}


def rule_of(row: TimeRule) -> Rule:
    values: dict[str, Any] = {name: getattr(row, name) for name in Rule.__dataclass_fields__}
    coded = {name: values[name].value for name in ("certainty", "kind", "whose")}
    return Rule(**(values | coded | {"runs_in": row.runs_in or ""}))


def pause_of(row: Deadline) -> Pause | None:
    return Pause(row.paused_from, row.paused_to) if row.paused_from else None


def worked_out(rules: Rules, row: Deadline, nation: str) -> WorkedOut | None:
    """What the rules give today for a deadline that has a rule and a day it counts from."""
    assert row.rule is not None
    assert row.trigger_on is not None
    return work_out(rules, row.rule, row.trigger_on, nation=nation, pause=pause_of(row))


def ask_about(session: Session, processes: set[str], *, case_id: int | None = None) -> int:
    """After these processes' rules have changed, or (`case_id`) the nation of one case, whose days off count: notes the
    new date on each live deadline that they would move, removes notes that no longer apply, and returns how many are
    left to ask about. Changes `may_apply_*`, never `due_on`."""
    rules = rules_of(session)
    table = Deadline.__table__
    assert isinstance(table, Table)
    changes = list(_changes(session, rules, processes, case_id))
    names = ("asks_rule", "asks_on", "asks_since", "may_apply_rule", "may_apply_on")
    statement = update(table).where(table.c.id == bindparam("deadline"))
    statement = statement.values({name: bindparam(f"new_{name}") for name in names})
    for start in range(0, len(changes), AT_ONCE):
        session.connection().execute(statement, changes[start : start + AT_ONCE])
    return sum(change["new_asks_since"] is not None for change in changes)


def _changes(session: Session, rules: Rules, processes: set[str], case_id: int | None) -> Iterator[dict[str, object]]:
    codes = [rule.code for rule in rules.values() if rule.process in processes]
    live = (
        select(Deadline, Case.nation)
        .join(Case, Case.id == Deadline.case_id)
        .where(
            Deadline.met_on.is_(None),
            Deadline.lapsed_on.is_(None),
            Deadline.rule.in_(codes),
            Deadline.trigger_on.is_not(None),
            # None where a lead kept the date although no rule applies to its day.
            Deadline.rule_due_on.is_not(None),
        )
    )
    if case_id is not None:
        live = live.where(Deadline.case_id == case_id)
    for row, nation in session.execute(live.execution_options(yield_per=AT_ONCE)):
        out = worked_out(rules, row, nation)
        new: dict[str, Any] = {"asks_rule": None, "asks_on": None, "asks_since": None}
        if would_move(row, out):
            new = {"asks_rule": out.rule.code if out else None, "asks_on": out.due_on if out else None}
            new["asks_since"] = row.asks_since or clock.now()
        other = out.may_apply if out else None
        new |= {"may_apply_rule": other[0].code if other else None, "may_apply_on": other[1] if other else None}
        if any(getattr(row, name) != value for name, value in new.items()):
            yield {"deadline": row.id, **{f"new_{name}": value for name, value in new.items()}}


def would_move(row: Deadline, out: WorkedOut | None) -> bool:
    """Whether the rules now give another date than before. A date changed by hand is asked about only if the rule's own
    date has changed."""
    if out is None or (row.rule, row.rule_due_on) != (out.rule.code, out.rule_due_on):
        return True
    return row.moved_from is None and row.due_on != out.due_on
