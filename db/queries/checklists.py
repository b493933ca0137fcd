"""The fairness checklists of a case's processes: each question with its answers, newest first."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases
from db.choices import Evidence
from db.models import Case, CaseProcess, FairnessAnswer, FairnessQuestion, Volunteer
from db.rules.checklists import Fairness


@dataclass(frozen=True)
class Answered:
    """One answer, with who gave it and when."""

    id: int
    answer: Fairness
    happened_on: date | None
    evidence: Evidence | None
    note: str
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Check:
    """A question about one process. `now` is its newest answer; None means unknown. A question that is no longer asked
    (`asked` is false) is included if it has answers."""

    code: str
    finding: str
    text: str
    source: str
    certainty: str
    asked: bool
    now: Answered | None
    before: tuple[Answered, ...] = field(default=())

    @property
    def answer(self) -> Fairness:
        return self.now.answer if self.now else Fairness.UNKNOWN


def checklists(session: Session, viewer: Viewer, reference: str, today: date) -> dict[int, list[Check]]:
    """{process of the case: its questions in order}. Empty for anybody who may not open the case."""
    mine = (Case.reference == reference.strip().upper(), full_cases(viewer))
    given: dict[tuple[int, str], list[Answered]] = defaultdict(list)
    answers = (
        select(FairnessAnswer, Volunteer.name)
        .join(Case, Case.id == FairnessAnswer.case_id)
        .outerjoin(Volunteer, Volunteer.id == FairnessAnswer.by_id)
        .where(*mine)
        .order_by(FairnessAnswer.id.desc())
    )
    for told, name in session.execute(answers):
        given[told.case_process_id, told.question].append(
            Answered(told.id, told.answer, told.happened_on, told.evidence, told.note, name, told.at)
        )
    asked = and_(
        or_(FairnessQuestion.valid_from.is_(None), FairnessQuestion.valid_from <= today),
        or_(FairnessQuestion.valid_to.is_(None), FairnessQuestion.valid_to >= today),
    )
    questions = (
        select(CaseProcess.id, FairnessQuestion, asked)
        .join(Case, Case.id == CaseProcess.case_id)
        .join(FairnessQuestion, FairnessQuestion.process == CaseProcess.process)
        .where(*mine)
        .order_by(CaseProcess.id, FairnessQuestion.position, FairnessQuestion.code)
    )
    found: dict[int, list[Check]] = defaultdict(list)
    for process, row, is_asked in session.execute(questions):
        answered = given.get((process, row.code), [])
        if is_asked or answered:
            found[process].append(
                Check(
                    row.code,
                    row.finding,
                    row.text,
                    row.source,
                    row.certainty.value,
                    bool(is_asked),
                    answered[0] if answered else None,
                    tuple(answered[1:]),
                )
            )
    return dict(found)
