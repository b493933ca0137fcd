"""Invented bodies over kinds, regions and nations. The codes are no ODS codes."""

from dataclasses import dataclass
from datetime import date, timedelta
from string import ascii_uppercase

from db.demo.rows import Rows
from db.models import Organisation, OrganisationAlias

ENGLAND = (
    "london", "midlands", "north_west", "south_east", "south_west", "east_of_england", "north_east_yorkshire",
)  # fmt: skip
HOT_REGIONS = ("midlands", "north_west")
NATIONS = {"scotland": "scotland", "wales": "wales", "northern_ireland": "northern_ireland"}
# kind, name, regions (one body each), weight in intake
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


@dataclass(frozen=True)
class Body:
    """A body as the rest of the demo needs it. `weight` 0 means that no case comes from it directly."""

    id: int
    code: str
    name: str
    kind: str
    region: str
    nation: str
    weight: float
    parent_id: int | None = None


def make_bodies(rows: Rows, today: date) -> list[Body]:
    """Writes the bodies, with parents, former names and one that has closed."""
    plain = _plain_bodies()
    ids = {name: number for number, (_, name, _, _) in enumerate(plain, start=1)}
    bodies = []
    for number, (kind, name, region, weight) in enumerate(plain, start=1):
        parent = PARENTS.get(name)
        body = Body(
            id=number,
            code=f"EX{number:03}",
            name=name,
            kind=kind,
            region=region,
            nation=NATIONS.get(region, "england"),
            weight=0 if name == CLOSED else weight,
            parent_id=ids[parent] if parent else None,
        )
        bodies.append(body)
    # Parents first: the database checks as it reads.
    for body in sorted(bodies, key=lambda body: body.parent_id is not None):
        _write(rows, body, today)
    return bodies


def _plain_bodies() -> list[tuple[str, str, str, float]]:
    plain: list[tuple[str, str, str, float]] = []
    for kind, label, regions, weight in (*EMPLOYERS, (*TRAINING, 0.0)):
        for position, region in enumerate(regions):
            # The later of a kind are smaller: some bodies bring few cases.
            share = weight / (1 + position % 7) ** 0.5
            plain.append((kind, f"Example {label} {ascii_uppercase[position]}", region, share))
    return plain + [(kind, name, "not_stated", 0.0) for kind, name in OFFICES]


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
        closed_on=today - timedelta(days=1200) if body.name == CLOSED else None,
    )
    if body.name in FORMER:
        rows.add(OrganisationAlias, organisation_id=body.id, name=FORMER[body.name])
