"""Which channels a doctor agrees to, and what else stands in the way of a story; for commands and queries alike."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from db import clock
from db.models import Case, CaseProcess, SeriesConsent, Story, StoryStep
from db.rules.consent import Answer, holds
from db.rules.series import OVER, TAKE_PART, StoryStage


def series_answers(session: Session, case_ids: Collection[int]) -> dict[int, dict[str, Answer]]:
    """{case: {channel: the latest answer}}, taking part at all under TAKE_PART."""
    rows = session.scalars(select(SeriesConsent).where(SeriesConsent.case_id.in_(case_ids)).order_by(SeriesConsent.id))
    found: dict[int, dict[str, Answer]] = {case_id: {} for case_id in case_ids}
    for row in rows:
        found[row.case_id][row.channel] = Answer(row.given, row.expires_on)
    return found


def agreed_channels(answers: dict[str, Answer]) -> set[str] | None:
    """The channels that the doctor agrees to today; None if they do not agree to take part."""
    today = clock.today()
    if not holds(answers.get(TAKE_PART), today):
        return None
    return {channel for channel, answer in answers.items() if channel and holds(answer, today)}


def in_proceedings() -> ColumnElement[bool]:
    """The condition on `Case`: a process of it has not ended."""
    return exists().where(CaseProcess.case_id == Case.id, CaseProcess.ended_on.is_(None))


def has_story() -> ColumnElement[bool]:
    return exists().where(Story.case_id == Case.id, Story.stage.not_in(OVER))


def on_air(session: Session, story_ids: Collection[int]) -> dict[int, set[str]]:
    """{story: the channels on which it is published and not taken down}."""
    steps = select(StoryStep).where(StoryStep.story_id.in_(story_ids), StoryStep.channel.is_not(None))
    found: dict[int, set[str]] = {story_id: set() for story_id in story_ids}
    for step in session.scalars(steps.order_by(StoryStep.id)):
        channels = found[step.story_id]
        (channels.add if step.stage is StoryStage.PUBLISHED else channels.discard)(step.channel or "")
    return found
