"""The inbox: what others did on one's cases since one has had a place, and nothing from behind a wall."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import AssignmentRole, EntryKind, Role, YesNo
from db.commands.action_offers import answer_action_offer, offer_action, take_back_action
from db.commands.actions import add_action
from db.commands.assignments import answer_offer, offer_case
from db.commands.conflicts import see_bodies
from db.commands.entries import add_entry
from db.commands.flags import raise_flag
from db.commands.recusals import recuse
from db.commands.reminders import mark_read
from db.models import Action, ActionOffer, Assignment, Audit, Case, Reminders
from db.queries.case_detail import case_detail
from db.queries.inbox import Notice, inbox
from db.queries.wall import wall_of
from db.rules.limits import Limits
from tests.db.helpers import last, run, viewer
from tests.factories import Casework, give_second, make_case, make_volunteer

TODAY = clock.today()
HAS_CONFLICT = {"accept": False, "has_conflict": True}
FLAG: dict[str, Any] = {"code": "HOME", "why": "Far from family", "review_on": clock.today() + timedelta(days=7)}


def of(casework: Casework, who: str, seen: int = 0) -> list[Notice]:
    with casework.database.read() as session:
        return inbox(session, viewer(casework, who), seen)


def actions(casework: Casework, who: str) -> list[str]:
    return [notice.action for notice in of(casework, who)]


def test_what_others_do_on_ones_case_is_told_newest_first(casework: Casework) -> None:
    before = actions(casework, "on_case")
    run(casework, raise_flag, casework.lead, **FLAG)
    run(casework, add_entry, casework.lead, kind=EntryKind.NOTE, text="Some words")
    run(casework, add_entry, casework.on_case, kind=EntryKind.NOTE, text="My own")
    assert actions(casework, "on_case") == ["add_entry", "raise_flag", *before]
    newest = of(casework, "on_case")[0]
    assert (newest.who, newest.reference, newest.is_new) == ("Lena", casework.reference, True)


def test_what_was_before_ones_place_is_history_not_news(casework: Casework) -> None:
    assert "open_case" not in actions(casework, "on_case")


def test_a_large_import_empties_no_inbox(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does it push older notices out, nor are leads told of each of its cases."""
    monkeypatch.setattr("db.queries.inbox.NEWEST", 10)
    run(casework, raise_flag, casework.lead, **FLAG)
    with casework.database.write() as session:
        importer = make_volunteer(session, "ivor", Role.LEAD)
    told = {who: actions(casework, who) for who in ("on_case", "lead")}
    assert "raise_flag" in told["on_case"]
    with casework.database.write() as session:
        for number in range(8):
            other = {"name": f"Doctor {chr(65 + number) * 9}", "contact": f"{number}@example.org"}
            made = make_case(session, actor_id=importer, body=casework.other_body, **other)
            session.execute(update(Case).where(Case.reference == made).values(source_key=str(number)))
    assert {who: actions(casework, who) for who in told} == told
    monkeypatch.setattr("db.queries.inbox.LONG", timedelta(0))
    assert "raise_flag" not in actions(casework, "on_case"), "never everything"


