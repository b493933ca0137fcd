"""Two people of one name, two of everything on a case: each list tells them apart, and the one chosen is taken."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard.case.parts import ACTIONS, CASE, TEAM
from dashboard.queue import filters
from dashboard.ui.options import at_once, sole, told_apart
from db import clock
from db.choices import AssignmentStatus, DeadlineKind, EntryKind, Whose
from db.commands.affiliations import add_affiliation
from db.commands.deadlines import add_deadline
from db.commands.entries import add_entry
from db.commands.processes import add_process
from db.models import Assignment, Deadline, Leave, WallException
from db.rules.apart import seen_as
from tests.factories import Casework, give_place, make_case, make_volunteer
from tests.pages.helpers import draw_all, field, listed, open_tab, press, tabs_of

Run = Callable[..., AppTest]
TODAY = clock.today()
LISTS = ("selectbox", "multiselect", "radio", "button_group")
PAGES = ("home", "queue", "my_cases", "actions", "workload", "heatmap", "new_case", "people", "access", "account")
NAME = "Robin Same"


@pytest.fixture
def twins(app_casework: Casework) -> tuple[Casework, int, int]:
    """Two volunteers called Robin, and a case with two of everything that looks the same."""
    work = app_casework
    with work.database.write() as session:
        first = make_volunteer(session, "robin.a", name=NAME)
        second = make_volunteer(session, "robin.b", name="ROBIN  same")
        case: dict[str, Any] = {"actor_id": work.on_case, "reference": work.reference}
        for _ in range(2):
            add_deadline(
                session,
                **case,
                name="Reply",
                due_on=TODAY + timedelta(days=9),
                kind=DeadlineKind.LOCAL,
                whose=Whose.OURS,
            )
            add_process(
                session, **case, process="GMC", stage="TRIAGE", organisation_id=None, started_on=TODAY, since=TODAY
            )
            add_entry(session, **case, kind=EntryKind.NOTE, text="Rang the union")
    return work, first, second


def lists(app: AppTest) -> Iterator[tuple[str, list[str]]]:
    for kind in LISTS:
        drawn: list[Any] = list(app.get(kind))
        for element in drawn:
            yield f"{kind} {element.label}", [getattr(option, "content", option) for option in element.options]


def check(app: AppTest) -> int:
    """Every list of the page; how many of them have a Robin to choose."""
    assert not app.exception
    with_robin = 0
    for label, options in lists(app):
        seen = [seen_as(option) for option in options]
        assert len(seen) == len(set(seen)), f"{label} has two options that look the same: {options}"
        robins = [option for option in options if seen_as(NAME) in seen_as(option)]
        assert all("robin.a" in robin or "robin.b" in robin for robin in robins), f"{label}: {robins}"
        with_robin += bool(robins)
    return with_robin


def newest(work: Casework, model: type[Any], **where: Any) -> Any:
    with work.database.read() as session:
        return session.scalars(select(model).filter_by(**where).order_by(model.id.desc())).first()


def test_no_list_of_a_page_has_two_options_that_look_the_same(twins: tuple[Casework, int, int], app_as: Run) -> None:
    work, _, second = twins
    for who in (work.lead, work.on_case):
        with_robin = sum(
            check(draw_all(app_as(who, page), page))
            for page in PAGES
            if who == work.lead or page not in ("people", "access")
        )
        assert with_robin >= 1
    app = app_as(work.lead, "people")
    field(app, "Person").select(second)
    check(draw_all(app.run(), "people"))


def test_no_list_of_a_case_has_two_options_that_look_the_same(twins: tuple[Casework, int, int], app_as: Run) -> None:
    work, *_ = twins
    app = app_as(work.lead, "case", ref=work.reference)
    titles = tabs_of(app)
    assert len(titles) == 5
    with_robin = {title: check(open_tab(app, work.reference, title)) for title in titles}
    assert with_robin[TEAM] >= 2
    assert with_robin[CASE] >= 1


def test_an_offer_goes_to_the_one_clicked(twins: tuple[Casework, int, int], app_as: Run) -> None:
    work, *both = twins
    said = dict(zip(both, ("Robin Same (robin.a)", "ROBIN same (robin.b)"), strict=True))
    for person in both:
        app = open_tab(app_as(work.lead, "case", ref=work.reference), work.reference, TEAM)
        box = next(b for b in app.selectbox if b.label == "Volunteer *" and str(b.key).startswith("offer_"))
        assert said[person] in box.options
        box.select(person)
        next(t for t in app.text_input if t.key == str(box.key).replace("volunteer_id", "reason")).input("Room")
        next(b for b in app.button if b.key == str(box.key).replace("volunteer_id", "submit")).click().run()
        assert newest(work, Assignment, status=AssignmentStatus.OFFERED).volunteer_id == person


@pytest.mark.parametrize("which", [0, 1])
def test_cover_and_an_action_go_to_the_one_clicked(twins: tuple[Casework, int, int], app_as: Run, which: int) -> None:
    work, *both = twins
    app = app_as(work.on_case, "account")
    field(app, "Who covers").select(both[which])
    press(app, "Add leave")
    assert newest(work, Leave).cover_id == both[which]


@pytest.mark.parametrize("which", [0, 1])
def test_the_queue_is_of_the_one_clicked(twins: tuple[Casework, int, int], app_as: Run, which: int) -> None:
    work, *both = twins
    with work.database.write() as session:
        reference = make_case(session, actor_id=work.lead, body=work.other_body, contact="r@example.org")
        give_place(session, lead=work.lead, volunteer=both[0], reference=reference)
    app = app_as(work.lead, "queue")
    app.session_state[filters.OPENED] = True
    field(app.run(), "Lead").select(both[which])
    app.run()
    assert (reference in listed(app)) == (which == 0)


@pytest.mark.parametrize("which", [0, 1])
def test_the_one_clicked_is_let_through_the_wall(twins: tuple[Casework, int, int], app_as: Run, which: int) -> None:
    work, *both = twins
    with work.database.write() as session:
        for person in both:
            add_affiliation(
                session,
                actor_id=work.lead,
                volunteer_id=person,
                organisation_id=work.body,
                started_on=TODAY - timedelta(days=9),
            )
    app = open_tab(app_as(work.lead, "case", ref=work.reference), work.reference, TEAM)
    box = next(b for b in app.selectbox if b.label == "Person *")
    box.select(both[which])
    next(t for t in app.text_input if t.key == str(box.key).replace("volunteer_id", "reason")).input(
        "Knows the process"
    )
    press(app, "Ask")
    assert newest(work, WallException).volunteer_id == both[which]


def test_of_two_deadlines_alike_the_one_clicked_is_met(twins: tuple[Casework, int, int], app_as: Run) -> None:
    work, *_ = twins
    with work.database.read() as session:
        first, second = session.scalars(select(Deadline.id).where(Deadline.name == "Reply").order_by(Deadline.id)).all()
    app = open_tab(app_as(work.on_case, "case", ref=work.reference), work.reference, ACTIONS)
    box = next(b for b in app.selectbox if str(b.key).startswith("change_deadline_"))
    assert box.value is None
    box.select(first)
    next(d for d in app.date_input if d.key == str(box.key).replace("deadline_id", "met_on")).set_value(TODAY)
    press(app, "Save deadline")
    assert newest(work, Deadline, id=first).met_on == TODAY
    assert newest(work, Deadline, id=second).met_on is None


# The rule by itself


@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.sampled_from(["Ann", "ann ", "Ben", "Ａnn", "A\u200bnn"])),
        unique_by=lambda t: t[0],
    )
)
def test_words_of_options_are_never_alike_and_never_change_with_their_place(rows: list[tuple[int, str]]) -> None:
    words = dict(rows)
    said = told_apart(words, words.__getitem__)
    told = {id: said(id) for id in words}
    assert len({seen_as(text) for text in told.values()}) == len(words)
    again = told_apart(reversed(list(words)), words.__getitem__)
    assert {id: again(id) for id in words} == told
    for id, text in told.items():
        assert text.startswith(words[id])
        assert text == words[id] or str(id) not in text.removeprefix(words[id]).split()


def test_of_several_none_is_chosen_beforehand_and_the_sole_one_names_its_form() -> None:
    assert (at_once([7]), at_once([7, 8]), at_once([])) == (0, None, None)
    assert sole([7]) not in ("", sole([8]))
    assert (sole([7, 8]), sole([])) == ("", "")
