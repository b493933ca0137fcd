"""The lived-experience series: one story being checked, and one doctor who agreed and was not invited yet."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_cases
from db.choices import Role
from db.commands.series import invite_story, move_story, record_series_consent
from db.demo.learnings import both_leads
from db.models import Case, Story
from db.rules.consent import USUAL_LIFE
from db.rules.series import TAKE_PART, StoryStage
from db.series_rows import in_proceedings

CHANNELS = ("website", "audio")
DONE = (
    (StoryStage.INTERVIEW, "An hour by telephone, with a friend of the doctor’s beside them."),
    (StoryStage.DRAFT, "First draft, kept in the editor’s folder."),
    (StoryStage.SEEN, "Read together; two sentences were taken out."),
)


def add_series(session: Session) -> None:
    """By the lead; of cases that have ended, with no process left."""
    lead, second = both_leads()
    readable = (full_cases(Viewer(one, Role.LEAD)) for one in (lead, second))
    ended = (~Case.is_open, Case.opened_on < clock.today() - timedelta(days=300), ~in_proceedings())
    query = select(Case.reference).where(*ended, *readable).order_by(Case.id).limit(2)
    for number, reference in enumerate(session.scalars(query).all()):
        until = clock.today() + USUAL_LIFE
        for channel in (TAKE_PART, *CHANNELS[: number + 1]):
            record_series_consent(
                session, actor_id=lead, reference=reference, channel=channel, given=True, expires_on=until
            )
            session.flush()
        if number == 0:
            _tell(session, lead, reference)


def _tell(session: Session, lead: int, reference: str) -> None:
    story = invite_story(session, actor_id=lead, reference=reference)
    for stage, note in DONE:
        session.flush()
        seen = session.get_one(Story, story).version
        move_story(
            session, actor_id=lead, reference=reference, story_id=story, seen_version=seen, stage=stage, note=note
        )
    session.flush()
