"""Words taken out of a case: out of every text of it, for good, by the team, with who and why."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from db import clock
from db.choices import Contact, DeadlineKind, EntryKind, Stage, Whose
from db.commands.deadlines import add_deadline
from db.commands.drafts import keep_draft
from db.commands.entries import add_entry
from db.commands.flags import raise_flag
from db.commands.redactions import redact_words
from db.commands.update_status import update_status
from db.models import Action, Audit, Case, Deadline, Draft, Entry, Flag, Redaction, StageEvent
from db.queries.timeline import timeline
from tests.db.helpers import (
    HOSTILE,
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_hostile_text_is_plain,
    assert_recorded,
    last,
    plain_update,
    refused,
    rows,
    run,
    the_case,
    viewer,
)
from tests.factories import Casework, make_case

SISTER = "the ward sister in bay 4"


def entry(casework: Casework, text: str = f"Met {SISTER}") -> int:
    run(casework, add_entry, kind=EntryKind.NOTE, text=text)
    return int(last(casework.database, Entry).id)


def test_words_are_taken_out_for_good_and_who_and_why_stays(casework: Casework) -> None:
    chosen = entry(casework)
    assert_recorded(casework, "redact_words", redact_words, words=SISTER, reason="A patient")
    assert last(casework.database, Entry, id=chosen).text == "Met [redacted]"
    row = last(casework.database, Redaction)
    assert (row.by_id, row.why, row.place, row.row_id) == (casework.on_case, "A patient", "entries", chosen)
    assert len(row.text_hash) == 64
    assert not any("sister" in str(line.details) for line in rows(casework.database, Audit))
    with casework.database.read() as session:
        line = timeline(session, viewer(casework, "on_case"), casework.reference, (), 1)[0]
    assert (line.redacted_by, line.redacted_why) == ("Vik", "A patient")


def test_they_go_from_every_text_of_the_case_and_of_no_other(casework: Casework) -> None:
    with casework.database.write() as session:
        other = make_case(
            session, actor_id=casework.lead, body=casework.other_body, contact="o@example.org", summary=f"Met {SISTER}."
        )
        session.get_one(Case, the_case(casework).id).summary = f"It began with {SISTER}."
    day = clock.today() + timedelta(days=3)
    run(
        casework,
        update_status,
        **plain_update(
            casework,
            what_changed=SISTER.upper(),
            contact=Contact.TRIED,
            next_action=f"Ring\n{SISTER}",
            action_due_on=day,
            blocked_by=SISTER,
            help_wanted=f"Who knows {SISTER}?",
        ),
    )
    run(casework, raise_flag, code="MEDIA", why=f"Says {SISTER}", review_on=day)
    run(casework, add_deadline, name=f"Letter of {SISTER}", due_on=day, kind=DeadlineKind.LOCAL, whose=Whose.OURS)
    with casework.database.write() as session:
        event = session.query(StageEvent).filter_by(case_id=the_case(casework).id).first()
        assert event is not None
        event.details = {"scope": f"about {SISTER}", "list": [SISTER]}

    places = run(casework, redact_words, words=SISTER, reason="A patient")

    texts = [
        the_case(casework).summary,
        *(
            str(vars(row))
            for model in (Entry, Action, Flag, Deadline, StageEvent)
            for row in rows(casework.database, model)
        ),
    ]
    assert not any("sister" in text.lower() for text in texts)
    assert places == len(rows(casework.database, Redaction)) >= 8
    assert the_case(casework, other).summary == f"Met {SISTER}."
    assert the_case(casework).stage in Stage


def test_what_somebody_is_still_typing_does_not_bring_them_back(casework: Casework) -> None:
    entry(casework)
    with casework.database.log() as session:
        keep_draft(
            session,
            actor_id=casework.on_case,
            reference=casework.reference,
            form="quick",
            typed={"what_changed": f"Rang {SISTER}", "next_action": "Write"},
        )
    run(casework, redact_words, words=SISTER, reason="A patient")
    with casework.database.read() as session:
        [sealed] = session.scalars(select(Draft.sealed))
        typed = json.loads(session.info["vault"].open_text(sealed))
    assert typed == {"what_changed": "Rang [redacted]", "next_action": "Write"}


def test_the_hash_tells_whether_a_copy_is_what_was_there(casework: Casework) -> None:
    entry(casework), entry(casework)
    run(casework, redact_words, words="bay 4", reason="x")
    one, other = rows(casework.database, Redaction)
    assert one.text_hash == other.text_hash


def test_only_words_that_are_there_by_the_team_and_with_a_reason(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry(casework)
    assert_for_the_team_only(casework, redact_words, words="bay 4", reason="x")
    with refused(casework.database, "not on this case", field="words"):
        run(casework, redact_words, words="bay 5", reason="x")
    with refused(casework.database, "3 characters or more", field="words"):
        run(casework, redact_words, words=" a ", reason="x")
    with refused(casework.database, "fill this in", field="why"):
        run(casework, redact_words, words="bay 4", reason=" ")
    assert_all_or_nothing(casework, monkeypatch, redact_words, words="bay 4", reason="x")


def test_hostile_words_and_reasons_are_plain_text(casework: Casework) -> None:
    words = [f"word{n:02}" for n in range(len(HOSTILE))]
    entry(casework, " ".join(words))
    one_by_one = iter(words)

    def take_out(text: str) -> None:
        run(casework, redact_words, words=next(one_by_one), reason=text)

    assert_hostile_text_is_plain(casework, take_out, lambda: str(last(casework.database, Redaction).why))
