"""A person's calendar: dates of their own cases and outputs, without anything that somebody typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, SQLColumnExpression, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases, own_cases, visible_cases
from db.choices import Whose
from db.models import Action, Case, CodedTerm, Deadline, Output, TimeRule, Waiting
from db.output_rows import works_on
from db.queries.card_words import deadline_words
from db.rules.outputs import KINDS, UNPUBLISHED
from db.vault import Vault


@dataclass(frozen=True)
class Item:
    """One date. `name` is the same each time, and is not an id; `reference` is empty for an output, which is of no
    case; `label` is the rule's name or the output's kind, never free text; `whose` is ours for what is not a deadline;
    `sure` is whether somebody has confirmed the date."""

    what: str
    name: str
    reference: str
    day: date
    label: str
    whose: Whose
    sure: bool


def calendar_items(session: Session, viewer: Viewer) -> list[Item]:
    """Deadlines not met, follow-ups and actions of the viewer's own open cases, and their own outputs that are not
    released, by day."""
    mine = (Case.id.in_(own_cases(viewer.id)), Case.is_open, full_cases(viewer))
    deadlines = (
        select(
            literal("deadline").label("what"),
            Deadline.id,
            Case.reference,
            Deadline.due_on.label("day"),
            TimeRule.label.label("rule"),
            Deadline.kind,
            Deadline.is_hearing,
            Deadline.whose,
            Deadline.confirmed_by.is_not(None).label("sure"),
        )
        .join(Case, Case.id == Deadline.case_id)
        .outerjoin(TimeRule, TimeRule.code == Deadline.rule)
        .where(*mine, Deadline.met_on.is_(None), Deadline.lapsed_on.is_(None))
    )
    chases = _plain("chase", Waiting, Waiting.chase_on).where(*mine, Waiting.ended_on.is_(None))
    actions = _plain("action", Action, Action.due_on).where(
        Action.owner_id == viewer.id, Action.done_at.is_(None), Case.is_open, visible_cases(viewer)
    )
    every: Any = union_all(deadlines, chases, actions, _outputs(viewer))
    rows = sorted(session.execute(every).all(), key=lambda row: (row.day, row.reference, row.what, row.id))
    vault: Vault = session.info["vault"]
    return [_item(row, vault) for row in rows]


def _plain(
    what: str, model: type[Waiting] | type[Action], day: SQLColumnExpression[date]
) -> Select[*tuple[object, ...]]:
    nothing: Sequence[Any] = (null().label("rule"), null().label("kind"), literal(False), null(), literal(True))
    query = select(literal(what).label("what"), model.id, Case.reference, day.label("day"), *nothing)
    return query.join(Case, Case.id == model.case_id)


def _outputs(viewer: Viewer) -> Select[*tuple[object, ...]]:
    said = (CodedTerm.list == KINDS) & (CodedTerm.code == Output.kind)
    return (
        select(
            literal("output"),
            Output.id,
            literal(""),
            Output.due_on,
            func.coalesce(CodedTerm.label, Output.kind),
            null(),
            literal(False),
            null(),
            literal(True),
        )
        .outerjoin(CodedTerm, said)
        .where(Output.owner_id == viewer.id, Output.status.in_(UNPUBLISHED), works_on(viewer))
    )


LABELS = {"chase": "Follow-up", "action": "Next action"}


def _item(row: Row[*tuple[object, ...]], vault: Vault) -> Item:
    if row.what == "output":
        label = f"{row.rule} due"
    else:
        label = LABELS.get(row.what) or deadline_words(row.rule, row.kind, is_hearing=row.is_hearing)
    return Item(
        row.what,
        vault.public_id(row.what, row.id),
        row.reference,
        row.day,
        label,
        whose=Whose(row.whose or Whose.OURS),
        sure=bool(row.sure),
    )
