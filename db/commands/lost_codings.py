"""Second codings that wait for somebody who may not read the case any more."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_cases
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.record import add_line, audit, touch
from db.declared import Tells, change
from db.models import Case, Coding, Volunteer
from db.rules.codings import CodingStatus
from db.rules.timeline_lines import SECOND_CODING

change(
    "end_lost_coding",
    says="noted that {about} can’t code the case any more: somebody else may be asked",
    tells=Tells.ASKER,
    moves_access=True,
)


def end_lost_codings(session: Session, viewer: Viewer | None, *which: ColumnElement[bool]) -> None:
    """Ends those of `which` whose coder may not read the case any more, and tells whoever asked; so somebody else can
    be asked."""
    session.flush()
    waiting = select(Coding).where(Coding.status == CodingStatus.ASKED, *which).order_by(Coding.id)
    for row in session.scalars(waiting.with_for_update()).all():
        case, coder = session.get_one(Case, row.case_id), session.get_one(Volunteer, row.coder_id)
        if _reads(session, coder, case):
            continue
        row.status, row.ended_at = CodingStatus.LOST, clock.now()
        words = f"{SECOND_CODING}ended: {coder.name} may not read the case any more. Somebody else can be asked."
        add_line(session, viewer, case, EntryKind.SYSTEM, words)
        touch(case, viewer)
        audit(session, viewer, "end_lost_coding", case=case, volunteer_id=coder.id, asked_by_id=row.asked_by_id)
        refresh_card(session, case.id)


def _reads(session: Session, person: Volunteer, case: Case) -> bool:
    mine = select(Case.id).where(Case.id == case.id, full_cases(Viewer(person.id, person.role)))
    return person.active and session.scalar(mine) is not None
