"""Importing organisations from public lists. A later file brings names, closures, regions and parents up to date. Codes
stay, nothing is deleted, and former names can still be searched for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.commands.bodies import refresh_kin, remember_name
from db.commands.record import audit
from db.commands.wall import end_barred_access
from db.declared import change
from db.imports import organisation_successors
from db.imports.files import lines_of, numbered_rows
from db.imports.organisation_rows import NOT_STATED, OrganisationRow, read_rows
from db.imports.organisation_sites import HEADING, read_sites
from db.models import Audit, Organisation

ACTION = change("import_organisations", says="imported organisations", moves_access=True)
HEADINGS = ("added", "renamed", "closed", "re-opened", "moved", "corrected", "vanished")


@dataclass
class OrganisationReport:
    """What an import changed: lines under each heading. One organisation may be under several."""

    lines: dict[str, list[str]] = field(default_factory=lambda: {heading: [] for heading in HEADINGS})
    unchanged: int = 0
    parents_found: int = 0

    @property
    def counts(self) -> dict[str, int]:
        return {heading: len(lines) for heading, lines in self.lines.items()} | {"unchanged": self.unchanged}

    @property
    def text(self) -> str:
        totals = ", ".join(f"{count:,} {heading}" for heading, count in self.counts.items())
        changes = [f"  {heading:<10}{line}" for heading, lines in self.lines.items() for line in lines]
        return "\n".join([totals, *changes])


def import_organisations(session: Session, *, lines: Iterable[str]) -> OrganisationReport:
    """Adds new organisations and brings known ones up to date, by code; adds one audit row. Takes the ODS list of
    trusts and the NHS website's list of hospitals, whose sites belong to the organisations that run them.

    Organisations that an earlier file of the same list had and this one does not are reported, never changed. Refuses a
    malformed file, with the line number, before writing anything (see `read_rows`, `read_sites`).
    """
    rows = _rows(lines)
    present = {body.code: body for body in session.scalars(select(Organisation))}
    report = OrganisationReport()
    known = present.keys() | {row.code for row in rows}
    for row in rows:
        parent_code = _parent_code(row, known)
        body = present.get(row.code)
        if body is None:
            present[row.code] = _add(session, row, _runs(row, present, parent_code), parent_code, report)
        elif not row.only_if_missing:
            _bring_up_to_date(session, body, row, parent_code, report)
    session.flush()
    report.parents_found = _find_parents(session)
    # Organisations that a list of sites only names as running them belong to another list.
    codes = {row.code for row in rows if not row.only_if_missing}
    for code in sorted(_codes_of_earlier_files(session, codes) - codes):
        body = present.get(code)
        if body is not None:
            report.lines["vanished"].append(f"{code} {body.name}{_closed_words(body.closed_on)}")
    # A new parent extends the walls of everybody who belongs to it.
    refresh_kin(session)
    end_barred_access(session, None)
    audit(session, None, ACTION, changes=report.counts, codes=sorted(codes))
    return report


def _rows(lines: Iterable[str]) -> list[OrganisationRow]:
    """Reads the file by its format."""
    reader = iter(lines)
    first = next(reader, "")
    read = read_sites if first.lstrip("\ufeff").startswith(HEADING) else read_rows
    return read(chain([first], reader))


def _runs(row: OrganisationRow, present: dict[str, Organisation], parent_code: str | None) -> Organisation | None:
    """The organisation that a site gets its kind and place from, as the list of sites gives neither."""
    return present.get(parent_code or "") if row.is_site or parent_code == row.code[:3] else None


def _parent_code(row: OrganisationRow, known: set[str]) -> str | None:
    """A five-character code that begins with a known trust's code is a site of that trust. Other long codes are
    separate organisations, such as successors of merged trusts."""
    trust = row.code[:3]
    if len(row.code) == 5 and trust.startswith("R") and trust in known:
        return trust
    return None if row.parent_code == row.code else row.parent_code


def _add(
    session: Session,
    row: OrganisationRow,
    runs: Organisation | None,
    parent_code: str | None,
    report: OrganisationReport,
) -> Organisation:
    place = runs if runs and row.is_site else row
    body = Organisation(
        code=row.code,
        name=row.name,
        kind=runs.kind if runs else row.kind,
        nation=place.nation,
        region=place.region,
        town=row.town or None,
        postcode=row.postcode or None,
        parent_code=parent_code,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
    )
    session.add(body)
    report.lines["added"].append(f"{row.code} {row.name}{_closed_words(row.closed_on)}")
    return body


def _bring_up_to_date(
    session: Session,
    body: Organisation,
    row: OrganisationRow,
    parent_code: str | None,
    report: OrganisationReport,
) -> None:
    changes = [
        *_rename(session, body, row),
        *_close_or_open(body, row),
        *_move(body, row, parent_code),
        *_correct(body, row),
    ]
    for heading, line in changes:
        report.lines[heading].append(f"{row.code} {line}")
    report.unchanged += not changes


def _rename(session: Session, body: Organisation, row: OrganisationRow) -> list[tuple[str, str]]:
    if body.name == row.name:
        return []
    old, body.name = body.name, row.name
    remember_name(session, body, old)
    return [("renamed", f"{old} → {row.name}")]


def _close_or_open(body: Organisation, row: OrganisationRow) -> list[tuple[str, str]]:
    was, now = body.closed_on, row.closed_on
    if was == now or row.is_site:
        return []
    body.closed_on = now
    if now is None:
        return [("re-opened", f"{row.name} (had closed on {was})")]
    before = f" (was {was})" if was else ""
    return [("closed", f"{row.name} on {now}{before}")]


def _move(body: Organisation, row: OrganisationRow, parent_code: str | None) -> list[tuple[str, str]]:
    """A blank region or parent in the file changes nothing."""
    words = []
    if row.region not in (NOT_STATED, body.region):
        words.append(f"region {body.region} → {row.region}")
        body.region, body.nation = row.region, row.nation
    if parent_code and parent_code != body.parent_code:
        words.append(f"parent {body.parent_code or 'none'} → {parent_code}")
        body.parent_code, body.parent_id = parent_code, None
    # An address only helps to find it, so a new one is not reported.
    if row.town and (row.town, row.postcode or None) != (body.town, body.postcode):
        body.town, body.postcode = row.town, row.postcode or None
    return [("moved", f"{row.name}: {', '.join(words)}")] if words else []


def _correct(body: Organisation, row: OrganisationRow) -> list[tuple[str, str]]:
    if row.opened_on is None or row.opened_on == body.opened_on:
        return []
    line = f"{row.name}: opened on {row.opened_on} (was {body.opened_on})"
    body.opened_on = row.opened_on
    return [("corrected", line)]


def _find_parents(session: Session) -> int:
    """Links organisations, including earlier ones, to parents that are now known."""
    waiting = select(Organisation).where(Organisation.parent_code.is_not(None), Organisation.parent_id.is_(None))
    bodies = session.scalars(waiting).all()
    wanted = {body.parent_code for body in bodies}
    known = select(Organisation.code, Organisation.id).where(Organisation.code.in_(wanted))
    ids = {code: key for code, key in session.execute(known)}  # noqa: C416 - dict() takes a Result for a mapping
    found = 0
    for body in bodies:
        body.parent_id = ids.get(body.parent_code or "")
        found += body.parent_id is not None
    session.flush()
    return found


def _codes_of_earlier_files(session: Session, codes: set[str]) -> set[str]:
    """Codes from earlier files of the same list, meaning files that share a code with this one."""
    earlier = (
        set(details.get("codes", ()))
        for details in session.scalars(select(Audit.details).where(Audit.action == ACTION))
    )
    return set().union(*(old for old in earlier if old & codes))


def _closed_words(closed_on: date | None) -> str:
    return f" (closed on {closed_on})" if closed_on else ""


def import_bodies(session: Session, text: str) -> str:
    """Imports any of the public lists, going by its content. Returns what it did."""
    if _is_of_successors(text):
        return organisation_successors.import_successors(session, lines=lines_of(text))
    return import_organisations(session, lines=lines_of(text)).text


def _is_of_successors(text: str) -> bool:
    if text.startswith(HEADING):
        return False
    _, cells = next(numbered_rows(lines_of(text)), (0, []))
    return len(cells) == organisation_successors.COLUMNS
