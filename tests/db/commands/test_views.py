"""Saved views: what is kept of the queue's filters, by whom, for whom, and how many cases each counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from db import clock
from db.choices import Condition, Stage
from db.commands.views import (
    MOST_OWN,
    delete_view,
    rename_view,
    replace_view,
    save_view,
)
from db.errors import CommandRefused, NotAllowed, NotFound
from db.models import Audit, SavedView
from db.queries.queue import case_queue, view_counts
from db.queries.views import View, saved_views
from db.rules import queue_filters
from db.rules.limits import Limits
from db.rules.queue_filters import AGES, STATUSES, WINDOWS, QueueFilters
from tests.db.helpers import HOSTILE, KEPT, at_once, last, refused, rows, statements, viewer
from tests.factories import Casework, make_case

TODAY = clock.today()
CODES = st.lists(st.from_regex(r"[A-Za-z0-9_.-]{1,40}", fullmatch=True), max_size=5).map(tuple)
EVERY = st.builds(
    QueueFilters,
    search=st.text(max_size=10),
    stages=st.lists(st.sampled_from(Stage), max_size=4).map(tuple),
    flags=CODES,
    processes=CODES,
    lead=st.none() | st.integers(0, 2**31 - 1),
    body_kinds=CODES,
    regions=CODES,
    grades=CODES,
    specialty_groups=CODES,
    findings=CODES,
    older_than_days=st.sampled_from(list(AGES)),
    deadline_within_days=st.sampled_from(list(WINDOWS)),
    condition=st.none() | st.sampled_from(Condition),
    status=st.sampled_from(STATUSES),
    page=st.integers(1, 9),
)


@given(EVERY)
def test_what_is_written_reads_back_without_search_words_and_page(filters: QueueFilters) -> None:
    kept = queue_filters.written(filters)
    assert not {"search", "page"} & set(kept)
    again = queue_filters.read(kept)
    assert (again.search, again.page) == ("", 1)
    assert queue_filters.written(again) == kept


@pytest.mark.parametrize(
    "kept",
    [
        {"search": "a name"},
        {"page": 2},
        {"nonsense": 1},
        {"stages": ["x"]},
        {"stages": "new"},
        {"flags": [1]},
        {"flags": ["a b"]},
        {"flags": ["é"]},
        {"flags": ["x"] * 61},
        {"lead": True},
        {"lead": -1},
        {"lead": 2**31},
        {"lead": "1"},
        {"condition": "late"},
        {"status": "gone"},
        {"older_than_days": 31},
        {"older_than_days": True},
        {"deadline_within_days": "7"},
        {"status": ["open"]},
        {"flags": {"x": 1}},
    ],
)
def test_what_no_filter_says_is_refused(kept: dict[str, Any]) -> None:
    with pytest.raises(CommandRefused, match="can’t be saved"):
        queue_filters.read(kept)


def save(casework: Casework, who: str = "on_case", name: str = "Mine", **changes: Any) -> int:
    fields: dict[str, Any] = {"name": name, "shared": False, "filters": {"stages": ["new"]}} | changes
    with casework.database.write() as session:
        return save_view(session, actor_id=getattr(casework, who), **fields)


def change(casework: Casework, who: str, command: Any, **fields: Any) -> None:
    with casework.database.write() as session:
        command(session, actor_id=getattr(casework, who), **fields)


def views(casework: Casework, who: str) -> list[View]:
    with casework.database.read() as session:
        return saved_views(session, viewer(casework, who))


def test_ones_own_is_for_oneself_and_a_shared_one_for_all(casework: Casework) -> None:
    save(casework)
    save(casework, "lead", "Everybody's", shared=True)
    assert [(v.name, v.shared, v.changeable) for v in views(casework, "on_case")] == [
        ("Everybody's", True, False),
        ("Mine", False, True),
    ]
    assert [v.name for v in views(casework, "off_case")] == ["Everybody's"]
    assert [(v.name, v.changeable) for v in views(casework, "in_conflict")] == [("Everybody's", True)]
    assert views(casework, "observer") == []
    assert views(casework, "on_case")[1].filters == QueueFilters(stages=(Stage.NEW,))
    assert last(casework.database, Audit).action == "save_view"


def test_only_leads_share_and_observers_keep_none(casework: Casework) -> None:
    with refused(casework.database, "Only a lead", error=NotAllowed):
        save(casework, shared=True)
    with refused(casework.database, "leads and volunteers", error=NotAllowed):
        save(casework, "observer")


def test_a_name_is_there_short_and_ones_own_only_once(casework: Casework) -> None:
    save(casework)
    for name, why in {"  ": "fill this in", "x" * 61: "too long", "ＭＩＮＥ": "already", " mine ": "already"}.items():
        with refused(casework.database, why, field="name"):
            save(casework, name=name)
    save(casework, "off_case")
    other = save(casework, name="Other")
    with refused(casework.database, "already", field="name"):
        change(casework, "on_case", rename_view, view_id=other, name="MINE")
    change(casework, "on_case", rename_view, view_id=other, name="OTHER")
    assert [v.name for v in views(casework, "on_case")] == ["Mine", "OTHER"]


def test_hostile_names_are_plain_words_on_one_line(casework: Casework) -> None:
    for name, words in HOSTILE.items():
        save(casework, name=words[:60])
        assert last(casework.database, SavedView).name == " ".join(KEPT[name][:60].split()), name
    save(casework, name="one\ntwo")
    assert last(casework.database, SavedView).name == "one two"


def test_there_is_an_end_to_how_many(casework: Casework) -> None:
    for number in range(MOST_OWN):
        save(casework, name=f"View {number}")
    with refused(casework.database, "Delete one first"):
        save(casework, name="One more")
    save(casework, "off_case")


def test_nobody_changes_anothers_and_a_lead_what_is_shared(casework: Casework) -> None:
    own, shared = save(casework), save(casework, "lead", "Shared", shared=True)
    for who in ("off_case", "lead", "in_conflict"):
        for command, more in ((delete_view, {}), (rename_view, {"name": "x"}), (replace_view, {"filters": {}})):
            with refused(casework.database, "not yours", error=NotFound):
                change(casework, who, command, view_id=own, **more)
    with refused(casework.database, "not yours", error=NotFound):
        change(casework, "on_case", delete_view, view_id=shared)
    change(casework, "in_conflict", replace_view, view_id=shared, filters={"status": "all"})
    assert views(casework, "lead")[0].filters == QueueFilters(status="all")
    change(casework, "in_conflict", delete_view, view_id=shared)
    change(casework, "on_case", delete_view, view_id=own)
    assert rows(casework.database, SavedView) == []
    with refused(casework.database, "has been deleted", error=NotFound):
        change(casework, "on_case", delete_view, view_id=own)


def test_two_who_save_the_same_name_at_once_make_one(casework: Casework) -> None:
    fields: dict[str, Any] = {"actor_id": casework.on_case, "name": "Mine", "shared": False, "filters": {}}
    refusal = at_once(casework.database, lambda s: save_view(s, **fields), lambda s: save_view(s, **fields))
    assert refusal is not None
    assert "already" in refusal.message
    assert len(rows(casework.database, SavedView)) == 1


def test_a_view_counts_what_the_queue_would_show_this_person_in_one_statement(casework: Casework) -> None:
    with casework.database.write() as session:
        make_case(session, actor_id=casework.lead, body=casework.other_body, contact="b@example.org")
    wanted = (
        QueueFilters(),
        QueueFilters(stages=(Stage.NEW,)),
        QueueFilters(lead=0),
        QueueFilters(processes=("MHPS",)),
        QueueFilters(condition=Condition.UNALLOCATED),
        QueueFilters(status="closed"),
        QueueFilters(status="all"),
    )
    for who in ("lead", "on_case", "off_case", "in_conflict", "observer"):
        person = viewer(casework, who)
        with casework.database.read() as session:
            with statements(casework.database) as sent:
                counts = view_counts(session, person, wanted, TODAY, Limits())
            assert len(sent) == 1
            assert counts == tuple(case_queue(session, person, each, TODAY, Limits()).total for each in wanted)
    with casework.database.read() as session:
        assert view_counts(session, viewer(casework, "in_conflict"), wanted, TODAY, Limits())[0] == 1


def test_a_view_that_cannot_be_read_is_left_out(casework: Casework) -> None:
    save(casework)
    save(casework, name="Broken")
    with casework.database.write() as session:
        session.execute(update(SavedView).where(SavedView.name == "Broken").values(filters={"of": "old"}))
    assert [v.name for v in views(casework, "on_case")] == ["Mine"]
