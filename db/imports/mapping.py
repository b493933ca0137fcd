"""The map of an import: a small TOML file that says which column means what (docs/importing.md)."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from db import clock
from db.errors import CommandRefused
from db.rules.stages import FIELDS

TEXTS = (
    *("name", "contact", "safe_channel", "safe_times", "never_use", "summary", "body_text", "dates_told"),
    *("organisation", "body_kind", "region", "nation", "grade", "specialty_group"),
    *("channel", "immediate_danger", "representation"),
)
LISTS = ("processes", "grounds", "flags")
YES_OR_NO = ("privacy_notice", "consent_to_hold")
MOMENT = "received_at"
CASE_FIELDS = {*TEXTS, *LISTS, *YES_OR_NO, MOMENT}
REQUIRED = ("received_at", "name", "contact", "summary", "grade", "specialty_group", *YES_OR_NO)
FINDING_FIELDS = {"code", "evidence", "quarter", "note"}
MOVE_FIELDS = {"to", "reason", *FIELDS}
WHOLE_ROW = "row"
PLACE = re.compile(r"\{([^{}]+)\}")
LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Row:
    """One row of the file: the line where it starts, its cells by column, and a short stable name."""

    line: int
    cells: Mapping[str, str]
    key: str = ""

    def fill(self, template: str) -> str:
        """The template with {Column}, {line} and {key} filled in."""
        own = {"line": str(self.line), "key": self.key}
        return PLACE.sub(lambda place: own.get(place[1]) or self.cells.get(place[1], ""), template).strip()


@dataclass(frozen=True)
class Source:
    """Where a value comes from: a constant, a template, or a column with its values translated."""

    constant: Any = None
    template: str | None = None
    column: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    default: Any = None
    otherwise: Any = None
    split: str | None = None
    dates: str | None = None

    def columns(self) -> Iterator[str]:
        if self.column is not None:
            yield self.column
        for name in PLACE.findall(self.template or ""):
            if name not in ("line", "key"):
                yield name

    def read(self, row: Row) -> object:
        """The value for this row; None if the cell is empty. Refuses a cell that is not in `values`."""
        if self.template is not None:
            return row.fill(self.template)
        if self.column is None:
            return self.constant
        cell = row.cells[self.column]
        if not cell:
            return self.default
        if self.split is not None:
            return [self._translated(part.strip()) for part in cell.split(self.split) if part.strip()]
        return self._translated(cell)

    def _translated(self, cell: str) -> object:
        if not self.values:
            return cell
        found = self.values.get(cell.casefold(), self.otherwise)
        if found is None:
            raise CommandRefused(f"{quoted(cell)} in column “{self.column}” is not among the map’s values.")
        return found

    def read_moment(self, row: Row) -> datetime | None:
        """The value as a datetime; a date without a time is the start of that day in London. Refuses another format."""
        value = self.read(row)
        if isinstance(value, str) and value:
            text = value
            if self.dates is None:
                raise CommandRefused("the map does not say how dates are written.")
            try:
                value = datetime.strptime(text, self.dates)  # noqa: DTZ007 - its zone is given below
            except ValueError:
                raise CommandRefused(f"{quoted(text)} is not a date written as {self.dates}.") from None
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if not isinstance(value, datetime):
            return None
        return value if value.tzinfo else value.replace(tzinfo=clock.LONDON)

    def read_day(self, row: Row) -> date | None:
        moment = self.read_moment(row)
        return clock.london_day(moment) if moment else None


@dataclass(frozen=True)
class CaseMap:
    """A whole map. `key` has the columns that together identify a row, or is empty for the whole row."""

    source: str
    key: tuple[str, ...]
    encoding: str | None
    separator: str | None
    case: Mapping[str, Source]
    findings: tuple[Mapping[str, Source], ...] = ()
    moves: tuple[Mapping[str, Source], ...] = ()

    def check_columns(self, header: list[str]) -> None:
        """Refuses a file in which a column that the map uses is missing or repeated."""
        used = set(self.key)
        for group in (self.case, *self.findings, *self.moves):
            used.update(name for source in group.values() for name in source.columns())
        problems = [f"no column “{name}”" for name in sorted(used) if name not in header]
        problems += [f"column “{name}” twice" for name in sorted(used) if header.count(name) > 1]
        if problems:
            columns = ", ".join(quoted(name) for name in header)
            raise CommandRefused(f"The file has {', '.join(problems)}. Its columns: {columns}.")


def load_map(path: Path) -> CaseMap:
    """Reads and checks a map. Refuses files that are not TOML, unknown names and incomplete maps."""
    try:
        return read_map(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, CommandRefused) as error:
        raise CommandRefused(f"{path}: {error}") from None


def read_map(raw: Mapping[str, object]) -> CaseMap:
    _only(raw, {"source", "key", "file", "case", "finding", "move"}, "the map")
    file, case = _table(raw.get("file", {}), "[file]"), _table(raw.get("case"), "[case]")
    _only(file, {"encoding", "separator", "dates"}, "[file]")
    _texts(file, ("encoding", "separator", "dates"), "[file]")
    dates = file.get("dates")
    result = CaseMap(
        source=_source_name(raw.get("source")),
        key=_key(raw.get("key")),
        encoding=file.get("encoding"),
        separator=_separator(file.get("separator")),
        case=_group(case, CASE_FIELDS, "[case]", dates),
        findings=_groups(raw, "finding", FINDING_FIELDS, ("code", "evidence"), dates),
        moves=_groups(raw, "move", MOVE_FIELDS, ("to",), dates),
    )
    _check_complete(result.case)
    return result


def _check_complete(case: Mapping[str, Source]) -> None:
    missing = [name for name in REQUIRED if name not in case]
    if not {"organisation", "body_text"} & case.keys():
        missing.append("organisation or body_text")
    if "organisation" not in case:
        missing += [name for name in ("body_kind", "region", "nation") if name not in case]
    if missing:
        raise CommandRefused(f"[case] does not say where these come from: {', '.join(missing)}.")


def _source_name(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CommandRefused("source: say where these rows come from, such as “enquiries-2025”.")
    return value.strip()


def _key(value: object) -> tuple[str, ...]:
    if value == WHOLE_ROW:
        return ()
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise CommandRefused(f"key: name the column or columns that identify a row, or “{WHOLE_ROW}” for all.")
    return tuple(names)


def _separator(value: str | None) -> str | None:
    if value is not None and (len(value) != 1 or value in '\r\n"'):
        raise CommandRefused("[file] separator: use one character.")
    return value


def _groups(
    raw: Mapping[str, object], name: str, fields: set[str], required: tuple[str, ...], dates: str | None
) -> tuple[Mapping[str, Source], ...]:
    groups = raw.get(name, [])
    if not isinstance(groups, list):
        raise CommandRefused(f"Write [[{name}]] with double brackets, as there may be several.")
    read = tuple(_group(_table(group, f"[[{name}]]"), fields, f"[[{name}]]", dates) for group in groups)
    for group in read:
        if missing := [word for word in required if word not in group]:
            raise CommandRefused(f"[[{name}]] does not say where these come from: {', '.join(missing)}.")
    return read


def _group(raw: Mapping[str, object], fields: set[str], where: str, dates: str | None) -> Mapping[str, Source]:
    _only(raw, fields, where)
    return {name: _source(value, f"{where} {name}", dates) for name, value in raw.items()}


def _source(value: object, where: str, dates: str | None) -> Source:
    if isinstance(value, str):
        return Source(template=value, dates=dates)
    if not isinstance(value, dict):
        return Source(constant=value, dates=dates)
    _only(value, {"column", "values", "default", "otherwise", "split", "dates"}, where)
    if "column" not in value:
        raise CommandRefused(f"{where}: say which column.")
    _texts(value, ("column", "split", "dates"), where)
    values = {key.casefold(): code for key, code in _table(value.get("values", {}), where).items()}
    return Source(
        column=value["column"],
        values=values,
        default=value.get("default"),
        otherwise=value.get("otherwise"),
        split=value.get("split"),
        dates=value.get("dates", dates),
    )


def _table(value: object, where: str) -> Mapping[str, Any]:
    # Any: TOML, of which each part is checked where it is read.
    if not isinstance(value, dict):
        raise CommandRefused(f"{where}: this must be a table.")
    return value


def _texts(raw: Mapping[str, object], words: tuple[str, ...], where: str) -> None:
    for word in words:
        if word in raw and not (isinstance(raw[word], str) and raw[word]):
            raise CommandRefused(f"{where} {word}: write some text in quotes.")


def _only(raw: Mapping[str, object], words: set[str], where: str) -> None:
    if unknown := sorted(raw.keys() - words):
        raise CommandRefused(f"{where} has {', '.join(unknown)}; it may have {', '.join(sorted(words))}.")


def quoted(text: str) -> str:
    """A cell as shown in a report: short, and without control characters that a terminal would act on."""
    plain = "".join(c if c.isprintable() else "�" for c in text)
    return f"“{plain[:LONGEST_QUOTE]}{'…' if len(plain) > LONGEST_QUOTE else ''}”"
