"""What is to be learned: names nobody, comes from the case's own findings, and takes a second person."""

from typing import Any

import pytest

from db.choices import ConsentPurpose, EntryKind, Evidence
from db.commands.consents import record_consent
from db.commands.findings import add_finding
from db.commands.learnings import answer_learning, change_learning, record_learning, withdraw_learning
from db.commands.redactions import redact_words
from db.errors import NotAllowed, Stale
from db.models import Entry, Learning
from db.queries.learning import Learned, case_learnings, learnings, learnings_to_agree, themes_exact
from db.rules.learning import identifies
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    last,
    refused,
    run,
    viewer,
)
from tests.factories import Casework

LESSON: dict[str, Any] = {
    "theme": "delay",
    "text": "Ask for the terms in writing before the first meeting.",
    "findings": ["P04"],
    "processes": ["MHPS"],
}
LEARNING = ConsentPurpose.LEARNING


@pytest.fixture
def closing(casework: Casework) -> Casework:
    """A case with a finding, whose doctor agrees to be learned from."""
    coded: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": "2026Q1", "note": ""}
    run(casework, add_finding, code="P04", **coded)
    run(casework, record_consent, purpose=LEARNING, given=True)
    return casework


def written(work: Casework) -> dict[str, Any]:
    learning_id = run(work, record_learning, **LESSON)
    return {"learning_id": learning_id, "seen_version": last(work.database, Learning).version}


def agreed(work: Casework) -> dict[str, Any]:
    about = written(work)
    run(work, answer_learning, work.lead, **about, agree=True)
    return about


def read_by(work: Casework, who: str) -> list[Learned]:
    with work.database.read() as session:
        return list(learnings(session, viewer(work, who), "", 1).lines)


def test_a_second_person_agrees_and_then_others_read_it_without_the_case(closing: Casework) -> None:
    assert_recorded(closing, "record_learning", record_learning, **LESSON)
    row = last(closing.database, Learning)
    assert (row.findings, row.processes, row.agreed_at) == ("P04", "MHPS", None)
    about = {"learning_id": row.id, "seen_version": row.version}
    assert read_by(closing, "lead") == read_by(closing, "off_case") == []
    with refused(closing.database, "somebody else must agree", field="learning_id"):
        run(closing, answer_learning, **about, agree=True)
    # Whoever says what identifies somebody does not agree, whichever button was pressed.
    with refused(closing.database, "Send it back", field="reason"):
        run(closing, answer_learning, closing.lead, **about, agree=True, reason="Names the ward")
    assert_recorded(closing, "answer_learning", answer_learning, closing.lead, **about, agree=True)
    [own], [other] = read_by(closing, "on_case"), read_by(closing, "off_case")
    assert (own.reference, own.agreed_by) == (closing.reference, "Lena")
    assert (other.text, other.reference, other.by, other.agreed_by) == (LESSON["text"], None, None, None)
    assert read_by(closing, "in_conflict") == read_by(closing, "observer") == []
    assert LESSON["text"] not in "".join(e.text for e in [last(closing.database, Entry, kind=EntryKind.SYSTEM)])


def test_without_the_doctors_yes_nothing_is_written_and_a_no_takes_it_from_the_others(casework: Casework) -> None:
    with refused(casework.database, "has not been asked", field="text"):
        run(casework, record_learning, **LESSON | {"findings": []})
    run(casework, record_consent, purpose=LEARNING, given=True)
    about = {"learning_id": run(casework, record_learning, **LESSON | {"findings": []}), "seen_version": 1}
    run(casework, answer_learning, casework.lead, **about, agree=True)
    assert len(read_by(casework, "off_case")) == 1
    run(casework, record_consent, purpose=LEARNING, given=False)
    assert read_by(casework, "lead") == read_by(casework, "off_case") == []
    with casework.database.read() as session:
        [kept] = case_learnings(session, viewer(casework, "on_case"), casework.reference)
    assert not kept.is_shared


