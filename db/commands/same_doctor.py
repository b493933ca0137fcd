"""Whether two cases are the same doctor's: noticed when a case is recorded, answered by a lead who may read both, and
undone if need be.

Each case keeps its own identity. Answers only decide which cases share a doctor, and so how many distinct doctors are
counted. They do not change a case's version, as its readers may not know of the other case.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, require_lead, viewer_of
from db.commands.record import audit
from db.declared import Patterns, Tells, change, command
from db.errors import CommandRefused
from db.models import Case, CaseIdentity, CaseProcess, DoctorAnswer

LOCK = 20_180_726
# The most that leads are told about one new case; “Same doctor?” lists the rest.
MOST_TOLD = 10


def _seems(details: Mapping[str, object]) -> str:
    sign = "" if details.get("is_strong") else " (the same name, a different contact)"
    return f"opened a case that may be for the same doctor as {{others}}{sign}"


change("seems_same_doctor", says=_seems, tells=Tells.ONLY_LEADS, moves_access=False, names_others=True)
change(
    "seems_same_matter",
    says="opened a case with the same process at the same organisation as {others}",
    tells=Tells.ONLY_LEADS,
    moves_access=False,
    names_others=True,
)
change(
    "now_seems_same_doctor",
    says="corrected who the doctor is: this may be the same doctor as in {others}",
    tells=Tells.ONLY_LEADS,
    moves_access=False,
    names_others=True,
)
change(
    "renamed_doctor",
    says="corrected the doctor’s name, which undid the answer on whether this is the same doctor as in {others}",
    tells=Tells.ONLY_LEADS,
    moves_access=True,
    names_others=True,
)
change("same_doctor", says="said that this is the same doctor as in {others}", moves_access=True, names_others=True)
change("two_doctors", says="said that this is not the same doctor as in {others}", moves_access=True, names_others=True)


@command(says=None, patterns=Patterns.ALWAYS)
def answer_same_doctor(session: Session, *, actor_id: int, reference: str, other_reference: str, is_one: bool) -> None:
    """Says that two cases are the same doctor's, or are not. Refuses: either not found, not a lead, different names,
    already answered."""
    viewer, cases = _both(session, actor_id, reference, other_reference)
    one, other = sorted(cases, key=lambda case: case.id)
    if not _seem_one(session, one, other):
        raise CommandRefused("These cases have different names, so they can’t be joined.")
    if _answer(session, one, other) is not None:
        raise CommandRefused("Somebody has already answered this. Look at the list again.")
    session.add(DoctorAnswer(one_id=one.id, other_id=other.id, is_one=is_one, by_id=viewer.id, at=clock.now()))
    session.flush()
    moved = _share_doctors(session, {one.id, other.id}) if is_one else set[int]()
    _note(session, viewer, "same_doctor" if is_one else "two_doctors", (one, other), moved)


@command(
    says="undid the answer on whether this is the same doctor as in {others}",
    patterns=Patterns.ALWAYS,
    names_others=True,
)
def undo_same_doctor(session: Session, *, actor_id: int, reference: str, other_reference: str) -> None:
    """Undoes an answer: cases it had joined are separate again, and leads are asked again. Refuses: either not found,
    not a lead, no answer in force."""
    viewer, cases = _both(session, actor_id, reference, other_reference)
    one, other = sorted(cases, key=lambda case: case.id)
    answer = _answer(session, one, other)
    if answer is None:
        raise CommandRefused("That answer has already been undone. Look at the list again.")
    answer.undone_by_id, answer.undone_at = viewer.id, clock.now()
    session.flush()
    moved = _share_doctors(session, {one.id}) | _share_doctors(session, {other.id}) if answer.is_one else set[int]()
    _note(session, viewer, "undo_same_doctor", (one, other), moved)


def tell_of_likely_pairs(session: Session, viewer: Viewer, case: Case) -> None:
    """Tells leads about cases that look like the new one. An audit row that names other cases is shown only to people
    who may read all of them."""
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


def follow_identity(session: Session, viewer: Viewer, case: Case, *, renamed: bool) -> None:
    """After a case's identity was corrected: answers that its name no longer bears out are undone, and leads are told
    about cases that now look like it."""
    own = session.get_one(CaseIdentity, case.id)
    if renamed:
        _undo_of_other_names(session, viewer, case, own)
    same_name = _newest(CaseIdentity.name_hash == own.name_hash, case)
    for other_id, is_strong in session.execute(
        same_name.add_columns(CaseIdentity.contact_hash == own.contact_hash)
    ).all():
        other = session.get_one(Case, other_id)
        if (renamed or is_strong) and _answer(session, *sorted((case, other), key=lambda one: one.id)) is None:
            audit(session, viewer, "now_seems_same_doctor", case=case, other_ids=[other_id], is_strong=bool(is_strong))


def _undo_of_other_names(session: Session, viewer: Viewer, case: Case, own: CaseIdentity) -> None:
    """Cases of different names cannot be joined: what was answered of the wrong name is asked of the right one."""
    _take_turns(session)
    live = or_(DoctorAnswer.one_id == case.id, DoctorAnswer.other_id == case.id) & DoctorAnswer.undone_at.is_(None)
    for answer in session.scalars(select(DoctorAnswer).where(live).order_by(DoctorAnswer.id)).all():
        other_id = answer.other_id if answer.one_id == case.id else answer.one_id
        if session.get_one(CaseIdentity, other_id).name_hash == own.name_hash:
            continue
        answer.undone_by_id, answer.undone_at = viewer.id, clock.now()
        session.flush()
        moved = (
            _share_doctors(session, {case.id}) | _share_doctors(session, {other_id}) if answer.is_one else set[int]()
        )
        pair = session.get_one(Case, answer.one_id), session.get_one(Case, answer.other_id)
        _note(session, viewer, "renamed_doctor", pair, moved)


def _newest(alike: ColumnElement[bool], case: Case) -> Select[*tuple[object, ...]]:
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
    """Two leads joining cases at once would each see only part of the result. On SQLite all writes take turns."""
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
    """Gives every case joined to these the doctor of the first one. Returns those whose doctor changed."""
    together = _together(session, set(begin))
    doctor = session.scalar(select(func.min(CaseIdentity.doctor_id)).where(CaseIdentity.case_id.in_(together)))
    others = and_(Case.id.in_(together), Case.doctor_id != doctor)
    moved = set(session.scalars(select(Case.id).where(others)))
    # Not through the objects, which would raise the cases' versions and make open forms stale.
    session.execute(update(Case.__table__).where(Case.id.in_(moved)).values(doctor_id=doctor))  # type: ignore[arg-type]
    session.expire_all()
    return moved


def _together(session: Session, begin: set[int]) -> set[int]:
    """These cases, and every case joined to them by answers of “same doctor”."""
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
    """Adds an audit row to both cases, and to every case whose doctor changed with them."""
    ids = [case.id for case in pair]
    for case_id in sorted({*ids, *moved}):
        case = session.get_one(Case, case_id)
        audit(session, viewer, action, case=case, other_ids=[other for other in ids if other != case_id])
