"""For leads: a release as it is computed, reviewed, signed or discarded, with the exact numbers beside it."""

from typing import Any

import streamlit as st

from dashboard import store
from dashboard.heatmap import heatmap_table, released
from dashboard.heatmap.heatmap_chart import quarter, row_word
from dashboard.ui import forms, navigation, number_table, text
from dashboard.ui.number_table import Name, NumberTable
from db.choices import EXAMINED, AuditAction, Dimension
from db.clock import london_day
from db.commands.releases import discard_release, review_release, sign_release
from db.errors import CommandRefused
from db.queries.heatmap import Heatmap
from db.queries.release_review import EVERY_ROW
from db.queries.release_standing import Discarded, Standing
from db.queries.session import Person
from db.rules.disclosure import OUTSIDE_LOW
from db.rules.words import many, noun

COMPUTE = "compute_release"
SIGNED, TO_SIGN, TO_REVIEW = "signed", "to be signed", "to be reviewed"
WAITS = {TO_SIGN: "for a second lead to sign it", TO_REVIEW: "for a lead to review it"}


def heatmap(person: Person) -> None:
    """Every release, newest first: how far it has come, what it shows, and what happens next."""
    _compute(person)
    releases = store.standing(person)
    if not releases:
        st.caption("There is no release yet. One is computed after each quarter.")
        _discarded(person)
        return
    by_quarter = {release.quarter: release for release in releases}
    labels = {code: f"{quarter(code)}, {_next_step(release)}" for code, release in by_quarter.items()}
    with st.container(horizontal=True):
        code = heatmap_table.one("Release", "release", labels, first=releases[0].quarter)
        chosen = released.choose(code, by_quarter[code])
    release = by_quarter[code]
    _told(person, release)
    _next(release)
    _discarded(person)
    table = released.draw(person, code, chosen, release.periods, pick=False)
    if release.signed_at is None:
        _exact(person, table)
        _discard(release)


def waiting(person: Person) -> None:
    """On Home: one line for each release that waits for a lead."""
    due = store.quarter_to_close(person)
    lines = [f"The quarter {quarter(due)} is over. Its release has not been computed yet."] if due else []
    for release in store.standing(person):
        if release.signed_at is None:
            lines.append(f"The release of {quarter(release.quarter)} waits {WAITS[_next_step(release)]}.")
    for line in lines:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":material/grid_on: {line}", width="content")
            to = {"heatmap_show": "Releases"}
            st.page_link(navigation.FOLDER / "heatmap.py", label="Look at it", query_params=to)


def _next_step(release: Standing) -> str:
    if release.signed_at:
        return SIGNED
    return TO_SIGN if release.reviewed_at else TO_REVIEW


def _compute(person: Person) -> None:
    code = store.quarter_to_close(person)
    if code is None:
        return
    with st.container(border=True):
        st.markdown(f"The quarter **{quarter(code)}** is over, and its release has not been computed yet.")
        st.caption("The nightly job does it too. All tables are protected together, which can take a few minutes.")
        if st.button("Compute it now", key=f"{COMPUTE}_{code}"):
            try:
                with st.spinner("Counting, and checking that nobody can be picked out …"):
                    store.close_quarter(person, code, once=f"{COMPUTE}_{code}_{person.revision}")
            except CommandRefused as refusal:
                st.error(refusal.message, icon=":material/error:")
            else:
                forms.say("Computed. Next, a lead reviews it.")
                st.rerun()


def _told(person: Person, release: Standing) -> None:
    who = text.plain(release.computed_by) if release.computed_by else "the nightly job"
    parts = [f"Computed {text.moment(release.computed_at)} by {who}, rules of {release.rule_version}."]
    if release.reviewed_at:
        parts.append(f"Reviewed {text.moment(release.reviewed_at)} by {text.plain(release.reviewed_by or '?')}.")
    if release.signed_at:
        parts.append(f"Signed {text.moment(release.signed_at)} by {text.plain(release.signed_by or '?')}.")
    else:
        parts.append("**Only leads can see it.**")
    st.markdown(" ".join(parts))
    numbers, low, withheld = release.readable
    out = store.left_out(person)
    st.caption(
        f"Of its {numbers + low + withheld:,} cells and totals, {numbers:,} show a number, {low:,} read "
        f"{OUTSIDE_LOW} and {withheld:,} are withheld. Of the doctors whose cases you may see, {out:,} said no to "
        f"“Use in counts” and {noun(out, 'is', 'are')} in no release that is computed from now on."
    )
    pairs = store.same_doctor(person, 1).strong
    if pairs and release.signed_at is None:
        st.warning(
            f"{many(pairs, 'pair')} of cases may be one doctor’s, and would count as two.", icon=":material/people:"
        )
        st.page_link(navigation.FOLDER / "same_doctor.py", label="Same doctor?")


