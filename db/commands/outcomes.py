"""What a process came to: recorded, and corrected in the open. Outcomes are only added: a correction is an edition."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind, Whose, YesNo
from db.commands.check_ins import ask_check_in
from db.commands.corrections import UNCHANGED, clean_reason, without_personal
from db.commands.deadlines import start_deadlines
from db.commands.debriefs import owe_debriefs, was_heard
from db.commands.pathways import events_of, take_turn
from db.commands.process_deadlines import begin_duty, begin_sanction, keep_in_step, move_duty, move_sanction
from db.commands.record import add_line, audit, clean_text, process_on, stale
from db.commands.reviews import leave_reviews
from db.dated_events import events_of as dated_events
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Case, CaseProcess, Correction, OutcomeTerm, Process, ProcessOutcome
from db.rule_asks import rules_of
from db.rules.allotting import DebriefKind
from db.rules.corrections import Corrected
from db.rules.dated_events import OUTCOME, rules_begun
from db.rules.outcomes import Asks, Effect, belongs, live, problem_with_outcome
from db.rules.pathways import current, problem_with_move
from db.rules.safety import CheckInAt

KEPT = (
    *("case_id", "case_process_id", "number", "outcome", "happened_on", "end_on", "review_on", "changes", "effect"),
    *("costs_threat", "confidential", "note", "ended", "reopened_from"),
    *("end_deadline_id", "review_deadline_id", "duty_deadline_id", "withdrawn"),
)


@command(says="recorded an outcome of the process {process}", patterns=Patterns.ALWAYS)
def record_outcome(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    code: str,
    happened_on: date,
    end_on: date | None = None,
    review_on: date | None = None,
    changes: int | None = None,
    costs_threat: YesNo | None = None,
    confidential: YesNo | None = None,
    note: str = "",
    ended: bool = False,
    deadlines: Sequence[str] = (),
) -> None:
    """Records what a process came to on a day. There may be several: won, then reversed, then sent back.

    `changes` is the number of the earlier outcome that this one replaces, ends, reverses, sends back or reopens; None
    if that one is not recorded. The end and the review of a sanction become deadlines, and so does a duty that begins
    with it, such as to tell the GMC. `ended` ends the process with it; one that was sent back or reopened goes on.
    `deadlines` are the rules, among those of ours that the outcome starts, whose deadlines are added.

    Refuses: not found, an outcome that this kind of process does not have, a day in the future or before the process
    began, an end or a review before it, an earlier outcome that stands no more, no note where one is asked for, a
    deadline that the outcome does not start.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    take_turn(session, viewer, case)
    row = process_on(session, case, case_process_id)
    term = _term(session, row, code, happened_on)
    _check_asked(term, end_on, review_on, changes)
    words = _note(term, note)
    events = outcomes_of(session, row)
    number = max((event.number for event in events), default=0) + 1
    _check_days(events, number, happened_on, end_on, review_on, changes, row)
    if not set(deadlines) <= set(_started_by(session, row, code)):
        raise CommandRefused("Deadlines: choose from those that this outcome starts.", field="deadlines")
    if ended:
        _check_end(session, row, term, happened_on)
    new = _first(viewer, case, row, number, term, words)
    new.happened_on, new.end_on, new.review_on, new.changes = happened_on, end_on, review_on, changes
    new.costs_threat, new.confidential = _answers(term, costs_threat, confidential)
    new.ended, new.reopened_from = ended, _go_on(row, term, happened_on)
    told = _told(session, new, term, events)
    told += _end(session, viewer, case, row, happened_on) if ended else ""
    told += " The process is under way again." if new.reopened_from else ""
    _say(session, viewer, case, row, told)
    for column, deadline_id in begin_sanction(session, viewer, case, row, term, end_on, review_on).items():
        setattr(new, column, deadline_id)
    if term.starts:
        new.duty_deadline_id = begin_duty(session, viewer, case, row, term.starts, happened_on)
    session.add(new)
    keep_in_step(session, viewer, case, [*events, new])
    ask_check_in(session, viewer, case, CheckInAt.OUTCOME, code, process=row.process, on=happened_on)
    if ended:
        ask_check_in(session, viewer, case, CheckInAt.END, row.process, process=row.process, on=happened_on)
    start_deadlines(session, viewer, case, deadlines, happened_on, process=row)
    details = {"process": row.process, "outcome": code, "happened_on": happened_on.isoformat()}
    audit(session, viewer, "record_outcome", case=case, **details)
    refresh_card(session, case.id)


