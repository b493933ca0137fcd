"""Cases that were coded twice: most some time ago, one that waits for the first lead, one with something to settle."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_cases
from db.case_said import finding_said
from db.choices import Role, Stage
from db.commands.codings import ask_coding, hand_in_coding
from db.commands.doctor_views import record_doctor_view
from db.demo.learnings import both_leads
from db.demo.patterns import CODES, SHARES
from db.demo.work import first_of
from db.models import Case, Coding, CodingMark, Finding
from db.rules.codings import CodingStatus, DoctorSays, Settled

SEED, MANY = 41, 24
# How often the second coder sees what the first saw, and how many more of their own.
SEEN_AGAIN, MORE = 0.8, (0, 0, 1, 1, 2)
NOTE = "Seen in the correspondence of the first month."
WHY = {
    Settled.KEPT: "The letter of the panel says so; it was further back in the file.",
    Settled.LEFT_OUT: "It was feared rather than seen.",
}
CODED_BY = (Stage.ACTIVE, Stage.CLOSING, Stage.LEARNING, Stage.CLOSED)


def add_codings(session: Session) -> None:
    """By turns of both leads. Needs the findings."""
    rng, leads = Random(SEED), both_leads()
    for number, case in enumerate(_cases(session, leads)):
        coder, asker = leads if number % 2 else leads[::-1]
        _coded_twice(session, rng, case, coder, asker)
    session.flush()
    _under_way(session, *leads)


def _cases(session: Session, leads: tuple[int, int]) -> list[Case]:
    may_read = [full_cases(Viewer(lead, Role.LEAD)) for lead in leads]
    coded = Case.id.in_(select(Finding.case_id))
    query = select(Case).where(coded, Case.stage.in_(CODED_BY), ~Case.is_open, *may_read)
    return list(session.scalars(query.order_by(Case.closed_on.desc(), Case.id).limit(MANY)))


def _coded_twice(session: Session, rng: Random, case: Case, coder: int, asker: int) -> None:
    first = sorted(set(session.scalars(select(Finding.code).where(Finding.case_id == case.id))))
    second = {code for code in first if rng.random() < SEEN_AGAIN}
    second |= set(rng.choices(CODES, cum_weights=SHARES, k=rng.choice(MORE)))
    ended_on = case.closed_on or clock.today()
    ended = clock.midnight(ended_on - timedelta(days=3)) + timedelta(hours=18)
    about = {"coder_id": coder, "asked_by_id": asker, "asked_at": ended - timedelta(days=4)}
    row = Coding(case_id=case.id, status=CodingStatus.HANDED_IN, ended_at=ended, **about)
    session.add(row)
    session.flush()
    for code in sorted({*first, *second}):
        session.add(_mark(row, code, by_first=code in first, by_second=code in second, settled_by=asker))
    alike = (Finding.case_id == case.id, Finding.code.in_(second))
    session.execute(update(Finding).where(*alike).values(second_coder_id=coder))


def _mark(row: Coding, code: str, *, by_first: bool, by_second: bool, settled_by: int) -> CodingMark:
    mark = CodingMark(case_id=row.case_id, coding_id=row.id, code=code, by_first=by_first, by_second=by_second, note="")
    if by_first != by_second:
        mark.settled = Settled.KEPT if by_first else Settled.LEFT_OUT
        mark.why, mark.settled_by_id = WHY[mark.settled], settled_by
        mark.settled_at = (row.ended_at or clock.now()) + timedelta(days=1)
    return mark


def _under_way(session: Session, first: int, second: int) -> None:
    """The volunteer has asked the second lead, who has handed in, and the first lead, who has not answered yet."""
    volunteer = first_of(Role.VOLUNTEER)
    own = _own(session, volunteer, (first, second))
    for reference, coder in zip(own, (second, first), strict=False):
        ask_coding(session, actor_id=volunteer, reference=reference, to_id=coder)
        session.flush()
        if coder == second:
            of_case = select(Finding.code).join(Case).where(Case.reference == reference).order_by(Finding.code)
            *seen_again, _ = session.scalars(of_case).all()
            codes, notes = [*seen_again, "U02"], {"U02": {"note": NOTE}}
            hand_in_coding(session, actor_id=coder, reference=reference, codes=codes, notes=notes)
            session.flush()
            _the_doctor_says(session, volunteer, reference)


def _the_doctor_says(session: Session, volunteer: int, reference: str) -> None:
    of_case = select(Finding).join(Case).where(Case.reference == reference).order_by(Finding.id)
    row = session.scalars(of_case.limit(1)).one()
    record_doctor_view(
        session,
        actor_id=volunteer,
        reference=reference,
        finding_id=row.id,
        seen=finding_said(row),
        view=DoctorSays.ADDS,
        text="Yes, and each letter came after I had asked twice.",
        said_on=clock.today() - timedelta(days=2),
    )


def _own(session: Session, volunteer: int, leads: tuple[int, int]) -> Iterator[str]:
    may_read = [full_cases(Viewer(lead, Role.LEAD)) for lead in leads]
    coded = select(Finding.id).where(Finding.case_id == Case.id)
    by_lead = coded.where((Finding.coded_by_id.in_(leads)) | (Finding.second_coder_id.in_(leads)))
    mine = (Case.is_open, Case.lead_id == volunteer, coded.exists(), ~by_lead.exists())
    return iter(session.scalars(select(Case.reference).where(*mine, *may_read).order_by(Case.id)).all())
