"""How the caseload has changed, week by week."""

from datetime import date, timedelta

import pandas as pd
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_cases
from db.choices import Stage
from db.models import Case, StageEvent
from db.queries.conditions import midnight

ENDED = tuple(stage for stage in Stage if not stage.is_open)


def trend(session: Session, viewer: Viewer, today: date, weeks: int = 26) -> pd.DataFrame:
    """Cases opened, closed and open by week, oldest first. For leads, over the cases they may see.

    Columns: week (the Monday, a date), opened, closed (every closure, even of a case reopened since), open (at the end
    of the week, or now; a reopened case is open again but does not count as opened).
    """
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=n) for n in range(weeks - 1, -1, -1)]
    seen = visible_cases(viewer) if viewer.is_lead else Case.id.is_(None)
    opened = dict(
        session.execute(
            select(Case.opened_on, func.count()).where(seen, Case.opened_on >= starts[0]).group_by(Case.opened_on)
        ).all()
    )
    closed, reopened = _closures(session, seen, starts)
    now = session.scalar(select(func.count()).select_from(Case).where(seen, Case.is_open)) or 0
    rows = []
    for start, went, back in zip(reversed(starts), reversed(closed), reversed(reopened), strict=True):
        came = sum(opened.get(start + timedelta(days=n), 0) for n in range(7))
        rows.append((start, came, went, now))
        now += went - came - back
    return pd.DataFrame.from_records(rows[::-1], columns=["week", "opened", "closed", "open"])


def _closures(session: Session, seen: ColumnElement[bool], starts: list[date]) -> tuple[list[int], list[int]]:
    """Closures and reopenings in each week, from the stage events, as a case has only its last."""

    def in_week(start: date) -> ColumnElement[bool]:
        return and_(StageEvent.at >= midnight(start), StageEvent.at < midnight(start + timedelta(days=7)))

    ended, resumed = StageEvent.to_stage.in_(ENDED), StageEvent.from_stage.in_(ENDED)
    counts = [func.count().filter(which, in_week(start)) for which in (ended, resumed) for start in starts]
    # A reopening always goes to triage: naming that lets one index serve both.
    moves = StageEvent.to_stage.in_((*ENDED, Stage.TRIAGE))
    query = select(*counts).select_from(StageEvent).join(Case, Case.id == StageEvent.case_id)
    row = session.execute(query.where(seen, moves, StageEvent.at >= midnight(starts[0]))).one()
    return list(row[: len(starts)]), list(row[len(starts) :])
