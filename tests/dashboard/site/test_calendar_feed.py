"""The calendar feed: a valid calendar at a secret address, and the same "Not found." everywhere else."""

from datetime import date, timedelta
from typing import Any

import icalendar
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.settings import settings
from dashboard.site import calendar_feed
from db import clock
from db.choices import Whose
from db.commands.reminders import make_calendar
from db.commands.waiting import begin_waiting
from db.queries.calendar import Item
from tests.factories import Casework

DAY = date(2026, 12, 1)
ITEMS = [
    Item("deadline", "aaaa7", "LNB-7K3M9Q", DAY, "Rule 7 response", whose=Whose.OURS, sure=False),
    Item("deadline", "aaaa8", "LNB-7K3M9Q", DAY, "Access request: answer due", whose=Whose.BODY, sure=True),
    Item("deadline", "aaaa9", "LNB-7K3M9Q", DAY, "GMC's appeal to the court", whose=Whose.WINDOW, sure=True),
]


def events(content: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def test_each_date_is_a_whole_day_with_its_rule_and_whether_it_is_sure() -> None:
    ours, theirs, window = events(calendar_feed.as_ical(ITEMS, "https://casework.example.org"))
    assert (ours["summary"], theirs["summary"]) == (
        "LNB-7K3M9Q: Rule 7 response",
        "LNB-7K3M9Q: Access request: answer due (theirs)",
    )
    assert window["summary"] == "LNB-7K3M9Q: GMC's appeal to the court (this time ends)"
    assert (ours.decoded("dtstart"), ours.decoded("dtend")) == (DAY, DAY + timedelta(days=1))
    assert ours["description"] == "Working date: confirm with the BMA, an MDO or a solicitor."
    assert "description" not in theirs
    assert ours["url"] == "https://casework.example.org/case?ref=LNB-7K3M9Q"
    assert (ours["class"], ours["uid"]) == ("PRIVATE", "aaaa7@learn-not-blame")


def test_an_output_is_named_by_its_kind_and_opens_on_its_page() -> None:
    item = Item("output", "cccc1", "", DAY, "Briefing due", whose=Whose.OURS, sure=True)
    [event] = events(calendar_feed.as_ical([item], "https://casework.example.org"))
    assert (event["summary"], event["url"]) == ("Briefing due", "https://casework.example.org/learning?output=cccc1")


def test_a_moved_date_keeps_its_name_so_that_calendars_move_it() -> None:
    [before] = events(calendar_feed.as_ical(ITEMS[:1], ""))
    moved = Item(
        "deadline", "aaaa7", "LNB-7K3M9Q", DAY + timedelta(days=7), "Rule 7 response", whose=Whose.OURS, sure=True
    )
    [after] = events(calendar_feed.as_ical([moved], ""))
    assert before["uid"] == after["uid"]
    assert before.decoded("dtstart") != after.decoded("dtstart")
    assert "url" not in after


def test_a_label_cannot_break_out_of_its_line() -> None:
    hostile = Item(
        "chase", "bbbb1", "LNB-7K3M9Q", DAY, "x\r\nATTENDEE:mailto:a@example.org", whose=Whose.OURS, sure=True
    )
    [event] = events(calendar_feed.as_ical([hostile], ""))
    assert "attendee" not in event


def test_the_address_serves_its_person_and_any_other_is_not_found(app_casework: Casework) -> None:
    with app_casework.database.write() as session:
        token = make_calendar(session, actor_id=app_casework.on_case)
        begin_waiting(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            on_whom="HR",
            chase_on=clock.today(),
        )
    client = TestClient(Starlette(routes=list(calendar_feed.routes(settings()))))
    answer = client.get(f"/calendar/{token}.ics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert f"{app_casework.reference}: Follow-up" in [str(event["summary"]) for event in events(answer.content)]
    answers = [client.get(f"/calendar/{wrong}.ics") for wrong in (f"{token}x", "%00", "x" * 5000)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, "Not found.")}
    assert calendar_feed.address(settings(), token).endswith(f"/calendar/{token}.ics")
