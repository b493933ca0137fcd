"""Nothing typed is lost, and nothing is said twice: what forms keep on the server, and what they tell who tries again.

A new session stands for a reload, Back, another page, a lost line, a server that was restarted and another telephone
alike: the browser has nothing left then. `tests/browser/text_loss.py` does the same with a browser.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
import streamlit
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import FINDINGS
from dashboard.ui import text, typed_words
from db import clock
from db.choices import Contact, DoctorView, Evidence, FindingKind, Wellbeing, YesNo
from db.commands.recusals import recuse
from db.commands.used_tokens import Drawn, use_token
from db.engine import Database
from db.models import Case, Draft, Entry, Finding, SignInSession
from tests.factories import Casework
from tests.pages.helpers import field, open_fold, open_folds, press, press_row, seen

Run = Callable[..., AppTest]
SAID = "She rang: the review is put off"
DAY = clock.today() + timedelta(days=9)


def revision(database: Database) -> int:
    from db.models import Revision

    with database.read() as session:
        return session.scalars(select(Revision.number)).one()


def many(database: Database, model: type[Draft] | type[Entry] | type[Finding] | type[Case]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


class Form(ABC):
    """One of the five forms: how it is reached, filled in and looked at."""

    button = ""
    words = "What changed"

    def __init__(self, work: Casework, app_as: Run) -> None:
        self.work, self.app_as = work, app_as

    @abstractmethod
    def opened(self, who: int) -> AppTest: ...

    def unfolded(self, app: AppTest, label: str) -> AppTest:
        """Where words wait it is open by itself."""
        if any(self.words in str(box.label) for box in (*app.text_area, *app.text_input)):
            return app
        return open_fold(app, self.work.reference, label)

    @abstractmethod
    def fill(self, app: AppTest) -> None: ...

    @abstractmethod
    def holds(self, app: AppTest) -> None: ...


class OneMinute(Form):
    button = "Save update"

    def opened(self, who: int) -> AppTest:
        app = self.app_as(who, "my_cases")
        if not any(box.label == self.words for box in app.text_input):
            press_row(app, "One-minute update")
        return app

    def fill(self, app: AppTest) -> None:
        field(app, "What changed").input(SAID).run()
        field(app, "Contact").set_value(Contact.REACHED).run()
        field(app, "Due").set_value(DAY).run()

    def holds(self, app: AppTest) -> None:
        assert field(app, "What changed").value == SAID
        assert field(app, "Contact").value is Contact.REACHED
        assert field(app, "Due").value == DAY


class FullUpdate(Form):
    button = "Save update"

    def opened(self, who: int) -> AppTest:
        return self.unfolded(self.app_as(who, "case", ref=self.work.reference), "Record an update")

    def fill(self, app: AppTest) -> None:
        field(app, "Stage").select("triage").run()
        field(app, "What changed").input(SAID).run()
        field(app, "The doctor’s wellbeing").set_value(Wellbeing.WORSE).run()
        field(app, "Is the doctor in danger now?").set_value(YesNo.NO).run()
        field(app, "Due").set_value(DAY).run()
        field(app, "Help wanted").input("A lawyer’s view").run()

    def holds(self, app: AppTest) -> None:
        assert field(app, "Stage").value == "triage"
        assert field(app, "What changed").value == SAID
        assert field(app, "The doctor’s wellbeing").value is Wellbeing.WORSE
        assert field(app, "Is the doctor in danger now?").value is YesNo.NO
        assert field(app, "Due").value == DAY
        assert field(app, "Help wanted").value == "A lawyer’s view"


class AddEntry(Form):
    button, words = "Add entry", "What happened"

    def opened(self, who: int) -> AppTest:
        return self.unfolded(self.app_as(who, "case", ref=self.work.reference), "Add an entry")

    def fill(self, app: AppTest) -> None:
        field(app, "Did you reach").set_value(Contact.TRIED).run()
        field(app, "What happened").input(SAID).run()

    def holds(self, app: AppTest) -> None:
        assert field(app, "Did you reach").value is Contact.TRIED
        assert field(app, "What happened").value == SAID


class AddFinding(Form):
    button, words = "Add finding", "Why: what the papers"

    def opened(self, who: int) -> AppTest:
        app = self.app_as(who, "case", ref=self.work.reference)
        app.session_state[f"part_{self.work.reference}"] = FINDINGS
        return self.unfolded(app.run(), "Add a finding")

    def fill(self, app: AppTest) -> None:
        field(app, "Kind of finding").set_value(FindingKind.PROCEDURAL).run()
        field(app, "Finding").select("P04").run()
        field(app, "Evidence").select(Evidence.DOCUMENTED).run()
        field(app, "The doctor’s view").select(DoctorView.AGREES).run()
        field(app, self.words).input(SAID).run()

    def holds(self, app: AppTest) -> None:
        assert field(app, "Kind of finding").value is FindingKind.PROCEDURAL
        assert field(app, "Finding").value == "P04"
        assert field(app, "Evidence").value is Evidence.DOCUMENTED
        assert field(app, "The doctor’s view").value is DoctorView.AGREES
        assert field(app, self.words).value == SAID


class NewCase(Form):
    button, words = "Open the case", "Summary"

    def opened(self, who: int) -> AppTest:
        return self.app_as(who, "new_case")

    def fill(self, app: AppTest) -> None:
        field(app, "Is the doctor").set_value(YesNo.NO).run()
        field(app, "Safe contact").input("new.doctor@example.org").run()
        field(app, "What is the doctor facing?").select("MHPS").run()
        field(app, "Search for the employer").input("Example Acute Trust EX002").run()
        field(app, "Organisation").select(self.work.other_body).run()
        field(app, "Doctor’s name").input("Dr Invented").run()
        open_folds(app, "Safe channel and safe times")
        field(app, "Received on").set_value(clock.today() - timedelta(days=2)).run()
        field(app, "Summary").input(SAID).run()
        field(app, "The doctor consents").check().run()

    def holds(self, app: AppTest) -> None:
        assert field(app, "Is the doctor").value is YesNo.NO
        assert field(app, "Safe contact").value == "new.doctor@example.org"
        assert field(app, "What is the doctor facing?").value == ["MHPS"]
        assert field(app, "Organisation").value == self.work.other_body
        assert field(app, "Doctor’s name").value == "Dr Invented"
        assert field(app, "Received on").value == clock.today() - timedelta(days=2)
        assert field(app, "Summary").value == SAID
        assert field(app, "The doctor consents").value is True


FORMS = [OneMinute, FullUpdate, AddEntry, AddFinding, NewCase]
each_form = pytest.mark.parametrize("kind", FORMS, ids=lambda form: form.__name__)


@each_form
def test_words_chips_choices_and_days_are_there_again(app_casework: Casework, app_as: Run, kind: type[Form]) -> None:
    form = kind(app_casework, app_as)
    app = form.opened(app_casework.on_case)
    before = revision(app_casework.database)
    form.fill(app)
    assert "not saved yet" in seen(app)
    assert revision(app_casework.database) == before, "typing makes nobody’s page read again"
    # The menu and Back: Streamlit forgets the fields of a page that is not drawn.
    app.switch_page("../pages/actions.py").run()
    app.switch_page("../pages/my_cases.py").run()

    again = form.opened(app_casework.on_case)
    form.holds(again)
    assert "is back here, not saved yet" in seen(again)
    # Nobody else sees it, on whatever page of theirs.
    other = form.opened(app_casework.lead) if not isinstance(form, OneMinute) else None
    assert other is None or not field(other, form.words).value
    # What is refused is kept; what is cleared is gone.
    press(again, "Clear it")
    assert not field(form.opened(app_casework.on_case), form.words).value
    assert many(app_casework.database, Draft) == 0


@each_form
def test_what_comes_with_the_last_run_of_a_session_waits_for_its_owner(
    app_casework: Casework, app_as: Run, kind: type[Form]
) -> None:
    form = kind(app_casework, app_as)
    app = form.opened(app_casework.on_case)
    form.fill(app)
    with app_casework.database.log() as session:
        session.execute(update(SignInSession).values(idle_until=clock.now() - timedelta(seconds=1)))
    field(app, form.words).input("Typed as it ended").run()
    assert "What you typed is safe" in "".join(each.value for each in app.info)
    left = app.session_state[typed_words.LEFT]
    [(owner, typed)] = left.values()
    assert owner == app_casework.on_case
    assert "Typed as it ended" in typed.values()
    assert len(typed) > 1, "with the rest of the form"


def test_words_of_a_run_that_ends_before_it_draws_are_kept(
    app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Streamlit ends it where the browser has gone, by a reload say."""
    form = FullUpdate(app_casework, app_as)
    app = form.opened(app_casework.lead)
    with monkeypatch.context() as patched:
        patched.setattr(streamlit, "navigation", lambda *_args, **_options: streamlit.stop())
        field(app, "What changed").input(SAID).run()
    assert field(form.opened(app_casework.lead), "What changed").value == SAID


