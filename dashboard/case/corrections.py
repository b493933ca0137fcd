"""Correcting what a case says, for everybody on it to see: what is wrong, what is right, and why."""

from dataclasses import fields
from datetime import date, datetime, time

import streamlit as st

from dashboard import store
from dashboard.case import body_corrections, finding_corrections
from dashboard.case.corrected import TO_SEE, WHY, both, first, mark_seen, seen_of
from dashboard.case.recorded import standing_moves
from dashboard.ui import forms, text
from dashboard.ui.forms import Form
from db import clock
from db.choices import Channel, Choice, Representation, YesNo
from db.commands.corrections import correct_facts, correct_summary
from db.commands.identity_corrections import correct_identity
from db.commands.stage_corrections import ENDED, take_back_move
from db.errors import Stale
from db.queries.case_detail import CaseDetail
from db.queries.corrections import Correctable, Noted
from db.queries.session import Person
from db.rules.corrections import OF_IDENTITY, Corrected, Facts
from db.vault import Identity

IDENTITY, SUMMARY, BODY = "Name or safe contact", "Summary", "Organisation"
FACTS, PROCESS, FINDING = "Grade, specialty or other facts", "A process", "A finding"
STAGE = "A stage move"
CAN_BE_EMPTY = (Corrected.SAFE_CHANNEL, Corrected.SAFE_TIMES, Corrected.NEVER_USE)


def correct(person: Person, case: CaseDetail) -> None:
    """What is wrong is chosen first, outside the form, because the form depends on it."""
    chosen = st.pills(
        "What is wrong?",
        (IDENTITY, SUMMARY, BODY, FACTS, PROCESS, FINDING, *([STAGE] if person.is_lead else [])),
        key=f"correct_what_{case.reference}",
        format_func=text.one_of,
        wrap=True,
    )
    found = store.correctable(person, case.reference)
    if chosen == IDENTITY:
        _identity(case, found)
    elif chosen == SUMMARY:
        _summary(case, found)
    elif chosen == BODY:
        body_corrections.body(person, case, found)
    elif chosen == FACTS:
        _facts(person, case, found)
    elif chosen == PROCESS:
        body_corrections.process(person, case, found)
    elif chosen == FINDING:
        finding_corrections.finding(person, case, found)
    elif chosen == STAGE:
        _stage(case)
    st.caption(
        "Entries are corrected below the timeline, dates of stages under “Processes”, flags under “Actions and "
        "deadlines”, and consents, people in the conflict check and places under “Team and history”."
    )
    _so_far(found.noted)


def _identity(case: CaseDetail, found: Correctable) -> None:
    with forms.form(f"correct_identity_{case.reference}", case=case) as form:
        seen = seen_of(form, found.identity_edition)
        st.caption("Fill in only what is wrong. What you leave empty stays as it is.")
        typed = {what: form.text(what.value, what.label, most=300) for what in OF_IDENTITY}
        emptied = form.several("fields", "Remove what is recorded as", CAN_BE_EMPTY)
        reason = form.text("reason", WHY, required=True, help=f"{TO_SEE} No names or numbers here.")
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
        mark_seen(form, found.identity_edition)
        st.caption("Open the doctor’s identity to see what was saved, then save yours again.")


def _summary(case: CaseDetail, found: Correctable) -> None:
    with forms.form(f"correct_summary_{case.reference}", case=case) as form:
        seen = seen_of(form, found.summary)
        words = form.area("summary", "Summary, without names", required=True, value=first(form, seen), height=140)
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        forget = form.tick(
            "forget_old",
            "Do not keep the old summary: it says who somebody is, or too much",
            help="Otherwise the old summary stays in the history, without the names and numbers we recognise.",
        )
        form.submit("Save correction")
    form.save(correct_summary, "Corrected.", seen=seen, summary=words, reason=reason, forget_old=forget)
    if isinstance(form.refusal, Stale):
        both(form, found.summary, text.plain(found.summary), text.plain(words))


def _facts(person: Person, case: CaseDetail, found: Correctable) -> None:
    with forms.form(f"correct_facts_{case.reference}", case=case) as form:
        seen = seen_of(form, found.facts)
        facts = _told(form, person, first(form, seen))
        reason = form.text("reason", WHY, required=True, help=TO_SEE)
        form.submit("Save correction")
    form.save(correct_facts, "Corrected.", seen=seen, facts=facts, reason=reason)
    if isinstance(form.refusal, Stale):
        both(form, found.facts, _in_words(person, found.facts), _in_words(person, facts))


