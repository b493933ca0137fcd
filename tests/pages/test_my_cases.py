"""My cases: own cards, and the one-minute update."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db import clock
from db.choices import Contact, DeadlineKind, EntryKind, Whose
from db.commands.deadlines import add_deadline
from db.models import Entry
from tests.factories import Casework
from tests.pages.helpers import field, press, seen

Run = Callable[..., AppTest]


def test_only_own_cases_are_there(app_casework: Casework, app_as: Run) -> None:
    assert app_casework.reference in seen(app_as(app_casework.on_case, "my_cases"))
    assert "You hold no cases" in seen(app_as(app_casework.off_case, "my_cases"))


@pytest.mark.parametrize(("whose", "said"), [(Whose.BODY, "in 6 days, the body’s"), (Whose.OURS, "in 6 days)")])
def test_a_card_says_whose_the_next_deadline_is(app_casework: Casework, app_as: Run, whose: Whose, said: str) -> None:
    with app_casework.database.write() as session:
        add_deadline(
            session, actor_id=app_casework.on_case, reference=app_casework.reference, name="Answer the request",
            due_on=clock.today() + timedelta(days=6), kind=DeadlineKind.LOCAL, whose=whose,
        )  # fmt: skip
    assert said in seen(app_as(app_casework.on_case, "my_cases"))


def test_no_change_is_saved_with_one_press(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "my_cases")
    press(app, "Save update")
    assert not app.exception
    with app_casework.database.read() as session:
        texts = session.scalars(select(Entry.text).where(Entry.kind == EntryKind.UPDATE)).all()
    assert texts == ["No change."]


def test_quick_update_notes_contact_and_words(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "my_cases")
    field(app, "Contact").set_value(Contact.REACHED)
    field(app, "What changed").input("Spoke at length")
    press(app, "Save update")
    with app_casework.database.read() as session:
        row = session.execute(select(Entry.text, Entry.contact).where(Entry.kind == EntryKind.UPDATE)).one()
    assert tuple(row) == ("Spoke at length", Contact.REACHED)
