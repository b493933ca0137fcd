"""What the doctor says of a finding: in their words, beside it, and never over what was coded."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from db import clock
from db.choices import DoctorView, Evidence
from db.commands.codings import ask_coding
from db.commands.doctor_views import record_doctor_view
from db.commands.finding_corrections import withdraw_finding
from db.commands.findings import add_finding
from db.commands.redactions import redact_words
from db.errors import Stale
from db.models import DoctorSaid, Finding, FindingEdition
from db.queries.case_detail import case_detail
from db.queries.case_parts import CodedFinding
from db.rules.codings import DoctorSays
from db.rules.corrections import SaidFinding
from db.rules.limits import Limits
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    last,
    refused,
    rows,
    run,
    viewer,
)
from tests.factories import Casework

TODAY = clock.today()
SAID = SaidFinding("P04", Evidence.REPORTED, None, "2026Q1", "", DoctorView.NOT_SHOWN)
NO: dict[str, Any] = {"seen": SAID, "view": DoctorSays.DISAGREES, "text": "It was nobody’s fault", "said_on": TODAY}


@pytest.fixture
def shown(casework: Casework) -> Casework:
    coded: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": "2026Q1", "note": ""}
    run(casework, add_finding, code="P04", **coded)
    return casework


def finding(work: Casework) -> CodedFinding:
    with work.database.read() as session:
        [found] = case_detail(session, viewer(work, "on_case"), work.reference, TODAY, Limits()).findings
    return found


def test_the_newest_view_stands_beside_the_finding_which_stays_as_it_was_coded(shown: Casework) -> None:
    about: dict[str, Any] = {"finding_id": last(shown.database, Finding).id}
    assert_recorded(shown, "record_doctor_view", record_doctor_view, **about, **NO)
    found = finding(shown)
    assert (found.doctor_view, found.said, found.said_words) == (DoctorView.DISAGREES, DoctorSays.DISAGREES, NO["text"])
    with refused(shown.database, "changed this case", error=Stale):
        run(shown, record_doctor_view, **about, **NO)
    seen = replace(SAID, doctor_view=DoctorView.DISAGREES)
    more: dict[str, Any] = {"seen": seen, "view": DoctorSays.ADDS, "text": "And it went on for a year"}
    run(shown, record_doctor_view, **about, **NO | more)
    found = finding(shown)
    assert (found.doctor_view, found.said, found.said_words) == (DoctorView.AGREES, DoctorSays.ADDS, more["text"])
    assert len(rows(shown.database, DoctorSaid)) == 2
    assert rows(shown.database, FindingEdition) == []
    run(shown, redact_words, words="nobody’s fault", reason="Names somebody")
    assert rows(shown.database, DoctorSaid)[0].words == "It was [redacted]"
    run(shown, withdraw_finding, **about, seen=replace(seen, doctor_view=DoctorView.AGREES), reason="A slip")
    assert [row.finding_id for row in rows(shown.database, DoctorSaid)] == [None, None]


def test_it_is_refused_in_words_and_for_the_team_only(shown: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    about: dict[str, Any] = {"finding_id": last(shown.database, Finding).id, **NO}
    with refused(shown.database, "please fill this in", field="text"):
        run(shown, record_doctor_view, **about | {"text": " "})
    with refused(shown.database, "today or an earlier day", field="said_on"):
        run(shown, record_doctor_view, **about | {"said_on": TODAY + timedelta(days=1)})
    with refused(shown.database, "choose from the list", field="finding_id"):
        run(shown, record_doctor_view, **about | {"finding_id": 99})
    assert_for_the_team_only(shown, record_doctor_view, **about)
    assert_all_or_nothing(shown, monkeypatch, record_doctor_view, **about)
    run(shown, ask_coding, to_id=shown.lead)
    with refused(shown.database, "without sight of its findings"):
        run(shown, record_doctor_view, shown.lead, **about)


def test_hostile_words_are_kept_as_they_are(shown: Casework) -> None:
    about: dict[str, Any] = {"finding_id": last(shown.database, Finding).id, **NO, "view": DoctorSays.DISAGREES}

    def attempt(words: str) -> None:
        seen = replace(SAID, doctor_view=last(shown.database, Finding).doctor_view)
        run(shown, record_doctor_view, **about | {"text": words, "seen": seen})

    assert_hostile_text_is_plain(shown, attempt, lambda: last(shown.database, DoctorSaid).words)
