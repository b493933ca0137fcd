"""The button that asks for a file, and the link that then fetches it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from dashboard.reports import files
from dashboard.reports.files import File
from db import clock
from db.choices import DownloadKind, Role
from db.commands.accounts import start_session
from db.models import Download, SecondFactor, Volunteer
from tests.db.helpers import rows
from tests.factories import Casework

Run = Callable[[int], AppTest]


def page() -> None:
    from dashboard import auth
    from dashboard.ui import download
    from db import clock
    from db.choices import DownloadKind
    from db.rules.quarters import quarter_of

    person = auth.resume()
    assert person is not None
    download.button(person, "Download it", DownloadKind.LEADERSHIP, period=quarter_of(clock.today()), form="docx")


@pytest.fixture
def opened(app_casework: Casework, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(files, "FILES", {DownloadKind.LEADERSHIP: File(lambda _: "pack.docx", lambda *_: b"x")})

    def run(who: int) -> AppTest:
        with app_casework.database.log() as session:
            session.merge(SecondFactor(volunteer_id=who, confirmed_at=clock.now()))
            token = start_session(session, volunteer_id=who, device="test", days=1)
        app = AppTest.from_function(page, default_timeout=60)
        app.session_state["sign_in_token"] = token
        return app.run()

    return run


def links(app: AppTest) -> list[tuple[str, str]]:
    return [(str(link.proto.label), str(link.proto.url)) for link in app.get("link_button")]


def test_the_first_press_asks_and_the_link_then_fetches(app_casework: Casework, opened: Run) -> None:
    app = opened(app_casework.lead)
    assert links(app) == []
    assert rows(app_casework.database, Download) == []
    app.button[0].click().run()
    [(label, address)] = links(app)
    assert label == "Save “pack.docx”"
    assert re.fullmatch(r"/download/[\w-]{43}", address)
    assert len(rows(app_casework.database, Download)) == 1


def test_the_link_goes_once_it_is_used_or_too_old(
    app_casework: Casework, opened: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(app_casework.lead)
    app.button[0].click().run()
    assert len(links(app)) == 1
    assert len(links(app.run())) == 1, "a redrawing keeps it"
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert links(app.run()) == []
    app.button[0].click().run()
    [(_, again)] = links(app)
    with app_casework.database.log() as session:
        session.query(Download).delete()
    assert links(app.run()) == []
    app.button[0].click().run()
    assert links(app)[0][1] != again


def test_who_may_not_is_told_so(app_casework: Casework, opened: Run) -> None:
    app = opened(app_casework.lead)
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).where(Volunteer.id == app_casework.lead).values(role=Role.VOLUNTEER))
    app.button[0].click().run()
    assert [each.value for each in app.error] == ["Not found. Check the reference."]
    assert links(app) == []
