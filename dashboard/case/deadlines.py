"""How deadlines are shown: first the date, then what is due, then why, so that it reads well on a phone."""

from collections.abc import Callable

import streamlit as st

from dashboard import store
from dashboard.case import delay_findings
from dashboard.case.pathway_text import lapsed
from dashboard.settings import settings
from dashboard.ui import text
from db import clock
from db.choices import Certainty, DeadlineKind, Whose
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CaseDeadline
from db.queries.session import Person
from db.rules.time_rules import Pause, Rule, Rules, pause_end

CONFIRM = "working date: confirm with the BMA, an MDO or a solicitor"
WINDOW = "When this day is over the time has ended. Nobody misses anything."
CONFIRM_ALL = "Working dates unless confirmed: ask the BMA, an MDO or a solicitor."


def line(row: CaseDeadline) -> str:
    """One deadline in one line, for the overview."""
    name = f"{text.plain(row.name)} ({_kind(row)})"
    if row.met_on:
        return f":material/check_circle: {name}: met {text.day(row.met_on)}"
    if row.lapsed_on:
        return f":material/block: {name}: {lapsed(row)}"
    if has_closed(row):
        return f":material/event_available: {name}: closed {text.day(row.due_on)}"
    plan = f" Plan: {text.plain(row.plan)}." if row.plan else ""
    other = f" May apply: {text.day(row.may_apply_on)}." if row.may_apply_on else ""
    return f"**{text.due(row.due_on)}** {name} {marks(row)} · {_sure(row)}.{plan}{other}"


def marks(row: CaseDeadline) -> str:
    """Named badges: missed, past its limit, closed, at risk, clock paused, date changed by hand."""
    found = []
    if is_past(row):
        found.append(":red-badge[missed]" if row.whose == Whose.OURS else ":orange-badge[past its limit]")
    if has_closed(row):
        found.append(":gray-badge[has closed]")
    if is_at_risk(row):
        found.append(":red-badge[at risk: no plan confirmed]")
    if row.paused_from and not row.paused_to:
        found.append(":gray-badge[clock paused]")
    if row.moved_from:
        found.append(":gray-badge[date changed by hand]")
    if row.asks_since:
        found.append(":orange-badge[rule changed: ask a lead]")
    return " ".join(found)


def is_past(row: CaseDeadline) -> bool:
    """Not done by the end of its day. Never a window: past its day it has closed, and nobody missed anything."""
    return not row.is_window and not row.is_settled and row.due_on < clock.today()


def has_closed(row: CaseDeadline) -> bool:
    return row.is_window and not row.is_settled and row.due_on < clock.today()


def is_at_risk(row: CaseDeadline) -> bool:
    """The condition of that name, for one deadline."""
    left = (row.due_on - clock.today()).days
    return row.is_hard and not row.plan and not row.is_settled and 0 <= left <= settings().limits.at_risk_days


def cards(person: Person, case: CaseDetail) -> None:
    """Deadlines that still run, by process, each with its rule and what can be done about it; then the others."""
    reference = store.words(person)
    processes = {row.id: reference.processes[row.process] for row in case.processes} | {None: "Other deadlines"}
    live = [row for row in case.deadlines if not row.is_settled and not has_closed(row)]
    for process_id, heading in processes.items():
        rows = [row for row in live if row.case_process_id == process_id]
        if rows:
            st.markdown(f"### {heading}", anchors=False)
        for row in rows:
            with st.container(border=True, gap="xsmall"):
                _card(case, row, reference.rules)
    if not live:
        st.caption("No deadline is running.")
    if settled := [row for row in case.deadlines if row not in live]:
        with st.expander(f"Met, closed or no longer applying: {len(settled)}"):
            st.markdown("\n".join(f"- {line(row)}" for row in settled))


