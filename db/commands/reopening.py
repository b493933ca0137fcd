"""What ends only because its case does, and comes back when the case is reopened: deadlines still to come, and flags.

Nothing of it in silence: the timeline names each, with its day.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import EntryKind, Stage
from db.commands.flags import live_flag, put_flag
from db.commands.record import add_line
from db.commands.reviews import resume
from db.models import Case, CodedTerm, Deadline, Flag, TimeRule
from db.rule_asks import ask_about
from db.rules.timeline_lines import DEADLINE


def say_what_ended(session: Session, viewer: Viewer, case: Case, to: Stage) -> None:
    """Lines for the deadlines and flags that the end of the case is about to end."""
    due = (Deadline.case_id == case.id, Deadline.met_on.is_(None), Deadline.lapsed_on.is_(None))
    for row in session.scalars(select(Deadline).where(*due).order_by(Deadline.due_on, Deadline.id)):
        words = f"{DEADLINE}{row.name}: lapsed with the case ({to.label}), was due {_said(row.due_on)}."
        add_line(session, viewer, case, EntryKind.SYSTEM, words)
    raised = select(Flag.code).where(Flag.case_id == case.id, Flag.cleared_at.is_(None))
    for name in _names(session, list(session.scalars(raised.order_by(Flag.id)))):
        add_line(session, viewer, case, EntryKind.SYSTEM, f"Flag cleared with the case ({to.label}): {name}.")


def bring_back(session: Session, viewer: Viewer, case: Case) -> None:
    """Deadlines still to come that lapsed only with the case run again, and flags are raised again. A deadline whose
    day passed meanwhile stays lapsed, and the timeline says so; if it was a repeated review, the next one is made. The
    caller refreshes the card."""
    today, codes = clock.today(), set[str]()
    lapsed = select(Deadline).where(Deadline.case_id == case.id, Deadline.ended_with_case)
    for row in session.scalars(lapsed.order_by(Deadline.due_on, Deadline.id)).all():
        row.ended_with_case = False
        if row.due_on < today:
            words = f"{DEADLINE}{row.name}: its day, {_said(row.due_on)}, passed while the case was over. Check it."
        else:
            row.lapsed_on = row.lapsed_reason = None
            codes |= {row.rule} if row.rule else set()
            words = f"{DEADLINE}{row.name}: runs again, due {_said(row.due_on)}."
        add_line(session, viewer, case, EntryKind.SYSTEM, words)
        if row.lapsed_on is not None:
            resume(session, viewer, case, row)
    _raise_again(session, viewer, case)
    session.flush()
    # The rules may have changed meanwhile, and nobody was asked about a deadline that had lapsed.
    processes = set(session.scalars(select(TimeRule.process).where(TimeRule.code.in_(codes))))
    ask_about(session, processes, case_id=case.id)


def _raise_again(session: Session, viewer: Viewer, case: Case) -> None:
    """As new ones, so that leads are told of a doctor in danger again. The earlier ones stay cleared."""
    ended = select(Flag).where(Flag.case_id == case.id, Flag.ended_with_case)
    for flag in session.scalars(ended.order_by(Flag.id)).all():
        flag.ended_with_case = False
        if live_flag(session, case, flag.code) is None:
            put_flag(session, viewer, case, flag.code, flag.why, max(flag.review_on, clock.today()))


def _names(session: Session, codes: list[str]) -> list[str]:
    return [session.get_one(CodedTerm, ("flag", code)).label for code in codes]


def _said(day: date) -> str:
    return f"{day:%-d %B %Y}"
