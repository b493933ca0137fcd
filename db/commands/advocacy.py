"""What came of work that approached a body for a doctor: when it was sent, the reply, and the result."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.outputs import checked_reply
from db.commands.record import add_line, audit, stale, touch
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import AdvocacyResult, Entry


@command(says="recorded what came of an approach to a body", patterns=Patterns.NEVER, moves_access=False)
def note_advocacy(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    entry_id: int,
    seen_version: int,
    sent_on: date,
    reply: str = "",
    result: str | None = None,
    replied_on: date | None = None,
    expected_on: date | None = None,
) -> None:
    """Keeps when an approach was sent, by when a reply is expected, the reply and the result. `seen_version` is 0 where
    nothing was known yet. Refuses: not found, an entry that is no advocacy of this case, Stale, a reply before it was
    sent or to come, an unknown result."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    entry = session.get(Entry, entry_id)
    if entry is None or entry.case_id != case.id or entry.kind is not EntryKind.ADVOCACY:
        raise CommandRefused("Advocacy: choose from the list.", field="entry_id")
    touch(case, viewer)
    session.flush()
    row = session.scalar(select(AdvocacyResult).where(AdvocacyResult.entry_id == entry.id))
    if row is not None and row.version != seen_version:
        raise stale(session, row.by_id, row.at)
    answered = bool(reply.strip()) or result is not None or replied_on is not None
    words, code = checked_reply(session, sent_on, reply, result, replied_on) if answered else ("", None)
    if row is None:
        row = AdvocacyResult(entry_id=entry.id, case_id=case.id)
        session.add(row)
    row.sent_on, row.expected_on, row.replied_on = sent_on, expected_on, replied_on
    row.reply, row.result, row.by_id, row.at = words, code, viewer.id, clock.now()
    said = "a reply is recorded" if answered else "when it was sent is recorded"
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Advocacy: {said}.")
    audit(session, viewer, "note_advocacy", case=case)
    refresh_card(session, case.id)
