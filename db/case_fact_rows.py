"""The facts of a case as they stand, for commands and queries alike."""

import functools

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from db.models import Case, CaseFact, CodedTerm
from db.rules.facts import EXAMINERS, TERMS, FactKind, SaidFact

LISTS = (*filter(None, TERMS.values()), EXAMINERS)


def stands() -> ColumnElement[bool]:
    """The newest edition of a fact that was not withdrawn."""
    later = aliased(CaseFact)
    is_replaced = exists().where(
        later.case_id == CaseFact.case_id, later.number == CaseFact.number, later.edition > CaseFact.edition
    )
    return ~is_replaced & CaseFact.withdrawn.is_(False)


def said_of(row: CaseFact) -> SaidFact:
    return SaidFact(
        code=row.code,
        took_place_on=row.took_place_on,
        note=row.note,
        examined_by=tuple(row.examined_by.split()),
        after=row.after,
        case_process_id=row.case_process_id,
        finding_id=row.finding_id,
    )


def standing(session: Session, case: Case) -> dict[int, CaseFact]:
    """{number: newest edition} of the facts that were not withdrawn, in the order they were recorded."""
    query = select(CaseFact).where(CaseFact.case_id == case.id, stands()).order_by(CaseFact.number)
    return {row.number: row for row in session.scalars(query)}


def listed(session: Session) -> dict[str, dict[str, str]]:
    """{list: {code: label}} of what facts are made of, in order; ended terms too, as facts may have them."""
    found: dict[str, dict[str, str]] = {}
    for term in session.scalars(_terms()):
        found.setdefault(term.list, {})[term.code] = term.label
    return found


@functools.cache
def _terms() -> Select[CodedTerm]:
    return select(CodedTerm).where(CodedTerm.list.in_(LISTS)).order_by(CodedTerm.list, CodedTerm.position)


def after_of(rows: dict[int, CaseFact], row: CaseFact) -> CaseFact | None:
    """The concern that a detriment followed, if it still stands."""
    found = rows.get(row.after) if row.after is not None else None
    return found if found is not None and found.kind is FactKind.CONCERN else None
