"""Flags: raised with a reason and a day to look again, looked at again, and cleared with a reason."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, read_case, viewer_of
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.alerts import owe_alerts
from db.commands.check_ins import ask_check_in
from db.commands.record import add_line, audit, clean_text, touch
from db.declared import Patterns, Tells, command
from db.errors import CommandRefused
from db.models import Case, CodedTerm, Flag
from db.rules.limits import NAME_LENGTH
from db.rules.safety import CRISIS, SECOND_PERSON, TOLD_AT_ONCE, CheckInAt, may_clear


@command(says="raised the flag {flag}", patterns=Patterns.NEVER, tells=Tells.LEADS_OF_DANGER, moves_access=False)
def raise_flag(session: Session, *, actor_id: int, reference: str, code: str, why: str, review_on: date) -> None:
    """Raises a flag. A crisis or a worry about patients is told to every lead who may see the case at once.

    Refuses: not found, an unknown flag, no reason, a review in the past, already raised.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if session.get(CodedTerm, ("flag", code)) is None:
        raise CommandRefused("Flag: choose from the list.", field="code")
    _check_day(review_on)
    put_flag(session, viewer, case, code, clean_text(why, field="why", label="Why"), review_on)
    ask_check_in(session, viewer, case, CheckInAt.FLAG, code, on=clock.today())
    touch(case, viewer)
    refresh_card(session, case.id)


def put_flag(
    session: Session, viewer: Viewer, case: Case, code: str, why: str, review_on: date, *, quietly: bool = False
) -> None:
    """Raises a flag in whatever command it is part of, with its line, its audit row and what leads are owed. `quietly`
    for an import, whose flags stand on leads' Home and would fill their inboxes."""
    flag = Flag(case_id=case.id, code=code, why=why, set_by_id=viewer.id, set_at=clock.now(), review_on=review_on)
    session.add(flag)
    session.flush()
    if quietly:
        return
    label = session.get_one(CodedTerm, ("flag", code)).label
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Flag raised: {label}.")
    audit(session, viewer, "raise_flag", case=case, code=code)
    if code in TOLD_AT_ONCE:
        owe_alerts(session, viewer, flag)


def live_flag(session: Session, case: Case, code: str) -> Flag | None:
    return session.scalar(select(Flag).where(Flag.case_id == case.id, Flag.code == code, Flag.cleared_at.is_(None)))


@command(says="looked at the flag {flag} again: it still stands", patterns=Patterns.NEVER, moves_access=False)
def review_flag(
    session: Session, *, actor_id: int, reference: str, code: str, seen_review_on: date, review_on: date, why: str = ""
) -> None:
    """Says that a flag still stands, and when to look again. `why` goes on the timeline.

    Refuses: not found, not raised, looked at by somebody else meanwhile, a review in the past.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    flag = _standing(session, case, code)
    if flag.review_on != seen_review_on:
        said = f"Somebody has just looked at this flag: the next look is on {flag.review_on:%-d %B %Y}."
        raise CommandRefused(said, field="review_on")
    _check_day(review_on)
    flag.review_on = review_on
    words = clean_text(why, field="why", label="Why", required=False)
    label = session.get_one(CodedTerm, ("flag", code)).label
    said = f"Flag looked at again, and it stands: {label}. Next look on {review_on:%-d %B %Y}."
    add_line(session, viewer, case, EntryKind.SYSTEM, f"{said}\n{words}" if words else said)
    touch(case, viewer)
    audit(session, viewer, "review_flag", case=case, code=code)
    refresh_card(session, case.id)


@command(says="cleared the flag {flag}", patterns=Patterns.NEVER, tells=Tells.LEADS_OF_DANGER, moves_access=False)
def clear_flag(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    code: str,
    why: str,
    spoke_by: str = "",
    spoke_on: date | None = None,
) -> None:
    """Clears a live flag. A crisis takes a lead, or somebody other than whoever raised it, and who spoke to the doctor
    since then (`spoke_by`, `spoke_on`).

    Refuses: not found, not raised, no reason; for a crisis also a volunteer who raised it, or where nobody knows who
    did, and a day before it was raised or in the future.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    flag = _standing(session, case, code)
    words = clean_text(why, field="why", label="Why it no longer applies")
    if code == CRISIS:
        _spoken(viewer, flag, spoke_by, spoke_on)
    flag.cleared_why = words
    flag.cleared_at, flag.cleared_by_id = clock.now(), viewer.id
    label = session.get_one(CodedTerm, ("flag", code)).label
    told = f" {flag.spoke_by} spoke to the doctor on {flag.spoke_on:%-d %B %Y}." if flag.spoke_on else ""
    add_line(session, viewer, case, EntryKind.SYSTEM, f"Flag cleared: {label}.{told}")
    touch(case, viewer)
    audit(session, viewer, "clear_flag", case=case, code=code)
    refresh_card(session, case.id)


def _spoken(viewer: Viewer, flag: Flag, spoke_by: str, spoke_on: date | None) -> None:
    if not may_clear(flag.code, flag.set_by_id, viewer.id, is_lead=viewer.is_lead):
        raise CommandRefused(SECOND_PERSON, field="code")
    who = clean_text(spoke_by, field="spoke_by", label="Who spoke to the doctor", most=NAME_LENGTH)
    raised_on = clock.london_day(flag.set_at)
    if spoke_on is None or not raised_on <= spoke_on <= clock.today():
        said = f"Spoke on: choose a day from {raised_on:%-d %B %Y}, when the flag was raised, until today."
        raise CommandRefused(said, field="spoke_on")
    flag.spoke_by, flag.spoke_on = who, spoke_on


def _standing(session: Session, case: Case, code: str) -> Flag:
    flag = live_flag(session, case, code)
    if flag is None:
        raise CommandRefused("That flag has already been cleared.", field="code")
    return flag


def _check_day(review_on: date) -> None:
    if review_on < clock.today():
        raise CommandRefused("Review on: choose today or a later day.", field="review_on")
