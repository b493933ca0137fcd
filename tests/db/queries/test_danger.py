"""Doctors at risk today: which flags, on which cases, in what order, and who acts."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.commands.flags import clear_flag, raise_flag
from db.commands.leave import add_leave
from db.commands.requests import ask_update
from db.models import Assignment, Case, Flag, Volunteer
from db.queries import danger
from db.queries.danger import Danger, in_danger
from tests.db.helpers import run, statements, viewer
from tests.factories import Casework, make_case

TODAY = clock.today()


def look(casework: Casework, who: str = "lead") -> Danger:
    with casework.database.read() as session:
        return in_danger(session, viewer(casework, who), TODAY)


def flag(casework: Casework, code: str = "CRISIS", days: int = 1, **about: Any) -> None:
    run(casework, raise_flag, casework.lead, code=code, why="Said so", review_on=TODAY + timedelta(days=days), **about)


def test_a_crisis_says_who_acts_and_since_when(casework: Casework) -> None:
    flag(casework)
    [one] = look(casework).first
    assert (one.reference, one.code, one.why, one.since) == (casework.reference, "CRISIS", "Said so", TODAY)
    assert (one.lead, one.away_until, one.cover, one.is_theirs, one.asked_on) == ("Vik", None, None, False, None)
    [own] = look(casework, "on_case").first
    assert own.is_theirs


def test_other_flags_and_what_is_over_are_not_there(casework: Casework) -> None:
    flag(casework, "MEDIA")
    flag(casework, "PSAFE")
    assert [one.code for one in look(casework).first] == ["PSAFE"]
    run(casework, clear_flag, code="PSAFE", why="Reported")
    flag(casework)
    with casework.database.write() as session:
        session.execute(update(Case).values(is_open=False))
    assert look(casework) == Danger((), 0)


@pytest.mark.parametrize("who", ["off_case", "in_conflict", "observer"])
def test_nobody_else_is_told(casework: Casework, who: str) -> None:
    before = look(casework, who)
    flag(casework)
    assert look(casework, who) == before == Danger((), 0)


def test_nobody_to_act_comes_first_then_the_day_to_look_again(casework: Casework) -> None:
    with casework.database.write() as session:
        others = [
            make_case(session, actor_id=casework.lead, body=casework.other_body, contact=f"{n}@example.org")
            for n in range(2)
        ]
    flag(casework, days=0)
    flag(casework, "PSAFE", days=4)
    flag(casework, days=9, reference=others[0])
    flag(casework, days=2, reference=others[1])
    newest_first = [(others[1], "CRISIS"), (others[0], "CRISIS"), (casework.reference, "PSAFE")]
    assert [(one.reference, one.code) for one in look(casework).first][:3] == newest_first
    with casework.database.write() as session:
        session.execute(update(Flag).values(set_at=clock.now() - timedelta(days=2)))
    order = [(one.reference, one.code) for one in look(casework).first]
    assert order == [
        (others[1], "CRISIS"),
        (others[0], "CRISIS"),
        (casework.reference, "CRISIS"),
        (casework.reference, "PSAFE"),
    ]


def test_a_new_flag_stands_before_those_that_leads_know_of(casework: Casework) -> None:
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org")
    flag(casework, reference=other, days=0)
    with casework.database.write() as session:
        session.execute(update(Flag).values(set_at=clock.now() - timedelta(days=2)))
    flag(casework, "PSAFE", days=3)
    assert [one.reference for one in look(casework).first] == [casework.reference, other]


def test_leave_its_cover_and_who_has_left(casework: Casework) -> None:
    flag(casework)
    back = TODAY + timedelta(days=2)
    with casework.database.write() as session:
        away: dict[str, Any] = {
            "volunteer_id": casework.on_case,
            "starts_on": TODAY,
            "ends_on": back,
            "cover_id": casework.off_case,
        }
        add_leave(session, actor_id=casework.on_case, **away)
    [one] = look(casework).first
    assert (one.lead, one.away_until, one.cover) == ("Vik", back, "Uma")
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.on_case).values(active=False))
    [one] = look(casework).first
    assert (one.lead, one.contact) == (None, None)


def test_an_interim_contact_and_a_request_are_told(casework: Casework) -> None:
    flag(casework)
    run(casework, ask_update, casework.lead, note="")
    [one] = look(casework).first
    assert one.asked_on == TODAY
    with casework.database.write() as session:
        session.execute(update(Assignment).values(role="interim"))
        session.execute(update(Case).values(lead_id=None))
    [one] = look(casework).first
    assert (one.lead, one.contact) == (None, "Vik")


def test_no_more_than_a_list_but_all_are_counted(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(danger, "MOST", 1)
    flag(casework)
    flag(casework, "PSAFE")
    with statements(casework.database) as sent:
        found = look(casework)
    assert (len(found.first), found.total) == (1, 2)
    assert len(sent) <= 2
