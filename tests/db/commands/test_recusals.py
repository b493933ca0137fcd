"""Recusal: the person leaves the case at once, whatever their role, and nothing of theirs stays on it."""

from typing import Any

import pytest

from db import clock
from db.choices import AssignmentStatus, EntryKind, Role
from db.commands.recusals import recuse
from db.errors import NotAllowed, NotFound
from db.models import Assignment, Audit, Entry, Recusal
from db.queries.case_detail import case_detail
from db.rules.limits import Limits
from tests.db.helpers import (
    HOSTILE,
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    barred,
    count,
    last,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, give_second, make_volunteer


def test_one_steps_back_from_a_case_oneself(casework: Casework) -> None:
    version = the_case(casework).version
    assert_recorded(casework, "recuse", recuse, volunteer_id=casework.on_case, reason="She taught me")
    row = last(casework.database, Recusal)
    assert (row.volunteer_id, row.reason) == (casework.on_case, "She taught me")
    place = last(casework.database, Assignment, volunteer_id=casework.on_case)
    assert (place.status, place.ended_reason) == (AssignmentStatus.ENDED, "Stepped back")
    case = the_case(casework)
    assert case.lead_id is None
    assert case.version > version
    told = last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    assert told == "Vik has a conflict of interest, and can no longer see this case."
    with casework.database.read() as session, pytest.raises(NotFound):
        case_detail(session, viewer(casework, "on_case"), casework.reference, clock.today(), Limits())


def test_a_lead_recuses_anybody_themselves_included(casework: Casework) -> None:
    with casework.database.write() as session:
        make_volunteer(session, "lea", Role.LEAD)
    for person in (casework.off_case, casework.lead):
        run(casework, recuse, casework.lead, volunteer_id=person, reason="Kin")
    with refused(casework.database, "Not found", error=NotFound):
        run(casework, recuse, casework.lead, volunteer_id=casework.on_case, reason="Kin")


def test_the_last_lead_who_may_see_a_case_steps_back_at_once_and_the_operator_is_told(
    casework: Casework, caplog: pytest.LogCaptureFixture
) -> None:
    run(casework, recuse, casework.lead, volunteer_id=casework.lead, reason="Kin")
    assert barred(casework, casework.lead)
    assert "no lead who may see it" in caplog.text


def test_oneself_needs_no_reason_and_somebody_else_does(casework: Casework) -> None:
    run(casework, recuse, volunteer_id=casework.on_case, reason="")
    with refused(casework.database, "Reason: please fill this in", field="reason"):
        run(casework, recuse, casework.lead, volunteer_id=casework.off_case, reason=" ")


def test_the_reason_is_on_no_line_that_the_team_reads(casework: Casework) -> None:
    run(casework, recuse, casework.lead, volunteer_id=casework.off_case, reason="Their sister")
    lines = [row.text for row in rows(casework.database, Entry)] + [
        str(row.details) for row in rows(casework.database, Audit)
    ]
    assert not any("sister" in line for line in lines)


def test_a_second_volunteer_and_an_offer_leave_too(casework: Casework) -> None:
    with casework.database.write() as session:
        give_second(session, casework)
    run(casework, recuse, casework.lead, volunteer_id=casework.off_case, reason="Kin")
    statuses = {row.volunteer_id: row.status for row in rows(casework.database, Assignment)}
    assert statuses == {casework.on_case: AssignmentStatus.ACCEPTED, casework.off_case: AssignmentStatus.ENDED}


def test_a_volunteer_recuses_nobody_else(casework: Casework) -> None:
    with refused(casework.database, "Only a lead", error=NotAllowed):
        run(casework, recuse, volunteer_id=casework.off_case, reason="Rival")


def test_nobody_unknown_nobody_twice_and_not_without_a_reason(casework: Casework) -> None:
    with refused(casework.database, "choose from the list", field="volunteer_id"):
        run(casework, recuse, casework.lead, volunteer_id=999_999, reason="Kin")
    with refused(casework.database, "fill this in", field="reason"):
        run(casework, recuse, casework.lead, volunteer_id=casework.off_case, reason=" ")
    run(casework, recuse, casework.lead, volunteer_id=casework.off_case, reason="Kin")
    with refused(casework.database, "already", field="volunteer_id"):
        run(casework, recuse, casework.lead, volunteer_id=casework.off_case, reason="Kin")


def test_recused_by_two_at_once_it_is_recorded_once(casework: Casework) -> None:
    def go(session: Any) -> None:
        recuse(
            session, actor_id=casework.lead, reference=casework.reference, volunteer_id=casework.off_case, reason="Kin"
        )

    refusal = at_once(casework.database, go, go)
    assert refusal is not None
    assert "already" in refusal.message
    assert count(casework.database, Recusal) == 1


def test_only_the_team_and_leads_may_recuse(casework: Casework) -> None:
    assert_for_the_team_only(casework, recuse, volunteer_id=casework.off_case, reason="Kin")


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, recuse, volunteer_id=casework.on_case, reason="Kin")


def test_hostile_text_is_kept_as_plain_text(casework: Casework) -> None:
    with casework.database.write() as session:
        people = iter([make_volunteer(session, f"person{n}") for n in range(len(HOSTILE))])
    assert_hostile_text_is_plain(
        casework,
        lambda words: run(casework, recuse, casework.lead, volunteer_id=next(people), reason=words),
        lambda: last(casework.database, Recusal).reason,
    )
