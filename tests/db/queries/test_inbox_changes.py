"""An inbox kept in memory is the one that would be read anew, after whatever anybody does."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dashboard.store import inboxes
from db import clock
from db.access import Viewer
from db.choices import EntryKind, Evidence, Stage
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.flags import raise_flag
from db.commands.update_status import update_status
from db.models import Recusal
from db.queries import inbox as inbox_query
from db.queries.inbox import Notice
from db.queries.inbox import inbox as read_inbox
from db.rules.quarters import quarter_of
from tests.db.commands.test_update_status import TRIAGE, an_update
from tests.db.helpers import run, the_case, viewer
from tests.db.test_next_action_always import MOVES
from tests.factories import Casework, give_place, make_case

EVERYBODY = ("lead", "on_case", "off_case", "in_conflict", "observer")
# Little would be left to act on for what comes after these.
NOTE: dict[str, Any] = {"kind": EntryKind.NOTE, "text": "Some words"}


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    inboxes.KEPT.clear()
    yield
    inboxes.KEPT.clear()


@pytest.fixture
def other_case(casework: Casework) -> str:
    """A case of nobody's."""
    with casework.database.write() as session:
        return make_case(session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org")


def kept(casework: Casework, who: str, database: str = "one") -> list[Notice]:
    with casework.database.read() as session:
        return inboxes.inbox(session, viewer(casework, who), database, 0)


def anew(casework: Casework, who: str) -> list[Notice]:
    with casework.database.read() as session:
        return read_inbox(session, viewer(casework, who), 0)


def assert_all_as_read_anew(casework: Casework, after: str) -> None:
    for who in EVERYBODY:
        assert kept(casework, who) == anew(casework, who), f"{who} after {after}"


def read_anew(casework: Casework, monkeypatch: pytest.MonkeyPatch, who: str, database: str = "one") -> bool:
    """Whether this person's inbox is read again now."""
    reads = []

    def read(session: Session, reader: Viewer, seen: int) -> list[Notice]:
        reads.append(reader)
        return read_inbox(session, reader, seen)

    with monkeypatch.context() as patch:
        patch.setattr(inbox_query, "inbox", read)
        kept(casework, who, database)
    return bool(reads)


def test_a_move_that_ends_a_place_is_a_change(casework: Casework) -> None:
    run(casework, raise_flag, casework.lead, code="MEDIA", why="x", review_on=clock.today() + timedelta(days=7))
    assert_all_as_read_anew(casework, "a flag")
    for move in (TRIAGE, {"move_to": Stage.DECLINED, "move_values": MOVES[Stage.DECLINED]}):
        run(casework, update_status, casework.lead, **an_update(casework, action_owner_id=casework.lead, **move))
        assert_all_as_read_anew(casework, str(move["move_to"]))


def test_it_is_read_again_where_the_change_is_on_ones_own_case_and_not_else(
    casework: Casework, other_case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in EVERYBODY:
        kept(casework, who)
    run(casework, add_entry, casework.lead, **NOTE)
    assert [who for who in EVERYBODY if read_anew(casework, monkeypatch, who)] == ["on_case"]
    run(casework, add_entry, casework.lead, reference=other_case, **NOTE)
    finding = {"code": "S01", "evidence": Evidence.REPORTED, "case_process_id": None, "note": ""}
    run(casework, add_finding, casework.lead, reference=other_case, quarter=quarter_of(clock.today()), **finding)
    assert [who for who in EVERYBODY if read_anew(casework, monkeypatch, who)] == []


def test_a_place_given_is_a_change_to_whoever_has_it(casework: Casework, other_case: str) -> None:
    assert_all_as_read_anew(casework, "nothing")
    with casework.database.write() as session:
        give_place(session, lead=casework.lead, volunteer=casework.off_case, reference=other_case)
    run(casework, add_entry, casework.lead, reference=other_case, **NOTE)
    assert_all_as_read_anew(casework, "a place")
    assert kept(casework, "off_case")[0].action == "add_entry"


def test_a_wall_that_moved_without_a_word_in_the_audit_is_seen(casework: Casework, other_case: str) -> None:
    run(casework, add_entry, casework.lead, **NOTE)
    assert kept(casework, "on_case") != []
    with casework.database.write() as session:
        session.add(Recusal(case_id=the_case(casework).id, volunteer_id=casework.on_case, reason="x", at=clock.now()))
    run(casework, add_entry, casework.lead, reference=other_case, **NOTE)
    assert kept(casework, "on_case") == []


def test_after_many_changes_it_is_read_again_all_the_same(
    casework: Casework, other_case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.store.inboxes.MOST_CHANGES", 2)
    kept(casework, "off_case")
    again = []
    for _ in range(4):
        run(casework, add_entry, casework.lead, reference=other_case, **NOTE)
        again.append(read_anew(casework, monkeypatch, "off_case"))
    assert again == [False, False, True, False]


def test_two_records_are_never_mixed_up(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(casework, "on_case")
    for database, anew in (("one", False), ("another", True)):
        run(casework, add_entry, casework.on_case, **NOTE)
        assert read_anew(casework, monkeypatch, "on_case", database) is anew


def test_a_record_that_went_back_in_time_is_read_again(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(casework, "on_case")
    [(key, (read_at, stands_at, notices))] = inboxes.KEPT._kept.items()
    inboxes.KEPT.put(key, (read_at, stands_at + 50, notices))
    assert read_anew(casework, monkeypatch, "on_case")
