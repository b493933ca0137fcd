"""What points are, on the workload page."""

import streamlit as st

from db.rules.points import NEW_VOLUNTEER_DAYS, NEW_VOLUNTEER_SHARE, POINTS_PER_HOUR
from db.rules.words import many


def what_points_are() -> None:
    st.caption(
        "Points are a guide, not a target: they weigh stage, hearings and urgency. Capacity is "
        f"{many(POINTS_PER_HOUR, 'point')} for each pledged hour a week, {1 - NEW_VOLUNTEER_SHARE:.0%} less in a "
        f"volunteer’s first {many(NEW_VOLUNTEER_DAYS, 'day')}. When somebody says they are at capacity, that comes "
        "before the points. A lead may raise one person’s limit, with a reason."
    )
