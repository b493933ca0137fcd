"""Looking after each other: debriefs, cover, and whose cases nobody stands in for."""

from datetime import timedelta

import streamlit as st

from dashboard import store
from dashboard.settings import settings
from dashboard.ui import conflict_question, forms, navigation, text
from db import clock
from db.commands.debriefs import record_debrief
from db.commands.leave import change_cover
from db.queries.care import Covering, DebriefDue
from db.queries.session import Person
from db.rules.allotting import DebriefKind, DebriefOutcome

AFTER = {DebriefKind.HEARING: "after the hearing on", DebriefKind.DEATH: "after a death, noted on"}


def own(person: Person) -> None:
    """One's own debriefs, and whom one covers for."""
    found = store.care(person)
    for due in found.own:
        with st.container(border=True):
            st.markdown(f":material/diversity_3: **Debrief** {_after(due)}")
            days = settings().limits.cool_down_days
            rests = due.happened_on + timedelta(days=days) >= clock.today()
            rest = f" For {days} days nothing heavy is offered to you." if rests else ""
            st.caption(f"Talk it through with a lead or somebody you trust.{rest}")
            _record(due, asks_ready=rests)
    for cover in found.covering:
        _covering(cover)
    if found.covering:
        conflict_question.cover(person)


def _covering(cover: Covering) -> None:
    """Nobody is asked before they are named: whoever cannot says so in one press, and a lead sees the gap."""
    when = "now" if cover.starts_on <= clock.today() else f"from {text.day(cover.starts_on)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f":material/swap_horiz: You cover for **{text.plain(cover.name)}** {when}, until "
            f"{text.day(cover.ends_on)}: their cases are under “My cases” for those days.",
            width="content",
        )
        with forms.form(f"step_back_{cover.leave_id}", border=False) as form:
            form.submit("I cannot", main=False)
    said = "You no longer cover. Leads see that nobody does: tell one, or whoever is away."
    form.save(change_cover, said, leave_id=cover.leave_id, cover_id=None)


def others(person: Person) -> None:
    """For leads: debriefs that are owed, and people away whose cases nobody stands in for."""
    found = store.care(person)
    for away in found.away:
        if away.uncovered:
            many = f"{away.uncovered} case{'' if away.uncovered == 1 else 's'}"
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                whose = f"The cases of {text.plain(away.name)}"
                navigation.queue_link(f":material/person_off: **{many}**", help=whose, lead=str(away.volunteer_id))
                st.markdown(
                    f"{text.plain(away.name)} is away until {text.day(away.ends_on)}, and nobody stands in",
                    width="content",
                )
    if found.others:
        with st.expander(f"Debriefs owed ({len(found.others)})", icon=":material/diversity_3:"):
            for due in found.others:
                st.markdown(f"**{text.plain(due.name)}** {_after(due)}")
                _record(due, asks_ready=False)


def away(person: Person) -> None:
    """For leads: everybody on leave today, and who stands in."""
    found = store.care(person).away
    if not found:
        return
    lines = [
        f"- **{text.plain(one.name)}** until {text.day(one.ends_on)}: "
        + (f"{text.plain(one.cover)} covers" if one.cover else "nobody covers")
        + f" · {one.cases} case{'' if one.cases == 1 else 's'} as lead"
        + (f", **{one.uncovered} with nobody**" if one.uncovered else "")
        for one in found
    ]
    st.markdown("\n".join(["**Away today**", *lines]))


def _after(due: DebriefDue) -> str:
    which = f" · {due.reference}" if due.reference else ""
    return f"{AFTER[due.kind]} {text.day(due.happened_on)}{which}"


def _record(due: DebriefDue, *, asks_ready: bool) -> None:
    with forms.form(f"debrief_{due.id}", border=False) as form:
        ready = form.tick("ready", "I am ready for heavy cases again") if asks_ready else False
        way = form.submit_one_of({outcome.value: outcome.label for outcome in DebriefOutcome})
    outcome = DebriefOutcome(way) if way else None
    form.save(record_debrief, "Recorded.", debrief_id=due.id, outcome=outcome, ready=ready)
