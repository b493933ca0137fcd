"""Everybody with an account, as a table."""

import pandas as pd
import streamlit as st

from dashboard import words
from db.choices import Role


def table(people: pd.DataFrame) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "Name": people["name"],
                "Role": [Role(code).label for code in people["role"]],
                "Hours a week": people["pledged_hours"],
                "Cases": people["cases"],
                "Knows": people["skills"].str.replace(" ", ", "),
                "On leave until": ["" if pd.isna(last) else words.day(last) for last in people["away_until"]],
                "Says full": people["says_full"],
                "Employers": people["employers"],
                "Joined": pd.to_datetime(people["joined_on"]),
                "Has signed up": people["signed_up"],
                "Active": people["active"],
            }
        ),
        hide_index=True,
        height=420,
        alt="Everybody with an account, by name; ended accounts last",
        column_config={
            "Name": st.column_config.TextColumn(pinned=True, width=160),
            "Hours a week": st.column_config.NumberColumn(format="%g"),
            "Joined": st.column_config.DateColumn(format="D MMM YYYY"),
        },
    )
