"""Groups of doctors against what befell them: distinct doctors, an interval, nothing below eight, behind the wall."""

from datetime import timedelta
from typing import Any

import pytest
from scipy.stats import norm

from db import clock
from db.access import Viewer
from db.choices import Befallen, GroupBy, Role
from db.commands.affiliations import add_affiliation
from db.engine import Database
from db.errors import NotAllowed, NotFound
from db.models import Flag
from db.queries.groups import Groups, groups
from db.rules.proportion import Proportion, proportion
from tests.db.heatmap_record import LONG_AGO, Record, fresh_record
from tests.factories import make_volunteer


def told(record: Record, viewer: Viewer, by: GroupBy, kind: Befallen, code: str = "") -> dict[str, tuple[int, ...]]:
    return shown(groups(record.session, viewer, by, kind, code))


def shown(found: Groups) -> dict[str, tuple[int, ...]]:
    return {line.label: (line.inside.some, line.inside.n, line.others.some, line.others.n) for line in found.lines}


def test_an_interval_is_wilsons_and_says_nothing_of_fewer_than_eight() -> None:
    found = proportion(3, 10)
    z = norm.ppf(0.975)
    middle, spread = (0.3 + z**2 / 20) / (1 + z**2 / 10), z / (1 + z**2 / 10) * (0.3 * 0.7 / 10 + z**2 / 400) ** 0.5
    assert found.low == pytest.approx(middle - spread)
    assert found.high == pytest.approx(middle + spread)
    assert proportion(7, 7) == Proportion(7, 7)
    assert proportion(0, 0) == Proportion(0, 0)


def test_doctors_count_once_in_a_group_and_others_are_all_who_are_not_in_it(database: Database) -> None:
    with fresh_record(database) as record:
        doctor = record.doctor()
        for case in (record.case(doctor, grade="consultant"), record.case(doctor, grade="consultant")):
            record.process(case, "GMC", "TRIAGE")
            record.ground(case, "race")
        other = record.case(grade="fy2")
        record.session.add(
            Flag(
                case_id=other, code="EXCL", why="x", set_at=LONG_AGO, set_by_id=record.lead.id, review_on=clock.today()
            )
        )
        record.session.flush()
        consultants = told(record, record.lead, GroupBy.GRADE, Befallen.PROCESS, "GMC")
        assert sorted(consultants.values()) == [(0, 1, 1, 1), (1, 1, 0, 1)]
        assert told(record, record.lead, GroupBy.GROUND, Befallen.PROCESS, "GMC")["None alleged"] == (0, 1, 1, 1)
        assert told(record, record.lead, GroupBy.GROUND, Befallen.EXCLUDED)["None alleged"] == (1, 1, 0, 1)
        assert told(record, record.lead, GroupBy.GRADE, Befallen.OUTCOME, "CONDITIONS")
        with pytest.raises(NotFound):
            told(record, record.lead, GroupBy.GRADE, Befallen.PROCESS, "'; --")
        for viewer in (record.volunteer, record.observer):
            with pytest.raises(NotAllowed):
                told(record, viewer, GroupBy.GRADE, Befallen.EXCLUDED)


def test_nothing_moves_with_a_case_behind_the_wall(database: Database) -> None:
    with fresh_record(database) as record:
        walled = Viewer(make_volunteer(record.session, "con", Role.LEAD), Role.LEAD)
        since = clock.today() - timedelta(days=900)
        at: dict[str, Any] = {"organisation_id": record.bodies[0], "started_on": since}
        add_affiliation(record.session, actor_id=record.lead.id, volunteer_id=walled.id, **at)
        record.case(at=1)
        before = [told(record, walled, by, Befallen.PROCESS, "GMC") for by in GroupBy]
        barred = record.case(at=0, grade="fy2")
        record.process(barred, "GMC", "TRIAGE")
        record.ground(barred, "race")
        assert [told(record, walled, by, Befallen.PROCESS, "GMC") for by in GroupBy] == before
