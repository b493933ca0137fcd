"""Two-step sign-in: an authenticator app, its codes, and recovery codes for a lost phone."""

import hmac
import secrets

import pyotp
from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, require_lead, viewer_of
from db.choices import Role
from db.commands.accounts import end_sessions
from db.commands.four_eyes import must_wait
from db.commands.record import audit, vault_of
from db.declared import Password, Patterns, change, command
from db.errors import CommandRefused
from db.models import RecoveryCode, Revision, SecondFactor, Volunteer
from db.rules.four_eyes import ApprovalKind
from db.rules.passwords import MOST_TYPED
from db.sign_in import has_factor

STEP_SECONDS, DIGITS = 30, 6
# The codes of the steps before and after count too, because phones' clocks differ.
DRIFT = (0, -1, 1)
RECOVERY_CODES = 10
# No letter or digit that looks like another. 12 characters out of 30 are 58 bits.
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
WRONG_CODE = "That code is wrong or has been used. Wait for the next code and try again."
NONE_TO_RESET = "Two-step sign-in is not on for this account."
NOT_IN_DEMO = "The demonstration has no two-step sign-in, because everybody shares its accounts."


change("set_up_factor", says="set up two-step sign-in", moves_access=False)
change("use_recovery_code", says="used a recovery code", moves_access=False)


@command(says=None, patterns=Patterns.NEVER, password=Password.AGAIN, before_second_factor=True)
def begin_factor(session: Session, *, actor_id: int) -> None:
    """Makes a new secret, which counts only after one of its codes. Refuses: a demonstration database."""
    viewer = viewer_of(session, actor_id)
    if session.scalar(select(Revision.is_demo)):
        raise CommandRefused(NOT_IN_DEMO)
    row = session.get(SecondFactor, viewer.id) or SecondFactor(volunteer_id=viewer.id)
    row.pending = vault_of(session).seal_text(pyotp.random_base32())
    session.add(row)


@command(says=None, patterns=Patterns.NEVER, before_second_factor=True)
def confirm_factor(session: Session, *, actor_id: int, code: str) -> list[str]:
    """Turns two-step sign-in on with the new secret's first code, in place of an older secret. Returns new recovery
    codes, of which only hashes are kept. Refuses: no new secret, a wrong code.
    """
    viewer = viewer_of(session, actor_id)
    row = session.get(SecondFactor, viewer.id)
    if row is None or row.pending is None:
        raise CommandRefused("Start again: there is no code to confirm.")
    step = _step_of(vault_of(session).open_text(row.pending), code)
    if step is None:
        raise CommandRefused(WRONG_CODE, field="code")
    row.secret, row.pending, row.confirmed_at, row.last_step = row.pending, None, clock.now(), step
    audit(session, viewer, "set_up_factor", volunteer_id=viewer.id)
    return _draw_recovery_codes(session, viewer.id)


@command(says="made new recovery codes", patterns=Patterns.NEVER, password=Password.AGAIN, moves_access=False)
def new_recovery_codes(session: Session, *, actor_id: int) -> list[str]:
    """Makes RECOVERY_CODES new codes in place of all earlier ones. Refuses: two-step sign-in is off."""
    viewer = viewer_of(session, actor_id)
    if not has_factor(session, viewer.id):
        raise CommandRefused("Set up two-step sign-in first.")
    audit(session, viewer, "new_recovery_codes", volunteer_id=viewer.id)
    return _draw_recovery_codes(session, viewer.id)


@command(
    says="reset somebody’s two-step sign-in",
    patterns=Patterns.NEVER,
    password=Password.AGAIN,
    keeps_refusals=True,
    moves_access=False,
)
def reset_factor(session: Session, *, actor_id: int | None, volunteer_id: int) -> bool:
    """Removes somebody's two-step sign-in and ends all their sessions, for a lost phone. Returns True if that waits for
    a second lead instead, as it does for an account that sees cases where there is one.

    `actor_id` is None only on the command line. Refuses: not a lead, their own account, two-step sign-in is off.
    """
    viewer = viewer_of(session, actor_id) if actor_id is not None else None
    if viewer:
        require_lead(viewer)
        if viewer.id == volunteer_id:
            raise CommandRefused("Another lead must reset yours. If you have a new phone, set it up again yourself.")
    person = session.get(Volunteer, volunteer_id)
    if person is None or not has_factor(session, volunteer_id):
        raise CommandRefused(NONE_TO_RESET)
    sees_cases = person.role is not Role.OBSERVER
    if sees_cases and must_wait(session, viewer, ApprovalKind.RESET_FACTOR, person=person):
        return True
    take_factor(session, viewer, volunteer_id)
    return False


