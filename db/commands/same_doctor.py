"""Whether two cases are one doctor's: noticed at intake, answered by a lead who reads both, and undone again.

Each case keeps what was told with it. Answers only decide which cases share a doctor, and so what counts of distinct
doctors count; neither case becomes newer, as nothing in it has changed and its readers may not know of the other.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, require_lead, viewer_of
from db.commands.record import audit
from db.declared import Patterns, Tells, change, command
from db.errors import CommandRefused
from db.models import Case, CaseIdentity, CaseProcess, DoctorAnswer

LOCK = 20_180_726
# Told of one new case; the list has the rest.
MOST_TOLD = 10


def _seems(details: Mapping[str, Any]) -> str:
    sign = "" if details.get("is_strong") else " (the same name, another contact)"
    return f"opened a case that may be the same doctor’s{sign} as {{others}}"


change("seems_same_doctor", says=_seems, tells=Tells.ONLY_LEADS, moves_access=False, names_others=True)
change(
    "seems_same_matter",
    says="opened a case that faces the same at the same organisation as {others}",
    tells=Tells.ONLY_LEADS,
    moves_access=False,
    names_others=True,
)
change("same_doctor", says="said that this is the same doctor as in {others}", moves_access=True, names_others=True)
change("two_doctors", says="said that this is another doctor than in {others}", moves_access=True, names_others=True)


@command(says=None, patterns=Patterns.ALWAYS)
def answer_same_doctor(session: Session, *, actor_id: int, reference: str, other_reference: str, is_one: bool) -> None:
    """Says that two cases are one doctor's, or are not. Refuses: either not found, not a lead, names that are not
    alike, answered already."""
    viewer, cases = _both(session, actor_id, reference, other_reference)
    one, other = sorted(cases, key=lambda case: case.id)
    if not _seem_one(session, one, other):
        raise CommandRefused("Nothing tells that these two are one doctor’s: the names differ.")
    if _answer(session, one, other) is not None:
        raise CommandRefused("Somebody has answered this already. Look at the list again.")
    session.add(DoctorAnswer(one_id=one.id, other_id=other.id, is_one=is_one, by_id=viewer.id, at=clock.now()))
    session.flush()
    moved = _share_doctors(session, {one.id, other.id}) if is_one else set[int]()
    _note(session, viewer, "same_doctor" if is_one else "two_doctors", (one, other), moved)


@command(
    says="took back the answer whether this is the same doctor as in {others}",
    patterns=Patterns.ALWAYS,
    names_others=True,
)
def undo_same_doctor(session: Session, *, actor_id: int, reference: str, other_reference: str) -> None:
    """Takes an answer back: what it had joined stands for itself again, and is asked about anew. Refuses: either not
    found, not a lead, no answer that holds."""
    viewer, cases = _both(session, actor_id, reference, other_reference)
    one, other = sorted(cases, key=lambda case: case.id)
    answer = _answer(session, one, other)
    if answer is None:
        raise CommandRefused("That answer has been taken back already. Look at the list again.")
    answer.undone_by_id, answer.undone_at = viewer.id, clock.now()
    session.flush()
    moved = _share_doctors(session, {one.id}) | _share_doctors(session, {other.id}) if answer.is_one else set[int]()
    _note(session, viewer, "undo_same_doctor", (one, other), moved)


def tell_of_likely_pairs(session: Session, viewer: Viewer, case: Case) -> None:
    """After an intake: what leads who may see both cases are told. An audit row names the other cases, and is shown to
    nobody who may not read them all."""
    own = session.get_one(CaseIdentity, case.id)
    same_name = _newest(CaseIdentity.name_hash == own.name_hash, case)
    rows = session.execute(same_name.add_columns(CaseIdentity.contact_hash == own.contact_hash)).all()
    for other_id, is_strong in rows:
        audit(session, viewer, "seems_same_doctor", case=case, other_ids=[other_id], is_strong=bool(is_strong))
    facing = select(CaseProcess.process).where(CaseProcess.case_id == case.id)
    same_matter = and_(
        Case.is_open,
        Case.id.in_(
            select(CaseProcess.case_id).where(
                CaseProcess.process.in_(facing), CaseProcess.organisation_id == case.organisation_id
            )
        ),
    )
    for (other_id,) in session.execute(_newest(same_matter, case)).all() if case.organisation_id else ():
        if other_id not in {row[0] for row in rows}:
            audit(session, viewer, "seems_same_matter", case=case, other_ids=[other_id])


def _newest(alike: ColumnElement[bool], case: Case) -> Select[Any]:
    query = select(Case.id).join(CaseIdentity, CaseIdentity.case_id == Case.id).where(alike, Case.id != case.id)
    return query.order_by(Case.id.desc()).limit(MOST_TOLD)


def _both(session: Session, actor_id: int, reference: str, other_reference: str) -> tuple[Viewer, tuple[Case, Case]]:
    viewer = viewer_of(session, actor_id)
    cases = read_case(session, viewer, reference), read_case(session, viewer, other_reference)
    require_lead(viewer)
    if cases[0].id == cases[1].id:
        raise CommandRefused("Choose two cases.")
    _take_turns(session)
    return viewer, cases


def _take_turns(session: Session) -> None:
    """Two leads who join at one instant would each see half of what is joined. On SQLite all writes take turns."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _seem_one(session: Session, one: Case, other: Case) -> bool:
    names = select(CaseIdentity.name_hash).where(CaseIdentity.case_id.in_((one.id, other.id)))
    found = session.scalars(names).all()
    return len(found) == 2 and found[0] is not None and found[0] == found[1]


def _answer(session: Session, one: Case, other: Case) -> DoctorAnswer | None:
    same = and_(DoctorAnswer.one_id == one.id, DoctorAnswer.other_id == other.id, DoctorAnswer.undone_at.is_(None))
    return session.scalars(select(DoctorAnswer).where(same)).one_or_none()


def _share_doctors(session: Session, begin: Collection[int]) -> set[int]:
    """Gives all the cases that hold together with these the doctor of the first of them. Returns those that moved."""
    together = _together(session, set(begin))
    doctor = session.scalar(select(func.min(CaseIdentity.doctor_id)).where(CaseIdentity.case_id.in_(together)))
    others = and_(Case.id.in_(together), Case.doctor_id != doctor)
    moved = set(session.scalars(select(Case.id).where(others)))
    # Not through the objects: that would raise the versions of the cases, and make forms stale.
    session.execute(update(Case.__table__).where(Case.id.in_(moved)).values(doctor_id=doctor))  # type: ignore[arg-type]
    session.expire_all()
    return moved


def _together(session: Session, begin: set[int]) -> set[int]:
    """The cases that answers of “one doctor” lead to from these, and these."""
    found, edge = set(begin), set(begin)
    while edge:
        answers = session.execute(
            select(DoctorAnswer.one_id, DoctorAnswer.other_id).where(
                DoctorAnswer.is_one,
                DoctorAnswer.undone_at.is_(None),
                or_(DoctorAnswer.one_id.in_(edge), DoctorAnswer.other_id.in_(edge)),
            )
        )
        edge = {case_id for pair in answers for case_id in pair} - found
        found |= edge
    return found


def _note(session: Session, viewer: Viewer, action: str, pair: tuple[Case, Case], moved: Collection[int]) -> None:
    """A line in the history of both, and of every case whose doctor changed with them; read by those who may read all
    the cases that it names."""
    ids = [case.id for case in pair]
    for case_id in sorted({*ids, *moved}):
        case = session.get_one(Case, case_id)
        audit(session, viewer, action, case=case, other_ids=[other for other in ids if other != case_id])
