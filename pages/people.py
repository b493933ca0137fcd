"""People: who volunteers, what can each do, and who may sign in?"""

import streamlit as st

from dashboard import (
    affiliation_forms,
    approval_view,
    auth,
    care_view,
    people_forms,
    people_view,
    store,
    time_forms,
    words,
)
from dashboard.options import told_apart

person = auth.current()
people = store.people(person)
approval_view.approvals(person, declared=False)

now, ended = people[people["active"].astype(bool)], people[~people["active"].astype(bool)]
st.caption(f"**{len(now)}** with an account in use, {len(ended)} ended.")
people_view.left_behind(person, on_people=True)
care_view.away(person)
people_view.table(people)
with st.expander("Add somebody", icon=":material/person_add:", expanded=len(people) == 1):
    people_forms.add(person)

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
st.subheader(words.plain(of.name))
st.caption(f"Signs in as {of.username} · joined {words.day(of.joined_on)} · {of.role.label}")
details, carries, away, employers, held, access = st.tabs(
    [
        words.one_of(title)
        for title in ("Details", "May carry", "Leave", "Employers", f"Holds ({len(of.held)})", "Sign-in and end")
    ]
)
with details:
    people_forms.change(person, of)
with carries:
    time_forms.caps(of)
with away:
    time_forms.leave(person, of)
with employers:
    affiliation_forms.affiliations(person, of, may_end=True)
with held:
    people_forms.handover(person, of)
with access:
    people_forms.access(person, of)
