"""Patients' details and the doctor's own name stay out of an imported case, as they stay out of a form."""

from dataclasses import replace
from typing import Any, TypeVar

from db.commands.open_case import Intake
from db.commands.personal_data import own_words
from db.rules import personal_data
from db.rules.plain_text import as_stored

T = TypeVar("T")
IN_INTAKE = ("summary", "dates_told", "body_text")


class Redactor:
    """Takes out of the texts of one row what a form would stop at, and remembers what: nobody is there to ask."""

    def __init__(self) -> None:
        self.own = own_words({})
        self.found: list[str] = []

    def intake(self, intake: Intake) -> Intake:
        self.own = own_words({"intake": intake})
        clean: dict[str, Any] = {name: self.text(name, getattr(intake, name)) for name in IN_INTAKE}
        return replace(intake, **clean)

    def text(self, name: str, value: T) -> T | str:
        """The value, without what it must not hold where it is text."""
        if not isinstance(value, str):
            return value
        plain = as_stored(value)
        found = personal_data.without_overlaps([*personal_data.find(plain), *self.own.find(plain)])
        self.found += sorted({f"{name.replace('_', ' ')}: {each.kind}" for each in found})
        return personal_data.redacted(plain, found)
