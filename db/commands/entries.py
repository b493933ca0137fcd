"""Adding to the timeline. Entries are never changed: a correction is a new entry that names the old one."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import WRITABLE_ENTRIES, Contact, EntryKind
from db.commands.check_ins import ask_check_in
from db.commands.record import add_line, audit, clean_text
from db.consented import need_consent
from db.declared import Patterns, command, label
from db.errors import CommandRefused
from db.models import CodedTerm, Entry
from db.rules.consent import ADVOCACY
from db.rules.safety import CheckInAt


def _added(details: Mapping[str, object]) -> str:
    if details.get("corrects_id"):
        return "corrected an entry on the timeline"
    return f"added to the timeline: {label(EntryKind, details.get('kind'), 'an entry').lower()}"


@command(says=_added, patterns=Patterns.NEVER, moves_access=False)
def add_entry(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    kind: EntryKind,
    text: str,
    contact: Contact | None = None,
    code: str | None = None,
    corrects_id: int | None = None,
) -> None:
    """Adds an entry. A contact says whether the doctor was reached; support and advocacy say what was done.

    Refuses: not found, empty or over-long text, a kind that people do not write, an unknown code, a correction of
    another case's entry, and advocacy to which the doctor has not agreed, unless it corrects an entry. Does not raise
    the version: an entry does not conflict with a form that is open.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if kind not in WRITABLE_ENTRIES:
        raise CommandRefused("Kind: choose from the list.", field="kind")
    if kind is EntryKind.CONTACT and contact in (None, Contact.NONE):
        raise CommandRefused("Contact: say whether the doctor was reached.", field="contact")
    if kind in (EntryKind.SUPPORT, EntryKind.ADVOCACY) and not session.get(CodedTerm, (kind.value, code)):
        raise CommandRefused("What was done: choose from the list.", field="code")
    if corrects_id is not None:
        old = session.get(Entry, corrects_id)
        if old is None or old.case_id != case.id:
            raise CommandRefused("That entry is not on this case.", field="corrects_id")
    if kind is EntryKind.ADVOCACY and corrects_id is None and (needed := ADVOCACY.get(code or "")):
        need_consent(session, case, needed, field="code")
    add_line(
        session,
        viewer,
        case,
        kind,
        clean_text(text, field="text", label="What happened"),
        contact=contact if kind is EntryKind.CONTACT else None,
        code=code if kind in (EntryKind.SUPPORT, EntryKind.ADVOCACY) else None,
        corrects_id=corrects_id,
    )
    if kind is EntryKind.ADVOCACY and code and corrects_id is None:
        ask_check_in(session, viewer, case, CheckInAt.ADVOCACY, code, on=clock.today())
    audit(session, viewer, "add_entry", case=case, kind=kind, corrects_id=corrects_id)
    refresh_card(session, case.id)
