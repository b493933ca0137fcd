"""Deadlines: added by rule or by hand, planned for, met, or lapsed with a reason."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.card import refresh_card
from db.choices import DeadlineKind, EntryKind, Whose
from db.commands.record import add_line, audit, clean_text, touch
from db.errors import CommandRefused
from db.models import CaseProcess, Deadline, TimeRule
from db.rules.clock import Unit, due_date, notice_date

# Further off, a date is a slip of the pen, and cannot always be counted from.
A_LIFETIME = timedelta(days=100 * 365)


def working_date(rule: TimeRule, trigger_on: date, *, nation: str) -> date:
    """The date a rule prompts: a working date to be confirmed, never advice.

    Counted from the day after the trigger; from the trigger's own day, or backwards from it, where the
    rule says so (a hearing notice is counted backwards in working days).
    """
    unit = Unit(rule.unit)
    if rule.counting == "backwards":
        return notice_date(trigger_on, rule.amount, nation=nation)
    due = due_date(trigger_on, rule.amount, unit, nation=nation)
    return date.fromordinal(due.toordinal() - 1) if rule.counting == "inclusive" else due


def add_deadline(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    name: str,
    due_on: date | None,
    kind: DeadlineKind,
    whose: Whose,
    rule: str | None = None,
    trigger_on: date | None = None,
    case_process_id: int | None = None,
    is_hearing: bool = False,
    confirmed_by: str = "",
) -> None:
    """Adds a deadline: by a rule and its trigger date (the date is worked out), or by name and date.

    Refuses: not found, neither a date nor a rule with a trigger, a trigger in another century, a process of
    another case.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = session.get(TimeRule, rule) if rule else None
    if rule and row is None:
        raise CommandRefused("Rule: choose one of those offered.", field="rule")
    if trigger_on is not None and abs(trigger_on - clock.today()) > A_LIFETIME:
        raise CommandRefused("Day it counts from: check the year.", field="trigger_on")
    if due_on is None and row is not None and trigger_on is not None:
        due_on = working_date(row, trigger_on, nation=case.nation)
    if due_on is None:
        raise CommandRefused("Due: give the date, or a rule and the day it counts from.", field="due_on")
    process = session.get(CaseProcess, case_process_id) if case_process_id is not None else None
    if case_process_id is not None and (process is None or process.case_id != case.id):
        raise CommandRefused("Process: choose one of this case’s processes.", field="case_process_id")
    who = clean_text(confirmed_by, field="confirmed_by", label="Confirmed by", required=False, most=200)
    words = clean_text(name, field="name", label="Name", required=row is None, most=200)
    deadline = Deadline(
        case_id=case.id,
        case_process_id=case_process_id,
        name=words or (row.label if row else ""),
        due_on=due_on,
        rule=rule or None,
        trigger_on=trigger_on,
        kind=row.kind if row else kind,
        whose=row.whose if row else whose,
        is_hearing=is_hearing,
        confirmed_by=who or None,
        confirmed_at=clock.now() if who else None,
    )
    session.add(deadline)
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Deadline added: {deadline.name}, {due_on:%-d %B %Y}.")
    touch(case, viewer)
    audit(session, viewer, "add_deadline", case=case, rule=rule, due_on=due_on.isoformat())
    refresh_card(session, case.id)


def change_deadline(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    deadline_id: int,
    met_on: date | None = None,
    plan: str = "",
    confirmed_by: str = "",
    lapsed_reason: str = "",
) -> None:
    """Records that a deadline was met, that a plan is confirmed, who confirmed its date, or why it lapsed.

    Refuses: not found, a deadline already settled, a day in the future, nothing to record.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = session.get(Deadline, deadline_id)
    if row is None or row.case_id != case.id:
        raise CommandRefused("Deadline: choose one of this case’s deadlines.", field="deadline_id")
    if row.met_on is not None or row.lapsed_on is not None:
        raise CommandRefused("That deadline is already settled.", field="deadline_id")
    if met_on is not None and met_on > clock.today():
        raise CommandRefused("Met on: this is in the future.", field="met_on")
    done = []
    if words := clean_text(plan, field="plan", label="Plan", required=False):
        row.plan = words
        done.append("plan confirmed")
    if who := clean_text(confirmed_by, field="confirmed_by", label="Confirmed by", required=False, most=200):
        row.confirmed_by, row.confirmed_at = who, clock.now()
        done.append(f"date confirmed by {who}")
    if met_on is not None:
        row.met_on = met_on
        done.append(f"met on {met_on:%-d %B %Y}")
    elif reason := clean_text(lapsed_reason, field="lapsed_reason", label="Reason", required=False):
        row.lapsed_on, row.lapsed_reason = clock.today(), reason
        done.append("no longer applies")
    if not done:
        raise CommandRefused("Nothing to record: give a plan, a confirmation, a day met or a reason.")
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Deadline {row.name}: {'; '.join(done)}.")
    touch(case, viewer)
    audit(session, viewer, "change_deadline", case=case, deadline_id=row.id, met=met_on is not None)
    refresh_card(session, case.id)
