"""Consent, one purpose at a time: given, refused, withdrawn, and never taken for granted."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from db import clock
from db.choices import Approached, AssignmentRole, AssignmentStatus, ConsentPurpose, EntryKind
from db.commands.actions import add_action
from db.commands.assignments import offer_case
from db.commands.consents import record_consent
from db.commands.entries import add_entry
from db.commands.open_case import WORDING
from db.commands.requests import mark_for_meeting
from db.commands.update_status import update_status
from db.errors import CommandRefused
from db.models import Action, Assignment, CodedTerm, Consent, Entry
from db.queries.case_detail import case_detail
from db.rules.consent import ADVOCACY
from db.rules.limits import Limits
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    at_once,
    last,
    plain_update,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import AGREED, Casework, agree, answer_offer, give_second

MEDIA, COUNTS, CONTACT = ConsentPurpose.MEDIA, ConsentPurpose.COUNTS, ConsentPurpose.CONTACT
SECOND = ConsentPurpose.SECOND
TODAY = clock.today()


def answers(casework: Casework) -> dict[str, bool]:
    with casework.database.read() as session:
        detail = case_detail(session, viewer(casework, "lead"), casework.reference, clock.today(), Limits())
    return {row.purpose: row.given for row in detail.consents if row.purpose not in AGREED}


def test_a_yes_is_kept_with_its_wording_and_end(casework: Casework) -> None:
    version, ends = the_case(casework).version, clock.today() + timedelta(days=30)
    assert_recorded(casework, "record_consent", record_consent, purpose=MEDIA, given=True, expires_on=ends)
    row = last(casework.database, Consent)
    assert (row.purpose, row.given, row.wording, row.expires_on) == (MEDIA, True, WORDING, ends)
    assert (row.withdrawn_at, row.recorded_by_id) == (None, casework.on_case)
    line = last(casework.database, Entry, kind=EntryKind.SYSTEM).text
    assert line == "Consent given: Interview or article."
    assert the_case(casework).version > version


def test_a_no_withdraws_what_was_given_and_both_stay_on_record(casework: Casework) -> None:
    run(casework, record_consent, purpose=COUNTS, given=True)
    run(casework, record_consent, purpose=COUNTS, given=False)
    yes, no = rows(casework.database, Consent, purpose=COUNTS)
    assert yes.withdrawn_at is not None
    assert (no.given, no.withdrawn_at) == (False, None)
    assert answers(casework) == {"hold": True, "counts": False}
    run(casework, record_consent, purpose=COUNTS, given=True)
    assert answers(casework) == {"hold": True, "counts": True}


def test_each_purpose_stands_alone_and_silence_is_nothing(casework: Casework) -> None:
    run(casework, record_consent, purpose=MEDIA, given=False)
    run(casework, record_consent, purpose=COUNTS, given=True)
    assert answers(casework) == {"hold": True, "media": False, "counts": True}


def test_an_end_in_the_past_is_refused(casework: Casework) -> None:
    with refused(casework.database, "today or a later day", field="expires_on"):
        run(casework, record_consent, purpose=MEDIA, given=True, expires_on=TODAY - timedelta(days=1))


@pytest.mark.parametrize("purpose", [MEDIA, ConsentPurpose.DIGEST])
@pytest.mark.parametrize("ends", [None, TODAY + timedelta(days=732)])
def test_consent_to_publication_runs_out(casework: Casework, purpose: ConsentPurpose, ends: date | None) -> None:
    with refused(casework.database, "runs out", field="expires_on"):
        run(casework, record_consent, purpose=purpose, given=True, expires_on=ends)
    run(casework, record_consent, purpose=purpose, given=False)


def test_a_yes_and_a_no_at_once_leave_no_yes_standing_unnoticed(casework: Casework) -> None:
    def say(yes: bool) -> object:
        return lambda session: record_consent(
            session, actor_id=casework.lead, reference=casework.reference, purpose=COUNTS, given=yes
        )

    refusal = at_once(casework.database, say(True), say(False))  # type: ignore[arg-type]
    assert answers(casework)["counts"] is (refusal is not None)


# What a consent binds ---------------------------------------------------------------------------------------------


def advocate(casework: Casework, code: str, **more: Any) -> None:
    run(casework, add_entry, kind=EntryKind.ADVOCACY, text="Sent today", code=code, **more)


@pytest.mark.parametrize("code", sorted(ADVOCACY))
def test_nobody_is_approached_before_the_doctor_has_agreed_to_that(casework: Casework, code: str) -> None:
    with refused(casework.database, "has not been asked", field="code"):
        advocate(casework, code)
    needed = ADVOCACY[code]
    ends = TODAY if needed.purpose is MEDIA else None
    run(casework, record_consent, purpose=needed.purpose, whom=needed.whom, given=True, expires_on=ends)
    advocate(casework, code)
    run(casework, record_consent, purpose=needed.purpose, whom=needed.whom, given=False)
    with refused(casework.database, "does not agree", field="code"):
        advocate(casework, code)


def test_every_advocacy_that_approaches_somebody_needs_a_consent(casework: Casework) -> None:
    codes = {term.code for term in rows(casework.database, CodedTerm, list="advocacy")}
    assert codes - set(ADVOCACY) == {"none_by_choice"}
    advocate(casework, "none_by_choice")


def test_agreeing_to_the_employer_is_not_agreeing_to_the_gmc(casework: Casework) -> None:
    run(casework, record_consent, purpose=CONTACT, whom=Approached.EMPLOYER, given=True)
    advocate(casework, "letter_employer")
    with refused(casework.database, "has not been asked: contact the GMC", field="code"):
        advocate(casework, "letter_gmc")
    run(casework, record_consent, purpose=CONTACT, whom=Approached.GMC, given=False)
    advocate(casework, "letter_employer")


def test_contact_says_with_whom(casework: Casework) -> None:
    with refused(casework.database, "choose which organisation", field="whom"):
        run(casework, record_consent, purpose=CONTACT, given=True)


def test_an_answer_to_the_older_question_names_nobody_and_allows_nobody(casework: Casework) -> None:
    with casework.database.write() as session:
        agree(session, casework.reference, CONTACT)
    with refused(casework.database, "has not been asked", field="code"):
        advocate(casework, "letter_employer")
    run(casework, record_consent, purpose=CONTACT, whom=Approached.EMPLOYER, given=True)
    older, _ = rows(casework.database, Consent, purpose=CONTACT)
    assert older.withdrawn_at is not None


def test_what_was_done_with_consent_can_be_corrected_after_it_ended(casework: Casework) -> None:
    run(casework, record_consent, purpose=CONTACT, whom=Approached.GMC, given=True)
    advocate(casework, "letter_gmc")
    sent = last(casework.database, Entry, kind=EntryKind.ADVOCACY)
    run(casework, record_consent, purpose=CONTACT, whom=Approached.GMC, given=False)
    advocate(casework, "letter_gmc", corrects_id=sent.id)


def test_a_consent_that_has_run_out_allows_nothing(casework: Casework) -> None:
    with casework.database.write() as session:
        agree(session, casework.reference, CONTACT, whom=Approached.GMC, expires_on=TODAY - timedelta(days=1))
    with refused(casework.database, "ran out on", field="code"):
        advocate(casework, "letter_gmc")


def silent(casework: Casework) -> None:
    """Nobody has asked about a second volunteer or the meeting."""
    with casework.database.write() as session:
        session.execute(delete(Consent).where(Consent.purpose.in_(AGREED)))


def offer_second(casework: Casework) -> None:
    about: dict[str, Any] = {"volunteer_id": casework.off_case, "role": AssignmentRole.SECOND, "reason": "x"}
    run(casework, offer_case, casework.lead, **about)


def test_no_second_volunteer_without_consent(casework: Casework) -> None:
    silent(casework)
    with refused(casework.database, "has not been asked: share with a second volunteer", field="role"):
        offer_second(casework)
    run(casework, record_consent, purpose=SECOND, given=True)
    offer_second(casework)


def test_a_no_to_a_second_volunteer_ends_their_place_and_every_offer_at_once(casework: Casework) -> None:
    offer_second(casework)
    run(casework, record_consent, purpose=SECOND, given=False)
    offer = last(casework.database, Assignment, role=AssignmentRole.SECOND)
    assert offer.status is AssignmentStatus.ENDED
    run(casework, record_consent, purpose=SECOND, given=True)
    with casework.database.write() as session:
        give_second(session, casework)
    run(
        casework,
        add_action,
        casework.lead,
        next_action="Read it",
        action_owner_id=casework.off_case,
        action_due_on=TODAY,
    )
    run(casework, record_consent, purpose=SECOND, given=False)
    with casework.database.read() as session:
        reader = viewer(casework, "off_case")
        assert not case_detail(session, reader, casework.reference, TODAY, Limits()).full
    assert last(casework.database, Action, text="Read it").owner_id == casework.on_case
    assert "Uma is no longer on the case" in last(casework.database, Entry, kind=EntryKind.SYSTEM).text


def test_an_offer_is_not_accepted_once_the_consent_ran_out(casework: Casework) -> None:
    offer_second(casework)
    with casework.database.write() as session:
        ended = update(Consent).where(Consent.purpose == SECOND).values(expires_on=TODAY - timedelta(days=1))
        session.execute(ended)
    offer = last(casework.database, Assignment, role=AssignmentRole.SECOND)
    # Somebody who is not on the case yet does not hear what the doctor said.
    only = "^This offer can’t be accepted any more. Ask whoever made it.$"
    with pytest.raises(CommandRefused, match=only), casework.database.write() as session:
        answer_offer(session, actor_id=casework.off_case, assignment_id=offer.id, accept=True, no_conflict=True)


def test_nothing_goes_to_the_meeting_without_consent(casework: Casework) -> None:
    silent(casework)
    with refused(casework.database, "has not been asked: discuss at the weekly meeting"):
        run(casework, mark_for_meeting, why="A second opinion")
    with refused(casework.database, "weekly meeting", field="help_wanted"):
        run(casework, update_status, **plain_update(casework, help_wanted="Somebody who knows rotas"))
    run(casework, record_consent, purpose=ConsentPurpose.MEETING, given=True)
    run(casework, mark_for_meeting, why="A second opinion")
    run(casework, update_status, **plain_update(casework, help_wanted="Somebody who knows rotas"))


def test_only_the_team_and_leads_may_record(casework: Casework) -> None:
    assert_for_the_team_only(casework, record_consent, purpose=COUNTS, given=True)


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, record_consent, purpose=COUNTS, given=True)
