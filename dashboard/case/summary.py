"""How one case is shown: its head, facts, processes, flags, findings and timeline."""

import streamlit as st

from dashboard import store
from dashboard.case import deadlines, entries
from dashboard.ui import text
from dashboard.ui.options import told_apart
from db.choices import Condition, EntryKind, FindingKind, Whose
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CodedFinding
from db.queries.my_cases import OwnCase
from db.queries.session import Person
from db.queries.timeline import Line
from db.rules.words import many

STEP = 30


def head(person: Person, case: CaseDetail) -> None:
    """Its stage and conditions, what is next, by when, and who is on it."""
    reference = store.words(person)
    badges = [text.stage_badge(case.stage)]
    badges += [text.flag_badge(reference, code) for code in case.flags]
    badges += condition_badges(case)
    st.title(case.reference)
    st.markdown(" ".join(badges))
    with st.container(border=True):
        st.markdown("  \n".join(_head_lines(case)))


def condition_badges(case: CaseDetail | OwnCase) -> list[str]:
    """One for each condition. The one about news says for how long there has been none."""
    return [
        f":{text.condition_colour(condition)}-badge[No news for {many(case.days_without_news, 'day')}]"
        if condition is Condition.STALLED
        else text.condition_badge(condition)
        for condition in sorted(case.conditions)
    ]


def _head_lines(case: CaseDetail) -> list[str]:
    deadline, is_open = "none recorded", case.stage.is_open
    if case.next_deadline:
        name, due, whose = case.next_deadline
        deadline = f"**{text.plain(name)}**, {text.due(due)}, {_whose(whose)}"
    if case.coming:
        name, due, whose = case.coming
        deadline += f"; then **{text.plain(name)}**, {text.due(due)}, {_whose(whose)}"
    second = [
        text.plain(p.name) for p in case.places if p.status.value == "accepted" and p.volunteer_id != case.lead_id
    ]
    lead = text.plain(case.lead_name or "")
    who = (lead or ("**none yet**" if is_open else "none")) + (f" · with {', '.join(second)}" if second else "")
    lines = [f":material/event: Next deadline: {deadline}"] if is_open or case.next_deadline else []
    if case.full and (is_open or case.next_action):
        lines.append(f":material/arrow_forward: Next action: {_action_words(case)}")
    if case.full or case.unallocated:
        lines.append(f":material/person: Case lead: {who}")
    lines += [
        f":material/hourglass_top: Waiting for **{text.plain(row.on_whom)}** since {text.day(row.since)}, "
        f"follow-up {text.due(row.chase_on)}"
        for row in case.waiting
    ]
    if case.for_meeting:
        why, who, at = case.for_meeting
        lines.append(
            f":material/groups: For the next meeting: {text.plain(why)} ({text.plain(who)}, {text.moment(at)})"
        )
    if case.update_asked:
        who, at = case.update_asked
        lines.append(f":material/forum: {text.plain(who)} asked for an update, {text.moment(at)}")
    reached = f"doctor last reached {text.day(case.reached_on)}" if case.reached_on else "doctor not reached yet"
    days = many(case.days_in_stage, "day")
    since = f"{days} in {case.stage.label}" if is_open else f"{case.stage.label} for {days}"
    since = f"{since} · opened {text.day(case.opened_on)}"
    return [*lines, f":material/schedule: {since}" + (f" · {reached}" if case.full else "")]


def _whose(whose: Whose) -> str:
    return whose.label.lower()


def _action_words(case: CaseDetail) -> str:
    action = case.next_action
    if action is None:
        return "none"
    due, owner = action.due_on, text.plain(action.owner or "")
    return f"**{text.plain(action.text)}**, {owner}, {text.due(due)}"


def facts(person: Person, case: CaseDetail) -> None:
    """The card's facts for everybody; summary, organisation and the rest for whoever may open the case."""
    terms = store.words(person).terms
    table = {
        "Kind of organisation": terms["body_kind"].get(case.body_kind, case.body_kind),
        "Region": terms["region"].get(case.region, case.region),
        "Processes": ", ".join(case.process_codes) or "none",
    }
    if case.full:
        st.markdown(text.plain(case.summary))
        named = text.plain(case.body or "not known")
        table = {"Organisation": named if case.is_matched else f"{named} :orange-badge[not matched yet]"} | table
        table["Grade"] = terms["grade"].get(case.grade, case.grade)
        table["Specialty group"] = terms["specialty_group"].get(case.specialty_group, case.specialty_group)
        table["Workload points"] = str(case.points)
        table["Representation"] = case.representation
        table["Grounds alleged"] = ", ".join(terms["ground"].get(g, g) for g in case.grounds) or "none recorded"
    st.markdown("  \n".join(f":gray[{name}:] {value}" for name, value in table.items()))
    if case.full:
        st.caption("The doctor’s name and safe contact are under “Team and consent”.")


