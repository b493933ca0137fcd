"""Words people read for what frames and records hold: codes, days, dates."""

import re
from datetime import date, datetime

from db import clock
from db.choices import Condition, Stage
from db.queries.reference import Reference

RED = (Condition.DEADLINE_MISSED, Condition.AT_RISK)
AMBER = (
    Condition.UNALLOCATED,
    Condition.ACTION_OVERDUE,
    Condition.UPDATE_OVERDUE,
    Condition.CHASE_DUE,
    Condition.STALLED,
    Condition.OWNER_AWAY,
)


def day(value: date | None) -> str:
    return f"{value:%-d %b %Y}" if value else "not set"


def moment(value: datetime) -> str:
    return f"{value.astimezone(clock.LONDON):%-d %b %Y, %H:%M}"


def since(value: date | None) -> str:
    """What tells two processes of one kind apart."""
    return f"since {day(value)}" if value else "nobody knows since when"


def days_left(count: int | None) -> str:
    """“in 3 days”, “today”, “2 days late”."""
    if count is None:
        return ""
    if count == 0:
        return "today"
    many = f"{abs(count)} day{'' if abs(count) == 1 else 's'}"
    return f"in {many}" if count > 0 else f"{many} late"


def until(due: date) -> str:
    return days_left((due - clock.today()).days)


def terms(reference: Reference, listed: str, codes: str) -> list[str]:
    """Labels of a blank-separated list of codes."""
    known = reference.terms.get(listed, {})
    return [known.get(code, code) for code in codes.split()]


def condition_badge(condition: Condition) -> str:
    """A named badge: the word carries the meaning, the colour only helps."""
    return f":{condition_colour(condition)}-badge[{condition.label}]"


def condition_colour(condition: Condition) -> str:
    return "red" if condition in RED else "orange" if condition in AMBER else "gray"


def flag_badge(reference: Reference, code: str) -> str:
    label = reference.terms.get("flag", {}).get(code, code)
    return f":{'red' if code in reference.red_flags else 'orange'}-badge[:material/flag: {label}]"


def one_of(label: object) -> str:
    """The words of a button among several, or of a tab: of a colour that can be read in both modes.

    Streamlit writes the chosen one in the primary colour, which under the white words of the main buttons is too
    dark for words of its own on a dark page. What is chosen shows by its frame, or the line below it.
    """
    return f":blue[{label}]"


def stage_badge(stage: Stage) -> str:
    return f":{'blue' if stage.is_open else 'gray'}-badge[{stage.label}]"


def plain(text: str) -> str:
    """A person's own words as they typed them: no Markdown, links, formulas or colours come of them."""
    text = _joined(text)
    marks = "\\`*_{}[]()<>#+-.!|~:$&^="
    return "".join(f"\\{c}" if c in marks else c for c in text).replace("\n", "  \n")


def sentence(text: str) -> str:
    """A sentence of ours that may hold such words, as a refusal does: only what could become something is escaped, so
    that it stays a sentence wherever it is looked for."""
    begun = re.sub(r"(?m)^(\s*)(#|>|[-+*](?=\s)|\d+(?=[.)]\s))", "\\1\u2060\\2", text)
    return re.sub(r"[\\`*_\[\]<~$&]|:(?=[a-zA-Z])", r"\\\g<0>", _joined(begun))


def _joined(text: str) -> str:
    """A word joiner, which nobody sees, keeps addresses and icon names from being found after escapes are undone."""
    for found, broken in (
        ("://", ":\u2060//"),
        ("www.", "www\u2060."),
        ("@", "@\u2060"),
        (":material", ":\u2060material"),
    ):
        text = text.replace(found, broken)
    return text
