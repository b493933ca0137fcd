"""The date of a deadline: changed by hand with a reason, paused for conciliation or clarification, and moved or kept
when its rule has changed."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, require_lead, viewer_of, visible_cases
from db.card import deferred_cards, refresh_card
from db.choices import EntryKind
from db.commands.deadlines import live_deadline
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, command
from db.errors import CommandRefused, Stale
from db.models import Case, Deadline, Volunteer
from db.rule_asks import rules_of, worked_out
from db.rules.time_rules import pause_end
from db.rules.timeline_lines import DEADLINE

ASKED = "The rule has changed. A lead must first decide whether this date moves."


@command(says="changed a deadline by hand, now due {due_on}", patterns=Patterns.NEVER, moves_access=False)
def move_deadline(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    deadline_id: int,
    seen_version: int,
    due_on: date,
    reason: str,
) -> None:
    """Changes a date by hand. The earlier date and the reason are kept and shown; a confirmation of the earlier date
    ends. Refuses: not found, settled, changed meanwhile, no reason, the same date."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = live_deadline(session, case, deadline_id)
    _check_version(session, case, row, seen_version)
    why = clean_text(reason, field="reason", label="Reason")
    if due_on == row.due_on:
        raise CommandRefused("New date: this is the same as the date now.", field="due_on")
    was = row.due_on
    row.due_on, row.moved_from, row.moved_reason = due_on, was, why
    row.confirmed_by = row.confirmed_at = None
    _record(session, viewer, case, row, "move_deadline", f"changed by hand from {_said(was)} to {_said(due_on)}: {why}")


@command(says="recorded that a clock was paused, now due {due_on}", patterns=Patterns.NEVER, moves_access=False)
def pause_deadline(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    deadline_id: int,
    seen_version: int,
    paused_from: date,
    paused_to: date | None = None,
) -> None:
    """Records when a clock paused, and when it restarted. Until it restarts the deadline keeps the earlier date,
    without the pause; a date changed by hand stays. Refuses: not found, settled, changed meanwhile, a rule that nothing
    pauses, days in the wrong order or in the future, a rule that has changed."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = live_deadline(session, case, deadline_id)
    _check_version(session, case, row, seen_version)
    rules = rules_of(session)
    rule = rules.get(row.rule or "")
    if rule is None or row.trigger_on is None or rule.paused_by is None:
        raise CommandRefused("Nothing pauses this deadline’s clock.", field="deadline_id")
    if row.asks_since is not None:
        raise CommandRefused(ASKED, field="deadline_id")
    today = clock.today()
    for field, day in (("paused_from", paused_from), ("paused_to", paused_to)):
        if day is not None and day > today:
            raise CommandRefused("Choose today or an earlier day: record a pause once it has happened.", field=field)
    if paused_to is not None and paused_to < paused_from:
        raise CommandRefused("The clock restarts before it pauses: check the days.", field="paused_to")
    row.paused_from, row.paused_to = paused_from, paused_to
    out = worked_out(rules, row, case.nation)
    if out is None:
        raise CommandRefused(ASKED, field="deadline_id")
    if row.moved_from is None and row.due_on != out.due_on:
        row.due_on, row.confirmed_by, row.confirmed_at = out.due_on, None, None
    if out.may_apply:
        row.may_apply_rule, row.may_apply_on = out.may_apply[0].code, out.may_apply[1]
    words = f"clock paused on {_said(paused_from)}"
    if paused_to is None:
        words += ", still paused; the date does not include the pause until it ends"
    else:
        last = pause_end(rules, rule, paused_from, nation=case.nation)
        cut = f" (counted until {_said(last)}, the longest it can last)" if last and last < paused_to else ""
        words += f" until {_said(paused_to)}{cut}; now due {_said(row.due_on)}"
    _record(session, viewer, case, row, "pause_deadline", words)


@command(
    says="decided about a deadline whose rule has changed, due {due_on}", patterns=Patterns.NEVER, moves_access=False
)
def answer_rule_change(
    session: Session, *, actor_id: int, reference: str, deadline_id: int, shown_on: date | None, move: bool, reason: str
) -> None:
    """A lead moves a deadline to its changed rule's date (`shown_on`, as listed), or keeps it with a reason. Refuses:
    not a lead, not found, already answered, a rule that has changed again, no date to move to."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    row = live_deadline(session, case, deadline_id)
    if row.asks_since is None or row.asks_on != shown_on:
        raise CommandRefused("Somebody has answered this, or the rule has changed again. Look at the list again.")
    _answer(session, viewer, case, row, move=move, reason=reason)


@command(says=None, patterns=Patterns.NEVER)
def answer_rule_changes(session: Session, *, actor_id: int, many: int, move: bool, reason: str) -> int:
    """A lead gives one answer for all `many` deadlines on their list; returns how many. Moving leaves those that were
    changed by hand or have no date to move to. Refuses: not a lead, a list that has changed."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    asking = (
        select(Deadline, Case)
        .join(Case, Case.id == Deadline.case_id)
        .where(visible_cases(viewer), Deadline.asks_since.is_not(None))
        .where(Deadline.met_on.is_(None), Deadline.lapsed_on.is_(None))
    )
    found = session.execute(asking.order_by(Deadline.id)).all()
    if len(found) != many:
        raise CommandRefused("The list has changed. Look at it again.")
    with deferred_cards(session):
        chosen = [(row, case) for row, case in found if not move or (row.asks_on and row.moved_from is None)]
        for row, case in chosen:
            _answer(session, viewer, case, row, move=move, reason=reason)
    return len(chosen)


def _answer(session: Session, viewer: Viewer, case: Case, row: Deadline, *, move: bool, reason: str) -> None:
    why = clean_text(reason, field="reason", label="Why it is kept", required=not move)
    out, was = worked_out(rules_of(session), row, case.nation), row.due_on
    if move and out is None:
        raise CommandRefused("No rule applies to that day any more. Keep the date with a reason, or let it lapse.")
    if out is not None:
        row.rule, row.rule_due_on = out.rule.code, out.rule_due_on
        other = out.may_apply
        row.may_apply_rule, row.may_apply_on = (other[0].code, other[1]) if other else (None, None)
    else:
        row.rule_due_on = None
    if move and out is not None:
        row.due_on, row.moved_from, row.moved_reason = out.due_on, None, None
        if row.due_on != was:
            row.confirmed_by = row.confirmed_at = None
        words = f"its rule has changed; moved from {_said(was)} to {_said(out.due_on)}" + (f": {why}" if why else "")
    else:
        row.moved_from, row.moved_reason = (out.due_on if out else was), why
        words = f"its rule has changed; kept at {_said(was)}: {why}"
    row.asks_rule = row.asks_on = row.asks_since = None
    _record(session, viewer, case, row, "answer_rule_change", words)


def _record(session: Session, viewer: Viewer, case: Case, row: Deadline, action: str, words: str) -> None:
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{DEADLINE}{row.name}: {words}.")
    touch(case, viewer)
    audit(session, viewer, action, case=case, deadline_id=row.id, due_on=row.due_on.isoformat())
    refresh_card(session, case.id)


def _check_version(session: Session, case: Case, row: Deadline, seen_version: int) -> None:
    if row.version != seen_version:
        changer = session.get(Volunteer, case.updated_by_id) if case.updated_by_id else None
        local = case.updated_at.astimezone(clock.LONDON)
        raise Stale(changed_by=changer.name if changer else "Somebody", changed_at=f"{local:%H:%M on %-d %B}")


def _said(day: date) -> str:
    return f"{day:%-d %B %Y}"
