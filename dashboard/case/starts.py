"""Deadlines that a dated happening starts, with their working-out: offered ticked, before anything is saved."""

from datetime import date

import streamlit as st

from dashboard.ui import text
from dashboard.ui.forms import Form
from db import clock
from db.choices import Certainty, Whose
from db.queries.reference import Reference
from db.rules.dated_events import STAGE, rules_begun, started
from db.rules.time_rules import WorkedOut, in_words

CONFIRM = "Confirm each date with the BMA, an MDO or a solicitor. Volunteers are not lawyers."


def ticked(
    form: Form, words: Reference, *, process: str, stage: str | None, day: date | None, nation: str
) -> list[str]:
    """The rules, among those that this stage starts, whose deadlines are to be added."""
    codes = rules_begun(words.events, process=process, place=STAGE, value=stage or "")
    if not codes:
        return []
    if day is None:
        st.caption("This stage starts time limits. Enter since when, and they are offered here.")
        return []
    outs = started(words.rules, words.scopes, codes, day, nation=nation)
    return offer(form, outs, day, nation)


def offer(form: Form, outs: list[WorkedOut], day: date, nation: str) -> list[str]:
    """A tick for each, ticked beforehand; returns the rules of those that are."""
    if not outs:
        return []
    st.markdown("**Deadlines this starts** (untick what doesn’t apply)")
    chosen = [
        out.rule.code
        for out in outs
        if form.tick(f"starts_{out.rule.code}", said(out), value=True, help=why(out, day, nation))
    ]
    st.caption(CONFIRM)
    return chosen


def said(out: WorkedOut) -> str:
    """“Rule 7: written response, 29 Dec 2026 (in 28 days, ours)”, and whether the rule is unconfirmed."""
    whose = Whose(out.rule.whose).label.lower()
    sure = "" if out.rule.certainty == Certainty.CONFIRMED else ", unconfirmed"
    left = "already past" if out.due_on < clock.today() else text.until(out.due_on)
    return f"{text.plain(out.rule.label)}: **{text.day(out.due_on)}** ({left}; {whose}){sure}"


def why(out: WorkedOut, day: date, nation: str) -> str:
    """How the date comes about, what the rule counts from, and where it says so."""
    rule = out.rule
    worked = in_words(rule, day, out.rule_due_on, nation=nation)
    also = f" May apply: {out.may_apply[0].label}, {text.day(out.may_apply[1])}." if out.may_apply else ""
    source = f"Source: {rule.source}, checked {text.day(rule.checked_on)}."
    return text.plain(f"{rule.text} It counts from {rule.counts_from}. {worked}{also} {source}")
