"""Deadlines: added by rule or by hand, planned for, met, or lapsed with a reason."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import DeadlineKind, EntryKind, Whose
from db.commands.check_ins import ask_check_in
from db.commands.debriefs import owe_debriefs
from db.commands.record import add_line, audit, clean_text, process_on, touch
from db.commands.reviews import follow_up
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Case, CaseProcess, Deadline, Process
from db.rule_asks import rules_of
from db.rules.allotting import DebriefKind
from db.rules.dated_events import started
from db.rules.limits import NAME_LENGTH
from db.rules.safety import CheckInAt
from db.rules.time_rules import Rule, Rules, WorkedOut, counted_from, in_force, work_out
from db.rules.timeline_lines import DEADLINE


def _changed(details: Mapping[str, object]) -> str:
    return "marked a deadline as met" if details.get("met") else "updated a deadline"


@command(says="added a deadline, due {due_on}", patterns=Patterns.NEVER, moves_access=False)
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
    sent_on: date | None = None,
    received_on: date | None = None,
    case_process_id: int | None = None,
    is_hearing: bool = False,
    must_not_miss: bool = False,
    confirmed_by: str = "",
    reason: str = "",
) -> None:
    """Adds a deadline: by a rule and the day it counts from (its date is worked out), or by name and date.

    A rule that counts from service or receipt takes those days instead of a trigger. If two regimes may apply, the
    earlier date is the working date. A `due_on` besides a rule is a change by hand. `must_not_miss` makes a local date
    of ours count as at risk like a statutory one.

    Refuses: not found, neither a date nor a rule with a trigger, a rule not in force on that day, a date by hand
    without a reason, a process of another case.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    rules = rules_of(session) if rule else {}
    row = rules.get(rule or "")
    if rule and row is None:
        raise CommandRefused("Rule: choose from the list.", field="rule")
    if row and trigger_on is None and (counted := counted_from(row, sent_on, received_on)):
        trigger_on = counted[0]
    out = _by_rule(rules, row, trigger_on, case.nation) if row and trigger_on else None
    if due_on is None and out is None:
        raise CommandRefused("Due: enter the date, or a rule and the day it counts from.", field="due_on")
    if case_process_id is not None:
        process_on(session, case, case_process_id)
    who = clean_text(confirmed_by, field="confirmed_by", label="Confirmed by", required=False, most=NAME_LENGTH)
    words = clean_text(name, field="name", label="Name", required=row is None, most=NAME_LENGTH)
    kept = out.rule if out else row
    deadline = Deadline(
        case_id=case.id,
        case_process_id=case_process_id,
        name=words or (kept.label if kept else ""),
        rule=kept.code if kept else None,
        trigger_on=trigger_on,
        sent_on=sent_on,
        received_on=received_on,
        kind=DeadlineKind(kept.kind) if kept else kind,
        whose=Whose(kept.whose) if kept else whose,
        is_hearing=is_hearing,
        must_not_miss=must_not_miss,
        confirmed_by=who or None,
        confirmed_at=clock.now() if who else None,
        **_dates(out, due_on, reason),
    )
    _keep(session, viewer, case, deadline, rules)


def _dates(out: WorkedOut | None, told: date | None, reason: str) -> dict[str, date | str | None]:
    """The date in force, the rule's date and the other regime's; and the reason, if somebody was told another date."""
    if out is None:
        return {"due_on": told}
    dates: dict[str, date | str | None] = {"due_on": out.due_on, "rule_due_on": out.rule_due_on}
    if out.may_apply:
        dates |= {"may_apply_rule": out.may_apply[0].code, "may_apply_on": out.may_apply[1]}
    if told is not None and told != out.due_on:
        why = clean_text(reason, field="reason", label="Why this differs from the rule’s date")
        dates |= {"due_on": told, "moved_from": out.due_on, "moved_reason": why}
    return dates


def _keep(session: Session, viewer: Viewer, case: Case, deadline: Deadline, rules: Rules) -> None:
    session.add(deadline)
    due = deadline.due_on
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{DEADLINE}added: {deadline.name}, {due:%-d %B %Y}.")
    touch(case, viewer)
    audit(session, viewer, "add_deadline", case=case, rule=deadline.rule, due_on=due.isoformat())
    if deadline.rule and deadline.trigger_on:
        ask_check_in(session, viewer, case, CheckInAt.RULE, deadline.rule, on=deadline.trigger_on)
    if deadline.rule and rules[deadline.rule].next_rule and due < clock.today():
        session.flush()
        follow_up(session, viewer, case, deadline, due)
    refresh_card(session, case.id)


