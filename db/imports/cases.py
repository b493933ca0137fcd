"""Importing cases from any CSV file with a map: all good rows or none, every bad row named, no row twice."""

import hashlib
import json
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from tqdm import tqdm

from db import audit_chain
from db.access import Viewer, require_lead, viewer_of
from db.base import Base
from db.card import deferred_cards
from db.choices import Role
from db.commands.record import audit, vault_of
from db.commands.wall import fill_name_hashes
from db.declared import change, changes
from db.engine import Database
from db.errors import CommandRefused
from db.imports.case_rows import import_row
from db.imports.files import MOST_LINES, Numbered, every_row, lines_of, read_text, separator_of
from db.imports.mapping import WHOLE_ROW, CaseMap, Row, quoted
from db.imports.rehearsal import Laid, Rehearsed, lay_out, places, rehearse, still_fits, write_all
from db.models import Audit, Case, CodedTerm, FindingCode, Process, Revision, Volunteer
from db.rules.words import many

AT_ONCE = 500
TRIES = 3
# How often rows are laid out before the turn to write them comes.
LAYINGS = 3
# Seconds: how long others wait for rows to be rehearsed, and then have for themselves. SQLite looks every tenth of a
# second whether it is its turn.
HELD, PAUSE = 0.3, 0.15
KEY_LENGTH = 12


change("import_cases", says="imported cases", moves_access=True)


@dataclass(frozen=True)
class Sheet:
    """A file's rows, and how it was read. `bad` has the line and reason of rows of the wrong length. `lines` is how
    many lines each row takes, by the line where it starts; `blank` and `heading` count lines too."""

    rows: Sequence[Row]
    header: Sequence[str]
    lines: Mapping[int, int]
    heading: int
    blank: int
    bad: Sequence[tuple[int, str]]
    encoding: str
    separator: str


@dataclass
class CaseReport:
    """What an import did, or would do. `unmatched` has the line and name of organisations that are on no list."""

    rows: int
    encoding: str
    separator: str
    lines: Mapping[int, int]
    heading: int
    blank: int
    bad: list[tuple[int, str]] = field(default_factory=list)
    redacted: list[tuple[int, str]] = field(default_factory=list)
    here: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    unmatched: list[tuple[int, str]] = field(default_factory=list)
    dry_run: bool = False
    written: bool = False

    @property
    def imported(self) -> int:
        return len(self.taken)

    @property
    def already_here(self) -> int:
        return len(self.here)

    @property
    def text(self) -> str:
        how = f"{many(self.rows, 'row')}, read as {self.encoding}, separator “{self.separator}”."
        good = "imported" if self.written else "good"
        totals = f"{self.imported:,} {good}, {self.already_here:,} already here, {len(self.bad):,} refused."
        lines = [f"Line {line}: {reason}" for line, reason in sorted(self.bad)]
        lines += [f"Line {line}: redacted in {what}." for line, what in sorted(self.redacted)]
        return "\n".join([how, *lines, *self._to_match(), totals, self._lines(good), *self._ending()])

    def _to_match(self) -> Iterator[str]:
        """Organisations that are on no list, by name, with their lines."""
        named: dict[str, list[int]] = {}
        for line, name in sorted(self.unmatched):
            named.setdefault(name, []).append(line)
        if named:
            yield f"Organisations on no list, for a lead to match on Home once they are here: {len(named):,}."
        for name, at in named.items():
            more = f" and {len(at) - MOST_LINES:,} more" if len(at) > MOST_LINES else ""
            yield f"  {quoted(name)}: line {', '.join(map(str, at[:MOST_LINES]))}{more}."

    def _lines(self, good: str) -> str:
        """Where every line of the file went."""
        refused = {line for line, _ in self.bad}
        kinds = ((self.taken, good), (self.here, "already here"), (refused, "refused"))
        told = [f"{sum(self.lines[line] for line in some):,} {what}" for some, what in kinds]
        total = sum(self.lines.values()) + self.heading + self.blank
        return f"{many(total, 'line')} in the file: {self.heading} heading, {', '.join(told)}, {self.blank:,} blank."

    def _ending(self) -> list[str]:
        if self.dry_run:
            return ["Dry run: nothing was written."]
        return [] if self.written else ["Nothing was written."]


@dataclass(frozen=True)
class Ready:
    """What the rows of the file would write, and the newest row of the audit when they were begun."""

    began: int
    rehearsed: Rehearsed = field(default_factory=Rehearsed)


class _Moved(Exception):
    """What the rows were checked against has changed."""


class _Taken(Exception):
    """Somebody has saved since the rows were laid out."""


