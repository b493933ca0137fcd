"""For leads: codes, and pairs of codes, of more doctors lately than the year before. Nothing is drawn if nothing is."""

import functools

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import store
from dashboard.ui import case_list, forms, text
from dashboard.ui.case_lines import case_line
from dashboard.ui.charts import Spec, filled
from dashboard.ui.folds import fold
from db.choices import AuditAction, FalseAlarms
from db.commands.emerging import dismiss_rise, set_false_alarms
from db.queries.emerging import Dismissed, Emerging, Risen
from db.queries.session import Person
from db.rules.emerging import BEFORE, RECENT, Rise
from db.rules.words import many, noun

BLOCK = 4
HEIGHT = 70
BAR, GREY = "#7C93A6", "#7A8288"
LATELY = "#C4571B"


def emerging(person: Person) -> None:
    found = store.emerging(person)
    store.log_access(person, AuditAction.RAW_HEATMAP, once="emerging")
    st.warning("**Not for sharing.** Exact numbers, for leads only. This view is logged.", icon=":material/lock:")
    for one in found.risen:
        with st.container(border=True):
            _one(person, one)
    if not found.risen:
        st.markdown(":material/check: Nothing is rising.")
    st.caption(
        f"Findings of the last {RECENT} weeks against the {BEFORE} before them. "
        f"{many(found.judged, 'code or pair', 'codes and pairs')} of codes had enough doctors to be judged. Cases "
        "brought to us, not a rate: a rise is a reason to look, never a cause."
    )
    _budget(found)
    if found.dismissed:
        fold(f"Dismissed ({len(found.dismissed)})", lambda: _dismissed(found.dismissed), about="emerging")


def _one(person: Person, one: Risen) -> None:
    rise = one.rise
    st.markdown(" :gray[with] ".join(f"**{text.plain(label)}**" for label in one.labels))
    st.markdown(
        f"**{rise.recent}** of {many(rise.coded, 'doctor')} coded in the last {rise.weeks} weeks, after "
        f"{rise.before} of {rise.coded_before:,} in the year before."
    )
    told = ", ".join(map(str, rise.blocks))
    st.vega_lite_chart(
        spec=filled(_spec(), _data(rise)),
        height=HEIGHT,
        key=store.key(f"rise_{'_'.join(rise.codes)}"),
        alt=f"Doctors in each four weeks, the oldest first: {told}.",
    )
    st.caption(f"Doctors in each four weeks. {_chance(rise.chance)}")
    about = "_".join(rise.codes)
    fold(f"{many(len(one.cases), 'case')} behind it", lambda: _cases(person, one), about=f"rise_{about}")


def _chance(chance: float) -> str:
    if chance <= 0 or 1 / chance > 1_000_000:
        return "If nothing had changed, so many would be seen less than once in a million looks."
    return f"If nothing had changed, so many would be seen about once in {_round(1 / chance):,} looks at one code."


def _round(number: float) -> int:
    digits = len(str(int(number))) - 2
    return int(round(number, -digits)) if digits > 0 else round(number)


def _cases(person: Person, one: Risen) -> None:
    words = store.words(person)
    lines = [case_line(row, words, person) for row in one.cases]
    case_list.show(lines, key=f"rise_cases_{'_'.join(one.rise.codes)}", label="Cases behind it, the newest first")
    with forms.form(f"dismiss_{'_'.join(one.rise.codes)}", border=False) as form:
        reason = form.text("reason", "Why it needs no more", required=True)
        st.caption("These cases then count as known. If others come, it is shown again.")
        form.submit("Dismiss it", main=False)
    seen = [row.reference for row in one.cases]
    form.save(dismiss_rise, "Dismissed.", codes=list(one.rise.codes), seen=seen, reason=reason)


def _budget(found: Emerging) -> None:
    with forms.form("alarm_budget", border=False) as form:
        budget = form.choice(
            "budget",
            "False alarms to expect",
            list(FalseAlarms),
            words=lambda one: one.label,
            index=list(FalseAlarms).index(found.budget),
            required=True,
        )
        st.caption("Fewer false alarms mean that a small rise is seen later. The setting is for all leads.")
        form.submit("Set", main=False)
    form.save(set_false_alarms, "Set.", budget=budget or found.budget)


def _dismissed(past: tuple[Dismissed, ...]) -> None:
    for one in past:
        names = " with ".join(text.plain(label) for label in one.labels)
        st.markdown(
            f"**{names}**, {one.cases:,} {noun(one.cases, 'case')}: {text.sentence(one.reason)}  \n"
            f":gray[{text.plain(one.by)}, {text.moment(one.at)}]"
        )


def _data(rise: Rise) -> pd.DataFrame:
    """Columns: weeks (words), doctors, lately (whether it is part of the last RECENT weeks), place."""
    last = len(rise.blocks)
    rows = [
        (place, _ago((last - place) * BLOCK), doctors, (last - place) * BLOCK <= RECENT)
        for place, doctors in enumerate(rise.blocks)
    ]
    return pd.DataFrame(rows, columns=["place", "weeks", "doctors", "lately"])


def _ago(weeks: int) -> str:
    return f"{weeks} to {weeks - BLOCK} weeks ago"


@functools.cache
def _spec() -> Spec:
    spec: Spec = (
        alt.Chart(pd.DataFrame({"place": [], "weeks": [], "doctors": [], "lately": []}))
        .mark_bar(aria=False)
        .encode(
            x=alt.X("place:O", title=None, axis=None),
            y=alt.Y("doctors:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1, tickCount=2, labelColor=GREY)),
            color=alt.condition("datum.lately", alt.value(LATELY), alt.value(BAR)),
            tooltip=[alt.Tooltip("weeks:N", title="When"), alt.Tooltip("doctors:Q", title="Doctors")],
        )
        .to_dict()
    )
    for part in ("datasets", "data", "config"):
        spec.pop(part, None)
    return spec
