"""`python -m tests.browser.meeting_walk`: the chair walks an agenda of twenty cases on demonstration data, and decides
each by the commonest decision, to keep going with a new day. Prints presses and seconds; no test of the suite."""

import re
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from db import clock
from db.access import viewer_of
from db.commands.meetings import remove_item
from db.models import MeetingNote
from db.queries.meetings import MeetingView, next_meeting
from tests.browser.chromium import find_or_get_chromium, launch_flags
from tests.browser.server import COOKIE, Server, running_server
from tests.browser.tab import Tab

CASES, ITEMS = 300, 20
WEEK, DAY = timedelta(days=7), timedelta(days=1)
COUNT = "window.presses = 0; addEventListener('pointerdown', () => window.presses++, true)"


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_server(Path(folder) / "walk", cases=CASES) as server,
    ):
        meeting = _shortened(server)
        browser = playwright.chromium.launch(executable_path=find_or_get_chromium(), args=launch_flags())
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        context.add_init_script(COUNT)
        context.add_cookies([{"name": COOKIE, "value": server.cookie_of("lead"), "url": server.url}])
        tab = Tab(context.new_page(), server.url)
        tab.open("/meeting")
        tab.expand("Begin the meeting")
        tab.press("Begin")
        presses, seconds = _walk(tab)
        browser.close()
        with server.database.read() as session:
            decided = session.query(MeetingNote).filter_by(meeting_id=meeting.id, decision="keep_going").count()
    assert decided == ITEMS, f"{decided} decisions were recorded"
    told = f"{ITEMS} items decided: {sum(presses)} presses, {max(presses)} an item at the most, {seconds:.1f} seconds."
    sys.stdout.write(f"{told}\n")
    return 0


def _shortened(server: Server) -> MeetingView:
    """The demonstration's next meeting with twenty cases that have a next action, and nothing else."""
    lead = server.id_of("lead")
    with server.database.write() as session:
        view = next_meeting(session, viewer_of(session, lead))
        assert view is not None
        kept = [item.id for item in view.items if item.about and item.about.next_action][:ITEMS]
        for item in view.items:
            if item.id not in kept:
                about = {"meeting_id": view.id, "item_id": item.id}
                remove_item(session, actor_id=lead, reason="Not for this walk", **about)
    assert len(kept) == ITEMS
    return view


def _walk(tab: Tab) -> tuple[list[int], float]:
    """Presses for each item, going on to the next included, and seconds from the first press to the last change."""
    screen = tab.main.get_by_role("region", name="Item under discussion")
    began = time.monotonic()
    screen.get_by_role("button", name="Next", exact=True).click()
    presses = []
    for number in range(1, ITEMS + 1):
        expect(screen).to_contain_text(f"Item {number} of {ITEMS}")
        before = _presses(tab)
        # By turns the week that is offered, and a day of the calendar.
        if number % 2 == 0:
            _another_day(tab)
        tab.press("Save and next" if number < ITEMS else "Save decision")
        presses.append(_presses(tab) - before)
    expect(screen).to_contain_text("Keep going.")
    return presses, time.monotonic() - began


def _presses(tab: Tab) -> int:
    return int(tab.page.evaluate("window.presses"))


def _another_day(tab: Tab) -> None:
    offered = clock.today() + WEEK
    wanted = offered + DAY if (offered + DAY).month == offered.month else offered - DAY
    tab.main.get_by_role("button", name="Choose date").click()
    with tab.rerun():
        tab.page.get_by_role("button", name=re.compile(rf"{wanted:%A}.*\b{wanted.day} {wanted:%B}")).click()


if __name__ == "__main__":
    sys.exit(main())
