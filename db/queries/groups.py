"""Groups of doctors against what befell them, exact and for leads: with n and an interval, never a bare ratio.

What doctors told of themselves is sealed and is in no count: of where somebody qualified only the ground that they
allege is counted.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, counted_cases, require_lead
from db.choices import Befallen, GroupBy
from db.errors import NotFound
from db.models import Case, CaseGround, CaseProcess, CodedTerm, Flag, OutcomeTerm, Process, ProcessEvent, ProcessOutcome
from db.rules.proportion import Proportion, proportion

EXCLUDED_FLAG, EXCLUDED_STAGE = "EXCL", "EXCL-"
NO_GROUND = ""


@dataclass(frozen=True)
class GroupLine:
    """A group, and all doctors who are not in it."""

    label: str
    inside: Proportion
    others: Proportion


@dataclass(frozen=True)
class Groups:
    """The groups in published order, those without anybody left out; `doctors` in all."""

    lines: tuple[GroupLine, ...]
    doctors: int


def befallen(session: Session, kind: Befallen) -> dict[str, str]:
    """{code: words} of what may be asked about; one for exclusion, which has no kinds."""
    if kind is Befallen.EXCLUDED:
        return {"": "Excluded or suspended"}
    if kind is Befallen.PROCESS:
        return dict(session.execute(select(Process.code, Process.label).order_by(Process.position)).all())
    return dict(session.execute(select(OutcomeTerm.code, OutcomeTerm.label).order_by(OutcomeTerm.position)).all())


def groups(session: Session, viewer: Viewer, by: GroupBy, kind: Befallen, code: str) -> Groups:
    """Distinct doctors of the cases a lead may see. A doctor may be in several groups. Refuses anybody but a lead, and
    (NotFound) a code that is not on the list."""
    require_lead(viewer)
    if code not in befallen(session, kind):
        raise NotFound
    every = set(session.scalars(select(Case.doctor_id).where(counted_cases(viewer))))
    members = _members(session, viewer, by)
    having = _having(session, viewer, kind, code)
    labels = _labels(session, by)
    lines = [
        GroupLine(
            labels.get(group, group),
            proportion(len(doctors & having), len(doctors)),
            proportion(len((every - doctors) & having), len(every - doctors)),
        )
        for group in (*labels, *sorted(set(members) - set(labels)))
        if (doctors := members.get(group))
    ]
    return Groups(tuple(lines), len(every))


def _labels(session: Session, by: GroupBy) -> dict[str, str]:
    terms = select(CodedTerm.code, CodedTerm.label).where(CodedTerm.list == by.value).order_by(CodedTerm.position)
    labels = dict(session.execute(terms).all())
    return labels | ({NO_GROUND: "None alleged"} if by is GroupBy.GROUND else {})


def _members(session: Session, viewer: Viewer, by: GroupBy) -> dict[str, set[int]]:
    if by is GroupBy.GRADE:
        asked = select(Case.grade, Case.doctor_id).where(counted_cases(viewer)).distinct()
        return _by_code(session.execute(asked))
    asked = select(CaseGround.ground, Case.doctor_id).join(Case, Case.id == CaseGround.case_id)
    found = _by_code(session.execute(asked.where(counted_cases(viewer)).distinct()))
    alleging = set().union(*found.values())
    every = set(session.scalars(select(Case.doctor_id).where(counted_cases(viewer))))
    return found | {NO_GROUND: every - alleging}


def _by_code(rows: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for code, doctor in rows:
        found[code].add(doctor)
    return found


def _having(session: Session, viewer: Viewer, kind: Befallen, code: str) -> set[int]:
    asked = select(Case.doctor_id).where(counted_cases(viewer))
    where: ColumnElement[bool]
    match kind:
        case Befallen.PROCESS:
            where = Case.id.in_(select(CaseProcess.case_id).where(CaseProcess.process == code))
        case Befallen.EXCLUDED:
            at = and_(ProcessEvent.stage.startswith(EXCLUDED_STAGE), ProcessEvent.withdrawn.is_(False))
            reached = select(ProcessEvent.case_process_id).where(at)
            staged = select(CaseProcess.case_id).where(CaseProcess.id.in_(reached))
            flagged = select(Flag.case_id).where(Flag.code == EXCLUDED_FLAG)
            where = or_(Case.id.in_(staged), Case.id.in_(flagged))
        case Befallen.OUTCOME:
            later = aliased(ProcessOutcome)
            newer = select(later.id).where(
                later.case_process_id == ProcessOutcome.case_process_id,
                later.number == ProcessOutcome.number,
                later.edition > ProcessOutcome.edition,
            )
            stands = (~newer.exists(), ProcessOutcome.withdrawn.is_(False), ProcessOutcome.outcome == code)
            where = Case.id.in_(select(ProcessOutcome.case_id).where(*stands))
    return set(session.scalars(asked.where(where)))
