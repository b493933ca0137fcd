"""What some of the cases that have come to an end taught: invented, and general enough to be anybody's."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, full_cases
from db.choices import ConsentPurpose, Role, Stage
from db.commands.learnings import answer_learning, record_learning
from db.consented import running
from db.demo.people import SIGN_INS
from db.demo.work import first_of
from db.models import Case, Finding, Learning

PAST = (Stage.CLOSING, Stage.LEARNING, Stage.CLOSED)
# Theme, the finding it comes from, and the words.
LESSONS = (
    ("delay", "P04", "Each step was late by a little. Asking for the next date in every letter kept the rest on time."),
    ("delay", "P04", "Nobody owned the timetable. One named person with a calendar would have saved months."),
    ("delay", "P04", "A limit that passes without a word is worth a letter the same day, not at the end."),
    ("delay", "P04", "Waiting was the worst part. A short note that says “no news yet” costs nothing."),
    (
        "investigation",
        "P05",
        "The terms of reference grew as it went on. Ask for them in writing, and for each change.",
    ),
    ("investigation", "P03", "Somebody who had taken part in the event also looked into it. Ask who is independent."),
    ("investigation", "P07", "What helped the doctor was in the file and came out last. Ask early for all of it."),
    ("exclusion", "P05", "Being sent home became the outcome. Ask at each renewal what has changed since the last."),
    ("exclusion", "P05", "Other duties were never considered. Suggest some in writing before the first review."),
    ("conditions", "S01", "The rota was one person short that day, and no report said so. Write it down at once."),
    ("conditions", "S01", "The same gap had been reported twice before. Earlier reports are the strongest evidence."),
    ("conditions", "S03", "A senior to ask was on paper only. Record who was called, when, and who came."),
    ("speaking_up", "U05", "The order of days told the story: first the concern, then the complaint. Keep a diary."),
    ("repair", "S06", "An apology in one sentence did more than the report. It may be asked for."),
)
WAITING = 2


def add_learnings(session: Session) -> None:
    """By turns the lead writes and the second lead agrees, or the other way round; the last few wait."""
    first, second = both_leads()
    for number, (theme, code, text) in enumerate(LESSONS):
        reference = _case_with(session, code, [first, second])
        if reference is None:
            continue
        writer, reader = (first, second) if number % 2 else (second, first)
        learning_id = record_learning(
            session, actor_id=writer, reference=reference, theme=theme, text=text, findings=[code], processes=[]
        )
        session.flush()
        if number < len(LESSONS) - WAITING:
            row = session.get_one(Learning, learning_id)
            seen = row.version
            answer_learning(
                session, actor_id=reader, reference=reference, learning_id=row.id, seen_version=seen, agree=True
            )
            session.flush()


def both_leads() -> tuple[int, int]:
    """The ids of the two demo sign-ins that are leads."""
    first = first_of(Role.LEAD)
    leads = [number for number, (_, _, role, *_) in enumerate(SIGN_INS, start=1) if role is Role.LEAD]
    return first, next(number for number in leads if number != first)


def _case_with(session: Session, code: str, leads: list[int]) -> str | None:
    """A case that has come to an end, with this finding, nothing learned from it yet, and no conflict for either."""
    free = (
        select(Case.reference)
        .join(Finding, Finding.case_id == Case.id)
        .where(
            Finding.code == code,
            Case.stage.in_(PAST),
            Case.opened_on < clock.today(),
            Case.id.in_(running(ConsentPurpose.LEARNING)),
            Case.id.not_in(select(Learning.case_id)),
            *(full_cases(Viewer(lead, Role.LEAD)) for lead in leads),
        )
        .order_by(Case.id)
    )
    return session.scalars(free.limit(1)).first()
