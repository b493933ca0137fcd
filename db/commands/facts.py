"""Facts of a case: recorded, changed when more is known, withdrawn when they were recorded by mistake.

Each change is a further edition with a reason, and the earlier one stays readable. The line on the timeline says what
was recorded in the words of the lists, never what somebody typed.
"""

from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.case_fact_rows import listed, said_of, standing
from db.choices import EntryKind, YesNo
from db.commands.check_ins import ask_check_in
from db.commands.corrections import UNCHANGED, clean_reason
from db.commands.flags import live_flag, put_flag
from db.commands.record import add_line, audit, clean_text, process_on, stale, touch
from db.declared import Patterns, command, label
from db.errors import CommandRefused, Invalid
from db.models import Case, CaseFact, CaseGround, CaseProcess, Finding, Process
from db.rules.facts import NOT_STATED, SELF_HARM, FactKind, SaidFact, came_first, in_words, problems
from db.rules.safety import CRISIS, CheckInAt, looked_at_again
from db.rules.timeline_lines import TOUCHED
from db.rules.words import day

MOST_NOTE = 2_000
FINDING_WITHDRAWN = "The finding that it touched was withdrawn."
DISMISSED = "dismissed"
SAME_TWICE = "That ground is already recorded there."


def _said(does: str, details: Mapping[str, object]) -> str:
    return f"{does}: {label(FactKind, details.get('kind'), 'of an earlier version').lower()}"


@command(
    says=lambda details: _said("recorded a fact", details),
    patterns=Patterns.NEVER,
    moves_access=False,
)
def record_fact(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    kind: FactKind,
    fact: SaidFact,
    in_this_order: bool = False,
    danger: YesNo | None = None,
) -> int:
    """Records a fact of any kind but a ground. Returns its number on the case.

    A detriment may name the concern it followed, or none yet. Of harm to themselves, `danger` says whether the doctor
    is in danger now: yes raises the crisis flag in the same save, and leads are told at once. A dismissal of these days
    asks for a check-in, as it does as an outcome.

    Refuses: not found; Invalid by field: unknown codes, a day that is missing or in the future, no words where they
    are needed, nobody and somebody as examiners; a detriment before its concern, unless `in_this_order` confirms it;
    risk of self-harm without an answer about danger.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if kind is FactKind.GROUND:
        raise CommandRefused("Ground: choose what it touched.", field="code")
    _check_danger(session, case, kind, fact, danger)
    said, words = _checked(session, case, kind, fact, number=None, in_this_order=in_this_order)
    row = _first_edition(session, viewer, case, kind, said)
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Fact recorded: {words}.")
    if danger is YesNo.YES and live_flag(session, case, CRISIS) is None:
        why = "The doctor is in danger now."
        put_flag(session, viewer, case, CRISIS, why, looked_at_again(CRISIS, clock.today()))
    audit(session, viewer, "record_fact", case=case, kind=kind)
    if kind is FactKind.DETRIMENT and said.code == DISMISSED and said.took_place_on is not None:
        ask_check_in(session, viewer, case, CheckInAt.OUTCOME, DISMISSED, on=said.took_place_on)
    refresh_card(session, case.id)
    return row.number


@command(says="recorded what a ground touched", patterns=Patterns.ALWAYS, moves_access=False)
def tie_ground(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    ground: str,
    case_process_id: int | None,
    finding_id: int | None,
    note: str = "",
) -> int:
    """Records which process or finding a ground is said to have touched; with neither, the case as a whole. The ground
    is then among those alleged. Returns its number on the case.

    Refuses: not found, an unknown ground or none stated, another case's process or finding, both at once, the same tie
    twice.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    fact = SaidFact(code=ground, note=note, case_process_id=case_process_id, finding_id=finding_id)
    said, words = _checked(session, case, FactKind.GROUND, fact, number=None, in_this_order=False)
    row = _first_edition(session, viewer, case, FactKind.GROUND, said)
    if ground == NOT_STATED:
        raise CommandRefused("Ground: choose which one.", field="code")
    if (unsaid := session.get(CaseGround, (case.id, NOT_STATED))) is not None:
        session.delete(unsaid)
    if session.get(CaseGround, (case.id, ground)) is None:
        session.add(CaseGround(case_id=case.id, ground=ground))
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Fact recorded: {words}.")
    audit(session, viewer, "tie_ground", case=case)
    refresh_card(session, case.id)
    return row.number


