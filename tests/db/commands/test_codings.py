"""A second coding: worked at without sight of the first, compared once handed in, settled with a reason."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db import clock
from db.choices import DoctorView, EntryKind, Evidence, PartyRole
from db.commands.assignments import end_assignment
from db.commands.codings import (
    add_from_coding,
    ask_coding,
    decline_coding,
    hand_in_coding,
    settle_difference,
    take_back_coding,
)
from db.commands.finding_corrections import correct_finding
from db.commands.findings import add_finding
from db.commands.people import deactivate
from db.commands.recusals import recuse
from db.commands.wall import name_party
from db.errors import NotAllowed, NotFound, Stale
from db.models import Assignment, Coding, CodingMark, Entry, Finding
from db.queries.agreement import coder_agreement
from db.queries.case_detail import case_detail
from db.queries.case_history import case_history
from db.queries.case_rows import rows_of
from db.queries.codings import CaseCodings, case_codings, coders_to_ask
from db.queries.corrections import correctable
from db.queries.home import my_attention
from db.queries.inbox import inbox
from db.queries.timeline import timeline
from db.rules.agreement import Agreement
from db.rules.attention import Need
from db.rules.codings import OF_FINDINGS, CodingStatus, Settled
from db.rules.corrections import SaidFinding
from db.rules.limits import Limits
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_recorded,
    at_once,
    last,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, give_second

CODED: dict[str, Any] = {
    "evidence": Evidence.REPORTED,
    "case_process_id": None,
    "quarter": "2026Q1",
    "note": "The rota",
}
SAID = SaidFinding("P04", Evidence.REPORTED, None, "2026Q1", "The rota", DoctorView.NOT_SHOWN)
SLIP: dict[str, Any] = {
    "finding_id": 1,
    "seen": SAID,
    **CODED,
    "code": "P01",
    "reason": "A slip",
    "doctor_view": SAID.doctor_view,
}
TODAY = clock.today()


@pytest.fixture
def coded(casework: Casework) -> Casework:
    """A case with a finding, and a second person who may read it."""
    with casework.database.write() as session:
        give_second(session, casework)
    run(casework, add_finding, code="P04", **CODED)
    return casework


@pytest.fixture
def asked(coded: Casework) -> Casework:
    run(coded, ask_coding, to_id=coded.off_case)
    return coded


def hand_in(work: Casework, *codes: str, **more: Any) -> int:
    """What `off_case` chose; the id of their coding."""
    run(work, hand_in_coding, work.off_case, codes=list(codes), notes=more.pop("notes", {}), **more)
    coding: int = last(work.database, Coding).id
    return coding


def seen_by(work: Casework, who: str) -> CaseCodings:
    with work.database.read() as session:
        return case_codings(session, viewer(work, who), work.reference)


def all_that_is_read(work: Casework, who: str) -> str:
    """Everything about one case that says what it is like, for one person."""
    person, reference = viewer(work, who), work.reference
    with work.database.read() as session:
        detail = case_detail(session, person, reference, TODAY, Limits())
        notices = [notice.action for notice in inbox(session, person, 0) if notice.action in OF_FINDINGS]
        told = [one.action for one in case_history(session, person, reference, (), 50) if one.action in OF_FINDINGS]
        found = [rows_of(session, person, [the_case(work).id], TODAY, words) for words in ("rota", "delay")]
        parts = (detail.findings, detail.lines, timeline(session, person, reference, (), 50), notices, told)
        return repr((parts, found, correctable(session, person, reference)))


def test_whoever_is_asked_reads_no_finding_of_the_case_until_they_answer(coded: Casework) -> None:
    assert "P04" in all_that_is_read(coded, "off_case")
    run(coded, correct_finding, **SLIP)
    assert_recorded(coded, "ask_coding", ask_coding, to_id=coded.off_case)
    hidden = all_that_is_read(coded, "off_case")
    for word in ("P04", "P01", "The rota", "finding"):
        assert word not in hidden.replace("findings={}", ""), word
    assert "P01" in all_that_is_read(coded, "on_case")
    with refused(coded.database, "without sight of its findings"):
        run(coded, add_finding, coded.off_case, code="P01", **CODED)
    run(coded, decline_coding, coded.off_case)
    assert "P01" in all_that_is_read(coded, "off_case")


def test_their_home_says_so_and_nobody_else_s(asked: Casework) -> None:
    def told(who: str) -> list[str]:
        with asked.database.read() as session:
            lines = my_attention(session, viewer(asked, who), TODAY, Limits())
        return [line.name for line in lines if line.what is Need.CODING]

    assert (told("off_case"), told("on_case"), told("lead")) == (["Vik"], [], [])
    run(asked, recuse, asked.off_case, volunteer_id=asked.off_case, reason="A link")
    assert told("off_case") == []
    with refused(asked.database, "Not found", error=NotFound):
        run(asked, hand_in_coding, asked.off_case, codes=["P04"], notes={})


def leaves_the_case(work: Casework) -> None:
    place = last(work.database, Assignment, volunteer_id=work.off_case).id
    run(work, end_assignment, work.off_case, assignment_id=place, handover="No time")


def declares_a_conflict(work: Casework) -> None:
    run(work, recuse, work.off_case, volunteer_id=work.off_case, reason="A link")


def is_named_in_it(work: Casework) -> None:
    run(work, name_party, work.lead, role=PartyRole.WITNESS, name="Uma")


def has_left(work: Casework) -> None:
    run(work, deactivate, work.lead, volunteer_id=work.off_case)


@pytest.mark.parametrize("loses_it", [leaves_the_case, declares_a_conflict, is_named_in_it, has_left])
def test_once_they_may_not_read_the_case_whoever_asked_is_told_and_asks_another(
    asked: Casework, loses_it: Callable[[Casework], None]
) -> None:
    loses_it(asked)
    found = seen_by(asked, "on_case")
    assert (found.waiting, [one.status for one in found.ended]) == (None, [CodingStatus.LOST])
    with asked.database.read() as session:
        told = [notice.action for notice in inbox(session, viewer(asked, "on_case"), 0)]
    assert "end_lost_coding" in told
    run(asked, ask_coding, to_id=asked.lead)
    assert [row.status for row in rows(asked.database, Coding)] == [CodingStatus.LOST, CodingStatus.ASKED]


def test_what_is_handed_in_is_compared_with_what_was_coded_and_changes_no_more(asked: Casework) -> None:
    waiting = seen_by(asked, "on_case").waiting
    assert waiting is not None
    assert (waiting.coder, waiting.marks) == ("Uma", ())
    told = {"U02": {"note": "Harsher than called for"}}
    args: dict[str, Any] = {"codes": ["U02", "P04"], "notes": told}
    assert_recorded(asked, "hand_in_coding", hand_in_coding, asked.off_case, **args)
    [done] = seen_by(asked, "on_case").ended
    assert [(mark.code, mark.by_first, mark.by_second, mark.note) for mark in done.marks] == [
        ("P04", True, True, ""),
        ("U02", False, True, "Harsher than called for"),
    ]
    assert last(asked.database, Finding).second_coder_id == asked.off_case
    with refused(asked.database, "not asked to code"):
        run(asked, hand_in_coding, asked.off_case, codes=["P04"], notes={})
    run(asked, add_finding, code="U02", **CODED)
    assert seen_by(asked, "off_case").ended[0].marks[1].by_first is False


def test_nothing_is_handed_in_by_mistake_or_from_another_list(asked: Casework) -> None:
    for codes, words, field in (([], "tick that there is none", "none"), (["X99"], "from the list", "codes")):
        with refused(asked.database, words, field=field):
            hand_in(asked, *codes)
    hand_in(asked, none=True)
    [done] = seen_by(asked, "lead").ended
    assert [(mark.code, mark.is_open) for mark in done.marks] == [("P04", True)]


def test_only_somebody_who_did_not_code_it_and_may_read_it_is_asked(coded: Casework) -> None:
    with coded.database.read() as session:
        assert coders_to_ask(session, viewer(coded, "lead"), coded.reference) == {coded.off_case: "Uma"}
        assert coders_to_ask(session, viewer(coded, "off_case"), coded.reference) == {}
    for to in (coded.on_case, coded.in_conflict, coded.observer, coded.lead, 10**6):
        with refused(coded.database, "choose from the list", field="to_id"):
            run(coded, ask_coding, coded.lead, to_id=to)
    with refused(coded.database, "Only a lead or the lead of this case", error=NotAllowed):
        run(coded, ask_coding, coded.off_case, to_id=coded.lead)
    run(coded, ask_coding, coded.lead, to_id=coded.off_case)
    with refused(coded.database, "asked already"):
        run(coded, ask_coding, to_id=coded.lead)
    run(coded, take_back_coding, coded.lead)
    with refused(coded.database, "not asked to code"):
        hand_in(coded, "P04")
    assert [row.status for row in rows(coded.database, Coding)] == [CodingStatus.TAKEN_BACK]


def test_each_difference_is_settled_once_with_a_reason_for_all_to_read(asked: Casework) -> None:
    run(asked, add_finding, code="S01", **CODED)
    coding = hand_in(asked, "U02", "U03")
    about: dict[str, Any] = {"coding_id": coding, "reason": "We read the letter again"}
    seen = [SAID]
    assert_recorded(
        asked, "settle_difference", settle_difference, code="P04", how=Settled.WITHDRAWN, seen=seen, **about
    )
    run(
        asked,
        settle_difference,
        asked.off_case,
        code="S01",
        how=Settled.KEPT,
        seen=[replace(SAID, code="S01")],
        **about,
    )
    run(asked, settle_difference, asked.lead, code="U03", how=Settled.LEFT_OUT, seen=[], **about)
    assert_recorded(asked, "add_from_coding", add_from_coding, code="U02", **about, **CODED)
    assert [row.code for row in rows(asked.database, Finding)] == ["S01", "U02"]
    marks = rows(asked.database, CodingMark)
    assert [(mark.code, mark.by_first, mark.settled) for mark in marks] == [
        ("P04", True, Settled.WITHDRAWN),
        ("S01", True, Settled.KEPT),
        ("U02", False, Settled.ADDED),
        ("U03", False, Settled.LEFT_OUT),
    ]
    lines = [row.text for row in rows(asked.database, Entry) if row.kind is EntryKind.SYSTEM]
    said = "Coding settled: U03 Prejudged, only in the second coding, by Uma: left out. We read the letter again"
    assert said in lines
    with refused(asked.database, "settled this already", field="code"):
        run(asked, settle_difference, code="U03", how=Settled.LEFT_OUT, seen=[], **about)


def test_what_does_not_fit_or_has_changed_settles_nothing(asked: Casework) -> None:
    coding = hand_in(asked, "U02", "S01")
    about: dict[str, Any] = {"coding_id": coding, "reason": "Why"}
    for code, how in (("P04", Settled.ADDED), ("P04", Settled.LEFT_OUT), ("U02", Settled.KEPT)):
        with refused(asked.database, "choose from the list", field="how"):
            run(asked, settle_difference, code=code, how=how, seen=[SAID], **about)
    with refused(asked.database, "add it", field="how"):
        run(asked, settle_difference, code="U02", how=Settled.ADDED, seen=[], **about)
    with refused(asked.database, "one of this case’s"):
        run(asked, settle_difference, code="U09", how=Settled.LEFT_OUT, seen=[], **about)
    run(asked, add_finding, code="U02", **CODED)
    with refused(asked.database, "Vik changed this case", error=Stale):
        run(asked, settle_difference, asked.off_case, code="U02", how=Settled.LEFT_OUT, seen=[], **about)
    run(asked, settle_difference, code="U02", how=Settled.ADDED, seen=[replace(SAID, code="U02")], **about)
    run(asked, ask_coding, to_id=asked.lead)
    with refused(asked.database, "Hand in your own coding first"):
        run(asked, settle_difference, asked.lead, code="S01", how=Settled.LEFT_OUT, seen=[], **about)
    with asked.database.read() as session:
        assert case_codings(session, viewer(asked, "lead"), asked.reference).ended == ()


def test_it_is_for_those_who_read_the_case_and_all_or_nothing(asked: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    about: dict[str, Any] = {"codes": ["U02"], "notes": {}}
    assert_all_or_nothing(asked, monkeypatch, hand_in_coding, asked.off_case, **about)
    coding = hand_in(asked, "U02")
    settled: dict[str, Any] = {
        "coding_id": coding,
        "code": "P04",
        "how": Settled.WITHDRAWN,
        "reason": "x",
        "seen": [SAID],
    }
    assert_all_or_nothing(asked, monkeypatch, settle_difference, **settled)
    for who in (asked.in_conflict, asked.observer):
        for command, fields in (
            (ask_coding, {"to_id": asked.lead}),
            (settle_difference, settled),
            (hand_in_coding, about),
        ):
            with refused(asked.database, "Not found", error=NotFound):
                run(asked, command, who, **fields)


def test_agreement_is_counted_as_coded_before_anything_was_settled(asked: Casework) -> None:
    coding = hand_in(asked, "U02")
    drop: dict[str, Any] = {"code": "P04", "how": Settled.WITHDRAWN, "seen": [SAID], "reason": "x"}
    run(asked, settle_difference, coding_id=coding, **drop)
    run(asked, add_finding, code="S01", **CODED)
    run(asked, ask_coding, to_id=asked.lead)
    run(asked, hand_in_coding, asked.lead, codes=["S01"], notes={})

    def counted(who: str) -> dict[str, Agreement]:
        with asked.database.read() as session:
            return dict(coder_agreement(session, viewer(asked, who)).by_code)

    assert counted("lead") == {"P04": Agreement(0, 1, 0, 0), "U02": Agreement(0, 0, 1, 0)}
    assert counted("in_conflict") == {}
    with pytest.raises(NotAllowed):
        counted("on_case")


def test_of_two_hand_ins_at_once_one_counts(asked: Casework) -> None:
    about: dict[str, Any] = {"actor_id": asked.off_case, "reference": asked.reference, "notes": {}}

    def hands_in(code: str) -> Callable[[Session], None]:
        return lambda session: hand_in_coding(session, codes=[code], **about)

    refusal = at_once(asked.database, hands_in("P04"), hands_in("U02"))
    assert refusal is not None
    assert "not asked to code" in refusal.message
    assert [mark.code for mark in rows(asked.database, CodingMark)] == ["P04"]
