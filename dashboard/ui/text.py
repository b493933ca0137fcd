"""Codes, days and dates as the words people read."""

import re
from datetime import date, datetime
from typing import Literal

import streamlit as st

from db import clock
from db.choices import Condition, Stage
from db.queries.reference import Reference
from db.rules import words
from db.rules.words import many

# Small words, but none.
NOTHING = ":small[]"
_RECOGNISED = re.compile(r"(?i)(?=\\://)|(?<!\\)(?=://)|(?<=www)(?=\\?\.)|(?=@)|(?<=\\:)(?=[\w\\])")
_NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
RED = (Condition.CRISIS, Condition.DEADLINE_MISSED, Condition.AT_RISK)
UNSAID = ("", "other", "not_stated")
AMBER = (
    Condition.UNALLOCATED,
    Condition.ACTION_OVERDUE,
    Condition.UPDATE_OVERDUE,
    Condition.CHASE_DUE,
    Condition.STALLED,
    Condition.OWNER_AWAY,
)


def day(value: date | None) -> str:
    return words.day(value) if value else "not set"


def doctor(reference: Reference, grade: str, specialty_group: str) -> str:
    """“Consultant, surgery”: whom a case is about, without saying who it is."""
    first = reference.terms["grade"].get(grade, grade) if grade not in UNSAID else "Doctor"
    if specialty_group in UNSAID:
        return first
    second = reference.terms["specialty_group"].get(specialty_group, specialty_group)
    return f"{first}, {second[:1].lower()}{second[1:]}"


def moment(value: datetime) -> str:
    return f"{value.astimezone(clock.LONDON):%-d %b %Y, %H:%M}"


def clock_time(value: datetime) -> str:
    """“22:41”."""
    return f"{value.astimezone(clock.LONDON):%H:%M}"


def since(value: date | None) -> str:
    """Tells two processes of one kind apart."""
    return f"since {day(value)}" if value else "start not recorded"


def days_left(count: int | None) -> str:
    """“in 3 days”, “today”, “passed”."""
    if count is None:
        return ""
    if count == 0:
        return "today"
    return f"in {many(count, 'day')}" if count > 0 else "passed"


def until(due: date) -> str:
    """“in 3 days”, “today”, “was due 26 Nov”: for where the date itself is not shown."""
    left = (due - clock.today()).days
    return days_left(left) if left >= 0 else f"was due {due:%-d %b}"


def due(on: date) -> str:
    """“1 Dec 2026 (in 3 days)”; of a day that has passed, “was due 26 Nov 2026”."""
    return f"was due {day(on)}" if on < clock.today() else f"{day(on)} ({until(on)})"


def terms(reference: Reference, listed: str, codes: str) -> list[str]:
    """The labels of codes that are separated by spaces."""
    known = reference.terms.get(listed, {})
    return [known.get(code, code) for code in codes.split()]


def condition_words(condition: Condition, days_without_news: int) -> str:
    """The one about news says for how long there has been none."""
    return f"No news for {many(days_without_news, 'day')}" if condition is Condition.STALLED else condition.label


def condition_badge(condition: Condition, days_without_news: int) -> str:
    """A named badge: the words carry the meaning, and the colour only helps."""
    return f":{condition_colour(condition)}-badge[{condition_words(condition, days_without_news)}]"


def condition_colour(condition: Condition) -> Literal["red", "orange", "gray"]:
    return "red" if condition in RED else "orange" if condition in AMBER else "gray"


def flag_badge(reference: Reference, code: str) -> str:
    label = reference.terms.get("flag", {}).get(code, code)
    return f":{'red' if code in reference.red_flags else 'orange'}-badge[:material/flag: {label}]"


def one_of(label: object) -> str:
    """The label of a tab, or of a button among several, in a colour that can be read in both modes.

    Streamlit would write the chosen one in the primary colour. That colour is dark, so that white words can be read on
    the main buttons, and too dark to read on a dark page. A frame or a line below shows which one is chosen.
    """
    return f":blue[{label}]"


def heading(words: str) -> None:
    """A part of a page; smaller parts of it begin with `###`."""
    st.markdown(f"## {words}", anchors=False)


def stage_badge(stage: Stage) -> str:
    return f":{'blue' if stage.is_open else 'gray'}-badge[{stage.label}]"


def unseen(words: str) -> str:
    """Words that only a screen reader reads, for labels that are alike: an invisible picture with a description."""
    return f"![{plain(words)}]({_NO_PICTURE})"


def plain(text: str) -> str:
    """A person's words exactly as typed: never read as Markdown, links, formulas or colours."""
    marks = "\\`*_{}[]()<>#+-.!|~:$&^="
    escaped = "".join(f"\\{c}" if c in marks else c for c in text)
    return _parted(escaped).replace("\n", "  \n")


def sentence(text: str) -> str:
    """A sentence of ours that may quote such words, as a refusal does. Only what could be read as markup is escaped, so
    that the sentence can still be found as it was written."""
    escaped = re.sub(r"[\\`*_\[\]<~$&]|:(?=[a-zA-Z])", r"\\\g<0>", text)
    begun = re.sub(r"(?m)^(\s*)(#|>|[-+*](?=\s)|\d+(?=[.)]\s))", rf"\1{NOTHING}\2", escaped)
    return _parted(begun)


def _parted(escaped: str) -> str:
    """Addresses, icons and emoji are recognised once escapes are undone, but not across two parts. A part with nothing
    in it is copied as nothing."""
    return _RECOGNISED.sub(NOTHING, escaped)
