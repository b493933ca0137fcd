"""The inbox page: what others did, marked as read by a press, told in the menu."""

from collections.abc import Callable
from datetime import timedelta

from streamlit.testing.v1 import AppTest

from db import clock
from db.commands.flags import raise_flag
from tests.factories import Casework
from tests.pages.helpers import press, seen

Run = Callable[..., AppTest]


def test_what_others_did_stands_there_until_it_is_marked_as_read(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        raise_flag(
            session,
            actor_id=app_casework.lead,
            reference=app_casework.reference,
            code="MEDIA",
            why="x",
            review_on=clock.today() + timedelta(days=7),
        )
    app = app_as(app_casework.on_case, "inbox")
    assert not app.exception
    assert "raised the flag" in seen(app)
    assert app.title[0].value.startswith("Inbox (")
    press(app, "Mark all as read")
    assert "Nothing new" in seen(app)
    assert "raised the flag" in seen(app)
    assert app.title[0].value == "Inbox"


def test_an_empty_inbox_says_what_will_be_there(app_casework: Casework, app_as: Run) -> None:
    assert "You will see here" in seen(app_as(app_casework.off_case, "inbox"))


def test_observers_have_none(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.observer)
    assert not app.exception
    assert "Inbox" not in seen(app)
