"""Each process as a strip: where it is, what comes next and by when, what it came to; then the limits and dates of each
stage."""

import streamlit as st

from dashboard import store
from dashboard.case import deadlines, outcome_text, pathway_axis, pathway_chart
from dashboard.case import pathway_text as told
from dashboard.ui import organisation_link, text
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CaseDeadline
from db.queries.pathways import Pathway
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.pathways import Spell, spells
from db.rules.words import many

SHOWN_DONE = 2


def strips(person: Person, case: CaseDetail, found: list[Pathway]) -> None:
    """A strip for each process, those under way first."""
    reference = store.words(person)
    for pathway in found:
        with st.container(border=True, gap="xsmall"):
            _strip(person, case, pathway, reference)
    if not found:
        st.caption("No process recorded. Add one below to see its stages, dates and rules here.")


def time_axis(person: Person, case: CaseDetail, found: list[Pathway]) -> None:
    """All processes on one axis, if there are any."""
    axis = pathway_axis.axis_of(case, found, store.words(person))
    if axis is None:
        return
    st.markdown("**All processes on one time axis**")
    dark = st.context.theme.type == "dark"
    st.vega_lite_chart(
        axis.data, pathway_chart.axis_spec(axis, dark=dark), theme="streamlit", alt=pathway_axis.axis_alt(axis)
    )
    beyond = f" Too far ahead to show: {text.plain('; '.join(axis.beyond))}." if axis.beyond else ""
    st.caption(
        "The dashed line is today. A thin bar is a stage that runs alongside the one above it. “?” means that the day "
        f"was not recorded.{beyond}"
    )


def _strip(person: Person, case: CaseDetail, pathway: Pathway, reference: Reference) -> None:
    labels = reference.process_stages[pathway.process]
    passed = spells(pathway.events, pathway.ended_on)
    now = next(spell for spell in passed if spell.is_now)
    code = next((row.body_code for row in case.processes if row.id == pathway.id), None)
    body = f" · {organisation_link.named(person, pathway.body, code)}" if pathway.body else ""
    coming = _coming(labels, passed, pathway)
    st.markdown(f"**{text.plain(reference.processes[pathway.process])}**{body}")
    usual = [stage for stage in coming if (pathway.process, stage) not in reference.asides]
    st.markdown(_badges(labels, passed, usual[:1], pathway))
    st.markdown("  \n".join(_head(case, pathway, labels, passed, now)))
    if outcomes := outcome_text.in_short(pathway, reference):
        st.markdown(outcomes)
    for lines in _limits(case, pathway, reference, now):
        st.markdown(lines)
    with st.expander(_fold_label(coming)):
        _all_stages(case, pathway, reference, passed, coming)


def _coming(labels: dict[str, str], passed: list[Spell], pathway: Pathway) -> list[str]:
    """Later stages that the process has not been at, in the usual order, which may not be the order they come in."""
    if pathway.ended_on:
        return []
    order, seen = list(labels), {spell.stage for spell in passed}
    at = order.index(pathway.stage) if pathway.stage in order else -1
    return [stage for stage in order[at + 1 :] if stage not in seen]


def _badges(labels: dict[str, str], passed: list[Spell], following: list[str], pathway: Pathway) -> str:
    before = [spell for spell in passed if not spell.is_now and not _goes_on_beside(spell)]
    steps = [f":gray-badge[{len(before) - SHOWN_DONE} earlier]"] if len(before) > SHOWN_DONE else []
    steps += [
        f":green-badge[:material/check: {_label(labels, spell.stage)}] {told.first_day(spell)}"
        for spell in before[-SHOWN_DONE:]
    ]
    steps += [f":orange-badge[Also: {_label(labels, spell.stage)}]" for spell in passed if _goes_on_beside(spell)]
    word = "Ended at" if pathway.ended_on else "Now"
    steps.append(f":{'gray' if pathway.ended_on else 'blue'}-badge[{word}: {_label(labels, pathway.stage)}]")
    steps += [f":gray-badge[Next: {_label(labels, stage)}]" for stage in following]
    return " → ".join(steps)


