"""Which days anybody can have meant: one rule for every form, command and import that takes a day."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime

from db.rules.stages import FIELDS, FieldKind

# A year typed short (“0025”) is before these, a slip of the finger after.
FIRST, LAST = date(1950, 1, 1), date(2060, 12, 31)
# Nobody was told, reached or written to on a day to come.
PAST = ("told_on", "first_contact", "received_at", "received_on", "sent_on", "dated_on", "took_place_on", "said_on")
DRAWN = ("seen", "shown")
LABELS = {
    **{name: field.label for name, field in FIELDS.items() if field.kind is FieldKind.DATE},
    "received_at": "Received",
    "dated_on": "Dated",
    "took_place_on": "Day",
    "trigger_on": "Day it counts from",
    "due_on": "Due",
}


def problems_with_days(given: Mapping[str, object], today: date) -> dict[str, str]:
    """What is wrong with the days among these fields, or within them: {field: one sentence}."""
    found = {}
    for name, day in _days(given):
        label = LABELS.get(name) or name.replace("_", " ").capitalize()
        if not FIRST <= day <= LAST:
            found[name] = f"{label}: check the year, {day.day} {day:%B} {day.year:04d} can’t be right."
        elif name in PAST and day > today:
            found[name] = f"{label}: choose today or an earlier day."
    return found


def _days(given: Mapping[str, object]) -> Iterator[tuple[str, date]]:
    for name, value in given.items():
        # What a form was drawn with may be the very mistake that it corrects.
        if name.startswith(DRAWN):
            continue
        if isinstance(value, datetime):
            yield name, value.date()
        elif isinstance(value, date):
            yield name, value
        elif isinstance(value, Mapping):
            yield from _days({str(key): one for key, one in value.items()})
        elif is_dataclass(value) and not isinstance(value, type):
            yield from _days({field.name: getattr(value, field.name) for field in fields(value)})
