"""One case in full for its team and leads, as a card for other volunteers, and not at all for the rest."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import (
    AssignmentRole,
    AssignmentStatus,
    Condition,
    Contact,
    DeadlineKind,
    EntryKind,
    Evidence,
    Stage,
    TimelineKind,
    Wellbeing,
    Whose,
    YesNo,
)
from db.commands.assignments import offer_case
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.flags import raise_flag
from db.commands.processes import add_process, move_process
from db.commands.update_status import update_status
from db.commands.waiting import begin_waiting
from db.errors import NotFound
from db.models import Case, CaseProcess, Deadline
from db.queries.case_detail import CaseDetail, case_detail
from db.queries.offers import offerable
from db.queries.timeline import Line, timeline
from db.rules.limits import Limits
from tests.db.helpers import last, plain, rows, run, statements, the_case, viewer
from tests.factories import AGREED, INTAKE, Casework

TODAY = clock.today()
LIMITS = Limits()


def detail(casework: Casework, who: str = "on_case") -> CaseDetail:
    with casework.database.read() as session:
        return case_detail(session, viewer(casework, who), casework.reference, TODAY, LIMITS)


def lines(
    casework: Casework, who: str = "on_case", kinds: tuple[TimelineKind, ...] = (), shown: int = 50
) -> list[Line]:
    with casework.database.read() as session:
        return timeline(session, viewer(casework, who), casework.reference, kinds, shown)


@pytest.fixture
def busy(casework: Casework) -> Casework:
    run(casework, raise_flag, code="CRISIS", why="A word in confidence", review_on=TODAY)
    run(casework, add_process, process="GMC", stage="RULE-7", organisation_id=casework.other_body, started_on=TODAY)
    run(
        casework,
        add_deadline,
        name="Reply",
        due_on=TODAY + timedelta(days=9),
        kind=DeadlineKind.STATUTORY,
        whose=Whose.OURS,
        case_process_id=last(casework.database, CaseProcess).id,
    )
    run(
        casework,
        add_finding,
        code="U05",
        evidence=Evidence.CONCEDED,
        case_process_id=None,
        quarter="2025Q1",
        note="Their letter",
    )
    run(casework, begin_waiting, on_whom="HR", chase_on=TODAY + timedelta(days=3))
    run(
        casework,
        update_status,
        seen_version=the_case(casework).version,
        what_changed="Spoke",
        contact=Contact.REACHED,
        wellbeing=Wellbeing.WORSE,
        danger=YesNo.NO,
        next_action="Draft",
        action_owner_id=casework.lead,
        # Before the check-in that the letter from the GMC brings.
        action_due_on=TODAY,
    )
    return casework


def test_the_team_reads_everything(busy: Casework) -> None:
    found = detail(busy)
    case = the_case(busy)
    assert found.full
    assert (found.reference, found.version, found.stage) == (busy.reference, case.version, Stage.NEW)
    assert (found.summary, found.body) == (INTAKE.summary, "Example Acute Trust EX001")
    assert (found.lead_id, found.lead_name, found.updated_by) == (busy.on_case, "Vik", "Vik")
    assert found.next_deadline == ("Reply", TODAY + timedelta(days=9), "ours")
    assert found.next_action
    assert (found.next_action.text, found.next_action.owner) == ("Draft", "Lena")
    assert [row.on_whom for row in found.waiting] == ["HR"]
    assert [(row.process, row.stage, row.body) for row in found.processes] == [
        ("MHPS", "SCREEN", "Example Acute Trust EX001"),
        ("GMC", "RULE-7", "Example Acute Trust EX002"),
    ]
    assert [(row.name, row.process) for row in found.deadlines] == [("Reply", "GMC")]
    (finding,) = found.findings
    assert (finding.code, finding.evidence, finding.coded_by) == ("U05", "conceded", "Vik")
    assert {row.purpose for row in found.consents} == {"hold", *AGREED}
    assert found.wellbeing == "worse"
    assert found.reached_on == TODAY
    assert found.flags == ("CRISIS",)
    assert found.facts
    assert (found.facts.has_lead, found.facts.findings, found.facts.flags) == (True, 1, 1)
    assert found.conditions >= {Condition.AT_RISK, Condition.AWAITING_OTHERS}
    assert plain(detail(busy, "lead")) == plain(found)


PRIVATE = (
    "summary",
    "body",
    "next_action",
    "actions",
    "waiting",
    "places",
    "processes",
    "deadlines",
    "findings",
    "consents",
    "grounds",
    "facts",
    "wellbeing",
    "representation",
    "updated_by",
    "updated_at",
    "version",
    "nation",
    "grade",
    "specialty_group",
    "lead_id",
    "lead_name",
    "points",
    "reached_on",
)


def test_another_volunteer_reads_the_card_only(busy: Casework) -> None:
    card = detail(busy, "off_case")
    assert not card.full
    empty = {field: CaseDetail.__dataclass_fields__[field] for field in PRIVATE}
    for name, field in empty.items():
        default = field.default if not callable(field.default_factory) else field.default_factory()
        assert getattr(card, name) == default, name
    full = detail(busy)
    for name in ("reference", "stage", "opened_on", "process_codes", "body_kind", "region", "unallocated"):
        assert getattr(card, name) == getattr(full, name), name
    told = str(plain(card))
    for words in (INTAKE.summary, "Spoke", "Draft", "Their letter", "HR", "EX001"):
        assert words not in told, words


def test_why_a_flag_was_raised_is_no_part_of_the_card(busy: Casework) -> None:
    assert detail(busy, "off_case").flags == ("CRISIS",)
    assert "A word in confidence" not in str(plain(detail(busy, "off_case")))
    assert "A word in confidence" in str(plain(detail(busy)))


def test_observers_the_barred_and_the_lost_find_nothing(busy: Casework) -> None:
    for who in ("observer", "in_conflict"):
        with pytest.raises(NotFound, match="Not found"):
            detail(busy, who)
        assert lines(busy, who) == []


def test_a_closed_case_is_for_leads_and_its_team(busy: Casework) -> None:
    with busy.database.write() as session:
        session.execute(update(Case).values(is_open=False, stage=Stage.CLOSED, closed_on=TODAY))
    assert detail(busy, "lead").closed_on == TODAY
    assert detail(busy, "lead").conditions == frozenset()
    with pytest.raises(NotFound):
        detail(busy, "off_case")


def test_whoever_is_offered_a_place_sees_the_offer_and_still_only_the_card(busy: Casework) -> None:
    run(busy, offer_case, busy.lead, volunteer_id=busy.off_case, role=AssignmentRole.SECOND, reason="Knows the GMC")
    card = detail(busy, "off_case")
    assert card.own_offer
    assert (card.own_offer.status, card.own_offer.reason) == (AssignmentStatus.OFFERED, "Knows the GMC")
    assert not card.full
    assert detail(busy).own_offer is None


def test_a_next_deadline_that_is_settled_is_no_longer_next(busy: Casework) -> None:
    run(busy, change_deadline, deadline_id=last(busy.database, Deadline).id, met_on=TODAY)
    found = detail(busy)
    assert found.next_deadline is None
    assert [row.met_on for row in found.deadlines] == [TODAY]


def test_an_ended_process_stays_in_sight_but_leaves_the_card(busy: Casework) -> None:
    process = rows(busy.database, CaseProcess)[0].id
    run(busy, move_process, case_process_id=process, stage="OUTCOME", ended=True)
    found = detail(busy)
    assert found.process_codes == ("GMC",)
    assert [row.process for row in found.processes] == ["GMC", "MHPS"]


def test_the_timeline_is_newest_first_filtered_by_kind_and_cut(busy: Casework) -> None:
    for n in range(4):
        run(busy, add_entry, kind=EntryKind.NOTE, text=f"Note {n}")
    everything = lines(busy)
    assert [line.at for line in everything] == sorted((line.at for line in everything), reverse=True)
    notes = lines(busy, kinds=(TimelineKind.NOTE,))
    assert [line.text for line in notes] == ["Note 3", "Note 2", "Note 1", "Note 0"]
    assert {line.author for line in notes} == {"Vik"}
    # One more than asked says that there is more.
    assert [line.text for line in lines(busy, kinds=(TimelineKind.NOTE,), shown=2)] == ["Note 3", "Note 2", "Note 1"]
    assert lines(busy, "off_case") == []
    assert [line.text for line in lines(busy, "lead", kinds=(TimelineKind.CONTACT,))] == ["Spoke"]


def test_a_malformed_reference_has_no_timeline(busy: Casework) -> None:
    for reference in ("", "%", "LNB-222222", "LNB-______", "x" * 100_000):
        with busy.database.read() as session:
            assert timeline(session, viewer(busy, "lead"), reference, (), 9) == []


def test_a_place_is_offerable_to_nobody_who_is_barred(busy: Casework) -> None:
    with busy.database.read() as session:
        for who in ("lead", "on_case"):
            people = offerable(session, viewer(busy, who), busy.reference)
            assert set(people) == {busy.lead, busy.on_case, busy.off_case}
            assert list(people.values()) == sorted(people.values())
        for who in ("off_case", "in_conflict", "observer"):
            with pytest.raises(NotFound):
                offerable(session, viewer(busy, who), busy.reference)


def test_the_number_of_statements_is_fixed(busy: Casework) -> None:
    who: Any = viewer(busy, "lead")
    sent = []
    for _ in range(2):
        with busy.database.read() as session, statements(busy.database) as log:
            case_detail(session, who, busy.reference, TODAY, LIMITS)
            timeline(session, who, busy.reference, (), 20)
        sent.append(len(log))
        for n in range(5):
            run(busy, add_entry, kind=EntryKind.NOTE, text=f"Note {n}")
            run(busy, add_deadline, name=f"Day {n}", due_on=TODAY, kind=DeadlineKind.LOCAL, whose=Whose.OURS)
    assert sent[0] == sent[1] <= 24
