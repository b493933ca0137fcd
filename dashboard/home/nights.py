"""For leads: whether the nightly run and the backup were made. Home says so only when they were not."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard import store
from dashboard.ui import text
from db import clock
from db.queries.nights import NightPart
from db.queries.session import Person

# A day, and time for a slow night.
LATE = timedelta(hours=26)
PARTS = {
    "conflicts": "Conflicts of interest",
    "reviews": "Missed reviews",
    "drafts": "Old drafts",
    "consents": "Consents that ran out",
    "digests": "Daily emails",
    "approvals": "Requests to a second lead",
    "releases": "Release of the quarter",
    "backup": "Backup",
    "rotation": "Older backups",
    "audit": "Check of the audit",
}


def overdue(person: Person) -> None:
    """A warning where either is late. A demonstration has no nights."""
    found = store.nights(person)
    if found is None or person.is_demo:
        return
    late = [
        f"No {what} since {text.moment(last)}." if last else f"No {what} yet."
        for what, last in (("nightly run", found.last_run), ("backup", found.last_backup))
        if (since := last or found.since) is not None and clock.now() - since > LATE
    ]
    if late:
        words = f"{' '.join(late)} Ask whoever runs the dashboard; *Access review* says more."
        st.warning(words, icon=":material/bedtime_off:")


def details(person: Person) -> None:
    """When each last ended well, and how each part of the newest night went."""
    found = store.nights(person)
    if found is None:
        return
    st.caption(f"Nightly run: {_when(found.last_run)}. Backup: {_when(found.last_backup)}.")
    folded = st.expander("How the last night went", key="nights", on_change="rerun")
    if folded.open:
        with folded:
            _parts(store.last_night(person))


def _parts(parts: list[NightPart]) -> None:
    if not parts:
        st.caption("There has been no night yet.")
    for part in parts:
        ended = f"done at {text.clock_time(part.ended_at)}" if part.ended_at else "cut off, or still under way"
        said = f"not done. {text.plain(part.failed)}" if part.failed else ended
        st.markdown(f"- {PARTS.get(part.code, part.code)}: {said}")


def _when(moment: datetime | None) -> str:
    return text.moment(moment) if moment else "not yet"