def start_deadlines(
    session: Session,
    viewer: Viewer,
    case: Case,
    codes: Iterable[str],
    day: date,
    *,
    process: CaseProcess | None = None,
) -> None:
    """Adds the deadlines that these rules start on that day, those of the nation and in force; none that the case has
    already, unless it lapsed. Called by commands that record the day of what happened. Those of its own rules belong
    to `process`."""
    rules = rules_of(session)
    scopes = {code: tuple(scope.split()) for code, scope in session.execute(select(Process.code, Process.nation_scope))}
    for out in started(rules, scopes, codes, day, nation=case.nation):
        rule = out.rule
        same = exists().where(
            Deadline.case_id == case.id,
            Deadline.rule == rule.code,
            Deadline.trigger_on == day,
            Deadline.lapsed_on.is_(None),
        )
        if session.scalar(select(same)):
            continue
        deadline = Deadline(
            case_id=case.id,
            case_process_id=process.id if process and process.process == rule.process else None,
            name=rule.label,
            rule=rule.code,
            trigger_on=day,
            kind=DeadlineKind(rule.kind),
            whose=Whose(rule.whose),
            **_dates(out, None, ""),
        )
        _keep(session, viewer, case, deadline, rules)


def put_day(
    session: Session, viewer: Viewer, case: Case, name: str, due_on: date, *, is_hearing: bool, must_not_miss: bool
) -> None:
    """Adds a day to come that the doctor was told of, as a local deadline of ours."""
    deadline = Deadline(
        case_id=case.id,
        name=name,
        due_on=due_on,
        kind=DeadlineKind.LOCAL,
        whose=Whose.OURS,
        is_hearing=is_hearing,
        must_not_miss=must_not_miss,
    )
    _keep(session, viewer, case, deadline, {})


def _by_rule(rules: Rules, rule: Rule, trigger: date, nation: str) -> WorkedOut:
    out = work_out(rules, rule.code, trigger, nation=nation)
    if out is None:
        same = [r.label for r in rules.values() if (r.process, r.stage) == (rule.process, rule.stage)]
        now = [r.label for r in rules.values() if r.label in same and in_force(r, trigger)]
        others = f" In force then: {'; '.join(now)}." if now else ""
        raise CommandRefused(f"Rule: not in force on {trigger:%-d %B %Y}.{others}"[:290], field="rule")
    return out


def live_deadline(session: Session, case: Case, deadline_id: int) -> Deadline:
    """One of this case's deadlines that is not settled. Refuses any other."""
    row = session.get(Deadline, deadline_id)
    if row is None or row.case_id != case.id:
        raise CommandRefused("Deadline: choose one of this case’s deadlines.", field="deadline_id")
    if row.met_on is not None or row.lapsed_on is not None:
        raise CommandRefused("That deadline has already been met or has lapsed.", field="deadline_id")
    return row


@command(says=_changed, patterns=Patterns.NEVER, moves_access=False)
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
    must_not_miss: bool | None = None,
) -> None:
    """Records that a deadline was met, its confirmed plan, who confirmed its date, that it must not be missed, or why
    it lapsed.

    A review that was held makes the next one. Refuses: not found, already settled, a day in the future, both met and
    no longer applying, nothing to record.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = live_deadline(session, case, deadline_id)
    if met_on is not None and met_on > clock.today():
        raise CommandRefused("Met on: choose today or an earlier day.", field="met_on")
    reason = clean_text(lapsed_reason, field="lapsed_reason", label="Reason", required=False)
    if met_on is not None and reason:
        raise CommandRefused("A deadline is met or no longer applies. Leave one empty.", field="lapsed_reason")
    done = list(_noted(row, plan, confirmed_by, must_not_miss))
    if met_on is not None:
        row.met_on = met_on
        if row.is_hearing:
            owe_debriefs(session, viewer, case, DebriefKind.HEARING, met_on)
        done.append(f"met on {met_on:%-d %B %Y}")
    elif reason:
        row.lapsed_on, row.lapsed_reason = clock.today(), reason
        done.append(f"no longer applies: {reason.removesuffix('.')}")
    if not done:
        raise CommandRefused("Enter a plan, who confirmed the date, the day it was met, or a reason.")
    if row.met_on is not None or row.lapsed_on is not None:
        row.asks_rule = row.asks_on = row.asks_since = None
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{DEADLINE}{row.name}: {'; '.join(done)}.")
    touch(case, viewer)
    audit(session, viewer, "change_deadline", case=case, deadline_id=row.id, met=met_on is not None)
    if met_on is not None:
        session.flush()
        follow_up(session, viewer, case, row, met_on)
    refresh_card(session, case.id)


def _noted(row: Deadline, plan: str, confirmed_by: str, must_not_miss: bool | None) -> Iterator[str]:
    """Keeps what does not settle the deadline, and says what was kept."""
    if words := clean_text(plan, field="plan", label="Plan", required=False):
        row.plan = words
        yield "plan confirmed"
    if who := clean_text(confirmed_by, field="confirmed_by", label="Confirmed by", required=False, most=NAME_LENGTH):
        row.confirmed_by, row.confirmed_at = who, clock.now()
        yield f"date confirmed by {who}"
    if must_not_miss is not None and must_not_miss != row.must_not_miss:
        row.must_not_miss = must_not_miss
        yield "must not be missed" if must_not_miss else "no longer one that must not be missed"
