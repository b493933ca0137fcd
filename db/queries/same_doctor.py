"""Pairs of cases that may be the same doctor's: those to answer, the answers, and how many are open."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CTE, ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer, full_cases
from db.choices import Stage
from db.models import Case, CaseIdentity, DoctorAnswer, Organisation, Volunteer


@dataclass(frozen=True)
class Side:
    """One case of a pair, with what helps to tell them apart."""

    reference: str
    stage: Stage
    opened_on: date
    body: str
    # None for an organisation that is not matched.
    body_code: str | None
    grade: str
    specialty_group: str


@dataclass(frozen=True)
class Pair:
    """Two cases with the same name. `is_strong` if the contact is the same too."""

    one: Side
    other: Side
    is_strong: bool


@dataclass(frozen=True)
class Answered:
    """An answer in force. `by` is None for cases that an earlier version joined automatically."""

    one: str
    other: str
    is_one: bool
    by: str | None
    at: datetime


@dataclass(frozen=True)
class SameDoctor:
    """The first pairs to answer, strong ones first; how many strong and weak ones there are; the newest answers."""

    pairs: tuple[Pair, ...]
    strong: int
    weak: int
    answered: tuple[Answered, ...]


def same_doctor(session: Session, viewer: Viewer, shown: int) -> SameDoctor:
    """For leads: pairs of cases, both of which this lead may read; empty for anybody else. Depends only on such cases:
    answers about cases the lead is barred from change nothing here."""
    if not viewer.is_lead:
        return SameDoctor((), 0, 0, ())
    # Only cases whose name occurs twice: listing every case a lead may read takes far longer.
    named_alike = select(CaseIdentity.case_id).where(CaseIdentity.name_hash.in_(_shared_names()))
    readable = select(Case.id).where(Case.id.in_(named_alike), full_cases(viewer)).cte("readable")
    alike = _alike(readable).subquery()
    strong = alike.c.is_strong
    counts = session.execute(select(func.count().filter(strong), func.count().filter(~strong)).select_from(alike)).one()
    first = select(alike).order_by(strong.desc(), alike.c.other_id.desc(), alike.c.one_id.desc()).limit(shown)
    rows = session.execute(first).all()
    sides = _sides(session, {id for row in rows for id in (row.one_id, row.other_id)})
    return SameDoctor(
        pairs=tuple(Pair(sides[row.one_id], sides[row.other_id], bool(row.is_strong)) for row in rows),
        strong=counts[0],
        weak=counts[1],
        answered=_answered(session, readable, shown),
    )


def open_pairs(session: Session) -> int:
    """How many pairs of doctors have the same name and contact and no answer yet, regardless of viewer: a release says
    so, because it may count one doctor twice."""
    a, b, one, other = aliased(CaseIdentity), aliased(CaseIdentity), aliased(Case), aliased(Case)
    lesser = case((one.doctor_id < other.doctor_id, one.doctor_id), else_=other.doctor_id)
    greater = case((one.doctor_id < other.doctor_id, other.doctor_id), else_=one.doctor_id)
    pairs = (
        select(lesser, greater)
        .select_from(a)
        .join(b, and_(b.name_hash == a.name_hash, b.contact_hash == a.contact_hash, a.case_id < b.case_id))
        .join(one, one.id == a.case_id)
        .join(other, other.id == b.case_id)
        .where(a.name_hash.in_(_shared_names()), one.doctor_id != other.doctor_id, ~_has_answer(a.case_id, b.case_id))
        .distinct()
    )
    return session.scalar(select(func.count()).select_from(pairs.subquery())) or 0


def _shared_names() -> Select[*tuple[object, ...]]:
    return (
        select(CaseIdentity.name_hash)
        .where(CaseIdentity.name_hash.is_not(None))
        .group_by(CaseIdentity.name_hash)
        .having(func.count() > 1)
    )


def _has_answer(one_id: object, other_id: object) -> ColumnElement[bool]:
    return exists().where(
        DoctorAnswer.one_id == one_id, DoctorAnswer.other_id == other_id, DoctorAnswer.undone_at.is_(None)
    )


def _alike(readable: CTE) -> Select[int, int, bool]:
    """Pairs among these cases with the same name and no answer, and not joined through a third case."""
    a, b, one, other = aliased(CaseIdentity), aliased(CaseIdentity), aliased(Case), aliased(Case)
    joined = and_(one.doctor_id == other.doctor_id, _is_joined(a.case_id, readable), _is_joined(b.case_id, readable))
    return (
        select(
            a.case_id.label("one_id"),
            b.case_id.label("other_id"),
            func.coalesce(a.contact_hash == b.contact_hash, literal(False)).label("is_strong"),
        )
        .select_from(a)
        .join(b, and_(b.name_hash == a.name_hash, a.case_id < b.case_id))
        .join(one, one.id == a.case_id)
        .join(other, other.id == b.case_id)
        .where(
            a.name_hash.in_(_shared_names()),
            a.case_id.in_(select(readable.c.id)),
            b.case_id.in_(select(readable.c.id)),
            ~_has_answer(a.case_id, b.case_id),
            ~joined,
        )
    )


def _is_joined(case_id: object, readable: CTE) -> ColumnElement[bool]:
    """Whether this case is joined to another that may be read."""
    ids = select(readable.c.id)
    holds = and_(DoctorAnswer.is_one, DoctorAnswer.undone_at.is_(None))
    # One at a time, because an OR inside would use no index.
    return or_(
        exists().where(DoctorAnswer.one_id == case_id, DoctorAnswer.other_id.in_(ids), holds),
        exists().where(DoctorAnswer.other_id == case_id, DoctorAnswer.one_id.in_(ids), holds),
    )


def _sides(session: Session, ids: set[int]) -> dict[int, Side]:
    body = func.coalesce(Organisation.name, Case.body_text, "")
    named = (body.label("body"), Organisation.code.label("body_code"))
    columns = (Case.reference, Case.stage, Case.opened_on, *named, Case.grade, Case.specialty_group)
    query = select(Case.id, *columns).outerjoin(Organisation, Organisation.id == Case.organisation_id)
    rows = session.execute(query.where(Case.id.in_(ids)))
    return {row.id: Side(**{name: row._mapping[name] for name in row._mapping if name != "id"}) for row in rows}


def _answered(session: Session, readable: CTE, shown: int) -> tuple[Answered, ...]:
    one, other = aliased(Case), aliased(Case)
    rows = session.execute(
        select(
            one.reference.label("one"),
            other.reference.label("other"),
            DoctorAnswer.is_one,
            Volunteer.name.label("by"),
            DoctorAnswer.at,
        )
        .join(one, one.id == DoctorAnswer.one_id)
        .join(other, other.id == DoctorAnswer.other_id)
        .outerjoin(Volunteer, Volunteer.id == DoctorAnswer.by_id)
        .where(DoctorAnswer.undone_at.is_(None), one.id.in_(select(readable.c.id)), other.id.in_(select(readable.c.id)))
        .order_by(DoctorAnswer.at.desc(), DoctorAnswer.id.desc())
        .limit(shown)
    )
    return tuple(Answered(**row._mapping) for row in rows)