@command(says=lambda details: _said("changed a fact", details), patterns=Patterns.NEVER, moves_access=False)
def change_fact(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    number: int,
    seen: SaidFact,
    fact: SaidFact,
    reason: str,
    in_this_order: bool = False,
) -> None:
    """Makes the next edition of a fact: somebody has examined it since, the day is known now, a detriment is joined to
    its concern. `seen` is the fact as the form was drawn with it.

    Refuses: not found, a fact of another case or one withdrawn, Stale (somebody changed it), nothing changed, no
    reason, a change of a ground itself, and whatever `record_fact` refuses of a fact.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _standing_fact(session, viewer, case, number, seen)
    if row.kind is FactKind.GROUND and fact.code != row.code:
        raise CommandRefused("Ground: withdraw this one, and record the right one.", field="code")
    said, words = _checked(session, case, row.kind, fact, number=number, in_this_order=in_this_order)
    if said == said_of(row):
        raise CommandRefused(UNCHANGED, field="code")
    why = clean_reason(reason)
    before = _words(session, row.kind, said_of(row))
    after = _next_edition(session, viewer, row, said, why)
    told = f"{before} → {words}" if before != words else words
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Fact changed: {told}. {why}")
    audit(session, viewer, "change_fact", case=case, kind=row.kind, fact=[number, after.edition])
    refresh_card(session, case.id)


@command(says=lambda details: _said("withdrew a fact", details), patterns=Patterns.NEVER, moves_access=False)
def withdraw_fact(session: Session, *, actor_id: int, reference: str, number: int, seen: SaidFact, reason: str) -> None:
    """Withdraws a fact that was recorded by mistake: it stays readable among earlier editions. Of a ground nothing
    stays, because which one was wrongly noted says something of the doctor that is not true of the case; it is still
    among those alleged until it is corrected there.

    Refuses: not found, a fact of another case or one withdrawn already, Stale (somebody changed it), no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = _standing_fact(session, viewer, case, number, seen)
    why = clean_reason(reason)
    words = _words(session, row.kind, said_of(row))
    after = _next_edition(session, viewer, row, said_of(row), why, withdrawn=True)
    if row.kind is FactKind.GROUND:
        _forget_ground(session, case, number)
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Fact withdrawn: {words}. {why}")
    audit(session, viewer, "withdraw_fact", case=case, kind=row.kind, fact=[number, after.edition])
    refresh_card(session, case.id)


def leave_finding(session: Session, viewer: Viewer, case: Case, finding_id: int) -> None:
    """Withdraws what a ground is said to have touched when that finding is withdrawn."""
    for number, row in standing(session, case).items():
        if row.finding_id == finding_id:
            _next_edition(session, viewer, row, said_of(row), FINDING_WITHDRAWN, withdrawn=True)
            _forget_ground(session, case, number)
    session.flush()
    of_it = update(CaseFact).where(CaseFact.case_id == case.id, CaseFact.finding_id == finding_id)
    session.execute(of_it.values(finding_id=None))


def _check_danger(session: Session, case: Case, kind: FactKind, fact: SaidFact, danger: YesNo | None) -> None:
    at_risk = kind is FactKind.IMPACT and fact.code == SELF_HARM
    if at_risk and case.is_open and danger is None and live_flag(session, case, CRISIS) is None:
        raise Invalid({"danger": "Is the doctor in danger now? Please answer: “Not asked yet” is fine."})


def _checked(
    session: Session, case: Case, kind: FactKind, fact: SaidFact, *, number: int | None, in_this_order: bool
) -> tuple[SaidFact, str]:
    """The fact as it is stored, and in words. `number` is that of the fact it changes."""
    codes = listed(session)
    found = problems(kind, fact, codes)
    if found:
        raise Invalid(found)
    note = clean_text(fact.note, field="note", label="What", required=False, most=MOST_NOTE)
    said = SaidFact(
        code=fact.code,
        took_place_on=fact.took_place_on,
        note=note,
        examined_by=tuple(sorted(fact.examined_by)),
        after=fact.after if kind is FactKind.DETRIMENT else None,
        case_process_id=fact.case_process_id if kind is FactKind.GROUND else None,
        finding_id=fact.finding_id if kind is FactKind.GROUND else None,
    )
    rows = standing(session, case)
    _check_order(rows, kind, said, number, in_this_order)
    if kind is FactKind.GROUND:
        _check_tie(session, case, rows, said, number)
    return said, _words(session, kind, said)


