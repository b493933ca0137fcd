"""Deadlines that a process starts by itself: the end and the review of a sanction, and a duty of the doctor's.

They belong to an outcome or a stage. When an outcome is corrected its deadlines move with it, and when it stands no
more they no longer apply; a deadline that somebody has settled stays as it is.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import DeadlineKind, EntryKind, Whose
from db.commands.check_ins import FRESH
from db.commands.record import add_line, audit
from db.models import Case, CaseProcess, Deadline, OutcomeTerm, ProcessOutcome
from db.rule_asks import rules_of
from db.rules.outcomes import changed_by, newest
from db.rules.time_rules import WorkedOut, work_out
from db.rules.timeline_lines import DEADLINE

GONE = "The outcome it belongs to no longer stands."
# Where an outcome keeps the deadline, and the day that is its date.
OF_A_SANCTION = (("end_deadline_id", "end_on"), ("review_deadline_id", "review_on"))


def begin_sanction(
    session: Session,
    viewer: Viewer,
    case: Case,
    row: CaseProcess,
    term: OutcomeTerm,
    end_on: date | None,
    review_on: date | None,
) -> dict[str, int | None]:
    """The end of a sanction as a window that closes, and its review as the organisation's deadline: their ids, by the
    column that keeps them. None for a day that is past, which nobody can be late for any more."""
    wanted = {
        "end_deadline_id": (term.ends_as, end_on, Whose.WINDOW),
        "review_deadline_id": (term.review_as, review_on, Whose.BODY),
    }
    return {
        column: _add(session, viewer, case, row, name, day, whose, term.kind or DeadlineKind.LOCAL)
        for column, (name, day, whose) in wanted.items()
    }


def begin_duty(session: Session, viewer: Viewer, case: Case, row: CaseProcess, rule: str, on: date) -> int | None:
    """Makes the deadline of a duty that began on that day by a rule; returns its id. If its day has passed it counts
    from today, as it can still be done. None if one already runs on the case, and for what is long past in a process
    that has ended."""
    if row.ended_on is not None and on < clock.today() - FRESH:
        return None
    running = select(Deadline.id).where(
        Deadline.case_id == case.id,
        Deadline.rule == rule,
        Deadline.met_on.is_(None),
        Deadline.lapsed_on.is_(None),
    )
    if session.scalars(running).first() is not None:
        return None
    counted = _counted(session, case, rule, on)
    if counted is None:
        return None
    trigger, out = counted
    deadline = Deadline(
        case_id=case.id,
        case_process_id=row.id,
        name=out.rule.label,
        rule=out.rule.code,
        trigger_on=trigger,
        due_on=out.due_on,
        rule_due_on=out.rule_due_on,
        kind=DeadlineKind(out.rule.kind),
        whose=Whose(out.rule.whose),
        **_over(case),
    )
    return _keep(session, viewer, case, deadline)


def move_sanction(
    session: Session,
    viewer: Viewer,
    case: Case,
    row: CaseProcess,
    term: OutcomeTerm,
    old: ProcessOutcome,
    new: ProcessOutcome,
) -> None:
    """Moves the deadlines of a corrected outcome to its new days, or makes those it now needs."""
    for column, day in OF_A_SANCTION:
        before, after = getattr(old, day), getattr(new, day)
        known = session.get(Deadline, key) if (key := getattr(old, column)) is not None else None
        if before == after:
            continue
        if known is None:
            days = {"end_on": None, "review_on": None, day: after}
            setattr(new, column, begin_sanction(session, viewer, case, row, term, **days)[column])
        elif after is not None:
            _move(session, viewer, case, known, after)


def move_duty(session: Session, viewer: Viewer, case: Case, old: ProcessOutcome, new: ProcessOutcome) -> None:
    """Moves the deadline of a duty with the day on which it began."""
    known = session.get(Deadline, old.duty_deadline_id) if old.duty_deadline_id is not None else None
    if known is None or known.rule is None or old.happened_on == new.happened_on or known.moved_from is not None:
        return
    if (counted := _counted(session, case, known.rule, new.happened_on)) is not None:
        trigger, out = counted
        known.trigger_on, known.rule_due_on = trigger, out.rule_due_on
        _move(session, viewer, case, known, out.due_on)


def keep_in_step(session: Session, viewer: Viewer, case: Case, events: Iterable[ProcessOutcome]) -> None:
    """Ends the deadlines of outcomes that stand no more, and brings back those of outcomes that stand again. A duty
    ends only with an outcome recorded by mistake, not because a conviction is quashed."""
    known = list(events)
    changed = changed_by(known)
    for event in newest(known).values():
        stands = not event.withdrawn and event.number not in changed
        for column, day in OF_A_SANCTION:
            _follow(session, viewer, case, getattr(event, column), stands and getattr(event, day) is not None)
        _follow(session, viewer, case, event.duty_deadline_id, not event.withdrawn)


def _follow(session: Session, viewer: Viewer, case: Case, deadline_id: int | None, stands: bool) -> None:
    row = session.get(Deadline, deadline_id) if deadline_id is not None else None
    if row is None or row.met_on is not None:
        return
    if not stands and (row.lapsed_on is None or row.ended_with_case):
        row.lapsed_on, row.lapsed_reason, row.ended_with_case = clock.today(), GONE, False
        _say(
            session,
            viewer,
            case,
            row,
            "no longer applies, as the outcome it belongs to no longer stands",
            "change_deadline",
        )
    elif stands and row.lapsed_reason == GONE and row.due_on >= clock.today():
        row.lapsed_on = None if case.is_open else clock.today()
        row.lapsed_reason = None if case.is_open else _with_the_case(case)
        row.ended_with_case = not case.is_open
        _say(session, viewer, case, row, f"applies again, due {_said(row.due_on)}", "change_deadline")


def _add(
    session: Session,
    viewer: Viewer,
    case: Case,
    row: CaseProcess,
    name: str,
    day: date | None,
    whose: Whose,
    kind: DeadlineKind,
) -> int | None:
    if day is None or day < clock.today():
        return None
    deadline = Deadline(
        case_id=case.id, case_process_id=row.id, name=name, due_on=day, kind=kind, whose=whose, **_over(case)
    )
    return _keep(session, viewer, case, deadline)


def _keep(session: Session, viewer: Viewer, case: Case, deadline: Deadline) -> int:
    session.add(deadline)
    session.flush()
    due = deadline.due_on
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{DEADLINE}added: {deadline.name}, {_said(due)}.")
    audit(session, viewer, "add_deadline", case=case, rule=deadline.rule, due_on=due.isoformat())
    return deadline.id


def _move(session: Session, viewer: Viewer, case: Case, row: Deadline, day: date) -> None:
    if row.met_on is not None or row.due_on == day:
        return
    row.due_on, row.moved_from, row.moved_reason = day, None, None
    row.confirmed_by = row.confirmed_at = None
    _say(session, viewer, case, row, f"moved with its outcome, now due {_said(day)}", "move_deadline")


def _say(session: Session, viewer: Viewer, case: Case, row: Deadline, words: str, action: str) -> None:
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{DEADLINE}{row.name}: {words}.")
    audit(session, viewer, action, case=case, deadline_id=row.id, due_on=row.due_on.isoformat())


def _over(case: Case) -> dict[str, object]:
    """On a case that has ended nothing runs; it does once the case is reopened."""
    if case.is_open:
        return {}
    return {"lapsed_on": clock.today(), "lapsed_reason": _with_the_case(case), "ended_with_case": True}


def _with_the_case(case: Case) -> str:
    return f"Case: {case.stage.label}"


def _counted(session: Session, case: Case, rule: str, on: date) -> tuple[date, WorkedOut] | None:
    rules = rules_of(session)
    for trigger in (on, clock.today()):
        out = work_out(rules, rule, trigger, nation=case.nation)
        if out is not None and out.due_on >= clock.today():
            return trigger, out
    return None


def _said(day: date) -> str:
    return f"{day:%-d %B %Y}"
