"""The lived-experience series: only whose doctor said so, step by step, one consent for each channel."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import clock
from db.choices import ConsentPurpose
from db.commands.consents import record_consent
from db.commands.redactions import redact_words
from db.commands.series import (
    invite_story,
    move_story,
    publish_story,
    record_series_consent,
    take_down_story,
    withdraw_story,
)
from db.errors import NotAllowed, Stale
from db.models import CaseProcess, SeriesConsent, Story, StoryStep
from db.queries.outputs import outputs_waiting
from db.queries.series import StoryLine, candidates, series_consents, stories
from db.rules.series import NEXT, StoryStage
from tests.db.helpers import (
    assert_all_or_nothing,
    assert_for_the_team_only,
    assert_recorded,
    last,
    refused,
    rows,
    run,
    viewer,
)
from tests.factories import Casework

TODAY = clock.today()
UNTIL = TODAY + timedelta(days=200)
WAY = (StoryStage.INTERVIEW, StoryStage.DRAFT, StoryStage.SEEN, StoryStage.EMPLOYER, StoryStage.LEGAL)


@pytest.fixture
def agreed(casework: Casework) -> Casework:
    """Every process has ended, and the doctor agrees to take part and to print."""
    with casework.database.log() as session:
        session.execute(update(CaseProcess).values(ended_on=TODAY))
    for channel in ("", "print"):
        run(casework, record_series_consent, channel=channel, given=True, expires_on=UNTIL)
    return casework


def listed(work: Casework, who: str = "lead") -> list[str]:
    with work.database.read() as session:
        return [row.reference for row in candidates(session, viewer(work, who))]


def story(work: Casework, who: str = "lead") -> StoryLine:
    with work.database.read() as session:
        [line] = stories(session, viewer(work, who))
    return line


def seen(work: Casework) -> dict[str, Any]:
    row = last(work.database, Story)
    return {"story_id": row.id, "seen_version": row.version}


def on(work: Casework, *way: StoryStage) -> None:
    """The draft by who is on the case, all else by the lead."""
    for stage in way:
        who = work.on_case if stage is StoryStage.DRAFT else work.lead
        run(work, move_story, who, **seen(work), stage=stage, note="Looked at it")


def published(work: Casework) -> Casework:
    run(work, invite_story, work.lead)
    on(work, *WAY)
    run(work, publish_story, work.lead, **seen(work), channel="print")
    return work


def test_only_an_explicit_running_consent_makes_a_candidate(casework: Casework) -> None:
    for purpose in (ConsentPurpose.MEDIA, ConsentPurpose.LEARNING, ConsentPurpose.DIGEST):
        run(casework, record_consent, purpose=purpose, given=True, expires_on=UNTIL)
    assert listed(casework) == []
    with refused(casework.database, "does not agree to take part"):
        run(casework, invite_story, casework.lead)
    run(casework, record_series_consent, channel="", given=True, expires_on=UNTIL)
    assert listed(casework) == listed(casework, "on_case") == [casework.reference]
    assert listed(casework, "in_conflict") == listed(casework, "off_case") == listed(casework, "observer") == []
    run(casework, record_series_consent, channel="", given=False)
    assert listed(casework) == []
    run(casework, record_series_consent, channel="", given=True, expires_on=TODAY)
    with casework.database.log() as session:
        session.execute(update(SeriesConsent).values(expires_on=TODAY - timedelta(days=1)))
    assert listed(casework) == []


def test_a_case_in_live_proceedings_is_stopped_at_every_step(agreed: Casework) -> None:
    run(agreed, invite_story, agreed.lead)
    on(agreed, *WAY)
    with agreed.database.log() as session:
        session.execute(update(CaseProcess).values(ended_on=None))
    for command, fields in (
        (publish_story, {"channel": "print"}),
        (move_story, {"stage": StoryStage.DRAFT, "note": ""}),
    ):
        with refused(agreed.database, "has not ended"):
            run(agreed, command, agreed.lead, **seen(agreed), **fields)
    assert story(agreed).blocked
    run(agreed, withdraw_story, story_id=seen(agreed)["story_id"], reason="It began again")
    with refused(agreed.database, "has not ended"):
        run(agreed, invite_story, agreed.lead)


def test_each_step_follows_the_one_before_and_checks_take_somebody_else(agreed: Casework) -> None:
    with pytest.raises(NotAllowed):
        run(agreed, invite_story)
    run(agreed, invite_story, agreed.lead)
    with refused(agreed.database, "under way already"):
        run(agreed, invite_story, agreed.lead)
    for done in (StoryStage.INVITED, *WAY[:2]):
        for stage in set(StoryStage) - set(NEXT[done]):
            with refused(agreed.database, "does not come next", field="stage"):
                run(agreed, move_story, agreed.lead, **seen(agreed), stage=stage, note="x")
        with refused(agreed.database, "Its checks come first", field="channel"):
            run(agreed, publish_story, agreed.lead, **seen(agreed), channel="print")
        on(agreed, NEXT[done][0])
    with refused(agreed.database, "somebody else must check", field="stage"):
        run(agreed, move_story, **seen(agreed), stage=StoryStage.EMPLOYER, note="x")
    with refused(agreed.database, "What was looked at", field="note"):
        run(agreed, move_story, agreed.lead, **seen(agreed), stage=StoryStage.EMPLOYER, note=" ")
    on(agreed, StoryStage.EMPLOYER, StoryStage.DRAFT, *WAY[2:])
    with refused(agreed.database, "changed", error=Stale):
        run(agreed, move_story, agreed.lead, **seen(agreed) | {"seen_version": 1}, stage=StoryStage.DRAFT, note="x")


def on_home(work: Casework, who: str) -> int:
    with work.database.read() as session:
        return outputs_waiting(session, viewer(work, who)).to_take_down


def test_each_channel_has_a_consent_of_its_own(agreed: Casework) -> None:
    published(agreed)
    for channel in ("video", "", "nonsense"):
        with refused(agreed.database, "not agreed to this channel", field="channel"):
            run(agreed, publish_story, agreed.lead, **seen(agreed), channel=channel)
    with refused(agreed.database, "there already", field="channel"):
        run(agreed, publish_story, agreed.lead, **seen(agreed), channel="print")
    run(agreed, record_series_consent, channel="video", given=True, expires_on=UNTIL)
    run(agreed, publish_story, agreed.lead, **seen(agreed), channel="video")
    run(agreed, record_series_consent, channel="video", given=False)
    assert (story(agreed).published, story(agreed).to_take_down) == (("print", "video"), ("video",))
    assert [on_home(agreed, who) for who in ("lead", "on_case", "off_case", "in_conflict")] == [1, 1, 0, 0]
    run(agreed, take_down_story, story_id=seen(agreed)["story_id"], channel="video")
    assert (story(agreed).stage, story(agreed).to_take_down) == (StoryStage.PUBLISHED, ())
    assert on_home(agreed, "lead") == 0


def test_a_withdrawal_ends_it_at_once_and_lists_what_is_to_be_taken_down(agreed: Casework) -> None:
    published(agreed)
    run(agreed, record_series_consent, channel="", given=False)
    assert last(agreed.database, Story).stage is StoryStage.WITHDRAWN
    assert (story(agreed).channels, story(agreed).to_take_down) == (None, ("print",))
    assert on_home(agreed, "lead") == 1
    run(agreed, take_down_story, story_id=seen(agreed)["story_id"], channel="print", note="Taken off the site")
    with agreed.database.read() as session:
        assert stories(session, viewer(agreed, "lead")) == ()
    with refused(agreed.database, "ended already", field="story_id"):
        run(agreed, withdraw_story, story_id=seen(agreed)["story_id"], reason="x")


def test_a_yes_runs_out_and_stands_on_a_known_channel(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    for until in (None, TODAY + timedelta(days=800), TODAY - timedelta(days=1)):
        with refused(casework.database, "within two years", field="expires_on"):
            run(casework, record_series_consent, channel="", given=True, expires_on=until)
    for channel, said in (("nonsense", "choose from the list"), ("print", "does not agree to take part")):
        with refused(casework.database, said, field="channel"):
            run(casework, record_series_consent, channel=channel, given=True, expires_on=UNTIL)
    yes: dict[str, Any] = {"channel": "", "given": True, "expires_on": UNTIL}
    assert_for_the_team_only(casework, record_series_consent, **yes)
    assert_all_or_nothing(casework, monkeypatch, record_series_consent, **yes)
    assert_recorded(casework, "record_series_consent", record_series_consent, **yes)
    with casework.database.read() as session:
        [answer] = series_consents(session, viewer(casework, "on_case"), casework.reference)
    assert (answer.channel, answer.given, answer.expires_on) == ("", True, UNTIL)


def test_a_redaction_on_the_case_reaches_its_steps(agreed: Casework) -> None:
    run(agreed, invite_story, agreed.lead)
    run(agreed, move_story, **seen(agreed), stage=StoryStage.INTERVIEW, note="Met in Exampleton")
    run(agreed, redact_words, words="Exampleton", reason="A place")
    assert rows(agreed.database, StoryStep)[-1].note == "Met in [redacted]"
