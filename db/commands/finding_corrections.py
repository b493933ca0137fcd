"""Correcting a finding by a further edition, or withdrawing it. Earlier ones stay readable; only the last counts."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.case_said import finding_editions, finding_said
from db.choices import DoctorView, Evidence
from db.commands.corrections import UNCHANGED, note_corrections, said, without_personal
from db.commands.facts import leave_finding
from db.commands.findings import checked_finding, refuse_blind
from db.commands.record import clean_text, stale
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Case, Correction, DoctorSaid, Finding, FindingCode, FindingEdition
from db.rules.corrections import Corrected, SaidFinding

KEPT = (
    "case_id",
    "code",
    "case_process_id",
    "process_stage",
    "evidence",
    "quarter",
    "doctor_view",
    "coded_by_id",
    "coded_at",
    "second_coder_id",
)


@command(says=said, patterns=Patterns.ALWAYS, moves_access=False)
def correct_finding(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    finding_id: int,
    seen: SaidFinding,
    code: str,
    evidence: Evidence,
    case_process_id: int | None,
    quarter: str,
    note: str,
    doctor_view: DoctorView,
    reason: str,
) -> None:
    """Makes the next edition of a finding. Who coded it and when stays; the earlier edition is kept, its note without
    what looks like personal data.

    Refuses: not found, another case's finding, Stale (somebody corrected it), nothing changed, no reason, and whatever
    `checked_finding` refuses.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    refuse_blind(session, viewer, case)
    row = finding_of(session, case, finding_id, seen)
    term, process = checked_finding(
        session, case, code=code, case_process_id=case_process_id, quarter=quarter, besides=row.id
    )
    words = clean_text(note, field="note", label="Why", required=False)
    if SaidFinding(code, evidence, case_process_id, quarter, words, doctor_view) == seen:
        raise CommandRefused(UNCHANGED, field="evidence")
    now = _said(term, evidence, quarter)
    _keep_edition(session, viewer, case, row, "correct_finding", reason, now)
    if case_process_id != row.case_process_id:
        row.process_stage = process.stage if process else None
    row.code, row.evidence, row.case_process_id = code, evidence, case_process_id
    row.quarter, row.note, row.doctor_view = quarter, words, doctor_view
    session.flush()
    refresh_card(session, case.id)


@command(says="withdrew a finding that was coded by mistake", patterns=Patterns.ALWAYS, moves_access=False)
def withdraw_finding(
    session: Session, *, actor_id: int, reference: str, finding_id: int, seen: SaidFinding, reason: str
) -> None:
    """Withdraws a finding that was coded by mistake: it counts no more, and its editions stay readable. So is withdrawn
    what a ground was said to have touched there.

    Refuses: not found, another case's finding, Stale (somebody corrected it), no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    refuse_blind(session, viewer, case)
    row = finding_of(session, case, finding_id, seen)
    _keep_edition(session, viewer, case, row, "withdraw_finding", reason, "withdrawn")
    leave_finding(session, viewer, case, row.id)
    editions = update(FindingEdition).where(FindingEdition.finding_id == row.id)
    session.execute(editions.values(finding_id=None))
    session.execute(update(DoctorSaid).where(DoctorSaid.finding_id == row.id).values(finding_id=None))
    session.delete(row)
    session.flush()
    refresh_card(session, case.id)


def finding_of(session: Session, case: Case, finding_id: int, seen: SaidFinding) -> Finding:
    """The finding as it was `seen`. Refuses: another case's, Stale."""
    # Locked: a second correction waits here, and then finds what the first made of it.
    row = session.scalar(select(Finding).where(Finding.id == finding_id, Finding.case_id == case.id).with_for_update())
    if row is None:
        raise CommandRefused("Finding: choose from the list.", field="finding_id")
    # Its id is not enough: SQLite gives a withdrawn one's to the next.
    if finding_said(row) != seen:
        newest = select(Correction).join(FindingEdition, FindingEdition.correction_id == Correction.id)
        newest = newest.where(FindingEdition.finding_id == row.id).order_by(Correction.id.desc())
        last = session.scalars(newest).first()
        raise stale(session, last.by_id if last else row.coded_by_id, last.at if last else row.coded_at)
    return row


def _keep_edition(
    session: Session, viewer: Viewer, case: Case, row: Finding, action: str, reason: str, now: str
) -> None:
    was = _said(session.get_one(FindingCode, row.code), row.evidence, row.quarter)
    line = f"Finding: {was} → {now}"
    noted = note_corrections(session, viewer, case, action, {Corrected.FINDING: was}, only=line, reason=reason)
    session.add(
        FindingEdition(
            **{name: getattr(row, name) for name in KEPT},
            finding_id=row.id,
            correction_id=noted[0].id,
            edition=finding_editions(session, case).get(row.id, 1),
            note=without_personal(session, viewer, row.note),
        )
    )
    session.flush()


def _said(term: FindingCode, evidence: Evidence, quarter: str) -> str:
    return f"{term.code} {term.label} ({evidence.label}, {quarter})"
