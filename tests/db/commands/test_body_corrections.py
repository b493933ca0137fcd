"""The organisation of a case or of its process put right: walls rise at once, and fall by two leads only."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from db import clock
from db.access import Viewer
from db.case_said import body_said
from db.choices import AssignmentRole, AssignmentStatus, DeadlineKind, Role, Whose
from db.commands.affiliations import add_affiliation
from db.commands.approvals import agree_approval, refuse_approval
from db.commands.assignments import offer_case
from db.commands.body_corrections import correct_body, correct_process, correct_process_body
from db.commands.corrections import correct_summary
from db.commands.deadlines import add_deadline
from db.commands.kept_walls import lift_kept
from db.commands.recusals import recuse
from db.commands.wall_exceptions import agree_exception, ask_exception
from db.errors import CommandRefused, Invalid, Stale
from db.models import (
    Approval,
    Assignment,
    Audit,
    Case,
    CaseProcess,
    ConflictCheck,
    Correction,
    Deadline,
    Entry,
    Organisation,
    ProcessEvent,
    Recusal,
    Volunteer,
    WallException,
)
from db.queries.approvals import asked_about, desk
from db.queries.case_detail import case_detail
from db.queries.home import my_attention
from db.queries.inbox import inbox
from db.queries.queue import QueueFilters, case_queue, condition_counts
from db.queries.wall import wall_of
from db.rules.corrections import SaidBody
from db.rules.four_eyes import ApprovalKind, ApprovalOutcome
from db.rules.limits import Limits
from db.rules.pathways import live
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
    barred,
    last,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, make_body, make_volunteer

TODAY, LIMITS = clock.today(), Limits()
# Five working days: Scotland has 4 January 2027 off.
RULE = "MHPS-HEARING-DECISION-5WD"


def said(casework: Casework) -> SaidBody:
    return body_said(the_case(casework))


def listed(casework: Casework, body: int | None = None) -> dict[str, Any]:
    seen = said(casework)
    right = replace(seen, organisation_id=casework.other_body if body is None else body, body_text="")
    return {"seen": seen, "body": right, "reason": "Misheard"}


def typed(casework: Casework, name: str = "Example Walk-in", **more: Any) -> dict[str, Any]:
    seen = said(casework)
    return {"seen": seen, "body": replace(seen, organisation_id=None, body_text=name), "reason": "Misheard"} | more


def works_at(casework: Casework, person: int, body: int) -> None:
    with casework.database.write() as session:
        add_affiliation(
            session, actor_id=casework.lead, volunteer_id=person, organisation_id=body, started_on=date(2020, 1, 1)
        )


def second_lead(casework: Casework, name: str = "second") -> int:
    """Who can agree."""
    with casework.database.write() as session:
        session.get_one(Volunteer, casework.lead).password_hash = "x"
        return make_volunteer(session, name, Role.LEAD, password_hash="x")


def answer(casework: Casework, command: Callable[..., Any], actor: int, approval_id: int) -> None:
    with casework.database.write() as session:
        command(session, actor_id=actor, approval_id=approval_id)


def test_the_right_organisation_brings_its_kind_its_place_and_its_processes(casework: Casework) -> None:
    with casework.database.write() as session:
        there = make_body(session, "EX9", kind="primary_care", region="wales", nation="wales")
    assert_recorded(casework, "correct_body", correct_body, **listed(casework, there))
    case = the_case(casework)
    assert (case.organisation_id, case.body_kind, case.region, case.nation) == (
        there,
        "primary_care",
        "wales",
        "wales",
    )
    assert last(casework.database, CaseProcess).organisation_id == there
    assert last(casework.database, Correction).was == "Example Acute Trust EX001 (EX001)"
    assert last(casework.database, Entry).text == (
        "Corrected: Organisation: Example Acute Trust EX001 (EX001) → Example Acute Trust EX9 (EX9). Misheard"
    )


def test_a_process_with_another_organisation_stays_with_it(casework: Casework) -> None:
    with casework.database.write() as session:
        session.get_one(CaseProcess, 1).organisation_id = None
    run(casework, correct_body, **listed(casework))
    assert last(casework.database, CaseProcess).organisation_id is None


def test_people_of_the_right_organisation_lose_the_case_at_once(casework: Casework) -> None:
    works_at(casework, casework.on_case, casework.other_body)
    works_at(casework, casework.off_case, casework.other_body)
    with casework.database.write() as session:
        fields: dict[str, Any] = {"reference": casework.reference, "role": AssignmentRole.SECOND, "reason": "x"}
        other = make_volunteer(session, "other")
        offer_case(session, actor_id=casework.lead, volunteer_id=other, **fields)
    works_at(casework, other, casework.other_body)
    run(casework, correct_body, casework.lead, **listed(casework))
    for person in (casework.on_case, casework.off_case, other):
        assert barred(casework, person)
    assert {row.status for row in rows(casework.database, Assignment, volunteer_id=casework.on_case)} == {
        AssignmentStatus.ENDED
    }
    assert last(casework.database, Assignment, volunteer_id=other).status is AssignmentStatus.ENDED
    with pytest.raises(CommandRefused, match="Not found"):
        run(casework, correct_body, **listed(casework, casework.body))
    assert the_case(casework).lead_id is None
    assert last(casework.database, Assignment).volunteer_id == casework.lead, "a lead is the contact until another is"


def shown(casework: Casework, person: int) -> Any:
    """All that somebody barred may be shown."""
    with casework.database.read() as session:
        volunteer = session.get_one(Volunteer, person)
        who = Viewer(id=person, role=Role(volunteer.role))
        page = case_queue(session, who, QueueFilters(), TODAY, LIMITS)
        try:
            case = repr(case_detail(session, who, casework.reference, TODAY, LIMITS))
        except CommandRefused as refusal:
            case = refusal.message
        return (
            case,
            page.total,
            repr(condition_counts(session, who, TODAY, LIMITS)),
            repr(inbox(session, who, 0)),
            repr(my_attention(session, who, TODAY, LIMITS)),
            repr(asked_about(session, who)),
            repr(desk(session, who, 0)),
        )


def test_whoever_only_the_wrong_one_barred_stays_barred_until_two_leads_agree(casework: Casework) -> None:
    other = second_lead(casework)
    before = shown(casework, casework.in_conflict)
    run(casework, correct_body, casework.lead, **listed(casework))
    assert barred(casework, casework.in_conflict)
    assert shown(casework, casework.in_conflict) == before
    ask = last(casework.database, Approval)
    assert (ask.kind, ask.outcome, ask.asked_by_id, ask.volunteer_id) == (
        ApprovalKind.LIFT_KEPT,
        ApprovalOutcome.WAITING,
        casework.lead,
        None,
    )
    for wrong in (casework.lead, casework.in_conflict, casework.on_case):
        with refused(casework.database, ".+"):
            answer(casework, agree_approval, wrong, ask.id)
    with casework.database.read() as session:
        (shown_ask,) = desk(session, viewer(casework, "lead"), 0).waiting
        assert (shown_ask.name, shown_ask.reference, shown_ask.can_be_agreed) == ("Con", casework.reference, True)
    answer(casework, agree_approval, other, ask.id)
    assert not barred(casework, casework.in_conflict)
    assert not rows(casework.database, Recusal)


def test_a_refused_or_forgotten_one_can_be_asked_again(casework: Casework) -> None:
    other = second_lead(casework)
    run(casework, correct_body, casework.lead, **listed(casework))
    answer(casework, refuse_approval, other, last(casework.database, Approval).id)
    assert barred(casework, casework.in_conflict)
    kept = last(casework.database, Recusal).id
    assert run(casework, lift_kept, other, recusal_id=kept) is True
    with refused(casework.database, "already been asked"):
        run(casework, lift_kept, casework.lead, recusal_id=kept)
    answer(casework, agree_approval, casework.lead, _waiting(casework).id)
    assert not barred(casework, casework.in_conflict)


def _waiting(casework: Casework) -> Any:
    (one,) = rows(casework.database, Approval, outcome=ApprovalOutcome.WAITING)
    return one


def test_a_volunteer_asks_nobody_and_lets_nobody_in(casework: Casework) -> None:
    second_lead(casework)
    run(casework, correct_body, **listed(casework))
    assert barred(casework, casework.in_conflict)
    assert not rows(casework.database, Approval, kind=ApprovalKind.LIFT_KEPT)
    with casework.database.read() as session:
        assert list(wall_of(session, viewer(casework, "lead"), casework.reference, TODAY).kept.values()) == ["Con"]
        assert wall_of(session, viewer(casework, "on_case"), casework.reference, TODAY).kept == {}
    with refused(casework.database, "Only a lead"):
        run(casework, lift_kept, recusal_id=last(casework.database, Recusal).id)


def test_an_only_lead_does_it_alone_and_the_next_one_is_told(casework: Casework) -> None:
    run(casework, correct_body, casework.lead, **listed(casework))
    assert not barred(casework, casework.in_conflict)
    assert last(casework.database, Approval).outcome is ApprovalOutcome.ALONE
    assert not rows(casework.database, Recusal)


def test_a_conflict_of_their_own_outlasts_the_agreement(casework: Casework) -> None:
    other = second_lead(casework)
    run(casework, correct_body, casework.lead, **listed(casework))
    run(casework, recuse, casework.lead, volunteer_id=casework.in_conflict, reason="A friend")
    with refused(casework.database, "Something has changed"):
        answer(casework, agree_approval, other, last(casework.database, Approval).id)
    assert barred(casework, casework.in_conflict)
    assert (last(casework.database, Recusal).is_kept, last(casework.database, Recusal).reason) == (False, "A friend")


def test_an_exception_does_not_outlive_its_day_for_a_correction(casework: Casework) -> None:
    second_lead(casework)
    with casework.database.write() as session:
        where: dict[str, Any] = {"reference": casework.reference, "volunteer_id": casework.in_conflict}
        soon = TODAY + timedelta(days=3)
        ask_exception(session, actor_id=casework.lead, **where, reason="x", ends_on=soon)
    with casework.database.write() as session:
        agree_exception(session, actor_id=casework.on_case, exception_id=last(casework.database, WallException).id)
    assert not barred(casework, casework.in_conflict)
    run(casework, correct_body, **listed(casework))
    assert not barred(casework, casework.in_conflict)
    with casework.database.write() as session:
        session.get_one(WallException, 1).ended_at = clock.now()
    assert barred(casework, casework.in_conflict)


def test_a_typed_name_puts_the_case_behind_the_provisional_wall(casework: Casework) -> None:
    with refused(casework.database, "say whether you work", error=Invalid):
        run(casework, correct_body, **typed(casework))
    run(casework, correct_body, **typed(casework, body_link=False))
    case = the_case(casework)
    assert (case.organisation_id, case.body_text) == (None, "Example Walk-in")
    assert last(casework.database, CaseProcess).organisation_id is None
    assert last(casework.database, ConflictCheck, volunteer_id=casework.on_case).no_conflict is True
    with casework.database.read() as session:
        page = case_queue(session, viewer(casework, "off_case"), QueueFilters(), TODAY, LIMITS)
    assert page.total == 0
    run(casework, correct_body, **listed(casework, casework.body))
    assert last(casework.database, Correction).was == "“Example Walk-in” (Acute trust, London, England)"


def test_whoever_types_it_and_has_a_link_loses_the_case(casework: Casework) -> None:
    run(casework, correct_body, **typed(casework, body_link=True))
    assert barred(casework, casework.on_case)
    assert the_case(casework).lead_id is None


def test_the_old_typed_name_is_kept_without_what_is_personal(casework: Casework) -> None:
    run(casework, correct_body, casework.lead, **typed(casework, "Ward of NHS 943 476 5919"))
    run(casework, correct_body, casework.lead, **listed(casework))
    assert "943" not in str(last(casework.database, Correction).was)
    assert "943 476" not in str(last(casework.database, Entry).text)


FORGED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"organisation_id": 10**6}, "organisation_id"),
    ({"organisation_id": None, "body_text": " "}, "body_text"),
    ({"organisation_id": None, "body_text": "x", "region": "atlantis"}, "region"),
    ({"organisation_id": None, "body_text": "x", "body_kind": "\x00"}, "body_kind"),
    ({"organisation_id": None, "body_text": "x", "nation": "'; DROP TABLE cases"}, "nation"),
)


@pytest.mark.parametrize(("changes", "field"), FORGED, ids=lambda value: str(value)[:30])
def test_forged_organisations_are_refused_by_field(casework: Casework, changes: dict[str, Any], field: str) -> None:
    right = listed(casework)
    with refused(casework.database, ".+", error=Invalid) as told:
        run(casework, correct_body, casework.lead, **(right | {"body": replace(right["body"], **changes)}))
    assert set(told().problems) == {field}


def test_a_stale_form_two_at_once_and_no_change_are_refused(casework: Casework) -> None:
    right, seen = listed(casework), said(casework)

    def put_right(session: Any) -> None:
        correct_body(session, actor_id=casework.lead, reference=casework.reference, **right)

    assert at_once(casework.database, put_right, put_right) is not None
    with refused(casework.database, "Lena changed this case", error=Stale):
        run(casework, correct_body, **(right | {"seen": seen}))
    with refused(casework.database, "not changed anything"):
        run(casework, correct_body, **listed(casework))
    with refused(casework.database, "fill this in", field="reason"):
        run(casework, correct_body, **(listed(casework, casework.body) | {"reason": ""}))


def test_another_correction_meanwhile_is_no_reason_to_refuse(casework: Casework) -> None:
    right = listed(casework)
    run(casework, correct_summary, casework.lead, seen=the_case(casework).summary, summary="Other", reason="x")
    run(casework, correct_body, **right)


def test_only_the_team_and_leads_and_all_or_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    works_at(casework, casework.on_case, casework.other_body)
    assert_for_the_team_only(casework, correct_body, **listed(casework))
    assert_all_or_nothing(casework, monkeypatch, correct_body, casework.lead, **listed(casework))


def test_dates_that_another_nation_would_move_are_asked_about(casework: Casework) -> None:
    with casework.database.write() as session:
        there = make_body(session, "EX9", region="scotland", nation="scotland")
        rule: dict[str, Any] = {"name": "", "due_on": None, "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
        where: dict[str, Any] = {"actor_id": casework.on_case, "reference": casework.reference}
        for trigger in (date(2026, 12, 30), date(2026, 6, 1)):
            add_deadline(session, **where, **rule, rule=RULE, trigger_on=trigger)
    dates = [row.due_on for row in rows(casework.database, Deadline)]
    run(casework, correct_body, **listed(casework, there))
    assert [row.due_on for row in rows(casework.database, Deadline)] == dates, "no date moves by itself"
    assert [row.asks_on is not None for row in rows(casework.database, Deadline)] == [True, False]


def of_process(casework: Casework, **changes: Any) -> dict[str, Any]:
    right = {
        "case_process_id": 1,
        "seen_organisation_id": casework.body,
        "organisation_id": casework.other_body,
        "reason": "The deanery runs it",
    }
    return right | changes


def test_who_runs_a_process_is_put_right_with_its_wall(casework: Casework) -> None:
    works_at(casework, casework.off_case, casework.other_body)
    assert_recorded(casework, "correct_process_body", correct_process_body, **of_process(casework))
    assert last(casework.database, CaseProcess).organisation_id == casework.other_body
    assert barred(casework, casework.off_case)
    assert barred(casework, casework.in_conflict), "by the organisation of the case"
    line = last(casework.database, Entry).text
    assert "organisation: Example Acute Trust EX001 (EX001) → Example Acute Trust EX002 (EX002)." in line
    with refused(casework.database, "Vik changed this case", error=Stale):
        run(casework, correct_process_body, **of_process(casework))
    now = {"seen_organisation_id": casework.other_body}
    with refused(casework.database, "not changed anything"):
        run(casework, correct_process_body, **of_process(casework, **now))
    run(casework, correct_process_body, **of_process(casework, **now, organisation_id=None))
    assert barred(casework, casework.off_case), "kept"


def of_kind(**changes: Any) -> dict[str, Any]:
    right = {"case_process_id": 1, "seen_process": "MHPS", "process": "GMC", "stage": "TRIAGE", "reason": "Misread"}
    return right | changes


def test_what_kind_of_process_it_is_is_put_right_while_nothing_rests_on_it(casework: Casework) -> None:
    assert_recorded(casework, "correct_process", correct_process, **of_kind())
    row = last(casework.database, CaseProcess)
    assert (row.process, row.stage) == ("GMC", "TRIAGE")
    events = rows(casework.database, ProcessEvent)
    assert [event.stage for event in live(events)] == ["TRIAGE"]
    assert [event.withdrawn for event in events] == [False, True, False]
    assert the_case(casework).process_codes == "GMC"
    with refused(casework.database, "not changed anything"):
        run(casework, correct_process, **of_kind(seen_process="GMC"))
    with refused(casework.database, "Vik changed this case", error=Stale):
        run(casework, correct_process, **of_kind())


def test_a_process_on_which_something_rests_is_ended_instead(casework: Casework) -> None:
    with casework.database.write() as session:
        fields: dict[str, Any] = {"name": "Reply", "kind": DeadlineKind.LOCAL, "whose": Whose.OURS}
        where: dict[str, Any] = {"reference": casework.reference, "case_process_id": 1}
        add_deadline(session, actor_id=casework.on_case, due_on=TODAY, **fields, **where)
    with refused(casework.database, "End it, and add the right one", field="process"):
        run(casework, correct_process, **of_kind())


def test_processes_by_the_team_only_and_all_or_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    for command, right in ((correct_process_body, of_process(casework)), (correct_process, of_kind())):
        assert_for_the_team_only(casework, command, **right)
        assert_all_or_nothing(casework, monkeypatch, command, **right)


def test_the_case_keeps_a_lead_who_may_see_it_or_the_alarm_is_raised(casework: Casework) -> None:
    works_at(casework, casework.lead, casework.other_body)
    run(casework, correct_body, **listed(casework))
    assert "no_lead_may_see" in {row.action for row in rows(casework.database, Audit)}
    assert rows(casework.database, Case)
    assert rows(casework.database, Organisation)
