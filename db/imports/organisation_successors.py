"""The ODS file of successors (5 columns, no heading): which organisation took over from which, and when."""

import re
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.commands.bodies import add_merger, refresh_kin
from db.commands.record import audit
from db.commands.wall import end_barred_access
from db.declared import change
from db.errors import CommandRefused
from db.imports.files import numbered_rows
from db.imports.organisation_rows import day_of
from db.models import Organisation
from db.rules.words import many

COLUMNS = 5
PREDECESSOR, SUCCESSOR, EFFECTIVE = 0, 1, 3


change("import_successors", says="imported successors of organisations", moves_access=True)


def import_successors(session: Session, *, lines: Iterable[str]) -> str:
    """Records each merger of two known organisations, once, with its date, and adds one audit row. Returns what it did.

    Refuses, with the line and before writing anything: wrong columns, invalid codes, a missing or unreadable date. Rows
    about organisations that are not listed yet are counted and skipped: import the file again after their list.
    """
    rows = _rows(lines)
    codes = {code for before, after, _ in rows for code in (before, after)}
    known = {
        row.code: row.id
        for row in session.execute(select(Organisation.code, Organisation.id).where(Organisation.code.in_(codes)))
    }
    ours = [(known[a], known[b], on) for a, b, on in rows if a in known and b in known and a != b]
    added = sum(add_merger(session, None, before, after, on) for before, after, on in ours)
    refresh_kin(session)
    end_barred_access(session, None)
    audit(session, None, "import_successors", added=added)
    return (
        f"{many(added, 'merger')} added, {len(ours) - added:,} already known, "
        f"{len(rows) - len(ours):,} of organisations not listed"
    )


def _rows(lines: Iterable[str]) -> list[tuple[str, str, date]]:
    found = []
    for line, cells in numbered_rows(lines):
        try:
            found.append(_row(cells))
        except CommandRefused as refusal:
            raise CommandRefused(f"Line {line}: {refusal.message} Nothing was imported.") from None
    return found


def _row(cells: list[str]) -> tuple[str, str, date]:
    if len(cells) != COLUMNS:
        raise CommandRefused(f"{len(cells)} columns where {COLUMNS} are expected.")
    for code in (cells[PREDECESSOR], cells[SUCCESSOR]):
        if not re.fullmatch(r"[A-Z0-9]{2,12}", code):
            raise CommandRefused(f"“{code[:20]}” is not a valid code.")
    on = day_of(cells[EFFECTIVE], "Effective")
    if on is None:
        raise CommandRefused("no effective date.")
    return cells[PREDECESSOR], cells[SUCCESSOR], on
