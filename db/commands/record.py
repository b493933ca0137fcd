"""What commands share: audit rows, timeline entries, the version check, clean text."""

from datetime import datetime

from sqlalchemy.orm import Session

from db import audit_chain, clock
from db.access import Viewer
from db.choices import Contact, EntryKind, Wellbeing
from db.declared import is_declared
from db.errors import CommandRefused, Stale
from db.models import Case, CaseProcess, Entry, Volunteer
from db.rules.limits import Limits
from db.rules.plain_text import as_stored
from db.vault import vault_of as vault_of

MAX_TEXT = 10_000


def audit(session: Session, viewer: Viewer | None, action: str, *, case: Case | None = None, **details: object) -> None:
    """Adds an audit row for a declared change, written at the end of the transaction. Details are codes, ids and dates:
    never free text or identity."""
    assert is_declared(action), f"{action} is not declared as a change"
    row: audit_chain.AuditRow = {
        "at": clock.now(),
        "actor_id": viewer.id if viewer else None,
        "action": action,
        "case_id": case.id if case else None,
        "details": details,
    }
    audit_chain.wait(session, row)


def add_line(
    session: Session,
    viewer: Viewer | None,
    case: Case,
    kind: EntryKind,
    text: str,
    *,
    contact: Contact | None = None,
    wellbeing: Wellbeing | None = None,
    code: str | None = None,
    blocked_by: str | None = None,
    help_wanted: str | None = None,
    corrects_id: int | None = None,
    at: datetime | None = None,
) -> Entry:
    """Adds an entry to the timeline, dated now; `at` where other rows of the same change have the same time."""
    moment = at or clock.now()
    entry = Entry(
        case_id=case.id,
        at=moment,
        recorded_at=moment,
        author_id=viewer.id if viewer else None,
        kind=kind,
        contact=contact,
        wellbeing=wellbeing,
        code=code,
        text=text,
        blocked_by=blocked_by,
        help_wanted=help_wanted,
        corrects_id=corrects_id,
    )
    session.add(entry)
    return entry


def check_version(session: Session, case: Case, seen_version: int) -> None:
    """Refuses as `Stale` if the case has changed since the form was opened."""
    if case.version != seen_version:
        raise stale(session, case.updated_by_id, case.updated_at)


def stale(session: Session, changed_by_id: int | None, changed_at: datetime) -> Stale:
    """The refusal that says who changed it and when."""
    changer = session.get(Volunteer, changed_by_id) if changed_by_id else None
    local = changed_at.astimezone(clock.LONDON)
    return Stale(changed_by=changer.name if changer else "Somebody", changed_at=f"{local:%H:%M on %-d %B}")


def process_on(session: Session, case: Case, case_process_id: int) -> CaseProcess:
    """One of this case's processes. Refuses any other."""
    process = session.get(CaseProcess, case_process_id)
    if process is None or process.case_id != case.id:
        raise CommandRefused("Process: choose one of this case’s processes.", field="case_process_id")
    return process


def touch(case: Case, viewer: Viewer | None) -> None:
    """Marks the case as changed: its version rises, so that forms opened earlier are refused."""
    case.updated_at = clock.now()
    case.updated_by_id = viewer.id if viewer else None


def clean_text(value: str | None, *, field: str, label: str, required: bool = True, most: int = MAX_TEXT) -> str:
    """The trimmed text, without control characters or lone surrogates. Refuses empty or too long text."""
    text = as_stored(value)
    if required and not text:
        raise CommandRefused(f"{label}: please fill this in.", field=field)
    if len(text) > most:
        raise CommandRefused(f"{label}: {len(text):,} characters is too long. Use {most:,} or fewer.", field=field)
    return text


def limits_of(session: Session) -> Limits:
    """The limits in force here."""
    limits = session.info.get("limits", Limits())
    assert isinstance(limits, Limits)
    return limits
