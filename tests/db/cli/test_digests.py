"""The daily digest: against a mail server of this machine; references and dates only, once a day whatever restarts."""

import smtplib
import socket
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from db import clock, mail
from db.choices import DeadlineKind, Whose
from db.cli.digests import send, send_and_tell
from db.commands import digests
from db.commands.deadlines import add_deadline
from db.commands.reminders import set_digest
from db.engine import Database
from db.errors import CommandRefused
from db.mail import MailSettings
from db.models import Digest, DigestState, Volunteer
from db.rules.limits import Limits
from tests.db.helpers import at_once, run
from tests.factories import Casework

TODAY = clock.today()
SECRET = "Letter to Dr Secret"


class Server:
    """Takes every letter, or refuses them all."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.refuses = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.refuses:
            return "554 No"
        self.letters.append(envelope)
        return "250 OK"

    @property
    def texts(self) -> list[str]:
        return [letter.content.decode() for letter in self.letters]


@pytest.fixture
def server() -> Iterator[tuple[Server, MailSettings]]:
    handler = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, MailSettings("127.0.0.1", port, "casework@example.org")
    controller.stop()


@pytest.fixture
def wishing(casework: Casework) -> Casework:
    with casework.database.write() as session:
        session.get_one(Volunteer, casework.on_case).email = "vik@example.org"
    with casework.database.write() as session:
        set_digest(session, actor_id=casework.on_case, wants_digest=True)
    run(
        casework, add_deadline, name=SECRET, due_on=TODAY + timedelta(days=3), kind=DeadlineKind.LOCAL, whose=Whose.OURS
    )
    return casework


def go(casework: Casework, settings: MailSettings, day: date = TODAY) -> list[str]:
    return send(casework.database, settings, Limits(), "https://casework.example.org", day).lines


def states(database: Database) -> list[DigestState]:
    with database.read() as session:
        return [row.state for row in session.query(Digest).order_by(Digest.day)]


def test_a_digest_has_references_and_dates_and_nothing_anybody_wrote(
    wishing: Casework, server: tuple[Server, MailSettings]
) -> None:
    box, settings = server
    assert go(wishing, settings) == ["1 sent."]
    [letter] = box.letters
    assert letter.rcpt_tos == ["vik@example.org"]
    [text] = box.texts
    assert f"Subject: Your list for {TODAY:%-d %B}" in text
    due = TODAY + timedelta(days=3)
    assert f"- {wishing.reference}: deadline, {due:%-d %B %Y}" in text
    assert "https://casework.example.org" in text
    for word in ("Secret", "Letter", "Example Acute", "Excluded"):
        assert word not in text


def test_once_a_day_whatever_restarts_and_again_the_next(
    wishing: Casework, server: tuple[Server, MailSettings]
) -> None:
    box, settings = server
    assert go(wishing, settings) == ["1 sent."]
    assert go(wishing, settings) == ["0 sent."]
    assert go(wishing, settings, TODAY + timedelta(days=1)) == ["1 sent."]
    assert len(box.letters) == 2


def test_of_two_runs_at_once_one_sends(wishing: Casework) -> None:
    claimed: list[bool] = []

    def claim(session: Any) -> None:
        claimed.append(digests.claim(session, volunteer_id=wishing.on_case, day=TODAY))

    assert at_once(wishing.database, claim, claim) is None
    assert sorted(claimed) == [False, True]


def test_a_run_that_died_half_way_is_said_and_not_sent_again(
    wishing: Casework, server: tuple[Server, MailSettings]
) -> None:
    box, settings = server
    with wishing.database.log() as session:
        assert digests.claim(session, volunteer_id=wishing.on_case, day=TODAY)
    assert go(wishing, settings)[-1].startswith("1 started earlier today and never finished")
    assert box.letters == []


def test_what_the_server_refuses_is_tried_again(wishing: Casework, server: tuple[Server, MailSettings]) -> None:
    box, settings = server
    box.refuses = True
    assert go(wishing, settings)[-1] == "1 not sent, will be tried again."
    box.refuses = False
    assert go(wishing, settings) == ["1 sent."]
    assert states(wishing.database) == [DigestState.SENT]


def test_a_server_that_does_not_answer_is_one_clear_line_and_loses_nothing(
    wishing: Casework, server: tuple[Server, MailSettings]
) -> None:
    _, settings = server
    with pytest.raises(CommandRefused, match="cannot be used: ConnectionRefusedError"):
        go(wishing, MailSettings("127.0.0.1", 1, "casework@example.org"))
    assert go(wishing, settings) == ["1 sent."]


def test_nobody_gets_one_who_did_not_ask_has_left_or_has_nothing(
    wishing: Casework, server: tuple[Server, MailSettings]
) -> None:
    box, settings = server
    with wishing.database.write() as session:
        other = session.get_one(Volunteer, wishing.off_case)
        other.email = "uma@example.org"
        session.get_one(Volunteer, wishing.on_case).active = False
    with wishing.database.write() as session:
        set_digest(session, actor_id=wishing.off_case, wants_digest=True)
    assert go(wishing, settings) == ["0 sent.", "1 not needed."]
    assert box.letters == []


def test_without_a_server_named_the_command_says_so(wishing: Casework, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandRefused, match="Set SMTP_HOST"):
        send_and_tell(wishing.database, None, Limits(), "")
    with wishing.database.write() as session:
        set_digest(session, actor_id=wishing.on_case, wants_digest=False)
    send_and_tell(wishing.database, MailSettings("127.0.0.1", 1, "a@example.org"), Limits(), "")
    assert capsys.readouterr().out == "0 sent.\n"


def test_a_password_travels_only_after_tls_and_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Recorder:
        def __init__(self, *_: Any, **__: Any) -> None: ...
        def __enter__(self) -> "Recorder":
            return self

        def __exit__(self, *_: object) -> None: ...
        def starttls(self, **_: Any) -> None:
            done.append("tls")

        def login(self, *_: str) -> None:
            done.append("login")

    monkeypatch.setattr(smtplib, "SMTP", Recorder)
    settings = MailSettings("mail.example.org", 587, "a@example.org", "u", "hidden")
    assert "hidden" not in repr(settings)
    with mail.connection(settings):
        assert done == ["tls", "login"]


def test_who_asked_for_quiet_is_written_to_about_limits_only(
    wishing: Casework, server: tuple[Server, MailSettings]
) -> None:
    box, settings = server
    with wishing.database.write() as session:
        session.get_one(Volunteer, wishing.on_case).quiet_until = TODAY + timedelta(days=2)
    assert go(wishing, settings) == ["1 sent."]
    [text] = box.texts
    assert ": deadline" in text
    assert ": action" not in text