def test_what_is_folded_away_begins_open_where_words_wait(app_casework: Casework, app_as: Run) -> None:
    form = AddEntry(app_casework, app_as)
    form.fill(form.opened(app_casework.on_case))
    form.holds(app_as(app_casework.on_case, "case", ref=app_casework.reference))


def test_a_case_begins_with_the_part_in_which_words_wait(app_casework: Casework, app_as: Run) -> None:
    form = AddFinding(app_casework, app_as)
    form.fill(form.opened(app_casework.on_case))
    again = app_as(app_casework.on_case, "case", ref=app_casework.reference)
    assert field(again, form.words).value == SAID
    other = app_as(app_casework.lead, "case", ref=app_casework.reference)
    assert not any(form.words in str(box.label) for box in other.text_area)


def test_another_kind_wipes_nothing(app_casework: Casework, app_as: Run) -> None:
    app = AddEntry(app_casework, app_as).opened(app_casework.on_case)
    AddEntry(app_casework, app_as).fill(app)
    for kind in ("support", "note", "contact"):
        field(app, "Kind of entry").set_value(kind).run()
        assert field(app, "What happened").value == SAID
    assert field(app, "Did you reach").value is Contact.TRIED


def test_a_refused_save_keeps_all_and_a_true_one_forgets_it(app_casework: Casework, app_as: Run) -> None:
    app = AddFinding(app_casework, app_as).opened(app_casework.on_case)
    AddFinding(app_casework, app_as).fill(app)
    field(app, "Finding").set_value(None).run()
    press(app, "Add finding")
    assert "Not saved: 1 answer needed" in seen(app)
    again = AddFinding(app_casework, app_as).opened(app_casework.on_case)
    field(again, "Finding").select("P04").run()
    AddFinding(app_casework, app_as).holds(again)
    press(again, "Add finding")
    assert many(app_casework.database, Finding) == 1
    assert many(app_casework.database, Draft) == 0
    assert "Saved" in seen(again)


