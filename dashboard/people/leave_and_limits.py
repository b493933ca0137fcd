"""The forms about somebody's time: leave with cover, and what they may carry."""

from typing import Any

import streamlit as st

from dashboard import store
from dashboard.settings import settings
from dashboard.ui import forms, text
from dashboard.ui.forms import Form
from db import clock
from db.commands.caps import set_caps
from db.commands.leave import add_leave, change_cover, end_leave
from db.queries.people import PersonDetail
from db.queries.session import Person

COVER_HELP = (
    "Reads and works the cases on those days, save any behind their own wall. It begins and ends with the leave. "
    "Ask them first."
)


def leave(person: Person, of: PersonDetail) -> None:
    """Leave under way and to come, with who covers; a new spell. For oneself or by a lead."""
    others = {id: name for id, name in store.caseworkers(person).items() if id != of.id}
    for days in of.leaves:
        with st.container(border=True):
            cover = f"{text.plain(days.cover)} covers" if days.cover else "nobody covers"
            st.markdown(f"**{text.day(days.starts_on)} to {text.day(days.ends_on)}**: {cover}")
            with forms.form(f"cover_{days.id}_{days.cover_id}", border=False) as form:
                index = list(others).index(days.cover_id) if days.cover_id in others else None
                who = form.choice(
                    "cover_id", "Cover", others, words=others.get, index=index, placeholder="Nobody", help=COVER_HELP
                )
                form.submit("Change cover", main=False)
            form.save(change_cover, "Cover changed.", leave_id=days.id, cover_id=who)
            with forms.form(f"end_leave_{days.id}", border=False) as form:
                form.submit("Take back" if days.starts_on >= clock.today() else "Back already", main=False)
            form.save(end_leave, "Leave ended.", leave_id=days.id)
    if not of.leaves:
        st.caption("No leave now or to come.")
    with forms.form(f"leave_{of.id}", border=False) as form:
        first = form.day("starts_on", "First day away", required=True, value=clock.today())
        last = form.day("ends_on", "Last day away", required=True, value=clock.today())
        who = form.choice("cover_id", "Who covers", others, words=others.get, placeholder="Nobody", help=COVER_HELP)
        form.submit("Add leave")
    if form.has(starts_on=first, ends_on=last):
        fields = {"volunteer_id": of.id, "starts_on": first, "ends_on": last, "cover_id": who}
        form.save(add_leave, "Leave added.", **fields)


def caps(of: PersonDetail) -> None:
    """What somebody may carry: the limits for all, until a lead sets another number with a reason."""
    limits = settings().limits
    st.caption(
        f"For everybody: {limits.most_crisis_cases} crisis case, {limits.most_active_cases} active cases, and two "
        f"points for each pledged hour, a quarter less while new. For {text.plain(of.name)} that is "
        f"{of.capacity:g} points. Their own word that they are full comes before any number here."
    )
    if of.caps:
        st.markdown(f":material/tune: Set by {text.plain(of.caps.set_by)}: {text.plain(of.caps.reason)}")
    with forms.form(f"caps_{of.id}", border=False) as form:
        given_now = of.caps
        fields: dict[str, Any] = {
            field: _number(form, field, label, most, getattr(given_now, field) if given_now else None)
            for field, label, most in (
                ("most_crisis_cases", "Most crisis cases", 20),
                ("most_active_cases", "Most active cases", 50),
                ("most_points", "Most points", 200),
            )
        }
        reason = form.text("reason", "Reason", required=True)
        form.submit("Save what they may carry")
    form.save(set_caps, "Saved.", volunteer_id=of.id, reason=reason, **fields)


def _number(form: Form, field: str, label: str, most: int, value: int | None) -> int | None:
    got = st.number_input(
        label, 0, most, value, 1, key=f"{form.key}_{field}", placeholder="As for everybody", width=240
    )
    form.problems[field] = st.empty()
    return got
