"""Outputs: each sentence rests on lessons or released findings, and a doctor's withdrawal reaches it at once."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from db import clock
from db.choices import ConsentPurpose, EntryKind, Evidence
from db.commands.advocacy import note_advocacy
from db.commands.claim_flags import flag_what_ran_out
from db.commands.claims import add_claim, change_claim, remove_claim, settle_claim
from db.commands.consents import record_consent
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.learnings import answer_learning, record_learning, withdraw_learning
from db.commands.outputs import (
    change_output,
    drop_output,
    note_output_result,
    plan_output,
    ready_output,
    release_output,
)
from db.commands.redactions import redact_words
from db.errors import NotAllowed, NotFound, Stale
from db.models import AdvocacyResult, Claim, ClaimFlag, Consent, Entry, Output, Volunteer
from db.queries.calendar import calendar_items
from db.queries.outputs import (
    ClaimLine,
    case_results,
    output_detail,
    outputs,
    outputs_waiting,
    published,
)
from db.rules.outputs import Behind, OutputStatus, Use, use_of, wrong
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    last,
    plain,
    refused,
    rows,
    run,
    viewer,
)
from tests.factories import Casework

DIGEST, LEARNING, COUNTS = ConsentPurpose.DIGEST, ConsentPurpose.LEARNING, ConsentPurpose.COUNTS
TODAY, YEAR = clock.today(), timedelta(days=300)
LESSON: dict[str, Any] = {"theme": "delay", "text": "Ask early.", "findings": ["P04"], "processes": []}


@pytest.fixture
def digest(casework: Casework) -> Casework:
    """A case with a lesson, whose doctor agrees to learning and to a digest; and a digest that says one thing of it."""
    coded: dict[str, Any] = {"evidence": Evidence.REPORTED, "case_process_id": None, "quarter": "2026Q1", "note": ""}
    run(casework, add_finding, code="P04", **coded)
    run(casework, record_consent, purpose=LEARNING, given=True)
    run(casework, record_consent, purpose=DIGEST, given=True, expires_on=TODAY + YEAR)
    about = {"learning_id": run(casework, record_learning, **LESSON), "seen_version": 1}
    run(casework, answer_learning, casework.lead, **about, agree=True)
    planned: dict[str, Any] = {
        "kind": "case_digest",
        "title": "On delay",
        "to_whom": "",
        "due_on": TODAY + timedelta(days=5),
    }
    output = run(casework, plan_output, casework.lead, **planned, owner_id=casework.on_case)
    said: dict[str, Any] = {
        "text": "Waiting was the worst of it.",
        "learning_ids": [about["learning_id"]],
        "findings": [],
    }
    run(casework, add_claim, output_id=output, **said)
    # Somebody who never signed in could sign nothing.
    with casework.database.log() as session:
        session.execute(update(Volunteer).values(password_hash="x"))
    return casework


def seen(work: Casework) -> dict[str, Any]:
    row = last(work.database, Output)
    return {"output_id": row.id, "seen_version": row.version}


def go_out(work: Casework) -> None:
    run(work, ready_output, **seen(work))
    run(work, release_output, work.lead, **seen(work), sent_on=TODAY)


def claim(work: Casework, who: str = "lead") -> ClaimLine:
    with work.database.read() as session:
        [one] = output_detail(session, viewer(work, who), last(work.database, Output).id).claims
    return one


def test_one_finds_it_ready_and_another_signs_and_then_it_changes_no_more(digest: Casework) -> None:
    run(digest, ready_output, digest.lead, **seen(digest))
    with refused(digest.database, "somebody else must sign", field="output_id"):
        run(digest, release_output, digest.lead, **seen(digest), sent_on=TODAY)
    with digest.database.read() as session:
        assert outputs_waiting(session, viewer(digest, "lead")).to_sign == 0
        assert outputs_waiting(session, viewer(digest, "in_conflict")).to_sign == 1
    with pytest.raises(NotAllowed):
        run(digest, release_output, **seen(digest), sent_on=TODAY)
    change: dict[str, Any] = {"title": "On delays", "to_whom": "", "owner_id": digest.on_case, "due_on": TODAY}
    run(digest, change_output, **seen(digest), **change)
    assert last(digest.database, Output).status is OutputStatus.DRAFT
    go_out(digest)
    row = last(digest.database, Output)
    assert (row.status, row.ready_by_id, row.released_by_id) == (OutputStatus.RELEASED, digest.on_case, digest.lead)
    assert row.figures["claims"] == {str(claim(digest).id): {"agreed": 1, "released": {}}}
    for command, fields in ((remove_claim, {"claim_id": 1}), (change_output, seen(digest) | change)):
        with refused(digest.database, "past that"):
            run(digest, command, **fields)
    run(digest, note_output_result, **seen(digest), reply="They will change the form.", result="adopted")
    assert last(digest.database, Output).result == "adopted"
    with digest.database.read() as session:
        assert [line.result for line in published(session, viewer(digest, "observer"))] == ["adopted"]
        [led] = case_results(session, viewer(digest, "on_case"), digest.reference).outputs
    assert (led.title, led.result) == ("On delays", "adopted")


@pytest.mark.parametrize("purpose", [DIGEST, LEARNING])
def test_a_withdrawal_marks_what_is_to_come_at_once(digest: Casework, purpose: ConsentPurpose) -> None:
    run(digest, ready_output, **seen(digest))
    run(digest, record_consent, purpose=purpose, given=False)
    flag = last(digest.database, ClaimFlag)
    assert (flag.purpose, flag.settled_at) == (purpose, None)
    assert claim(digest).withdrawn
    with refused(digest.database, "does not stand", field="output_id"):
        run(digest, release_output, digest.lead, **seen(digest), sent_on=TODAY)
    run(digest, record_consent, purpose=purpose, given=True, expires_on=TODAY + YEAR)
    # Agreed to again, it is read again all the same.
    with refused(digest.database, "does not stand", field="output_id"):
        run(digest, release_output, digest.lead, **seen(digest), sent_on=TODAY)
    now = claim(digest)
    same: dict[str, Any] = {"text": now.text, "learning_ids": list(now.learnings), "findings": []}
    run(digest, change_claim, claim_id=now.id, seen_version=now.version, **same)
    go_out(digest)
    assert last(digest.database, Output).status is OutputStatus.RELEASED
    # It was put right before anybody read it: nothing was done to what is published.
    assert claim(digest).settled == ()


def test_a_withdrawal_lists_what_was_published_until_somebody_has_acted(digest: Casework) -> None:
    go_out(digest)
    run(digest, record_consent, purpose=DIGEST, given=False)
    with digest.database.read() as session:
        [line] = outputs_waiting(session, viewer(digest, "lead")).withdrawn
        for who in ("in_conflict", "observer"):
            waiting = outputs_waiting(session, viewer(digest, who))
            assert (waiting.own, waiting.to_sign, waiting.withdrawn) == ((), 0, ())
    assert (line.title, line.marked) == ("On delay", 1)
    with refused(digest.database, "past that"):
        run(digest, remove_claim, claim_id=claim(digest).id)
    run(digest, settle_claim, claim_id=claim(digest).id, reason="Taken off the site")
    assert last(digest.database, ClaimFlag).settled_how == "Taken off the site"
    with digest.database.read() as session:
        assert outputs_waiting(session, viewer(digest, "lead")).withdrawn == ()
    # Whoever reads the output next sees that something was done, and what.
    [done] = claim(digest).settled
    assert (done.how, done.by) == ("Taken off the site", "Vik")


def test_a_consent_that_ran_out_lists_what_was_published_once(digest: Casework) -> None:
    go_out(digest)
    assert night(digest) == 0
    with digest.database.log() as session:
        session.execute(update(Consent).where(Consent.purpose == DIGEST).values(expires_on=TODAY - timedelta(days=1)))
    assert [night(digest), night(digest)] == [1, 0]
    with digest.database.read() as session:
        [line] = outputs_waiting(session, viewer(digest, "lead")).withdrawn
    assert line.marked == 1
    run(digest, settle_claim, claim_id=claim(digest).id, reason="Taken off the site")
    assert night(digest) == 0


def night(work: Casework) -> int:
    with work.database.write() as session:
        return flag_what_ran_out(session)


def test_a_failure_while_marking_takes_the_withdrawal_back_too(
    digest: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_all_or_nothing(digest, monkeypatch, record_consent, purpose=DIGEST, given=False)
    assert not rows(digest.database, ClaimFlag)


def test_the_day_of_ones_own_stands_in_ones_calendar_without_its_title(digest: Casework) -> None:
    def of(who: str) -> list[tuple[str, str, date]]:
        with digest.database.read() as session:
            found = calendar_items(session, viewer(digest, who))
        return [(item.label, item.reference, item.day) for item in found if item.what == "output"]

    day = TODAY + timedelta(days=5)
    assert [of(who) for who in ("on_case", "lead")] == [[("Case digest due", "", day)], []]
    go_out(digest)
    assert of("on_case") == []


def test_a_purpose_that_it_does_not_rest_on_marks_nothing(digest: Casework) -> None:
    for purpose in (ConsentPurpose.MEDIA, COUNTS, ConsentPurpose.SECOND):
        run(digest, record_consent, purpose=purpose, given=False)
    assert not rows(digest.database, ClaimFlag)


def test_a_finding_stands_only_by_a_signed_number_and_a_no_to_counts_marks_it(digest: Casework) -> None:
    now = claim(digest)
    said: dict[str, Any] = {"text": "It was late for many.", "learning_ids": [], "findings": ["P04"]}
    run(digest, change_claim, claim_id=now.id, seen_version=now.version, **said)
    assert claim(digest).wrong == ("The latest signed release shows no number for P04.",)
    run(digest, record_consent, purpose=COUNTS, given=False)
    assert claim(digest).withdrawn
    with digest.database.read() as session:
        barred = output_detail(session, viewer(digest, "in_conflict"), seen(digest)["output_id"])
    # The sentence names no case, but the withdrawal does.
    assert [one.withdrawn for one in barred.claims] == [False]


def test_a_lesson_that_is_withdrawn_marks_what_rests_on_it(digest: Casework) -> None:
    run(digest, withdraw_learning, learning_id=claim(digest).learnings[0], reason="Told differently")
    assert claim(digest).withdrawn
    assert "does not agree" in claim(digest).wrong[1]


def test_behind_the_wall_an_output_is_the_same_without_the_case(digest: Casework) -> None:
    """Read and signed: as if the sentence were not there; and it does not go out unseen."""
    run(digest, ready_output, **seen(digest))
    about, id = seen(digest), claim(digest).id
    run(digest, record_consent, purpose=DIGEST, given=False)

    def looks() -> str:
        with digest.database.read() as session:
            who, output = viewer(digest, "in_conflict"), about["output_id"]
            found = output_detail(session, who, output), outputs(session, who), outputs_waiting(session, who)
            return str(plain(found))

    for command, fields in ((remove_claim, {}), (settle_claim, {"reason": "x"})):
        with refused(digest.database, "no such sentence", error=NotFound):
            run(digest, command, digest.in_conflict, claim_id=id, **fields)
    with_it = looks()
    with digest.database.log() as session:
        session.get_one(Claim, id).removed_at = clock.now()
    assert looks() == with_it
    with digest.database.log() as session:
        session.get_one(Claim, id).removed_at = None
    run(digest, release_output, digest.in_conflict, **about, sent_on=TODAY)
    assert last(digest.database, Claim).removed_by_id == digest.in_conflict


OTHER: dict[str, Any] = {"kind": "briefing", "title": "Another", "to_whom": "", "due_on": TODAY}


def test_only_leads_plan_and_only_owners_and_leads_work_on_it(digest: Casework) -> None:
    with pytest.raises(NotAllowed):
        run(digest, plan_output, **OTHER, owner_id=digest.on_case)
    with refused(digest.database, "Owner", field="owner_id"):
        run(digest, plan_output, digest.lead, **OTHER, owner_id=digest.observer)
    for who in (digest.off_case, digest.observer):
        for command, fields in (
            (drop_output, {**seen(digest), "reason": "x"}),
            (add_claim, {"output_id": 1, "text": "x", "learning_ids": [], "findings": []}),
            (remove_claim, {"claim_id": 1}),
        ):
            with refused(digest.database, "Not found", error=NotFound):
                run(digest, command, who, **fields)
    with digest.database.read() as session:
        assert [line.is_mine for line in outputs_waiting(session, viewer(digest, "on_case")).own] == [True]
        assert outputs(session, viewer(digest, "off_case")) == outputs(session, viewer(digest, "observer")) == ()
        assert claim(digest, "on_case").exact is None
    with refused(digest.database, "changed", error=Stale):
        run(digest, drop_output, **seen(digest) | {"seen_version": 7}, reason="x")
    run(digest, drop_output, **seen(digest), reason="Overtaken")


def test_a_sentence_rests_on_what_its_writer_may_read(digest: Casework) -> None:
    said: dict[str, Any] = {"output_id": 1, "text": "x", "findings": [], "learning_ids": list(claim(digest).learnings)}
    for who, wrong_one in ((digest.in_conflict, {}), (digest.lead, {"learning_ids": [99]})):
        with refused(digest.database, "Lessons", field="learning_ids"):
            run(digest, add_claim, who, **said | wrong_one)
    with refused(digest.database, "Findings", field="findings"):
        run(digest, add_claim, **said | {"findings": ["X99"]})
    with refused(digest.database, "case reference", field="text"):
        run(digest, add_claim, **said | {"text": f"As in {digest.reference}."})


def test_typed_words_stay_words_and_a_redaction_on_the_case_reaches_the_sentence(digest: Casework) -> None:
    def attempt(words: str) -> Any:
        return run(digest, add_claim, output_id=1, text=words, learning_ids=[], findings=[])

    assert_hostile_text_is_plain(digest, attempt, lambda: str(last(digest.database, Claim).text))
    run(digest, redact_words, words="worst of it", reason="Their own words")
    assert rows(digest.database, Claim)[0].text == "Waiting was the [redacted]."


def test_a_redaction_on_the_case_reaches_what_else_was_typed_of_the_output(digest: Casework) -> None:
    go_out(digest)
    run(digest, note_output_result, **seen(digest), reply="Dr Delay knows.", result=None)
    run(digest, redact_words, words="delay", reason="It names somebody")
    row = last(digest.database, Output)
    assert (row.title, row.reply) == ("On [redacted]", "Dr [redacted] knows.")


def test_what_came_of_a_letter_stands_on_the_case(casework: Casework) -> None:
    run(casework, add_entry, kind=EntryKind.ADVOCACY, text="Sent", code="none_by_choice")
    with casework.database.read() as session:
        entry = session.scalars(select(Entry.id).where(Entry.kind == EntryKind.ADVOCACY)).one()
    about: dict[str, Any] = {"entry_id": entry, "seen_version": 0, "sent_on": TODAY - timedelta(days=3)}
    assert_for_the_team_only(casework, note_advocacy, **about)
    run(casework, note_advocacy, **about, expected_on=TODAY)
    with refused(casework.database, "changed", error=Stale):
        run(casework, note_advocacy, **about, reply="No")
    answered = about | {"seen_version": 1, "reply": "They will look again.", "replied_on": TODAY, "result": "noted"}
    with refused(casework.database, "since it was sent", field="replied_on"):
        run(casework, note_advocacy, **answered | {"replied_on": date(2020, 1, 1)})
    run(casework, note_advocacy, **answered)
    assert last(casework.database, AdvocacyResult).result == "noted"
    with casework.database.read() as session:
        [row] = case_results(session, viewer(casework, "on_case"), casework.reference).approaches
    assert (row.reply, row.replied_on, row.expected_on) == ("They will look again.", TODAY, None)


@given(
    st.builds(Behind, st.integers(0, 9), st.integers(0, 9), st.integers(0, 3), st.just({}), st.integers(0, 2)),
    st.integers(1, 8),
)
def test_a_sentence_stands_only_when_enough_agree_and_nobody_took_it_back(behind: Behind, least: int) -> None:
    stands = not wrong(behind, Use(DIGEST, least))
    assert stands == (behind.doctors > 0 and behind.agreed >= least and not behind.gone and not behind.withdrawn)


def test_a_kind_says_which_purpose_it_is_of() -> None:
    assert use_of("media 1") == Use(ConsentPurpose.MEDIA, 1)
    assert use_of(None) == use_of("") == Use(DIGEST, 3)
