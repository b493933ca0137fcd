"""Emails to leads at once: who gets one, what they say, and that nothing of them is lost."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.alert_mail import SUBJECT, send_alerts
from db.choices import Role, YesNo
from db.cli.alerts import send_and_tell
from db.commands import alerts
from db.commands.alerts import MADE, claim_alerts
from db.commands.flags import raise_flag
from db.errors import CommandRefused
from db.mail import MailSettings
from db.models import Alert, Flag, Volunteer
from db.rules.safety import AlertState
from tests.db.cli.test_digests import Server, server
from tests.db.helpers import at_once, count, refused, rows, run
from tests.factories import Casework, make_case, make_volunteer

__all__ = ["server"]

SECRET = "Dr Secret said so"
FLAG: dict[str, Any] = {"code": "CRISIS", "why": SECRET, "review_on": clock.today()}
ADDRESS = "https://casework.example.org"
NOWHERE = MailSettings("127.0.0.1", 1, "casework@example.org")


@pytest.fixture
def work(casework: Casework) -> Casework:
    """Two leads who may see the case, and one who may not; all with addresses."""
    with casework.database.write() as session:
        make_volunteer(session, "lou", Role.LEAD)
        for who in session.query(Volunteer):
            who.email = f"{who.username}@example.org"
    return casework


def owed(work: Casework) -> list[str]:
    with work.database.read() as session:
        return sorted(
            session.get_one(Volunteer, row.volunteer_id).username
            for row in session.query(Alert)
            if row.state is AlertState.WAITING
        )


def told(server: Server) -> list[str]:
    return sorted(address for letter in server.letters for address in letter.rcpt_tos)


@pytest.mark.parametrize("code", ["CRISIS", "PSAFE"])
def test_every_lead_who_may_see_the_case_is_owed_one_and_a_barred_lead_none(work: Casework, code: str) -> None:
    run(work, raise_flag, **FLAG | {"code": code})
    assert owed(work) == ["lena", "lou"]


def test_other_flags_owe_nothing_and_whoever_raised_it_knows(work: Casework) -> None:
    run(work, raise_flag, **FLAG | {"code": "MEDIA"})
    assert owed(work) == []
    run(work, raise_flag, work.lead, **FLAG)
    assert owed(work) == ["lou"]


def test_a_new_case_with_danger_owes_them_after_its_walls_stand(work: Casework) -> None:
    with work.database.write() as session:
        make_case(session, actor_id=work.on_case, body=work.body, immediate_danger=YesNo.YES)
        assert session.info[MADE]
    assert owed(work) == ["lena", "lou"]


def test_the_letter_says_nothing_of_the_case_not_even_which(
    work: Casework, server: tuple[Server, MailSettings]
) -> None:
    handler, settings = server
    run(work, raise_flag, **FLAG)
    assert send_alerts(work.database, settings, ADDRESS).sent == 2
    assert told(handler) == ["lena@example.org", "lou@example.org"]
    for text in handler.texts:
        assert SUBJECT in text
        assert ADDRESS in text
        for hidden in (work.reference, work.reference[4:], "Secret", "Vik", "crisis", "Crisis", "EX001"):
            assert hidden not in text
    assert send_alerts(work.database, settings, ADDRESS).sent == 0
    assert {row.state for row in rows(work.database, Alert)} == {AlertState.SENT}


def test_two_flags_are_one_letter_to_each(work: Casework, server: tuple[Server, MailSettings]) -> None:
    run(work, raise_flag, **FLAG)
    run(work, raise_flag, **FLAG | {"code": "PSAFE"})
    assert send_alerts(work.database, server[1], "").sent == 2
    assert len(server[0].letters) == 2


def test_a_server_that_fails_loses_neither_flag_nor_letter(
    work: Casework, server: tuple[Server, MailSettings], capsys: pytest.CaptureFixture[str]
) -> None:
    run(work, raise_flag, **FLAG)
    done = send_alerts(work.database, NOWHERE, ADDRESS)
    assert (done.sent, len(done.problems)) == (0, 2)
    assert not any("@" in problem for problem in done.problems)
    server[0].refuses = True
    with pytest.raises(CommandRefused, match="will be tried again"):
        send_and_tell(work.database, server[1], ADDRESS)
    assert count(work.database, Flag) == 1
    assert owed(work) == ["lena", "lou"]
    server[0].refuses = False
    send_and_tell(work.database, server[1], ADDRESS)
    assert capsys.readouterr().out.endswith("2 sent.\n")
    with pytest.raises(CommandRefused, match="No mail server is set"):
        send_and_tell(work.database, None, "")


def test_who_has_left_leads_no_more_or_is_barred_by_now_gets_none(
    work: Casework, server: tuple[Server, MailSettings]
) -> None:
    run(work, raise_flag, **FLAG)
    with work.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.username == "lou").values(role=Role.VOLUNTEER))
        session.execute(update(Volunteer).where(Volunteer.username == "lena").values(email=None))
    assert send_alerts(work.database, server[1], "").sent == 0
    assert {row.state for row in rows(work.database, Alert)} == {AlertState.NOT_NEEDED}


def test_what_broke_off_half_way_is_sent_again(
    work: Casework, server: tuple[Server, MailSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(work, raise_flag, **FLAG)
    with work.database.log() as session:
        assert len(claim_alerts(session)) == 2
    assert send_alerts(work.database, server[1], "").sent == 0
    monkeypatch.setattr(alerts, "BROKEN_OFF", timedelta(seconds=-1))
    assert send_alerts(work.database, server[1], "").sent == 2


def test_of_two_runs_at_once_one_sends(work: Casework) -> None:
    run(work, raise_flag, **FLAG)
    taken: list[int] = []

    def claim(session: Any) -> None:
        taken.append(len(claim_alerts(session)))

    assert at_once(work.database, claim, claim) is None
    assert sorted(taken) == [0, 2]


def test_a_flag_that_is_taken_back_with_its_transaction_owes_nothing(work: Casework) -> None:
    with refused(work.database, "already raised"), work.database.write() as session:
        for _ in range(2):
            raise_flag(session, actor_id=work.on_case, reference=work.reference, **FLAG)
    assert count(work.database, Alert) == 0
