"""What a process came to: several in order, with the end and the review of a sanction, and a duty to tell the GMC."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from db import clock
from db.choices import DeadlineKind, EntryKind, Stage, Whose, YesNo
from db.commands.body_corrections import correct_process
from db.commands.deadlines import change_deadline
from db.commands.outcomes import correct_outcome, record_outcome
from db.commands.pathways import add_process_stage
from db.commands.processes import add_process, move_process
from db.commands.redactions import redact_words
from db.errors import Stale
from db.models import (
    Audit,
    Case,
    CaseProcess,
    CheckIn,
    Correction,
    Deadline,
    Debrief,
    Entry,
    ProcessOutcome,
    SearchText,
)
from db.queries.pathways import Pathway, pathways
from db.rules.clock import Unit, due_date
from db.rules.outcomes import standing
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    at_once,
    last,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework

TODAY = clock.today()
BEGAN = TODAY - timedelta(days=400)
YEAR = timedelta(days=365)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def facing(casework: Casework, process: str, stage: str) -> int:
    """A process that began 400 days ago, at this stage."""
    run(casework, add_process, process=process, stage=stage, organisation_id=None, started_on=BEGAN, since=BEGAN)
    return int(last(casework.database, CaseProcess).id)


def tell(casework: Casework, process: int, code: str, on: date = TODAY, **more: Any) -> None:
    run(casework, record_outcome, case_process_id=process, code=code, happened_on=on, **more)


def correct(casework: Casework, process: int, number: int, **more: Any) -> None:
    now = list(rows(casework.database, ProcessOutcome, case_process_id=process, number=number))[-1]
    same = {name: getattr(now, name) for name in ("happened_on", "end_on", "review_on", "note")}
    told: dict[str, Any] = {"number": number, "seen_edition": now.edition, "reason": "Misread", **same}
    run(casework, correct_outcome, case_process_id=process, **(told | more))


def found(casework: Casework, process: int, who: str = "on_case") -> Pathway | None:
    with casework.database.read() as session:
        known = pathways(session, viewer(casework, who), casework.reference)
    return next((pathway for pathway in known if pathway.id == process), None)


def stands(casework: Casework, process: int) -> list[str]:
    pathway = found(casework, process)
    assert pathway is not None
    return [one.outcome for one in standing(pathway.outcomes)]


def live(casework: Casework) -> dict[str, date]:
    return {row.name: row.due_on for row in rows(casework.database, Deadline) if not (row.lapsed_on or row.met_on)}


def lines(casework: Casework) -> list[str]:
    return [row.text for row in rows(casework.database, Entry, kind=EntryKind.SYSTEM)]


def test_a_claim_is_won_reversed_and_sent_back_each_with_its_day(casework: Casework) -> None:
    claim = facing(casework, "ET", "HEARING")
    assert_recorded(casework, "record_outcome", record_outcome, case_process_id=claim, code="WON", happened_on=ago(300))
    tell(casework, claim, "REVERSED", ago(200), changes=1)
    assert stands(casework, claim) == ["REVERSED"]
    tell(casework, claim, "SENT-BACK", ago(100), changes=2)
    assert stands(casework, claim) == ["SENT-BACK"]
    told = rows(casework.database, ProcessOutcome, case_process_id=claim)
    assert [(row.number, row.outcome, row.happened_on, row.changes) for row in told] == [
        (1, "WON", ago(300), None),
        (2, "REVERSED", ago(200), 1),
        (3, "SENT-BACK", ago(100), 2),
    ]
    said = [text for text in lines(casework) if text.startswith("Employment tribunal: Reversed on appeal")]
    assert f"Claim won of {ago(300):%-d %B %Y}: reversed." in said[0]
    assert last(casework.database, Audit, action="record_outcome").details["outcome"] == "SENT-BACK"


def test_the_end_of_a_sanction_is_a_window_and_its_review_the_tribunals(casework: Casework) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    tell(casework, hearing, "SUSPENSION", ago(10), end_on=ahead(170), review_on=ahead(140))
    end, review = rows(casework.database, Deadline)[-2:]
    assert (end.name, end.due_on, end.whose, end.kind) == (
        *("Suspension ends", ahead(170)),
        *(Whose.WINDOW, DeadlineKind.STATUTORY),
    )
    assert (review.name, review.due_on, review.whose) == ("Review of the suspension", ahead(140), Whose.BODY)
    assert end.case_process_id == review.case_process_id == hearing
    assert the_case(casework).body_due_on == ahead(140)


def test_a_suspension_extended_or_swapped_takes_the_place_of_the_first(casework: Casework) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    tell(casework, hearing, "SUSPENSION", ago(90), end_on=ahead(9), review_on=ahead(3))
    tell(casework, hearing, "SUSPENSION-EXTENDED", ago(1), end_on=ahead(180), review_on=ahead(160), changes=1)
    assert live(casework) == {
        "Suspension ends (as extended)": ahead(180),
        "Review of the extended suspension": ahead(160),
    }
    tell(casework, hearing, "SUSPENSION-TO-CONDITIONS", TODAY, end_on=ahead(300), changes=2)
    assert live(casework) == {"Conditions end": ahead(300)}
    tell(casework, hearing, "SANCTION-LIFTED", TODAY, changes=3)
    assert live(casework) == {}


def test_a_day_that_is_past_makes_no_deadline_that_somebody_would_be_late_for(casework: Casework) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    tell(casework, hearing, "SUSPENSION", ago(300), end_on=ago(100), review_on=ago(120))
    assert rows(casework.database, Deadline) == []


def test_deadlines_move_with_a_correction_and_end_with_a_withdrawal(casework: Casework) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    tell(casework, hearing, "CONDITIONS", ago(10), end_on=ahead(100), note="Served by post")
    correct(casework, hearing, 1, end_on=ahead(120), review_on=ahead(90))
    assert live(casework) == {"Conditions end": ahead(120), "Review of the conditions": ahead(90)}
    assert "moved with its outcome" in " ".join(lines(casework))
    correct(casework, hearing, 1, review_on=None)
    assert live(casework) == {"Conditions end": ahead(120)}
    assert_recorded(
        casework,
        "correct_outcome",
        correct_outcome,
        case_process_id=hearing,
        number=1,
        seen_edition=3,
        happened_on=TODAY,
        reason="Another doctor’s",
        withdrawn=True,
    )
    assert live(casework) == {}
    assert stands(casework, hearing) == []
    editions = rows(casework.database, ProcessOutcome)
    assert [row.edition for row in editions] == [1, 2, 3, 4]
    assert [row.note for row in editions] == ["Served by post"] * 3 + [""]
    assert "Conditions: " in (last(casework.database, Correction).was or "")
    assert "recorded by mistake and has been withdrawn. Another doctor’s" in " ".join(lines(casework))


def test_what_was_settled_by_hand_stays_as_it_is(casework: Casework) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    tell(casework, hearing, "CONDITIONS", ago(10), end_on=ahead(100), review_on=ahead(50))
    review = last(casework.database, Deadline, name="Review of the conditions")
    run(casework, change_deadline, deadline_id=review.id, met_on=TODAY)
    correct(casework, hearing, 1, review_on=ahead(60))
    correct(casework, hearing, 1, withdrawn=True)
    kept = last(casework.database, Deadline, id=review.id)
    assert (kept.met_on, kept.due_on, kept.lapsed_on) == (TODAY, ahead(50), None)


def test_a_sanction_that_stands_again_runs_again(casework: Casework) -> None:
    hearing = facing(casework, "MPTS", "APPEAL-DOCTOR")
    tell(casework, hearing, "SUSPENSION", ago(60), end_on=ahead(120))
    tell(casework, hearing, "CONSENT-QUASHED", ago(5), changes=1)
    assert live(casework) == {}
    tell(casework, hearing, "REVERSED", ago(1), changes=2)
    assert live(casework) == {"Suspension ends": ahead(120)}
    with refused(casework.database, "Withdraw that one first", field="withdrawn"):
        correct(casework, hearing, 2, withdrawn=True)
    correct(casework, hearing, 3, withdrawn=True)
    assert live(casework) == {}
    correct(casework, hearing, 2, withdrawn=True)
    assert live(casework) == {"Suspension ends": ahead(120)}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"happened_on": ahead(1)}, "happened_on"),
        ({"happened_on": BEGAN - timedelta(days=1)}, "happened_on"),
        ({"end_on": ago(50)}, "end_on"),
        ({"review_on": ago(50)}, "review_on"),
        ({"end_on": ahead(9), "review_on": ahead(10)}, "review_on"),
        ({"code": "WON"}, "code"),
        ({"code": "nothing"}, "code"),
        ({"code": "ERASURE", "end_on": ahead(9)}, "end_on"),
        ({"code": "ERASURE", "review_on": ahead(9)}, "review_on"),
        ({"code": "ERASURE", "changes": 1}, "changes"),
        ({"code": "QUASHED", "changes": 1}, "changes"),
        ({"code": "OTHER", "note": " "}, "note"),
        ({"case_process_id": 999_999}, "case_process_id"),
        ({"code": "QUASHED", "ended": True, "happened_on": BEGAN - timedelta(days=1)}, "happened_on"),
        ({"code": "SENT-BACK", "ended": True}, "ended"),
    ],
)
def test_what_cannot_be_is_refused(casework: Casework, changes: dict[str, Any], field: str) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    told: dict[str, Any] = {"case_process_id": hearing, "code": "SUSPENSION", "happened_on": ago(10)}
    with refused(casework.database, ".+", field=field):
        run(casework, record_outcome, **(told | changes))


@pytest.mark.parametrize("wrong", [date(25, 3, 5), date(2099, 1, 1)])
@pytest.mark.parametrize("field", ["happened_on", "end_on", "review_on"])
def test_a_year_typed_short_or_after_2060_is_refused(casework: Casework, wrong: date, field: str) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    told: dict[str, Any] = {"case_process_id": hearing, "code": "SUSPENSION", "happened_on": ago(10)}
    with refused(casework.database, "check the year", field=field):
        run(casework, record_outcome, **(told | {field: wrong}))


def test_it_may_end_the_process_and_a_withdrawal_lets_it_go_on(casework: Casework) -> None:
    claim = facing(casework, "ET", "HEARING")
    tell(casework, claim, "LOST", ago(3), ended=True)
    assert last(casework.database, CaseProcess).ended_on == ago(3)
    assert [row.happened_on for row in rows(casework.database, Debrief)] == [ago(3)]
    with refused(casework.database, "recorded as ended", field="ended"):
        tell(casework, claim, "COSTS-AGAINST", TODAY, ended=True)
    tell(casework, claim, "COSTS-AGAINST", TODAY, costs_threat=YesNo.YES)
    correct(casework, claim, 1, happened_on=ago(5))
    assert last(casework.database, CaseProcess).ended_on == ago(5)
    correct(casework, claim, 1, withdrawn=True)
    assert last(casework.database, CaseProcess).ended_on is None
    assert "The process is under way again." in " ".join(lines(casework))


def test_it_cannot_have_ended_before_its_current_stage(casework: Casework) -> None:
    claim = facing(casework, "ET", "CLAIM")
    run(casework, move_process, case_process_id=claim, stage="HEARING", since=ago(10))
    with refused(casework.database, "reached its current stage after", field="ended"):
        tell(casework, claim, "LOST", ago(11), ended=True)
    tell(casework, claim, "LOST", ago(9), ended=True)
    with refused(casework.database, "Correct the dates of its stages first", field="happened_on"):
        correct(casework, claim, 1, happened_on=ago(11))


def test_a_referral_that_was_closed_is_reopened_and_the_process_goes_on(casework: Casework) -> None:
    referral = facing(casework, "GMC", "TRIAGE")
    tell(casework, referral, "GMC-TRIAGE-CLOSED", ago(50), ended=True)
    tell(casework, referral, "GMC-REOPENED", ago(5), changes=1)
    assert last(casework.database, CaseProcess).ended_on is None
    assert stands(casework, referral) == ["GMC-REOPENED"]
    correct(casework, referral, 2, withdrawn=True)
    assert last(casework.database, CaseProcess).ended_on == ago(50)
    assert stands(casework, referral) == ["GMC-TRIAGE-CLOSED"]


def test_a_doctor_who_was_erased_is_restored(casework: Casework) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    tell(casework, hearing, "ERASURE", ago(300))
    run(casework, move_process, case_process_id=hearing, stage="RESTORATION", since=ago(20))
    tell(casework, hearing, "RESTORED", ago(2), changes=1)
    assert stands(casework, hearing) == ["RESTORED"]


def test_a_settlement_says_whether_costs_were_threatened_and_silence_asked_for(casework: Casework) -> None:
    claim = facing(casework, "ET", "SETTLEMENT")
    tell(casework, claim, "SETTLED", ago(2), costs_threat=YesNo.YES, ended=True)
    row = last(casework.database, ProcessOutcome)
    assert (row.costs_threat, row.confidential) == (YesNo.YES, YesNo.NOT_ASKED)
    assert "Costs threatened: yes. Silence asked for: not asked yet." in " ".join(lines(casework))
    tell(casework, claim, "COSTS-FOR", ago(1), costs_threat=YesNo.YES)
    assert last(casework.database, ProcessOutcome).costs_threat is None


@pytest.mark.parametrize("code", ["CAUTIONED", "CONVICTED"])
def test_a_doctor_who_is_cautioned_or_convicted_has_to_tell_the_gmc(casework: Casework, code: str) -> None:
    police = facing(casework, "POLICE", "INTERVIEW")
    tell(casework, police, code, TODAY, ended=True)
    duty = last(casework.database, Deadline)
    assert (duty.rule, duty.whose, duty.is_hearing) == ("POLICE-TELL-GMC-1WD", Whose.OURS, False)
    assert duty.due_on == due_date(TODAY, 1, Unit.WORKING_DAYS, nation="england")
    assert duty.name == "Doctor to tell the GMC without delay (Good medical practice)"
    # Quashed later, it was still a duty then; recorded by mistake, it was none.
    correct(casework, police, 1, withdrawn=True)
    assert live(casework) == {}


def test_a_doctor_who_is_charged_has_to_as_well_and_only_once(casework: Casework) -> None:
    police = facing(casework, "POLICE", "INTERVIEW")
    run(casework, move_process, case_process_id=police, stage="CHARGE", since=ago(20))
    duty = last(casework.database, Deadline)
    # It can still be done, so it counts from today.
    assert (duty.trigger_on, duty.due_on) == (TODAY, due_date(TODAY, 1, Unit.WORKING_DAYS, nation="england"))
    tell(casework, police, "CAUTIONED", TODAY)
    run(casework, add_process_stage, case_process_id=police, stage="CHARGE", since=ago(30))
    assert len(rows(casework.database, Deadline)) == 1
    run(casework, change_deadline, deadline_id=duty.id, met_on=TODAY)
    run(casework, add_process, process="POLICE", stage="CHARGE", organisation_id=None, started_on=TODAY, since=TODAY)
    assert len(live(casework)) == 1


def test_a_conviction_long_past_in_a_process_that_has_ended_prompts_nothing(casework: Casework) -> None:
    police = facing(casework, "POLICE", "ENDED")
    run(casework, move_process, case_process_id=police, stage="ENDED", since=ago(200), ended=True)
    tell(casework, police, "CONVICTED", ago(250))
    assert rows(casework.database, Deadline) == []


def test_an_outcome_asks_for_a_check_in_and_one_event_for_one(casework: Casework) -> None:
    claim = facing(casework, "ET", "HEARING")
    tell(casework, claim, "LOST", TODAY, ended=True)
    assert [row.kind for row in rows(casework.database, CheckIn)] == ["outcome"]


def test_on_a_case_that_has_ended_nothing_runs_until_it_is_reopened(casework: Casework) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    with casework.database.log() as session:
        case = session.get_one(Case, the_case(casework).id)
        case.is_open, case.stage = False, Stage.CLOSED
    tell(casework, hearing, "SUSPENSION", ago(10), end_on=ahead(100))
    end = last(casework.database, Deadline)
    assert (end.lapsed_reason, end.ended_with_case) == ("Case: Closed", True)
    correct(casework, hearing, 1, withdrawn=True)
    end = last(casework.database, Deadline)
    assert (end.ended_with_case, "no longer stands" in end.lapsed_reason) == (False, True)


def test_an_earlier_edition_is_refused_as_stale_and_nothing_changed_as_well(casework: Casework) -> None:
    claim = facing(casework, "ET", "HEARING")
    tell(casework, claim, "LOST", ago(3))
    correct(casework, claim, 1, happened_on=ago(4))
    with refused(casework.database, "changed this case", error=Stale):
        correct(casework, claim, 1, happened_on=ago(5), seen_edition=1)
    with refused(casework.database, "not changed anything", field="happened_on"):
        correct(casework, claim, 1)
    with refused(casework.database, "fill this in", field="reason"):
        correct(casework, claim, 1, happened_on=ago(5), reason=" ")
    with refused(casework.database, "choose from the list", field="number"):
        run(casework, correct_outcome, case_process_id=claim, number=9, seen_edition=1, happened_on=TODAY, reason="x")


def test_of_two_at_once_the_second_is_told_or_takes_its_turn(casework: Casework) -> None:
    claim = facing(casework, "ET", "HEARING")

    def one(code: str) -> Any:
        return lambda session: record_outcome(
            session,
            actor_id=casework.lead,
            reference=casework.reference,
            case_process_id=claim,
            code=code,
            happened_on=TODAY,
        )

    refusal = at_once(casework.database, one("WON"), one("LOST"))
    told = [row.outcome for row in rows(casework.database, ProcessOutcome)]
    assert (told, refusal is None) in ((["WON", "LOST"], True), (["WON"], False))
    tell(casework, claim, "COSTS-FOR", TODAY)

    def to(days: int) -> Any:
        return lambda session: correct_outcome(
            session,
            actor_id=casework.lead,
            reference=casework.reference,
            case_process_id=claim,
            number=1,
            seen_edition=1,
            happened_on=ago(days),
            reason="x",
        )

    assert at_once(casework.database, to(1), to(2)) is not None
    assert rows(casework.database, ProcessOutcome, number=1)[-1].happened_on == ago(1)


def test_a_kind_of_process_with_outcomes_is_not_corrected_to_another(casework: Casework) -> None:
    chosen = int(last(casework.database, CaseProcess).id)
    tell(casework, chosen, "NO-CASE", TODAY)
    with refused(casework.database, "rest on this process", field="process"):
        run(
            casework,
            correct_process,
            case_process_id=chosen,
            seen_process="MHPS",
            process="GMC",
            stage="TRIAGE",
            reason="x",
        )


def test_the_note_is_plain_is_found_and_can_be_redacted(casework: Casework) -> None:
    claim = facing(casework, "ET", "HEARING")

    def note() -> str:
        return str(last(casework.database, ProcessOutcome).note)

    assert_hostile_text_is_plain(casework, lambda words: tell(casework, claim, "OTHER", note=words), note)
    tell(casework, claim, "SETTLED", note="The zebra wrote")
    number = last(casework.database, ProcessOutcome).number
    assert "The zebra wrote" in last(casework.database, SearchText).lines
    assert "OSettled" in last(casework.database, SearchText).lines
    run(casework, redact_words, words="zebra", reason="x")
    assert note() == "The [redacted] wrote"
    correct(casework, claim, number, withdrawn=True)
    assert "OSettled" not in last(casework.database, SearchText).lines


def test_what_looks_like_a_patient_is_taken_out_of_the_edition_that_was_corrected(casework: Casework) -> None:
    claim = facing(casework, "ET", "HEARING")
    tell(casework, claim, "LOST", note="Born 3/4/1950")
    correct(casework, claim, 1, note="Judgment sent")
    old, new = rows(casework.database, ProcessOutcome)
    assert "1950" not in old.note
    assert new.note == "Judgment sent"


def test_the_database_itself_keeps_one_of_each_edition_and_days_in_order(casework: Casework) -> None:
    claim = facing(casework, "ET", "HEARING")
    tell(casework, claim, "LOST", ago(3))
    row = rows(casework.database, ProcessOutcome)[0]
    again = {column.key: getattr(row, column.key) for column in ProcessOutcome.__table__.columns if column.key != "id"}
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"edition": 0},
        {"edition": 2, "end_on": ago(4)},
        {"edition": 2, "review_on": ago(4)},
        {"edition": 2, "changes": 1},
    )
    for changes in wrong:
        with pytest.raises(IntegrityError), casework.database.engine.begin() as connection:
            connection.execute(insert(ProcessOutcome).values(**(again | changes)))


def test_only_the_team_and_leads_tell_and_read(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    hearing = facing(casework, "MPTS", "SANCTION")
    tell(casework, hearing, "SUSPENSION", ago(30), end_on=ahead(9))
    new: dict[str, Any] = {
        "case_process_id": hearing,
        "code": "SUSPENSION-EXTENDED",
        "happened_on": TODAY,
        "end_on": ahead(90),
        "changes": 1,
        "ended": True,
    }
    fixed: dict[str, Any] = {
        "case_process_id": hearing,
        "number": 1,
        "seen_edition": 1,
        "happened_on": ago(29),
        "end_on": ahead(11),
        "reason": "x",
    }
    for command, fields in ((record_outcome, new), (correct_outcome, fixed)):
        assert_for_the_team_only(casework, command, **fields)
        assert_all_or_nothing(casework, monkeypatch, command, **fields)
    for who in ("off_case", "in_conflict", "observer"):
        assert found(casework, hearing, who) is None
    assert found(casework, hearing, "lead") == found(casework, hearing)


def test_an_outcome_starts_the_deadlines_of_ours_that_were_ticked_and_no_others(casework: Casework) -> None:
    chosen = int(last(casework.database, CaseProcess).id)
    run(casework, record_outcome, case_process_id=chosen, code="DISMISSED-RELATIONS", happened_on=TODAY, deadlines=[])
    assert live(casework) == {}
    ticked = ["ET-PRIMARY-3M", "ET-INTERIM-RELIEF-7D"]
    tell(casework, chosen, "DISMISSED", TODAY, deadlines=ticked)
    assert {row.rule for row in rows(casework.database, Deadline)} == set(ticked)
    hearing = facing(casework, "MPTS", "SANCTION")
    tell(casework, hearing, "ERASURE", TODAY, deadlines=["MPTS-APPEAL-28D"])
    for wrong in ("MPTS-GMC-APPEAL-28D", "ET-EAT-42D", "nothing"):
        with refused(casework.database, "choose from those", field="deadlines"):
            tell(casework, hearing, "ERASURE", TODAY, deadlines=[wrong])