def import_cases(
    database: Database,
    *,
    path: Path,
    mapping: CaseMap,
    actor_id: int,
    dry_run: bool = False,
    partial: bool = False,
) -> CaseReport:
    """Imports the rows of a file that have not been imported yet: all of them in one transaction, once a rehearsal of
    each has shown what it is.

    If any row is bad, nothing is written unless `partial`. A dry run reports the same and writes nothing. Refuses
    anybody but a lead, a file that cannot be read, a file without the map's columns, and a record that changes under
    the rehearsal again and again.
    """
    sheet = read_sheet(path, mapping)
    with database.log() as session:
        fill_name_hashes(session)
    for _ in range(TRIES):
        report = _report_of(sheet, dry_run=dry_run)
        with suppress(_Moved):
            ready = _rehearse_rows(database, actor_id, mapping, sheet.rows, report)
            if not dry_run and (partial or not report.bad):
                _write(database, actor_id, report, ready)
            return report
    raise CommandRefused("Nothing was imported: the record changed each time while the file was checked. Try again.")


def _report_of(sheet: Sheet, *, dry_run: bool) -> CaseReport:
    return CaseReport(
        rows=len(sheet.rows) + len(sheet.bad),
        encoding=sheet.encoding,
        separator=sheet.separator,
        lines=sheet.lines,
        heading=sheet.heading,
        blank=sheet.blank,
        bad=list(sheet.bad),
        dry_run=dry_run,
    )


def read_sheet(path: Path, mapping: CaseMap) -> Sheet:
    """The file's rows, by column. Refuses an unreadable file, unclosed quotes and missing columns."""
    text, encoding = read_text(path, mapping.encoding)
    separator = mapping.separator or separator_of(text)
    every = list(every_row(lines_of(text), separator))
    heading, *rest = [row for row in every if row.cells] or [Numbered(1, 0, [])]
    mapping.check_columns(heading.cells)
    rows, bad = [], []
    for row in rest:
        if len(row.cells) == len(heading.cells):
            rows.append(Row(row.line, dict(zip(heading.cells, row.cells, strict=True))))
        else:
            bad.append((row.line, f"{len(row.cells)} columns where the heading has {len(heading.cells)}."))
    lines, blank = {row.line: row.lines for row in rest}, sum(row.lines for row in every if not row.cells)
    return Sheet(rows, heading.cells, lines, heading.lines, blank, bad, encoding, separator)


def _rehearse_rows(
    database: Database, actor_id: int, mapping: CaseMap, rows: Sequence[Row], report: CaseReport
) -> Ready:
    """Rehearses the rows that are not here yet, a few at a time: in between others save."""
    with database.read() as session:
        require_lead(viewer_of(session, actor_id))
        began = session.scalars(select(Revision.audit_id)).one()
        keyed = list(_keyed(session, mapping, rows, report))
        here = _known(session, Case.source_key, [key for keys, _ in keyed for key in keys])
    report.here = [row.line for keys, row in keyed if not here.isdisjoint(keys)]
    fresh = [(keys[0], row) for keys, row in keyed if here.isdisjoint(keys)]
    ready = Ready(began)
    waiting = iter(tqdm(fresh, unit=" rows", delay=1, disable=None))
    first = next(waiting, None)
    while first is not None:
        with rehearse(database, ready.rehearsed) as session:
            _refuse_moved(session, ready)
            first = _rehearse_some(session, viewer_of(session, actor_id), mapping, first, waiting, report)
        if first is not None and database.engine.dialect.name == "sqlite":
            time.sleep(PAUSE)
    return ready


def _rehearse_some(
    session: Session,
    viewer: Viewer,
    mapping: CaseMap,
    first: tuple[str, Row],
    waiting: Iterator[tuple[str, Row]],
    report: CaseReport,
) -> tuple[str, Row] | None:
    """Rehearses this row, and more of those waiting while there is time. Returns the next, if any."""
    terms, until = _hold_terms(session), time.monotonic() + HELD
    following: tuple[str, Row] | None = first
    with deferred_cards(session):
        while following is not None:
            key, row = following
            try:
                with audit_chain.savepoint(session):
                    took = import_row(session, viewer, mapping, row, key)
                report.redacted += [(row.line, what) for what in took.redacted]
                report.unmatched += [(row.line, took.unmatched)] if took.unmatched else []
                report.taken.append(row.line)
            except CommandRefused as refusal:
                report.bad.append((row.line, refusal.message))
            following = next(waiting, None)
            if time.monotonic() > until:
                break
    del terms
    return following


def _write(database: Database, actor_id: int, report: CaseReport, ready: Ready) -> None:
    for turn in range(1, LAYINGS + 1):
        with database.log() as session:
            where = places(session, ready.rehearsed)
        laid = lay_out(database, ready.rehearsed, where)
        with suppress(_Taken):
            _write_laid(database, actor_id, report, ready, laid, is_last=turn == LAYINGS)
            report.written = True
            return


