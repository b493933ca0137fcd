"""The timeline of a case: everything once, the newest first, narrowed by kind; and what stays beside it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import CASE, TEAM
from dashboard.case.tabs import MORE
from db import clock
from db.choices import Contact, DeadlineKind, EntryKind, Evidence, Stage, TimelineKind, Wellbeing, Whose
from db.commands.deadlines import add_deadline
from db.commands.documents import add_document
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.update_status import update_status
from db.models import Case
from tests.factories import Casework
from tests.pages.helpers import open_fold, part_in_view, pick, plain, press, seen

Run = Callable[..., AppTest]
TRIAGE = {"representation": "union", "limit_dates": "none known", "scope": "Ours: $x^2$ <b>no</b> review"}
PAPER = "Rule 7 letter"


def run(work: Casework, command: Callable[..., Any], **fields: Any) -> None:
    with work.database.write() as session:
        command(session, actor_id=work.on_case, reference=work.reference, **fields)


@pytest.fixture
def told(app_casework: Casework) -> Casework:
    """A case with one of everything."""
    work = app_casework
    with work.database.read() as session:
        version = session.scalar(select(Case.version))
    run(
        work,
        update_status,
        seen_version=version,
        what_changed="Read the papers",
        contact=Contact.REACHED,
        wellbeing=Wellbeing.NOT_ASKED,
        next_action="Ring",
        action_owner_id=work.on_case,
        action_due_on=clock.today(),
        move_to=Stage.TRIAGE,
        move_values=TRIAGE,
    )
    run(work, add_document, description=PAPER, link="https://papers.example.org/1", checked=True)
    run(
        work,
        add_finding,
        code="U05",
        evidence=Evidence.REPORTED,
        quarter="2026Q1",
        note="No answer",
        case_process_id=None,
    )
    run(work, add_deadline, name="Reply", due_on=clock.today(), kind=DeadlineKind.LOCAL, whose=Whose.OURS)
    run(work, add_entry, kind=EntryKind.NOTE, text="A note")
    return work


def timeline(app: AppTest) -> str:
    return next(part.value for part in app.markdown if part.value.startswith("- :material"))


def only(app: AppTest, work: Casework, *kinds: TimelineKind) -> str:
    app.session_state[f"chosen_kinds_{work.reference}"] = set()
    for kind in kinds:
        pick(app, "Show only", kind.value)
    assert not app.exception
    return plain(timeline(app))


def test_it_has_everything_once_and_the_newest_first(told: Casework, app_as: Run) -> None:
    story = plain(timeline(app_as(told.on_case, "case", ref=told.reference)))
    for words in ("Read the papers", PAPER, "U05 ", "Deadline added: Reply", "A note", "New → Triage"):
        assert story.count(words) == 1, words
    order = [story.index(words) for words in ("A note", "Deadline added", "U05 ", PAPER, "New → Triage")]
    assert order == sorted(order)


def test_a_move_shows_all_that_it_recorded_on_the_timeline_and_with_the_facts(told: Casework, app_as: Run) -> None:
    app = app_as(told.on_case, "case", ref=told.reference)
    assert "Scope decision:] Ours: $x^2$ <b>no</b> review" in plain(timeline(app))
    assert "\\$x" in timeline(app)
    open_fold(app, told.reference, MORE)
    facts = next(part.value for part in app.markdown if "Workload points" in part.value)
    assert "Scope decision:] Ours:" in plain(facts)
    assert "Time limits the doctor knows of:] none known" in plain(facts)


@pytest.mark.parametrize(
    ("kind", "has"),
    [
        # With the words of the update that made the move, which is not in view then.
        (TimelineKind.STAGE, {"New → Triage", "Read the papers"}),
        (TimelineKind.DOCUMENT, {PAPER}),
        (TimelineKind.FINDING, {"No answer"}),
        (TimelineKind.DEADLINE, {"Deadline added"}),
        (TimelineKind.CONTACT, {"Read the papers"}),
        (TimelineKind.NOTE, {"A note"}),
    ],
)
def test_it_shows_one_kind_alone(told: Casework, app_as: Run, kind: TimelineKind, has: set[str]) -> None:
    story = only(app_as(told.on_case, "case", ref=told.reference), told, kind)
    every = ("New → Triage", PAPER, "No answer", "Deadline added", "Read the papers", "A note")
    assert {words for words in every if words in story} == has


def test_what_a_person_writes_like_a_line_of_the_record_stays(told: Casework, app_as: Run) -> None:
    for kind in (EntryKind.NOTE, EntryKind.DOCUMENT):
        run(told, add_entry, kind=kind, text=f"Document added: another, as a {kind}.")
        run(told, add_entry, kind=kind, text=f"Stage: theirs, as a {kind}.")
    story = plain(timeline(app_as(told.on_case, "case", ref=told.reference)))
    for kind in (EntryKind.NOTE, EntryKind.DOCUMENT):
        assert f"Document added: another, as a {kind}." in story
        assert f"Stage: theirs, as a {kind}." in story


def test_a_long_story_comes_a_page_at_a_time_and_loses_nothing(told: Casework, app_as: Run) -> None:
    for number in range(31):
        run(told, add_entry, kind=EntryKind.NOTE, text=f"Numbered {number}.")
    app = app_as(told.on_case, "case", ref=told.reference)
    assert "New → Triage" not in timeline(app)
    press(app, "Show earlier entries")
    story = plain(timeline(app))
    for words in ("New → Triage", "Numbered 0.", "Read the papers", PAPER):
        assert words in story
    assert "Show earlier entries" not in [button.label for button in app.button]


def test_a_deadline_that_passed_is_told_and_comes_last_beside_the_case(told: Casework, app_as: Run) -> None:
    run(
        told,
        add_deadline,
        name="Late",
        due_on=clock.today() - timedelta(days=3),
        kind=DeadlineKind.LOCAL,
        whose=Whose.BODY,
    )
    app = app_as(told.on_case, "case", ref=told.reference)
    assert "Late: past its limit, not done" in plain(timeline(app))
    beside = next(part.value for part in app.markdown if part.value.startswith("## Deadlines"))
    assert beside.index("Reply") < beside.index("Late")


def test_headings_go_down_one_step_at_a_time(told: Casework, app_as: Run) -> None:
    app = app_as(told.lead, "case", ref=told.reference)
    assert len(app.title) == 1
    assert not app.subheader
    assert not app.header
    assert [m.value for m in app.markdown if m.value.startswith("# ")] == []
    assert {"## Summary", "## Timeline", "## Deadlines", "## Next action", "## Team"} <= {
        line for m in app.markdown for line in m.value.split("\n")
    }


def test_a_button_beside_the_case_goes_to_its_part(told: Casework, app_as: Run) -> None:
    app = app_as(told.on_case, "case", ref=told.reference)
    assert "Add an action" not in [fold.label for fold in app.expander]
    next(button for button in app.button if "All actions and deadlines" in button.label).click().run()
    assert "Add an action" in [fold.label for fold in app.expander]
    assert seen(app)


def test_a_part_is_in_view_once_chosen_and_only_one_of_the_bars_own_counts(told: Casework, app_as: Run) -> None:
    app = app_as(told.on_case, "case", ref=told.reference)
    assert [box.label for box in part_in_view(app).expander][:1] == [MORE]
    pick(app, "Parts of this case", TEAM)
    assert MORE not in [box.label for box in part_in_view(app).expander]
    for forged in ("Nonsense", 7, None, [TEAM], {"a": 1}):
        assert not pick(app, "Parts of this case", forged).exception
        assert MORE not in [box.label for box in part_in_view(app).expander]
    pick(app, "Parts of this case", CASE)
    whole = timeline(app)
    for forged in ("nonsense", 7, ["document"]):
        assert not pick(app, "Show only", forged).exception
        assert timeline(app) == whole


def test_each_visit_begins_with_the_first_part(told: Casework, app_as: Run) -> None:
    app = app_as(told.on_case, "case", ref=told.reference)
    pick(app, "Parts of this case", TEAM)
    app.switch_page("../pages/actions.py").run()
    app.switch_page("../pages/case.py")
    app.query_params["ref"] = told.reference
    assert MORE in [box.label for box in part_in_view(app.run()).expander]
