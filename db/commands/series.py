"""The lived-experience series: no story is taken up because somebody thinks it a good one, only because the doctor said
so, and it goes on only for as long as they do."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, require_lead, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.open_case import WORDING
from db.commands.record import add_line, audit, clean_text, stale, touch
from db.declared import Password, Patterns, command
from db.errors import CommandRefused
from db.models import Case, CodedTerm, SeriesConsent, Story, StoryStep
from db.rules.consent import LONGEST_LIFE
from db.rules.series import CHANNELS, CHECKS, MAY_PUBLISH, MOST_NOTE, OVER, TAKE_PART, StoryStage, may_follow
from db.series_rows import agreed_channels, in_proceedings, on_air, series_answers

NOT_AGREED = "The doctor does not agree to take part today. Ask, and record the answer on the case first."
LIVE = "A process of this case has not ended. The series waits until all of them have."


@command(says="recorded the doctor’s answer on the series", patterns=Patterns.NEVER, moves_access=False)
def record_series_consent(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    channel: str,
    given: bool,
    expires_on: date | None = None,
) -> None:
    """Records a yes or a no: to take part at all (an empty `channel`), or to one channel. A no acts at once: one to
    taking part withdraws the story, and what is published is listed to be taken down.

    Refuses: not found, an unknown channel, a yes to a channel without one to taking part, and a yes without a last day
    within two years.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if channel != TAKE_PART and session.get(CodedTerm, (CHANNELS, channel)) is None:
        raise CommandRefused("To what: choose from the list.", field="channel")
    today = clock.today()
    if given and (expires_on is None or not today <= expires_on <= today + LONGEST_LIFE):
        raise CommandRefused("Until: choose a day within two years, usually one year from now.", field="expires_on")
    if given and channel != TAKE_PART and agreed_channels(series_answers(session, [case.id])[case.id]) is None:
        raise CommandRefused(NOT_AGREED, field="channel")
    session.add(
        SeriesConsent(
            case_id=case.id,
            channel=channel,
            wording=WORDING,
            given=given,
            given_at=clock.now(),
            expires_on=expires_on if given else None,
            recorded_by_id=viewer.id,
        )
    )
    said = "given" if given else "refused or withdrawn"
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Lived-experience series: consent {said}.")
    if not given and channel == TAKE_PART and (row := _live(session, case)) is not None:
        _step(session, viewer, row, StoryStage.WITHDRAWN, "The doctor took the consent back.")
    _done(session, viewer, case, "record_series_consent")


@command(says="invited the doctor to the lived-experience series", patterns=Patterns.NEVER, moves_access=False)
def invite_story(session: Session, *, actor_id: int, reference: str) -> int:
    """Begins a story, and returns its id. Refuses: not a lead, not found, a doctor who does not agree to take part, a
    process that has not ended, a story that is under way."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    _may_go_on(session, case)
    if _live(session, case) is not None:
        raise CommandRefused("A story of this case is under way already.")
    row = Story(case_id=case.id, stage=StoryStage.INVITED, changed_by_id=viewer.id, changed_at=clock.now())
    session.add(row)
    session.flush()
    _step(session, viewer, row, StoryStage.INVITED, "")
    _done(session, viewer, case, "invite_story")
    return row.id


@command(says="took a story of the series on, or back", patterns=Patterns.NEVER, moves_access=False)
def move_story(
    session: Session, *, actor_id: int, reference: str, story_id: int, seen_version: int, stage: StoryStage, note: str
) -> None:
    """To its next step, or back to be written anew.

    Refuses: not found, Stale, a step that does not follow, a doctor who does not agree today, a process that has not
    ended, a check by whoever wrote the draft, a legal check by anybody but a lead, no words on a check.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _seen(session, case, story_id, seen_version)
    if not may_follow(row.stage, stage):
        raise CommandRefused("That does not come next. Look at the story again.", field="stage")
    _may_go_on(session, case)
    needs_words = stage in CHECKS
    words = clean_text(note, field="note", label="What was looked at", required=needs_words, most=MOST_NOTE)
    if stage in CHECKS and _wrote_it(session, row) == viewer.id:
        raise CommandRefused("You wrote the draft, so somebody else must check it.", field="stage")
    if stage is StoryStage.LEGAL:
        require_lead(viewer)
    _step(session, viewer, row, stage, words)
    _done(session, viewer, case, "move_story")