@command(says="corrected an outcome of the process {process}", patterns=Patterns.ALWAYS)
def correct_outcome(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    case_process_id: int,
    number: int,
    seen_edition: int,
    happened_on: date,
    reason: str,
    end_on: date | None = None,
    review_on: date | None = None,
    costs_threat: YesNo | None = None,
    confidential: YesNo | None = None,
    note: str = "",
    withdrawn: bool = False,
) -> None:
    """Corrects an outcome, or withdraws one recorded by mistake, as also one of the wrong kind. The earlier edition is
    kept. Its deadlines move with it, or end with it; so does the day on which the process ended with it.

    Refuses: not found, no such outcome, corrected by somebody else meanwhile, what `record_outcome` refuses,
    withdrawing one that a later outcome changes, no changes, no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    why = clean_reason(reason)
    take_turn(session, viewer, case)
    row = process_on(session, case, case_process_id)
    events = outcomes_of(session, row)
    old = _seen(session, events, number, seen_edition)
    term = session.get_one(OutcomeTerm, old.outcome)
    new = _edition(old, viewer)
    if withdrawn:
        _check_withdrawal(session, events, number)
        new.withdrawn, new.note = True, ""
    else:
        _check_asked(term, end_on, review_on, old.changes)
        _check_days(events, number, happened_on, end_on, review_on, old.changes, row)
        new.happened_on, new.end_on, new.review_on = happened_on, end_on, review_on
        new.note = _note(term, note)
        new.costs_threat, new.confidential = _answers(term, costs_threat, confidential)
        if all(getattr(new, name) == getattr(old, name) for name in KEPT):
            raise CommandRefused(UNCHANGED, field="happened_on")
    noted = _note_correction(session, viewer, case, row, old, term, why)
    words = _words(old, new, term) + _follow_end(session, row, old, new)
    _say(session, viewer, case, row, f"{words} {why}")
    move_sanction(session, viewer, case, row, term, old, new)
    move_duty(session, viewer, case, old, new)
    if new.note != old.note:
        old.note = without_personal(session, viewer, old.note)
    session.add(new)
    keep_in_step(session, viewer, case, [*events, new])
    details = {"process": row.process, "outcome": old.outcome, "correction_ids": [noted.id], "withdrawn": withdrawn}
    audit(session, viewer, "correct_outcome", case=case, **details)
    refresh_card(session, case.id)


def _started_by(session: Session, row: CaseProcess, code: str) -> list[str]:
    """The rules of ours that count from the day of this outcome. What others may do counts from service, not from
    that day."""
    codes = rules_begun(dated_events(session), process=row.process, place=OUTCOME, value=code)
    rules = rules_of(session) if codes else {}
    return [one for one in codes if rules[one].whose == Whose.OURS]


def outcomes_of(session: Session, row: CaseProcess) -> list[ProcessOutcome]:
    """Every edition of every outcome of a process."""
    mine = select(ProcessOutcome).where(ProcessOutcome.case_process_id == row.id)
    return list(session.scalars(mine.order_by(ProcessOutcome.number, ProcessOutcome.edition)))


def _term(session: Session, row: CaseProcess, code: str, on: date) -> OutcomeTerm:
    term = session.get(OutcomeTerm, code)
    past = term is not None and term.valid_to is not None and term.valid_to < on
    if term is None or past or not belongs(term.processes, row.process):
        raise CommandRefused("Outcome: choose from the list.", field="code")
    return term


def _check_asked(term: OutcomeTerm, end_on: date | None, review_on: date | None, changes: int | None) -> None:
    if end_on is not None and not term.ends_as:
        raise CommandRefused("End: this outcome does not run out.", field="end_on")
    if review_on is not None and not term.review_as:
        raise CommandRefused("Review: this outcome has none.", field="review_on")
    if changes is not None and term.effect is None:
        raise CommandRefused("Which outcome it changes: this one changes none.", field="changes")


def _check_days(
    events: Sequence[ProcessOutcome],
    number: int,
    happened_on: date,
    end_on: date | None,
    review_on: date | None,
    changes: int | None,
    row: CaseProcess,
) -> None:
    problem = problem_with_outcome(
        events,
        number,
        happened_on,
        end_on,
        review_on,
        changes,
        started_on=row.started_on,
        today=clock.today(),
    )
    if problem:
        field, why = problem
        raise CommandRefused(why, field=field)


def _check_end(session: Session, row: CaseProcess, term: OutcomeTerm, on: date) -> None:
    if row.ended_on is not None:
        raise CommandRefused(f"The process is recorded as ended on {_said(row.ended_on)}.", field="ended")
    if term.effect and Effect(term.effect).goes_on:
        raise CommandRefused("The process goes on after this: it can’t end with it.", field="ended")
    if problem_with_move(events_of(session, row), on, started_on=row.started_on, today=clock.today()):
        raise CommandRefused(
            "The process reached its current stage after that day, so it can’t have ended then. Correct the dates of "
            "its stages first.",
            field="ended",
        )


def _check_withdrawal(session: Session, events: Sequence[ProcessOutcome], number: int) -> None:
    changer = next((event for event in live(events) if event.changes == number), None)
    if changer is not None:
        label = session.get_one(OutcomeTerm, changer.outcome).label
        raise CommandRefused(f"“{label}” changes this outcome. Withdraw that one first.", field="withdrawn")


def _note(term: OutcomeTerm, note: str) -> str:
    return clean_text(note, field="note", label="Note", required=Asks.NOTE in term.asks.split())


def _answers(term: OutcomeTerm, threat: YesNo | None, confidential: YesNo | None) -> tuple[YesNo | None, YesNo | None]:
    asks = term.asks.split()
    return (
        (threat or YesNo.NOT_ASKED) if Asks.THREAT in asks else None,
        (confidential or YesNo.NOT_ASKED) if Asks.CONFIDENTIALITY in asks else None,
    )


def _go_on(row: CaseProcess, term: OutcomeTerm, on: date) -> date | None:
    """Lets a process that had ended go on, if this outcome means that; returns the day it had ended."""
    ended_on = row.ended_on
    if ended_on is None or not term.effect or not Effect(term.effect).goes_on or on < ended_on:
        return None
    row.ended_on = None
    return ended_on


def _end(session: Session, viewer: Viewer, case: Case, row: CaseProcess, on: date) -> str:
    row.ended_on = on
    if was_heard(session, row.process, row.stage):
        owe_debriefs(session, viewer, case, DebriefKind.HEARING, on)
    stopped = leave_reviews(session, viewer, case, row, row.stage)
    return " The process ended with it." + "".join(f" Reviews stopped: {name}." for name in stopped)


def _follow_end(session: Session, row: CaseProcess, old: ProcessOutcome, new: ProcessOutcome) -> str:
    """The day on which the process ended, or had ended, follows the outcome. Says so."""
    stages = events_of(session, row)
    if old.ended and row.ended_on == old.happened_on:
        if new.withdrawn:
            row.ended_on = None
            return " The process is under way again."
        if new.happened_on < current(stages).since:
            raise CommandRefused(
                "Happened on: the process ended with this outcome, and reached its last stage after that day. Correct "
                "the dates of its stages first.",
                field="happened_on",
            )
        row.ended_on = new.happened_on
    elif new.withdrawn and old.reopened_from and row.ended_on is None and current(stages).since <= old.reopened_from:
        row.ended_on = old.reopened_from
        return f" The process ended on {_said(old.reopened_from)}, as before."
    return ""


def _seen(session: Session, events: Sequence[ProcessOutcome], number: int, seen_edition: int) -> ProcessOutcome:
    found = next((event for event in live(events) if event.number == number), None)
    if found is None:
        raise CommandRefused("Outcome: choose from the list.", field="number")
    if found.edition != seen_edition:
        raise stale(session, found.by_id, found.at)
    return found


def _first(viewer: Viewer, case: Case, row: CaseProcess, number: int, term: OutcomeTerm, note: str) -> ProcessOutcome:
    new = ProcessOutcome(case_id=case.id, case_process_id=row.id, number=number, edition=1, outcome=term.code)
    new.effect = term.effect
    new.note, new.withdrawn, new.by_id, new.at = note, False, viewer.id, clock.now()
    return new


def _edition(old: ProcessOutcome, viewer: Viewer) -> ProcessOutcome:
    kept = {name: getattr(old, name) for name in KEPT}
    return ProcessOutcome(**kept, edition=old.edition + 1, by_id=viewer.id, at=clock.now())


def _note_correction(
    session: Session, viewer: Viewer, case: Case, row: CaseProcess, old: ProcessOutcome, term: OutcomeTerm, why: str
) -> Correction:
    was = f"{session.get_one(Process, row.process).label}, {term.label}: {_days(old)}"
    noted = Correction(case_id=case.id, what=Corrected.PROCESS, was=was, reason=why, by_id=viewer.id, at=clock.now())
    session.add(noted)
    session.flush()
    return noted


def _told(session: Session, new: ProcessOutcome, term: OutcomeTerm, events: Sequence[ProcessOutcome]) -> str:
    told = f"{term.label}, {_days(new)}."
    of = next((event for event in live(events) if event.number == new.changes), None)
    if of is not None and term.effect:
        label = session.get_one(OutcomeTerm, of.outcome).label
        told += f" {label} of {_said(of.happened_on)}: {Effect(term.effect).label}."
    return told + _said_answers(new)


def _words(old: ProcessOutcome, new: ProcessOutcome, term: OutcomeTerm) -> str:
    if new.withdrawn:
        return f"{term.label}, {_said(old.happened_on)}, was recorded by mistake and has been withdrawn."
    return f"{term.label} corrected: {_days(new)} (was {_days(old)}).{_said_answers(new)}"


def _days(event: ProcessOutcome) -> str:
    told = _said(event.happened_on)
    told += f", until {_said(event.end_on)}" if event.end_on else ""
    return told + (f", review {_said(event.review_on)}" if event.review_on else "")


def _said_answers(event: ProcessOutcome) -> str:
    told = f" Costs threatened: {event.costs_threat.label.lower()}." if event.costs_threat else ""
    return told + (f" Silence asked for: {event.confidential.label.lower()}." if event.confidential else "")


def _say(session: Session, viewer: Viewer, case: Case, row: CaseProcess, words: str) -> None:
    label = session.get_one(Process, row.process).label
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{label}: {words}")


def _said(day: date) -> str:
    return f"{day:%-d %B %Y}"
