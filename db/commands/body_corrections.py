"""Correcting the organisation of a case or of one of its processes, and what kind of process it is. Walls rise at once,
and fall by two leads only (`db/commands/kept_walls.py`)."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.asked import bodies_of, check_of
from db.card import refresh_card
from db.case_said import body_said
from db.commands.conflicts import step_aside
from db.commands.corrections import UNCHANGED, note_corrections, said, without_personal
from db.commands.kept_walls import keeps_walls
from db.commands.open_case import LABELS
from db.commands.pathways import begin_stage, withdraw_stages
from db.commands.record import clean_text, process_on, stale
from db.declared import Patterns, command
from db.errors import CommandRefused, Invalid
from db.models import (
    Case,
    CaseProcess,
    CodedTerm,
    ConflictCheck,
    Deadline,
    FairnessAnswer,
    Finding,
    Organisation,
    Process,
    ProcessOutcome,
    ProcessStage,
)
from db.rule_asks import ask_about, rules_of
from db.rules.corrections import Corrected, SaidBody
from db.rules.limits import NAME_LENGTH

UNKNOWN = "not known"


@command(says=said, patterns=Patterns.ALWAYS)
def correct_body(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    seen: SaidBody,
    body: SaidBody,
    reason: str,
    body_link: bool | None = None,
) -> None:
    """Corrects the case's organisation: to one on the list, whose kind and place it then has, or to a typed name with
    them. Processes that were recorded with the case move with it. People on the case who are now barred lose it at
    once. `body_link` is asked of a volunteer who types a name, as in a new case; with a link they lose the case.

    Refuses: not found, Stale (somebody changed it), nothing changed, no reason; and Invalid by field: neither a listed
    organisation nor a typed name, unknown codes, no answer about a link.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if seen != body_said(case):
        raise stale(session, case.updated_by_id, case.updated_at)
    right = _checked(session, viewer, body, seen, body_link)
    if right == seen:
        raise CommandRefused(UNCHANGED, field="organisation_id")
    was = _told(session, seen.organisation_id, without_personal(session, viewer, seen.body_text), seen)
    became = _told(session, right.organisation_id, right.body_text, right)
    note_corrections(
        session,
        viewer,
        case,
        "correct_body",
        {Corrected.BODY: was},
        became={Corrected.BODY: became},
        reason=reason,
    )
    with keeps_walls(session, viewer, case):
        _move_processes(session, case, right.organisation_id)
        case.organisation_id, case.body_text = right.organisation_id, right.body_text or None
        case.body_kind, case.region, case.nation = right.body_kind, right.region, right.nation
    if right.nation != seen.nation:
        ask_about(session, {rule.process for rule in rules_of(session).values()}, case_id=case.id)
    if right.organisation_id is None and body_link is not None:
        _say_link(session, viewer, case, body_link)
    session.flush()
    refresh_card(session, case.id)


@command(says=said, patterns=Patterns.ALWAYS)
def correct_process_body(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    seen_organisation_id: int | None,
    organisation_id: int | None,
    reason: str,
) -> None:
    """Corrects which organisation runs a process; None if it is the case's own or not known.

    Refuses: not found, another case's process, an unknown organisation, Stale (somebody changed it), nothing changed,
    no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = process_on(session, case, case_process_id)
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        raise CommandRefused("Organisation: choose from the list.", field="organisation_id")
    if row.organisation_id != seen_organisation_id:
        raise stale(session, case.updated_by_id, case.updated_at)
    if organisation_id == row.organisation_id:
        raise CommandRefused(UNCHANGED, field="organisation_id")
    label = session.get_one(Process, row.process).label
    was, became = (_listed(session, id) for id in (row.organisation_id, organisation_id))
    note_corrections(
        session,
        viewer,
        case,
        "correct_process_body",
        {Corrected.PROCESS_BODY: f"{label}: {was}"},
        only=f"{label}, organisation: {was} → {became}",
        reason=reason,
    )
    with keeps_walls(session, viewer, case):
        row.organisation_id = organisation_id
    refresh_card(session, case.id)


@command(says=said, patterns=Patterns.ALWAYS)
def correct_process(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    seen_process: str,
    process: str,
    stage: str,
    reason: str,
) -> None:
    """Corrects what kind of process it is, while nothing rests on it yet. Its recorded stages are withdrawn, and it is
    at `stage` from the day it started, as far as is known.

    Refuses: not found, another case's process, unknown codes, Stale (somebody changed it), the same kind, one with
    deadlines, findings, outcomes or answers of a checklist, no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = process_on(session, case, case_process_id)
    kind = session.get(Process, process)
    if kind is None:
        raise CommandRefused("Process: choose from the list.", field="process")
    step = session.get(ProcessStage, (process, stage))
    if step is None:
        raise CommandRefused("Stage of the process: choose from the list.", field="stage")
    if row.process != seen_process:
        raise stale(session, case.updated_by_id, case.updated_at)
    if row.process == process:
        raise CommandRefused(UNCHANGED, field="process")
    if _rests_on(session, row):
        raise CommandRefused(
            "Deadlines, findings, outcomes or a checklist rest on this process. End it, and add the right one.",
            field="process",
        )
    was = session.get_one(Process, row.process).label
    note_corrections(
        session,
        viewer,
        case,
        "correct_process",
        {Corrected.PROCESS: was},
        became={Corrected.PROCESS: f"{kind.label}, at {step.label}"},
        reason=reason,
    )
    withdraw_stages(session, viewer, row)
    row.process, row.stage = process, stage
    begin_stage(session, viewer, row, row.started_on, is_exact=False)
    session.flush()
    refresh_card(session, case.id)


