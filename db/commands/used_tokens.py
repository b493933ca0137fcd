"""What a form was saved as: kept with the save itself, so that a retry after a lost answer saves nothing twice."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import clock
from db.commands.record import vault_of
from db.errors import AlreadySaved
from db.models import UsedToken
from db.vault import Vault

# For how long the same answers, or none, may be a retry rather than something new to say.
RETRIED_WITHIN = timedelta(minutes=10)
KEPT_FOR = timedelta(days=30)
# What says how the page was drawn, not what was answered.
NOT_ANSWERS = {"seen_version"}


@dataclass(frozen=True)
class Drawn:
    """A form as it was drawn.

    `after`: the newest save of it that was known by then, 0 for none. `touched`: whether anything in it was typed or
    chosen. `answered`: saves of it whose outcome this browser tab has been told.
    """

    form: str
    after: int = 0
    touched: bool = True
    answered: frozenset[int] = frozenset()


def use_token(session: Session, *, actor_id: int, drawn: Drawn, command: str, values: Mapping[str, object]) -> int:
    """Notes that this drawing of the form is saved in this transaction. Returns the number of the save.

    Refuses as AlreadySaved: a drawing that was saved before; and, within RETRIED_WITHIN of a save by the same command
    that is not known to have been answered, one with the same values or with nothing typed.
    """
    vault = vault_of(session)
    form, digest = vault.keyed_digest(f"form {drawn.form}"), _digest(vault, values)
    last = _last(session, actor_id, form)
    if last is not None and _is_retry(last, drawn, command, digest):
        raise _already(last, drawn, digest)
    # With nothing typed, nothing is lost by taking the newest drawing for the one that was sent.
    after = drawn.after if drawn.touched or last is None else last.id
    token = vault.keyed_digest(f"token {drawn.form} {after}")
    used = UsedToken(volunteer_id=actor_id, token=token, form=form, command=command, values=digest, used_at=clock.now())
    try:
        with session.begin_nested():
            session.add(used)
    except IntegrityError:
        # The same drawing was saved by another tab or server at this very moment.
        last = _last(session, actor_id, form)
        if last is None:
            raise
        raise _already(last, drawn, digest) from None
    return used.id


def _is_retry(last: UsedToken, drawn: Drawn, command: str, digest: str) -> bool:
    if drawn.touched and last.id != drawn.after:
        return True
    recent = last.used_at > clock.now() - RETRIED_WITHIN
    if not recent or last.id in drawn.answered or last.command != command:
        return False
    return not drawn.touched or last.values == digest


def _already(last: UsedToken, drawn: Drawn, digest: str) -> AlreadySaved:
    local = last.used_at.astimezone(clock.LONDON)
    is_same = not drawn.touched or last.values == digest
    return AlreadySaved(at=f"{local:%H:%M on %-d %B}", is_same=is_same, save=last.id)


def _last(session: Session, volunteer_id: int, form: str) -> UsedToken | None:
    mine = (UsedToken.volunteer_id == volunteer_id) & (UsedToken.form == form)
    return session.scalar(select(UsedToken).where(mine).order_by(UsedToken.id.desc()).limit(1))


def tidy_tokens(session: Session) -> None:
    """Deletes those that no retry can be waiting for."""
    session.execute(delete(UsedToken).where(UsedToken.used_at < clock.now() - KEPT_FOR))


def _digest(vault: Vault, values: Mapping[str, object]) -> str:
    told = {name: value for name, value in values.items() if name not in NOT_ANSWERS}
    return vault.keyed_digest(json.dumps(_plain(told), sort_keys=True))


def _plain(value: object) -> object:
    """Without moments: a form that begins with the time now begins with another one at the retry."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_plain(each) for each in value]
    return None if value is None or isinstance(value, datetime) else str(value)
