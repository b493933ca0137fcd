"""The lived-experience series: whose doctor agreed to it, and how far each story has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, full_cases, read_case
from db.models import Case, SeriesConsent, Story, StoryStep, Volunteer
from db.rules.consent import Answer
from db.rules.series import OVER, StoryStage
from db.series_rows import agreed_channels, has_story, in_proceedings, on_air, series_answers


@dataclass(frozen=True)
class Candidate:
    """A case whose doctor agrees to take part today, without a story. `waits`: a process has not ended."""

    reference: str
    channels: tuple[str, ...]
    waits: bool


@dataclass(frozen=True)
class Step:
    stage: StoryStage
    channel: str | None
    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class StoryLine:
    """`channels` are those the doctor agrees to today, None if they do not agree to take part; `published` those it is
    on, and `to_take_down` those of them that the doctor does not agree to any more. `blocked`: a process of the case
    has not ended."""

    id: int
    reference: str
    stage: StoryStage
    version: int
    channels: tuple[str, ...] | None
    published: tuple[str, ...]
    to_take_down: tuple[str, ...]
    blocked: bool
    drafted_by_me: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class SeriesAnswer:
    """The latest answer on one channel; on taking part at all where `channel` is empty."""

    channel: str
    given: bool
    at: datetime
    expires_on: date | None


def candidates(session: Session, viewer: Viewer) -> tuple[Candidate, ...]:
    """Only whose doctor said so: no other search, order or choice leads here. Of cases the viewer may read in full."""
    asked = Case.id.in_(select(SeriesConsent.case_id))
    query = select(Case.id, Case.reference, in_proceedings()).where(asked, ~has_story(), full_cases(viewer))
    rows = session.execute(query.order_by(Case.reference)).all()
    answers = series_answers(session, [case_id for case_id, _, _ in rows])
    found = []
    for case_id, reference, waits in rows:
        channels = agreed_channels(answers[case_id])
        if channels is not None:
            found.append(Candidate(reference, tuple(sorted(channels)), bool(waits)))
    return tuple(found)


def stories(session: Session, viewer: Viewer) -> tuple[StoryLine, ...]:
    """Those of cases the viewer may read in full; withdrawn ones only while something is to be taken down."""
    query = select(Story, Case.reference, in_proceedings()).join(Case, Case.id == Story.case_id)
    rows = session.execute(query.where(full_cases(viewer)).order_by(Story.id.desc())).all()
    answers = series_answers(session, [row.case_id for row, _, _ in rows])
    published = on_air(session, [row.id for row, _, _ in rows])
    steps = _steps(session, [row.id for row, _, _ in rows])
    lines = [
        _line(viewer, row, reference, bool(blocked), answers[row.case_id], published[row.id], steps.get(row.id, []))
        for row, reference, blocked in rows
    ]
    return tuple(line for line in lines if line.stage not in OVER or line.to_take_down)


def series_consents(session: Session, viewer: Viewer, reference: str) -> tuple[SeriesAnswer, ...]:
    """The latest answer on each, as recorded. Refuses (NotFound) anybody who may not read the case in full."""
    case = read_case(session, viewer, reference)
    rows = session.scalars(select(SeriesConsent).where(SeriesConsent.case_id == case.id).order_by(SeriesConsent.id))
    latest = {row.channel: SeriesAnswer(row.channel, row.given, row.given_at, row.expires_on) for row in rows}
    return tuple(latest[channel] for channel in sorted(latest))


def _line(
    viewer: Viewer,
    row: Story,
    reference: str,
    blocked: bool,
    answers: dict[str, Answer],
    published: set[str],
    steps: Sequence[tuple[int, Step]],
) -> StoryLine:
    channels = agreed_channels(answers)
    kept = channels if channels is not None and row.stage not in OVER else set()
    drafted = [by for by, step in steps if step.stage is StoryStage.DRAFT]
    return StoryLine(
        id=row.id,
        reference=reference,
        stage=row.stage,
        version=row.version,
        channels=None if channels is None else tuple(sorted(channels)),
        published=tuple(sorted(published)),
        to_take_down=tuple(sorted(published - kept)),
        blocked=blocked,
        drafted_by_me=bool(drafted) and drafted[-1] == viewer.id,
        steps=tuple(step for _, step in steps),
    )


def _steps(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[int, Step]]]:
    query = select(StoryStep, Volunteer.name).join(Volunteer, Volunteer.id == StoryStep.by_id)
    found: dict[int, list[tuple[int, Step]]] = {}
    for row, by in session.execute(query.where(StoryStep.story_id.in_(ids)).order_by(StoryStep.id)):
        found.setdefault(row.story_id, []).append((row.by_id, Step(row.stage, row.channel, row.note, by, row.at)))
    return found