@command(says="published a story of the series", patterns=Patterns.NEVER, password=Password.AGAIN, moves_access=False)
def publish_story(
    session: Session, *, actor_id: int, reference: str, story_id: int, seen_version: int, channel: str
) -> None:
    """On one channel. Refuses: not a lead, not found, Stale, checks that are missing, a process that has not ended, a
    doctor who does not agree to this channel today, a channel it is on already."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    row = _seen(session, case, story_id, seen_version)
    if row.stage not in MAY_PUBLISH:
        raise CommandRefused("Its checks come first.", field="channel")
    if channel not in _may_go_on(session, case):
        raise CommandRefused("The doctor has not agreed to this channel. Ask for it by itself.", field="channel")
    if channel in on_air(session, [row.id])[row.id]:
        raise CommandRefused("It is there already.", field="channel")
    _step(session, viewer, row, StoryStage.PUBLISHED, "", channel=channel)
    _done(session, viewer, case, "publish_story")


@command(says="recorded that a story was taken down", patterns=Patterns.NEVER, moves_access=False)
def take_down_story(
    session: Session, *, actor_id: int, reference: str, story_id: int, channel: str, note: str = ""
) -> None:
    """From one channel. Refuses: not found, a channel it is not on."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _story(session, case, story_id)
    if channel not in on_air(session, [row.id])[row.id]:
        raise CommandRefused("It is not there any more.", field="channel")
    words = clean_text(note, field="note", label="What was done", required=False, most=MOST_NOTE)
    _step(session, viewer, row, StoryStage.TAKEN_DOWN, words, channel=channel)
    _done(session, viewer, case, "take_down_story")


@command(says="withdrew a story of the series", patterns=Patterns.NEVER, moves_access=False)
def withdraw_story(session: Session, *, actor_id: int, reference: str, story_id: int, reason: str) -> None:
    """Ends it, at any step. Refuses: not found, ended already, no reason."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _story(session, case, story_id)
    if row.stage in OVER:
        raise CommandRefused("It has ended already.", field="story_id")
    _step(
        session,
        viewer,
        row,
        StoryStage.WITHDRAWN,
        clean_text(reason, field="reason", label="Why", most=MOST_NOTE),
    )
    _done(session, viewer, case, "withdraw_story")


def _may_go_on(session: Session, case: Case) -> set[str]:
    """The channels that the doctor agrees to; refuses if nothing may happen today."""
    channels = agreed_channels(series_answers(session, [case.id])[case.id])
    if channels is None:
        raise CommandRefused(NOT_AGREED)
    if session.scalar(select(Case.id).where(Case.id == case.id, in_proceedings())) is not None:
        raise CommandRefused(LIVE)
    return channels


def _live(session: Session, case: Case) -> Story | None:
    return session.scalar(select(Story).where(Story.case_id == case.id, Story.stage.not_in(OVER)))


def _story(session: Session, case: Case, story_id: int) -> Story:
    row = session.get(Story, story_id)
    if row is None or row.case_id != case.id:
        raise CommandRefused("Story: choose this case’s.", field="story_id")
    return row


def _seen(session: Session, case: Case, story_id: int, seen_version: int) -> Story:
    row = _story(session, case, story_id)
    if row.version != seen_version:
        raise stale(session, row.changed_by_id, row.changed_at)
    return row


def _wrote_it(session: Session, row: Story) -> int | None:
    drafts = select(StoryStep.by_id).where(StoryStep.story_id == row.id, StoryStep.stage == StoryStage.DRAFT)
    return session.scalars(drafts.order_by(StoryStep.id.desc()).limit(1)).first()


def _step(
    session: Session, viewer: Viewer, row: Story, stage: StoryStage, note: str, *, channel: str | None = None
) -> None:
    about = {"story_id": row.id, "case_id": row.case_id, "by_id": viewer.id, "at": clock.now()}
    session.add(StoryStep(**about, stage=stage, note=note, channel=channel))
    # Taken down from a channel, it stands where it stood.
    if stage is not StoryStage.TAKEN_DOWN:
        row.stage = stage
    row.changed_by_id, row.changed_at = viewer.id, clock.now()


def _done(session: Session, viewer: Viewer, case: Case, action: str) -> None:
    touch(case, viewer)
    audit(session, viewer, action, case=case)
    refresh_card(session, case.id)
