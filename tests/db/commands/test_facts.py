"""Facts of a case: recorded with their day and who examined them, changed and withdrawn in the open."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db import clock
from db.case_said import facts_said, finding_said
from db.choices import Evidence, YesNo
from db.commands.corrections import correct_facts
from db.commands.facts import change_fact, record_fact, tie_ground, withdraw_fact
from db.commands.finding_corrections import withdraw_finding
from db.commands.findings import add_finding
from db.commands.personal_data import check, without_personal_data
from db.commands.redactions import redact_words
from db.errors import CommandRefused, Invalid, PersonalData, Stale
from db.models import Audit, CaseFact, CaseGround, CaseProcess, CheckIn, CodedTerm, Entry, Finding, Flag, Process
from db.queries.case_history import case_history
from db.queries.facts import CaseFacts, case_facts
from db.queries.heatmap import HeatmapFilters, heatmap
from db.queries.queue import QueueFilters, case_queue
from db.rules.facts import FactKind, SaidFact, apart, in_words
from db.rules.limits import Limits
from db.rules.quarters import quarter_of
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    count,
    everything,
    last,
    plain,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, make_case

TODAY, LONG_AGO = clock.today(), date(2024, 3, 1)
GAP = SaidFact(code="rota_gap", took_place_on=LONG_AGO, note="No registrar at night", examined_by=("nobody",))
CONCERN = SaidFact(code="guardian", took_place_on=LONG_AGO, note="Unsafe rota")
DETRIMENT = SaidFact(code="excluded", took_place_on=LONG_AGO + timedelta(days=63), note="Sent home", after=1)
RECORD: dict[str, Any] = {"kind": FactKind.CIRCUMSTANCE, "fact": GAP}


def facts(work: Casework, who: str = "on_case") -> CaseFacts:
    with work.database.read() as session:
        return case_facts(session, viewer(work, who), work.reference)


def newest_line(work: Casework) -> str:
    return str(last(work.database, Entry).text)


def record(work: Casework, kind: FactKind, fact: SaidFact, **more: Any) -> int:
    return int(run(work, record_fact, kind=kind, fact=fact, **more))


def test_a_condition_says_when_what_and_who_examined_it(casework: Casework) -> None:
    assert assert_recorded(casework, "record_fact", record_fact, **RECORD) == 1
    [fact] = facts(casework, "lead").standing
    assert (fact.kind, fact.said, fact.by) == (FactKind.CIRCUMSTANCE, GAP, "Vik")
    line = newest_line(casework)
    assert line == "Fact recorded: Condition on the day: Gap in the rota, 1 Mar 2024, examined by nobody."
    assert "registrar" not in repr(rows(casework.database, Audit))


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        (FactKind.CIRCUMSTANCE, "circumstance"),
        (FactKind.IMPACT, "impact"),
        (FactKind.CONCERN, "raised_with"),
        (FactKind.DETRIMENT, "detriment"),
        (FactKind.PAY, "pay_status"),
        (FactKind.INDEMNITY, "indemnity"),
    ],
)
def test_every_term_of_its_list_can_be_entered_with_or_without_a_day(
    casework: Casework, kind: FactKind, listed: str
) -> None:
    terms = rows(casework.database, CodedTerm, list=listed)
    examined = ("unknown",) if kind is FactKind.CIRCUMSTANCE else ()
    for term in terms:
        for day in (None, TODAY):
            fact = SaidFact(code=term.code, took_place_on=day, note="x", examined_by=examined)
            record(casework, kind, fact, danger=YesNo.NO)
    assert [fact.said.code for fact in facts(casework).standing] == [t.code for t in terms for _ in range(2)]
    assert all(term.definition.endswith(".") for term in terms)
    assert len(terms) == 15 or kind is not FactKind.IMPACT


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"code": "nonsense"}, "code", "choose from the list"),
        ({"code": None}, "code", "choose from the list"),
        ({"code": 7}, "code", "choose from the list"),
        ({"code": "other", "note": " "}, "note", "fill this in"),
        ({"note": None}, "note", "fill this in"),
        ({"note": "x" * 2_001}, "note", "too long"),
        ({"took_place_on": TODAY + timedelta(days=1)}, "took_place_on", "today or an earlier day"),
        ({"took_place_on": date(25, 3, 5)}, "took_place_on", "check the year"),
        ({"took_place_on": "2024-03-01"}, "took_place_on", "choose a day"),
        ({"examined_by": ()}, "examined_by", "Nobody"),
        ({"examined_by": ("nobody", "coroner")}, "examined_by", "alone"),
        ({"examined_by": ("coroner", "coroner")}, "examined_by", "choose from the list"),
        ({"examined_by": ("pope",)}, "examined_by", "choose from the list"),
        ({"examined_by": "nobody"}, "examined_by", "choose from the list"),
        ({"examined_by": (["nobody"],)}, "examined_by", "choose from the list"),
    ],
)
def test_what_no_form_sends_is_refused_beside_its_field(
    casework: Casework, changes: dict[str, Any], field: str, words: str
) -> None:
    with refused(casework.database, words) as told:
        record(casework, FactKind.CIRCUMSTANCE, replace(GAP, **changes))
    refusal = told()
    assert field in (refusal.problems if isinstance(refusal, Invalid) else {refusal.field: words})


def test_examiners_are_for_conditions_and_a_policy_has_a_name_and_a_date(casework: Casework) -> None:
    with refused(casework.database, "only for a condition"):
        record(casework, FactKind.PAY, SaidFact(code="full", examined_by=("coroner",)))
    for policy in (SaidFact(note="Policy 12"), SaidFact(took_place_on=TODAY), SaidFact("x", TODAY, "Policy 12")):
        with refused(casework.database, r"\.", error=Invalid):
            record(casework, FactKind.POLICY, policy)
    record(casework, FactKind.POLICY, SaidFact(took_place_on=LONG_AGO, note="Managing concerns, version 4"))
    assert newest_line(casework) == "Fact recorded: Local policy, dated 1 Mar 2024."


def test_somebody_examines_it_later_and_the_earlier_edition_stays(casework: Casework) -> None:
    record(casework, FactKind.CIRCUMSTANCE, GAP)
    later = replace(GAP, examined_by=("coroner", "employer"))
    change: dict[str, Any] = {"number": 1, "seen": GAP, "fact": later, "reason": "The inquest heard it"}
    assert_recorded(casework, "change_fact", change_fact, **change)
    found = facts(casework)
    assert [fact.said for fact in found.standing] == [later]
    [before] = found.earlier
    assert (before.said, before.withdrawn, before.reason) == (GAP, False, "The inquest heard it")
    assert "examined by nobody → " in newest_line(casework)
    assert newest_line(casework).endswith("examined by employer and coroner. The inquest heard it")
    with casework.database.read() as session:
        told = case_history(session, viewer(casework, "lead"), casework.reference, (), 50)
    [change_told] = [one for one in told if one.action == "change_fact"]
    assert change_told.reason == "The inquest heard it"
    assert change_told.before == ("Condition on the day: Gap in the rota, 1 Mar 2024, examined by nobody",)


def test_a_stale_form_an_unchanged_one_and_no_reason_are_refused(casework: Casework) -> None:
    record(casework, FactKind.CIRCUMSTANCE, GAP)
    later = replace(GAP, note="Two gaps")
    with refused(casework.database, "not changed anything"):
        run(casework, change_fact, number=1, seen=GAP, fact=GAP, reason="x")
    with refused(casework.database, "Reason: please"):
        run(casework, change_fact, number=1, seen=GAP, fact=later, reason=" ")
    with refused(casework.database, "choose from the list"):
        run(casework, change_fact, number=2, seen=GAP, fact=later, reason="x")
    run(casework, change_fact, number=1, seen=GAP, fact=later, reason="x")
    with refused(casework.database, "Vik changed this case", error=Stale):
        run(casework, change_fact, number=1, seen=GAP, fact=replace(GAP, note="Three"), reason="x")
    with refused(casework.database, "Vik changed this case", error=Stale):
        run(casework, withdraw_fact, number=1, seen=GAP, reason="x")


def test_a_fact_recorded_by_mistake_is_withdrawn_and_stays_readable(casework: Casework) -> None:
    record(casework, FactKind.IMPACT, SaidFact(code="income"))
    run(casework, withdraw_fact, number=1, seen=SaidFact(code="income"), reason="Another doctor’s")
    found = facts(casework)
    assert not found.standing
    assert [(one.withdrawn, one.said.code) for one in found.earlier] == [(True, "income")]
    with refused(casework.database, "choose from the list"):
        run(casework, withdraw_fact, number=1, seen=SaidFact(code="income"), reason="x")


def test_two_people_who_change_it_at_once_both_hear_of_it(casework: Casework) -> None:
    record(casework, FactKind.CIRCUMSTANCE, GAP)
    on: dict[str, Any] = {"reference": casework.reference, "number": 1, "seen": GAP, "reason": "x"}

    def change(who: int, note: str) -> Any:
        return lambda session: change_fact(session, actor_id=who, **on, fact=replace(GAP, note=note))

    refusal = at_once(casework.database, change(casework.on_case, "First"), change(casework.lead, "Second"))
    assert isinstance(refusal, CommandRefused)
    assert [fact.said.note for fact in facts(casework).standing] == ["First"]


def test_two_who_record_at_once_lose_nothing_silently(casework: Casework) -> None:
    on: dict[str, Any] = {"reference": casework.reference, **RECORD}
    first, second = (
        (lambda session, who=who: record_fact(session, actor_id=who, **on)) for who in (casework.on_case, casework.lead)
    )
    refusal = at_once(casework.database, first, second)
    assert len(facts(casework).standing) == (1 if refusal else 2)


def test_a_concern_and_its_detriment_are_a_pair_whichever_is_recorded_first(casework: Casework) -> None:
    alone = replace(DETRIMENT, after=None)
    record(casework, FactKind.DETRIMENT, alone)
    concern = record(casework, FactKind.CONCERN, CONCERN)
    joined = replace(alone, after=concern)
    run(casework, change_fact, number=1, seen=alone, fact=joined, reason="It followed from this")
    said = {fact.kind: fact.said for fact in facts(casework).standing}
    assert said[FactKind.DETRIMENT].after == concern
    assert apart(said[FactKind.CONCERN], said[FactKind.DETRIMENT]) == "63 days after the concern"
    for wrong in (1, 99, -1):
        with refused(casework.database, "After which concern", field="after"):
            record(casework, FactKind.DETRIMENT, replace(alone, after=wrong))


def test_a_detriment_before_its_concern_is_asked_about_and_may_stand(casework: Casework) -> None:
    record(casework, FactKind.CONCERN, CONCERN)
    early = replace(DETRIMENT, took_place_on=LONG_AGO - timedelta(days=1))
    with refused(casework.database, r"29 Feb 2024\) is before the concern \(1 Mar 2024", field="in_this_order"):
        record(casework, FactKind.DETRIMENT, early)
    record(casework, FactKind.DETRIMENT, early, in_this_order=True)
    assert apart(CONCERN, early) == "1 day before the concern"
    record(casework, FactKind.DETRIMENT, DETRIMENT)
    later = replace(CONCERN, took_place_on=TODAY)
    with refused(casework.database, "is before the concern", field="in_this_order"):
        run(casework, change_fact, number=1, seen=CONCERN, fact=later, reason="x")
    record(casework, FactKind.DETRIMENT, replace(DETRIMENT, took_place_on=None))
    assert apart(CONCERN, replace(DETRIMENT, took_place_on=None)) is None
    assert apart(CONCERN, replace(DETRIMENT, took_place_on=LONG_AGO)) == "on the day of the concern"


@pytest.fixture
def coded(casework: Casework) -> tuple[int, int]:
    """A process and a finding of the case."""
    finding: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "note": ""}
    run(casework, add_finding, code="U06", quarter=quarter_of(TODAY), **finding)
    with casework.database.read() as session:
        return session.scalars(select(CaseProcess.id)).one(), session.scalars(select(Finding.id)).one()


def test_a_ground_is_tied_to_a_process_or_a_finding_and_is_then_alleged(
    casework: Casework, coded: tuple[int, int]
) -> None:
    process, finding = coded
    tie: dict[str, Any] = {"ground": "race", "case_process_id": process, "finding_id": None}
    assert_recorded(casework, "tie_ground", tie_ground, **tie)
    assert [row.ground for row in rows(casework.database, CaseGround)] == ["race"]
    [kind] = rows(casework.database, Process, code="MHPS")
    assert newest_line(casework) == f"Fact recorded: Ground, said to have touched {kind.label}."
    run(casework, tie_ground, **tie | {"case_process_id": None, "finding_id": finding})
    assert newest_line(casework) == "Fact recorded: Ground, said to have touched the finding U06."
    run(casework, tie_ground, **tie | {"ground": "sex", "case_process_id": None})
    with refused(casework.database, "already recorded there", field="code"):
        run(casework, tie_ground, **tie)
    with refused(casework.database, "not both", field="finding_id"):
        run(casework, tie_ground, **tie | {"ground": "age", "finding_id": finding})
    with refused(casework.database, r"\.", error=Invalid):
        run(casework, tie_ground, **tie | {"ground": "nonsense"})
    ties = [(f.said.code, f.said.case_process_id, f.said.finding_id) for f in facts(casework).of(FactKind.GROUND)]
    assert ties == [("race", process, None), ("race", None, finding), ("sex", None, None)]


def test_a_ground_that_is_named_takes_the_place_of_none_stated(casework: Casework) -> None:
    with casework.database.write() as session:
        session.add(CaseGround(case_id=the_case(casework).id, ground="not_stated"))
    whole: dict[str, Any] = {"case_process_id": None, "finding_id": None}
    with refused(casework.database, "choose which one", field="code"):
        run(casework, tie_ground, ground="not_stated", **whole)
    run(casework, tie_ground, ground="race", **whole)
    assert [row.ground for row in rows(casework.database, CaseGround)] == ["race"]


def test_a_dismissal_of_these_days_asks_for_a_check_in(casework: Casework) -> None:
    before = count(casework.database, CheckIn)
    record(casework, FactKind.DETRIMENT, SaidFact("dismissed", LONG_AGO, "x"))
    assert count(casework.database, CheckIn) == before
    record(casework, FactKind.DETRIMENT, SaidFact("dismissed", TODAY, "x"))
    assert [row.kind for row in rows(casework.database, CheckIn)][before:] == ["dismissal"]


def found(work: Casework, words: str) -> list[str]:
    with work.database.read() as session:
        page = case_queue(session, viewer(work, "lead"), QueueFilters(search=words), TODAY, Limits())
    return [row.reference for row in page.rows]


def test_what_a_fact_says_is_found_until_it_is_changed_or_withdrawn(casework: Casework) -> None:
    record(casework, FactKind.CIRCUMSTANCE, replace(GAP, note="Okapi at night"))
    assert found(casework, "okapi") == [casework.reference]
    seen = replace(GAP, note="Okapi at night")
    run(casework, change_fact, number=1, seen=seen, fact=replace(GAP, note="Zebra"), reason="x")
    assert (found(casework, "okapi"), found(casework, "zebra")) == ([], [casework.reference])
    run(casework, withdraw_fact, number=1, seen=replace(GAP, note="Zebra"), reason="x")
    assert found(casework, "zebra") == []


def test_another_cases_process_and_finding_are_refused(casework: Casework, coded: tuple[int, int]) -> None:
    with casework.database.write() as session:
        other = make_case(session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org")
    for tie in ({"case_process_id": coded[0], "finding_id": None}, {"case_process_id": None, "finding_id": coded[1]}):
        with refused(casework.database, "one of this case’s"):
            run(casework, tie_ground, casework.lead, reference=other, ground="race", **tie)
    with refused(casework.database, "what it touched", field="code"):
        record(casework, FactKind.GROUND, SaidFact(code="race", case_process_id=coded[0]))


def test_of_a_withdrawn_ground_nothing_stays_and_a_tied_one_is_not_taken_from_the_case(
    casework: Casework, coded: tuple[int, int]
) -> None:
    run(casework, tie_ground, ground="sexual_orientation", case_process_id=coded[0], finding_id=None, note="Zqx")
    with casework.database.read() as session:
        seen = facts_said(session, the_case(casework))
    gone: dict[str, Any] = {"seen": seen, "facts": replace(seen, grounds=()), "reason": "She never said so"}
    with refused(casework.database, "withdraw what Sexual orientation touched first", error=Invalid):
        run(casework, correct_facts, **gone)
    said = SaidFact(code="sexual_orientation", note="Zqx", case_process_id=coded[0])
    with refused(casework.database, "withdraw this one", field="code"):
        run(casework, change_fact, number=1, seen=said, fact=replace(said, code="race"), reason="x")
    run(casework, withdraw_fact, number=1, seen=said, reason="She never said so")
    run(casework, correct_facts, **gone)
    assert not facts(casework).standing
    assert not facts(casework).earlier
    for table, found in everything(casework.database).items():
        assert "sexual_orientation" not in repr(found), table
        assert "Sexual orientation" not in repr(found), table
        assert "Zqx" not in repr(found), table


def test_a_withdrawn_finding_takes_its_tie_along(casework: Casework, coded: tuple[int, int]) -> None:
    run(casework, tie_ground, ground="race", case_process_id=None, finding_id=coded[1])
    with casework.database.read() as session:
        seen = finding_said(session.get_one(Finding, coded[1]))
    run(casework, withdraw_finding, finding_id=coded[1], seen=seen, reason="Coded by mistake")
    assert not facts(casework).standing
    assert [row.withdrawn for row in rows(casework.database, CaseFact)] == [False, True]


def test_risk_of_self_harm_asks_about_danger_and_reaches_every_lead(casework: Casework) -> None:
    harm = SaidFact(code="self_harm_risk")
    with refused(casework.database, "in danger now", error=Invalid):
        record(casework, FactKind.IMPACT, harm)
    record(casework, FactKind.IMPACT, harm, danger=YesNo.NOT_ASKED)
    assert count(casework.database, Flag) == 0
    record(casework, FactKind.IMPACT, harm, danger=YesNo.YES)
    assert [flag.code for flag in rows(casework.database, Flag)] == ["CRISIS"]
    assert any(row.action == "raise_flag" for row in rows(casework.database, Audit))
    record(casework, FactKind.IMPACT, harm)
    record(casework, FactKind.IMPACT, SaidFact(code="income"))
    assert count(casework.database, Flag) == 1


@pytest.mark.usefixtures("coded")
def test_cards_queue_and_heatmap_know_nothing_of_facts(casework: Casework) -> None:
    def shown() -> list[Any]:
        with casework.database.read() as session:
            who = viewer(casework, "off_case")
            queue = [case_queue(session, who, QueueFilters(search=w), TODAY, Limits()) for w in ("", "registrar")]
            return [plain(one) for one in (*queue, heatmap(session, viewer(casework, "lead"), HeatmapFilters()))]

    before = shown()
    record(casework, FactKind.CIRCUMSTANCE, GAP)
    record(casework, FactKind.CONCERN, CONCERN)
    assert shown() == before


def test_patients_in_a_note_are_refused_and_redacted(casework: Casework) -> None:
    fields = {"reference": casework.reference, "fact": replace(GAP, note="NHS number 943 476 5919"), "seen": GAP}
    with casework.database.read() as session:
        with pytest.raises(PersonalData) as found:
            check(session, actor_id=casework.on_case, fields=fields)
        clean = without_personal_data(session, actor_id=casework.on_case, fields=fields)
    assert list(found.value.problems) == ["note"]
    assert "943" not in clean["fact"].note
    assert clean["seen"] == GAP


def test_words_are_redacted_from_every_edition(casework: Casework) -> None:
    record(casework, FactKind.CIRCUMSTANCE, replace(GAP, note="Zqx said so"))
    seen = replace(GAP, note="Zqx said so")
    run(casework, change_fact, number=1, seen=seen, fact=replace(seen, note="Zqx wrote so"), reason="Zqx’s letter")
    run(casework, redact_words, words="Zqx", reason="A colleague’s name")
    assert "Zqx" not in repr(everything(casework.database))


@pytest.mark.parametrize("command", [record_fact, tie_ground, change_fact, withdraw_fact])
def test_for_the_team_only_and_all_or_nothing(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, command: Any
) -> None:
    record(casework, FactKind.CIRCUMSTANCE, GAP)
    values: dict[Any, dict[str, Any]] = {
        record_fact: RECORD,
        tie_ground: {"ground": "race", "case_process_id": None, "finding_id": None},
        change_fact: {"number": 1, "seen": GAP, "fact": replace(GAP, note="x"), "reason": "x"},
        withdraw_fact: {"number": 1, "seen": GAP, "reason": "x"},
    }
    assert_for_the_team_only(casework, command, **values[command])
    assert_all_or_nothing(casework, monkeypatch, command, **values[command])


def test_hostile_words_are_plain_text(casework: Casework) -> None:
    def write(words: str) -> None:
        record(casework, FactKind.CIRCUMSTANCE, replace(GAP, note=words))

    assert_hostile_text_is_plain(casework, write, lambda: last(casework.database, CaseFact).note)


def test_words_say_that_nobody_knows_who_examined_it() -> None:
    lists = {"circumstance": {"rota_gap": "Gap"}, "examined_by": {"unknown": "Not known", "coroner": "Coroner"}}
    said = in_words(FactKind.CIRCUMSTANCE, SaidFact("rota_gap", examined_by=("unknown",)), lists)
    assert said == "Condition on the day: Gap, not known who examined it"