@pytest.mark.parametrize(
    ("words", "said"),
    [("See LNB-7K3M9Q.", "case reference"), ("At example acute-trust EX001, nobody asked.", "name of an organisation")],
)
def test_words_that_name_the_case_are_refused(closing: Casework, words: str, said: str) -> None:
    with refused(closing.database, said, field="text"):
        run(closing, record_learning, **LESSON | {"text": words})


def test_it_comes_from_the_cases_own_findings_and_processes(closing: Casework) -> None:
    for wrong, field in (({"findings": ["S01"]}, "findings"), ({"processes": ["GMC"]}, "processes")):
        with refused(closing.database, "the case’s own", field=field):
            run(closing, record_learning, **LESSON | wrong)
    with refused(closing.database, "Choose a finding", field="findings"):
        run(closing, record_learning, **LESSON | {"findings": [], "processes": []})
    with refused(closing.database, "Theme", field="theme"):
        run(closing, record_learning, **LESSON | {"theme": "x"})


def test_what_is_sent_back_is_changed_and_asked_about_again(closing: Casework) -> None:
    about = written(closing)
    with refused(closing.database, "What identifies somebody", field="reason"):
        run(closing, answer_learning, closing.lead, **about, agree=False)
    run(closing, answer_learning, closing.lead, **about, agree=False, reason="The rare specialty")
    with refused(closing.database, "changed", error=Stale):
        run(closing, change_learning, **about, **LESSON)
    run(closing, change_learning, **about | {"seen_version": 2}, **LESSON | {"text": "Ask."})
    with closing.database.read() as session:
        [waits] = learnings_to_agree(session, viewer(closing, "lead"))
        assert learnings_to_agree(session, viewer(closing, "on_case")) == ()
    assert (waits.text, waits.returned_why, waits.waits) == ("Ask.", None, True)
    run(closing, answer_learning, closing.lead, **about | {"seen_version": 3}, agree=True)
    with refused(closing.database, "Withdraw it", field="text"):
        run(closing, change_learning, **about | {"seen_version": 4}, **LESSON)


def test_withdrawn_it_is_gone_for_all_but_the_team(closing: Casework) -> None:
    about = agreed(closing)
    run(closing, withdraw_learning, learning_id=about["learning_id"], reason="Told differently now")
    assert read_by(closing, "off_case") == read_by(closing, "lead") == []
    with refused(closing.database, "one of this case’s", field="learning_id"):
        run(closing, answer_learning, closing.lead, **about, agree=True)


def test_leads_alone_read_exact_numbers(closing: Casework) -> None:
    agreed(closing)
    with closing.database.read() as session:
        [row] = themes_exact(session, viewer(closing, "lead"))
        assert (row.learnings, row.doctors, row.findings, row.consents[LEARNING]) == (1, 1, {"P04": 1}, 1)
        assert row.consents[ConsentPurpose.MEDIA] == 0
        assert themes_exact(session, viewer(closing, "in_conflict")) == ()
        for who in ("on_case", "observer"):
            with pytest.raises(NotAllowed):
                themes_exact(session, viewer(closing, who))


def test_only_whoever_reads_the_case_writes_and_answers(closing: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_for_the_team_only(closing, record_learning, **LESSON)
    about = written(closing)
    assert_for_the_team_only(closing, answer_learning, **about, agree=True)
    assert_all_or_nothing(closing, monkeypatch, answer_learning, closing.lead, **about, agree=True)


def test_typed_words_stay_words_and_a_redaction_reaches_them(closing: Casework) -> None:
    def attempt(words: str) -> Any:
        return run(closing, record_learning, **LESSON | {"text": words})

    assert_hostile_text_is_plain(closing, attempt, lambda: str(last(closing.database, Learning).text))
    written(closing)
    run(closing, redact_words, words="terms in writing", reason="Would be recognised")
    assert last(closing.database, Learning).text == "Ask for the [redacted] before the first meeting."


def test_a_name_is_found_as_words_not_as_letters() -> None:
    assert identifies("The Example Body, twice", ["Example Body"]) is not None
    assert identifies("An exampled embodiment", ["Example", "Body"]) is None
    assert identifies("Nothing here", ["", " "]) is None