def test_an_error_stays_until_the_next_press(app_casework: Casework, app_as: Run) -> None:
    app = app_as(app_casework.on_case, "new_case")
    press(app, "Open the case")
    first = len(app.error)
    assert first > 8, "all at once"
    field(app, "Doctor’s name").input("Dr Invented").run()
    assert len(app.error) == first
    press(app, "Open the case")
    assert len(app.error) == first - 1


def test_a_code_that_is_gone_is_said(app_casework: Casework, app_as: Run) -> None:
    app = AddFinding(app_casework, app_as).opened(app_casework.on_case)
    AddFinding(app_casework, app_as).fill(app)
    with app_casework.database.write() as session:
        for draft in session.scalars(select(Draft)):
            vault = app_casework.database.vault
            kept = vault.open_text(draft.sealed).replace('"P04", "', '"P99", "Old ')
            draft.sealed = vault.seal_text(kept)
    again = AddFinding(app_casework, app_as).opened(app_casework.on_case)
    assert "can’t be chosen any more" in seen(again)
    assert "Old P04" in seen(again)
    assert field(again, "Finding").value is None
    assert field(again, AddFinding.words).value == SAID


def test_words_on_a_case_that_is_lost_are_gone(app_casework: Casework, app_as: Run) -> None:
    form = AddEntry(app_casework, app_as)
    form.fill(form.opened(app_casework.on_case))
    with app_casework.database.write() as session:
        recuse(
            session,
            actor_id=app_casework.on_case,
            reference=app_casework.reference,
            volunteer_id=app_casework.on_case,
            reason="",
        )
    app_as(app_casework.on_case, "new_case")
    assert many(app_casework.database, Draft) == 0