def processes(person: Person, case: CaseDetail) -> None:
    """Each process with its deadlines, then those of the case as a whole."""
    reference = store.words(person)
    for row in case.processes:
        step = reference.process_stages[row.process].get(row.stage, row.stage)
        ended = f", ended {text.day(row.ended_on)}" if row.ended_on else ""
        body = f" · {text.plain(row.body)}" if row.body else ""
        head = f"**{reference.processes[row.process]}**: {step}{ended}{body} · started {text.day(row.started_on)}"
        st.markdown("\n- ".join([head, *_deadline_lines(case, row.id)]))
    if not case.processes:
        st.caption("No process recorded.")
    if others := _deadline_lines(case, None):
        st.markdown("\n- ".join(["**Other deadlines**", *others]))


def _deadline_lines(case: CaseDetail, process_id: int | None) -> list[str]:
    return [deadlines.line(row) for row in case.deadlines if row.case_process_id == process_id]


def flags(person: Person, case: CaseDetail) -> None:
    """Why each flag is raised, and when to review it."""
    for flag in case.raised:
        badge, review = text.flag_badge(store.words(person), flag.code), flag.review_on
        when = f"raised {text.moment(flag.set_at)} · review {text.due(review)}"
        st.markdown(f"{badge} {text.plain(flag.why)}  \n:gray[{when}]")


def findings(case: CaseDetail) -> None:
    """By kind, each with its evidence, its process, its quarter and the doctor's view."""
    for kind in FindingKind:
        rows = [_finding_line(row) for row in case.findings if row.kind == kind]
        st.markdown("\n- ".join([f"**{kind.label}**", *(rows or [":gray[none recorded]"])]))


def _finding_line(row: CodedFinding) -> str:
    parts = [f"{row.code} {text.plain(row.label)}", f"**{row.evidence.label}**"]
    parts += [row.process] if row.process else []
    parts += [row.quarter, row.doctor_view.label, f"coded by {text.plain(row.coded_by or 'import')}"]
    parts += [f"second coder {text.plain(row.second)}"] if row.second else []
    return " · ".join(parts) + (f"  \n{text.plain(row.note)}" if row.note else "")


def timeline(person: Person, case: CaseDetail) -> None:
    """Newest first, filtered by kind, a page at a time."""
    kinds = st.pills(
        "Show",
        list(EntryKind),
        selection_mode="multi",
        key=f"kinds_{case.reference}",
        format_func=lambda kind: text.one_of(kind.label),
        label_visibility="collapsed",
    )
    shown = st.session_state.setdefault(f"shown_{case.reference}", STEP)
    lines = store.timeline(person, case.reference, tuple(kind.value for kind in kinds), shown)
    labels = store.words(person).terms
    for line in lines[:shown]:
        st.markdown(_entry(line, labels))
    if not lines:
        st.caption("Nothing here yet.")
    if len(lines) > shown and st.button("Show earlier entries", key=f"more_{case.reference}"):
        st.session_state[f"shown_{case.reference}"] = shown + STEP
        st.rerun()
    own = [line for line in lines[:shown] if line.kind != EntryKind.SYSTEM]
    if own:
        with st.expander("Correct an entry"):
            texts = {line.id: f"{text.moment(line.at)}: {line.text[:60]}" for line in own}
            chosen = st.selectbox(
                "Entry",
                list(texts),
                key=f"correct_{case.reference}",
                format_func=told_apart(texts, lambda id: texts.get(id, "?")),
            )
            if chosen is not None:
                entries.correction_form(case, chosen)


def _entry(line: Line, labels: dict[str, dict[str, str]]) -> str:
    head = [f"**{text.moment(line.at)}**", line.kind.label, text.plain(line.author or "Import")]
    if line.contact is not None:
        head.append(line.contact.label)
    if line.code and line.kind is not EntryKind.UPDATE:
        head.append(labels.get(line.kind.value, {}).get(line.code, line.code))
    if line.wellbeing is not None:
        head.append(f"wellbeing {line.wellbeing.label.lower()}")
    if line.redacted_at:
        who = f"{text.plain(line.redacted_by or 'somebody')} on {text.moment(line.redacted_at)}"
        head.append(f"redacted by {who}: {text.plain(line.redacted_why or '')}")
    if line.corrects_id:
        head.append("corrects an earlier entry")
    rows = [" · ".join(head), text.plain(line.text)]
    rows += [
        f"{label}: {text.plain(value)}"
        for label, value in (("Blocked by", line.blocked_by), ("Help wanted", line.help_wanted))
        if value
    ]
    return "  \n".join(rows)
