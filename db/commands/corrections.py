"""Correcting what a case says: in the open, with a reason. The old value stays in the history unless it is personal."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.base import LEAVES_NOTHING
from db.card import refresh_card
from db.case_fact_rows import standing
from db.case_said import facts_said
from db.choices import Channel, Choice, EntryKind, Representation, YesNo
from db.commands.action_owners import next_owner
from db.commands.flags import live_flag, put_flag
from db.commands.kept_walls import keeps_walls
from db.commands.personal_data import find
from db.commands.record import add_line, audit, clean_text, stale, touch
from db.commands.redactions import text_hash
from db.declared import Patterns, command, label
from db.errors import CommandRefused, Invalid
from db.models import Action, Case, CaseGround, CodedTerm, Correction, Redaction
from db.rules.corrections import Corrected, Facts, changed
from db.rules.facts import FactKind
from db.rules.limits import REASON_LENGTH
from db.rules.personal_data import redacted
from db.rules.safety import CRISIS, CRISIS_ACTION, looked_at_again

UNCHANGED = "You have not changed anything yet."
CHOICES: dict[Corrected, type[Choice]] = {
    Corrected.CHANNEL: Channel,
    Corrected.IMMEDIATE_DANGER: YesNo,
    Corrected.REPRESENTATION: Representation,
}
# What the walls of specialty circles, and of people who have left an organisation, stand on.
OF_THE_WALL = frozenset({Corrected.SPECIALTY_GROUP, Corrected.RECEIVED_AT})


def said(details: Mapping[str, object]) -> str:
    """“corrected: safe contact, safe times”."""
    fields = details.get("fields")
    names = [label(Corrected, code, "something") for code in fields] if isinstance(fields, list) else []
    return f"corrected: {', '.join(names)}" if names else "corrected the case"


@command(says=said, patterns=Patterns.NEVER, moves_access=False)
def correct_summary(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    seen: str,
    summary: str,
    reason: str,
    forget_old: bool = False,
) -> None:
    """Corrects the summary. The old one is kept, without what looks like personal data; with `forget_old`, only a keyed
    hash of it, as of any redaction. `seen` is the summary that the form was drawn with.

    Refuses: not found, Stale (somebody changed it), nothing changed, no summary, no reason.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    words = clean_text(summary, field="summary", label="Summary")
    if case.summary != seen:
        raise stale(session, case.updated_by_id, case.updated_at)
    if words == case.summary:
        raise CommandRefused(UNCHANGED, field="summary")
    old = case.summary
    was = None if forget_old else without_personal(session, viewer, old)
    note_corrections(session, viewer, case, "correct_summary", {Corrected.SUMMARY: was}, reason=reason)
    if was != old:
        _note_redaction(session, viewer, case, old, clean_reason(reason))
    case.summary = words
    session.flush()
    refresh_card(session, case.id)


