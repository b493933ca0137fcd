"""The history of a case: every look and every change, for its team and leads, and for nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from db import clock
from db.choices import AuditAction, EntryKind, HistoryKind
from db.commands.access_log import log_access
from db.commands.entries import add_entry
from db.commands.identity import open_identity
from db.commands.recusals import recuse
from db.errors import NotFound
from db.models import AccessLog
from db.queries.case_history import Happening, case_history
from tests.db.helpers import UNKNOWN, run, statements, the_case, viewer
from tests.factories import Casework, make_case


def history(
    casework: Casework, who: str = "on_case", *kinds: HistoryKind, shown: int = 50, reference: str = ""
) -> list[Happening]:
    with casework.database.read() as session:
        return case_history(session, viewer(casework, who), reference or casework.reference, kinds, shown)


@pytest.fixture
def looked_at(casework: Casework) -> Casework:
    with casework.database.log() as session:
        log_access(session, actor_id=casework.on_case, action=AuditAction.VIEW, reference=casework.reference)
        open_identity(session, actor_id=casework.lead, reference=casework.reference, reason="To call back")
        log_access(session, actor_id=casework.lead, action=AuditAction.SEARCH)
    run(casework, add_entry, kind=EntryKind.NOTE, text="A word in confidence")
    return casework


def test_views_openings_and_changes_are_listed_newest_first(looked_at: Casework) -> None:
    found = history(looked_at)
    newest = [(line.kind.value, line.who, line.action, line.reason) for line in found[:3]]
    assert newest == [
        ("change", "Vik", "add_entry", None),
        ("identity", "Lena", "identity", "To call back"),
        ("view", "Vik", "view", None),
    ]
    assert [line.at for line in found] == sorted((line.at for line in found), reverse=True)
    accepted = ["answer_offer", "pass_on_action", "see_bodies", "offer_case"]
    assert [line.action for line in found[3:]] == [*accepted, "open_case", "stage"]


def test_a_change_names_whom_it_is_about_and_no_free_text(looked_at: Casework) -> None:
    found = history(looked_at)
    assert {line.about for line in found if line.action == "offer_case"} == {"Vik"}
    assert "confidence" not in repr(found)
    assert found[0].about is None


@pytest.mark.parametrize("kind", list(HistoryKind))
def test_one_kind_at_a_time(looked_at: Casework, kind: HistoryKind) -> None:
    found = history(looked_at, "lead", kind)
    assert found
    assert found == [line for line in history(looked_at, "lead") if line.kind is kind]


def test_it_is_for_the_team_and_leads(looked_at: Casework) -> None:
    assert history(looked_at, "lead") == history(looked_at, "on_case")
    said = set()
    for who in ("off_case", "in_conflict", "observer"):
        for reference in (looked_at.reference, UNKNOWN):
            with pytest.raises(NotFound) as caught:
                history(looked_at, who, reference=reference)
            said.add(caught.value.message)
    assert len(said) == 1


def test_whoever_steps_back_sees_no_more_of_it(looked_at: Casework) -> None:
    run(looked_at, recuse, volunteer_id=looked_at.on_case, reason="A friend")
    with pytest.raises(NotFound):
        history(looked_at)
    assert (history(looked_at, "lead")[0].action, history(looked_at, "lead")[0].about) == ("recuse", "Vik")


def test_another_cases_lines_stay_there(looked_at: Casework) -> None:
    with looked_at.database.write() as session:
        other = make_case(session, actor_id=looked_at.lead, body=looked_at.other_body, name="Two")
    assert [line.action for line in history(looked_at, "lead", reference=other)] == ["open_case", "stage"]


def test_it_is_cut_to_a_page_and_tells_that_there_is_more(looked_at: Casework) -> None:
    whole = history(looked_at)
    assert history(looked_at, shown=2) == whole[:3]
    assert history(looked_at, shown=len(whole)) == whole


def test_a_long_past_costs_no_more_statements(looked_at: Casework) -> None:
    with statements(looked_at.database) as few:
        history(looked_at)
    many = [
        {
            "at": clock.now() - timedelta(minutes=n),
            "actor_id": looked_at.lead,
            "action": "view",
            "case_id": the_case(looked_at).id,
        }
        for n in range(500)
    ]
    with looked_at.database.log() as session:
        session.execute(insert(AccessLog), many)
    with statements(looked_at.database) as more:
        assert len(history(looked_at, shown=100)) == 101
    assert len(more) == len(few)