def take_factor(session: Session, viewer: Viewer | None, volunteer_id: int) -> None:
    """Refuses if two-step sign-in is off."""
    if not has_factor(session, volunteer_id):
        raise CommandRefused(NONE_TO_RESET)
    forget_factor(session, volunteer_id)
    end_sessions(session, volunteer_id=volunteer_id)
    audit(session, viewer, "reset_factor", volunteer_id=volunteer_id)


@command(says="turned off two-step sign-in", patterns=Patterns.NEVER, password=Password.AGAIN, moves_access=False)
def drop_factor(session: Session, *, actor_id: int) -> None:
    """Turns off somebody's own two-step sign-in. Refuses: a lead, who must have it."""
    viewer = viewer_of(session, actor_id)
    if viewer.role is Role.LEAD:
        raise CommandRefused("Leads must have two-step sign-in.")
    forget_factor(session, viewer.id)
    audit(session, viewer, "drop_factor", volunteer_id=viewer.id)


def use_code(session: Session, *, volunteer_id: int, code: str) -> None:
    """Accepts an authenticator code or a recovery code, each only once. Refuses any other."""
    typed = "".join(c for c in code.lower() if c.isascii() and c.isalnum())
    if len(typed) > DIGITS:
        if not _use_recovery_code(session, volunteer_id, typed):
            raise CommandRefused(WRONG_CODE, field="code")
        audit(session, None, "use_recovery_code", volunteer_id=volunteer_id)
        return
    row = session.get(SecondFactor, volunteer_id)
    step = _step_of(vault_of(session).open_text(row.secret), typed) if row and row.secret else None
    if step is None or not _use_step(session, volunteer_id, step):
        raise CommandRefused(WRONG_CODE, field="code")


def _step_of(secret: str, code: str) -> int | None:
    """The time step of this code, if it is near now. Text longer than MOST_TYPED is not looked at."""
    if len(code) > MOST_TYPED:
        return None
    typed = "".join(c for c in code if c.isascii() and c.isdigit())
    now = int(clock.now().timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    return next((now + n for n in DRIFT if hmac.compare_digest(totp.generate_otp(now + n), typed)), None)


def _use_step(session: Session, volunteer_id: int, step: int) -> bool:
    """In one statement, so that if two send the same code at once only one is let in. The last step may be further
    ahead than a code can be only where a clock was set back: then it refuses no fresh code."""
    furthest = int(clock.now().timestamp()) // STEP_SECONDS + max(DRIFT)
    used = session.execute(
        update(SecondFactor)
        .where(
            SecondFactor.volunteer_id == volunteer_id,
            or_(
                SecondFactor.last_step.is_(None),
                SecondFactor.last_step < step,
                SecondFactor.last_step > furthest,
            ),
        )
        .values(last_step=step)
    )
    assert isinstance(used, CursorResult)
    return used.rowcount == 1


def _use_recovery_code(session: Session, volunteer_id: int, typed: str) -> bool:
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.volunteer_id == volunteer_id,
            RecoveryCode.code_hash == _recovery_hash(session, volunteer_id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    assert isinstance(used, CursorResult)
    return used.rowcount == 1


def _draw_recovery_codes(session: Session, volunteer_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.volunteer_id == volunteer_id))
    drawn = ["".join(secrets.choice(ALPHABET) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    for code in drawn:
        session.add(RecoveryCode(volunteer_id=volunteer_id, code_hash=_recovery_hash(session, volunteer_id, code)))
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in drawn]


def _recovery_hash(session: Session, volunteer_id: int, code: str) -> str:
    return vault_of(session).keyed_hash(f"recovery {volunteer_id}.{code}")


def forget_factor(session: Session, volunteer_id: int) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.volunteer_id == volunteer_id))
    session.execute(delete(SecondFactor).where(SecondFactor.volunteer_id == volunteer_id))