def _checked(session: Session, viewer: Viewer, body: SaidBody, seen: SaidBody, link: bool | None) -> SaidBody:
    """What the case will say. Refuses (Invalid) by field."""
    if body.organisation_id is not None:
        listed = session.get(Organisation, body.organisation_id)
        if listed is None:
            raise Invalid({"organisation_id": "Organisation: choose from the list."})
        # If the list does not say, what the doctor said stays.
        placed = listed if listed.region != "not_stated" else seen
        return SaidBody(listed.id, "", listed.kind, placed.region, placed.nation)
    typed = clean_text(body.body_text, field="body_text", label="Organisation", required=False, most=NAME_LENGTH)
    problems = {} if typed else {"body_text": "Organisation: choose from the list, or type its name."}
    for name in ("body_kind", "region", "nation"):
        listed_codes = select(CodedTerm.code).where(CodedTerm.list == name)
        if getattr(body, name) not in set(session.scalars(listed_codes)):
            problems[name] = f"{LABELS[name]}: choose from the list."
    if typed and typed != seen.body_text and link is None and not viewer.is_lead:
        problems["body_link"] = "Your link: say whether you work or have worked there. Nobody else can check this yet."
    if problems:
        raise Invalid(problems)
    return SaidBody(None, typed, body.body_kind, body.region, body.nation)


def _told(session: Session, organisation_id: int | None, typed: str, said: SaidBody) -> str:
    if organisation_id is not None:
        return _listed(session, organisation_id)
    place = ", ".join(
        found.label if (found := session.get(CodedTerm, (listed, code))) else code
        for listed, code in (("body_kind", said.body_kind), ("region", said.region), ("nation", said.nation))
    )
    return f"“{typed or UNKNOWN}” ({place})"


def _listed(session: Session, organisation_id: int | None) -> str:
    body = session.get(Organisation, organisation_id) if organisation_id is not None else None
    return f"{body.name} ({body.code})" if body else "none"


def _move_processes(session: Session, case: Case, to: int | None) -> None:
    """Those recorded with the case were said to be run by its organisation."""
    own = case.organisation_id
    theirs = CaseProcess.organisation_id.is_(None) if own is None else CaseProcess.organisation_id == own
    began_with_it = CaseProcess.started_on == case.opened_on
    for row in session.scalars(select(CaseProcess).where(CaseProcess.case_id == case.id, theirs, began_with_it)):
        row.organisation_id = to


def _say_link(session: Session, viewer: Viewer, case: Case, link: bool) -> None:
    """No wall can know of an organisation that is not listed: whoever typed its name says whether they have a link."""
    moment, mark = clock.now(), bodies_of(session, case).mark
    known = check_of(session, viewer, case)
    if known is None:
        known = ConflictCheck(volunteer_id=viewer.id, case_id=case.id, bodies=mark, shown_at=moment)
        session.add(known)
    known.bodies, known.shown_at, known.answered_at, known.no_conflict = mark, moment, moment, not link
    session.flush()
    if link:
        step_aside(session, viewer, case)


def _rests_on(session: Session, row: CaseProcess) -> bool:
    rests = or_(
        select(Deadline.id).where(Deadline.case_process_id == row.id).exists(),
        select(Finding.id).where(Finding.case_process_id == row.id).exists(),
        select(FairnessAnswer.id).where(FairnessAnswer.case_process_id == row.id).exists(),
        select(ProcessOutcome.id).where(ProcessOutcome.case_process_id == row.id).exists(),
    )
    return session.scalar(select(rests)) or False
