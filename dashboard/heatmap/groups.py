"""For leads: groups of doctors against what befell them, each share with its n and how uncertain it is."""

import streamlit as st

from dashboard import store
from dashboard.heatmap import heatmap_table
from dashboard.ui import number_table
from dashboard.ui.number_table import Name, NumberTable
from db.choices import AuditAction, Befallen, GroupBy
from db.queries.session import Person
from db.rules.disclosure import FLOOR
from db.rules.measures import NOTHING
from db.rules.proportion import Proportion
from db.rules.words import many

MEANING = (
    "The interval says how far such a share may lie off by chance alone. It says nothing of who came to us: these "
    "doctors chose themselves, so a difference between groups is no rate, no comparison with the NHS and never a "
    "cause. Of many groups some differ by chance. There is no published base to set beside them yet."
)
COLUMNS = ("Doctors", "Of these", "Share", "95% interval", "All others", "95% interval")


def groups(person: Person) -> None:
    with st.container(horizontal=True):
        by = GroupBy(heatmap_table.one("Groups by", "group", _labels(GroupBy), first=GroupBy.GRADE.value))
        kind = Befallen(heatmap_table.one("Against", "befallen", _labels(Befallen), first=Befallen.PROCESS.value))
        codes = store.befallen(person, kind)
        code = next(iter(codes))
        if len(codes) > 1:
            code = heatmap_table.one(kind.label, f"befallen_{kind.value}", codes, first=code)
    found = store.groups(person, by, kind, code)
    store.log_access(person, AuditAction.RAW_HEATMAP, once=f"groups {by} {kind} {code}")
    st.warning("**Not for sharing.** Exact numbers, for leads only. This view is logged.", icon=":material/lock:")
    if not found.lines:
        st.caption("No cases to show.")
        return
    st.caption(
        f"{many(found.doctors, 'doctor')}. A doctor may be in several groups. Nothing is said of fewer than {FLOOR}."
    )
    table = NumberTable(
        corner=f"{by.label} (not for sharing)",
        columns=tuple(Name(None, column) for column in COLUMNS),
        rows=tuple(Name(None, line.label) for line in found.lines),
        cells=tuple(
            (f"{line.inside.n:,}", f"{line.inside.some:,}", *_told(line.inside), *_told(line.others))
            for line in found.lines
        ),
        about=f"Doctors by {by.label.lower()}: how many of each group, and of all others. {codes[code]}",
    )
    number_table.show(table, key="heatmap_groups")
    st.caption(MEANING)


def _told(share: Proportion) -> tuple[str, str]:
    if share.low is None or share.high is None:
        return NOTHING, NOTHING
    return f"{share.some / share.n:.0%}", f"{share.low:.0%} to {share.high:.0%}"


def _labels(choices: type[GroupBy] | type[Befallen]) -> dict[str, str]:
    return {one.value: one.label for one in choices}
