"""The forms of outputs: planning one, its sentences, signing it, and what became of it."""

from collections.abc import Mapping
from datetime import date

from dashboard import store
from dashboard.ui import definitions, forms
from dashboard.ui.forms import Fields, Form
from db import clock
from db.commands.claims import add_claim, change_claim, remove_claim, settle_claim
from db.commands.learnings import THEME
from db.commands.outputs import (
    change_output,
    drop_output,
    note_output_result,
    plan_output,
    ready_output,
    release_output,
)
from db.queries.outputs import ClaimLine, Lesson, OutputDetail
from db.queries.session import Person
from db.rules.outputs import KINDS, RESULTS

MOST_SHOWN = 110


def plan(person: Person) -> None:
    words = store.words(person)
    kinds = words.terms[KINDS]
    with forms.form("output_plan") as form:
        kind = form.choice("kind", "Kind", kinds, words=kinds.get, required=True)
        definitions.under(words, KINDS, kinds, kind, about=form.key)
        said = _head(form, person, None)
        form.submit("Plan it")
    form.save(plan_output, "Planned. Add its sentences on its page.", kind=kind or "", **said)


def change(person: Person, detail: OutputDetail) -> None:
    with forms.form(f"output_change_{detail.line.id}") as form:
        said = _head(form, person, detail)
        form.submit("Save")
    form.save(change_output, "Saved. It is to be found ready again.", **_seen(detail), **said)


def _head(form: Form, person: Person, detail: OutputDetail | None) -> Fields:
    people = store.caseworkers(person)
    owners = list(people)
    owner = detail.owner_id if detail else person.id
    title = form.text("title", "What it is called", required=True, value=detail.line.title if detail else "", most=300)
    whom = form.text("to_whom", "To whom", value=detail.line.to_whom if detail else "", help="A body, never a person.")
    index = owners.index(owner) if owner in owners else None
    owner_id = form.choice("owner_id", "Owner", owners, words=people.get, required=True, index=index)
    due = form.day("due_on", "By when", required=True, value=detail.line.due_on if detail else None)
    return {"title": title, "to_whom": whom, "owner_id": owner_id, "due_on": due}


def claim(person: Person, detail: OutputDetail, now: ClaimLine | None = None) -> None:
    """A sentence, and what it rests on."""
    lessons = {one.id: one for one in store.lessons(person)}
    themes = store.words(person).terms[THEME]
    codes = definitions.findings_of(store.words(person))
    name = f"claim_{now.id}" if now else f"claims_{detail.line.id}"
    with forms.form(name, border=now is None) as form:
        words = form.area("text", "The sentence", required=True, value=now.text if now else "")
        rests = form.several(
            "learning_ids",
            "Lessons it comes from",
            lessons,
            words=lambda id: _short(lessons[id], themes) if id in lessons else "?",
            default=now.learnings if now else (),
        )
        coded = form.several(
            "findings",
            "Findings it comes from",
            codes,
            words=codes.get,
            help="As counted in the latest signed release. Write no other number of doctors.",
            default=now.released if now else (),
        )
        form.submit("Save the sentence")
    said: Fields = {"text": words, "learning_ids": rests, "findings": coded}
    if now is None:
        form.save(add_claim, "Sentence added.", output_id=detail.line.id, **said)
    else:
        form.save(change_claim, "Sentence saved.", claim_id=now.id, seen_version=now.version, **said)


def take_out(now: ClaimLine) -> None:
    with forms.form(f"claim_out_{now.id}", border=False) as form:
        form.submit("Take it out", main=False)
    form.save(remove_claim, "Taken out.", claim_id=now.id)


def settle(now: ClaimLine) -> None:
    with forms.form(f"claim_settle_{now.id}", border=False) as form:
        how = form.text("reason", "What was done", required=True, placeholder="Asked the editor to take it down")
        form.submit("Save")
    form.save(settle_claim, "Recorded.", claim_id=now.id, reason=how)


def ready(detail: OutputDetail) -> None:
    with forms.form(f"output_ready_{detail.line.id}", border=False) as form:
        form.submit("It is ready: ask a second person to sign")
    form.save(ready_output, "Ready. A lead can sign it now.", **_seen(detail))


def sign(detail: OutputDetail) -> None:
    with forms.form(f"output_sign_{detail.line.id}") as form:
        sent = form.day("sent_on", "Sent or published on", required=True, value=clock.today(), most=clock.today())
        form.submit("Sign and release")
    if form.has(sent_on=sent):
        form.save(release_output, "Released. It changes no more.", **_seen(detail), sent_on=sent)


def result(person: Person, detail: OutputDetail) -> None:
    results = store.words(person).terms[RESULTS]
    with forms.form(f"output_result_{detail.line.id}") as form:
        reply, code, on = _reply_fields(form, results, detail.reply, detail.line.result)
        form.submit("Save")
    form.save(note_output_result, "Recorded.", **_seen(detail), reply=reply, result=code, replied_on=on)


def _reply_fields(
    form: Form, results: dict[str, str], reply: str, code: str | None
) -> tuple[str, str | None, date | None]:
    words = form.area("reply", "What they replied", value=reply)
    index = list(results).index(code) if code in results else None
    chosen = form.choice("result", "Result", results, words=results.get, index=index)
    return words, chosen, form.day("replied_on", "Replied on", most=clock.today())


def drop(detail: OutputDetail) -> None:
    with forms.form(f"output_drop_{detail.line.id}", border=False) as form:
        why = form.text("reason", "Why", required=True)
        form.submit("Give it up", main=False)
    form.save(drop_output, "Given up.", **_seen(detail), reason=why)


def _seen(detail: OutputDetail) -> Fields:
    return {"output_id": detail.line.id, "seen_version": detail.version}


def _short(lesson: Lesson, themes: Mapping[str, str]) -> str:
    words = f"{themes.get(lesson.theme, lesson.theme)}: {lesson.text}"
    return words if len(words) <= MOST_SHOWN else f"{words[:MOST_SHOWN].rstrip()}…"
