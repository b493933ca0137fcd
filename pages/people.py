"""People: who volunteers, what can each do, and who may sign in?"""

import streamlit as st

from dashboard import auth, store
from dashboard.home import debriefs_and_cover
from dashboard.people import accounts, affiliations, approvals, leave_and_limits, people_table
from dashboard.ui import folds, text
from dashboard.ui.options import told_apart

person = auth.current()
people = store.people(person)
approvals.approvals(person, declared=False)

now, ended = people[people["active"].astype(bool)], people[~people["active"].astype(bool)]
st.caption(f"Accounts in use: **{len(now)}**. Ended: {len(ended)}.")
people_table.left_behind(person, on_people=True)
debriefs_and_cover.away(person)
people_table.table(people)
folds.fold(
    "Add somebody",
    lambda: accounts.add(person),
    about="people",
    icon=":material/person_add:",
    opened=len(people) == 1,
)

names: dict[int, str] = {
    id: name if active else f"{name} (ended)"
    for id, name, active in zip(people["volunteer_id"], people["name"], people["active"], strict=True)
}
usernames = dict(zip(people["volunteer_id"], people["username"], strict=True))
chosen = st.selectbox(
    "Person",
    list(names),
    index=None,
    key="people_person",
    format_func=told_apart(names, lambda id: names.get(id, "?"), lambda id: usernames.get(id, "?")),
    placeholder="Choose somebody to see or change",
)
if chosen is None:
    st.stop()
of = store.person_detail(person, chosen)
text.heading(text.plain(of.name))
st.caption(f"Signs in as {of.username} · joined {text.day(of.joined_on)} · {of.role.label}")
folds.tabs(
    {
        "Details": lambda: accounts.change(person, of),
        "Caseload limit": lambda: leave_and_limits.caps(of),
        "Leave": lambda: leave_and_limits.leave(person, of),
        "Employers": lambda: affiliations.affiliations(person, of, may_end=True),
        "Cases held": lambda: accounts.handover(person, of),
        "Sign-in and leaving": lambda: accounts.access(person, of),
    },
    about="people",
)
