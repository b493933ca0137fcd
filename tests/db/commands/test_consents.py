"""Consent, one purpose at a time: given, refused, withdrawn, and never taken for granted."""

from datetime import timedelta

import pytest

from db import clock
from db.choices import ConsentPurpose, EntryKind
from db.commands.consents import record_consent
from db.commands.open_case import WORDING
from db.models import Consent, Entry
from db.queries.case_detail import case_detail
from db.rules.limits import Limits
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
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

MEDIA = ConsentPurpose.MEDIA


def given(casework: Casework) -> dict[str, bool]:
    with casework.database.read() as session:
        detail = case_detail(session, viewer(casework, "lead"), casework.reference, clock.today(), Limits())
    return {row.purpose: row.given for row in detail.consents}


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
    run(casework, record_consent, purpose=MEDIA, given=True)
    run(casework, record_consent, purpose=MEDIA, given=False)
    yes, no = rows(casework.database, Consent, purpose=MEDIA)
    assert yes.withdrawn_at is not None
    assert (no.given, no.withdrawn_at) == (False, None)
    assert given(casework) == {"hold": True, "media": False}
    run(casework, record_consent, purpose=MEDIA, given=True)
    assert given(casework) == {"hold": True, "media": True}


def test_each_purpose_stands_alone_and_silence_is_nothing(casework: Casework) -> None:
    run(casework, record_consent, purpose=MEDIA, given=False)
    run(casework, record_consent, purpose=ConsentPurpose.COUNTS, given=True)
    assert given(casework) == {"hold": True, "media": False, "counts": True}


def test_an_end_in_the_past_is_refused(casework: Casework) -> None:
    with refused(casework.database, "today or a later day", field="expires_on"):
        run(casework, record_consent, purpose=MEDIA, given=True, expires_on=clock.today() - timedelta(days=1))


def test_a_yes_and_a_no_at_once_leave_no_yes_standing_unnoticed(casework: Casework) -> None:
    def say(yes: bool) -> object:
        return lambda session: record_consent(
            session, actor_id=casework.lead, reference=casework.reference, purpose=MEDIA, given=yes
        )

    refusal = at_once(casework.database, say(True), say(False))  # type: ignore[arg-type]
    assert given(casework)["media"] is (refusal is not None)


def test_only_the_team_and_leads_may_record(casework: Casework) -> None:
    assert_for_the_team_only(casework, record_consent, purpose=MEDIA, given=True)


def test_a_failure_half_way_leaves_nothing(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_all_or_nothing(casework, monkeypatch, record_consent, purpose=MEDIA, given=True)
