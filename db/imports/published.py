"""Shares that others published, by region or kind of organisation: the NHS Staff Survey, organisation by organisation.

One row an organisation and year, as the published workbooks give it (columns `…_base` and `…_rate`). Of a region's
organisations the rates are averaged, each by how many answered, which is close to what the survey publishes for the
region but not the same: it weights by occupation too.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.orm import Session

from db import clock
from db.commands.record import audit
from db.declared import change
from db.errors import CommandRefused
from db.models import PublishedValue
from db.rules.words import many

STAFF_SURVEY = "nhs_staff_survey"
SOURCE = "NHS Staff Survey, NHS England and the Survey Coordination Centre, results by organisation, averaged"
ACTION = change("import_published", says="imported what others published", moves_access=False)
# Of all staff, not of doctors.
MEASURES = {
    "Emotional_manager": "Harassed, bullied or abused by managers",
    "Emotional_colleagues": "Harassed, bullied or abused by other colleagues",
    "Discrimination_internal": "Discriminated against by a manager or colleagues",
    "Enough_staff": "Says that there are enough staff",
    "Burned_out": "Often or always burnt out by work",
}
REGIONS = {
    "East of England": "east_of_england",
    "London": "london",
    "Midlands": "midlands",
    "North East and Yorkshire": "north_east_yorkshire",
    "North West": "north_west",
    "South East": "south_east",
    "South West": "south_west",
}
KINDS = {
    "Acute and Acute & Community Trusts": "acute",
    "Acute Specialist Trusts": "acute",
    "Mental Health & Learning Disability and Mental Health, Learning Disability & Community Trusts": "mental_health",
    "Community Trusts": "community",
    "Ambulance Trusts": "ambulance",
}
NEEDED = {"Year", "Benchmarking group", "Region", *(f"{name}_{part}" for name in MEASURES for part in ("base", "rate"))}


class Cell(NamedTuple):
    measure: str
    year: int
    listed: str
    place: str


def import_staff_survey(session: Session, text: str) -> str:
    """Replaces what was imported of the series before. Returns what it did. Refuses a file without the columns, and one
    in which nothing fits."""
    rows = csv.DictReader(io.StringIO(text))
    if missing := NEEDED - set(rows.fieldnames or ()):
        raise CommandRefused(f"This is not the staff survey by organisation: no column “{min(missing)}”.")
    people: dict[Cell, int] = defaultdict(int)
    having: dict[Cell, float] = defaultdict(float)
    for row in rows:
        for cell, base, rate in _cells(row):
            people[cell] += base
            having[cell] += base * rate
    if not people:
        raise CommandRefused("No row of this file is of a region or kind of organisation that we know.")
    session.execute(delete(PublishedValue).where(PublishedValue.series == STAFF_SURVEY))
    session.add_all(
        PublishedValue(
            series=STAFF_SURVEY,
            measure=cell.measure,
            label=MEASURES[cell.measure],
            year=cell.year,
            listed=cell.listed,
            place=cell.place,
            share=having[cell] / base,
            base=base,
            source=SOURCE,
            imported_at=clock.now(),
        )
        for cell, base in people.items()
    )
    years = sorted({cell.year for cell in people})
    audit(session, None, ACTION, series=STAFF_SURVEY, values=len(people), years=years)
    return f"{many(len(people), 'value')} of the NHS Staff Survey, {years[0]} to {years[-1]}."


def _cells(row: dict[str, str]) -> Iterator[tuple[Cell, int, float]]:
    places = (("region", REGIONS.get(row["Region"])), ("body_kind", KINDS.get(row["Benchmarking group"])))
    if not (row["Year"] or "").isdecimal():
        return
    for name in MEASURES:
        base, rate = _number(row[f"{name}_base"]), _number(row[f"{name}_rate"])
        if base is None or rate is None or base < 1 or not 0 <= rate <= 100:
            continue
        for listed, place in places:
            if place:
                yield Cell(name, int(row["Year"]), listed, place), int(base), rate


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
