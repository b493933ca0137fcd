"""The finding of delay for an organisation past its own limit, with what is known filled in."""

import streamlit as st

from dashboard import auth, store
from dashboard.ui import definitions, forms, text
from db import clock
from db.choices import Certainty, Evidence
from db.commands.findings import add_finding
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CaseDeadline
from db.rules.quarters import last_quarters, quarter_of
from db.rules.time_rules import Rule, in_words, rule_date
from db.rules.words import many

DELAY = "P04"
QUARTERS = 24


def _key(case: CaseDetail) -> str:
    return f"delay_of_{case.reference}"


def _is_coded(case: CaseDetail, row: CaseDeadline) -> bool:
    return any((f.code, f.case_process_id) == (DELAY, row.case_process_id) for f in case.findings)


def delay_button(case: CaseDetail, row: CaseDeadline) -> None:
    """Offers the finding once for each process, and afterwards says that it is recorded."""
    if case.is_blind:
        return
    if _is_coded(case, row):
        st.caption(f"A {DELAY} delay finding is already recorded for this process.")
    elif st.button(
        f"Add {DELAY} delay finding", key=store.key(f"delay_{case.reference}_{row.id}"), icon=":material/add:"
    ):
        st.session_state[_key(case)] = row.id


def delay_finding(case: CaseDetail, row: CaseDeadline, rule: Rule | None) -> None:
    """The form for the finding with the evidence filled in, once somebody asks for it."""
    if st.session_state.get(_key(case)) != row.id or _is_coded(case, row):
        return
    quarters = last_quarters(quarter_of(clock.today()), QUARTERS)
    happened = quarter_of(row.due_on)
    with forms.form(f"delay_{case.reference}_{row.id}_form", case=case, border=False) as form:
        definitions.say(store.words(auth.current()), definitions.FINDING, DELAY)
        evidence = form.choice("evidence", "Evidence", list(Evidence), required=True, index=0)
        at = quarters.index(happened) if happened in quarters else 0
        quarter = form.choice("quarter", "When it happened", quarters, required=True, index=at)
        told = _evidence(case, row, rule)
        note = form.area("note", "Why: what the papers or the doctor’s account say", value=told, height=190)
        form.submit(f"Add {DELAY} finding")
    form.save(
        add_finding,
        "Finding added.",
        code=DELAY,
        evidence=evidence,
        case_process_id=row.case_process_id,
        quarter=quarter or "",
        note=note,
    )


def working_out(case: CaseDetail, row: CaseDeadline, rule: Rule) -> list[str]:
    """How a recorded date was worked out, in words, or that its rule has changed since."""
    trigger, due = row.trigger_on, row.rule_due_on
    if trigger is None or due is None:
        return []
    if rule_date(rule, trigger, nation=case.nation) != due:
        return [f"Worked out from {trigger:%-d %B %Y} by the rule as it was then; it has changed since."]
    return [in_words(rule, trigger, due, nation=case.nation)]


def _evidence(case: CaseDetail, row: CaseDeadline, rule: Rule | None) -> str:
    past = (clock.today() - row.due_on).days
    told = [
        f"{row.name}: was due {text.day(row.due_on)}, not done by {text.day(clock.today())}, {many(past, 'day')} later."
    ]
    if rule:
        told += working_out(case, row, rule)
        sure = Certainty(rule.certainty).label.lower()
        told.append(f"Rule {rule.code}, {sure}. Source: {rule.source}, checked {text.day(rule.checked_on)}.")
    return " ".join(told)
