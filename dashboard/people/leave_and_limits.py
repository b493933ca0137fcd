"""The forms about somebody's time: leave with cover, and their caseload limit."""

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
from db.rules.limits import MOST_ACTIVE_CASES, MOST_CRISIS_CASES, MOST_POINTS
from db.rules.points import NEW_VOLUNTEER_SHARE, POINTS_PER_HOUR
from db.rules.words import many

COVER_HELP = (
    "They can read and work on the cases on those days, except any behind their own conflict wall. Cover starts and "
    "ends with the leave. Ask them first."
)


def leave(person: Person, of: PersonDetail) -> None:
    """Leave now and planned, with who covers, and a form to add more. For yourself, or by a lead."""
    back = "I’m back early" if of.id == person.id else "Back early"
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
                form.submit("Cancel this leave" if days.starts_on >= clock.today() else back, main=False)
            form.save(end_leave, "Leave ended.", leave_id=days.id)
    if not of.leaves:
        st.caption("No leave now or planned.")
    with forms.form(f"leave_{of.id}", border=False) as form:
        first = form.day("starts_on", "First day away", required=True, value=clock.today())
        last = form.day("ends_on", "Last day away", required=True, value=clock.today())
        who = form.choice("cover_id", "Who covers", others, words=others.get, placeholder="Nobody", help=COVER_HELP)
        form.submit("Add leave")
    if form.has(starts_on=first, ends_on=last):
        form.save(add_leave, "Leave added.", volunteer_id=of.id, starts_on=first, ends_on=last, cover_id=who)


def caps(of: PersonDetail) -> None:
    """The caseload limit: the same for everybody, until a lead sets another number with a reason."""
    limits = settings().limits
    st.caption(
        f"For everybody: {many(limits.most_crisis_cases, 'crisis case')}, "
        f"{many(limits.most_active_cases, 'active case')}, and {many(POINTS_PER_HOUR, 'point')} for each pledged hour, "
        f"{1 - NEW_VOLUNTEER_SHARE:.0%} less while new. For {text.plain(of.name)} that is {of.capacity:g} points. If "
        "they say they are at capacity, that comes before any number here."
    )
    if of.caps:
        st.markdown(f":material/tune: Set by {text.plain(of.caps.set_by)}: {text.plain(of.caps.reason)}")
    with forms.form(f"caps_{of.id}", border=False) as form:
        given_now = of.caps
        fields: dict[str, Any] = {
            field: _number(form, field, label, most, getattr(given_now, field) if given_now else None)
            for field, label, most in (
                ("most_crisis_cases", "Most crisis cases", MOST_CRISIS_CASES),
                ("most_active_cases", "Most active cases", MOST_ACTIVE_CASES),
                ("most_points", "Most points", MOST_POINTS),
            )
        }
        reason = form.text("reason", "Reason", required=True)
        form.submit("Save caseload limit")
    form.save(set_caps, "Saved.", volunteer_id=of.id, reason=reason, **fields)


def _number(form: Form, field: str, label: str, most: int, value: int | None) -> int | None:
    got = st.number_input(
        label, 0, most, value, 1, key=f"{form.key}_{field}", placeholder="As for everybody", width=240
    )
    form.problems[field] = st.empty()
    return got