def test_who_signs_in_next_in_this_browser_sees_no_words(app_casework: Casework, app_as: Run) -> None:
    form = NewCase(app_casework, app_as)
    app = form.opened(app_casework.on_case)
    form.fill(app)
    other = app_as(app_casework.lead)
    app.session_state["sign_in_token"] = other.session_state["sign_in_token"]
    app.run()
    assert not field(app, "Summary").value
    assert not field(app, "Doctor’s name").value
    assert SAID not in seen(app)


# Nothing is said twice -----------------------------------------------------------------------------------------------


@each_form
def test_a_retry_after_a_restart_is_told_it_was_saved(app_casework: Casework, app_as: Run, kind: type[Form]) -> None:
    """The server saved and was killed before it answered: whoever tries again has another session."""
    form = kind(app_casework, app_as)
    app = form.opened(app_casework.on_case)
    form.fill(app)
    if isinstance(form, NewCase):
        field(app, "Grade").select("consultant")
        field(app, "Specialty group").select("medicine")
        field(app, "The doctor has been given the privacy notice").check()
    if isinstance(form, FullUpdate):
        field(app, "Stage").select("stay").run()
    press(app, form.button)
    done = {model: many(app_casework.database, model) for model in (Entry, Finding, Case)}
    assert many(app_casework.database, Draft) == 0

    again = form.opened(app_casework.on_case)
    assert not field(again, form.words).value
    press(again, form.button)
    assert "Already saved at" in seen(again)
    if isinstance(form, AddEntry | OneMinute):
        # Typed once more because it seemed to be lost.
        again = form.opened(app_casework.on_case)
        form.fill(again)
        press(again, form.button)
        assert "Already saved at" in seen(again)
        assert text.plain(SAID) in seen(again), "with what was saved"
    assert {model: many(app_casework.database, model) for model in done} == done


def test_of_two_tabs_with_other_words_neither_is_lost(app_casework: Casework, app_as: Run) -> None:
    form = AddEntry(app_casework, app_as)
    one, two = (form.opened(app_casework.on_case) for _ in range(2))
    for app, words in ((one, "From the first"), (two, "From the second")):
        field(app, "Did you reach").set_value(Contact.TRIED)
        field(app, "What happened").input(words).run()
    press(one, "Add entry")
    press(two, "Add entry")
    assert "with other answers" in seen(two)
    assert field(two, "What happened").value == "From the second"
    press(two, "Add entry")
    with app_casework.database.read() as session:
        said = session.scalars(select(Entry.text).order_by(Entry.id)).all()
    assert said[-2:] == ["From the first", "From the second"]


def test_a_browser_cannot_name_the_token(app_casework: Casework, app_as: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made on the server from who asks, the form and the last save: nothing of it is read from what is sent."""
    asked: list[Drawn] = []

    def noted(session: Session, *, actor_id: int, drawn: Drawn, command: str, values: Mapping[str, object]) -> int:
        asked.append(drawn)
        return use_token(session, actor_id=actor_id, drawn=drawn, command=command, values=values)

    monkeypatch.setattr("dashboard.store.writes.use_token", noted)
    form = AddEntry(app_casework, app_as)
    app = form.opened(app_casework.on_case)
    form.fill(app)
    press(app, "Add entry")
    assert [(one.form, one.after, one.touched) for one in asked] == [(f"entry_{app_casework.reference}", 0, True)]
