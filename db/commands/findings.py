"""Coding findings: assessments of one account, each with its evidence."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import DoctorView, EntryKind, Evidence
from db.coding_access import is_blind
from db.commands.check_ins import ask_check_in
from db.commands.record import add_line, audit, clean_text, process_on
from db.declared import Patterns, command, label
from db.errors import CommandRefused
from db.models import Case, CaseProcess, Finding, FindingCode
from db.rules.quarters import is_quarter, quarter_of
from db.rules.safety import CheckInAt
from db.rules.timeline_lines import FINDING

# The NHS began in July 1948: a heatmap can list every quarter since.
EARLIEST = "1948Q3"
BLIND = "You are asked to code this case without sight of its findings. Hand in your coding first, or decline it."


def _coded(details: Mapping[str, object]) -> str:
    evidence = label(Evidence, details.get("evidence"), "evidence not recorded")
    return f"coded the finding {{finding}} ({evidence.lower()})"


@command(says=_coded, patterns=Patterns.ALWAYS, moves_access=False)
def add_finding(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    code: str,
    evidence: Evidence,
    case_process_id: int | None,
    quarter: str,
    note: str,
    doctor_view: DoctorView = DoctorView.NOT_SHOWN,
) -> None:
    """Codes a finding, at most once per case and process.

    `quarter` is when it happened, like 2026Q4. Refuses: not found, somebody asked to code the case without sight of
    its findings, an unknown code, a process of another case, a quarter that is malformed, before EARLIEST or in the
    future, the same finding twice.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    refuse_blind(session, viewer, case)
    term, process = checked_finding(session, case, code=code, case_process_id=case_process_id, quarter=quarter)
    session.add(
        Finding(
            case_id=case.id,
            code=code,
            case_process_id=case_process_id,
            process_stage=process.stage if process else None,
            evidence=evidence,
            quarter=quarter,
            note=clean_text(note, field="note", label="Why", required=False),
            coded_by_id=viewer.id,
            coded_at=clock.now(),
            doctor_view=doctor_view,
        )
    )
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{FINDING}{code} {term.label} ({evidence.label}).")
    audit(session, viewer, "add_finding", case=case, code=code, evidence=evidence)
    if quarter == quarter_of(clock.today()):
        ask_check_in(session, viewer, case, CheckInAt.FINDING, code, on=clock.today())
    refresh_card(session, case.id)


def checked_finding(
    session: Session,
    case: Case,
    *,
    code: str,
    case_process_id: int | None,
    quarter: str,
    besides: int | None = None,
) -> tuple[FindingCode, CaseProcess | None]:
    """What a finding is about: its code's term and its process. `besides` is the finding that is being corrected.

    Refuses: an unknown code, a process of another case, a quarter that is malformed, before EARLIEST or in the future,
    the same finding twice.
    """
    term = session.get(FindingCode, code)
    if term is None:
        raise CommandRefused("Finding: choose from the list.", field="code")
    process = process_on(session, case, case_process_id) if case_process_id is not None else None
    if not is_quarter(quarter) or not EARLIEST <= quarter <= quarter_of(clock.today()):
        raise CommandRefused("Quarter: choose from the list.", field="quarter")
    twice = select(Finding.id).where(
        Finding.case_id == case.id, Finding.code == code, Finding.case_process_id == case_process_id
    )
    if any(id != besides for id in session.scalars(twice)):
        raise CommandRefused(f"{term.label} is already coded here.", field="code")
    return term, process


def refuse_blind(session: Session, viewer: Viewer, case: Case) -> None:
    """Whoever is asked to code the case without sight of its findings neither adds to them nor changes them, and no
    refusal tells them what is coded."""
    if is_blind(session, viewer, case):
        raise CommandRefused(BLIND)
