"""Correcting what a case says, for everybody on it to see: what is wrong, what is right, and why."""

from datetime import date, datetime, time
from typing import TypeVar

import streamlit as st

from dashboard import store
from dashboard.ui import forms, text
from dashboard.ui.forms import Form
from db import clock
from db.choices import Channel, Choice, Representation, YesNo
from db.commands.corrections import correct_facts, correct_summary
from db.commands.identity_corrections import correct_identity
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.corrections import Correctable, Noted
from db.queries.session import Person
from db.rules.corrections import OF_IDENTITY, Corrected, Facts
from db.vault import Identity

WHY = "Why it is corrected"
TO_SEE = "The reason is on the timeline for everybody on this case."
CAN_BE_EMPTY = (Corrected.SAFE_CHANNEL, Corrected.SAFE_TIMES, Corrected.NEVER_USE)

IDENTITY, SUMMARY, FACTS = "Name or safe contact", "Summary", "Grade, specialty or other facts"

T = TypeVar("T")


def correct(person: Person, case: CaseDetail) -> None:
    """What is wrong is chosen first, outside the form, because the form depends on it."""
    with st.expander("Correct something", icon=":material/edit:", key=f"correct_{case.reference}"):
        chosen = st.pills(
            "What is wrong?",
            (IDENTITY, SUMMARY, FACTS),
            key=f"correct_what_{case.reference}",
            format_func=text.one_of,
        )
        found = store.correctable(person, case.reference)
        if chosen == IDENTITY:
            _identity(case, found)
        elif chosen == SUMMARY:
            _summary(case, found)
        elif chosen == FACTS:
            _facts(person, case, found)
        st.caption(
            "Entries are corrected under “Timeline”, dates of stages under “Processes and deadlines”, and names in the "
            "conflict check, consents and places under “Team and consent”."
        )
        _so_far(found.noted)


def _identity(case: CaseDetail, found: Correctable) -> None:
    with forms.form(f"correct_identity_{case.reference}", case=case) as form:
        seen = _seen(form, found.identity_edition)
        st.caption("Fill in only what is wrong. What you leave empty stays as it is.")
        typed = {what: form.text(what.value, what.label, most=300) for what in OF_IDENTITY}
        emptied = form.several("fields", "Remove what is recorded as", CAN_BE_EMPTY)
        reason = form.text("reason", WHY, required=True, help=f"{TO_SEE} Without names and numbers.")
        st.caption(
            "The history says what was corrected, never the old or the new value. A corrected name is in the conflict "
            "check at once; the old one stays there until leads remove it."
        )
        form.submit("Save correction")
    chosen = [what.value for what in OF_IDENTITY if typed[what].strip() or what in emptied]
    identity = Identity(**{what.value: "" if what in emptied else typed[what] for what in OF_IDENTITY})
    form.save(
        correct_identity,
        "Corrected.",
        seen_edition=seen,
        fields=chosen,
        identity=identity,
        reason=reason,
    )
    if isinstance(form.refusal, Stale):
        _now_seen(form, found.identity_edition)
        st.caption("Open the doctor’s identity under “Team and consent” to see what was saved, then save yours again.")


def _summary(case: CaseDetail, found: Correctable) -> None:
    with forms.form(f"correct_summary_{case.reference}", case=case) as form:
        seen = _seen(form, found.summary)
        words = form.area("summary", "Summary, without names", required=True, value=_first(form, seen), height=140)
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        forget = form.tick(
            "forget_old",
            "Do not keep the old summary: it says who somebody is, or too much",
            help="Otherwise the old summary stays in the history, without names and numbers that we recognise.",
        )
        form.submit("Save correction")
    form.save(correct_summary, "Corrected.", seen=seen, summary=words, reason=reason, forget_old=forget)
    if isinstance(form.refusal, Stale):
        _both(form, found.summary, text.plain(found.summary), text.plain(words))


def _facts(person: Person, case: CaseDetail, found: Correctable) -> None:
    with forms.form(f"correct_facts_{case.reference}", case=case) as form:
        seen = _seen(form, found.facts)
        facts = _told(form, person, _first(form, seen))
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        form.submit("Save correction")
    form.save(correct_facts, "Corrected.", seen=seen, facts=facts, reason=reason)
    if isinstance(form.refusal, Stale):
        _both(form, found.facts, _in_words(person, found.facts), _in_words(person, facts))


