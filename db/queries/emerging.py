"""What is emerging, for leads: exact numbers of the cases they may see, never for sharing."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, require_lead
from db.choices import FalseAlarms
from db.models import FindingCode, Volunteer
from db.queries.case_rows import CaseRow, rows_of
from db.rising_rows import budget, codes_of, dismissed, known, lines
from db.rules.emerging import Rise, look


@dataclass(frozen=True)
class Risen:
    """A rise with the words of its codes and the cases of its last eight weeks, all that this lead may read."""

    rise: Rise
    labels: tuple[str, ...]
    cases: tuple[CaseRow, ...]


@dataclass(frozen=True)
class Dismissed:
    """What a lead dismissed: its codes with their words, why, who and when, and how many cases it was about."""

    labels: tuple[str, ...]
    reason: str
    by: str
    at: datetime
    cases: int


@dataclass(frozen=True)
class Emerging:
    """`judged` is how many codes and pairs had enough doctors; `doctors` how many have had findings coded in all."""

    risen: tuple[Risen, ...]
    judged: int
    budget: FalseAlarms
    dismissed: tuple[Dismissed, ...]


def emerging(session: Session, viewer: Viewer, today: date) -> Emerging:
    """What rises over the cases a lead may see. Refuses anybody else."""
    require_lead(viewer)
    allowed = budget(session)
    found = look(lines(session, viewer, today), known(session, viewer), allowed.in_a_year)
    words = {code: f"{code} {label}" for code, label in session.execute(select(FindingCode.code, FindingCode.label))}
    names = {row.id: row.name for row in session.execute(select(Volunteer.id, Volunteer.name))}
    past = tuple(
        Dismissed(tuple(words[code] for code in codes_of(row)), row.reason, names[row.by_id], row.at, len(cases))
        for row, cases in dismissed(session, viewer)
    )
    risen = tuple(
        Risen(rise, tuple(words.get(code, code) for code in rise.codes), _cases(session, viewer, rise, today))
        for rise in found.rises
    )
    return Emerging(risen, found.judged, allowed, past)


def _cases(session: Session, viewer: Viewer, rise: Rise, today: date) -> tuple[CaseRow, ...]:
    rows = rows_of(session, viewer, sorted(rise.cases), today)
    return tuple(sorted(rows, key=lambda row: (row.opened_on, row.reference), reverse=True))
