"""The floor page: what Streamlit itself costs. Four numbers, fifty rows and a heatmap, all constants.

It asks no database, so no page can be much cheaper; every step is measured against it.
"""

import altair as alt
import pandas as pd
import streamlit as st

ROWS, SIDE = 50, 12
TABLE = pd.DataFrame(
    {
        "reference": [f"LNB-{number:06}" for number in range(ROWS)],
        "stage": ["Review", "Triage"] * (ROWS // 2),
        "processes": ["MHPS", "GMC"] * (ROWS // 2),
        "deadline": ["Response to the case manager"] * ROWS,
        "days_left": list(range(ROWS)),
        "next_action": ["Write to the case manager and ask for the terms of reference"] * ROWS,
        "lead": ["Somebody Invented"] * ROWS,
        "body_kind": ["Acute trust"] * ROWS,
        "region": ["London"] * ROWS,
    }
)
CELLS = pd.DataFrame(
    {
        "row": [f"S{row:02}" for row in range(SIDE) for _ in range(SIDE)],
        "column": [f"Kind {column:02}" for _ in range(SIDE) for column in range(SIDE)],
        "doctors": [row * column for row in range(SIDE) for column in range(SIDE)],
    }
)

st.title("Floor")
for place, column in enumerate(st.columns(4)):
    column.metric(f"Number {place + 1}", 100 * place)
st.dataframe(TABLE, hide_index=True)

grid = alt.Chart(CELLS, title="Doctors by finding and kind of organisation").encode(
    x=alt.X("column:N", title="Kind of organisation", axis=alt.Axis(orient="top", labelAngle=-40)),
    y=alt.Y("row:N", title="Finding", sort=None),
)
cells = grid.mark_rect().encode(
    color=alt.Color("doctors:Q", title="Doctors", scale=alt.Scale(scheme="blues")),
    tooltip=[alt.Tooltip("row:N", title="Finding"), alt.Tooltip("column:N", title="Kind"), "doctors:Q"],
)
numbers = grid.mark_text().encode(text="doctors:Q")
st.altair_chart(cells + numbers)
