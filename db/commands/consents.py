"""Consent, one purpose at a time: given, refused, withdrawn. Support depends only on the one to keep a record."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.choices import ConsentPurpose, EntryKind
from db.commands.open_case import WORDING
from db.commands.record import add_line, audit, touch
from db.commands.requests import take_off_meeting
from db.declared import Patterns, command, label
from db.errors import CommandRefused
from db.models import Consent


def _consent(details: Mapping[str, object]) -> str:
    purpose = label(ConsentPurpose, details.get("purpose"), "a purpose")
    answer = "consent" if details.get("given") else "refusal"
    return f"recorded the doctor’s {answer}: {purpose[:1].lower()}{purpose[1:]}"


@command(says=_consent, patterns=Patterns.ALWAYS, moves_access=False)
def record_consent(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    purpose: ConsentPurpose,
    given: bool,
    expires_on: date | None = None,
) -> None:
    """Records a yes or a no for one purpose. A no withdraws an earlier yes; a no to the meeting also takes the case off
    its list. Refuses: not found, an expiry in the past.

    Silence is not consent: nothing is recorded unless the doctor was asked.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if expires_on is not None and expires_on < clock.today():
        raise CommandRefused("Expires on: choose today or a later day.", field="expires_on")
    moment = clock.now()
    live = (Consent.case_id == case.id) & (Consent.purpose == purpose) & Consent.withdrawn_at.is_(None)
    session.execute(update(Consent).where(live, Consent.given).values(withdrawn_at=moment))
    session.add(
        Consent(
            case_id=case.id,
            purpose=purpose,
            wording=WORDING,
            given=given,
            given_at=moment,
            expires_on=expires_on,
            recorded_by_id=viewer.id,
        )
    )
    words = f"Consent {'given' if given else 'refused or withdrawn'}: {purpose.label}."
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    if purpose is ConsentPurpose.MEETING and not given:
        take_off_meeting(session, viewer, case)
    touch(case, viewer)
    audit(session, viewer, "record_consent", case=case, purpose=purpose, given=given)