def _card(case: CaseDetail, row: CaseDeadline, rules: Rules) -> None:
    rule = rules.get(row.rule or "")
    st.markdown(f"**{text.due(row.due_on)}** {marks(row)}  \n{text.plain(row.name)}")
    st.caption("  \n".join(_small(case, row, rule, rules)))
    with st.container(horizontal=True, gap="small"):
        if rule:
            with st.popover(
                "Rule and source", icon=":material/gavel:", key=store.key(f"rule_of_{case.reference}_{row.id}")
            ):
                st.markdown("\n\n".join(_rule(case, row, rule)))
        if is_past(row) and row.whose == Whose.BODY and row.kind != DeadlineKind.TYPICAL:
            delay_findings.delay_button(case, row)
    delay_findings.delay_finding(case, row, rule)


def _small(case: CaseDetail, row: CaseDeadline, rule: Rule | None, rules: Rules) -> list[str]:
    told = [f"{_kind(row).capitalize()} · {_sure(row)}"]
    if row.is_window:
        told.append(WINDOW)
    if rule and rule.certainty != Certainty.CONFIRMED:
        told.append("The rule itself is **unconfirmed**.")
    if row.plan:
        told.append(f"Plan: {text.plain(row.plan)}")
    tellers: tuple[Callable[[], str], ...] = (
        lambda: _may_apply(row, rules),
        lambda: _pause(case, row, rule, rules),
        lambda: _by_hand(row),
    )
    told += [said for tell in tellers if (said := tell())]
    if row.previous_id:
        told.append(f"Follows the review of {text.day(row.trigger_on)}.")
    if row.chain_ended_on:
        told.append(f"Exclusion lifted on {text.day(row.chain_ended_on)}; this review was due before that.")
    return told


def _may_apply(row: CaseDeadline, rules: Rules) -> str:
    other = rules.get(row.may_apply_rule or "")
    if other is None:
        return ""
    sure = "" if other.certainty == Certainty.CONFIRMED else " Unconfirmed."
    return f"May apply: {text.plain(other.label)}, {text.day(row.may_apply_on)}. {text.plain(other.text)}{sure}"


def _pause(case: CaseDetail, row: CaseDeadline, rule: Rule | None, rules: Rules) -> str:
    if not row.paused_from:
        return ""
    pause = Pause(row.paused_from, row.paused_to)
    last = pause_end(rules, rule, pause.begun, nation=case.nation) if rule else None
    longest = f", until {text.day(last)} at the latest" if last else ""
    if pause.ended is None:
        return (
            f"Clock paused since {text.day(pause.begun)}{longest}. Until you record when it restarted, this is the "
            "date without the pause, which is earlier and safer."
        )
    without = f"Without the pause: {text.day(row.rule_due_on)}."
    return f"Clock paused from {text.day(pause.begun)} to {text.day(pause.ended)}{longest}. {without}"


def _by_hand(row: CaseDeadline) -> str:
    if not row.moved_from:
        return ""
    return f"Date changed by hand from {text.day(row.moved_from)}: {text.plain(row.moved_reason or '')}"


def _rule(case: CaseDetail, row: CaseDeadline, rule: Rule) -> list[str]:
    told = [f"**{text.plain(rule.label)}** ({rule.code})", text.plain(rule.text)]
    told += [text.plain(said) for said in delay_findings.working_out(case, row, rule)]
    told.append(f"Counts from {text.plain(rule.counts_from)}.")
    days = (("sent", row.sent_on), ("received", row.received_on))
    if known := [f"{word} {text.day(on)}" for word, on in days if on]:
        told.append(f"{', '.join(known).capitalize()}; counted from {text.day(row.trigger_on)}.")
    sure = Certainty(rule.certainty).label
    told.append(f"Source: {text.plain(rule.source)}. Checked {text.day(rule.checked_on)}. {sure}.")
    return told


def _kind(row: CaseDeadline) -> str:
    return f"{row.kind.label.lower()}, {row.whose.label.lower()}"


def _sure(row: CaseDeadline) -> str:
    who = row.confirmed_by
    return f"confirmed by {text.plain(who)}" if who else CONFIRM
