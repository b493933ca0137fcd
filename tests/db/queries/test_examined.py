"""What was examined: counted in doctors, behind the wall, and let out only by a release."""

from datetime import timedelta
from typing import Any

import pytest

from db import clock
from db.access import Viewer
from db.choices import EXAMINED, Role
from db.commands.affiliations import add_affiliation
from db.engine import Database
from db.errors import NotAllowed, NotFound
from db.models import CaseFact
from db.queries.examined import examined, examined_cases, organisation_examined
from db.queries.heatmap import Heatmap
from db.queries.release_counts import ALL, counted
from db.rules.disclosure import OUTSIDE_LOW
from db.rules.examined import DECIDERS, Looked, looked, share
from db.rules.facts import FactKind
from db.rules.quarters import quarter_before, quarter_of
from db.rules.release_protect import protect
from db.rules.release_tables import Release
from tests.db.heatmap_record import LONG_AGO, Record, fresh_record
from tests.db.rules.release_attacker import Attacker
from tests.factories import make_volunteer

LAST = quarter_before(quarter_of(clock.today()))


def condition(record: Record, case: int, code: str, by: str, *, number: int = 1, **fields: Any) -> None:
    told: dict[str, Any] = {"edition": 1, "note": "", "at": LONG_AGO, "reason": None, **fields}
    if told["edition"] > 1:
        told["reason"] = "x"
    kind = FactKind.CIRCUMSTANCE
    record.session.add(CaseFact(case_id=case, number=number, kind=kind, code=code, examined_by=by, **told))
    record.session.flush()


def cell(table: Heatmap, row: str, column: str) -> str:
    rows, columns = [line.code for line in table.rows], [line.code for line in table.columns]
    return table.cells[rows.index(row)][columns.index(column)]


def test_who_looked_is_yes_no_or_not_known() -> None:
    assert [looked(by, ("employer",)) for by in (("employer", "coroner"), ("nobody",), ("coroner",), ("unknown",))] == [
        True,
        False,
        False,
        None,
    ]
    every = [("employer",), ("nobody",), ("unknown",), ("coroner", "regulator")]
    assert share(every, DECIDERS) == Looked(yes=2, no=1, unknown=1)


def test_doctors_by_condition_and_who_examined_it(database: Database) -> None:
    with fresh_record(database) as record:
        doctor = record.doctor()
        one, same, other = record.case(doctor), record.case(doctor), record.case()
        condition(record, one, "rota_gap", "nobody")
        condition(record, same, "rota_gap", "nobody")
        condition(record, other, "rota_gap", "employer")
        condition(record, other, "rota_gap", "employer coroner", edition=2)
        condition(record, other, "handover", "nobody", number=2)
        condition(record, other, "handover", "nobody", number=2, edition=2, withdrawn=True)
        table = examined(record.session, record.lead)
        assert [line.code for line in table.rows] == ["rota_gap"]
        assert (table.total, table.rows[0].total) == ("2", "2")
        assert [cell(table, "rota_gap", who) for who in ("employer", "regulator", "coroner", "nobody")] == list("1011")
        behind = examined_cases(record.session, record.lead, "rota_gap", "coroner", clock.today())
        assert (behind.total, len(behind.rows)) == (1, 1)
        for forged in (("rota_gap", "%"), ("x", "nobody"), ("\x00", "\x00"), ("handover", "nobody")):
            assert examined_cases(record.session, record.lead, *forged, clock.today()).total == 0
        for viewer in (record.volunteer, record.observer):
            assert examined_cases(record.session, viewer, "rota_gap", "coroner", clock.today()).total == 0
            with pytest.raises(NotAllowed):
                examined(record.session, viewer)


def test_nothing_moves_with_a_case_behind_the_wall(database: Database) -> None:
    with fresh_record(database) as record:
        person = make_volunteer(record.session, "con", Role.LEAD)
        since = clock.today() - timedelta(days=900)
        told: dict[str, Any] = {"organisation_id": record.bodies[0], "started_on": since}
        add_affiliation(record.session, actor_id=record.lead.id, volunteer_id=person, **told)
        walled = Viewer(person, Role.LEAD)
        condition(record, record.case(at=1), "rota_gap", "nobody")

        def seen() -> tuple[object, ...]:
            table = examined(record.session, walled)
            cases = examined_cases(record.session, walled, "rota_gap", "nobody", clock.today())
            return table, cases, organisation_examined(record.session, walled, "EX001")

        before = seen()
        barred = record.case(at=0)
        condition(record, barred, "rota_gap", "nobody")
        condition(record, barred, "handover", "employer", number=2)
        assert seen() == before
        assert organisation_examined(record.session, record.lead, "EX000").any == Looked(yes=1, no=1)
        with pytest.raises(NotFound):
            organisation_examined(record.session, walled, "EX000")


def test_a_release_has_it_as_it_was_at_the_end_of_the_quarter_and_nothing_can_be_worked_out(
    database: Database,
) -> None:
    with fresh_record(database) as record:
        for number in range(24):
            case = record.case(None, "P04")
            condition(record, case, "rota_gap", "employer" if number % 3 else "nobody")
            if number < 9:
                condition(record, case, "handover", ("nobody", "employer coroner", "unknown")[number % 3], number=2)
        late = record.case()
        condition(record, late, "it_failure", "nobody", at=clock.now())
        record.consent(record.case(), given=False)
        tables = counted(record.session, LAST).tables
        [raw] = [table for table in tables if table.dimension == EXAMINED]
        assert (raw.period, raw.total) == (ALL, 24)
        assert raw.cells[raw.rows.index("it_failure")].sum() == 0
        frozen = protect(LAST, (raw,), ())
        shown = frozen[0].cells[raw.rows.index("handover")]
        assert set(shown) == {OUTSIDE_LOW}
        for told in (False, True):
            found = Attacker([Release(LAST, (raw,), frozen)], told=told).attack()
            assert found.withheld
            assert (found.exact, found.narrowed) == (0, 0)
