"""Keeps patient details and the doctor's own name out of imported cases, as forms do."""

from dataclasses import replace
from typing import Any, TypeVar

from db.commands.open_case import Intake
from db.commands.personal_data import own_words
from db.rules import personal_data
from db.rules.plain_text import as_stored

T = TypeVar("T")
IN_INTAKE = ("summary", "dates_told", "body_text")


class Redactor:
    """Redacts in one row what a form would ask about, and remembers what it was: here nobody can be asked."""

    def __init__(self) -> None:
        self.own = own_words({})
        self.found: list[str] = []

    def intake(self, intake: Intake) -> Intake:
        self.own = own_words({"intake": intake})
        clean: dict[str, Any] = {name: self.text(name, getattr(intake, name)) for name in IN_INTAKE}
        return replace(intake, **clean)

    def text(self, name: str, value: T) -> T | str:
        """The value; if it is text, with personal data redacted."""
        if not isinstance(value, str):
            return value
        plain = as_stored(value)
        found = personal_data.without_overlaps([*personal_data.find(plain), *self.own.find(plain)])
        self.found += sorted({f"{name.replace('_', ' ')}: {each.kind}" for each in found})
        return personal_data.redacted(plain, found)