def _goes_on_beside(spell: Spell) -> bool:
    return spell.beside and spell.until is None


def _label(labels: dict[str, str], stage: str) -> str:
    return text.plain(labels.get(stage, stage))


def _head(case: CaseDetail, pathway: Pathway, labels: dict[str, str], passed: list[Spell], now: Spell) -> list[str]:
    if pathway.ended_on:
        return [
            f":material/flag_check: Ended {text.day(pathway.ended_on)}; at {_label(labels, now.stage)} {told.days(now)}"
        ]
    lines = [f":material/location_on: **{_label(labels, now.stage)}**, {told.days(now)}"]
    lines += [
        f":material/sync_alt: Alongside it: **{_label(labels, spell.stage)}**, {told.days(spell)}"
        for spell in passed
        if _goes_on_beside(spell)
    ]
    mine = [row for row in case.deadlines if row.case_process_id == pathway.id]
    live = [row for row in mine if not row.is_settled and not deadlines.has_closed(row)]
    late = [row for row in live if deadlines.is_past(row)]
    ahead = [row for row in live if row not in late]
    lines += [_by_when(row, "By when") for row in ahead[:1]]
    lines += [_by_when(row, "Past its date") for row in late[:1]]
    if len(late) > 1:
        lines[-1] += f" and {len(late) - 1} more past their dates"
    return lines if live else [*lines, ":material/event: By when: no date recorded"]


def _by_when(row: CaseDeadline, head: str) -> str:
    whose = "hearing" if row.is_hearing else row.whose.label.lower()
    name = text.plain(row.name)
    return f":material/event: {head}: **{text.due(row.due_on)}** {name}, {whose} {deadlines.marks(row)}".rstrip()


def _limits(case: CaseDetail, pathway: Pathway, reference: Reference, now: Spell) -> list[str]:
    """The limits of the stage it is at, and how long it has lasted compared with them."""
    lines = []
    for rule in told.rules_of_stage(reference.rules, pathway.process, now, case.nation):
        over = told.lasted(case, rule, now)
        lines.append(f":material/gavel: :small[{told.limit(rule)}{f' · {over}' if over else ''}]")
    return lines


def _fold_label(coming: list[str]) -> str:
    more = f" · {many(len(coming), 'stage')} may follow" if coming else ""
    return f"Stages, rules and dates{more}"


def _all_stages(
    case: CaseDetail, pathway: Pathway, reference: Reference, passed: list[Spell], coming: list[str]
) -> None:
    labels, seen = reference.process_stages[pathway.process], {spell.stage for spell in passed}
    shown: set[str] = set()
    for spell in passed:
        icon = "location_on" if spell.is_now else "sync_alt" if _goes_on_beside(spell) else "check"
        st.markdown(f":material/{icon}: **{_label(labels, spell.stage)}**, {told.days(spell)}")
        if lines := _limits_and_dates(case, pathway, reference, spell, again=spell.stage in shown):
            st.markdown("\n".join(f"- {line}" for line in lines))
        shown.add(spell.stage)
    order = list(labels)
    at = order.index(pathway.stage) if pathway.stage in order else 0
    if skipped := [_label(labels, stage) for stage in order[:at] if stage not in seen]:
        st.caption(f"Not recorded: {', '.join(skipped)}.")
    if coming:
        st.caption(f"May follow, in the usual order: {', '.join(_label(labels, stage) for stage in coming)}.")


def _limits_and_dates(
    case: CaseDetail, pathway: Pathway, reference: Reference, spell: Spell, *, again: bool
) -> list[str]:
    """The rules with their sources, then the deadlines: only once for a stage that the process went back to."""
    lines = []
    for rule in told.rules_of_stage(reference.rules, pathway.process, spell, case.nation):
        over = told.lasted(case, rule, spell)
        lines.append(told.limit(rule, source=not again) + (f"  \nThis stage: {over}" if over else ""))
    if again:
        return lines
    rows = told.deadlines_of(case, reference, pathway.id, spell.stage, is_now=spell.is_now)
    return lines + [told.done(row) for row in rows]
