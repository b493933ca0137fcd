"""Coding a case a second time without sight of the first, and settling in the open what differs."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.case_said import finding_said
from db.choices import EntryKind, Evidence
from db.coding_access import coders, is_blind, may_ask
from db.commands.finding_corrections import withdraw_finding
from db.commands.findings import add_finding
from db.commands.record import add_line, audit, clean_text, stale, touch
from db.declared import Patterns, Tells, command
from db.errors import CommandRefused, NotAllowed, Stale
from db.models import Case, Coding, CodingMark, Correction, Finding, FindingCode, FindingEdition, Volunteer
from db.rules.codings import WAYS, CodingStatus, Settled
from db.rules.corrections import SaidFinding
from db.rules.limits import REASON_LENGTH
from db.rules.timeline_lines import SECOND_CODING, SETTLED

CHOOSE, NOT_ASKED = "Second coder: choose from the list.", "You are not asked to code this case any more."
NOT_YET = "Hand in your own coding first, or decline it: until then you work without seeing the other."


@command(says="asked {about} to code the case a second time", patterns=Patterns.NEVER, tells=Tells.NAMED)
def ask_coding(session: Session, *, actor_id: int, reference: str, to_id: int) -> None:
    """Asks somebody to code a case without sight of its findings, which they do not see again until they answer.

    Refuses: not found, neither a lead nor the lead of the case, a case that is not open or has no finding, somebody
    asked already; and, all in one sentence, themselves and everybody not among `coders`.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if not may_ask(viewer, case):
        raise NotAllowed("Only a lead or the lead of this case can ask for a second coding.")
    if not case.is_open:
        raise CommandRefused("This case is not open.")
    if is_blind(session, viewer, case):
        raise CommandRefused(NOT_YET)
    if session.scalar(select(Finding.id).where(Finding.case_id == case.id).limit(1)) is None:
        raise CommandRefused("Code the case first, so that there is something to compare with.", field="to_id")
    if session.scalar(select(Coding.id).where(*_live(case))) is not None:
        raise CommandRefused("Somebody is asked already. Take that back first.", field="to_id")
    fit = coders(case.id).where(Volunteer.id == to_id, Volunteer.id != viewer.id)
    if session.scalar(fit) is None:
        raise CommandRefused(CHOOSE, field="to_id")
    about = {"coder_id": to_id, "asked_by_id": viewer.id, "asked_at": clock.now()}
    session.add(Coding(case_id=case.id, status=CodingStatus.ASKED, **about))
    session.flush()
    name = session.get_one(Volunteer, to_id).name
    _record(session, viewer, case, f"asked of {name}", "ask_coding", volunteer_id=to_id)


@command(says="declined to code the case a second time", patterns=Patterns.NEVER, tells=Tells.ASKER)
def decline_coding(session: Session, *, actor_id: int, reference: str) -> None:
    """Whoever is asked declines, without a reason, and sees the findings again. Refuses: not found, not asked."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _own(session, viewer, case)
    _end(row, CodingStatus.DECLINED)
    _record(session, viewer, case, "declined", "decline_coding", asked_by_id=row.asked_by_id)


@command(says="took back that {about} was asked to code the case", patterns=Patterns.NEVER, tells=Tells.NAMED)
def take_back_coding(session: Session, *, actor_id: int, reference: str) -> None:
    """Takes back the question, as long as nothing is handed in. Refuses: not found, neither a lead nor the lead of the
    case, nobody asked."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if not may_ask(viewer, case):
        raise NotAllowed("Only a lead or the lead of this case can take this back.")
    row = session.scalar(select(Coding).where(*_live(case)).with_for_update())
    if row is None:
        raise CommandRefused("Nobody is asked any more. Look at the case again.")
    _end(row, CodingStatus.TAKEN_BACK)
    _record(session, viewer, case, "taken back", "take_back_coding", volunteer_id=row.coder_id)


@command(says="handed in a second coding", patterns=Patterns.NEVER, tells=Tells.ASKER)
def hand_in_coding(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    codes: Sequence[str],
    notes: Mapping[str, Mapping[str, str]],
    none: bool = False,
) -> None:
    """Hands in the codes that they chose, beside those that the case has at this moment: neither changes any more.
    `notes` has {"note": words} by code. Nobody sees any of it before. What both chose counts as coded by two people.

    Refuses: not found, not asked (or no longer), an unknown code or one that has ended, no code without saying that
    there is none (`none`).
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _own(session, viewer, case)
    chosen = set(codes)
    if not chosen <= set(session.scalars(select(FindingCode.code).where(_runs()))):
        raise CommandRefused("Findings: choose from the list.", field="codes")
    if not chosen and not none:
        raise CommandRefused("Choose the findings, or tick that there is none.", field="none")
    first = set(session.scalars(select(Finding.code).where(Finding.case_id == case.id)))
    for code in sorted(first | chosen):
        words = notes.get(code, {}).get("note", "") if code in chosen else ""
        note = clean_text(words, field="note", label=f"Note on {code}", required=False)
        marks = {"by_first": code in first, "by_second": code in chosen, "note": note}
        session.add(CodingMark(case_id=case.id, coding_id=row.id, code=code, **marks))
    _end(row, CodingStatus.HANDED_IN)
    both = (Finding.case_id == case.id, Finding.code.in_(first & chosen), Finding.second_coder_id.is_(None))
    session.execute(update(Finding).where(*both).values(second_coder_id=viewer.id))
    _record(session, viewer, case, "handed in", "hand_in_coding", asked_by_id=row.asked_by_id)


@command(says="settled how two codings differ on the finding {finding}", patterns=Patterns.ALWAYS)
def settle_difference(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    coding_id: int,
    code: str,
    how: Settled,
    reason: str,
    seen: Sequence[SaidFinding],
) -> None:
    """Says what becomes of a finding that only one of the two chose, and why. WITHDRAWN withdraws what stands of it on
    the case; ADDED is for one that was added since (`add_from_coding` adds it). `seen` is what stood of it when the
    form was drawn.

    Refuses: not found, a coding or code of another case, one that was settled, a way that does not fit, no reason,
    Stale, somebody who is still to hand in a coding of their own.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    mark = _difference(session, viewer, case, coding_id, code)
    if how not in WAYS[mark.by_second]:
        raise CommandRefused("What becomes of it: choose from the list.", field="how")
    why = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    standing = _standing(session, case, code)
    if sorted(map(repr, seen)) != sorted(repr(finding_said(row)) for row in standing):
        raise _changed(session, case, code)
    if how is Settled.ADDED and not standing:
        raise CommandRefused("It is not a finding of this case yet: add it.", field="how")
    if how is Settled.WITHDRAWN:
        for row in standing:
            withdraw_finding(
                session,
                actor_id=viewer.id,
                reference=case.reference,
                finding_id=row.id,
                seen=finding_said(row),
                reason=why,
            )
    _settle(session, viewer, case, mark, how, why, "settle_difference")


