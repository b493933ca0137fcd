"""For leads, on Home: the casework by condition, and the trend."""

import streamlit as st

from dashboard import store
from dashboard.home import trend_chart
from dashboard.settings import settings
from dashboard.ui import counts as counted
from dashboard.ui import navigation, text
from dashboard.ui.charts import filled
from dashboard.ui.counts import Count
from db.choices import Condition
from db.queries.session import Person
from db.rules.limits import Limits
from db.rules.words import many

LEAD_ORDER = (
    Condition.DEADLINE_MISSED,
    Condition.AT_RISK,
    Condition.UNALLOCATED,
    Condition.STALLED,
    Condition.CHASE_DUE,
    Condition.UPDATE_OVERDUE,
    Condition.ACTION_OVERDUE,
    Condition.OWNER_AWAY,
)


def meanings(limits: Limits) -> dict[Condition, str]:
    """What each condition means, with the limits in force."""
    risk, update = many(limits.at_risk_days, "day"), many(limits.update_every_days, "day")
    stalled = many(limits.stalled_days, "day")
    return {
        Condition.DEADLINE_MISSED: "We missed one of our deadlines",
        Condition.AT_RISK: f"A deadline of ours that must not be missed falls within {risk} and has no confirmed plan",
        Condition.UNALLOCATED: "Open, and nobody has accepted to lead it",
        Condition.STALLED: f"No news for {stalled} ({limits.stalled_days_urgent} with an urgent flag)",
        Condition.CHASE_DUE: "We wait for somebody, and the day to follow up has come",
        Condition.UPDATE_OVERDUE: f"No status update for over {update}",
        Condition.ACTION_OVERDUE: "The day of the next action has passed",
        Condition.OWNER_AWAY: "The case lead is on leave today, or has left",
    }


def casework(person: Person) -> None:
    """For leads: how many cases meet each condition; each number opens the queue on just those."""
    means = meanings(settings().limits)
    counts, names = store.condition_counts(person), store.condition_names(person)
    text.heading("The casework today")
    shown = [
        Count(
            counts[condition],
            condition.label,
            text.condition_colour(condition) if counts[condition] else "gray",
            f"{means[condition]}: {', '.join(names[condition])}" if names.get(condition) else means[condition],
            condition.value,
        )
        for condition in LEAD_ORDER
    ]
    counted.show(shown, key="home_counts", label="The casework today")


def trend(person: Person) -> None:
    weeks = store.trend(person)
    came, went, now = int(weeks["opened"].sum()), int(weeks["closed"].sum()), int(weeks["open"].iloc[-1])
    if not (came or went or now):
        text.heading("Where to begin")
        st.page_link(navigation.FOLDER / "people.py", label="Add volunteers", icon=":material/person_add:")
        st.page_link(navigation.FOLDER / "new_case.py", label="Record the first case", icon=":material/add_circle:")
        return
    over = f"over {many(len(weeks), 'week')}"
    text.heading(f"Caseload {over}")
    st.caption(f"{came} opened, {went} closed, {now} open now")
    st.vega_lite_chart(
        spec=filled(trend_chart.trend_spec(), weeks),
        alt=f"Cases {over}: {came} opened, {went} closed, {now} open now",
    )
