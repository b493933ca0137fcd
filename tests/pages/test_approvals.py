"""What takes two leads, on the screen: asked by one, agreed to by another, seen by whom it concerns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import TEAM
from dashboard.people.approvals import FOLD
from dashboard.settings import settings
from db import mail
from db.choices import PartyRole, Role
from db.commands.accounts import link_opens
from db.commands.affiliations import add_affiliation
from db.commands.people import send_link
from db.commands.wall import fill_name_hashes, name_party
from db.models import Affiliation, Approval, OneTimeLink, Party, Volunteer
from db.rules.four_eyes import ApprovalOutcome
from tests.factories import Casework, make_volunteer
from tests.pages.helpers import draw_all, field, open_part, open_tab, press, seen, unfold

Run = Callable[..., AppTest]


@pytest.fixture
def work(app_casework: Casework) -> Casework:
    """Both leads have signed in."""
    with app_casework.database.write() as session:
        session.execute(update(Volunteer).values(password_hash="x", email="vik@example.org"))
        fill_name_hashes(session)
    return app_casework


def choose(app: AppTest, person: int) -> AppTest:
    """Somebody, with every tab of theirs."""
    field(app, "Person").set_value(person)
    return draw_all(app.run(), "people")


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_link_is_asked_by_one_agreed_by_another_and_shown_to_that_one_only(work: Casework, app_as: Run) -> None:
    first = press(choose(app_as(work.lead, "people"), work.on_case), "Make a new link")
    assert not first.exception
    assert "Sent to a second lead. Nothing changes until they agree." in seen(first)
    assert not first.code
    assert "Agree" not in buttons(first)
    second = app_as(work.in_conflict, "inbox")
    assert "A one-time link that sets the password of Vik" in seen(second)
    press(second, "Agree")
    assert not second.exception
    (code,) = second.code
    token = parse_qs(urlsplit(code.value).query)["token"][0]
    with work.database.read() as session:
        assert link_opens(session, token) == (False, "vik")
    assert not app_as(work.lead, "people").code
    assert "Waiting for a second lead" not in seen(press(second, "I have sent it"))


def mail_is_sent_by(monkeypatch: pytest.MonkeyPatch, host: str, port: str) -> None:
    for name, value in {"HOST": host, "PORT": port, "FROM": "casework@example.org"}.items():
        monkeypatch.setenv(f"SMTP_{name}", value)
    settings.cache_clear()


def test_where_mail_is_set_the_link_goes_to_their_own_address_and_on_no_screen(
    work: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[EmailMessage] = []

    class Server:
        def send_message(self, letter: EmailMessage) -> None:
            sent.append(letter)

    @contextmanager
    def connection(_settings: Any) -> Iterator[Server]:
        yield Server()

    mail_is_sent_by(monkeypatch, "localhost", "25")
    monkeypatch.setattr(mail, "connection", connection)
    with work.database.write() as session:
        send_link(session, actor_id=work.lead, volunteer_id=work.on_case)
    app = press(app_as(work.in_conflict, "inbox"), "Agree")
    assert not app.exception
    assert not app.code
    (letter,) = sent
    assert letter["To"] == "vik@example.org"
    assert "/set-up?token=" in letter.get_content()
    assert work.reference not in letter.get_content()
    assert "is on its way to vik" in seen(app)


def test_a_mail_server_that_fails_leaves_the_link_with_whoever_agreed(
    work: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_is_sent_by(monkeypatch, "127.0.0.1", "1")
    with work.database.write() as session:
        send_link(session, actor_id=work.lead, volunteer_id=work.on_case)
    app = press(app_as(work.in_conflict, "inbox"), "Agree")
    assert len(app.code) == 1


def test_the_person_concerned_sees_what_is_asked_and_others_do_not(work: Casework, app_as: Run) -> None:
    with work.database.write() as session:
        send_link(session, actor_id=work.lead, volunteer_id=work.on_case)
    assert "Asked by Lena" in seen(app_as(work.on_case, "account"))
    for who in (work.off_case, work.observer):
        assert "Asked by Lena" not in seen(app_as(who, "account"))


def test_home_inbox_and_badge_of_every_lead_tell_of_it(work: Casework, app_as: Run) -> None:
    assert "Waiting for a second lead" not in seen(app_as(work.in_conflict))
    with work.database.write() as session:
        send_link(session, actor_id=work.lead, volunteer_id=work.on_case)
    for page in ("inbox", "people"):
        assert "Waiting for a second lead" in seen(app_as(work.in_conflict, page))
    home = app_as(work.in_conflict)
    assert "**1** waits for a second lead" in [box.label for box in home.expander]
    assert "Agree" not in buttons(home)
    assert "Agree" in buttons(unfold(home, FOLD))
    assert "Inbox (1)" in [title.value for title in app_as(work.in_conflict, "inbox").title]
    assert "Waiting for a second lead" not in seen(app_as(work.on_case))


def test_whoever_asked_takes_it_back_and_another_refuses(work: Casework, app_as: Run) -> None:
    for who, label in ((work.lead, "Take it back"), (work.in_conflict, "Refuse")):
        with work.database.write() as session:
            send_link(session, actor_id=work.lead, volunteer_id=work.on_case)
        press(app_as(who, "inbox"), label)
    with work.database.read() as session:
        outcomes = set(session.scalars(select(Approval.outcome)))
        assert outcomes == {ApprovalOutcome.WITHDRAWN, ApprovalOutcome.REFUSED}
        assert session.scalars(select(OneTimeLink.id)).all() == []


def test_a_name_is_taken_off_a_case_by_two_leads_who_may_see_it(work: Casework, app_as: Run) -> None:
    with work.database.write() as session:
        third = make_volunteer(session, "thea", Role.LEAD, password_hash="x")
        name_party(session, actor_id=work.lead, reference=work.reference, role=PartyRole.WITNESS, name="Uma")
        party = session.scalars(select(Party.id).order_by(Party.id.desc())).first()
    app = open_tab(app_as(work.lead, "case", ref=work.reference), work.reference, TEAM)
    field(app, "Who").set_value(party)
    press(app, "Remove the name")
    assert not app.exception
    assert "Sent to a second lead. Nothing changes until they agree." in seen(app)
    assert work.reference not in seen(app_as(work.in_conflict, "inbox"))
    press(app_as(third, "inbox"), "Agree")
    with work.database.read() as session:
        assert session.get(Party, party) is None


def test_what_one_lead_did_alone_is_shown_to_the_next_until_looked_at(app_casework: Casework, app_as: Run) -> None:
    press(choose(app_as(app_casework.lead, "people"), app_casework.on_case), "Make a new link")
    app = unfold(app_as(app_casework.in_conflict), FOLD)
    assert "Done by one lead alone" in seen(app)
    press(app, "I have looked at it")
    assert not app.exception
    assert "Done by one lead alone" not in seen(app)


def test_a_second_declaration_is_told_and_let_count_by_a_lead(work: Casework, app_as: Run) -> None:
    with work.database.write() as session:
        for body in (work.other_body, work.body):
            add_affiliation(
                session,
                actor_id=work.off_case,
                volunteer_id=work.off_case,
                organisation_id=body,
                started_on=date(2021, 1, 1),
            )
    own = open_part(app_as(work.off_case, "account"), "account", "My employers")
    assert seen(own).count("waits for a lead]") == 1
    app = app_as(work.lead, "inbox")
    assert "Declared lately" in seen(app)
    # Beside the two, that the offer of the case was accepted.
    assert "3 new" in seen(app)
    press(app, "Let it count")
    with work.database.read() as session:
        assert not session.scalars(select(Affiliation.id).where(Affiliation.waits)).all()
    press(app, "Mark all as read")
    assert "Declared lately" not in seen(app)


def test_ones_own_employment_is_ended_by_another(work: Casework, app_as: Run) -> None:
    app = press(choose(app_as(work.in_conflict, "people"), work.in_conflict), "End")
    assert not app.exception
    assert "Sent to a second lead. Nothing changes until they agree." in seen(app)
    press(app_as(work.lead, "inbox"), "Agree")
    with work.database.read() as session:
        assert session.scalars(select(Affiliation.ended_on)).one() is not None
