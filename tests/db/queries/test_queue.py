"""The case queue: which rows, in what order, narrowed by what, and for whom there is none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.access import CARD_FIELDS
from db.choices import (
    AssignmentRole,
    Condition,
    Contact,
    DeadlineKind,
    EntryKind,
    Evidence,
    QueueOrder,
    Stage,
    Whose,
)
from db.commands.deadlines import add_deadline
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.flags import raise_flag
from db.models import Action, Case
from db.models.cases import CRISIS_RANK, URGENT_RANK
from db.queries.case_rows import ON_CARD, CaseRow
from db.queries.queue import NO_LEAD, PAGE, QueueFilters, QueuePage, case_queue, condition_counts
from db.rules.limits import Limits
from tests.db.helpers import last, plain, rows, run, statements, the_case, viewer
from tests.factories import Casework, give_place, make_case

TODAY = clock.today()
EVERYONE = QueueFilters()


def queue(casework: Casework, who: str = "lead", **filters: Any) -> QueuePage:
    with casework.database.read() as session:
        return case_queue(session, viewer(casework, who), replace(EVERYONE, **filters), TODAY, Limits())


def shown(casework: Casework, who: str = "lead", **filters: Any) -> list[str]:
    page = queue(casework, who, **filters)
    assert page.total == len(page.rows)
    return [row.reference for row in page.rows]


def add_case(casework: Casework, number: int = 0, **changes: Any) -> str:
    fields: dict[str, Any] = {"contact": f"{number}@example.org", "summary": "Nothing of note."}
    fields |= {"body": casework.other_body} | changes
    with casework.database.write() as session:
        return make_case(session, actor_id=casework.lead, **fields)


def set_card(casework: Casework, reference: str, **values: Any) -> None:
    with casework.database.write() as session:
        session.execute(update(Case).where(Case.reference == reference).values(values))


def test_a_row_says_where_a_case_stands_and_what_is_next(casework: Casework) -> None:
    run(casework, raise_flag, code="VISA", why="So", review_on=TODAY)
    run(casework, raise_flag, code="CRISIS", why="So", review_on=TODAY)
    run(
        casework,
        add_deadline,
        name="Appeal",
        due_on=TODAY + timedelta(days=9),
        kind=DeadlineKind.STATUTORY,
        whose=Whose.OURS,
    )
    run(casework, add_entry, kind=EntryKind.CONTACT, text="Rang", contact=Contact.REACHED)
    set_card(casework, casework.reference, stage_since=clock.now() - timedelta(days=4))
    page = queue(casework)
    assert (page.total, page.page, page.pages) == (1, 1, 1)
    first_action = last(casework.database, Action)
    assert page.rows == (
        CaseRow(
            reference=casework.reference,
            is_full=True,
            flags=("CRISIS", "VISA"),
            stage=Stage.NEW,
            days_in_stage=4,
            processes=("MHPS",),
            deadline="Appeal",
            due_on=TODAY + timedelta(days=9),
            whose=Whose.OURS,
            coming=None,
            coming_on=None,
            unallocated=False,
            body_kind="acute",
            region="london",
            opened_on=TODAY - timedelta(days=1),
            grade="consultant",
            specialty_group="medicine",
            body="Example Acute Trust EX001",
            body_code="EX001",
            next_action="Triage: reply to the doctor, check time limits and conflicts",
            action_owner="Lena",
            action_due_on=first_action.due_on,
            lead="Vik",
            reached_on=TODAY,
        ),
    )


def test_who_may_not_open_a_case_reads_no_words_of_it(casework: Casework) -> None:
    (row,) = queue(casework, "off_case").rows
    shown = {name for name in ON_CARD if getattr(row, name) is not None}
    assert row.reference == casework.reference
    assert {ON_CARD[name] for name in shown} <= CARD_FIELDS
    (row,) = queue(casework, "on_case").rows
    assert row.body == "Example Acute Trust EX001"


def test_observers_and_the_barred_see_no_row_and_no_count(casework: Casework) -> None:
    for who in ("observer", "in_conflict"):
        page = queue(casework, who, status="all")
        assert page.rows == ()
        assert (page.total, page.page, page.pages) == (0, 1, 1)
        with casework.database.read() as session:
            counts = condition_counts(session, viewer(casework, who), TODAY, Limits())
        assert set(counts) == set(Condition)
        assert set(counts.values()) == {0}


def test_an_unlisted_body_is_shown_as_it_was_told(casework: Casework) -> None:
    reference = add_case(casework, body=None, body_text="The Example Clinic")
    bodies = {row.reference: (row.body, row.body_code) for row in queue(casework).rows}
    assert bodies[reference] == ("The Example Clinic", None)


def test_crisis_then_red_flags_first_then_the_nearest_own_deadline_then_longest_unallocated(casework: Casework) -> None:
    quiet = casework.reference  # has a lead, nothing due: last
    newer, older, due, sooner, red, danger = (add_case(casework, n) for n in range(6))
    for reference, opened in ((newer, 3), (older, 40), (due, 1), (sooner, 1), (red, 1), (danger, 1)):
        since = TODAY - timedelta(days=opened)
        set_card(casework, reference, opened_on=since, queue_since=since)
    set_card(casework, due, queue_due_on=TODAY + timedelta(days=20))
    set_card(casework, sooner, queue_due_on=TODAY + timedelta(days=2))
    set_card(casework, red, queue_rank=URGENT_RANK)
    set_card(casework, danger, queue_rank=CRISIS_RANK)
    assert shown(casework) == [danger, red, sooner, due, older, newer, quiet]


def test_each_order_holds_over_all_cases_and_a_crisis_comes_first_in_each(casework: Casework) -> None:
    """Each case is the first in one order."""
    quiet = casework.reference
    due, old, unreached, waiting, danger = (add_case(casework, n) for n in range(5))
    long_ago = clock.now() - timedelta(days=90)
    for reference in (quiet, due, old, waiting, danger):
        set_card(casework, reference, reached_at=clock.now(), unallocated_since=None, opened_on=TODAY)
    set_card(casework, due, queue_due_on=TODAY + timedelta(days=2))
    set_card(casework, old, opened_on=TODAY - timedelta(days=60))
    set_card(casework, unreached, reached_at=None, unallocated_since=None, opened_on=TODAY)
    set_card(casework, waiting, unallocated_since=long_ago)
    set_card(casework, danger, queue_rank=CRISIS_RANK)
    first = {
        QueueOrder.URGENT: due,
        QueueOrder.DEADLINE: due,
        QueueOrder.AGE: old,
        QueueOrder.REACHED: unreached,
        QueueOrder.UNALLOCATED: waiting,
    }
    for order, reference in first.items():
        assert shown(casework, order=order)[:2] == [danger, reference], order


def test_an_order_that_no_card_shows_orders_only_cases_one_may_open(casework: Casework) -> None:
    other = add_case(casework)
    assert set(shown(casework, "on_case", order=QueueOrder.AGE)) == {casework.reference, other}
    assert shown(casework, "on_case", order=QueueOrder.REACHED) == [casework.reference]
    assert shown(casework, "off_case", order=QueueOrder.REACHED) == []


def test_closed_cases_newest_closure_first(casework: Casework) -> None:
    early, late = add_case(casework, 1), add_case(casework, 2)
    for reference, ago in ((early, 9), (late, 2)):
        set_card(casework, reference, is_open=False, stage=Stage.CLOSED, closed_on=TODAY - timedelta(days=ago))
    assert shown(casework, status="closed") == [late, early]
    assert shown(casework, status="open") == [casework.reference]
    assert set(shown(casework, status="all")) == {early, late, casework.reference}
    assert shown(casework, "off_case", status="closed") == []


def test_each_filter_narrows_to_its_own(casework: Casework) -> None:
    ours, other = (
        casework.reference,
        add_case(
            casework,
            1,
            grade="fy1",
            specialty_group="surgery",
            body_kind="private",
            region="wales",
            processes=("ET",),
            received_at=clock.now() - timedelta(days=60),
        ),
    )
    run(casework, raise_flag, casework.lead, reference=other, code="WB", why="So", review_on=TODAY)
    run(
        casework,
        add_finding,
        casework.lead,
        reference=other,
        code="U05",
        evidence=Evidence.REPORTED,
        case_process_id=None,
        quarter="2025Q1",
        note="",
    )
    run(
        casework,
        add_deadline,
        casework.lead,
        reference=other,
        name="Claim",
        due_on=TODAY + timedelta(days=7),
        kind=DeadlineKind.STATUTORY,
        whose=Whose.OURS,
    )
    set_card(casework, other, stage=Stage.TRIAGE)
    finds_other: list[dict[str, Any]] = [
        {"stages": (Stage.TRIAGE, Stage.ACTIVE)},
        {"flags": ("WB", "VISA")},
        {"processes": ("ET", "GMC")},
        {"lead": NO_LEAD},
        {"body_kinds": ("private",)},
        {"regions": ("wales",)},
        {"grades": ("fy1",)},
        {"specialty_groups": ("surgery",)},
        {"findings": ("U05",)},
        {"older_than_days": 60},
        {"deadline_within_days": 7},
        {"condition": Condition.AT_RISK},
        {"condition": Condition.UNALLOCATED},
        {"search": other},
        {"search": other[:8].lower()},
    ]
    for filters in finds_other:
        assert shown(casework, **filters) == [other], filters
    finds_ours: list[dict[str, Any]] = [
        {"stages": (Stage.NEW,)},
        {"processes": ("MHPS",)},
        {"lead": casework.on_case},
        {"body_kinds": ("acute",)},
        {"regions": ("london",), "grades": ("consultant",)},
    ]
    for filters in finds_ours:
        assert shown(casework, **filters) == [ours], filters
    finds_none: list[dict[str, Any]] = [
        {"deadline_within_days": 6},
        {"older_than_days": 61},
        {"lead": casework.off_case},
        {"flags": ("CRISIS",)},
        {"stages": (Stage.NEW,), "grades": ("fy1",)},
        {"findings": ("no such code",)},
    ]
    for filters in finds_none:
        assert shown(casework, **filters) == [], filters


def test_an_ended_process_and_a_cleared_flag_find_nothing(casework: Casework) -> None:
    from db.commands.flags import clear_flag
    from db.commands.processes import move_process
    from db.models import CaseProcess

    run(casework, raise_flag, code="WB", why="So", review_on=TODAY)
    run(casework, clear_flag, code="WB", why="Over")
    process = rows(casework.database, CaseProcess)[0].id
    run(casework, move_process, case_process_id=process, stage="OUTCOME", ended=True)
    assert shown(casework, flags=("WB",)) == []
    assert shown(casework, processes=("MHPS",)) == []


def test_every_word_must_be_in_the_summary_and_only_where_one_may_open_the_case(casework: Casework) -> None:
    reference = add_case(casework, summary="Locum paediatrician, ROTA gaps")
    assert shown(casework, search="rota locum") == [reference]
    assert shown(casework, search="rota surgeon") == []
    for word in ("rota", "concern"):
        assert shown(casework, "off_case", search=word) == []
        assert shown(casework, "in_conflict", search=word) == ([reference] if word == "rota" else [])
    assert shown(casework, "on_case", search="concern") == [casework.reference]
    with casework.database.write() as session:
        give_place(
            session, lead=casework.lead, volunteer=casework.off_case, reference=reference, role=AssignmentRole.LEAD
        )
    assert shown(casework, "off_case", search="gaps") == [reference]


def test_a_reference_may_be_searched_by_whoever_may_see_the_card(casework: Casework) -> None:
    assert shown(casework, "off_case", search=f"  {casework.reference.lower()} ") == [casework.reference]
    assert shown(casework, "in_conflict", search=casework.reference) == []
    assert shown(casework, "observer", search=casework.reference) == []


def test_percent_underscore_and_quotes_are_only_characters(casework: Casework) -> None:
    odd = add_case(casework, summary=r"Paid 50% of_f \ and 'so' on")
    for words in ("50%", "of_f", "'so'", "% of_f", "of_f \\"):
        assert shown(casework, search=words) == [odd], words
    for words in ("%", "_", "\\", "L_B", "LN%", "5%0", "' OR '1'='1", "((("):
        assert shown(casework, search=words) == [], words


@pytest.mark.parametrize(
    ("words", "finds"),
    [
        ("x" * 100_000, False),
        ("a " * 5_000, True),
        ("👩🏽‍⚕️", False),
        ("\u202e", False),
        ("   ", True),
        ("conc\x00ern", True),
    ],
    ids=["too long", "many words", "emoji", "direction", "nothing", "null character"],
)
def test_a_search_for_anything_at_all_is_an_answer(casework: Casework, words: str, finds: bool) -> None:
    assert shown(casework, search=words) == [casework.reference] * finds


def test_pages_hold_fifty_and_a_page_too_far_is_the_last(casework: Casework) -> None:
    from sqlalchemy import insert, select

    with casework.database.write() as session:
        columns = [c for c in Case.__table__.columns if c.name not in ("id", "reference")]
        row = session.execute(select(*columns)).mappings().one()
        session.execute(insert(Case), [{**row, "reference": f"LNB-{n:06}"} for n in range(119)])
    assert PAGE == 50
    seen: list[str] = []
    for number in (1, 2, 3):
        page = queue(casework, page=number)
        assert (page.total, page.page, page.pages) == (120, number, 3)
        seen += [row.reference for row in page.rows]
    assert len(seen) == len(set(seen)) == 120
    for beyond in (4, 10**9, 10**30):
        assert (queue(casework, page=beyond).page, len(queue(casework, page=beyond).rows)) == (3, 20)
    for before in (0, -7):
        assert queue(casework, page=before).page == 1


def test_chips_count_what_their_filter_finds(casework: Casework) -> None:
    for n in range(3):
        add_case(casework, n, received_at=clock.now() - timedelta(days=9 * n))
    with casework.database.read() as session:
        for who in ("lead", "off_case"):
            counts = condition_counts(session, viewer(casework, who), TODAY, Limits())
            found = {c: queue(casework, who, condition=c).total for c in Condition}
            assert counts == found, who


def test_the_number_of_statements_is_fixed(casework: Casework) -> None:
    lead = viewer(casework, "lead")
    sent = []
    for _ in range(2):
        with casework.database.read() as session, statements(casework.database) as log:
            case_queue(session, lead, EVERYONE, TODAY, Limits())
            condition_counts(session, lead, TODAY, Limits())
        sent.append(len(log))
        for n in range(5):
            add_case(casework, n)
    assert sent[0] == sent[1] <= 4


def test_two_reads_of_one_state_are_the_same(casework: Casework) -> None:
    for n in range(4):
        add_case(casework, n)
    assert plain(queue(casework)) == plain(queue(casework))
    assert the_case(casework).reference in shown(casework)


@pytest.mark.parametrize("who", ["lead", "on_case"])
def test_an_empty_record_is_an_empty_queue(casework: Casework, who: str) -> None:
    page = queue(casework, who, search="no such words")
    assert (page.rows, page.total, page.pages) == ((), 0, 1)
