"""What emerging codes are counted from, for commands and queries alike: the lines a lead may see, and what is known."""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, barred_cases, visible_among
from db.choices import FalseAlarms
from db.code_mapping import counted_code
from db.models import AlarmBudget, Case, Dismissal, DismissedCase, Finding
from db.rules.emerging import BEFORE, RECENT, Codes, Line


def lines(session: Session, viewer: Viewer, today: date) -> list[Line]:
    """The findings coded in the last RECENT + BEFORE weeks, in cases this viewer is not barred from."""
    since = clock.midnight(today - timedelta(days=(RECENT + BEFORE) * 7 - 1))
    coded = select(counted_code(), Case.doctor_id, Finding.case_id, Finding.coded_at).join(
        Case, Case.id == Finding.case_id
    )
    barred = set(session.scalars(barred_cases(viewer.id)))
    return [
        Line(code, doctor, case, max(0, (today - clock.london_day(at)).days) // 7)
        for code, doctor, case, at in session.execute(coded.where(Finding.coded_at >= since))
        if case not in barred
    ]


def dismissed(session: Session, viewer: Viewer) -> list[tuple[Dismissal, frozenset[int]]]:
    """The dismissals, the newest first, each with its cases: those of which this viewer may see every case."""
    cases: dict[int, set[int]] = defaultdict(set)
    for dismissal_id, case_id in session.execute(select(DismissedCase.dismissal_id, DismissedCase.case_id)):
        cases[dismissal_id].add(case_id)
    readable = visible_among(session, viewer, set().union(*cases.values()))
    rows = session.scalars(select(Dismissal).order_by(Dismissal.id.desc())).all()
    return [(row, frozenset(cases[row.id])) for row in rows if cases[row.id] <= readable]


def codes_of(row: Dismissal) -> Codes:
    return (row.code,) if row.other is None else (row.code, row.other)


def known(session: Session, viewer: Viewer) -> dict[Codes, frozenset[int]]:
    """{code or pair: cases that somebody has looked at and dismissed}."""
    found: dict[Codes, frozenset[int]] = {}
    for row, cases in dismissed(session, viewer):
        found[codes_of(row)] = found.get(codes_of(row), frozenset()) | cases
    return found


def budget(session: Session) -> FalseAlarms:
    newest = select(AlarmBudget.budget).order_by(AlarmBudget.id.desc()).limit(1)
    return session.scalar(newest) or FalseAlarms.YEARLY
