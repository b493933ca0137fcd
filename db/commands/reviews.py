"""Chains of reviews: when one is met or missed the next is made, until the exclusion or order is lifted.

A missed review stays on the record as missed, besides the next one.
"""

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import DeadlineKind, EntryKind, Whose
from db.commands.pathways import end_beside
from db.commands.record import add_line, audit, touch
from db.declared import Patterns, change, command
from db.errors import CommandRefused
from db.models import Case, CaseProcess, Deadline, TimeRule
from db.rule_asks import rules_of
from db.rules.time_rules import Rule, links
from db.rules.timeline_lines import NEXT_REVIEW

change("next_review", says="made the next review, due {due_on}", moves_access=False)


def follow_up(session: Session, viewer: Viewer | None, case: Case, row: Deadline, trigger: date) -> int:
    """Makes the reviews that follow one held or missed on `trigger`, up to the first still to come; returns how many.
    Makes none if it is not repeated, the chain is over, or the next one exists."""
    if row.rule is None or row.chain_ended_on is not None or row.lapsed_on is not None or not case.is_open:
        return 0
    process = session.get(CaseProcess, row.case_process_id) if row.case_process_id else None
    if process is not None and process.ended_on is not None:
        return 0
    if session.scalar(select(Deadline.id).where(Deadline.previous_id == row.id)) is not None:
        return 0
    made, previous = 0, row
    for link in links(rules_of(session), row.rule, trigger, clock.today(), nation=case.nation):
        previous, made = _add(session, viewer, case, previous, link), made + 1
    return made


def resume(session: Session, viewer: Viewer, case: Case, row: Deadline) -> None:
    """Goes on with the reviews of a case that is reopened, after one whose day passed while it was over: makes only the
    first still to come, as nobody knows whether those between were held."""
    process = session.get(CaseProcess, row.case_process_id) if row.case_process_id else None
    over = row.chain_ended_on is not None or (process is not None and process.ended_on is not None)
    if (
        row.rule is None
        or over
        or session.scalar(select(Deadline.id).where(Deadline.previous_id == row.id)) is not None
    ):
        return
    for link in list(links(rules_of(session), row.rule, row.due_on, clock.today(), nation=case.nation))[-1:]:
        _add(session, viewer, case, row, link)


def _add(
    session: Session, viewer: Viewer | None, case: Case, previous: Deadline, link: tuple[Rule, date, date]
) -> Deadline:
    rule, start, due = link
    following = Deadline(
        case_id=case.id,
        case_process_id=previous.case_process_id,
        name=rule.label,
        due_on=due,
        rule=rule.code,
        trigger_on=start,
        rule_due_on=due,
        kind=DeadlineKind(rule.kind),
        whose=Whose(rule.whose),
        previous_id=previous.id,
    )
    session.add(following)
    session.flush()
    words = f"{NEXT_REVIEW}{rule.label}, {due:%-d %B %Y}, counted from {start:%-d %B %Y}."
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    audit(session, viewer, "next_review", case=case, deadline_id=following.id, due_on=due.isoformat())
    return following


@command(says="stopped reviews, lifted on {lifted_on}", patterns=Patterns.NEVER, moves_access=False)
def end_reviews(session: Session, *, actor_id: int, reference: str, deadline_id: int, lifted_on: date) -> None:
    """Stops the reviews in this one's chain, because the exclusion or order was lifted on that day.

    Reviews due before then stay missed; later ones no longer apply. Refuses: not found, not a repeated review, a day in
    the future, a chain that is over.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = session.get(Deadline, deadline_id)
    if row is None or row.case_id != case.id:
        raise CommandRefused("Deadline: choose one of this case’s deadlines.", field="deadline_id")
    if not _is_repeated(session, row):
        raise CommandRefused("This review is not repeated.", field="deadline_id")
    if lifted_on > clock.today():
        raise CommandRefused("Lifted on: choose today or an earlier day.", field="lifted_on")
    chain = _chain(session, row)
    if any(link.chain_ended_on is not None for link in chain):
        raise CommandRefused("These reviews have already been stopped.", field="deadline_id")
    _end(chain, lifted_on, f"Lifted on {lifted_on:%-d %B %Y}")
    process = session.get(CaseProcess, row.case_process_id) if row.case_process_id else None
    if process is not None and row.rule is not None:
        end_beside(session, viewer, process, (session.get_one(TimeRule, row.rule).runs_in or "").split(), lifted_on)
    words = f"{row.name}: lifted on {lifted_on:%-d %B %Y}. No further review is due."
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    audit(session, viewer, "end_reviews", case=case, deadline_id=row.id, lifted_on=lifted_on.isoformat())
    refresh_card(session, case.id)


def leave_reviews(session: Session, viewer: Viewer, case: Case, process: CaseProcess, came_from: str) -> list[str]:
    """Stops the reviews of a process that has ended or has left the stages they belong to; returns their names. The
    caller refreshes the card."""
    ended, open_links = [], select(Deadline, TimeRule.runs_in).join(TimeRule, TimeRule.code == Deadline.rule)
    wanted = (Deadline.case_process_id == process.id, TimeRule.next_rule.is_not(None), _is_last())
    for row, runs_in in session.execute(open_links.where(*wanted)).all():
        stages = (runs_in or "").split()
        left = came_from in stages and process.stage not in stages
        if row.chain_ended_on is None and row.lapsed_on is None and (left or process.ended_on is not None):
            _end(_chain(session, row), clock.today(), "The process ended" if process.ended_on else "The stage was left")
            audit(session, viewer, "end_reviews", case=case, deadline_id=row.id, lifted_on=clock.today().isoformat())
            ended.append(row.name)
    return ended


def roll_reviews(session: Session) -> int:
    """Makes the next review wherever the last one was missed; returns how many. Runs every night."""
    late = (
        select(Deadline, Case)
        .join(Case, Case.id == Deadline.case_id)
        .join(TimeRule, TimeRule.code == Deadline.rule)
        .where(
            Case.is_open,
            TimeRule.next_rule.is_not(None),
            Deadline.due_on < clock.today(),
            Deadline.met_on.is_(None),
            Deadline.lapsed_on.is_(None),
            Deadline.chain_ended_on.is_(None),
            _is_last(),
        )
        .order_by(Deadline.id)
    )
    made = 0
    for row, case in session.execute(late).all():
        if many := follow_up(session, None, case, row, row.due_on):
            refresh_card(session, case.id)
            made += many
    return made


def _is_repeated(session: Session, row: Deadline) -> bool:
    rule = session.get(TimeRule, row.rule) if row.rule else None
    return rule is not None and rule.next_rule is not None


def _is_last() -> ColumnElement[bool]:
    after = aliased(Deadline)
    return and_(~exists().where(after.previous_id == Deadline.id))


def _chain(session: Session, row: Deadline) -> list[Deadline]:
    """Every review in the chain that this one belongs to."""
    rows = session.scalars(select(Deadline).where(Deadline.case_id == row.case_id).order_by(Deadline.id)).all()
    before = {one.id: one.previous_id for one in rows}

    def first(key: int) -> int:
        while (previous := before[key]) is not None:
            key = previous
        return key

    return [one for one in rows if first(one.id) == first(row.id)]


def _end(chain: list[Deadline], on: date, why: str) -> None:
    for link in chain:
        link.chain_ended_on = on
        if link.met_on is None and link.lapsed_on is None and link.due_on >= on:
            link.lapsed_on, link.lapsed_reason = clock.today(), why
