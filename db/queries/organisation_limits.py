"""The time limits an organisation has broken, on the cases a lead may see."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.choices import DeadlineKind, Whose
from db.models import Case, CaseProcess, Deadline, TimeRule
from db.queries.organisation import there


@dataclass(frozen=True)
class BrokenLimit:
    """A deadline of the organisation's that it met late, or has not met: `met_on` is then None, and `days` count up to
    today, or to the day the case closed (`closed_on`). `rule` is the name of its rule, `process` a code."""

    reference: str
    name: str
    rule: str | None
    kind: DeadlineKind
    process: str | None
    due_on: date
    met_on: date | None
    closed_on: date | None
    days: int

    @property
    def is_running(self) -> bool:
        return self.met_on is None and self.closed_on is None


def organisation_limits(session: Session, viewer: Viewer, code: str, today: date) -> tuple[BrokenLimit, ...]:
    """Those still running first, the longest broken first. Without any that no longer applies. Refuses (NotFound): see
    `there`."""
    here = there(session, viewer, code)
    never = and_(Deadline.met_on.is_(None), Deadline.due_on < today)
    over = or_(Case.is_open, Deadline.due_on < Case.closed_on)
    told = (
        select(Deadline, Case.reference, Case.is_open, Case.closed_on, TimeRule.label, CaseProcess.process)
        .join(Case, Case.id == Deadline.case_id)
        .outerjoin(CaseProcess, CaseProcess.id == Deadline.case_process_id)
        .outerjoin(TimeRule, TimeRule.code == Deadline.rule)
        .where(visible_cases(viewer), Deadline.whose == Whose.BODY, Deadline.lapsed_on.is_(None))
        .where(or_(Deadline.met_on > Deadline.due_on, and_(never, over)))
    )
    rows = [row for whose in here.put_down(Deadline.case_process_id) for row in session.execute(told.where(whose))]
    found = [
        BrokenLimit(
            reference=reference,
            name=row.name,
            rule=rule,
            kind=row.kind,
            process=process,
            due_on=row.due_on,
            met_on=row.met_on,
            closed_on=None if is_open or row.met_on else closed_on,
            days=((row.met_on or (today if is_open else closed_on) or today) - row.due_on).days,
        )
        for row, reference, is_open, closed_on, rule, process in rows
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_running, -one.days, one.reference, one.name)))
