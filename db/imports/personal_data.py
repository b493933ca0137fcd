"""Patients' details and the doctor's own name stay out of an imported case, as they stay out of a form."""

from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from db.commands.open_case import Intake
from db.commands.personal_data import OURS
from db.commands.wall import name_hash
from db.rules import personal_data
from db.rules.personal_data import Found

T = TypeVar("T")
IN_INTAKE = ("summary", "dates_told", "body_text")


class Redactor:
    """Takes out of the texts of one row what a form would stop at, and remembers what: nobody is there to ask."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.doctor: str | None = None
        self.found: list[str] = []

    def intake(self, intake: Intake) -> Intake:
        self.doctor = name_hash(self.session, intake.name)
        clean: dict[str, Any] = {name: self.text(name, getattr(intake, name)) for name in IN_INTAKE}
        return replace(intake, **clean)

    def text(self, name: str, value: T) -> T | str:
        """The value, without what it must not hold where it is text."""
        if not isinstance(value, str):
            return value
        found = personal_data.without_overlaps([*personal_data.find(value), *self._own_name(value)])
        self.found += sorted({f"{name.replace('_', ' ')}: {each.kind}" for each in found})
        return personal_data.redacted(value, found)

    def _own_name(self, text: str) -> list[Found]:
        if self.doctor is None:
            return []
        names = personal_data.names_in(text)
        return [Found(OURS, start, end) for name, start, end in names if name_hash(self.session, name) == self.doctor]
