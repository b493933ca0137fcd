"""The history of a case: who looked, who opened the identity, who changed what, in plain words."""

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from dashboard import store
from dashboard.ui import text
from db.choices import AuditAction, ConsentPurpose, EntryKind, Evidence, HistoryKind, Stage
from db.queries.case_detail import CaseDetail
from db.queries.case_history import Happening
from db.queries.inbox import Notice
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.actions import ActionEnd

STEP = 30
# What an entry of the audit says. A function where the words depend on the details.
Told = Happening | Notice
Said = str | Callable[[Told, Reference], str]


def history(person: Person, case: CaseDetail) -> None:
    """Newest first, filtered by kind, a page at a time."""
    st.caption("Every look at this case and every change to it, for its team and leads. No page can alter this list.")
    kinds = st.pills(
        "Show",
        list(HistoryKind),
        selection_mode="multi",
        key=f"history_kinds_{case.reference}",
        format_func=lambda kind: text.one_of(kind.label),
        label_visibility="collapsed",
    )
    shown = st.session_state.setdefault(f"history_shown_{case.reference}", STEP)
    found = store.history(person, case.reference, tuple(kinds), shown)
    if not found:
        st.caption("Nothing of that kind yet.")
        return
    reference = store.words(person)
    st.markdown("\n".join(f"- {line(happening, reference)}" for happening in found[:shown]))
    if len(found) > shown and st.button("Show more", key=f"history_more_{case.reference}"):
        st.session_state[f"history_shown_{case.reference}"] = shown + STEP
        st.rerun()


def line(happening: Happening, reference: Reference) -> str:
    """“22 Nov 2026, 10:15 · Vik · raised the flag Crisis”."""
    what = what_was_done(happening, reference)
    why = f" · reason given: {text.plain(happening.reason)}" if happening.reason else ""
    return f"**{text.moment(happening.at)}** · {text.plain(happening.who or 'The system')} · {what}{why}"


def what_was_done(told: Told, reference: Reference) -> str:
    """“raised the flag Crisis”: words that follow a person's name."""
    said = SAID.get(told.action, "made a change")
    return said if isinstance(said, str) else said(told, reference)


def _about(told: Told) -> str:
    return text.plain(told.about or "somebody")


def _day(told: Told, name: str) -> str:
    day = told.details.get(name)
    return text.day(date.fromisoformat(day) if day else None)


def _stage(code: Any) -> str:
    return Stage(code).label if code in list(Stage) else "another stage"


def _answered(told: Told, _: Reference) -> str:
    # Rows of an earlier version say only that there was an answer.
    if "accepted" not in told.details:
        return "answered the offer of a place"
    return f"{'accepted' if told.details['accepted'] else 'declined'} the place offered"


def _finished(told: Told, _: Reference) -> str:
    how = ActionEnd.DROPPED if told.details.get("dropped") else ActionEnd.DONE
    return f"noted an action of {_about(told)} as {how.label.lower()}"


def _answered_action(told: Told, _: Reference) -> str:
    done = "took on" if told.details.get("accepted") else "declined"
    return f"{done} an action of {_about(told)}"


def _updated(told: Told, _: Reference) -> str:
    to = told.details.get("moved_to")
    return f"saved a status update, and moved the case to {_stage(to)}" if to else "saved a status update"


def _moved(told: Told, _: Reference) -> str:
    came_from, to = told.details.get("came_from"), told.details.get("to")
    if came_from is None:
        return f"began the case at {_stage(to)}"
    return f"moved the case from {_stage(came_from)} to {_stage(to)}"


def _entry(told: Told, _: Reference) -> str:
    kind = told.details.get("kind")
    if told.details.get("corrects_id"):
        return "corrected an entry of the timeline"
    return f"added to the timeline: {EntryKind(kind).label.lower() if kind in list(EntryKind) else 'an entry'}"


def _consent(told: Told, _: Reference) -> str:
    purpose = told.details.get("purpose")
    words_of = ConsentPurpose(purpose).label.lower() if purpose in list(ConsentPurpose) else "a purpose"
    return f"recorded the doctor’s {'consent' if told.details.get('given') else 'refusal'}: {words_of}"


def _finding(told: Told, reference: Reference) -> str:
    code, level = str(told.details.get("code", "")), told.details.get("evidence")
    label = reference.findings.get(code, ("", ""))[1]
    evidence = f" ({Evidence(level).label.lower()})" if level in list(Evidence) else ""
    return f"coded the finding {text.plain(f'{code} {label}'.strip())}{evidence}"


def _flag(done: str) -> Callable[[Told, Reference], str]:
    def said(told: Told, reference: Reference) -> str:
        code = str(told.details.get("code", ""))
        return f"{done} the flag {text.plain(reference.terms['flag'].get(code, code))}"

    return said


def _process(done: str) -> Callable[[Told, Reference], str]:
    def said(told: Told, reference: Reference) -> str:
        code = str(told.details.get("process", ""))
        return f"{done} {text.plain(reference.processes.get(code, code))}"

    return said


