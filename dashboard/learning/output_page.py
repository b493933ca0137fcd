"""One output: what it says, what each sentence rests on, whether it may go out, and what became of it."""

from collections.abc import Iterator

import streamlit as st

from dashboard import store
from dashboard.learning import output_forms as draw
from dashboard.ui import download, forms, text
from dashboard.ui.folds import fold
from dashboard.ui.text import heading
from db.choices import DownloadKind
from db.errors import NotFound
from db.queries.outputs import ClaimLine, OutputDetail
from db.queries.session import Person
from db.rules.outputs import KINDS, RESULTS, UNPUBLISHED, OutputStatus
from db.rules.words import many

GONE = "A doctor’s consent was taken back or ran out since it was released. Decide what to do, and say what was done."
PACK = "Its sentences, the released numbers behind them, how they were made, and what they can’t show."
RULE = (
    "Each sentence rests on lessons or findings. Each doctor behind a lesson must agree, here to "
    "“{purpose}”; lessons of {least} are needed. A number of doctors comes from a signed release alone."
)


def show(person: Person, asked: str) -> None:
    try:
        detail = store.output(person, asked)
    except NotFound as refusal:
        st.error(text.sentence(refusal.message), icon=":material/search_off:")
        return
    about = f"output_{detail.line.id}"
    _head(person, detail)
    heading("What it says")
    _claims(person, detail)
    if detail.line.status in UNPUBLISHED:
        fold("Add a sentence", lambda: draw.claim(person, detail), about=about, icon=":material/add:")
        heading("Release")
        _release(person, detail)
        fold("Change its title, owner or day", lambda: draw.change(person, detail), about=about)
        fold("Give it up", lambda: draw.drop(detail), about=about)
    elif detail.line.status is OutputStatus.RELEASED:
        heading("What it led to")
        _result(person, detail)
        fold("Record the reply and the result", lambda: draw.result(person, detail), about=about)
        heading("Evidence pack")
        st.caption(PACK)
        sent_on = detail.line.sent_on.isoformat() if detail.line.sent_on else ""
        for form, name in (("docx", "as Word"), ("html", "as a web page")):
            said = {"output": str(detail.line.id), "sent_on": sent_on, "form": form}
            download.button(person, f"Evidence pack {name}", DownloadKind.EVIDENCE, **said)


def back(name: str) -> None:
    """A button: a link to the page that one is on would leave the address as it is, and lead here again."""
    st.button(
        "Back to learning",
        key="output_back",
        icon=":material/arrow_back:",
        on_click=_leave,
        args=(name,),
    )


def _leave(name: str) -> None:
    st.query_params.pop(name, None)


def _head(person: Person, detail: OutputDetail) -> None:
    line, kinds = detail.line, store.words(person).terms[KINDS]
    st.markdown(f"## {text.plain(line.title)}", anchors=False)
    parts = [text.plain(kinds.get(line.kind, line.kind)), f"**{line.status.label}**"]
    parts += [f"to {text.plain(line.to_whom)}"] if line.to_whom else []
    parts += [f"{text.plain(line.owner)}, {text.due(line.due_on)}"] if line.status in UNPUBLISHED else []
    parts += [f"{text.day(line.sent_on)}, signed by {text.plain(detail.released_by or '')}"] if line.sent_on else []
    st.markdown(" · ".join(parts))
    if detail.dropped_why:
        st.caption(f"Given up: {text.plain(detail.dropped_why)}")
    purpose, least = detail.purpose.label, many(detail.least, "doctor")
    st.caption(RULE.format(purpose=purpose, least=least))


def _claims(person: Person, detail: OutputDetail) -> None:
    if not detail.claims:
        st.caption("No sentence yet. A request for information needs none.")
    for claim in detail.claims:
        with st.container(border=True, width=forms.FORM_WIDTH, gap="xsmall"):
            st.markdown(text.plain(claim.text))
            for said in _rests_on(claim, detail):
                st.caption(said)
            is_open = detail.line.status in UNPUBLISHED
            for why in claim.wrong if is_open else [GONE] if claim.withdrawn else []:
                st.markdown(f":orange-badge[:material/flag: Marked] {text.sentence(why)}")
            for done in claim.settled:
                who = f"{text.plain(done.by)}, {text.moment(done.at)}"
                st.caption(f"A consent was taken back or ran out. What was done: {text.plain(done.how)} ({who})")
            about = f"claim_{claim.id}"
            if is_open:
                fold("Change it", lambda claim=claim: draw.claim(person, detail, claim), about=about)  # type: ignore[misc]
                draw.take_out(claim)
            elif claim.withdrawn:
                fold("Say what was done", lambda claim=claim: draw.settle(claim), about=about)  # type: ignore[misc]


def _rests_on(claim: ClaimLine, detail: OutputDetail) -> Iterator[str]:
    for lesson in claim.lessons:
        yield f":material/school: {text.plain(lesson)}"
    for code, number in claim.released.items():
        shown = (
            f"{number} doctors, release of {_quarter(detail.quarter)}" if number else "no number in a signed release"
        )
        yield f":material/grid_on: {text.plain(code)}: {shown}"
    if claim.exact and claim.lessons:
        doctors, agreed = claim.exact
        yield f"For leads, not for sharing: {many(doctors, 'doctor')} behind its lessons, {agreed:,} of them agree."


def _quarter(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def _release(person: Person, detail: OutputDetail) -> None:
    if any(claim.wrong for claim in detail.claims):
        st.caption("A sentence is marked. Change it or take it out: until then this can’t go out.")
    elif detail.line.status is OutputStatus.DRAFT:
        draw.ready(detail)
    elif not person.is_lead:
        st.caption("Ready. A lead signs it.")
    else:
        by = "You" if detail.ready_by_me else text.plain(detail.ready_by or "Somebody")
        st.caption(f"{by} found it ready. A second person reads it all, then signs.")
        draw.sign(detail)


def _result(person: Person, detail: OutputDetail) -> None:
    results = store.words(person).terms[RESULTS]
    result = results.get(detail.line.result or "")
    replied = f", {text.day(detail.replied_on)}" if detail.replied_on else ""
    if not result and not detail.reply:
        st.caption("No reply yet.")
        return
    st.markdown(f"**{text.plain(result or 'No result yet')}**{replied}")
    if detail.reply:
        st.markdown(text.plain(detail.reply))
