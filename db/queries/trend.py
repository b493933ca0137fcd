"""How the caseload has changed, week by week."""

from collections import Counter
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_cases
from db.choices import Stage
from db.models import Case, StageEvent
from db.queries.days import Hour, london_day_of

ENDED = tuple(stage for stage in Stage if not stage.is_open)
OPENED, CLOSED, REOPENED, OPEN = "opened", "closed", "reopened", "open"


def trend(session: Session, viewer: Viewer, today: date, weeks: int = 26) -> pd.DataFrame:
    """Cases opened, closed and open by week, oldest first. For leads, over the cases they may see.

    Columns: week (the Monday, a date), opened, closed (every closure, even of a case reopened since), open (at the end
    of the week, or now; a reopened case is open again but does not count as opened).
    """
    starts = [_monday(today) - timedelta(weeks=n) for n in range(weeks)]
    found = _counted(session, viewer, starts[-1]) if viewer.is_lead else Counter[tuple[str, date]]()
    now, rows = found[OPEN, starts[-1]], []
    for start in starts:
        came, went, back = (found[what, start] for what in (OPENED, CLOSED, REOPENED))
        rows.append((start, came, went, now))
        now += went - came - back
    return pd.DataFrame.from_records(rows[::-1], columns=["week", "opened", "closed", "open"])


def _counted(session: Session, viewer: Viewer, start: date) -> Counter[tuple[str, date]]:
    """How many, by what and Monday. All cases are counted, from indexes alone, less those the lead is barred from: to
    look at each event whether its case may be seen takes far longer."""
    found = Counter[tuple[str, date]]()
    opened = select(Case.opened_on, func.count()).where(Case.opened_on >= start).group_by(Case.opened_on)
    for day, many in session.execute(opened):
        found[OPENED, _monday(day)] += many
    hour = Hour(StageEvent.at)
    events = select(hour, func.count()).where(StageEvent.at >= clock.midnight(start)).group_by(hour)
    for what, moved in ((CLOSED, _CLOSED), (REOPENED, _REOPENED)):
        for at, many in session.execute(events.where(moved)):
            found[what, _monday(london_day_of(at))] += many
    found[OPEN, start] = session.scalar(select(func.count()).select_from(Case).where(Case.is_open)) or 0
    found.subtract(_barred(session, viewer, start))
    return found


# A reopening always goes to triage: naming that lets one index serve both.
_CLOSED = StageEvent.to_stage.in_(ENDED)
_REOPENED = and_(StageEvent.to_stage == Stage.TRIAGE, StageEvent.from_stage.in_(ENDED))


def _barred(session: Session, viewer: Viewer, start: date) -> Counter[tuple[str, date]]:
    """The same of the cases this lead is barred from: few enough to be read one by one."""
    found, barred = Counter[tuple[str, date]](), barred_cases(viewer.id)
    recent = or_(Case.is_open, Case.opened_on >= start)
    for row in session.execute(select(Case.opened_on, Case.is_open).where(Case.id.in_(barred), recent)):
        found[OPEN, start] += row.is_open
        found[OPENED, _monday(row.opened_on)] += 1
    since = StageEvent.at >= clock.midnight(start)
    moves = select(StageEvent.to_stage, StageEvent.at).where(since, or_(_CLOSED, _REOPENED))
    for to_stage, at in session.execute(moves.where(StageEvent.case_id.in_(barred))):
        what = CLOSED if to_stage in ENDED else REOPENED
        found[what, _monday(clock.london_day(at))] += 1
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