def _write_laid(
    database: Database, actor_id: int, report: CaseReport, ready: Ready, laid: Laid, *, is_last: bool
) -> None:
    """In one transaction. Where somebody has saved since, the rows are laid out anew: at last within it, while others
    wait."""
    counts = {"imported": report.imported, "here": report.already_here, "refused": len(report.bad)}
    with database.write() as session:
        viewer = viewer_of(session, actor_id)
        require_lead(viewer)
        _refuse_moved(session, ready)
        if _known(session, Case.reference, list(ready.rehearsed.references)):
            raise _Moved
        if not still_fits(session, laid):
            if not is_last:
                raise _Taken
            laid = lay_out(database, ready.rehearsed, places(session, ready.rehearsed))
        write_all(session, laid)
        _refuse_moved(session, ready)
        audit(session, viewer, "import_cases", counts=counts)


def _refuse_moved(session: Session, ready: Ready) -> None:
    """If walls, people or organisations have changed since, or another import has ended, all rows are checked anew."""
    moving = [action for action, declared in changes().items() if declared.moves_access]
    # What moves one case moves none of these, but for an organisation that is given another name by it.
    of_all = or_(Audit.case_id.is_(None), Audit.action == "match_body")
    since = select(Audit.id).where(Audit.id > ready.began, Audit.action.in_(moving), of_all)
    if session.scalars(since.limit(1)).first() is not None:
        raise _Moved


def _keyed(
    session: Session, mapping: CaseMap, rows: Sequence[Row], report: CaseReport
) -> Iterator[tuple[list[str], Row]]:
    """(stable keys, row). A key is a keyed hash of what identifies the row, so that a row is never imported twice. The
    first is of the row whatever its line ends and Unicode form; the others are of the forms an earlier version kept.

    If the whole row is the key, duplicates are numbered and become separate cases. If columns are the key, a row with
    an empty or repeated key is bad.
    """
    vault, seen = vault_of(session), Counter[str]()
    for row in rows:
        named = {column: row.cells[column] for column in mapping.key} or dict(row.cells)
        plain, *others = _forms(mapping.source, named)
        seen[plain] += 1
        if mapping.key and not any(named.values()):
            report.bad.append((row.line, f"no {', '.join(mapping.key)}, which the map uses as the row’s key."))
        elif mapping.key and seen[plain] > 1:
            report.bad.append((row.line, f"{_named(named)} is also in an earlier row; use key = “{WHOLE_ROW}”."))
        else:
            digests = [hashlib.sha256(f"{form}#{seen[plain]}".encode()).hexdigest() for form in (plain, *others)]
            keys = [vault.keyed_hash(digest) for digest in digests]
            yield keys, Row(row.line, row.cells, keys[0][:KEY_LENGTH])


def _forms(source: str, named: Mapping[str, str]) -> list[str]:
    """The row as text: with plain line ends in composed Unicode, then as it stands and in the other ways that the same
    file may be written; each once."""
    plain = {_plain(name): _plain(cell) for name, cell in named.items()}
    wide = {name: cell.replace("\n", "\r\n") for name, cell in plain.items()}
    apart = [{_apart(name): _apart(cell) for name, cell in form.items()} for form in (plain, wide)]
    every = (json.dumps([source, form], sort_keys=True) for form in (plain, named, wide, *apart))
    return list(dict.fromkeys(every))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _named(cells: dict[str, str]) -> str:
    return ", ".join(f"{column} {quoted(cell)}" for column, cell in cells.items())


def _known(
    session: Session, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], asked: Sequence[str]
) -> set[str]:
    """Those that some case has."""
    known: set[str] = set()
    for start in range(0, len(asked), AT_ONCE):
        some = column.in_(asked[start : start + AT_ONCE])
        known.update(each for each in session.scalars(select(column).where(some)) if each)
    return known


def _hold_terms(session: Session) -> list[Base]:
    """Reads the short lists once and keeps them in the session, so that commands need not read each term."""
    return [term for model in (CodedTerm, FindingCode, Process) for term in session.scalars(select(model))]


def importer(session: Session, username: str | None) -> int:
    """Who imports: the person named, or the only active lead. Refuses if there is nobody, or several leads."""
    who = select(Volunteer.id).where(Volunteer.active)
    if username is not None:
        found = session.scalars(who.where(Volunteer.username == username.lower())).all()
        if not found:
            raise CommandRefused(f"No active account has the username {username}.")
        return found[0]
    leads = session.scalars(who.where(Volunteer.role == Role.LEAD).limit(2)).all()
    if len(leads) != 1:
        raise CommandRefused("Say which lead imports: --as USERNAME.")
    return leads[0]
