"""Breaking confidence: two people, each by themselves, with what, to whom, why, and whether the doctor was told."""

from typing import Any

import pytest

from db import clock
from db.choices import EntryKind, YesNo
from db.commands.action_offers import offer_action
from db.commands.actions import finish_action
from db.commands.disclosures import answer_disclosure, decide_disclosure, tell_of_disclosure
from db.models import Action, Disclosure, Entry
from db.queries.doctor_care import doctor_care
from db.queries.inbox import inbox
from db.rules.actions import DECIDE
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

SECRET = "Plans to end it tonight"
ASKED: dict[str, Any] = {
    "disclosed": SECRET,
    "to_whom": "Crisis team",
    "why": "Life at risk",
    "doctor_told": YesNo.NO,
    "told_how": "Cannot be reached",
}


def asked(work: Casework) -> int:
    run(work, decide_disclosure, **ASKED, second_id=work.lead)
    return int(last(work.database, Disclosure).id)


def test_one_person_decides_and_a_second_agrees_by_themselves(casework: Casework) -> None:
    assert_recorded(casework, "decide_disclosure", decide_disclosure, **ASKED, second_id=casework.lead)
    row = last(casework.database, Disclosure)
    assert (row.by_id, row.second_id, row.agreed) == (casework.on_case, casework.lead, None)
    action = last(casework.database, Action)
    assert (action.text, action.owner_id, action.due_on) == (DECIDE, casework.lead, clock.today())
    with casework.database.read() as session:
        told = inbox(session, viewer(casework, "lead"), 0)[0]
    assert (told.action, told.is_mine) == ("decide_disclosure", True)
    for who in (casework.on_case, casework.off_case):
        with refused(casework.database, ".+"):
            run(casework, answer_disclosure, who, disclosure_id=row.id, agree=True)
    run(casework, answer_disclosure, casework.lead, disclosure_id=row.id, agree=True)
    assert last(casework.database, Disclosure).agreed is True
    assert last(casework.database, Action).done_at is not None
    with refused(casework.database, "does not wait for you"):
        run(casework, answer_disclosure, casework.lead, disclosure_id=row.id, agree=False, reason="No")
    assert SECRET not in "".join(line.text for line in rows(casework.database, Entry, kind=EntryKind.SYSTEM))


def test_the_action_is_done_by_deciding_and_by_nobody_else(casework: Casework) -> None:
    """A press on “Done” would end what reminds of it, and the decision would wait unseen."""
    id = asked(casework)
    action = last(casework.database, Action).id
    for who in (casework.lead, casework.on_case):
        with refused(casework.database, "say whether you agree"):
            run(casework, finish_action, who, action_id=action)
        with refused(casework.database, "Nobody else can answer"):
            run(casework, offer_action, who, action_id=action, to_id=casework.on_case)
    with refused(casework.database, "You wrote why not", field="reason"):
        run(casework, answer_disclosure, casework.lead, disclosure_id=id, agree=True, reason="Ask her first")
    # Whoever asks somebody else instead says so.
    run(casework, finish_action, action_id=action, dropped=True, outcome="Lena is on nights; asked somebody else")
    run(casework, decide_disclosure, **ASKED, second_id=casework.lead)
    again = last(casework.database, Action)
    run(casework, answer_disclosure, casework.lead, disclosure_id=last(casework.database, Disclosure).id, agree=True)
    assert last(casework.database, Action, id=again.id).done_at is not None


def test_a_no_says_why(casework: Casework) -> None:
    id = asked(casework)
    with refused(casework.database, "Why not", field="reason"):
        run(casework, answer_disclosure, casework.lead, disclosure_id=id, agree=False)
    run(casework, answer_disclosure, casework.lead, disclosure_id=id, agree=False, reason="Ask her first")
    with casework.database.read() as session:
        [told] = doctor_care(session, viewer(casework, "on_case"), casework.reference).disclosures
    assert (told.agreed, told.answer, told.second) == (False, "Ask her first", "Lena")


@pytest.mark.parametrize("who", ["on_case", "off_case", "in_conflict", "observer"])
def test_the_second_is_somebody_else_who_reads_the_case(casework: Casework, who: str) -> None:
    with refused(casework.database, "Second person", field="second_id"):
        run(casework, decide_disclosure, **ASKED, second_id=getattr(casework, who))


def test_every_part_is_asked(casework: Casework) -> None:
    for field in ("disclosed", "to_whom", "why", "told_how"):
        with refused(casework.database, "please fill this in", field=field):
            run(casework, decide_disclosure, **ASKED | {field: " "}, second_id=casework.lead)


def test_the_doctor_is_told_later(casework: Casework) -> None:
    id = asked(casework)
    run(casework, tell_of_disclosure, disclosure_id=id, told_how="By phone, on Monday")
    row = last(casework.database, Disclosure)
    assert (row.doctor_told, row.told_how) == (YesNo.YES, "By phone, on Monday")
    with refused(casework.database, "told already"):
        run(casework, tell_of_disclosure, disclosure_id=id, told_how="Again")


def test_for_the_team_only_all_or_nothing_and_plain(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_for_the_team_only(casework, decide_disclosure, **ASKED, second_id=casework.lead)
    assert_all_or_nothing(casework, monkeypatch, decide_disclosure, **ASKED, second_id=casework.lead)

    def decide(words: str) -> None:
        run(casework, decide_disclosure, **ASKED | {"why": words}, second_id=casework.lead)

    assert_hostile_text_is_plain(casework, decide, lambda: last(casework.database, Disclosure).why)