def _told(form: Form, person: Person, first: Facts) -> Facts:
    terms = store.words(person).terms

    def term(field: str, label: str) -> str:
        codes, now = terms[field], getattr(first, field)
        index = list(codes).index(now) if now in codes else None
        return form.choice(field, label, codes, words=codes.get, required=True, index=index) or ""

    grade, specialty = term("grade", "Grade"), term("specialty_group", "Specialty group")
    channels = [one for one in Channel if one is not Channel.IMPORT or one is first.channel]
    channel = form.choice("channel", "How it reached us", channels, required=True, index=channels.index(first.channel))
    danger = form.buttons("immediate_danger", "Immediate danger", YesNo, default=first.immediate_danger)
    options = list(Representation)
    represented = form.choice(
        "representation", "Representation", options, required=True, index=options.index(first.representation)
    )
    was = first.received_at.astimezone(clock.LONDON)
    today = clock.today()
    day = form.day("received_at", "Received on", required=True, value=was.date(), most=max(today, was.date()))
    at = st.time_input("At", was.time().replace(second=0, microsecond=0), key=f"{form.key}_at")
    grounds = form.several(
        "grounds",
        "Grounds of discrimination alleged",
        terms["ground"],
        words=terms["ground"].get,
        default=first.grounds,
    )
    return Facts(
        grade=grade,
        specialty_group=specialty,
        channel=channel or first.channel,
        immediate_danger=danger or first.immediate_danger,
        representation=represented or first.representation,
        received_at=_moment(first.received_at, day or was.date(), at),
        grounds=tuple(sorted(grounds)),
    )


def _moment(first: datetime, day: date, at: time | None) -> datetime:
    """The first moment, to the second, unless day or time were changed."""
    was = first.astimezone(clock.LONDON)
    wanted = datetime.combine(day, at or was.time(), tzinfo=clock.LONDON)
    same = (wanted.date(), wanted.hour, wanted.minute) == (was.date(), was.hour, was.minute)
    return first if same else wanted


def _in_words(person: Person, facts: Facts) -> str:
    terms = store.words(person).terms
    said = {
        "grade": terms["grade"].get(facts.grade, facts.grade),
        "specialty_group": terms["specialty_group"].get(facts.specialty_group, facts.specialty_group),
        "received_at": text.moment(facts.received_at),
        "grounds": ", ".join(terms["ground"].get(code, code) for code in facts.grounds) or "none",
    }
    labelled = [
        (Corrected(name), said.get(name) or _label(getattr(facts, name))) for name in facts.__dataclass_fields__
    ]
    return "; ".join(f"{what.label}: {value}" for what, value in labelled)


def _label(value: object) -> str:
    return value.label if isinstance(value, Choice) else str(value)


def _seen(form: Form, now: T) -> T:
    """What the case said when this form was first drawn: a rerun in between must not hide somebody else's save."""
    seen: T = st.session_state.setdefault(f"seen_{form.key}", now)
    return seen


def _first(form: Form, seen: T) -> T:
    """What the fields began with: if that changed under them, Streamlit would forget what was typed."""
    first: T = st.session_state.setdefault(f"first_{form.key}", seen)
    return first


def _now_seen(form: Form, now: object) -> None:
    st.session_state[f"seen_{form.key}"] = now


def _both(form: Form, now: object, saved: str, mine: str) -> None:
    """What is saved now beside what was typed, which the next press of the button saves."""
    _now_seen(form, now)
    with st.container(border=True):
        st.markdown("**Saved by somebody else just now:**")
        st.markdown(saved)
        st.markdown("**Yours, not saved yet:**")
        st.markdown(mine)
        st.caption("Change yours above if needed, then press “Save correction” again.")


def _so_far(noted: tuple[Noted, ...]) -> None:
    if not noted:
        return
    st.markdown("**Corrected so far**")
    for row in noted:
        who = f"{text.plain(row.by or 'The system')}, {text.moment(row.at)}"
        before = f"  \nBefore: {text.plain(row.was)}" if row.was else ""
        st.markdown(f"{row.what.label} · {who} · {text.plain(row.reason)}{before}")
