"""Rows of the NHS website's list of hospitals (22 columns separated by the not sign, with a heading)."""

import re
from collections.abc import Iterable

from db.commands.record import clean_text
from db.errors import CommandRefused
from db.imports.files import numbered_rows
from db.imports.organisation_rows import NOT_STATED, OrganisationRow, kind_of
from db.rules.limits import NAME_LENGTH

SEPARATOR, COLUMNS = "¬", 22
HEADING = "OrganisationID" + SEPARATOR
CODE, SUB_TYPE, SECTOR, NAME, TOWN, POSTCODE, PARENT, PARENT_NAME = 1, 3, 4, 7, 11, 13, 16, 17


def read_sites(lines: Iterable[str]) -> list[OrganisationRow]:
    """Every hospital in the file, after the organisations that run them, as a list of trusts may lack closed ones.
    Refuses, with the line: wrong columns, an invalid or repeated code, no name. Refuses a file without rows."""
    sites: dict[str, OrganisationRow] = {}
    parents: dict[str, OrganisationRow] = {}
    for line, cells in numbered_rows(lines, SEPARATOR):
        if line == 1:
            continue
        try:
            site, parent = _row(cells)
        except CommandRefused as refusal:
            raise CommandRefused(f"Line {line}: {refusal.message} Nothing was imported.") from None
        if site.code in sites:
            raise CommandRefused(f"Line {line}: code {site.code} is repeated. Nothing was imported.")
        sites[site.code] = site
        if parent:
            parents.setdefault(parent.code, parent)
    if not sites:
        raise CommandRefused("The file has no rows. Nothing was imported.")
    return [*(parent for code, parent in parents.items() if code not in sites), *sites.values()]


def _row(cells: list[str]) -> tuple[OrganisationRow, OrganisationRow | None]:
    if len(cells) != COLUMNS:
        raise CommandRefused(f"{len(cells)} columns where {COLUMNS} are expected.")
    code, parent = cells[CODE].upper(), cells[PARENT].upper()
    name = clean_text(cells[NAME], field="name", label="Name", most=NAME_LENGTH)
    for one in filter(None, (code or "?", parent)):
        if not re.fullmatch(r"[A-Z0-9]{2,12}", one):
            raise CommandRefused(f"“{one[:20]}” is not a valid code.")
    site = OrganisationRow(
        code=code,
        name=name,
        kind=_kind(code, name, cells[SECTOR], cells[SUB_TYPE]),
        nation="england",
        region=NOT_STATED,
        parent_code=parent if parent != code else None,
        opened_on=None,
        closed_on=None,
        town=cells[TOWN].strip(" ,"),
        postcode=cells[POSTCODE].upper()[:12],
        is_site=True,
    )
    if not parent or parent == code or not cells[PARENT_NAME]:
        return site, None
    run_by = clean_text(cells[PARENT_NAME], field="name", label="Name of the parent", most=NAME_LENGTH)
    kind = _kind(parent, run_by, cells[SECTOR], "")
    # Nothing more is known of it, so it must not change an organisation from another list.
    return site, OrganisationRow(parent, run_by, kind, "england", NOT_STATED, None, None, None, only_if_missing=True)


def _kind(code: str, name: str, sector: str, sub_type: str) -> str:
    if sector.startswith("Independent"):
        return "private"
    if sub_type.startswith("Mental"):
        return "mental_health"
    kind = kind_of(code, name)
    return "acute" if kind == "other" else kind
