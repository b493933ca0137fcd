"""One bad address is one person's: everybody else gets their digest, whatever comes before them."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from sqlalchemy import select

from db import clock
from db.cli import digests as cli
from db.commands.actions import add_action
from db.commands.reminders import set_digest
from db.errors import CommandRefused
from db.mail import MailSettings
from db.models import Digest, DigestState, Volunteer
from db.queries.home import my_attention
from db.rules.limits import Limits
from tests.factories import Casework, give_place, make_case, make_volunteer

TODAY = clock.today()
# As they stand in a record from before addresses were checked.
BAD = (
    "bb@",
    "zoë@example.org",
    "<",
    "not an address",
    "bb@example.org, dd@example.org",
    "bb@example.org\nBcc: x@y.org",
)
GOOD = ("first@example.org", "last@example.org")


class Server:
    """Takes every letter but those for the people named in `drops` (it hangs up) and in `refuses`."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.drops: set[str] = set()
        self.refuses: set[str] = set()

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.drops:
            server.transport.close()
        if address in self.refuses:
            return f"550 <{address}> unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.letters.append(envelope)
        return "250 OK"

    @property
    def reached(self) -> list[str]:
        return [address for letter in self.letters for address in letter.rcpt_tos]


class PlainController(Controller):
    """A server that takes no letters but ASCII ones for an address, as many do."""

    def factory(self) -> SMTP:
        return SMTP(self.handler, enable_SMTPUTF8=False, hostname="127.0.0.1")


@pytest.fixture
def server() -> Iterator[tuple[Server, MailSettings]]:
    handler = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = PlainController(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, MailSettings("127.0.0.1", port, "casework@example.org")
    controller.stop()


def wish(casework: Casework, *addresses: str) -> list[int]:
    """A volunteer for each address, with a case whose action is due and a wish for the daily e-mail."""
    people = []
    for number, address in enumerate(addresses):
        with casework.database.write() as session:
            person = make_volunteer(session, f"wisher{number}", email=address)
            reference = make_case(
                session, actor_id=casework.lead, body=casework.other_body, contact=f"d{number}@example.org"
            )
            give_place(session, lead=casework.lead, volunteer=person, reference=reference)
        with casework.database.write() as session:
            add_action(
                session,
                actor_id=person,
                reference=reference,
                next_action="Ring the union",
                action_owner_id=person,
                action_due_on=TODAY,
            )
            set_digest(session, actor_id=person, wants_digest=True)
        people.append(person)
    return people


def state_of(casework: Casework, person: int) -> DigestState | None:
    with casework.database.read() as session:
        return session.scalar(select(Digest.state).where(Digest.volunteer_id == person, Digest.day == TODAY))


def go(casework: Casework, settings: MailSettings) -> str:
    """One run of the command; what it refused with at the end, or nothing."""
    try:
        cli.send_and_tell(casework.database, settings, Limits(), "")
    except CommandRefused as refusal:
        return refusal.message
    return ""


@pytest.mark.parametrize("bad", BAD)
def test_after_a_bad_address_the_others_get_theirs(
    casework: Casework,
    server: tuple[Server, MailSettings],
    bad: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    box, settings = server
    _, faulty, _ = wish(casework, GOOD[0], bad, GOOD[1])
    said = go(casework, settings)
    assert box.reached == list(GOOD)
    assert "wisher1" in said
    assert "\n" not in said
    assert bad not in said + capsys.readouterr().out
    assert state_of(casework, faulty) is None


def test_once_mended_the_next_run_sends_that_one_alone(casework: Casework, server: tuple[Server, MailSettings]) -> None:
    box, settings = server
    _, faulty, _ = wish(casework, GOOD[0], "bb@", GOOD[1])
    assert go(casework, settings)
    with casework.database.write() as session:
        session.get_one(Volunteer, faulty).email = "mended@example.org"
    assert go(casework, settings) == ""
    assert box.reached == [*GOOD, "mended@example.org"]
    assert state_of(casework, faulty) is DigestState.SENT


def test_a_server_that_refuses_or_hangs_up_on_one_serves_the_rest(
    casework: Casework,
    server: tuple[Server, MailSettings],
    capsys: pytest.CaptureFixture[str],
) -> None:
    box, settings = server
    refused, dropped, _ = wish(casework, "no@example.org", "drop@example.org", GOOD[1])
    box.refuses, box.drops = {"no@example.org"}, {"drop@example.org"}
    said = go(casework, settings)
    assert box.reached == [GOOD[1]]
    assert "wisher0" in said
    assert "wisher1" in said
    assert "no@example.org" not in said + capsys.readouterr().out
    assert state_of(casework, refused) is None
    # Nobody can know what a server that hung up did with it: it is not sent twice.
    assert state_of(casework, dropped) is DigestState.CLAIMED


def test_a_bug_with_one_person_s_list_leaves_the_others_theirs(
    casework: Casework, server: tuple[Server, MailSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, settings = server
    first, _ = wish(casework, *GOOD)
    true_lines = my_attention

    def breaks(session: Any, viewer: Any, *rest: Any) -> Any:
        if viewer.id == first:
            raise LookupError("words of a case")
        return true_lines(session, viewer, *rest)

    monkeypatch.setattr("db.cli.digests.my_attention", breaks)
    said = go(casework, settings)
    assert box.reached == [GOOD[1]]
    assert "wisher0" in said
    assert "LookupError" in said
    assert "words of a case" not in said
    assert state_of(casework, first) is None
