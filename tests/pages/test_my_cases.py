"""My cases: own cards, and the one-minute update."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from streamlit.testing.v1 import AppTest

from dashboard.case import own_cases, quick_update
from dashboard.ui import forms, typed_words
from db import clock
from db.choices import Contact, DeadlineKind, EntryKind, Whose
from db.commands.deadlines import add_deadline
from db.commands.recusals import recuse
from db.models import Case, Draft, Entry, UsedToken
from db.queries import my_cases
from tests.factories import Casework, give_place, give_second, make_case
from tests.pages.helpers import buttons_of, every_row, field, listed, press, press_row, save_an_update, seen

Run = Callable[..., AppTest]


def test_only_own_cases_are_there(app_casework: Casework, app_as: Run) -> None:
    assert app_casework.reference in seen(app_as(app_casework.on_case, "my_cases"))
    assert "You are not on any cases" in seen(app_as(app_casework.off_case, "my_cases"))


@pytest.mark.parametrize("whose", [Whose.OURS, Whose.BODY])
def test_a_row_says_whose_the_next_deadline_is(app_casework: Casework, app_as: Run, whose: Whose) -> None:
    with app_casework.database.write() as session:
        add_deadline(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            name="Answer the request",
            due_on=clock.today() + timedelta(days=6),
            kind=DeadlineKind.LOCAL,
            whose=whose,
        )
    told = "ours" if whose is Whose.OURS else "theirs"
    assert f"In 6 days: Answer the request ({told})" in seen(app_as(app_casework.on_case, "my_cases"))


def test_a_window_that_closes_is_nobodys_next_deadline(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        add_deadline(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            name="Their time to appeal",
            due_on=clock.today() + timedelta(days=6),
            kind=DeadlineKind.STATUTORY,
            whose=Whose.WINDOW,
        )
    shown = seen(app_as(app_casework.on_case, "my_cases"))
    assert "No deadline recorded" in shown
    assert "Their time to appeal" not in shown


def test_all_of_them_are_there_a_page_at_a_time(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more than sixty open cases the rest was nowhere, and their updates could not be saved."""
    monkeypatch.setattr(my_cases, "ON_PAGE", 1)
    monkeypatch.setattr(own_cases, "ON_PAGE", 1)
    second = another_case(app_casework)
    app = app_as(app_casework.on_case, "my_cases")
    assert "2 open cases" in seen(app)
    first = listed(app)
    app.session_state["my_cases_page"] = 2
    app.run()
    assert {*first, *listed(app)} == {app_casework.reference, second}
    press_row(app, "No change")
    assert len(updates(app_casework)) == 1


def another_case(work: Casework) -> str:
    with work.database.write() as session:
        second = make_case(session, actor_id=work.lead, body=work.other_body, contact="b@example.org")
        give_place(session, lead=work.lead, volunteer=work.on_case, reference=second)
    return second


def updates(casework: Casework) -> list[tuple[str, Contact | None]]:
    with casework.database.read() as session:
        query = select(Entry.text, Entry.contact).where(Entry.kind == EntryKind.UPDATE).order_by(Entry.id)
        return [(row.text, row.contact) for row in session.execute(query)]


def drafts(casework: Casework) -> int:
    with casework.database.read() as session:
        return session.scalar(select(func.count()).select_from(Draft)) or 0


def test_no_change_is_one_press_on_the_row(app_casework: Casework, app_as: Run) -> None:
    app = press_row(app_as(app_casework.on_case, "my_cases"), "No change")
    assert not app.exception
    assert updates(app_casework) == [("No change.", Contact.NONE)]
    assert "Undo is on its line" in seen(app)
    assert spent(app) == {"Undo": False, "One-minute update": False, "No change": True}
    press_row(app, "Undo")
    assert not app.exception
    assert spent(app) == {"One-minute update": False, "No change": False}
    with app_casework.database.read() as session:
        assert session.scalars(select(Case.update_at)).one() is None


def spent(app: AppTest) -> dict[str, bool]:
    [row] = every_row(app)
    return {button["w"]: button["s"] for button in buttons_of(row)}


def test_no_change_is_away_once_anything_is_typed(app_casework: Casework, app_as: Run) -> None:
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    assert "No change" in spent(app)
    field(app, "What changed").set_value("They wrote")
    app.run()
    assert list(spent(app)) == ["Finish your update"]
    field(app, "What changed").set_value("")
    app.run()
    assert "No change" in spent(app)


def test_a_row_of_no_changes_says_since_when_it_is_quiet(app_casework: Casework, app_as: Run) -> None:
    for _ in range(3):
        app = press_row(app_as(app_casework.on_case, "my_cases"), "No change")
        with app_casework.database.write() as session:
            # Pressed again at once it would be a retry of somebody who saw no answer.
            session.execute(update(UsedToken).values(used_at=clock.now() - timedelta(hours=1)))
    app = app_as(app_casework.on_case, "my_cases")
    received = clock.today() - timedelta(days=1)
    assert f"Quiet since {received:%-d %b %Y}" in seen(app)


