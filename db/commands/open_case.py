"""Intake: a doctor's message becomes a case, in one transaction, and always with somebody to act on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred, viewer_of
from db.card import refresh_card
from db.case_reference import PROMISED, new_reference
from db.choices import Channel, ConsentPurpose, EntryKind, PartyRole, Representation, Stage, YesNo
from db.commands.action_owners import next_owner
from db.commands.conflicts import say_at_intake
from db.commands.enquiries import forget
from db.commands.flags import put_flag
from db.commands.identity import keep_identity, new_doctor, told_identity
from db.commands.interim_places import add_contact, free_lead
from db.commands.pathways import begin_stage
from db.commands.record import add_line, audit, clean_text
from db.commands.same_doctor import tell_of_likely_pairs
from db.commands.stages import record_stage
from db.commands.told_at_intake import Told, begin_as_told, problems_with_told, record_told
from db.commands.wall import add_party
from db.declared import Patterns, Tells, command
from db.enquiry_access import read_enquiry
from db.errors import Invalid, NotAllowed
from db.models import (
    Action,
    Case,
    CaseGround,
    CaseProcess,
    CodedTerm,
    Consent,
    Organisation,
    Process,
    ProcessStage,
)
from db.rules.actions import FIRST_ACTION
from db.rules.limits import NAME_LENGTH
from db.rules.safety import CRISIS, CRISIS_ACTION

WORDING = "2026-11"


@dataclass(frozen=True, repr=False)
class Intake:
    """Everything the form asks. `organisation_id` or, if the organisation is not listed, `body_text`, with `body_link`:
    whether the person recording the case has or had a link to it. `parties` are the names of people involved, kept only
    as keyed hashes for the conflict check. `told` are days that become deadlines; `dates_told` keeps the doctor's own
    words about others. `enquiry_id` is the message from somebody else that led to the doctor, deleted with this. Its
    repr shows nothing, for logs."""

    received_at: datetime
    channel: Channel
    immediate_danger: YesNo | None
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
    told: Sequence[Told] = ()
    enquiry_id: int | None = None
    representation: Representation = Representation.UNKNOWN
    source_key: str | None = None
    flags: Sequence[str] = field(default=())
    parties: Sequence[str] = ()
    # A lead may leave the interim contact to be chosen later; a volunteer becomes it.
    stays_contact: bool = True


@command(says="opened the case", patterns=Patterns.ALWAYS, tells=Tells.LEADS)
def open_case(session: Session, *, actor_id: int, intake: Intake) -> str:
    """Creates the case with its doctor (always a new one: other cases are never searched for them), consent, first
    stage event, first action and interim contact: the person recording it, or a lead if they must not see it. Returns
    the new reference. Immediate danger raises the flag CRISIS and gives the action to a lead.

    Refuses: observers; and Invalid by field: no privacy notice or consent, unknown codes, neither a listed organisation
    nor a typed name with their link to it.
    """
    viewer = viewer_of(session, actor_id)
    if not viewer.sees_cases:
        raise NotAllowed("Only volunteers and leads can open a case.")
    problems = _problems(session, viewer, intake)
    if problems:
        raise Invalid(problems)
    case = _new_case(session, viewer, intake)
    _what_it_faces(session, viewer, case, intake)
    record_stage(session, viewer=viewer, case=case, to=Stage.NEW, reason="Message received", details={}, first=True)
    _consent(session, viewer, case)
    add_party(session, case, PartyRole.DOCTOR, intake.name)
    for name in intake.parties:
        add_party(session, case, PartyRole.OTHER, name)
    say_at_intake(session, viewer, case, intake.body_link)
    _flags(session, viewer, case, intake)
    _first_action(session, viewer, case, intake)
    _first_contact(session, viewer, case, intake)
    record_told(session, viewer, case, intake.told)
    _after_enquiry(session, viewer, case, intake.enquiry_id)
    if words := clean_text(intake.dates_told, field="dates_told", label="Dates told", required=False):
        add_line(session, viewer, case, EntryKind.NOTE, f"Dates given with the first message: {words}")
    if intake.source_key is None:  # An import would fill leads' inboxes; “Same doctor?” lists its pairs.
        tell_of_likely_pairs(session, viewer, case)
    audit(session, viewer, "open_case", case=case, channel=intake.channel)
    refresh_card(session, case.id)
    return case.reference


def _after_enquiry(session: Session, viewer: Viewer, case: Case, enquiry_id: int | None) -> None:
    """The doctor has agreed: what somebody else wrote is needed no longer. That they wrote, and who they are to the
    doctor, stays."""
    if enquiry_id is None:
        return
    row = read_enquiry(session, viewer, enquiry_id, lock=True)
    relation = session.get_one(CodedTerm, ("relation", row.relation)).label
    said = f"First written about by: {relation.lower()}, {clock.london_day(row.received_at):%-d %B %Y}."
    add_line(session, viewer, case, EntryKind.NOTE, said)
    forget(session, row)


LABELS = {
    "grade": "Grade",
    "specialty_group": "Specialty group",
    "body_kind": "Kind of organisation",
    "region": "Region",
    "nation": "Nation",
}
WORDS = (("name", "Name"), ("contact", "Safe contact"), ("summary", "Summary"))


def _problems(session: Session, viewer: Viewer, intake: Intake) -> dict[str, str]:
    problems: dict[str, str] = {}
    if intake.immediate_danger is None:
        problems["immediate_danger"] = "Is anyone in danger? Please answer: “Not asked yet” is fine."
    if not intake.privacy_notice:
        problems["privacy_notice"] = "Privacy notice: give it to the doctor first. We can’t keep anything without it."
    if not intake.consent_to_hold:
        problems["consent_to_hold"] = "Consent: we can’t keep a record without it. A lead can advise."
    for name, label in WORDS:
        if not getattr(intake, name).strip():
            problems[name] = f"{label}: please fill this in."
    unknown = _unknown_codes(session, intake)
    if not any((intake.organisation_id, intake.body_text.strip(), intake.body_kind, intake.region, intake.nation)):
        # Its kind and place are asked about once somebody says that it is not listed.
        unknown = {name: said for name, said in unknown.items() if name not in ("body_kind", "region", "nation")}
    if intake.organisation_id is None and not intake.body_text.strip():
        problems["organisation_id"] = "Organisation: choose from the list, or type its name under “not listed”."
    elif intake.organisation_id is None and intake.body_link is None and not viewer.is_lead:
        problems["body_link"] = "Your link: say whether you work or have worked there. Nobody else can check this yet."
    if intake.received_at > clock.now() + timedelta(minutes=5):
        problems["received_at"] = "Received: choose a time that is not in the future."
    told = problems_with_told(session, intake.told, intake.processes)
    return problems | told | unknown


def _unknown_codes(session: Session, intake: Intake) -> dict[str, str]:
    problems = {
        name: f"{LABELS[name]}: choose from the list."
        for name in LABELS
        if session.get(CodedTerm, (name, getattr(intake, name))) is None
    }
    if intake.organisation_id is not None and session.get(Organisation, intake.organisation_id) is None:
        problems["organisation_id"] = "Organisation: choose from the list."
    if any(session.get(Process, code) is None for code in intake.processes):
        problems["processes"] = "Processes: choose from the list."
    if any(session.get(CodedTerm, ("flag", code)) is None for code in intake.flags):
        problems["flags"] = "Flags: choose from the list."
    if any(session.get(CodedTerm, ("ground", code)) is None for code in intake.grounds):
        problems["grounds"] = "Grounds: choose from the list."
    return problems


def _new_case(session: Session, viewer: Viewer, intake: Intake) -> Case:
    moment, identity = clock.now(), told_identity(intake)
    typed = clean_text(intake.body_text, field="body_text", label="Organisation", required=False, most=NAME_LENGTH)
    case = Case(
        reference=_unused_reference(session),
        doctor_id=new_doctor(session).id,
        organisation_id=intake.organisation_id,
        body_text=typed or None,
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
    promised = session.info.get(PROMISED, ())
    while True:
        reference = new_reference()
        if reference not in promised and session.scalar(select(Case.id).where(Case.reference == reference)) is None:
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
        if begin_as_told(session, viewer, row, intake.told):
            continue
        # The day the doctor wrote to us, as nobody has asked yet when it began.
        begin_stage(session, viewer, row, case.opened_on, is_exact=False)
    session.add_all(CaseGround(case_id=case.id, ground=ground) for ground in dict.fromkeys(intake.grounds))


def _flags(session: Session, viewer: Viewer, case: Case, intake: Intake) -> None:
    """After the walls stand, so that a lead behind one is told nothing."""
    flags = dict.fromkeys(intake.flags)
    if intake.immediate_danger is YesNo.YES:
        flags[CRISIS] = None
    for code in flags:
        why = "Immediate danger reported." if code == CRISIS else "Raised when the case was opened."
        again = clock.today() + timedelta(days=1)
        put_flag(session, viewer, case, code, why, again, quietly=intake.source_key is not None)


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
    """Owned by the person recording the case; by a lead in a crisis, or if that person must not see the case. If nobody
    may see it, it stays with them: the conflict check reports the case."""
    urgent = intake.immediate_danger is YesNo.YES
    owner = viewer.id
    if (urgent and not viewer.is_lead) or is_barred(session, viewer.id, case.id):
        owner = next_owner(session, case, viewer) or viewer.id
    due: date = clock.today() if urgent else clock.today() + timedelta(days=1)
    text = CRISIS_ACTION if urgent else FIRST_ACTION
    session.add(Action(case_id=case.id, text=text, owner_id=owner, due_on=due, created_at=clock.now()))


def _first_contact(session: Session, viewer: Viewer, case: Case, intake: Intake) -> None:
    """The person recording the case is the doctor's contact until a case lead accepts, and may read what they wrote; a
    lead is, if that person must not see the case.
    """
    if viewer.is_lead and not intake.stays_contact:
        return
    barred = is_barred(session, viewer.id, case.id)
    if (someone := free_lead(session, case) if barred else viewer.id) is not None:
        add_contact(session, viewer, case, someone, no_conflict=intake.body_link is False and not barred)
