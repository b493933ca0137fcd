"""Second codings of a case: who is asked, what was handed in, where the two differ and how that was settled."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, read_case
from db.case_said import finding_said
from db.coding_access import coders, is_blind, may_ask
from db.models import Case, Coding, CodingMark, Finding, Volunteer
from db.queries.names import namesakes
from db.rules.codings import CodingStatus, Settled
from db.rules.corrections import SaidFinding


@dataclass(frozen=True)
class Mark:
    """A code that either coder chose. `note` is the second coder's. `standing` is what the case has of it now; `by` and
    `at` are of whoever settled the difference."""

    code: str
    by_first: bool
    by_second: bool
    note: str
    settled: Settled | None
    why: str | None
    by: str | None
    at: datetime | None
    standing: tuple[SaidFinding, ...]

    @property
    def is_open(self) -> bool:
        """A difference that nobody has settled."""
        return self.by_first != self.by_second and self.settled is None


@dataclass(frozen=True)
class SecondCoding:
    """One that somebody was asked for. `marks` only once it is handed in, by code."""

    id: int
    coder: str
    is_mine: bool
    asked_by: str
    asked_at: datetime
    status: CodingStatus
    ended_at: datetime | None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class CaseCodings:
    """`waiting` is the one that somebody is asked for, `ended` the rest, the newest first; none of these for whoever is
    coding the case now. `can_ask`: whether this person may ask for one or take it back."""

    waiting: SecondCoding | None
    ended: tuple[SecondCoding, ...]
    can_ask: bool


def case_codings(session: Session, viewer: Viewer, reference: str) -> CaseCodings:
    """Refuses (NotFound) anybody who may not read the case in full."""
    case = read_case(session, viewer, reference)
    coder, asker = aliased(Volunteer), aliased(Volunteer)
    rows = session.execute(
        select(Coding, coder.name, asker.name)
        .join(coder, coder.id == Coding.coder_id)
        .join(asker, asker.id == Coding.asked_by_id)
        .where(Coding.case_id == case.id)
        .order_by(Coding.id.desc())
    ).all()
    blind = is_blind(session, viewer, case)
    marks = {} if blind or not rows else _marks(session, case)
    told = [_told(viewer, *row, marks.get(row[0].id, ())) for row in rows]
    waiting = next((one for one in told if one.status is CodingStatus.ASKED), None)
    ended = [one for one in told if one is not waiting and not blind]
    return CaseCodings(waiting, tuple(ended), can_ask=may_ask(viewer, case))


def coders_to_ask(session: Session, viewer: Viewer, reference: str) -> dict[int, str]:
    """{id: name} of those who may be asked to code the case; namesakes with their usernames. Nobody for those who may
    not ask. Refuses (NotFound) anybody who may not read the case in full."""
    case = read_case(session, viewer, reference)
    if not may_ask(viewer, case):
        return {}
    apart = namesakes(session)
    fit = Volunteer.id.in_(coders(case.id)), Volunteer.id != viewer.id
    rows = session.execute(select(Volunteer.id, Volunteer.name).where(*fit).order_by(Volunteer.name, Volunteer.id))
    return {row.id: apart.get(row.id, row.name) for row in rows}


def _told(viewer: Viewer, row: Coding, coder: str, asker: str, marks: Iterable[Mark]) -> SecondCoding:
    return SecondCoding(
        row.id, coder, row.coder_id == viewer.id, asker, row.asked_at, row.status, row.ended_at, tuple(marks)
    )


def _marks(session: Session, case: Case) -> dict[int, list[Mark]]:
    standing: dict[str, list[SaidFinding]] = defaultdict(list)
    for finding in session.scalars(select(Finding).where(Finding.case_id == case.id).order_by(Finding.id)):
        standing[finding.code].append(finding_said(finding))
    found: dict[int, list[Mark]] = defaultdict(list)
    query = (
        select(CodingMark, Volunteer.name)
        .outerjoin(Volunteer, Volunteer.id == CodingMark.settled_by_id)
        .where(CodingMark.case_id == case.id)
        .order_by(CodingMark.code)
    )
    for row, by in session.execute(query):
        of = (row.by_first, row.by_second, row.note, row.settled, row.why, by, row.settled_at)
        found[row.coding_id].append(Mark(row.code, *of, standing=tuple(standing[row.code])))
    return found
