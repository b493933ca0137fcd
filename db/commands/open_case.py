"""Intake: a doctor's message becomes a case, in one transaction, and is never left without an owner."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred, viewer_of
from db.card import refresh_card
from db.case_reference import new_reference
from db.choices import Channel, ConsentPurpose, EntryKind, PartyRole, Representation, Stage, YesNo
from db.commands.action_owners import heir
from db.commands.conflicts import say_at_intake
from db.commands.contact import add_contact, free_lead
from db.commands.identity import keep_identity, new_doctor, told_identity
from db.commands.pathways import begin_stage
from db.commands.record import add_line, audit, clean_text
from db.commands.same_doctor import tell_of_likely_pairs
from db.commands.stages import record_stage
from db.commands.wall import add_party
from db.declared import Patterns, Tells, command
from db.errors import Invalid, NotAllowed
from db.models import (
    Action,
    Case,
    CaseGround,
    CaseProcess,
    CodedTerm,
    Consent,
    Flag,
    Organisation,
    Process,
    ProcessStage,
)

WORDING = "2026-11"
FIRST_ACTION = "Triage: reply to the doctor, check limit dates and conflicts"
CRISIS_ACTION = "Call the doctor today: immediate danger was reported"


@dataclass(frozen=True, repr=False)
class Intake:
    """Everything the form asks. `organisation_id` or, where the body is not listed, `body_text`, with `body_link`: has
    or had whoever takes it down a link to it? `parties` are names of people involved, kept only as keyed hashes for the
    conflict check. Says nothing of itself in a log."""

    received_at: datetime
    channel: Channel
    immediate_danger: YesNo
    name: str
    contact: str
    safe_channel: str
    privacy_notice: bool
    consent_to_hold: bool
    summary: str
    body_kind: str
    region: str
    nation: str
    grade: str
    specialty_group: str
    safe_times: str = ""
    never_use: str = ""
    organisation_id: int | None = None
    body_text: str = ""
    body_link: bool | None = None
    processes: Sequence[str] = ()
    grounds: Sequence[str] = ()
    dates_told: str = ""
    representation: Representation = Representation.UNKNOWN
    source_key: str | None = None
    flags: Sequence[str] = field(default=())
    parties: Sequence[str] = ()
    # A lead, who reads every case anyway, may leave the doctor's contact to be named; a volunteer takes it on.
    stays_contact: bool = True


@command(says="opened the case", patterns=Patterns.ALWAYS, tells=Tells.LEADS)
def open_case(session: Session, *, actor_id: int, intake: Intake) -> str:
    """Creates case, doctor (never found again: who they are is told of each case apart), consent, first stage event,
    first owned action and interim contact: whoever took it down, or a lead where they must not see it. Returns the new
    reference. Refuses observers, and Invalid by field: no privacy notice or consent, unknown codes, neither a listed
    body nor a name for it and their link to it. Immediate danger raises CRISIS for a lead.
    """
    viewer = viewer_of(session, actor_id)
    if not viewer.sees_cases:
        raise NotAllowed("Only volunteers and leads may open a case.")
    problems = _problems(session, viewer, intake)
    if problems:
        raise Invalid(problems)
    case = _new_case(session, viewer, intake)
    _what_it_faces(session, viewer, case, intake)
    record_stage(session, viewer=viewer, case=case, to=Stage.NEW, reason="Enquiry received", details={}, first=True)
    _consent(session, viewer, case)
    add_party(session, case, PartyRole.DOCTOR, intake.name)
    for name in intake.parties:
        add_party(session, case, PartyRole.OTHER, name)
    say_at_intake(session, viewer, case, intake.body_link)
    _first_action(session, viewer, case, intake)
    _first_contact(session, viewer, case, intake)
    if words := clean_text(intake.dates_told, field="dates_told", label="Dates told", required=False):
        add_line(session, viewer, case, EntryKind.NOTE, f"Dates as told at intake: {words}")
    if intake.source_key is None:  # Of an import the list is enough: an inbox would hold nothing else.
        tell_of_likely_pairs(session, viewer, case)
    audit(session, viewer, "open_case", case=case, channel=intake.channel)
    refresh_card(session, case.id)
    return case.reference


TERMS = ("grade", "specialty_group", "body_kind", "region", "nation")
WORDS = (("name", "Name"), ("contact", "Safe contact"), ("summary", "Summary"))


def _problems(session: Session, viewer: Viewer, intake: Intake) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not intake.privacy_notice:
        problems["privacy_notice"] = "Privacy notice: give it first; nothing may be held without it."
    if not intake.consent_to_hold:
        problems["consent_to_hold"] = "Consent: without it no record may be kept. Help the doctor another way."
    for name, label in WORDS:
        if not getattr(intake, name).strip():
            problems[name] = f"{label}: please fill this in."
    if intake.organisation_id is None and not intake.body_text.strip():
        problems["organisation_id"] = "Body: choose one, or write its name under “not listed”."
    elif intake.organisation_id is None and intake.body_link is None and not viewer.is_lead:
        problems["body_link"] = "Your link: say whether you work, or ever worked, there. Nobody else can check it yet."
    if intake.received_at > clock.now() + timedelta(minutes=5):
        problems["received_at"] = "Received: this is in the future."
    return problems | _unknown_codes(session, intake)


def _unknown_codes(session: Session, intake: Intake) -> dict[str, str]:
    problems = {
        name: f"{name.replace('_', ' ').capitalize()}: choose one of those offered."
        for name in TERMS
        if session.get(CodedTerm, (name, getattr(intake, name))) is None
    }
    if intake.organisation_id is not None and session.get(Organisation, intake.organisation_id) is None:
        problems["organisation_id"] = "Body: choose one of those offered."
    if any(session.get(Process, code) is None for code in intake.processes):
        problems["processes"] = "Processes: choose from those offered."
    if any(session.get(CodedTerm, ("flag", code)) is None for code in intake.flags):
        problems["flags"] = "Flags: choose from those offered."
    if any(session.get(CodedTerm, ("ground", code)) is None for code in intake.grounds):
        problems["grounds"] = "Grounds: choose from those offered."
    return problems


def _new_case(session: Session, viewer: Viewer, intake: Intake) -> Case:
    moment, identity = clock.now(), told_identity(intake)
    case = Case(
        reference=_unused_reference(session),
        doctor_id=new_doctor(session).id,
        organisation_id=intake.organisation_id,
        body_text=clean_text(intake.body_text, field="body_text", label="Body", required=False, most=200) or None,
        body_kind=intake.body_kind,
        region=intake.region,
        nation=intake.nation,
        grade=intake.grade,
        specialty_group=intake.specialty_group,
        stage=Stage.NEW,
        stage_since=moment,
        summary=clean_text(intake.summary, field="summary", label="Summary"),
        channel=intake.channel,
        immediate_danger=intake.immediate_danger,
        received_at=intake.received_at,
        opened_on=clock.london_day(intake.received_at),
        representation=intake.representation,
        source_key=intake.source_key,
        updated_at=moment,
        updated_by_id=viewer.id,
    )
    session.add(case)
    session.flush()
    keep_identity(session, case, identity)
    return case


def _unused_reference(session: Session) -> str:
    while True:
        reference = new_reference()
        if session.scalar(select(Case.id).where(Case.reference == reference)) is None:
            return reference


def _what_it_faces(session: Session, viewer: Viewer, case: Case, intake: Intake) -> None:
    for code in dict.fromkeys(intake.processes):
        first = session.scalar(
            select(ProcessStage.code).where(ProcessStage.process == code).order_by(ProcessStage.position).limit(1)
        )
        row = CaseProcess(
            case_id=case.id,
            process=code,
            stage=first,
            organisation_id=intake.organisation_id,
            started_on=case.opened_on,
        )
        session.add(row)
        session.flush()
        # The day the doctor wrote to us, not the day it began: nobody has asked yet.
        begin_stage(session, viewer, row, case.opened_on, is_exact=False)
    session.add_all(CaseGround(case_id=case.id, ground=ground) for ground in dict.fromkeys(intake.grounds))
    flags = dict.fromkeys(intake.flags)
    if intake.immediate_danger is YesNo.YES:
        flags["CRISIS"] = None
    for code in flags:
        why = "Immediate danger reported at intake." if code == "CRISIS" else "Raised at intake."
        session.add(
            Flag(case_id=case.id, code=code, why=why, set_at=clock.now(), review_on=clock.today() + timedelta(days=1))
        )


def _consent(session: Session, viewer: Viewer, case: Case) -> None:
    session.add(
        Consent(
            case_id=case.id,
            purpose=ConsentPurpose.HOLD,
            wording=WORDING,
            given=True,
            given_at=clock.now(),
            recorded_by_id=viewer.id,
        )
    )


def _first_action(session: Session, viewer: Viewer, case: Case, intake: Intake) -> None:
    """Owned by whoever took the message; by a lead in a crisis, or where the taker must not see the case. Where nobody
    at all may, it stays with the taker: the check of conflicts counts the case."""
    urgent = intake.immediate_danger is YesNo.YES
    owner = viewer.id
    if (urgent and not viewer.is_lead) or is_barred(session, viewer.id, case.id):
        owner = heir(session, case, viewer) or viewer.id
    due: date = clock.today() if urgent else clock.today() + timedelta(days=1)
    text = CRISIS_ACTION if urgent else FIRST_ACTION
    session.add(Action(case_id=case.id, text=text, owner_id=owner, due_on=due, created_at=clock.now()))


def _first_contact(session: Session, viewer: Viewer, case: Case, intake: Intake) -> None:
    """Whoever took the message stays in touch until a case lead accepts, and may read what they wrote; a lead does
    where they must not see the case.
    """
    if viewer.is_lead and not intake.stays_contact:
        return
    barred = is_barred(session, viewer.id, case.id)
    if (someone := free_lead(session, case) if barred else viewer.id) is not None:
        add_contact(session, viewer, case, someone, no_conflict=intake.body_link is False and not barred)