def _words(session: Session, kind: FactKind, said: SaidFact) -> str:
    """For the timeline. Of a ground only what it touched, as nothing may stay of one that is withdrawn."""
    if kind is not FactKind.GROUND:
        return in_words(kind, said, listed(session))
    if said.finding_id is not None:
        return f"{kind.label}, {TOUCHED}{session.get_one(Finding, said.finding_id).code}"
    if said.case_process_id is not None:
        faced = session.get_one(CaseProcess, said.case_process_id)
        return f"{kind.label}, said to have touched {session.get_one(Process, faced.process).label}"
    return f"{kind.label}, said to have touched the case as a whole"


def _check_order(
    rows: Mapping[int, CaseFact], kind: FactKind, said: SaidFact, number: int | None, in_this_order: bool
) -> None:
    pairs = []
    if kind is FactKind.DETRIMENT and said.after is not None:
        concern = rows.get(said.after)
        if concern is None or concern.kind is not FactKind.CONCERN:
            raise CommandRefused("After which concern: choose from the list.", field="after")
        pairs.append((said_of(concern), said))
    if kind is FactKind.CONCERN:
        pairs += [(said, said_of(row)) for row in rows.values() if row.after is not None and row.after == number]
    earlier = next((pair for pair in pairs if came_first(*pair)), None)
    if earlier and not in_this_order:
        concern_on, detriment_on = earlier[0].took_place_on, earlier[1].took_place_on
        assert concern_on is not None
        assert detriment_on is not None
        raise CommandRefused(
            f"The detriment ({day(detriment_on)}) is before the concern ({day(concern_on)}). Check both days. If they "
            "are right, tick that they are and save again.",
            field="in_this_order",
        )


def _check_tie(session: Session, case: Case, rows: Mapping[int, CaseFact], said: SaidFact, number: int | None) -> None:
    if said.case_process_id is not None and said.finding_id is not None:
        raise CommandRefused("Finding: choose a process or a finding, not both.", field="finding_id")
    if said.case_process_id is not None:
        process_on(session, case, said.case_process_id)
    if said.finding_id is not None:
        finding = session.get(Finding, said.finding_id)
        if finding is None or finding.case_id != case.id:
            raise CommandRefused("Finding: choose one of this case’s findings.", field="finding_id")
    tie = (said.code, said.case_process_id, said.finding_id)
    for other, row in rows.items():
        its = (row.code, row.case_process_id, row.finding_id)
        if row.kind is FactKind.GROUND and other != number and its == tie:
            raise CommandRefused(SAME_TWICE, field="code")


def _first_edition(session: Session, viewer: Viewer, case: Case, kind: FactKind, said: SaidFact) -> CaseFact:
    # If two people act at once, the second waits here and is refused as stale.
    touch(case, viewer)
    session.flush()
    last = session.scalar(select(func.max(CaseFact.number)).where(CaseFact.case_id == case.id)) or 0
    return _add(session, viewer, case.id, last + 1, 1, kind, said)


def _next_edition(
    session: Session, viewer: Viewer, row: CaseFact, said: SaidFact, reason: str, *, withdrawn: bool = False
) -> CaseFact:
    return _add(
        session,
        viewer,
        row.case_id,
        row.number,
        row.edition + 1,
        row.kind,
        said,
        reason=reason,
        withdrawn=withdrawn,
    )


def _add(
    session: Session,
    viewer: Viewer,
    case_id: int,
    number: int,
    edition: int,
    kind: FactKind,
    said: SaidFact,
    *,
    reason: str | None = None,
    withdrawn: bool = False,
) -> CaseFact:
    row = CaseFact(
        case_id=case_id,
        number=number,
        edition=edition,
        kind=kind,
        code=said.code,
        took_place_on=said.took_place_on,
        note=said.note,
        examined_by=" ".join(said.examined_by),
        after=said.after,
        case_process_id=said.case_process_id,
        finding_id=said.finding_id,
        withdrawn=withdrawn,
        reason=reason,
        by_id=viewer.id,
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _standing_fact(session: Session, viewer: Viewer, case: Case, number: int, seen: SaidFact) -> CaseFact:
    touch(case, viewer)
    session.flush()
    row = standing(session, case).get(number)
    if row is None:
        raise CommandRefused("Fact: choose from the list.", field="number")
    if said_of(row) != seen:
        raise stale(session, row.by_id, row.at)
    return row


def _forget_ground(session: Session, case: Case, number: int) -> None:
    session.flush()
    mine = update(CaseFact).where(CaseFact.case_id == case.id, CaseFact.number == number)
    session.execute(mine.values(code=None, note="", finding_id=None, case_process_id=None))
