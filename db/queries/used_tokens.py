"""Which forms somebody saved lately."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.models import UsedToken
from db.vault import Vault, vault_of


@dataclass(frozen=True)
class Save:
    """The number of the newest save of a form, and when it was."""

    number: int
    at: datetime


class Saves:
    """The newest save of each form, by the form's name."""

    def __init__(self, vault: Vault, found: dict[str, Save]) -> None:
        self._vault, self._found = vault, found

    def of(self, form: str) -> Save | None:
        return self._found.get(self._vault.keyed_digest(f"form {form}"))


def saves_of(session: Session, viewer: Viewer) -> Saves:
    """The viewer's own newest save of each form."""
    mine = UsedToken.volunteer_id == viewer.id
    newest = select(UsedToken.form, func.max(UsedToken.id), func.max(UsedToken.used_at)).where(mine)
    found = session.execute(newest.group_by(UsedToken.form)).all()
    return Saves(vault_of(session), {form: Save(number, at) for form, number, at in found})
