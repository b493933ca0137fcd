"""When a process came to its stages: told, told later, corrected in the open; and where it is follows from it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from db import clock
from db.choices import DeadlineKind, EntryKind, Whose
from db.commands.deadlines import add_deadline
from db.commands.pathways import add_process_stage, correct_process_stage
from db.commands.processes import add_process, move_process
from db.commands.reviews import end_reviews
from db.errors import Stale
from db.models import CaseProcess, Correction, Deadline, Entry, ProcessEvent
from db.queries.pathways import Pathway, pathways
from db.rules.pathways import current, spells
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
    last,
    refused,
    rows,
    run,
    statements,
    viewer,
)
from tests.factories import Casework

TODAY = clock.today()
BEGAN = TODAY - timedelta(days=90)


def day(count: int) -> date:
    return BEGAN + timedelta(days=count)


def facing(casework: Casework, who: str = "on_case") -> list[Pathway]:
    with casework.database.read() as session:
        return pathways(session, viewer(casework, who), casework.reference)


def gmc(casework: Casework) -> Pathway:
    """A process that began 90 days ago, at its first stage."""
    found = [pathway for pathway in facing(casework) if pathway.process == "GMC"]
    if found:
        return found[0]
    run(casework, add_process, process="GMC", stage="TRIAGE", organisation_id=None, started_on=BEGAN)
    return gmc(casework)


def move(casework: Casework, stage: str, since: date | None = None, **more: Any) -> None:
    run(casework, move_process, case_process_id=gmc(casework).id, stage=stage, since=since, **more)


def line(casework: Casework) -> list[tuple[str, date, date | None]]:
    found = gmc(casework)
    return [(spell.stage, spell.since, spell.until) for spell in spells(found.events, found.ended_on)]


def correct(casework: Casework, number: int, since: date, **more: Any) -> None:
    fields: dict[str, Any] = {"case_process_id": gmc(casework).id, "number": number, "seen_edition": 1, "since": since}
    fields |= {"reason": "Misread"}
    run(casework, correct_process_stage, **(fields | more))


def assert_projected(casework: Casework) -> None:
    """The stage of every process is that of its newest event, and it began no later than any."""
    for row in rows(casework.database, CaseProcess):
        events = rows(casework.database, ProcessEvent, case_process_id=row.id)
        assert row.stage == current(events).stage
        assert row.started_on <= min(spell.since for spell in spells(events, row.ended_on))


def test_at_intake_nobody_has_asked_when_it_began(casework: Casework) -> None:
    [mhps] = facing(casework)
    [event] = mhps.events
    assert (event.stage, event.since, event.is_exact, event.by) == ("SCREEN", mhps.started_on, False, "Lena")


def test_a_process_is_added_where_it_is_and_the_day_is_asked_for(casework: Casework) -> None:
    run(casework, add_process, process="ET", stage="CLAIM", organisation_id=None, started_on=BEGAN)
    run(casework, add_process, process="ET", stage="CLAIM", organisation_id=None, started_on=BEGAN, since=day(30))
    untold, told = (found.events[0] for found in facing(casework) if found.process == "ET")
    assert (untold.since, untold.is_exact) == (BEGAN, False)
    assert (told.since, told.is_exact) == (day(30), True)
    for wrong in (BEGAN - timedelta(days=1), TODAY + timedelta(days=1)):
        with refused(casework.database, "from the start of the process until today", field="since"):
            run(casework, add_process, process="ET", stage="CLAIM", organisation_id=None, started_on=BEGAN, since=wrong)


def test_each_move_is_kept_with_its_day_and_stages_may_be_skipped_and_gone_back_to(casework: Casework) -> None:
    gmc(casework)
    move(casework, "RULE-7", day(40))
    move(casework, "INVESTIGATION", day(60))
    move(casework, "RULE-7")
    assert line(casework) == [
        ("TRIAGE", BEGAN, day(40)),
        ("RULE-7", day(40), day(60)),
        ("INVESTIGATION", day(60), TODAY),
        ("RULE-7", TODAY, None),
    ]
    told = [row.text for row in rows(casework.database, Entry, kind=EntryKind.SYSTEM)]
    assert "now at Investigation since" in [text for text in told if text.startswith("GMC")][-2]
    assert_projected(casework)


def test_it_ends_on_the_day_told(casework: Casework) -> None:
    gmc(casework)
    move(casework, "RULE-8", day(80), ended=True)
    assert gmc(casework).ended_on == day(80)
    assert line(casework)[-1] == ("RULE-8", day(80), day(80))
    assert_projected(casework)


@pytest.mark.parametrize("count", [-1, 39, 91])
def test_no_move_before_it_can_have_come_or_in_the_future(casework: Casework, count: int) -> None:
    gmc(casework)
    move(casework, "INVESTIGATION", day(40))
    with refused(casework.database, "Since: ", field="since"):
        move(casework, "RULE-7", day(count))


def test_an_earlier_stage_is_told_later_and_may_move_the_beginning(casework: Casework) -> None:
    gmc(casework)
    move(casework, "INVESTIGATION", day(40))
    fields: dict[str, Any] = {
        "case_process_id": gmc(casework).id,
        "stage": "PROV-ENQUIRY",
        "since": day(20),
        "until": day(30),
    }
    assert_recorded(casework, "add_process_stage", add_process_stage, **fields)
    assert line(casework) == [
        ("TRIAGE", BEGAN, day(20)),
        ("PROV-ENQUIRY", day(20), day(30)),
        ("INVESTIGATION", day(40), None),
    ]
    run(casework, add_process_stage, case_process_id=gmc(casework).id, stage="FIVE-YEAR", since=day(-50))
    assert gmc(casework).started_on == day(-50)
    assert gmc(casework).stage == "INVESTIGATION"
    assert_projected(casework)


def test_an_earlier_stage_is_earlier(casework: Casework) -> None:
    gmc(casework)
    move(casework, "INVESTIGATION", day(40))
    for changes, field in (
        ({"since": day(40)}, "since"),
        ({"since": TODAY + timedelta(days=1)}, "since"),
        ({"since": day(20), "until": day(19)}, "until"),
        ({"stage": "EXCL-FORMAL"}, "stage"),
        ({"case_process_id": 999_999}, "case_process_id"),
    ):
        fields: dict[str, Any] = {"case_process_id": gmc(casework).id, "stage": "RULE-4", "since": day(20)}
        with refused(casework.database, ".+", field=field):
            run(casework, add_process_stage, **(fields | changes))


def test_a_wrong_day_is_replaced_and_stays_on_show(casework: Casework) -> None:
    gmc(casework)
    move(casework, "INVESTIGATION", day(40))
    correct(casework, 2, day(35))
    assert line(casework) == [("TRIAGE", BEGAN, day(35)), ("INVESTIGATION", day(35), None)]
    old, new = (event for event in gmc(casework).events if event.number == 2)
    assert (old.since, old.edition, new.since, new.edition, new.by) == (day(40), 1, day(35), 2, "Vik")
    text = last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    assert "was recorded from" in text
    assert text.endswith("Misread")
    assert (last(casework.database, Correction).was or "").endswith(f"Investigation: from {day(40):%-d %B %Y}")
    with refused(casework.database, "fill this in", field="reason"):
        correct(casework, 2, day(36), seen_edition=2, reason=" ")
    with refused(casework.database, "changed this case", error=Stale):
        correct(casework, 2, day(36))
    # The first stage is where the process begins: corrected, it takes the beginning along.
    correct(casework, 1, day(-5))
    assert gmc(casework).started_on == day(-5)
    correct(casework, 1, day(3), seen_edition=2)
    assert gmc(casework).started_on == day(3)
    assert_projected(casework)


def test_where_it_is_is_never_changed_by_a_correction(casework: Casework) -> None:
    gmc(casework)
    move(casework, "INVESTIGATION", day(40))
    for number, changes, field in (
        (2, {"since": BEGAN - timedelta(days=1)}, "since"),
        (2, {"since": day(50), "until": day(60)}, "until"),
        (2, {"since": day(40), "withdrawn": True}, "withdrawn"),
        (2, {"since": day(40)}, "since"),
        (1, {"since": day(41)}, "since"),
        (9, {"since": day(1)}, "number"),
    ):
        with refused(casework.database, ".+", field=field):
            correct(casework, number, **changes)


def test_a_stage_noted_by_mistake_is_withdrawn(casework: Casework) -> None:
    gmc(casework)
    move(casework, "RULE-7", day(40))
    move(casework, "INVESTIGATION", day(50))
    correct(casework, 2, day(40), withdrawn=True)
    assert line(casework) == [("TRIAGE", BEGAN, day(50)), ("INVESTIGATION", day(50), None)]
    assert_projected(casework)


def test_an_exclusion_goes_on_beside_an_investigation_until_it_is_lifted(casework: Casework) -> None:
    [mhps] = facing(casework)
    run(casework, correct_process_stage, case_process_id=mhps.id, number=1, seen_edition=1, since=BEGAN, reason="x")
    run(casework, move_process, case_process_id=mhps.id, stage="EXCL-FORMAL", since=day(20))
    fields: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
    run(casework, add_deadline, **fields, rule="MHPS-EXCL-FORMAL-4W", trigger_on=TODAY, case_process_id=mhps.id)
    run(casework, move_process, case_process_id=mhps.id, stage="INVESTIGATION", since=day(60), keep_reviews=True)

    def beside() -> list[tuple[str, bool, date | None]]:
        return [(spell.stage, spell.beside, spell.until) for spell in spells(facing(casework)[0].events, None)]

    assert beside() == [("SCREEN", False, day(20)), ("EXCL-FORMAL", True, None), ("INVESTIGATION", False, None)]
    review = last(casework.database, Deadline)
    run(casework, end_reviews, deadline_id=review.id, lifted_on=TODAY)
    assert beside()[1] == ("EXCL-FORMAL", True, TODAY)
    assert_projected(casework)


def test_gone_back_to_it_no_longer_runs_beside(casework: Casework) -> None:
    gmc(casework)
    move(casework, "IOT-REFERRAL", day(10))
    move(casework, "INVESTIGATION", day(20), keep_reviews=True)
    move(casework, "IOT-REFERRAL", day(30))
    assert line(casework)[1:] == [
        ("IOT-REFERRAL", day(10), day(30)),
        ("INVESTIGATION", day(20), day(30)),
        ("IOT-REFERRAL", day(30), None),
    ]


def test_of_two_corrections_at_once_one_is_told(casework: Casework) -> None:
    gmc(casework)
    move(casework, "INVESTIGATION", day(40))
    chosen = gmc(casework).id

    def to(count: int) -> Any:
        return lambda session: correct_process_stage(
            session,
            actor_id=casework.lead,
            reference=casework.reference,
            case_process_id=chosen,
            number=2,
            seen_edition=1,
            since=day(count),
            reason="x",
        )

    assert at_once(casework.database, to(41), to(42)) is not None
    assert line(casework)[-1][1] == day(41)


def test_the_database_itself_keeps_one_of_each_edition(casework: Casework) -> None:
    event = rows(casework.database, ProcessEvent)[0]
    again = {name: getattr(event, name) for name in ("case_process_id", "number", "stage", "since", "is_exact", "at")}
    for wrong in ({"edition": 1}, {"edition": 0}, {"edition": 2, "until": event.since - timedelta(days=1)}):
        with pytest.raises(IntegrityError), casework.database.engine.begin() as connection:
            connection.execute(insert(ProcessEvent).values(**(again | wrong)))


def test_only_the_team_and_leads_tell_and_read(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = gmc(casework).id
    move(casework, "INVESTIGATION", day(40))
    earlier: dict[str, Any] = {"case_process_id": mine, "stage": "RULE-4", "since": day(1)}
    fixed: dict[str, Any] = {"case_process_id": mine, "number": 1, "seen_edition": 1, "since": day(1), "reason": "x"}
    for command, fields in ((add_process_stage, earlier), (correct_process_stage, fixed)):
        assert_for_the_team_only(casework, command, **fields)
        assert_all_or_nothing(casework, monkeypatch, command, **fields)
    for who in ("off_case", "in_conflict", "observer"):
        assert facing(casework, who) == []
    assert facing(casework, "lead") == facing(casework)


def test_the_number_of_statements_is_fixed(casework: Casework) -> None:
    gmc(casework)
    who = viewer(casework, "on_case")
    with casework.database.read() as session, statements(casework.database) as sent:
        pathways(session, who, casework.reference)
    assert len(sent) == 3
