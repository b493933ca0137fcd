"""Emerging codes over the record: only what a lead may see, dismissed with a reason, budgeted in words."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import Evidence, FalseAlarms, Role
from db.commands.affiliations import add_affiliation
from db.commands.emerging import MOVED, dismiss_rise, set_false_alarms
from db.commands.findings import add_finding
from db.engine import Database
from db.errors import CommandRefused, NotAllowed
from db.models import DismissedCase
from db.queries.emerging import Emerging, emerging
from db.rules.quarters import quarter_of
from tests.db.heatmap_record import Record, fresh_record
from tests.db.helpers import at_once, count, run
from tests.factories import Casework, make_volunteer

NOW = clock.now()
REASON = {"reason": "One rota, known"}


def fill(record: Record) -> None:
    """Two doctors in each of the 52 weeks before, with P04; lately ten with P05 too."""
    for week in range(8, 60):
        for _ in range(2):
            record.finding(record.case(), "P04", coded_at=NOW - timedelta(weeks=week, days=1))
    for number in range(10):
        case = record.case(at=number % 2)
        for code in ("P04", "P05"):
            record.finding(case, code, coded_at=NOW - timedelta(days=5 * number))


def seen_by(record: Record, viewer: Viewer) -> Emerging:
    return emerging(record.session, viewer, clock.today())


def shown(found: Emerging) -> list[tuple[str, ...]]:
    return [one.rise.codes for one in found.risen]


def references(found: Emerging) -> list[str]:
    return [row.reference for row in found.risen[0].cases]


def test_a_lead_sees_what_rises_with_its_cases_and_dismisses_it(database: Database) -> None:
    with fresh_record(database) as record:
        fill(record)
        found = seen_by(record, record.lead)
        assert shown(found) == [("P05",)]
        assert len(found.risen[0].cases) == 10
        told: dict[str, Any] = {"codes": ["P05"], "seen": references(found)}
        with pytest.raises(CommandRefused, match="please fill this in"):
            dismiss_rise(record.session, actor_id=record.lead.id, **told, reason=" ")
        dismiss_rise(record.session, actor_id=record.lead.id, **told, **REASON)
        after = seen_by(record, record.lead)
        assert shown(after) == []
        [past] = after.dismissed
        assert (past.labels[0][:3], past.reason, past.cases) == ("P05", "One rota, known", 10)
        with pytest.raises(CommandRefused, match="changed since you looked"):
            dismiss_rise(record.session, actor_id=record.lead.id, **told, **REASON)


def test_other_cases_than_were_shown_are_never_dismissed(database: Database) -> None:
    with fresh_record(database) as record:
        fill(record)
        found = references(seen_by(record, record.lead))
        late = record.case()
        record.finding(late, "P05", coded_at=NOW)
        for seen in (found, [], [*found, "LNB-999999"], found[1:]):
            with pytest.raises(CommandRefused) as refused:
                dismiss_rise(record.session, actor_id=record.lead.id, codes=["P05"], seen=seen, **REASON)
            assert refused.value.message == MOVED
        for codes in ([], ["P05", "P04"], ["P99"], ["P04", "P05", "S01"]):
            with pytest.raises(CommandRefused):
                dismiss_rise(record.session, actor_id=record.lead.id, codes=codes, seen=found, **REASON)


def test_a_barred_lead_sees_the_same_with_and_without_the_cases_and_what_became_of_them(database: Database) -> None:
    with fresh_record(database) as record:
        walled = Viewer(lead_elsewhere(record, at=0), Role.LEAD)
        for week in range(8, 60):
            record.finding(record.case(at=3), "P04", coded_at=NOW - timedelta(weeks=week, days=1))
        for _ in range(3):
            record.finding(record.case(at=3), "P04", coded_at=NOW - timedelta(days=2))
        without = seen_by(record, walled)
        for _ in range(9):
            record.finding(record.case(at=0), "P05", coded_at=NOW - timedelta(days=2))
        assert seen_by(record, walled) == without
        found = seen_by(record, record.lead)
        assert shown(found) == [("P05",)]
        told: dict[str, Any] = {"codes": ["P05"], "seen": references(found)}
        with pytest.raises(CommandRefused, match="changed since you looked"):
            dismiss_rise(record.session, actor_id=walled.id, **told, **REASON)
        dismiss_rise(record.session, actor_id=record.lead.id, **told, **REASON)
        assert seen_by(record, walled) == without
        assert len(seen_by(record, record.lead).dismissed) == 1


def lead_elsewhere(record: Record, *, at: int) -> int:
    person = make_volunteer(record.session, "con", Role.LEAD)
    started: dict[str, Any] = {"organisation_id": record.bodies[at], "started_on": clock.today() - timedelta(days=900)}
    add_affiliation(record.session, actor_id=record.lead.id, volunteer_id=person, **started)
    return person


def test_nobody_but_a_lead_sees_or_dismisses_anything(database: Database) -> None:
    with fresh_record(database) as record:
        fill(record)
        found = references(seen_by(record, record.lead))
        for viewer in (record.volunteer, record.observer):
            with pytest.raises(NotAllowed):
                seen_by(record, viewer)
            with pytest.raises(NotAllowed):
                dismiss_rise(record.session, actor_id=viewer.id, codes=["P05"], seen=found, **REASON)
            with pytest.raises(NotAllowed):
                set_false_alarms(record.session, actor_id=viewer.id, budget=FalseAlarms.RARE)


def test_leads_say_how_many_false_alarms_to_expect(database: Database) -> None:
    with fresh_record(database) as record:
        assert seen_by(record, record.lead).budget is FalseAlarms.YEARLY
        with pytest.raises(CommandRefused, match="set to this already"):
            set_false_alarms(record.session, actor_id=record.lead.id, budget=FalseAlarms.YEARLY)
        set_false_alarms(record.session, actor_id=record.lead.id, budget=FalseAlarms.MONTHLY)
        assert seen_by(record, record.lead).budget is FalseAlarms.MONTHLY


def test_of_two_leads_at_once_the_second_finds_it_known(casework: Casework) -> None:
    told: dict[str, Any] = {"codes": ["P05"], "seen": [casework.reference], **REASON}
    run(
        casework,
        add_finding,
        code="P05",
        evidence=Evidence.REPORTED,
        case_process_id=None,
        quarter=quarter_of(clock.today()),
        note="",
    )

    def dismiss(session: Session) -> None:
        dismiss_rise(session, actor_id=casework.lead, **told)

    refusal = at_once(casework.database, dismiss, dismiss)
    assert refusal is not None
    assert refusal.message == MOVED
    assert count(casework.database, DismissedCase) == 1