def _told(form: Form, person: Person, was: Facts) -> Facts:
    terms = store.words(person).terms

    def term(field: str, label: str) -> str:
        codes, now = terms[field], getattr(was, field)
        index = list(codes).index(now) if now in codes else None
        return form.choice(field, label, codes, words=codes.get, required=True, index=index) or ""

    grade, specialty = term("grade", "Grade"), term("specialty_group", "Specialty group")
    channels = [one for one in Channel if one is not Channel.IMPORT or one is was.channel]
    channel = form.choice("channel", "How it reached us", channels, required=True, index=channels.index(was.channel))
    danger = form.buttons("immediate_danger", "Immediate danger", YesNo, default=was.immediate_danger)
    options = list(Representation)
    represented = form.choice(
        "representation", "Representation", options, required=True, index=options.index(was.representation)
    )
    received, today = was.received_at.astimezone(clock.LONDON), clock.today()
    day = form.day("received_at", "Received on", required=True, value=received.date(), most=max(today, received.date()))
    at = form.at("at", "At", value=received.time().replace(second=0, microsecond=0))
    label, ground = "Grounds of discrimination alleged", terms["ground"]
    grounds = form.several("grounds", label, ground, words=ground.get, default=was.grounds)
    return Facts(
        grade=grade,
        specialty_group=specialty,
        channel=channel or was.channel,
        immediate_danger=danger or was.immediate_danger,
        representation=represented or was.representation,
        received_at=_moment(was.received_at, day or received.date(), at),
        grounds=tuple(sorted(grounds)),
    )


def _moment(was: datetime, day: date, at: time | None) -> datetime:
    """The earlier moment, to the second, unless day or time were changed."""
    local = was.astimezone(clock.LONDON)
    wanted = datetime.combine(day, at or local.time(), tzinfo=clock.LONDON)
    same = (wanted.date(), wanted.hour, wanted.minute) == (local.date(), local.hour, local.minute)
    return was if same else wanted


def _in_words(person: Person, facts: Facts) -> str:
    terms = store.words(person).terms
    said = {
        "grade": terms["grade"].get(facts.grade, facts.grade),
        "specialty_group": terms["specialty_group"].get(facts.specialty_group, facts.specialty_group),
        "received_at": text.moment(facts.received_at),
        "grounds": ", ".join(terms["ground"].get(code, code) for code in facts.grounds) or "none",
    }
    names = [field.name for field in fields(facts)]
    return "; ".join(f"{Corrected(name).label}: {said.get(name) or _label(getattr(facts, name))}" for name in names)


def _label(value: object) -> str:
    return value.label if isinstance(value, Choice) else str(value)


def _stage(case: CaseDetail) -> None:
    """The last move, for a lead to take back. An ended case is reopened instead."""
    moves = standing_moves(case)
    if not case.stage.is_open:
        st.caption(ENDED)
        return
    if len(moves) < 2 or moves[-1].from_stage is None or not moves[-1].from_stage.is_open:
        st.caption("There is no move to take back.")
        return
    last, before = moves[-1], moves[-2]
    who = f"{text.plain(last.by or 'Import')}, {text.moment(last.at)}"
    st.markdown(f"**{before.to_stage.label} → {last.to_stage.label}** · {who}")
    with forms.form(f"take_back_move_{case.reference}_{case.stage}", case=case) as form:
        reason = form.text("reason", "Why it is taken back", required=True, help=TO_SEE)
        st.caption(
            f"The case is then at {before.to_stage.label} again. Both moves stay on the timeline; findings, deadlines "
            "and the team stay as they are."
        )
        form.submit("Take the move back")
    form.save(take_back_move, "Taken back.", seen_stage=case.stage, reason=reason)


def _so_far(noted: tuple[Noted, ...]) -> None:
    if not noted:
        return
    st.markdown("**Corrected so far**")
    for row in noted:
        who = f"{text.plain(row.by or 'The system')}, {text.moment(row.at)}"
        before = f"  \nBefore: {text.plain(row.was)}" if row.was else ""
        st.markdown(f"{row.what.label} · {who} · {text.plain(row.reason)}{before}")
