"""Accounts: four demo sign-ins and invented others, with hours, skills, leave and employers."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

import bcrypt

from db import clock
from db.choices import Role
from db.commands.affiliations import bars_until
from db.demo import words
from db.demo.bodies import Body, kin_of
from db.demo.rows import Rows
from db.demo.world import Person
from db.models import Affiliation, Caps, Leave, Volunteer
from db.rules.passwords import DEMO_PASSWORD

PASSWORD = DEMO_PASSWORD
SIGN_INS = (
    ("lead", "Lena Lead (demo)", Role.LEAD, 6.0, "Example Mental Health Trust D"),
    ("volunteer", "Vik Volunteer (demo)", Role.VOLUNTEER, 8.0, "Example Acute Trust Q"),
    ("observer", "Ola Observer (demo)", Role.OBSERVER, 0.0, None),
    ("lead2", "Lou Lead (demo)", Role.LEAD, 4.0, "Example Community Trust B"),
)
SKILLS = ("MHPS", "GMC", "ET", "GRIEV", "FTSU", "ARCP", "SICK", "INQ", "MPTS", "SAR", "PERF", "PSII")
HOURS = (3.0, 4.0, 5.0, 6.0, 6.0, 8.0, 8.0, 10.0, 12.0)
# Positions among the others.
SECOND_LEAD, SAYS_FULL, ON_LEAVE, LEAVE_TO_COME, UNCOVERED = 0, 2, 4, 6, 10
THE_VOLUNTEER = 2
NEWCOMERS = 3


def how_many_others(cases: int) -> int:
    """How many people besides the sign-ins."""
    return 21 + min(129, cases // 700)


def make_people(rows: Rows, rng: Random, today: date, bodies: list[Body], cases: int) -> list[Person]:
    """Adds everybody, and returns them with what each may not see."""
    by_name = {body.name: body for body in bodies}
    password = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt()).decode()
    people = []
    for number, (username, name, role, hours, employer) in enumerate(SIGN_INS, start=1):
        joined = today - timedelta(days=1500 + 100 * number)
        _write(rows, rng, number, username, name, role, joined, hours, password_hash=password)
        employers = _spell(rows, number, by_name[employer], joined, None) if employer else iter(())
        people.append(Person(number, username, role, 0.0, _walls(dict(employers), bodies)))
    for place in range(how_many_others(cases)):
        people.append(_other(rows, rng, len(people) + 1, place, today, bodies, cases))
    _away(rows, today)
    _raised(rows, today)
    return people


def _other(rows: Rows, rng: Random, number: int, place: int, today: date, bodies: list[Body], cases: int) -> Person:
    first = words.FIRST_NAMES[place % len(words.FIRST_NAMES)]
    surname = words.SURNAMES[(place + place // len(words.FIRST_NAMES)) % len(words.SURNAMES)]
    role = Role.LEAD if place == SECOND_LEAD else Role.VOLUNTEER
    is_new = place >= how_many_others(cases) - NEWCOMERS
    joined = today - timedelta(days=rng.randint(10, 80) if is_new else rng.randint(1200, 2600))
    username = f"{first}.{surname}".lower()
    full = place == SAYS_FULL
    _write(rows, rng, number, username, f"{first} {surname}", role, joined, rng.choice(HOURS), says_full=full)
    walls = dict(_employment(rows, rng, number, today, [body for body in bodies if body.weight]))
    # A few have many cases and many have few; newcomers and leads have none yet.
    weight = 0.0 if is_new or role is Role.LEAD else 0.8 if full else 1 / (1 + place % 12) ** 0.35
    return Person(number, username, role, weight, _walls(walls, bodies))


def _write(
    rows: Rows,
    rng: Random,
    number: int,
    username: str,
    name: str,
    role: Role,
    joined_on: date,
    hours: float,
    *,
    password_hash: str | None = None,
    says_full: bool = False,
) -> None:
    rows.add(
        Volunteer,
        id=number,
        username=username,
        name=name,
        email=f"{username}@example.org",
        role=role.value,
        password_hash=password_hash,
        active=True,
        joined_on=joined_on,
        pledged_hours=hours,
        skills=[] if role is Role.OBSERVER else sorted(rng.sample(SKILLS, rng.randint(2, 5))),
        says_full=says_full,
    )


def _employment(
    rows: Rows, rng: Random, number: int, today: date, employers: list[Body]
) -> Iterator[tuple[int, date | None]]:
    began = today - timedelta(days=rng.randint(400, 2500))
    yield from _spell(rows, number, rng.choice(employers), began, None)
    if rng.random() < 0.35:
        ended = began - timedelta(days=rng.randint(0, 60))
        yield from _spell(rows, number, rng.choice(employers), ended - timedelta(days=700), ended)


def _spell(rows: Rows, number: int, body: Body, began: date, ended: date | None) -> Iterator[tuple[int, date | None]]:
    until = bars_until(ended, 2)
    rows.add(
        Affiliation,
        volunteer_id=number,
        organisation_id=body.id,
        started_on=began,
        ended_on=ended,
        bars_until=until,
    )
    yield body.id, until


def _walls(employers: dict[int, date | None], bodies: list[Body]) -> dict[int, date | None]:
    """The organisations themselves, and those that count as one with them: sites, parents, successors."""
    walls: dict[int, date | None] = {}
    kin = kin_of(bodies)
    for employer, until in employers.items():
        for body in kin[employer]:
            known = walls.get(body, until)
            walls[body] = None if known is None or until is None else max(known, until)
    return walls


def _away(rows: Rows, today: date) -> None:
    first_other = len(SIGN_INS) + 1
    spells = (
        (ON_LEAVE, -4, 14, first_other + SECOND_LEAD),
        (UNCOVERED, -2, 9, None),
        (LEAVE_TO_COME, 9, 10, THE_VOLUNTEER),
        (ON_LEAVE, -300, 21, None),
        (8, -90, 9, None),
    )
    for place, start, days, cover_id in spells:
        starts_on = today + timedelta(days=start)
        rows.add(
            Leave,
            volunteer_id=first_other + place,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=days),
            cover_id=cover_id,
        )


def _raised(rows: Rows, today: date) -> None:
    """The demo volunteer asked for higher caseload limits, and the lead agreed."""
    rows.add(
        Caps,
        volunteer_id=THE_VOLUNTEER,
        most_active_cases=6,
        most_points=24,
        reason="Asked for more: has two free days a week until spring. Review then.",
        set_by_id=1,
        set_at=datetime.combine(today - timedelta(days=12), time(18), tzinfo=clock.LONDON),
    )
