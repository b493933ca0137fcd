"""A small record for the heatmap's tests, filled without the commands: they need hundreds of cases."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import Dimension, Role
from db.engine import Database
from db.models import Case, CaseGround, CaseProcess, Consent, Doctor, Finding
from db.queries.heatmap import Heatmap, HeatmapFilters, heatmap
from tests.factories import make_body, make_volunteer

BODIES = 5
OLD = "2024Q2"
LONG_AGO = clock.now() - timedelta(days=400)


class Record:
    """A database with a person of each role and bodies, and short ways to add doctors, cases and findings."""

    def __init__(self, session: Session, *, beside: str = "") -> None:
        """`beside` begins the names and codes, in a record that has people and bodies already."""
        self.session = session
        self.bodies = [make_body(session, f"{beside.upper()}EX{n:03}") for n in range(BODIES)]
        self.lead = Viewer(make_volunteer(session, f"{beside}lena", Role.LEAD), Role.LEAD)
        self.volunteer = Viewer(make_volunteer(session, f"{beside}vik"), Role.VOLUNTEER)
        self.observer = Viewer(make_volunteer(session, f"{beside}ola", Role.OBSERVER), Role.OBSERVER)
        self.cases = itertools.count(1)

    def doctor(self) -> int:
        return self._new(insert(Doctor).returning(Doctor.id), created_at=LONG_AGO)

    def _new(self, query: Any, **values: Any) -> int:
        return int(self.session.execute(query, values).scalar_one())

    def case(self, doctor: int | None = None, *codes: str, at: int | None = None, **fields: Any) -> int:
        number = next(self.cases)
        values: dict[str, Any] = {
            "reference": f"LNB-{number:06}",
            "doctor_id": doctor or self.doctor(),
            "organisation_id": self.bodies[number % BODIES if at is None else at],
            "body_kind": "acute",
            "region": "london",
            "nation": "england",
            "grade": "consultant",
            "specialty_group": "medicine",
            "stage": "active",
            "summary": "-",
            "channel": "email",
            "immediate_danger": "no",
            "received_at": LONG_AGO,
            "opened_on": date(2024, 1, 1) + timedelta(days=number),
            "representation": "none",
            "updated_at": LONG_AGO,
            "stage_since": LONG_AGO,
        }
        case = self._new(insert(Case).returning(Case.id), **(values | fields))
        for code in codes:
            self.finding(case, code)
        return case

    def finding(self, case: int, code: str, **fields: Any) -> None:
        values = {"evidence": "reported", "quarter": OLD, "note": "", "coded_at": LONG_AGO, "doctor_view": "agrees"}
        self.session.execute(insert(Finding), {"case_id": case, "code": code, **values, **fields})

    def process(self, case: int, process: str, stage: str, body: int | None = None) -> int:
        values = {"case_id": case, "process": process, "stage": stage, "started_on": date(2024, 1, 1)}
        values["organisation_id"] = body
        return self._new(insert(CaseProcess).returning(CaseProcess.id), **values)

    def ground(self, case: int, *grounds: str) -> None:
        for ground in grounds:
            self.session.execute(insert(CaseGround), {"case_id": case, "ground": ground})

    def consent(self, case: int, *, given: bool, **fields: Any) -> None:
        values = {"purpose": "counts", "wording": "1", "given": given, "given_at": LONG_AGO}
        self.session.execute(insert(Consent), {"case_id": case, **values, **fields})

    def of(self, viewer: Viewer, dimension: Dimension = Dimension.REGION, **filters: Any) -> Heatmap:
        return heatmap(self.session, viewer, HeatmapFilters(dimension, **filters))


@contextmanager
def fresh_record(database: Database) -> Iterator[Record]:
    with database.write() as session:
        yield Record(session)
