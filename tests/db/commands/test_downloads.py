"""Files asked for: by whom, for how long, once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import clock, downloads
from db.choices import AuditAction, DownloadKind, Role
from db.commands.accounts import end_sessions, start_session
from db.commands.downloads import LASTS, Asked, Fetched, ask_download, fetch_download
from db.errors import NotFound
from db.models import AccessLog, Audit, Download, SignInSession, Volunteer
from db.queries.downloads import still_waits
from db.rules.quarters import quarter_after, quarter_of
from tests.db.helpers import Clock, at_once, refused, rows, run
from tests.factories import Casework

PACK = {"period": quarter_of(clock.today()), "form": "docx"}


def sign_in(work: Casework, who: int) -> int:
    with work.database.log() as session:
        start_session(session, volunteer_id=who, device="test", days=1)
        return session.scalars(select(SignInSession.id).order_by(SignInSession.id.desc())).first() or 0


def ask(work: Casework, who: int, at: int, about: dict[str, str] | None = None) -> Asked:
    fields: dict[str, Any] = {"session_id": at, "kind": DownloadKind.LEADERSHIP, "about": about or PACK}
    asked: Asked = run(work, ask_download, who, **fields)
    return asked


def fetch(work: Casework, who: int, at: int, token: str) -> Fetched | None:
    with work.database.log() as session:
        return fetch_download(session, actor_id=who, session_id=at, token=token)


def waits(work: Casework, at: int, token: str) -> bool:
    with work.database.read() as session:
        return still_waits(session, at, token)


def test_it_is_fetched_once_and_both_presses_are_logged(casework: Casework) -> None:
    here = sign_in(casework, casework.lead)
    asked = ask(casework, casework.lead, here)
    [row] = rows(casework.database, Download)
    assert asked.token not in (row.token_hash, str(row.about))
    assert waits(casework, here, asked.token)
    assert fetch(casework, casework.lead, here, asked.token) == Fetched(DownloadKind.LEADERSHIP, PACK)
    assert rows(casework.database, Download) == []
    assert not waits(casework, here, asked.token)
    assert fetch(casework, casework.lead, here, asked.token) is None
    audited = [row for row in rows(casework.database, Audit) if row.action.endswith("_download")]
    assert [(row.action, row.actor_id) for row in audited] == [
        ("ask_download", casework.lead),
        ("fetch_download", casework.lead),
    ]
    assert audited[1].details == {"kind": "leadership", "about": PACK}
    [look] = rows(casework.database, AccessLog, action=AuditAction.DOWNLOAD)
    assert (look.actor_id, look.case_id, look.reason) == (casework.lead, None, "Leadership pack")


def test_nobody_else_and_no_other_browser_can_fetch_it_and_trying_uses_nothing_up(casework: Casework) -> None:
    here, elsewhere = sign_in(casework, casework.lead), sign_in(casework, casework.lead)
    theirs = sign_in(casework, casework.observer)
    asked = ask(casework, casework.lead, here)
    for who, at, token in (
        (casework.lead, elsewhere, asked.token),
        (casework.observer, theirs, asked.token),
        (casework.observer, here, asked.token),
        (casework.lead, here, asked.token + "x"),
        (casework.lead, here, ""),
        (casework.lead, here, "\x00"),
    ):
        assert fetch(casework, who, at, token) is None
    assert not waits(casework, elsewhere, asked.token)
    assert fetch(casework, casework.lead, here, asked.token) is not None


def test_two_minutes_later_it_is_gone_and_the_next_to_ask_clears_it_away(casework: Casework, time: Clock) -> None:
    here = sign_in(casework, casework.lead)
    asked = ask(casework, casework.lead, here)
    time.on(seconds=LASTS.total_seconds())
    assert not waits(casework, here, asked.token)
    assert fetch(casework, casework.lead, here, asked.token) is None
    ask(casework, casework.lead, here)
    assert len(rows(casework.database, Download)) == 1


def test_of_two_who_fetch_at_once_one_gets_it(casework: Casework) -> None:
    here = sign_in(casework, casework.lead)
    asked = ask(casework, casework.lead, here)
    got: list[Fetched | None] = []

    def once(session: Any) -> None:
        got.append(fetch_download(session, actor_id=casework.lead, session_id=here, token=asked.token))

    assert at_once(casework.database, once, once) is None
    assert sorted(each is None for each in got) == [False, True]
    assert len(rows(casework.database, Audit, action="fetch_download")) == 1


@pytest.mark.parametrize("lost", [{"role": Role.VOLUNTEER}, {"active": False}])
def test_who_may_no_longer_have_it_gets_nothing_and_the_address_is_used_up(
    casework: Casework, lost: dict[str, Any]
) -> None:
    here = sign_in(casework, casework.observer)
    asked = ask(casework, casework.observer, here)
    with casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == casework.observer).values(lost))
    assert fetch(casework, casework.observer, here, asked.token) is None
    assert rows(casework.database, Download) == []
    assert rows(casework.database, Audit, action="fetch_download") == []


def test_it_is_asked_for_in_ones_own_live_session_only(casework: Casework) -> None:
    theirs, mine = sign_in(casework, casework.observer), sign_in(casework, casework.lead)
    with casework.database.log() as session:
        end_sessions(session, volunteer_id=casework.lead)
    for at in (theirs, mine, 10**6):
        with refused(casework.database, "Sign in again"):
            ask(casework, casework.lead, at)


def test_a_volunteer_and_a_file_that_there_is_not_are_not_found(casework: Casework) -> None:
    lead, volunteer = sign_in(casework, casework.lead), sign_in(casework, casework.on_case)
    with refused(casework.database, "Not found", error=NotFound):
        ask(casework, casework.on_case, volunteer)
    for about in (
        PACK | {"form": "exe"},
        PACK | {"period": "../../etc/passwd"},
        PACK | {"period": quarter_after(quarter_of(clock.today()))},
        PACK | {"more": "x"},
        {"period": "2026Q1"},
        PACK | {"period": "x" * 100_000},
    ):
        with refused(casework.database, "Not found", error=NotFound):
            ask(casework, casework.lead, lead, about)


def test_a_kind_that_a_later_version_made_is_nothing_to_this_one(casework: Casework) -> None:
    here = sign_in(casework, casework.lead)
    asked = ask(casework, casework.lead, here)
    with casework.database.log() as session:
        session.execute(update(Download).values(kind="film"))
    assert fetch(casework, casework.lead, here, asked.token) is None


def test_every_kind_says_who_may() -> None:
    assert set(downloads._MAY) == set(DownloadKind)
    assert timedelta(0) < LASTS <= timedelta(minutes=2)
