"""The rows and columns of a heatmap: their labels and order, which never depends on a count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.choices import Dimension, FindingKind
from db.models import CodedTerm, FindingCode, FindingMapping, Process, ProcessStage
from db.queries.finding_arrays import NONE
from db.rules.quarters import quarters_between

NONE_LABELS = {
    Dimension.PROCESS: "No one process",
    Dimension.PROCESS_STAGE: "No one process",
    Dimension.GROUND: "None alleged",
    Dimension.FINDING: "No other",
}

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Line:
    """A row or a column: its code, its words, and what may be shown as its total."""

    code: str
    label: str
    total: str = ""
    kind: FindingKind | None = None
    changed: str = ""

    @property
    def name(self) -> str:
        """A finding with its code; of anything else the words alone."""
        name = f"{self.code} {self.label}" if self.kind else self.label
        return f"{name} ({self.changed})" if self.changed else name


def finding_lines(session: Session, kind: FindingKind | None, *, replaced: bool = False) -> list[Line]:
    """Every code of the kinds asked for, in published order, whether anybody has it or not; those that another replaced
    only if asked for."""
    into = {row.old_code: row for row in session.scalars(select(FindingMapping).order_by(FindingMapping.old_code))}
    terms = session.scalars(select(FindingCode).order_by(FindingCode.position)).all()
    kinds = list(FindingKind)
    chosen = [term for term in terms if kind in (None, term.kind) and (replaced or term.code not in into)]
    chosen.sort(key=lambda term: kinds.index(term.kind))
    return [Line(term.code, term.label, kind=term.kind, changed=_changed(term, into.values())) for term in chosen]


def _changed(term: FindingCode, mappings: Iterable[FindingMapping]) -> str:
    """“since Apr 2026”, “until Mar 2026”, “with S09 until Mar 2026”: when the list of codes changed, so that nobody
    takes it for a change in what happened."""
    parts = [("since", term.valid_from), ("until", term.valid_to)]
    parts += [(f"with {row.old_code} until", row.changed_on) for row in mappings if row.new_code == term.code]
    return ", ".join(f"{word} {day:%b %Y}" for word, day in parts if day)


def column_labels(session: Session, dimension: Dimension, present: Sequence[str]) -> dict[str, str]:
    """{code: words} in published order; a code that is on no list comes last, under its own name."""
    if dimension is Dimension.QUARTER:
        return {quarter: f"{quarter[:4]} {quarter[4:]}" for quarter in quarters_between(present)}
    if dimension is Dimension.MONTH:
        return {month: f"{MONTHS[int(month[5:]) - 1]} {month[:4]}" for month in sorted(set(present) - {NONE})}
    if dimension is Dimension.FINDING:
        known = {line.code: line.name for line in finding_lines(session, None)}
    elif dimension is Dimension.PROCESS:
        processes = select(Process.code, Process.label).order_by(Process.position)
        known = dict(session.execute(processes).all())
    elif dimension is Dimension.PROCESS_STAGE:
        known = _stage_labels(session)
    else:
        terms = select(CodedTerm.code, CodedTerm.label).where(CodedTerm.list == dimension.value)
        known = dict(session.execute(terms.order_by(CodedTerm.position)).all())
    none = {NONE: NONE_LABELS.get(dimension, "Not stated")}
    return known | none | {code: code for code in sorted(set(present) - set(known) - {NONE})}


def _stage_labels(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(Process.code, Process.label, ProcessStage.code, ProcessStage.label)
        .join(ProcessStage, ProcessStage.process == Process.code)
        .order_by(Process.position, ProcessStage.position)
    )
    return {f"{process}:{code}": f"{short_label(label)}: {stage}" for process, label, code, stage in rows}


def short_label(label: str) -> str:
    """The part of a process's name before the colon, where there is one."""
    return label.partition(":")[0]
