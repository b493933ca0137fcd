"""Which channels a doctor agrees to, and what else stands in the way of a story; for commands and queries alike."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Select, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import TODAY, Viewer, full_cases
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


def stories_to_take_down(viewer: Viewer) -> Select[int]:
    """`many`: how many stories are on a channel on which the doctor does not agree to them today, of cases the viewer
    may read in full."""
    later = aliased(StoryStep)
    last = ~exists().where(
        later.story_id == StoryStep.story_id, later.channel == StoryStep.channel, later.id > StoryStep.id
    )
    is_over = Story.stage.in_(OVER)
    refused = or_(is_over, ~_agrees_on(literal(TAKE_PART)), ~_agrees_on(StoryStep.channel))
    return (
        select(func.count(Story.id.distinct()).label("many"))
        .join(Case, Case.id == Story.case_id)
        .join(StoryStep, StoryStep.story_id == Story.id)
        .where(StoryStep.stage == StoryStage.PUBLISHED, last, refused, full_cases(viewer))
    )


def _agrees_on(channel: ColumnExpressionArgument[str | None]) -> ColumnElement[bool]:
    answer, later = aliased(SeriesConsent), aliased(SeriesConsent)
    newer = exists().where(later.case_id == answer.case_id, later.channel == answer.channel, later.id > answer.id)
    lasts = or_(answer.expires_on.is_(None), answer.expires_on >= TODAY)
    return exists().where(answer.case_id == Story.case_id, answer.channel == channel, answer.given, lasts, ~newer)
