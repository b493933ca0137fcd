"""Rows of the public ODS file (27 columns, no heading), in our own codes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from string import capwords

from db.commands.record import clean_text
from db.errors import CommandRefused
from db.imports.files import numbered_rows
from db.rules.limits import NAME_LENGTH

COLUMNS = 27
CODE, NAME, GROUPING, GEOGRAPHY, TOWN, POSTCODE, OPENED, CLOSED, SUB_TYPE, LETTER = 0, 1, 2, 3, 7, 9, 10, 11, 13, 23
NOT_STATED = "not_stated"

# NHS England regions by their code of April 2019 (ONS Open Geography).
REGIONS = {
    "Y56": "london",
    "Y58": "south_west",
    "Y59": "south_east",
    "Y60": "midlands",
    "Y61": "east_of_england",
    "Y62": "north_west",
    "Y63": "north_east_yorkshire",
}
WALES = "W00"

# Mental health trusts whose names do not say so: NHS Staff Survey benchmarking groups, 2021 to 2024
# (and G6V2S, which took the place of two of them).
MENTAL_HEALTH = re.compile(
    "G6V2S|R1A|R1C|RAT|RDY|RHA|RKL|RLY|RMY|RNK|RNU|RP1|RPG|RT1|RT2|RTQ|RV3|RV5|RV9|RW1|RW4|RW5|RWK|RWX|RX3|RX4|RXE|RXM"
)
# First match wins, so the order matters: “community health and care” is community, not integrated.
WORDS: tuple[tuple[str, str], ...] = (
    (r"\bAMBULANCE\b", "ambulance"),
    (r"\bMENTAL HEALTH\b|\bLEARNING DISABILITY\b", "mental_health"),
    (r"\bCCG\b|\bICB\b|\bINTEGRATED CARE BOARD\b|\bCOMMISSIONING HUB\b|\bSUB-ICB\b", "icb"),
    (r"\bHEALTH BOARD\b", "health_board"),
    (r"\bPUBLIC HEALTH\b|\bNHS DIRECT\b", "other"),
    (r"\bCOMMUNITY\b|\bCARE SERVICES\b", "community"),
    (r"\bINTEGRATED\b|\bHEALTH AND (SOCIAL )?CARE\b|\bCARE ALLIANCE\b", "integrated"),
    (r"\bPARTNERSHIP\b", "mental_health"),
    (r"\bTRUST\b", "acute"),
)
COMMISSIONERS = ("RO218", "RO319", "RO327")


@dataclass(frozen=True)
class OrganisationRow:
    """One row. A blank region, nation, parent or town says nothing. A blank closing date means open, except for a site,
    as the list of sites has no dates. A row `only_if_missing` does not change a known organisation."""

    code: str
    name: str
    kind: str
    nation: str
    region: str
    parent_code: str | None
    opened_on: date | None
    closed_on: date | None
    town: str = ""
    postcode: str = ""
    is_site: bool = False
    only_if_missing: bool = False


def kind_of(code: str, name: str, sub_type: str = "") -> str:
    """The kind of organisation, which the file does not give: by sub-type, by code for trusts whose names do not say,
    or by words in the name. A trust without such words is acute, anything else “other”.

    Only a guess for the first import: later imports do not change the kind.
    """
    if sub_type.startswith(COMMISSIONERS):
        return "icb"
    if MENTAL_HEALTH.fullmatch(code):
        return "mental_health"
    return next((kind for words, kind in WORDS if re.search(words, name.upper())), "other")


def place_of(grouping: str, letter: str) -> tuple[str, str]:
    """(nation, region) from the NHS region code and the old region letter, in which W is Wales."""
    if letter == "W" or grouping == WALES:
        return "wales", "wales"
    if not grouping:
        return NOT_STATED, NOT_STATED
    return "england", REGIONS.get(grouping, "other")


def read_rows(lines: Iterable[str]) -> list[OrganisationRow]:
    """Every row of the file. Refuses, with the line: wrong columns, an invalid or repeated code, no name, unreadable
    dates. Refuses an empty file."""
    rows: dict[str, OrganisationRow] = {}
    for line, cells in numbered_rows(lines):
        try:
            row = _row(cells)
        except CommandRefused as refusal:
            raise CommandRefused(f"Line {line}: {refusal.message} Nothing was imported.") from None
        if row.code in rows:
            raise CommandRefused(f"Line {line}: code {row.code} is repeated. Nothing was imported.")
        rows[row.code] = row
    if not rows:
        raise CommandRefused("The file has no rows. Nothing was imported.")
    return list(rows.values())


def _row(cells: list[str]) -> OrganisationRow:
    if len(cells) != COLUMNS:
        raise CommandRefused(f"{len(cells)} columns where {COLUMNS} are expected.")
    code, name = cells[CODE], clean_text(cells[NAME], field="name", label="Name", most=NAME_LENGTH)
    if not re.fullmatch(r"[A-Z0-9]{2,12}", code):
        raise CommandRefused(f"“{code[:20]}” is not a valid code.")
    if not re.fullmatch(r"[A-Z0-9]{0,12}", cells[GEOGRAPHY]):
        raise CommandRefused(f"“{cells[GEOGRAPHY][:20]}” is not a valid code for a parent.")
    nation, region = place_of(cells[GROUPING], cells[LETTER])
    return OrganisationRow(
        code=code,
        name=name,
        kind=kind_of(code, name, cells[SUB_TYPE]),
        nation=nation,
        region=region,
        parent_code=cells[GEOGRAPHY] or None,
        opened_on=day_of(cells[OPENED], "Opening"),
        closed_on=day_of(cells[CLOSED], "Closing"),
        town=capwords(cells[TOWN]),
        postcode=cells[POSTCODE].upper()[:12],
    )


def day_of(text: str, label: str) -> date | None:
    """A date as ODS files write it; None if there is none. Refuses any other text."""
    if not text:
        return None
    try:
        # fromisoformat alone would accept weeks and hyphens too.
        return date.fromisoformat(text if re.fullmatch(r"[0-9]{8}", text) else "")
    except ValueError:
        raise CommandRefused(f"{label} date “{text[:20]}” is not written like 20260131.") from None
