"""A case on Home or in the inbox as a row: words, and steps whose buttons do something."""

from dataclasses import dataclass, field
from datetime import date

from dashboard.case.quick_update import Act
from dashboard.ui import case_list, text
from dashboard.ui.case_list import Badge, Button, CaseLine, Kind, Part, Step
from db import clock

SOON_DAYS = 7


@dataclass
class Row:
    """A case as its row is put together."""

    reference: str
    # Whom it is about.
    about: tuple[Part, ...]
    stage: str
    # 0 on a case that the reader is not on.
    version: int = 0
    badges: list[Badge] = field(default_factory=list)
    facts: list[Part] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    acts: dict[str, Act] = field(default_factory=dict)

    def step(self, words: Part, *offered: tuple[Button, Act]) -> None:
        self.steps.append(Step(words, tuple(button for button, _ in offered)))
        self.acts |= {button.name: act for button, act in offered}

    def line(self) -> CaseLine:
        return CaseLine(
            self.reference,
            head=(*self.about, Part(self.stage, "soft")) if self.stage else self.about,
            badges=tuple(dict.fromkeys(self.badges)),
            facts=tuple(self.facts),
            steps=tuple(self.steps),
        )


def listed(rows: list[Row], key: str, label: str) -> Act | None:
    """Draws them; returns what was just pressed, if anything."""
    pressed = case_list.show([row.line() for row in rows], key=key, label=label)
    row = next((row for row in rows if pressed and row.reference == pressed.reference), None)
    return row.acts[pressed.name] if row and pressed else None


def until(on: date) -> str:
    words = text.until(on)
    return f"{words[:1].upper()}{words[1:]}"


def kind(on: date | None) -> Kind:
    if on is None:
        return ""
    left = (on - clock.today()).days
    return "late" if left < 0 else "soon" if left <= SOON_DAYS else ""
