"""Invented organisations of all kinds, regions and nations. Their codes are not ODS codes."""

from dataclasses import dataclass
from datetime import date, timedelta
from string import ascii_uppercase

from db import clock
from db.demo.rows import Rows
from db.models import BodyKin, Organisation, OrganisationAlias, OrganisationMerger
from db.rules.families import Member, kin

ENGLAND = ("london", "midlands", "north_west", "south_east", "south_west", "east_of_england", "north_east_yorkshire")
HOT_REGIONS = ("midlands", "north_west")
NATIONS = {"scotland": "scotland", "wales": "wales", "northern_ireland": "northern_ireland"}
# kind, name, regions (one organisation each), share of cases
EMPLOYERS: tuple[tuple[str, str, tuple[str, ...], float], ...] = (
    ("acute", "Acute Trust", HOT_REGIONS * 5 + ENGLAND + ENGLAND[3:] + ("london",), 5),
    ("mental_health", "Mental Health Trust", ENGLAND, 3),
    ("community", "Community Trust", ("midlands", "london", "south_west"), 2),
    ("ambulance", "Ambulance Trust", ("north_west", "south_east"), 1),
    ("integrated", "Integrated Trust", ("london", "north_east_yorkshire", "midlands"), 3),
    ("gp_practice", "Practice Group", ENGLAND[:6], 2),
    ("private", "Staffing Agency", ("london", "midlands", "north_west", "south_east"), 1),
    ("health_board", "Health Board", ("scotland", "scotland", "scotland", "wales", "wales"), 3),
    ("hsc_trust", "HSC Trust", ("northern_ireland", "northern_ireland"), 2),
)
TRAINING = ("deanery", "Training Office", ("london", "north_west", "scotland", "wales"))
OFFICES = (
    ("gmc", "Example Regulator"),
    ("mpts", "Example Tribunal Service"),
    ("nhs_resolution", "Example Performance Advice Service"),
    ("cqc", "Example Inspectorate"),
    ("other", "Example Coroner’s Court"),
)
# child → parent, by name
PARENTS = {
    "Example Acute Trust C": "Example Integrated Trust A",
    "Example Community Trust B": "Example Integrated Trust A",
    "Example Acute Trust M": "Example Integrated Trust C",
    "Example Staffing Agency B": "Example Staffing Agency A",
}
FORMER = {
    "Example Acute Trust A": "Example Old Infirmary Trust",
    "Example Integrated Trust A": "Example United Trust",
    "Example Health Board A": "Example Island Board",
}
CLOSED = "Example Acute Trust U"
# The organisation that took over on the day it closed.
CLOSED_DAYS = 1200
TOOK_OVER = "Example Acute Trust V"
# Hospitals by their everyday name: name, town, the trust that runs them.
SITES = (
    ("Example Riverside Infirmary", "Samplebridge", "Example Acute Trust Q"),
    ("Example Cottage Hospital", "Little Sampling", "Example Acute Trust Q"),
    ("Example General Hospital", "Demoford", "Example Acute Trust A"),
    ("Example Women’s Hospital", "Demoford", "Example Acute Trust A"),
    ("Example St Fiction’s Hospital", "Port Specimen", "Example Integrated Trust A"),
    ("Example Moorside Unit", "Upper Demo", "Example Mental Health Trust C"),
)


@dataclass(frozen=True)
class Body:
    """An organisation as the rest of the demo needs it. With `weight` 0, no case comes from it directly."""

    id: int
    code: str
    name: str
    kind: str
    region: str
    nation: str
    weight: float
    parent_id: int | None = None
    town: str | None = None


def make_bodies(rows: Rows, today: date) -> list[Body]:
    """Adds the organisations, with parents, former names and one that has closed."""
    plain = _plain_bodies()
    ids = {name: number for number, (_, name, _, _) in enumerate(plain, start=1)}
    towns, run_by = {name: town for name, town, _ in SITES}, PARENTS | {name: trust for name, _, trust in SITES}
    bodies = []
    for number, (kind, name, region, weight) in enumerate(plain, start=1):
        parent = run_by.get(name)
        body = Body(
            id=number,
            code=f"EX{number:03}",
            name=name,
            kind=kind,
            region=region,
            nation=NATIONS.get(region, "england"),
            weight=0 if name == CLOSED else weight,
            parent_id=ids[parent] if parent else None,
            town=towns.get(name),
        )
        bodies.append(body)
    # Parents first, because the database checks each row.
    for body in sorted(bodies, key=lambda body: body.parent_id is not None):
        _write(rows, body, today)
    rows.add(
        OrganisationMerger,
        predecessor_id=ids[CLOSED],
        successor_id=ids[TOOK_OVER],
        merged_on=today - timedelta(days=CLOSED_DAYS),
        recorded_at=clock.now(),
    )
    for one, other in sorted(_kin(bodies)):
        rows.add(BodyKin, body_id=one, kin_id=other)
    return bodies


def kin_of(bodies: list[Body]) -> dict[int, set[int]]:
    """{organisation: all that count as one with it for the wall, including itself}."""
    found = {body.id: {body.id} for body in bodies}
    for one, other in _kin(bodies):
        found[one].add(other)
    return found


def _kin(bodies: list[Body]) -> set[tuple[int, int]]:
    ids = {body.name: body.id for body in bodies}
    members = (Member(body.id, body.parent_id, body.kind) for body in bodies)
    return kin(members, [(ids[CLOSED], ids[TOOK_OVER])])


def _plain_bodies() -> list[tuple[str, str, str, float]]:
    plain: list[tuple[str, str, str, float]] = []
    for kind, label, regions, weight in (*EMPLOYERS, (*TRAINING, 0.0)):
        for position, region in enumerate(regions):
            # The later ones of a kind are smaller, so that some have few cases.
            share = weight / (1 + position % 7) ** 0.5
            plain.append((kind, f"Example {label} {ascii_uppercase[position]}", region, share))
    plain += [(kind, name, "not_stated", 0.0) for kind, name in OFFICES]
    runs = {name: (kind, region) for kind, name, region, _ in plain}
    return plain + [(runs[trust][0], name, runs[trust][1], 0.0) for name, _, trust in SITES]


def _write(rows: Rows, body: Body, today: date) -> None:
    rows.add(
        Organisation,
        id=body.id,
        code=body.code,
        name=body.name,
        kind=body.kind,
        nation=body.nation,
        region=body.region,
        parent_id=body.parent_id,
        parent_code=f"EX{body.parent_id:03}" if body.parent_id else None,
        opened_on=date(2001, 4, 1) + timedelta(days=37 * body.id),
        closed_on=today - timedelta(days=CLOSED_DAYS) if body.name == CLOSED else None,
        town=body.town,
        changed_at=clock.now(),
    )
    if body.name in FORMER:
        rows.add(OrganisationAlias, organisation_id=body.id, name=FORMER[body.name])
