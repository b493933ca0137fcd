"""What a case led to: outputs that rest on it, and what came of approaching bodies for the doctor."""

from collections.abc import Iterator

import streamlit as st

from dashboard import store
from dashboard.ui import forms, text
from dashboard.ui.folds import fold
from db import clock
from db.commands.advocacy import note_advocacy
from db.queries.case_detail import CaseDetail
from db.queries.outputs import Approach, LedTo
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.outputs import KINDS, RESULTS


def results(person: Person, case: CaseDetail) -> None:
    found, words = store.case_results(person, case.reference), store.words(person)
    lines = [*(_output(words, row) for row in found.outputs), *(_approach(words, row) for row in found.approaches)]
    if not lines:
        st.caption("Nothing yet. Letters and meetings for the doctor, and outputs that rest on this case, stand here.")
        return
    st.markdown("\n".join(f"- {line}" for line in lines))
    if found.approaches:
        fold(
            "Record a reply to what was sent",
            lambda: _reply(person, case, found.approaches),
            about=case.reference,
            icon=":material/mark_email_read:",
        )


def _output(words: Reference, row: LedTo) -> str:
    kind, result = words.terms[KINDS].get(row.kind, row.kind), words.terms[RESULTS].get(row.result or "")
    parts = [f"**{text.plain(row.title)}**", text.plain(kind), row.status.label.lower()]
    parts += [text.day(row.sent_on)] if row.sent_on else []
    return " · ".join([*parts, *([f"result: {text.plain(result)}"] if result else [])])


def _approach(words: Reference, row: Approach) -> str:
    what = words.terms["advocacy"].get(row.code, row.code)
    return " · ".join([f"**{text.plain(what)}**", *_what_came(words, row)]) + f"  \n  :gray[{text.plain(row.text)}]"


def _what_came(words: Reference, row: Approach) -> Iterator[str]:
    yield f"sent {text.day(row.sent_on)}" if row.sent_on else f"recorded {text.day(row.on)}"
    result = words.terms[RESULTS].get(row.result or "")
    if row.replied_on or row.reply or result:
        on = f" {text.day(row.replied_on)}" if row.replied_on else ""
        yield f"reply{on}: {text.plain(row.reply or 'not in words')}"
        yield f"result: {text.plain(result or 'none yet')}"
    elif row.expected_on:
        yield f"reply expected {text.due(row.expected_on)}"
    else:
        yield "no reply recorded"


def _reply(person: Person, case: CaseDetail, rows: tuple[Approach, ...]) -> None:
    words, by_id = store.words(person), {row.entry_id: row for row in rows}
    kinds, results = words.terms["advocacy"], words.terms[RESULTS]
    with forms.form(f"advocacy_{case.reference}", case=case) as form:
        chosen = form.choice(
            "entry_id",
            "To what",
            by_id,
            words=lambda id: kinds.get(by_id[id].code, by_id[id].code) if id in by_id else "?",
            more=lambda id: text.day(by_id[id].on) if id in by_id else "?",
            required=True,
        )
        sent = form.day("sent_on", "Sent on", required=True, most=clock.today())
        expected = form.day("expected_on", "Reply expected by")
        reply = form.area("reply", "What they replied")
        result = form.choice("result", "Result", results, words=results.get)
        replied = form.day("replied_on", "Replied on", most=clock.today())
        form.submit("Save")
    if form.has(sent_on=sent):
        form.save(
            note_advocacy,
            "Recorded.",
            entry_id=chosen or 0,
            seen_version=by_id[chosen].version if chosen in by_id else 0,
            sent_on=sent,
            expected_on=expected,
            reply=reply,
            result=result,
            replied_on=replied,
        )
