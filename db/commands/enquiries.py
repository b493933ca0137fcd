"""Somebody other than the doctor writes first: kept only to ask the doctor, and deleted with the answer or without."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, viewer_of
from db.base import LEAVES_NOTHING
from db.choices import AuditAction, Channel, EnquiryEnd, YesNo
from db.commands.alerts import owe_alerts_of_enquiry
from db.commands.interim_places import ready_leads
from db.commands.personal_data import find
from db.commands.record import audit, clean_text
from db.commands.wall import name_hash
from db.declared import Patterns, change, command, label
from db.enquiry_access import is_kept_from, read_enquiry
from db.errors import CommandRefused, Invalid, NotAllowed
from db.models import AccessLog, Alert, CodedTerm, Enquiry, Organisation
from db.rules.enquiries import KEPT_AFTER, Reach, packed, problem_with_ask_by, unpacked
from db.rules.limits import NAME_LENGTH
from db.rules.personal_data import redacted
from db.vault import vault_of

LISTED = "relation"
MOST_NOTE = 500


@dataclass(frozen=True, repr=False)
class Written:
    """What the form asks about a message from somebody else. `organisation_id` or, if it is on no list, `body_text`
    with `body_link`, as in `Intake`. Its repr shows nothing, for logs."""

    received_at: datetime
    channel: Channel
    danger: YesNo | None
    relation: str
    writer: str
    writer_contact: str
    doctor: str
    doctor_contact: str
    ask_by: date | None
    never_use: str = ""
    note: str = ""
    organisation_id: int | None = None
    body_text: str = ""
    body_link: bool | None = None


@command(says="recorded that somebody else wrote about a doctor", patterns=Patterns.NEVER, moves_access=False)
def record_enquiry(session: Session, *, actor_id: int, written: Written) -> bool:
    """Keeps who wrote and how to reach the doctor, encrypted, until the doctor has been asked. Whoever records it asks
    the doctor, or a lead: in danger, and if it must be kept from them. Returns whether they see it from now on.

    Where somebody is in danger, every lead who may see it is owed an e-mail and sees it first on Home.

    Refuses: observers; and Invalid by field: what is missing, unknown codes, a day to ask by that is past or more than
    four weeks after the message, and a message that no lead may see.
    """
    viewer = viewer_of(session, actor_id)
    if not viewer.sees_cases:
        raise NotAllowed("Only volunteers and leads can record a message.")
    reach = _reach(written)
    if problems := _problems(session, viewer, written, reach):
        raise Invalid(problems)
    assert written.danger is not None
    assert written.ask_by is not None
    row = Enquiry(
        received_at=written.received_at,
        channel=written.channel,
        relation=written.relation,
        danger=written.danger,
        organisation_id=written.organisation_id,
        body_text=None if written.organisation_id else written.body_text.strip(),
        sealed=vault_of(session).seal_text(packed(reach)),
        doctor_hash=name_hash(session, reach.doctor) if reach.doctor else None,
        writer_hash=name_hash(session, reach.writer),
        barred_id=viewer.id if written.body_link and not written.organisation_id else None,
        ask_by=written.ask_by,
        owner_id=viewer.id,
        recorded_by_id=viewer.id,
        recorded_at=clock.now(),
    )
    session.add(row)
    session.flush()
    row.owner_id = _owner(session, viewer, row)
    audit(session, viewer, "record_enquiry", enquiry_id=row.id)
    if row.danger is YesNo.YES:
        owe_alerts_of_enquiry(session, viewer, row)
    session.flush()
    return not is_kept_from(session, viewer.id, row.id) and (viewer.is_lead or row.owner_id == viewer.id)


def _reach(written: Written) -> Reach:
    return Reach(
        writer=clean_text(written.writer, field="writer", label="Name", required=False, most=NAME_LENGTH),
        writer_contact=clean_text(
            written.writer_contact, field="writer_contact", label="Their contact", required=False, most=300
        ),
        doctor=clean_text(written.doctor, field="doctor", label="Doctor’s name", required=False, most=NAME_LENGTH),
        doctor_contact=clean_text(
            written.doctor_contact, field="doctor_contact", label="Safe contact", required=False, most=300
        ),
        never_use=clean_text(written.never_use, field="never_use", label="Never use", required=False, most=300),
        note=clean_text(written.note, field="note", label="What else", required=False, most=MOST_NOTE),
    )


def _problems(session: Session, viewer: Viewer, written: Written, reach: Reach) -> dict[str, str]:
    problems = {}
    if written.danger is None:
        problems["danger"] = "Is anyone in danger? Please answer: “Not asked yet” is fine."
    if not reach.writer:
        problems["writer"] = "Who wrote: please fill this in."
    if not (reach.doctor_contact or reach.writer_contact):
        problems["doctor_contact"] = "How to reach the doctor, or else whoever wrote: please fill in one of the two."
    if written.received_at > clock.now():
        problems["received_at"] = "Received: choose a time that is not in the future."
    received_on = clock.london_day(written.received_at)
    if written.ask_by is None:
        problems["ask_by"] = "Ask by: choose the day by which the doctor is asked."
    elif problem := problem_with_ask_by(written.ask_by, received_on, clock.today()):
        problems["ask_by"] = problem
    return problems | _unknown(session, viewer, written)


def _unknown(session: Session, viewer: Viewer, written: Written) -> dict[str, str]:
    problems = {}
    if session.get(CodedTerm, (LISTED, written.relation)) is None:
        problems["relation"] = "Relation: choose from the list."
    if written.organisation_id is None and not written.body_text.strip():
        problems["organisation_id"] = "Organisation: choose from the list, or type its name under “not listed”."
    elif written.organisation_id is None and written.body_link is None and not viewer.is_lead:
        problems["body_link"] = "Your link: say whether you work or have worked there. Nobody else can check this yet."
    elif written.organisation_id is not None and session.get(Organisation, written.organisation_id) is None:
        problems["organisation_id"] = "Organisation: choose from the list."
    return problems


def _owner(session: Session, viewer: Viewer, row: Enquiry) -> int:
    if not is_kept_from(session, viewer.id, row.id) and (row.danger is not YesNo.YES or viewer.is_lead):
        return viewer.id
    found = next((id for id in ready_leads(session) if not is_kept_from(session, id, row.id)), None)
    if found is None:
        raise CommandRefused("No lead may see this message. Call a lead, and keep it out of the dashboard until then.")
    return found


change("open_enquiry", says="opened who wrote about a doctor", moves_access=False)


def open_enquiry(session: Session, *, actor_id: int, enquiry_id: int, reason: str) -> Reach:
    """Who wrote, and how to reach the doctor: opened with a reason, and logged. Refuses: not found, no reason, no key
    that fits."""
    viewer = viewer_of(session, actor_id)
    row = read_enquiry(session, viewer, enquiry_id)
    words = clean_text(reason, field="reason", label="Reason", most=300)
    words = redacted(words, find(session, viewer, words))
    reach = unpacked(vault_of(session).open_text(row.sealed))
    session.add(AccessLog(at=clock.now(), actor_id=viewer.id, action=AuditAction.IDENTITY, case_id=None, reason=words))
    audit(session, viewer, "open_enquiry", enquiry_id=row.id)
    return reach


@command(says="asked the doctor for whom somebody else wrote", patterns=Patterns.NEVER, moves_access=False)
def note_enquiry_asked(
    session: Session, *, actor_id: int, enquiry_id: int, seen_version: int, asked_on: date | None
) -> None:
    """Records that the doctor has been asked, and waits for their answer. Refuses: not found, changed meanwhile, no
    day, a day before the message or in the future."""
    viewer = viewer_of(session, actor_id)
    row = _fresh(session, viewer, enquiry_id, seen_version)
    received_on = clock.london_day(row.received_at)
    if asked_on is None or not received_on <= asked_on <= clock.today():
        raise CommandRefused(
            f"Asked on: choose a day from {received_on:%-d %B %Y}, when the message came, until today.",
            field="asked_on",
        )
    row.asked_on = asked_on
    audit(session, viewer, "note_enquiry_asked", enquiry_id=row.id)


@command(says="took on asking a doctor for whom somebody else wrote", patterns=Patterns.NEVER, moves_access=False)
def take_enquiry(session: Session, *, actor_id: int, enquiry_id: int, seen_version: int) -> None:
    """A lead takes on asking the doctor. Refuses: not found (so anybody but leads and whoever asks), changed meanwhile,
    whoever has it already."""
    viewer = viewer_of(session, actor_id)
    row = _fresh(session, viewer, enquiry_id, seen_version)
    if row.owner_id == viewer.id:
        raise CommandRefused("You are asking the doctor already.")
    row.owner_id = viewer.id
    audit(session, viewer, "take_enquiry", enquiry_id=row.id)


def _ended(details: Mapping[str, object]) -> str:
    why = label(EnquiryEnd, details.get("why"), "")
    return f"deleted a message from somebody else about a doctor{f': {why[:1].lower()}{why[1:]}' if why else ''}"


@command(says=_ended, patterns=Patterns.NEVER, moves_access=False)
def end_enquiry(session: Session, *, actor_id: int, enquiry_id: int, seen_version: int, why: EnquiryEnd | None) -> None:
    """Deletes all of it. Refuses: not found, changed meanwhile, no reason chosen."""
    viewer = viewer_of(session, actor_id)
    row = _fresh(session, viewer, enquiry_id, seen_version)
    if why is None:
        raise CommandRefused("Why: choose from the list.", field="why")
    forget(session, row)
    audit(session, viewer, "end_enquiry", enquiry_id=enquiry_id, why=why)


change("lapse_enquiry", says="deleted a message about a doctor who has not agreed", moves_access=False)


def delete_lapsed_enquiries(session: Session) -> int:
    """Deletes those whose doctor was to be asked more than KEPT_AFTER ago and has not agreed; returns how many."""
    rows = session.scalars(select(Enquiry).where(Enquiry.ask_by <= clock.today() - KEPT_AFTER).with_for_update()).all()
    for row in rows:
        forget(session, row)
        audit(session, None, "lapse_enquiry", enquiry_id=row.id)
    return len(rows)


def forget(session: Session, row: Enquiry) -> None:
    """Deletes an enquiry, so that no byte of it is left in the files."""
    session.execute(delete(Alert).where(Alert.enquiry_id == row.id))
    session.delete(row)
    session.info[LEAVES_NOTHING] = True


def _fresh(session: Session, viewer: Viewer, enquiry_id: int, seen_version: int) -> Enquiry:
    row = read_enquiry(session, viewer, enquiry_id, lock=True)
    if row.version != seen_version:
        raise CommandRefused("Somebody else has changed this just now. See what it says, then try again.")
    return row
