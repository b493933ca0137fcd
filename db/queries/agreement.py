"""How alike two people code, by code: of the cases that were coded twice, as coded before anything was settled."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, counted_cases, require_lead
from db.models import Case, Coding, CodingMark, FindingCode
from db.rules.agreement import Agreement
from db.rules.codings import CodingStatus


@dataclass(frozen=True)
class CoderAgreement:
    """`cases` were coded twice. `by_code` has the codes that anybody chose, in published order; `unchosen` are how many
    others there are."""

    cases: int
    by_code: tuple[tuple[str, Agreement], ...]
    unchosen: int


def coder_agreement(session: Session, viewer: Viewer) -> CoderAgreement:
    """The first second coding of each case, over the cases this lead may see. A code counts in those handed in while it
    was on the list. Refuses anybody but a lead."""
    require_lead(viewer)
    firsts = select(func.min(Coding.id)).where(Coding.status == CodingStatus.HANDED_IN).group_by(Coding.case_id)
    mine = (Coding.id.in_(firsts), Coding.case_id.in_(select(Case.id).where(counted_cases(viewer))))
    days = {
        row.id: clock.london_day(row.ended_at)
        for row in session.execute(select(Coding.id, Coding.ended_at).where(*mine))
    }
    marks = session.execute(
        select(CodingMark.coding_id, CodingMark.code, CodingMark.by_first, CodingMark.by_second)
        .join(Coding, Coding.id == CodingMark.coding_id)
        .where(*mine)
    ).all()
    codes = session.scalars(select(FindingCode).order_by(FindingCode.position)).all()
    listed = {row.code: row for row in codes}
    told = Counter(
        (row.code, row.by_first, row.by_second) for row in marks if _was_listed(listed[row.code], days[row.coding_id])
    )
    found = []
    for row in codes:
        n = sum(_was_listed(row, on) for on in days.values())
        both, first, second = (told[row.code, *chosen] for chosen in ((True, True), (True, False), (False, True)))
        if both + first + second:
            found.append((row.code, Agreement(both, first, second, n - both - first - second)))
    return CoderAgreement(len(days), tuple(found), len(codes) - len(found))


def _was_listed(code: FindingCode, on: date) -> bool:
    return (code.valid_from is None or code.valid_from <= on) and (code.valid_to is None or on <= code.valid_to)
