"""My cases: own cards, and the one-minute update."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from streamlit.testing.v1 import AppTest

from db import clock
from db.choices import Contact, DeadlineKind, EntryKind, Wellbeing, Whose
from db.commands.deadlines import add_deadline
from db.commands.recusals import recuse
from db.commands.update_status import update_status
from db.models import Case, Draft, Entry, UsedToken
from tests.factories import Casework, give_place, give_second, make_case
from tests.pages.helpers import field, labelled, press, seen

Run = Callable[..., AppTest]


def test_only_own_cases_are_there(app_casework: Casework, app_as: Run) -> None:
    assert app_casework.reference in seen(app_as(app_casework.on_case, "my_cases"))
    assert "You are not on any cases" in seen(app_as(app_casework.off_case, "my_cases"))


@pytest.mark.parametrize("whose", list(Whose))
def test_a_card_says_whose_the_next_deadline_is(app_casework: Casework, app_as: Run, whose: Whose) -> None:
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
    said = "(in 6 days)" + ("" if whose is Whose.OURS else f", {whose.label.lower()}")
    assert f"{said}\n" in seen(app_as(app_casework.on_case, "my_cases"))


def updates(casework: Casework) -> list[tuple[str, Contact | None]]:
    with casework.database.read() as session:
        query = select(Entry.text, Entry.contact).where(Entry.kind == EntryKind.UPDATE).order_by(Entry.id)
        return [(row.text, row.contact) for row in session.execute(query)]


def drafts(casework: Casework) -> int:
    with casework.database.read() as session:
        return session.scalar(select(func.count()).select_from(Draft)) or 0


def test_no_change_is_one_press_on_the_card(app_casework: Casework, app_as: Run) -> None:
    app = press(app_as(app_casework.on_case, "my_cases"), "No change")
    assert not app.exception
    assert updates(app_casework) == [("No change.", Contact.NONE)]
    assert "Undo is on its line" in seen(app)
    [done] = labelled(app, "No change")
    assert done.disabled
    press(app, "Undo")
    assert not app.exception
    assert not labelled(app, "No change")[0].disabled
    with app_casework.database.read() as session:
        assert session.scalars(select(Case.update_at)).one() is None


def test_no_change_is_away_once_anything_is_typed(app_casework: Casework, app_as: Run) -> None:
    app = press(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    assert labelled(app, "No change")
    field(app, "What changed").set_value("They wrote")
    app.run()
    assert not labelled(app, "No change")
    press(app, "One-minute update")
    assert not labelled(app, "No change"), "the form is closed, and its words are kept"
    press(app, "One-minute update")
    field(app, "What changed").set_value("")
    app.run()
    assert labelled(app, "No change")


def test_a_row_of_no_changes_says_since_when_it_is_quiet(app_casework: Casework, app_as: Run) -> None:
    for _ in range(3):
        app = press(app_as(app_casework.on_case, "my_cases"), "No change")
        with app_casework.database.write() as session:
            # Pressed again at once it would be a retry of somebody who saw no answer.
            session.execute(update(UsedToken).values(used_at=clock.now() - timedelta(hours=1)))
    app = app_as(app_casework.on_case, "my_cases")
    received = clock.today() - timedelta(days=1)
    assert f"Quiet since {received:%-d %b %Y}" in seen(app)


def test_no_change_after_somebody_else_saved_shows_both_first(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "my_cases")
    save_an_update(app_casework, app_casework.lead, "The lead was here first")
    press(app, "No change")
    assert "Saved by somebody else just now:" in seen(app)
    assert "The lead was here first" in seen(app)
    assert len(updates(app_casework)) == 1
    press(app, "No change")
    assert updates(app_casework)[1][0] == "No change."


def save_an_update(casework: Casework, who: int, text: str) -> None:
    with casework.database.write() as session:
        version = session.scalars(select(Case.version)).one()
        update_status(
            session,
            actor_id=who,
            reference=casework.reference,
            seen_version=version,
            what_changed=text,
            contact=Contact.REACHED,
            wellbeing=Wellbeing.SAME,
            next_action="Ring",
            action_owner_id=who,
            action_due_on=clock.today(),
        )


def test_quick_update_notes_contact_and_words(app_casework: Casework, app_as: Run) -> None:
    app = press(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    assert field(app, "Contact").value is Contact.NONE
    field(app, "Contact").set_value(Contact.REACHED)
    field(app, "What changed").input("Spoke at length")
    press(app, "Save update")
    assert updates(app_casework) == [("Spoke at length", Contact.REACHED)]
    assert drafts(app_casework) == 0


def test_what_the_form_begins_with_is_sent_with_each_run(app_casework: Casework, app_as: Run) -> None:
    """Sent once only, it was lost where the line dropped just then."""
    app = press(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    for _ in range(2):
        assert field(app, "Next action").proto.default.startswith("Triage: reply to the doctor")
        field(app, "What changed").input("Half a sentence").run()


def test_words_not_saved_are_there_in_another_session_of_the_same_person_only(
    app_casework: Casework, app_as: Run
) -> None:
    app = press(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    field(app, "What changed").input("Half a sentence").run()
    assert drafts(app_casework) == 1

    # Nobody has to open it to find them.
    again = app_as(app_casework.on_case, "my_cases")
    assert field(again, "What changed").value == "Half a sentence"
    assert "is back here, not saved yet" in seen(again)
    with app_casework.database.write() as session:
        give_second(session, app_casework)
    other = press(app_as(app_casework.off_case, "my_cases"), "One-minute update")
    assert field(other, "What changed").value == ""

    press(again, "Clear it")
    assert drafts(app_casework) == 0


def test_words_for_one_case_are_not_on_another(app_casework: Casework, app_as: Run) -> None:
    with app_casework.database.write() as session:
        second = make_case(session, actor_id=app_casework.lead, body=app_casework.other_body, contact="b@example.org")
        give_place(session, lead=app_casework.lead, volunteer=app_casework.on_case, reference=second)
    app = app_as(app_casework.on_case, "my_cases")
    for button in [button for button in app.button if button.label == "One-minute update"]:
        button.click()
    app.run()
    field(app, "What changed", nth=0).input("About the first only").run()
    assert [field(app, "What changed", nth=n).value for n in (0, 1)] == ["About the first only", ""]
    fresh = app_as(app_casework.on_case, "my_cases")
    assert len([box for box in fresh.text_input if box.label == "What changed"]) == 1
    for button in [button for button in fresh.button if button.label == "One-minute update"][1:]:
        button.click()
    fresh.run()
    assert [field(fresh, "What changed", nth=n).value for n in (0, 1)] == ["About the first only", ""]


def test_who_steps_back_while_typing_leaves_no_words_behind(app_casework: Casework, app_as: Run) -> None:
    app = press(app_as(app_casework.on_case, "my_cases"), "One-minute update")
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


def test_a_refused_update_keeps_the_words(app_casework: Casework, app_as: Run) -> None:
    app = press(app_as(app_casework.on_case, "my_cases"), "One-minute update")
    field(app, "What changed").input("Must not be lost")
    field(app, "Next action").input("")
    press(app, "Save update")
    assert "What happens next?" in seen(app)
    assert field(app, "What changed").value == "Must not be lost"
    assert drafts(app_casework) == 1
    assert updates(app_casework) == []


def test_personal_data_is_found_here_too_and_can_be_redacted(app_casework: Casework, app_as: Run) -> None:
    app = press(app_as(app_casework.on_case, "my_cases"), "One-minute update")
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
