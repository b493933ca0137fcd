"""What the doctor says of a finding they were shown, in their words."""

from datetime import date

from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.finding_corrections import finding_of
from db.commands.findings import refuse_blind
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, command
from db.models import DoctorSaid, FindingCode
from db.rules.codings import MOST_SAID, VIEW_OF, DoctorSays
from db.rules.corrections import SaidFinding
from db.rules.timeline_lines import DOCTORS_VIEW


@command(says="recorded the doctor’s view of the finding {finding}", patterns=Patterns.NEVER, moves_access=False)
def record_doctor_view(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    finding_id: int,
    seen: SaidFinding,
    view: DoctorSays,
    text: str,
    said_on: date,
) -> None:
    """Adds what the doctor said of a finding to what they said before. A disagreement or an addition needs their words.

    Refuses: not found, somebody asked to code the case without sight of its findings, another case's finding, Stale
    (somebody corrected it), no words where they are needed, a day to come.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    refuse_blind(session, viewer, case)
    row = finding_of(session, case, finding_id, seen)
    needed = view is not DoctorSays.AGREES
    words = clean_text(text, field="text", label="In the doctor’s words", required=needed, most=MOST_SAID)
    about = {"case_id": case.id, "finding_id": row.id, "code": row.code, "view": view, "words": words}
    session.add(DoctorSaid(**about, said_on=said_on, by_id=viewer.id, at=clock.now()))
    row.doctor_view = VIEW_OF[view]
    label = session.get_one(FindingCode, row.code).label
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{DOCTORS_VIEW}{row.code} {label}: {view.label.lower()}.")
    touch(case, viewer)
    session.flush()
    audit(session, viewer, "record_doctor_view", case=case, code=row.code)
    refresh_card(session, case.id)