@command(says="added the finding {finding} after a second coding", patterns=Patterns.ALWAYS)
def add_from_coding(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    coding_id: int,
    code: str,
    evidence: Evidence,
    case_process_id: int | None,
    quarter: str,
    note: str,
    reason: str,
) -> None:
    """Adds a finding that only the second coder chose, which settles it. Refuses: what `settle_difference` and
    `add_finding` refuse."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    mark = _difference(session, viewer, case, coding_id, code)
    if not mark.by_second:
        raise CommandRefused("What becomes of it: choose from the list.", field="code")
    why = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    add_finding(
        session,
        actor_id=viewer.id,
        reference=case.reference,
        code=code,
        evidence=evidence,
        case_process_id=case_process_id,
        quarter=quarter,
        note=note,
    )
    _settle(session, viewer, case, mark, Settled.ADDED, why, "add_from_coding")


def _live(case: Case) -> tuple[ColumnElement[bool], ...]:
    return Coding.case_id == case.id, Coding.status == CodingStatus.ASKED


def _own(session: Session, viewer: Viewer, case: Case) -> Coding:
    # Locked: the second of two hand-ins waits here, and then finds that it is not asked any more.
    query = select(Coding).where(*_live(case), Coding.coder_id == viewer.id)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise CommandRefused(NOT_ASKED)
    return row


def _end(row: Coding, status: CodingStatus) -> None:
    row.status, row.ended_at = status, clock.now()


def _runs() -> ColumnElement[bool]:
    return or_(FindingCode.valid_to.is_(None), FindingCode.valid_to >= clock.today())


def _difference(session: Session, viewer: Viewer, case: Case, coding_id: int, code: str) -> CodingMark:
    if is_blind(session, viewer, case):
        raise CommandRefused(NOT_YET)
    query = select(CodingMark).where(
        CodingMark.case_id == case.id, CodingMark.coding_id == coding_id, CodingMark.code == code
    )
    mark = session.scalar(query.with_for_update())
    if mark is None or mark.by_first == mark.by_second:
        raise CommandRefused("Difference: choose one of this case’s.", field="code")
    if mark.settled is not None:
        raise CommandRefused("Somebody has settled this already. Look at the case again.", field="code")
    return mark


def _standing(session: Session, case: Case, code: str) -> Sequence[Finding]:
    query = select(Finding).where(Finding.case_id == case.id, Finding.code == code)
    return session.scalars(query.order_by(Finding.id).with_for_update()).all()


def _changed(session: Session, case: Case, code: str) -> Stale:
    """Who added or corrected it last, and when."""
    coded = select(Finding.coded_by_id, Finding.coded_at).where(Finding.case_id == case.id, Finding.code == code)
    corrected = select(Correction.by_id, Correction.at).join(FindingEdition)
    corrected = corrected.where(FindingEdition.case_id == case.id, FindingEdition.code == code)
    changes = [*session.execute(coded), *session.execute(corrected)]
    known = ((row[0], row[1]) for row in changes)
    by_id, at = max(known, key=lambda change: change[1], default=(case.updated_by_id, case.updated_at))
    return stale(session, by_id, at)


def _settle(
    session: Session, viewer: Viewer, case: Case, mark: CodingMark, how: Settled, why: str, action: str
) -> None:
    mark.settled, mark.why, mark.settled_by_id, mark.settled_at = how, why, viewer.id, clock.now()
    second = session.get_one(Volunteer, session.get_one(Coding, mark.coding_id).coder_id).name
    only = f"only in the second coding, by {second}" if mark.by_second else f"not in the second coding, by {second}"
    label = session.get_one(FindingCode, mark.code).label
    words = f"{SETTLED}{mark.code} {label}, {only}: {how.label.lower()}. {why}"
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    session.flush()
    audit(session, viewer, action, case=case, code=mark.code, how=how)
    refresh_card(session, case.id)


def _record(session: Session, viewer: Viewer, case: Case, said: str, action: str, **details: object) -> None:
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{SECOND_CODING}{said}.")
    touch(case, viewer)
    session.flush()
    audit(session, viewer, action, case=case, **details)
    refresh_card(session, case.id)