def _next(release: Standing) -> None:
    """The next step, if it is this lead's to do."""
    told: dict[str, Any] = {"quarter": release.quarter, "fingerprint": release.fingerprint}
    if release.signed_at:
        return
    if not release.reviewed_at:
        with forms.form(f"review_{release.fingerprint}") as form:
            st.markdown("**Review.** Look through the tables. Could anything shown pick somebody out?")
            form.submit("I have reviewed it")
        form.save(review_release, "Reviewed. A second lead signs it.", **told)
    elif release.may_sign:
        with forms.form(f"sign_{release.fingerprint}") as form:
            st.markdown("**Sign.** From then on everybody with an account can see it, and it never changes.")
            form.submit("Sign and release it")
        form.save(sign_release, "Signed. Everybody can see it now.", **told)
    elif release.signs_from:
        st.info(f"You are the only lead: you may sign it from {text.moment(release.signs_from)}.")
    else:
        st.info("You reviewed it, so a second lead has to sign it.")


def _discard(release: Standing) -> None:
    with st.expander("Discard it"), forms.form(f"discard_{release.fingerprint}", border=False) as form:
        st.caption("For a release that was found to be wrong. Its numbers are deleted, and it can be computed again.")
        reason = form.text("reason", "Reason", required=True, help="Every lead can read it, so name no case.")
        form.submit("Discard it", main=False)
    told: dict[str, Any] = {"quarter": release.quarter, "fingerprint": release.fingerprint, "reason": reason}
    form.save(discard_release, "Discarded.", **told)


def _discarded(person: Person) -> None:
    """What was found to be wrong, for whoever looks at the next one."""
    rows = store.discarded(person)
    if rows:
        with st.expander(f"Discarded before signing: {len(rows)}"):
            st.markdown("\n".join(f"- {_discarded_line(row)}" for row in rows))


def _discarded_line(row: Discarded) -> str:
    why = text.plain(row.why) if row.why else "The reason names a case, so it is not shown."
    computed, by = f"computed {text.day(london_day(row.computed_at))}", text.plain(row.by)
    return f"**{quarter(row.quarter)}**, {computed}, discarded {text.moment(row.at)} by {by}: {why}"


def _exact(person: Person, table: Heatmap) -> None:
    """Each released number beside the exact one, which counts only cases this lead may see and so may be lower."""
    stamp = table.stamp
    assert stamp is not None
    dimension: Dimension = table.filters.dimension
    if table.table == EXAMINED:
        exact = store.exact_examined(person, stamp.quarter)
    else:
        exact = store.exact_beside(person, stamp.quarter, dimension, stamp.period)
    what = table.table or dimension.value
    store.log_access(person, AuditAction.RAW_HEATMAP, once=f"release {stamp.quarter} {what} {stamp.period}")
    st.warning("**Not for sharing.** Exact numbers, for leads only. This view is logged.", icon=":material/lock:")
    with st.expander("Each number as released, and exact", expanded=True):
        st.caption(
            "“15 ← 13” means 13 doctors, shown as 15. The exact number counts only cases you may see, so a released "
            "number may include more doctors."
        )
        number_table.show(_side_by_side(table, exact), key="release_beside")


def _side_by_side(table: Heatmap, exact: dict[str, list[int]]) -> NumberTable:
    shown = [[table.total, *(line.total for line in table.columns)]]
    shown += [[row.total, *cells] for row, cells in zip(table.rows, table.cells, strict=True)]
    counted = [exact[EVERY_ROW], *(exact[row.code] for row in table.rows)]
    return NumberTable(
        corner=f"{row_word(table)} (not for sharing)",
        columns=(Name(None, "All"), *(Name(column.code, column.label) for column in table.columns)),
        rows=(Name(None, f"All {row_word(table).lower()}s"), *(Name(row.code, row.name) for row in table.rows)),
        cells=tuple(
            tuple(f"{released} ← {number}" for released, number in zip(*line, strict=True))
            for line in zip(shown, counted, strict=True)
        ),
        about="Released numbers beside the exact ones",
    )
