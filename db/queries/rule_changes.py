"""For leads: deadlines that a changed rule would move, until a lead moves or keeps each one."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.models import Case, Deadline, TimeRule


@dataclass(frozen=True)
class RuleChange:
    """One deadline. `new_on` is None if no rule applies any more to the day it counts from."""

    deadline_id: int
    reference: str
    name: str
    rule: str
    due_on: date
    new_on: date | None
    by_hand: bool


def rule_changes(session: Session, viewer: Viewer) -> list[RuleChange]:
    """Those this lead may see, earliest date first. Empty for anybody else."""
    if not viewer.is_lead:
        return []
    return [_change(row) for row in session.execute(asking().where(visible_cases(viewer)))]


def asking() -> Select[*tuple[object, ...]]:
    """Every deadline waiting for an answer, regardless of viewer: for the operator's command line."""
    return (
        select(
            Deadline.id,
            Case.reference,
            Deadline.name,
            TimeRule.label,
            Deadline.due_on,
            Deadline.asks_on,
            Deadline.moved_from,
        )
        .join(Case, Case.id == Deadline.case_id)
        .join(TimeRule, TimeRule.code == Deadline.rule)
        .where(Deadline.asks_since.is_not(None), Deadline.met_on.is_(None), Deadline.lapsed_on.is_(None))
        .order_by(Deadline.due_on, Deadline.id)
    )


def _change(row: Row[*tuple[object, ...]]) -> RuleChange:
    return RuleChange(row.id, row.reference, row.name, row.label, row.due_on, row.asks_on, row.moved_from is not None)


def every_rule_change(session: Session) -> list[RuleChange]:
    return [_change(row) for row in session.execute(asking())]
