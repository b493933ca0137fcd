"""The fairness checklist of a process. Answers are only ever added, and the newest counts."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind, Evidence
from db.commands.pathways import take_turn
from db.commands.record import add_line, audit, clean_text, process_on
from db.declared import Patterns, command
from db.errors import CommandRefused, Stale
from db.models import FairnessAnswer, FairnessQuestion, Process, Volunteer
from db.rules.checklists import Fairness
from db.rules.words import many

MOST_NOTE = 2_000


@command(says="answered questions on the fairness checklist: {process}", patterns=Patterns.NEVER, moves_access=False)
def answer_checklist(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    answers: dict[str, object],
    seen: dict[str, object],
) -> int:
    """Saves the answers that have changed; returns how many.

    `answers` is {question: {answer, happened_on, evidence, note}}; `seen` is {question: id of the answer the form
    showed}. Refuses, with the question as the field: not found, a question for another kind of process or not in force,
    an answer without evidence, a day in the future, a question that somebody else has answered meanwhile (`Stale`), and
    no changes.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    take_turn(session, viewer, case)
    row = process_on(session, case, case_process_id)
    questions = questions_of(session, row.process)
    newest = newest_answers(session, row.id)
    changed = []
    for code, told in answers.items():
        if code not in questions or not isinstance(told, Mapping):
            raise CommandRefused("Question: answer the questions on the form.", field="answers")
        values, now = _clean(code, told), newest.get(code)
        if values == _recorded(now):
            continue
        if now is not None and now.id != seen.get(code):
            raise _stale(session, now)
        changed.append(code)
        session.add(
            FairnessAnswer(
                case_id=case.id, case_process_id=row.id, question=code, by_id=viewer.id, at=clock.now(), **values
            )
        )
    if not changed:
        raise CommandRefused("You have not changed anything yet.", field="answers")
    label = session.get_one(Process, row.process).label
    add_line(
        session,
        viewer,
        case,
        EntryKind.SYSTEM,
        f"{label}: {many(len(changed), 'answer')} recorded on the fairness checklist.",
    )
    audit(session, viewer, "answer_checklist", case=case, process=row.process, questions=sorted(changed))
    refresh_card(session, case.id)
    return len(changed)


def questions_of(session: Session, process: str) -> set[str]:
    """Codes of the questions in force today for this kind of process."""
    today = clock.today()
    found = session.scalars(select(FairnessQuestion).where(FairnessQuestion.process == process))
    return {
        row.code
        for row in found
        if (row.valid_from is None or row.valid_from <= today) and (row.valid_to is None or today <= row.valid_to)
    }


def newest_answers(session: Session, case_process_id: int) -> dict[str, FairnessAnswer]:
    """The newest answer to each question that has one."""
    last = (
        select(func.max(FairnessAnswer.id))
        .where(FairnessAnswer.case_process_id == case_process_id)
        .group_by(FairnessAnswer.question)
    )
    return {row.question: row for row in session.scalars(select(FairnessAnswer).where(FairnessAnswer.id.in_(last)))}


def _clean(code: str, told: Mapping[str, object]) -> dict[str, object]:
    """The answer as it would be recorded. Unknown has nothing else but a note."""
    answer, evidence, day = told.get("answer"), told.get("evidence"), told.get("happened_on")
    note = told.get("note")
    if type(answer) is not Fairness or not isinstance(note, str):
        raise CommandRefused("Answer: choose met, breached or unknown.", field=code)
    text = clean_text(note, field=code, label="Note", required=False, most=MOST_NOTE)
    if answer is Fairness.UNKNOWN:
        return {"answer": answer, "happened_on": None, "evidence": None, "note": text}
    if type(evidence) is not Evidence:
        raise CommandRefused("Evidence: say what the answer is based on.", field=code)
    if day is not None and (type(day) is not date or not date(1950, 1, 1) <= day <= clock.today()):
        raise CommandRefused("Date: choose today or an earlier day.", field=code)
    return {"answer": answer, "happened_on": day, "evidence": evidence, "note": text}


def _recorded(row: FairnessAnswer | None) -> dict[str, object]:
    if row is None:
        return {"answer": Fairness.UNKNOWN, "happened_on": None, "evidence": None, "note": ""}
    return {"answer": row.answer, "happened_on": row.happened_on, "evidence": row.evidence, "note": row.note}


def _stale(session: Session, row: FairnessAnswer) -> Stale:
    changer = session.get(Volunteer, row.by_id) if row.by_id else None
    local = row.at.astimezone(clock.LONDON)
    return Stale(changed_by=changer.name if changer else "Somebody", changed_at=f"{local:%H:%M on %-d %B}")
