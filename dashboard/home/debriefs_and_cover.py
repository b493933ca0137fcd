"""Looking after each other: debriefs, cover, and cases that nobody covers."""

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
from db.rules.words import many

AFTER = {DebriefKind.HEARING: "after the hearing on", DebriefKind.DEATH: "after a death, noted on"}


def own(person: Person) -> None:
    """For everybody: your debriefs, and whom you cover for."""
    found = store.care(person)
    for due in found.own:
        with st.container(border=True):
            st.markdown(f":material/diversity_3: **Debrief** {_after(due)}")
            days = settings().limits.cool_down_days
            rests = due.happened_on + timedelta(days=days) >= clock.today()
            rest = f" For {many(days, 'day')} you are offered no demanding cases." if rests else ""
            st.caption(f"Talk it through with a lead or somebody you trust.{rest}")
            _record(due, asks_ready=rests)
    for cover in found.covering:
        _covering(cover)
    if found.covering:
        conflict_question.cover(person)


def _covering(cover: Covering) -> None:
    """Somebody can be named as cover without being asked, so one press says that they can't, and leads see the gap."""
    when = "now" if cover.starts_on <= clock.today() else f"from {text.day(cover.starts_on)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f":material/swap_horiz: You cover for **{text.plain(cover.name)}** {when}, until "
            f"{text.day(cover.ends_on)}. Their cases are under “My cases” on those days.",
            width="content",
        )
        with forms.form(f"step_back_{cover.leave_id}", border=False) as form:
            form.submit("I can’t cover", main=False)
    said = "You no longer cover. Leads can see that nobody does. Please tell one, or the person who is away."
    form.save(change_cover, said, leave_id=cover.leave_id, cover_id=None)


def others(person: Person) -> None:
    """For leads: debriefs to arrange, and people away whose cases nobody covers."""
    found = store.care(person)
    for away in found.away:
        if away.uncovered:
            cases = many(away.uncovered, "case")
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                whose = f"The cases of {text.plain(away.name)}"
                navigation.queue_link(f":material/person_off: **{cases}**", help=whose, queue_lead=away.name)
                st.markdown(
                    f"{text.plain(away.name)} is away until {text.day(away.ends_on)}, and nobody covers",
                    width="content",
                )
    if found.others:
        label = f"**{many(len(found.others), 'debrief')} to arrange**"
        folded = st.expander(label, icon=":material/diversity_3:", key="debriefs", on_change="rerun")
        if folded.open:
            with folded:
                for due in found.others:
                    st.markdown(f"**{text.plain(due.name)}** {_after(due)}")
                    _record(due, asks_ready=False)


def away(person: Person) -> None:
    """For leads: everybody on leave today, and who covers."""
    found = store.care(person).away
    if not found:
        return
    lines = [
        f"- **{text.plain(one.name)}** until {text.day(one.ends_on)}: "
        + (f"{text.plain(one.cover)} covers" if one.cover else "nobody covers")
        + f" · case lead of {many(one.cases, 'case')}"
        + (f", **{one.uncovered} not covered**" if one.uncovered else "")
        for one in found
    ]
    st.markdown("\n".join(["**Away today**", *lines]))


def _after(due: DebriefDue) -> str:
    which = f" · {due.reference}" if due.reference else ""
    return f"{AFTER[due.kind]} {text.day(due.happened_on)}{which}"


def _record(due: DebriefDue, *, asks_ready: bool) -> None:
    with forms.form(f"debrief_{due.id}", border=False) as form:
        ready = form.tick("ready", "I’m ready for demanding cases again") if asks_ready else False
        way = form.submit_one_of({outcome.value: outcome.label for outcome in DebriefOutcome})
    outcome = DebriefOutcome(way) if way else None
    form.save(record_debrief, "Recorded.", debrief_id=due.id, outcome=outcome, ready=ready)
