"""The parts of the access review: the period, everybody who looked, and what one person looked at."""

from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import store
from dashboard.settings import settings
from dashboard.ui import people_list, text
from dashboard.ui.options import told_apart
from dashboard.ui.people_list import PersonLine
from db import clock
from db.choices import AuditAction, Role
from db.queries.access_review import Look, Period
from db.queries.session import Person
from db.rules.unusual import Unusual
from db.rules.words import many, noun

PERIODS = {"Last 7 days": 7, "Last 4 weeks": 28, "Last 3 months": 91, "Last year": 365}
USUAL = "Last 4 weeks"
STEP = 50
EVERYBODY = "Everybody who looked at something in this period; people with something unusual come first"
WIDTH = 230


def period() -> Period:
    """Draws the choice of a period and returns it."""
    chosen = st.selectbox(
        "Period", list(PERIODS), list(PERIODS).index(USUAL), key="access_period", bind="query-params", width=WIDTH
    )
    today = clock.today()
    return Period(today - timedelta(days=PERIODS.get(chosen, PERIODS[USUAL]) - 1), today)


def table(people: pd.DataFrame) -> None:
    """Everybody who looked at anything; people with something unusual come first."""
    lines = [_line(row) for row in people.to_dict("records")]
    some = int(people[[mark.value for mark in Unusual]].any(axis="columns").sum())
    st.caption(
        f"**{len(people):,}** {noun(len(people), 'person', 'people')} looked at something, "
        f"**{some:,}** of them with something unusual. Unusual is not wrong: ask first."
    )
    people_list.show(lines, key="access_people", label=EVERYBODY)


def _line(row: dict[Any, Any]) -> PersonLine:
    marks = [(f"{mark.label}: {row[mark.value]}", "orange") for mark in Unusual if row[mark.value]]
    role = Role(row["role"]).label, "gray"
    return PersonLine(_name(row["name"], row["active"]), badges=(role, *marks), facts=tuple(_looked_at(row)))


def what_is_unusual() -> None:
    limits = settings().limits
    with st.expander("What gets flagged"):
        st.markdown(
            f"- **{Unusual.MANY.label}**: over {many(limits.many_cases_a_day, 'case')} viewed, or over "
            f"{many(limits.many_identities_a_day, 'identity', 'identities')} opened, in a day.\n"
            f"- **{Unusual.NO_PLACE.label}**: viewed by someone not on the case then. Leads may read every case, so "
            "for them only an opened identity counts.\n"
            f"- **{Unusual.ENDED.label}**: the same, by somebody who had left the case.\n"
            f"- **{Unusual.CONFLICT.label}**: the person had stepped back by then, or had a link to an organisation in "
            "the case, whenever they declared it.\n"
            f"- **{Unusual.LEFT.label}**: anything after the account had ended.\n"
            f"- **{Unusual.DECLARED.label}**: said that they belong to an organisation or a circle. Which cards then "
            "disappear could show them whose those cards are."
        )


def choose(people: pd.DataFrame) -> int | None:
    names: dict[int, str] = {
        id: _name(name, active)
        for id, name, active in zip(people["volunteer_id"], people["name"], people["active"], strict=True)
    }
    usernames = dict(zip(people["volunteer_id"], people["username"], strict=True))
    said = told_apart(names, lambda id: names.get(id, "?"), lambda id: usernames.get(id, "?"))
    chosen: int | None = st.selectbox(
        "Person",
        list(names),
        index=None,
        key="access_person",
        format_func=said,
        placeholder="Choose somebody to see what they looked at",
        width=WIDTH * 2,
    )
    return chosen


def lines(person: Person, volunteer_id: int, days: Period) -> None:
    """What one person looked at, newest first, a page at a time."""
    only = st.toggle("Only what is unusual", key="access_only_unusual")
    key = f"access_shown_{volunteer_id}"
    shown = st.session_state.setdefault(key, STEP)
    found = store.access_lines(person, volunteer_id, days, only_unusual=only, shown=shown)
    if not found:
        st.caption("Nothing unusual in this period." if only else "Nothing in this period.")
        return
    st.table(
        [
            {
                "When": text.moment(look.at),
                "What": f"{text.plain(_what(look.action))} {look.reference or ''}".strip(),
                "Unusual, and reason given": "; ".join(filter(None, (_marks(look), text.plain(look.reason or "")))),
            }
            for look in found[:shown]
        ],
        hide_index=True,
        border="horizontal",
        alt="What this person looked at, newest first",
    )
    if len(found) > shown and st.button("Show more"):
        st.session_state[key] = shown + STEP
        st.rerun()


def _name(name: str, active: bool) -> str:
    return name if active else f"{name} (ended)"


def _looked_at(row: dict[Any, Any]) -> list[str]:
    counts = {
        "case": (row["cases"], "cases"),
        "identity": (row["identities"], "identities"),
        "search": (row["searches"], "searches"),
        "raw heatmap": (row["heatmaps"], "raw heatmaps"),
    }
    return [many(count, one, several) for one, (count, several) in counts.items() if count]


def _marks(look: Look) -> str:
    return ", ".join(mark.label for mark in look.unusual)


def _what(action: str) -> str:
    if action == "add_affiliation":
        return Unusual.DECLARED.label
    return AuditAction(action).label if action in list(AuditAction) else action
