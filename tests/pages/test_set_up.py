"""The one-time link, opened by somebody who is not signed in."""

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest
from streamlit_authenticator.utilities import Hasher

from db import clock
from db.choices import Role
from db.commands.accounts import BAD_LINK, first_lead_link, new_link
from db.engine import Database
from db.models import OneTimeLink, Volunteer
from tests.conftest import APP
from tests.factories import Casework
from tests.pages.helpers import field, press, seen

PASSWORD = "copper lantern drifts home"


def opened(token: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app.switch_page("../pages/set_up.py")
    app.query_params["token"] = token
    return app.run()


def link_for(work: Casework) -> str:
    with work.database.write() as session:
        return new_link(session, volunteer_id=work.off_case)


def choose(app: AppTest, password: str = PASSWORD, again: str = PASSWORD) -> AppTest:
    field(app, "Password").input(password)
    field(app, "Confirm password").input(again)
    return press(app, "Set password")


def test_an_account_sets_its_password_once(app_casework: Casework) -> None:
    token = link_for(app_casework)
    app = opened(token)
    assert not app.exception
    assert "Your username is **uma**" in seen(app)
    choose(app)
    assert not app.exception
    assert app.success
    with app_casework.database.read() as session:
        assert Hasher.check_pw(PASSWORD, session.get_one(Volunteer, app_casework.off_case).password_hash)
    assert BAD_LINK in seen(opened(token))


def test_a_weak_password_keeps_the_link(app_casework: Casework) -> None:
    token = link_for(app_casework)
    app = choose(opened(token), "uma", "uma")
    assert "at least 12" in seen(app)
    assert choose(app).success


def test_the_first_lead_makes_an_account(app_database: Database) -> None:
    with app_database.write() as session:
        token = first_lead_link(session)
    assert token is not None
    app = opened(token)
    field(app, "Username").input("Lena")
    field(app, "Your name").input("Lena Lead")
    assert choose(app).success
    with app_database.read() as session:
        row = session.execute(select(Volunteer.username, Volunteer.name, Volunteer.role)).one()
    assert row == ("lena", "Lena Lead", Role.LEAD)


def test_a_refused_first_lead_keeps_what_was_typed(app_database: Database) -> None:
    with app_database.write() as session:
        token = first_lead_link(session)
    assert token is not None
    app = opened(token)
    field(app, "Username").input("x")
    field(app, "Your name").input("Lena Lead")
    choose(app)
    assert "3 to 64" in seen(app)
    assert field(app, "Your name").value == "Lena Lead"


@pytest.mark.parametrize("token", ["", "nonsense"])
@pytest.mark.usefixtures("app_casework")
def test_a_bad_link_says_one_clear_thing(token: str) -> None:
    app = opened(token)
    assert [error.value for error in app.error] == [BAD_LINK]
    assert not app.text_input


def test_an_expired_link_says_the_same(app_casework: Casework) -> None:
    token = link_for(app_casework)
    with app_casework.database.write() as session:
        session.execute(update(OneTimeLink).values(expires_at=clock.now()))
    assert [error.value for error in opened(token).error] == [BAD_LINK]
