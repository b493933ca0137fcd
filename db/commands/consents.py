"""Consent, one purpose at a time: given, refused, withdrawn. Support depends only on the one to keep a record."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import or_, true, update
from sqlalchemy.orm import Session

from db import clock
from db.access import read_case, viewer_of
from db.choices import Approached, ConsentPurpose, EntryKind
from db.commands.assignments import end_seconds
from db.commands.claim_flags import flag_claims
from db.commands.open_case import WORDING
from db.commands.record import add_line, audit, touch
from db.commands.requests import take_off_meeting
from db.declared import Patterns, command, label
from db.errors import CommandRefused
from db.models import Consent
from db.rules.consent import LONGEST_LIFE, PUBLIC


def _consent(details: Mapping[str, object]) -> str:
    purpose = label(ConsentPurpose, details.get("purpose"), "a purpose")
    answer = "consent" if details.get("given") else "refusal"
    whom = f" ({label(Approached, details['whom'], 'somebody')})" if details.get("whom") else ""
    return f"recorded the doctor’s {answer}: {purpose[:1].lower()}{purpose[1:]}{whom}"


@command(says=_consent, patterns=Patterns.ALWAYS, moves_access=False)
def record_consent(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    purpose: ConsentPurpose,
    given: bool,
    whom: Approached | None = None,
    expires_on: date | None = None,
) -> None:
    """Records a yes or a no for one purpose; to contact organisations, for one kind of them (`whom`).

    A no withdraws an earlier yes, and acts at once: one to the meeting takes the case off its list, one to a second
    volunteer ends the places and offers of those on the case, and every sentence of an output that rests on what the
    doctor takes back is marked. Refuses: not found, an end in the past, contact without
    saying whom, and a yes to publication without an end within LONGEST_LIFE.

    Silence is not consent: nothing is recorded unless the doctor was asked.
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    if purpose is not ConsentPurpose.CONTACT:
        whom = None
    elif whom is None:
        raise CommandRefused("Whom: choose which organisation the doctor was asked about.", field="whom")
    _check_end(purpose, expires_on, given=given)
    moment = clock.now()
    live = (Consent.case_id == case.id) & (Consent.purpose == purpose) & Consent.withdrawn_at.is_(None)
    # The older question named nobody: whatever is answered now takes its place.
    same = or_(Consent.whom == whom, Consent.whom.is_(None)) if whom else true()
    session.execute(update(Consent).where(live, same, Consent.given).values(withdrawn_at=moment))
    session.add(
        Consent(
            case_id=case.id,
            purpose=purpose,
            whom=whom,
            wording=WORDING,
            given=given,
            given_at=moment,
            expires_on=expires_on,
            recorded_by_id=viewer.id,
        )
    )
    about = f"{purpose.label}: {whom.label}" if whom else purpose.label
    add_line(
        session, viewer, case, EntryKind.SYSTEM, f"Consent {'given' if given else 'refused or withdrawn'}: {about}."
    )
    if purpose is ConsentPurpose.MEETING and not given:
        take_off_meeting(session, viewer, case)
    if purpose is ConsentPurpose.SECOND and not given:
        end_seconds(session, viewer, case)
    if not given:
        flag_claims(session, viewer, case, purpose)
    touch(case, viewer)
    audit(session, viewer, "record_consent", case=case, purpose=purpose, given=given, whom=whom)


def _check_end(purpose: ConsentPurpose, expires_on: date | None, *, given: bool) -> None:
    today = clock.today()
    if expires_on is not None and expires_on < today:
        raise CommandRefused("Until: choose today or a later day.", field="expires_on")
    if not given or purpose not in PUBLIC:
        return
    if expires_on is None or expires_on > today + LONGEST_LIFE:
        raise CommandRefused(
            "Until: consent to publication runs out. Choose a day within two years, usually one year from now.",
            field="expires_on",
        )
