"""A whole meeting in four browsers: the chair, the note-taker, a volunteer, and a lead who may not hear of one case.
The server is killed in the middle."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import WebSocket, expect

from db import clock
from db.choices import ConsentPurpose
from db.commands.consents import record_consent
from db.commands.meetings import move_item, plan_meeting
from db.commands.recusals import recuse
from db.models import Case, MeetingItem, Volunteer
from tests.browser.conftest import CASES, Browsers, new_case
from tests.browser.server import Server, running_server, serving
from tests.browser.tab import Tab
from tests.factories import make_volunteer

SAID, AGREED = "They have the chronology now", "We go on as we are"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("meeting"), cases=CASES) as running:
        yield running


@pytest.fixture
def case(server: Server) -> Iterator[str]:
    with new_case(server) as reference:
        yield reference


@pytest.fixture
def meeting(server: Server, case: str) -> int:
    """For today, with the case first on its agenda; one of the leads stepped back from it."""
    lead, other = server.id_of("lead"), server.id_of("lead2")
    with server.database.write() as session:
        make_volunteer(session, "guest")
        record_consent(session, actor_id=lead, reference=case, purpose=ConsentPurpose.MEETING, given=True)
        recuse(session, actor_id=other, reference=case, volunteer_id=other, reason="A friend")
        people = [row.id for row in session.query(Volunteer).filter(Volunteer.username.in_(("guest", "lead2")))]
        held: dict[str, Any] = {"held_on": clock.today(), "chair_id": lead, "note_taker_id": server.id_of("volunteer")}
        made = plan_meeting(session, actor_id=lead, attendee_ids=people, **held)
        session.flush()
        items = session.query(MeetingItem).filter_by(meeting_id=made).order_by(MeetingItem.position).all()
        case_id = session.query(Case.id).filter_by(reference=case).scalar()
        mine = next(item for item in items if item.case_id == case_id)
        move_item(session, actor_id=lead, meeting_id=made, item_id=mine.id, before_id=items[0].id)
    return made


class Room:
    """Whoever is in the meeting, each with a browser of their own, and all that came over each line."""

    def __init__(self, server: Server, browsers: Browsers, stack: ExitStack) -> None:
        self.wire: dict[str, bytes] = {}
        self.tabs: dict[str, Tab] = {}
        for who in ("lead", "volunteer", "guest", "lead2"):
            tab = stack.enter_context(browsers.tab(server.url, cookie=server.cookie_of(who)))
            self.wire[who] = b""
            tab.page.on("websocket", partial(self._listen, who))
            tab.open("/meeting")
            self.tabs[who] = tab

    def _listen(self, who: str, socket: WebSocket) -> None:
        def note(frame: str | bytes) -> None:
            self.wire[who] += frame.encode() if isinstance(frame, str) else frame

        socket.on("framereceived", note)

    def see(self, words: str, *, but: str = "") -> None:
        """On each screen but one."""
        for who, tab in self.tabs.items():
            shown = tab.main.get_by_role("region", name="Item under discussion")
            expect(shown).to_contain_text(words) if who != but else expect(shown).not_to_contain_text(words)


@pytest.mark.usefixtures("meeting")
def test_a_whole_meeting_though_the_server_is_killed_in_the_middle(
    server: Server, browsers: Browsers, case: str
) -> None:
    with ExitStack() as stack:
        room = Room(server, browsers, stack)
        chair, notes = room.tabs["lead"], room.tabs["volunteer"]
        begin(chair, case)
        room.see(f"Meeting of {clock.today():%-d %b %Y}")
        press_on_screen(chair, "Next")
        room.see(case, but="lead2")

        notes.fill("Discussion", SAID)
        notes.press("Write it down")
        room.see(SAID, but="lead2")
        chair.fill("Decided", AGREED)
        # The meeting goes on with the next server, where each of them is, with what they had typed.
        server.kill()
        port = urlsplit(server.url).port
        stack.enter_context(serving(server.log.parent, port=port or 0))
        expect(chair.main.get_by_role("textbox", name="Decided")).to_have_value(AGREED)
        for tab in room.tabs.values():
            expect(tab.page.locator('[data-testid="stApp"]')).to_have_attribute(
                "data-test-connection-state", "CONNECTED"
            )
        press(chair, "Save decision")
        room.see(AGREED, but="lead2")

        chair.expand("Close the meeting")
        expect(chair.main.get_by_text("Read back")).to_be_visible()
        press(chair, "Close the meeting")
        for tab in room.tabs.values():
            expect(tab.main.get_by_role("link", name="Minutes of").first).to_be_visible()
        link = chair.main.get_by_role("link", name="Minutes of").first.get_attribute("href") or ""
        for tab in room.tabs.values():
            tab.open(urlsplit(link).path + "?" + urlsplit(link).query)
        expect(chair.main).to_contain_text(AGREED)
        expect(room.tabs["lead2"].main).to_contain_text("You were out of the room")
        assert case not in room.tabs["lead2"].main.inner_text()
    for words in (case, SAID, AGREED):
        assert words.encode() not in room.wire["lead2"]
        assert words.encode() in room.wire["guest"]


def begin(chair: Tab, case: str) -> None:
    expect(chair.main).to_contain_text(case)
    chair.expand("Begin the meeting")
    chair.press("Begin")


def press_on_screen(tab: Tab, way: str) -> None:
    tab.main.get_by_role("region", name="Item under discussion").get_by_role("button", name=way, exact=True).click()


def press(tab: Tab, button: str) -> None:
    tab.button(button).click()
