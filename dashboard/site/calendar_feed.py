"""A person's calendar at a secret address: references, rule names, kinds of outputs and days, for any calendar app."""

from datetime import timedelta
from typing import TYPE_CHECKING

import icalendar

from dashboard.settings import Settings
from db import clock
from db.choices import Whose
from db.queries.calendar import Item as CalendarItem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

PATH = "/calendar/{token}.ics"
NAME = "Learn Not Blame"
WORKING_DATE = "Working date: confirm with the BMA, an MDO or a solicitor."
WHOSE = {Whose.OURS: "", Whose.BODY: " (theirs)", Whose.WINDOW: " (this time ends)"}
AGAIN_AFTER = timedelta(hours=1)


def routes(settings: Settings) -> "list[Route]":
    """An address for each person who made one. Any other answers “Not found.”, whatever the reason."""
    from anyio import to_thread
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def feed(request: "Request") -> "Response":
        from dashboard import store

        items = await to_thread.run_sync(store.calendar_items, request.path_params["token"])
        if items is None:
            return PlainTextResponse("Not found.", 404)
        content = as_ical(items, settings.public_url)
        return Response(content, media_type="text/calendar; charset=utf-8", headers={"cache-control": "no-store"})

    return [Route(PATH, feed, methods=["GET"])]


def address(settings: Settings, token: str) -> str:
    """Where a calendar app finds it; without a public address, on this machine only."""
    return (settings.public_url or "http://localhost:8501") + PATH.format(token=token)


def as_ical(items: list[CalendarItem], public_url: str) -> bytes:
    """All-day events. Each keeps its id from one reading to the next, so that a changed date moves it."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Learn Not Blame//Casework//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", NAME)
    calendar.add("refresh-interval", AGAIN_AFTER, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for item in items:
        calendar.add_component(_event(item, public_url))
    content: bytes = calendar.to_ical()
    return content


def _event(item: CalendarItem, public_url: str) -> icalendar.Event:
    event = icalendar.Event()
    whose = WHOSE[item.whose]
    event.add("uid", f"{item.name}@learn-not-blame")
    event.add("dtstamp", clock.now())
    event.add("dtstart", item.day)
    event.add("dtend", item.day + timedelta(days=1))
    event.add("summary", f"{item.reference}: {item.label}{whose}" if item.reference else item.label)
    if not item.sure:
        event.add("description", WORKING_DATE)
    if public_url:
        page = f"case?ref={item.reference}" if item.reference else f"learning?output={item.name}"
        event.add("url", f"{public_url}/{page}")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event
