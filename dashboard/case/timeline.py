"""The timeline of a case: what people wrote, stage moves, documents, findings, deadlines that passed; newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import streamlit as st

from dashboard import store
from dashboard.case import deadlines, entries, recorded
from dashboard.ui import choices, text
from dashboard.ui.folds import fold
from dashboard.ui.options import told_apart
from db import clock
from db.choices import EntryKind, TimelineKind, Wellbeing, Whose
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CodedFinding, StageMove
from db.queries.documents import Paper
from db.queries.reference import Reference
from db.queries.session import Person
from db.queries.timeline import STEP, Line

ICONS = {
    EntryKind.CONTACT: "call",
    EntryKind.DOCUMENT: "description",
    EntryKind.DECISION: "gavel",
    EntryKind.NOTE: "sticky_note_2",
    EntryKind.UPDATE: "edit_note",
    EntryKind.MEETING: "groups",
    EntryKind.SUPPORT: "volunteer_activism",
    EntryKind.ADVOCACY: "campaign",
    EntryKind.ACTION: "check",
    EntryKind.SYSTEM: "history",
}


@dataclass(frozen=True)
class Told:
    """One thing on the timeline: when, and its lines as Markdown, the first of which says when and what."""

    at: datetime
    lines: tuple[str, ...]

    def __str__(self) -> str:
        # Indented, so that a line or paragraph that somebody typed stays within its item.
        return "- " + "  \n".join(self.lines).replace("\n", "\n  ")


def timeline(person: Person, case: CaseDetail) -> None:
    """Filtered by kind, a page at a time."""
    st.markdown("## Timeline", anchors=False)
    labels = {kind.value: kind.label for kind in TimelineKind}
    chosen = choices.several(labels, key=f"kinds_{case.reference}", label="Show only")
    kinds = [TimelineKind(code) for code in chosen]
    shown = st.session_state.setdefault(f"shown_{case.reference}", STEP)
    # The case came with its first page.
    is_first = not kinds and shown == STEP
    lines = list(case.lines) if is_first else store.timeline(person, case.reference, tuple(kinds), shown)
    told = sorted(_all(case, lines, kinds, store.words(person)), key=lambda one: one.at, reverse=True)
    with st.container(key="case_timeline"):
        if told:
            st.markdown("\n".join(map(str, told[:shown])))
        else:
            st.caption(_empty(kinds))
    if len(told) > shown and st.button("Show earlier entries", key=f"more_{case.reference}"):
        st.session_state[f"shown_{case.reference}"] = shown + STEP
        st.rerun()
    own = [line for line in lines[:shown] if line.kind != EntryKind.SYSTEM]
    fold(
        "Correct an entry, or redact words",
        lambda: _correct_or_redact(case, own),
        about=case.reference,
        icon=":material/ink_eraser:",
    )


def _empty(kinds: list[TimelineKind]) -> str:
    if kinds:
        return "Nothing of this kind yet."
    return "Nothing yet. Updates, calls, decisions, documents and stage moves appear here, the newest first."


def _correct_or_redact(case: CaseDetail, own: list[Line]) -> None:
    if own:
        st.markdown("**Correct an entry**")
        _correct(case, own)
    st.markdown("**Permanently redact words**")
    entries.redaction_form(case)


def _correct(case: CaseDetail, own: list[Line]) -> None:
    texts = {line.id: f"{text.moment(line.at)}: {line.text[:60]}" for line in own}
    chosen = st.selectbox(
        "Entry",
        list(texts),
        key=f"correct_{case.reference}",
        format_func=told_apart(texts, lambda id: texts.get(id, "?")),
    )
    if chosen is not None:
        entries.correction_form(case, chosen)


def _all(case: CaseDetail, lines: list[Line], kinds: list[TimelineKind], reference: Reference) -> Iterator[Told]:
    """All of what the case holds, and as many entries as were read: the newest are then among these."""
    yield from (_entry(line, reference) for line in lines)
    updates = {line.text for line in lines if line.kind is EntryKind.UPDATE}
    if not kinds or TimelineKind.STAGE in kinds:
        yield from (_move(move, updates, reference) for move in case.moves)
    if not kinds or TimelineKind.DOCUMENT in kinds:
        yield from (_paper(paper, reference) for paper in case.papers)
    if not kinds or TimelineKind.FINDING in kinds:
        yield from (_finding(finding) for finding in case.findings)
    if not kinds or TimelineKind.DEADLINE in kinds:
        yield from _passed(case)


def _head(at: datetime, icon: str, kind: str, who: str | None, *more: str) -> str:
    return f":material/{icon}: **{text.moment(at)}** · {' · '.join([kind, text.plain(who or 'Import'), *more])}"


def _entry(line: Line, reference: Reference) -> Told:
    more = []
    if line.contact is not None:
        more.append(line.contact.label)
    if line.code and line.kind is not EntryKind.UPDATE:
        more.append(reference.terms.get(line.kind.value, {}).get(line.code, line.code))
    if line.wellbeing not in (None, Wellbeing.NOT_ASKED):
        more.append(f"wellbeing {line.wellbeing.label.lower()}")
    if line.redacted_at:
        who = f"{text.plain(line.redacted_by or 'somebody')} on {text.moment(line.redacted_at)}"
        more.append(f"redacted by {who}: {text.plain(line.redacted_why or '')}")
    if line.corrects_id:
        more.append("corrects an earlier entry")
    rows = [_head(line.at, ICONS[line.kind], line.kind.label, line.author, *more), text.plain(line.text)]
    rows += [
        f"{label}: {text.plain(value)}"
        for label, value in (("Blocked by", line.blocked_by), ("Help wanted", line.help_wanted))
        if value
    ]
    return Told(line.at, tuple(rows))


def _move(move: StageMove, updates: set[str], reference: Reference) -> Told:
    words = f"{move.from_stage.label} → {move.to_stage.label}" if move.from_stage else move.to_stage.label
    rows = [_head(move.at, "arrow_forward", "Stage move", move.by), f"**{words}**"]
    rows += recorded.lines(move.recorded, move.recorded, reference)
    # The update that made the move stands beside it.
    if move.reason and move.reason not in updates:
        rows.append(text.plain(move.reason))
    return Told(move.at, tuple(rows))


def _paper(paper: Paper, reference: Reference) -> Told:
    more = [reference.processes.get(paper.process, paper.process)] if paper.process else []
    more += [f"dated {text.day(paper.dated_on)}"] if paper.dated_on else []
    rows = [_head(paper.added_at, "description", "Document", paper.added_by, *more), text.plain(paper.description)]
    return Told(paper.added_at, tuple(rows))


def _finding(row: CodedFinding) -> Told:
    more = [row.evidence.label, *([row.process] if row.process else []), row.quarter]
    rows = [_head(row.coded_at, "find_in_page", "Finding", row.coded_by, *more)]
    rows += [f"{row.code} {text.plain(row.label)}", *([text.plain(row.note)] if row.note else [])]
    return Told(row.coded_at, tuple(rows))


def _passed(case: CaseDetail) -> Iterator[Told]:
    """Deadlines that nobody met by the end of their day, and windows that closed. What was met has its own entry."""
    for row in case.deadlines:
        if deadlines.is_past(row) or deadlines.has_closed(row):
            over = datetime.combine(row.due_on + timedelta(days=1), time(), clock.LONDON)
            said = "missed" if row.whose is Whose.OURS else "past its limit, not done"
            said = "this time has ended" if row.is_window else said
            icon = "event_available" if row.is_window else "event_busy"
            head = f":material/{icon}: **{text.day(row.due_on)}** · Deadline · {row.whose.label.lower()}"
            yield Told(over, (head, f"{text.plain(row.name)}: {said}"))