@command(says=said, patterns=Patterns.ALWAYS)
def correct_facts(session: Session, *, actor_id: int, reference: str, seen: Facts, facts: Facts, reason: str) -> None:
    """Corrects what the case says in codes and dates: only what differs between `facts` and `seen`, with which the form
    was drawn. A corrected specialty group or date raises walls at once, and lowers none without two leads
    (`db/commands/kept_walls.py`). If it turns out that somebody is in danger, the flag CRISIS is raised and a lead gets
    the action, as in a new case.

    Refuses: not found, Stale (somebody changed one of them), nothing changed, no reason; and Invalid by field: unknown
    codes, a day in the future, a ground less of which a fact says what it touched.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    fields = changed(seen, facts)
    if not fields:
        raise CommandRefused(UNCHANGED)
    problems = _problems(session, facts, fields)
    if Corrected.GROUNDS in fields and not problems:
        problems = _still_tied(session, case, facts)
    if problems:
        raise Invalid(problems)
    now = facts_said(session, case)
    if any(getattr(now, field) != getattr(seen, field) for field in fields):
        raise stale(session, case.updated_by_id, case.updated_at)
    # Which grounds were wrongly noted says something of the doctor that is not true of the case.
    told = [field for field in fields if field is not Corrected.GROUNDS]
    was: dict[Corrected, str | None] = {
        field: in_words(session, field, now) if field in told else None for field in fields
    }
    became: dict[Corrected, str] = {field: in_words(session, field, facts) for field in told}
    note_corrections(session, viewer, case, "correct_facts", was, became=became, reason=reason)
    if OF_THE_WALL.isdisjoint(fields):
        _set(session, case, facts, fields)
    else:
        with keeps_walls(session, viewer, case):
            _set(session, case, facts, fields)
    if Corrected.IMMEDIATE_DANGER in fields and facts.immediate_danger is YesNo.YES:
        _raise_crisis(session, viewer, case)
    session.flush()
    refresh_card(session, case.id)


def note_corrections(
    session: Session,
    viewer: Viewer,
    case: Case,
    action: str,
    was: Mapping[Corrected, str | None],
    *,
    reason: str,
    became: Mapping[Corrected, str] | None = None,
    only: str = "",
) -> list[Correction]:
    """Notes what is put right: a row for each, one line on the timeline and one audit row. `only` is the line, if not
    made of the old and new values. Refuses: no reason."""
    why = clean_reason(reason)
    rows = [
        Correction(case_id=case.id, what=what, was=old, reason=why, by_id=viewer.id, at=clock.now())
        for what, old in was.items()
    ]
    session.add_all(rows)
    told = "; ".join(_line(what, old, (became or {}).get(what)) for what, old in was.items())
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Corrected: {only or told}. {why}")
    touch(case, viewer)
    # First of all others: a second correction waits here, and is then refused.
    session.flush()
    ids = [row.id for row in rows]
    audit(session, viewer, action, case=case, fields=[what.value for what in was], correction_ids=ids)
    return rows


def clean_reason(reason: str) -> str:
    return clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)


def without_personal(session: Session, viewer: Viewer, text: str) -> str:
    """An old value as it may be kept. It may have been put right because it said too much."""
    return redacted(text, find(session, viewer, text))


def in_words(session: Session, field: Corrected, facts: Facts) -> str:
    """The value as people read it."""
    value = getattr(facts, field)
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, datetime):
        return f"{value.astimezone(clock.LONDON):%-d %B %Y, %H:%M}"
    return _term(session, field.value, value)


def _term(session: Session, listed: str, code: str) -> str:
    found = session.get(CodedTerm, (listed, code))
    return found.label if found else code


def _line(what: Corrected, was: str | None, became: str | None) -> str:
    return what.label if became is None else f"{what.label}: {was} → {became}"


def _note_redaction(session: Session, viewer: Viewer, case: Case, old: str, why: str) -> None:
    session.info[LEAVES_NOTHING] = True
    session.add(
        Redaction(
            case_id=case.id,
            place=Case.__tablename__,
            row_id=case.id,
            by_id=viewer.id,
            at=clock.now(),
            why=why,
            text_hash=text_hash(session, old),
        )
    )


def _problems(session: Session, facts: Facts, fields: Sequence[Corrected]) -> dict[str, str]:
    """By field, for those that change."""
    problems: dict[str, str] = {}
    for field in fields:
        value, chosen = getattr(facts, field), "choose from the list"
        if field in CHOICES:
            fits = type(value) is CHOICES[field] and value is not Channel.IMPORT
        elif field is Corrected.RECEIVED_AT:
            chosen = "choose a time that is not in the future"
            fits = isinstance(value, datetime) and _is_past(value)
        elif field is Corrected.GROUNDS:
            fits = (
                isinstance(value, tuple) and set(value) <= _codes(session, "ground") and len(set(value)) == len(value)
            )
        else:
            fits = value in _codes(session, field.value)
        if not fits:
            problems[field.value] = f"{field.label}: {chosen}."
    return problems


def _still_tied(session: Session, case: Case, facts: Facts) -> dict[str, str]:
    tied = {row.code for row in standing(session, case).values() if row.kind is FactKind.GROUND and row.code}
    gone = sorted(_term(session, "ground", code) for code in tied - set(facts.grounds))
    if not gone:
        return {}
    return {Corrected.GROUNDS.value: f"Grounds alleged: withdraw what {gone[0]} touched first, under Facts."}


def _is_past(moment: datetime) -> bool:
    earliest = datetime(1990, 1, 1, tzinfo=clock.LONDON)
    return moment.tzinfo is not None and earliest <= moment <= clock.now() + timedelta(minutes=5)


def _codes(session: Session, listed: str) -> set[str]:
    return set(session.scalars(select(CodedTerm.code).where(CodedTerm.list == listed)))


def _set(session: Session, case: Case, facts: Facts, fields: Sequence[Corrected]) -> None:
    for field in fields:
        if field is Corrected.GROUNDS:
            session.execute(delete(CaseGround).where(CaseGround.case_id == case.id))
            session.add_all(CaseGround(case_id=case.id, ground=ground) for ground in facts.grounds)
        else:
            setattr(case, field.value, getattr(facts, field))
    if Corrected.RECEIVED_AT in fields:
        case.opened_on = clock.london_day(facts.received_at)


def _raise_crisis(session: Session, viewer: Viewer, case: Case) -> None:
    if not case.is_open or live_flag(session, case, CRISIS):
        return
    today = clock.today()
    put_flag(session, viewer, case, CRISIS, "Immediate danger reported.", looked_at_again(CRISIS, today))
    owner = viewer.id if viewer.is_lead else next_owner(session, case, viewer) or viewer.id
    session.add(Action(case_id=case.id, text=CRISIS_ACTION, owner_id=owner, due_on=today, created_at=clock.now()))
    audit(session, viewer, "next_action", case=case, owner_id=owner, due_on=today.isoformat())