def test_what_is_not_told_does_not_crowd_out_what_is(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    run(casework, raise_flag, casework.lead, **FLAG)
    told = actions(casework, "on_case")
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org")
    # Offered a place there, one hears of the offer and of nothing else on that case.
    offer = {"volunteer_id": casework.on_case, "role": AssignmentRole.SECOND, "reason": "Room"}
    run(casework, offer_case, casework.lead, reference=other, **offer)
    for number in range(5):
        run(casework, add_entry, casework.lead, reference=other, kind=EntryKind.NOTE, text=f"Line {number}")
    monkeypatch.setattr("db.queries.inbox.AT_ONCE", 2)
    assert actions(casework, "on_case") == ["offer_case", *told]
    monkeypatch.setattr("db.queries.inbox.LOOKED_AT", 1)
    assert actions(casework, "on_case") == ["offer_case"]


def test_an_offer_is_told_to_whoever_it_is_made_to_and_nothing_else_of_the_case(casework: Casework) -> None:
    run(casework, raise_flag, casework.lead, **FLAG)
    run(casework, offer_case, casework.lead, volunteer_id=casework.off_case, role=AssignmentRole.SECOND, reason="Room")
    [offer] = of(casework, "off_case")
    assert (offer.action, offer.is_mine, offer.about) == ("offer_case", True, "Uma")


def test_leads_hear_of_new_cases_and_every_crisis(casework: Casework) -> None:
    with casework.database.write() as session:
        make_case(
            session,
            actor_id=casework.on_case,
            body=casework.other_body,
            contact="n@example.org",
            immediate_danger=YesNo.NO,
        )
    run(casework, raise_flag, casework.on_case, **FLAG)
    run(casework, raise_flag, casework.on_case, **FLAG | {"code": "CRISIS"})
    run(casework, raise_flag, casework.on_case, **FLAG | {"code": "PSAFE"})
    assert actions(casework, "lead")[:3] == ["raise_flag", "raise_flag", "open_case"]
    assert [notice.details["code"] for notice in of(casework, "lead")[:2]] == ["PSAFE", "CRISIS"]


@pytest.mark.parametrize("answer", [{"accept": True, "no_conflict": True}, {"accept": False}, HAS_CONFLICT])
def test_what_is_said_with_an_answer_reaches_leads_and_nobody_else(casework: Casework, answer: dict[str, Any]) -> None:
    offer: dict[str, Any] = {"volunteer_id": casework.off_case, "role": AssignmentRole.SECOND, "reason": "Room"}
    run(casework, offer_case, casework.lead, **offer)
    made = last(casework.database, Assignment).id
    run(casework, see_bodies, casework.off_case)
    run(casework, answer_offer, casework.off_case, assignment_id=made, reason="From Monday on", **answer)
    assert [notice.said for notice in of(casework, "lead")].count("From Monday on") == 1
    assert "answer_offer" in actions(casework, "on_case") or answer is HAS_CONFLICT
    for who in ("on_case", "off_case", "in_conflict", "observer"):
        assert {notice.said for notice in of(casework, who)} <= {""}
    with casework.database.read() as session:
        for who, words in (("lead", "From Monday on"), ("on_case", "")):
            case = case_detail(session, viewer(casework, who), casework.reference, TODAY, Limits())
            assert [place.answer for place in case.places if place.volunteer_id == casework.off_case] == [words]


def test_what_is_said_with_a_declined_action_reaches_whoever_asked(casework: Casework) -> None:
    run(casework, add_action, next_action="Ring HR", action_owner_id=casework.on_case, action_due_on=TODAY)
    action = last(casework.database, Action).id
    run(casework, offer_action, action_id=action, to_id=casework.lead)
    offer = last(casework.database, ActionOffer).id
    run(casework, answer_action_offer, casework.lead, action_offer_id=offer, accept=False, reason="On nights")
    told = of(casework, "on_case")[0]
    assert (told.action, told.said) == ("answer_action_offer", "On nights")
    # Taken back is not an answer.
    run(casework, offer_action, action_id=action, to_id=casework.lead)
    run(casework, take_back_action, action_id=action)
    assert "Taken back." not in [notice.said for notice in of(casework, "lead")]


def test_why_somebody_stepped_back_reaches_leads_and_not_the_team(casework: Casework) -> None:
    with casework.database.write() as session:
        give_second(session, casework)
    run(casework, recuse, casework.on_case, volunteer_id=casework.on_case, reason="She taught me")
    told = {who: {row.action: row.said for row in of(casework, who)} for who in ("off_case", "on_case")}
    assert told["off_case"]["recuse"] == ""
    assert told["on_case"] == {}
    with casework.database.read() as session:
        [left] = wall_of(session, viewer(casework, "lead"), casework.reference, TODAY).stepped_back
        assert (left.name, left.why) == ("Vik", "She taught me")
        assert wall_of(session, viewer(casework, "off_case"), casework.reference, TODAY).stepped_back == ()


@pytest.mark.parametrize("who", ["in_conflict", "off_case", "observer"])
def test_nobody_else_is_told_anything(casework: Casework, who: str) -> None:
    run(casework, raise_flag, casework.on_case, **FLAG | {"code": "CRISIS"})
    assert of(casework, who) == []


def test_behind_the_wall_ones_own_case_is_silent_from_then_on(casework: Casework) -> None:
    run(casework, raise_flag, casework.lead, **FLAG)
    run(casework, recuse, casework.on_case, volunteer_id=casework.on_case, reason="Knows the doctor")
    assert of(casework, "on_case") == []


def test_marked_as_read_it_is_no_longer_new_and_no_mark_goes_back(casework: Casework) -> None:
    run(casework, raise_flag, casework.lead, **FLAG)
    newest = of(casework, "on_case")[0].id
    for seen in (newest, 0, 10**9):
        with casework.database.log() as session:
            mark_read(session, actor_id=casework.on_case, seen_audit_id=seen)
    with casework.database.read() as session:
        mark = session.get_one(Reminders, casework.on_case).seen_audit_id
    assert mark == last(casework.database, Audit).id
    assert not any(notice.is_new for notice in of(casework, "on_case", mark))
    run(casework, add_entry, casework.lead, kind=EntryKind.NOTE, text="Some words")
    assert [notice.is_new for notice in of(casework, "on_case", mark)][:2] == [True, False]
