"""Reading CSV files from elsewhere: encoding, separator, and rows with line numbers."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from db.errors import CommandRefused

# The NHS website's open data sets are separated by the not sign.
SEPARATORS = (",", ";", "\t", "|", "¬")
# From all encodings, a guess for a short British file may be a Polish or Greek one.
LIKELY = ("cp1252", "iso8859_15", "mac_roman")
SAMPLE_ROWS = 50
# How many lines a refusal names.
MOST_LINES = 10


@dataclass(frozen=True)
class Numbered:
    """A row: the line where it starts, how many lines it takes, and its trimmed cells, none if it is blank."""

    line: int
    lines: int
    cells: list[str]


def read_text(path: Path, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and its encoding: the one given, or the one detected.

    Refuses a file that cannot be opened, is empty, or is not in the encoding given.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CommandRefused(f"{path}: {error.strerror or error}.") from None
    if not raw.strip():
        raise CommandRefused(f"{path}: the file is empty.")
    used = encoding or _encoding_of(raw)
    try:
        return raw.decode(used).removeprefix("\ufeff"), used
    except LookupError:
        raise CommandRefused(f"“{used}” is not an encoding that Python knows.") from None
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        line = raw[:start].count(b"\n") + 1
        raise CommandRefused(f"Line {line}: not in {used}. Name another encoding, or leave it out.") from None


def _encoding_of(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _decodes(raw, "utf-8"):
        return "utf-8"
    _refuse_mixed(raw)
    best = from_bytes(raw, cp_isolation=list(LIKELY)).best()
    if best is not None:
        return best.encoding
    # There is no answer for a file full of not signs.
    return "cp1252" if _decodes(raw, "cp1252") else "latin-1"


def _refuse_mixed(raw: bytes) -> None:
    """Refuses a file that is UTF-8 but for some lines: read as anything else, all its other names would be garbled."""
    text = raw.decode("utf-8", errors="surrogateescape")
    if not any(c > "\x7f" and not "\udc80" <= c <= "\udcff" for c in text):
        return
    lines = [n for n, line in enumerate(text.split("\n"), start=1) if any("\udc80" <= c <= "\udcff" for c in line)]
    more = f" and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
    named = ", ".join(map(str, lines[:MOST_LINES])) + more
    raise CommandRefused(
        f"Line {named}: not in UTF-8, though the rest of the file is. Save it again as UTF-8, or name its encoding."
    )


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def separator_of(text: str) -> str:
    """The separator that gives the most columns in the first rows, the same number in nearly every row.

    Not csv.Sniffer, which takes spaces as the separator in a file separated by the not sign.
    """
    return max(SEPARATORS, key=lambda separator: _fit(text, separator))


def _fit(text: str, separator: str) -> float:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        widths = [len(row) for row, _ in zip(rows, range(SAMPLE_ROWS), strict=False) if row]
    except csv.Error:
        return 0
    if not widths:
        return 0
    width, rows_of_it = Counter(widths).most_common(1)[0]
    return (width - 1) * rows_of_it / len(widths)


def numbered_rows(lines: Iterable[str], separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """(line where the row starts, its trimmed cells), without blank lines. Refuses what `every_row` refuses."""
    return ((row.line, row.cells) for row in every_row(lines, separator) if row.cells)


def every_row(lines: Iterable[str], separator: str = ",") -> Iterator[Numbered]:
    """Every row, blank ones too. Refuses quotes that do not match: a row could silently include the next ones."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    starts = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise CommandRefused(f"Line {starts}: {error}. Are all quotes closed?") from None
        if cells is None:
            return
        told = [cell.replace("\x00", "").strip() for cell in cells]
        yield Numbered(starts, reader.line_num - starts + 1, told if any(cell.strip() for cell in cells) else [])
        starts = reader.line_num + 1


def lines_of(text: str) -> Iterable[str]:
    """The lines for csv, with line ends, so that a quoted cell may include some."""
    return io.StringIO(text, newline="")