def test_no_change_after_somebody_else_saved_shows_both_first(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "my_cases")
    save_an_update(app_casework, app_casework.lead, "The lead was here first")
    press_row(app, "No change")
    assert "Saved by somebody else just now:" in seen(app)
    assert "The lead was here first" in seen(app)
    assert len(updates(app_casework)) == 1
    press_row(app, "No change")
    assert updates(app_casework)[1][0] == "No change."


def test_quick_update_notes_contact_and_words(app_casework: Casework, app_as: Run) -> None:
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    assert field(app, "Contact").value is Contact.NONE
    field(app, "Contact").set_value(Contact.REACHED)
    field(app, "What changed").input("Spoke at length")
    press(app, "Save update")
    assert updates(app_casework) == [("Spoke at length", Contact.REACHED)]
    assert drafts(app_casework) == 0


def test_what_the_form_begins_with_is_sent_with_each_run(app_casework: Casework, app_as: Run) -> None:
    """Sent once only, it was lost where the line dropped just then."""
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    for _ in range(2):
        assert field(app, "Next action").proto.default.startswith("Triage: reply to the doctor")
        field(app, "What changed").input("Half a sentence").run()


def test_words_not_saved_are_there_in_another_session_of_the_same_person_only(
    app_casework: Casework, app_as: Run
) -> None:
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    field(app, "What changed").input("Half a sentence").run()
    assert drafts(app_casework) == 1

    # Nobody has to open it to find them.
    again = app_as(app_casework.on_case, "my_cases")
    assert field(again, "What changed").value == "Half a sentence"
    assert "is back here, not saved yet" in seen(again)
    with app_casework.database.write() as session:
        give_second(session, app_casework)
    other = press_row(app_as(app_casework.off_case, "my_cases"), "One-minute update")
    assert field(other, "What changed").value == ""

    press(again, "Clear it")
    assert drafts(app_casework) == 0


def test_words_for_one_case_are_not_on_another(app_casework: Casework, app_as: Run) -> None:
    second = another_case(app_casework)
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update", about=app_casework.reference)
    field(app, "What changed").input("About the first only").run()
    # The cross, which calls what the browser calls.
    quick_update_dismissed(app)
    press_row(app, "One-minute update", about=second)
    assert field(app, "What changed").value == ""
    fresh = app_as(app_casework.on_case, "my_cases")
    assert [box.value for box in fresh.text_input if box.label == "What changed"] == ["About the first only"]


def quick_update_dismissed(app: AppTest) -> None:
    del app.session_state[quick_update.OVER]
    app.run()


def test_who_steps_back_while_typing_leaves_no_words_behind(app_casework: Casework, app_as: Run) -> None:
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    field(app, "What changed").input("Before I knew").run()
    with app_casework.database.write() as session:
        recuse(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            volunteer_id=app_casework.on_case,
            reason="",
        )
    assert "You are not on any cases" in seen(app_as(app_casework.on_case, "my_cases"))
    field(app, "What changed").input("After I knew").run()
    assert "Before I knew" not in seen(app)
    assert "You are not on any cases" in seen(app)


@pytest.mark.parametrize(("ago", "saved"), [(0.5, 1), (60.0, 0)])
def test_a_press_whose_run_began_again_is_not_lost(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch, ago: float, saved: int
) -> None:
    """Words that arrive just after the press make Streamlit begin anew, and the new run knows of no press."""
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    field(app, "What changed").input("Pressed at once").run()
    [key] = [button.key for button in app.button if button.label == "Save update" and button.key]
    form, _, name = key.rpartition("_")
    monkeypatch.setattr(forms, "monotonic", lambda: 1000.0)
    app.session_state[typed_words.PRESSED] = {form: (name, 1000.0 - ago)}
    app.run()
    app.run()
    assert len(updates(app_casework)) == saved


def test_a_refused_update_keeps_the_words(app_casework: Casework, app_as: Run) -> None:
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    field(app, "What changed").input("Must not be lost")
    field(app, "Next action").input("")
    press(app, "Save update")
    assert "What happens next?" in seen(app)
    assert field(app, "What changed").value == "Must not be lost"
    assert drafts(app_casework) == 1
    assert updates(app_casework) == []


def test_personal_data_is_found_here_too_and_can_be_redacted(app_casework: Casework, app_as: Run) -> None:
    app = press_row(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    field(app, "What changed").input("The patient was 943 476 5919")
    press(app, "Save update")
    assert updates(app_casework) == []
    press(app, "Redact it and save")
    assert updates(app_casework)[0][0] == "The patient was [redacted: NHS number]"


def test_a_case_says_for_how_long_there_has_been_no_news(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        session.execute(update(Case).values(opened_on=clock.today() - timedelta(days=20), substantive_at=None))
    assert "No news for 20 days" in seen(app_as(app_casework.on_case, "my_cases"))
    assert "No news for 20 days" in seen(app_as(app_casework.on_case, "case", ref=app_casework.reference))
    assert "No news for" not in seen(app_as(app_casework.off_case, "case", ref=app_casework.reference))