def _seems(told: Told, _: Reference) -> str:
    sign = "" if told.details.get("is_strong") else " (the same name, another contact)"
    return f"took down a case that may be the same doctor’s{sign} as {' and '.join(told.others)}"


def _with(words_before: str) -> Callable[[Told, Reference], str]:
    return lambda told, _: f"{words_before} {' and '.join(told.others)}"


SAID: dict[str, Said] = {
    AuditAction.VIEW: "viewed the case",
    AuditAction.IDENTITY: "opened the doctor’s identity",
    "open_case": "took the case down",
    "update_status": _updated,
    "note_no_change": "saved a status update: no change",
    "ask_update": "asked for a status update",
    "mark_for_meeting": "marked the case for the next meeting",
    "clear_meeting_mark": "took the case off the next meeting",
    "next_action": lambda h, _: f"set an action, for {_about(h)}, due {_day(h, 'due_on')}",
    "finish_action": _finished,
    "snooze_action": lambda h, _: f"moved an action of {_about(h)} to {_day(h, 'due_on')}",
    "offer_action": lambda h, _: f"offered to hand an action over to {_about(h)}",
    "answer_action_offer": _answered_action,
    "take_back_action": lambda h, _: f"took back the offer of an action to {_about(h)}",
    "pass_on_action": lambda h, _: f"passed an action on to {_about(h)}",
    "stage": _moved,
    "add_entry": _entry,
    "add_finding": _finding,
    "add_process": _process("added the process"),
    "move_process": _process("moved on or ended the process"),
    "add_process_stage": _process("added an earlier stage of the process"),
    "correct_process_stage": _process("corrected the days of a stage of the process"),
    "answer_checklist": _process("answered questions of the fairness checklist:"),
    "add_deadline": lambda h, _: f"added a deadline, due {_day(h, 'due_on')}",
    "change_deadline": lambda h, _: "noted a deadline as met" if h.details.get("met") else "changed a deadline",
    "move_deadline": lambda h, _: f"changed a deadline by hand, now due {_day(h, 'due_on')}",
    "pause_deadline": lambda h, _: f"recorded that a clock stopped, now due {_day(h, 'due_on')}",
    "next_review": lambda h, _: f"made the next review, due {_day(h, 'due_on')}",
    "end_reviews": lambda h, _: f"ended a chain of reviews, lifted on {_day(h, 'lifted_on')}",
    "answer_rule_change": lambda h, _: f"answered for a deadline whose rule has changed, due {_day(h, 'due_on')}",
    "raise_flag": _flag("raised"),
    "clear_flag": _flag("cleared"),
    "begin_waiting": lambda h, _: f"noted that the case waits, to be chased on {_day(h, 'chase_on')}",
    "end_waiting": "noted that the waiting is over",
    "record_consent": _consent,
    "offer_case": lambda h, _: f"offered a place to {_about(h)}",
    "offer_handover": lambda h, _: f"offered the case on to {_about(h)}; the case lead stays until they accept",
    "interim_contact": lambda h, _: f"made {_about(h)} the interim contact",
    "owe_debrief": lambda h, _: f"noted that {_about(h)} is owed a debrief",
    "record_debrief": lambda h, _: f"recorded the debrief of {_about(h)}",
    "answer_offer": _answered,
    "end_assignment": lambda h, _: f"ended the place of {_about(h)}",
    "end_barred_place": lambda h, _: f"ended the place of {_about(h)}: a conflict of interest",
    "left_behind": lambda h, _: f"noted that {_about(h)} has left, and the case is to be handed over",
    AuditAction.KEPT: "kept words that seem to be personal data",
    "add_document": "noted where a document is kept",
    "withdraw_document": "withdrew a document",
    "redact_words": "took words out of the case for good",
    "name_party": "noted somebody named in the case, for the conflict check",
    "conflict_found": lambda h, _: f"found that {_about(h)} has a conflict",
    "note_conflict": lambda h, _: f"looked at the conflict found for {_about(h)}",
    "ask_exception": lambda h, _: f"asked that {_about(h)} may see the case until {_day(h, 'ends_on')}",
    "agree_exception": lambda h, _: f"agreed that {_about(h)} may see the case",
    "end_exception": lambda h, _: f"refused or ended the exception for {_about(h)}",
    "seems_same_doctor": _seems,
    "seems_same_matter": _with("took down a case that faces the same at the same body as"),
    "same_doctor": _with("said that this is the same doctor as in"),
    "two_doctors": _with("said that this is another doctor than in"),
    "undo_same_doctor": _with("took back the answer whether this is the same doctor as in"),
    "see_bodies": "was shown which organisation the case is about, before answering",
    "answer_cover": "said that they know of no conflict, and covers",
    "declare_conflict": "has or had a link to the organisation, and is recused",
    "match_body": "matched the organisation to one on the list",
    "remove_party": "took off a name that was noted for the conflict check",
    "ask_approval": "asked a second lead to agree that a name is taken off",
    "settle_approval": "answered what another asked: to take off a name",
    "done_alone": "did this as the only lead: to take off a name",
    "no_lead_may_see": "noted that no lead may see this case now",
    "recuse": lambda h, _: f"noted that {_about(h)} is recused",
}
