"""The facts of a case, each where it belongs; empty parts say what belongs there."""

from collections.abc import Callable, Iterator

import streamlit as st

from dashboard import store
from dashboard.case import fact_forms, told_apart
from dashboard.ui import text
from dashboard.ui.folds import fold
from db.queries.case_detail import CaseDetail
from db.queries.facts import CaseFacts, EarlierFact, Fact
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.facts import TERMS, FactKind, SaidFact, apart, examined, in_words

NO_CONDITION = (
    "None recorded. How was it on the day: staff, rota, a senior to ask, IT, a hazard reported before? And did anybody "
    "who decided examine it?"
)
NO_CONCERN = "None recorded. Did the doctor raise a concern, and what happened to them afterwards? Both days matter."
NO_GROUND = "None alleged. If the doctor says that racism, sexism or another ground made it worse, say what it touched."
NO_IMPACT = "None recorded. What has it done to the doctor: health, income, training, visa, family?"
NO_COVER = (
    "None recorded. Is an excluded doctor paid in full? Which edition of which policy applies? Who covers advice?"
)
AROUND = (FactKind.PAY, FactKind.POLICY, FactKind.INDEMNITY)


def facts(person: Person, case: CaseDetail) -> None:
    found, reference = store.facts(person, case.reference), store.words(person)
    _part("On the day", [_condition(fact, reference) for fact in found.of(FactKind.CIRCUMSTANCE)], NO_CONDITION)
    _add(person, case, found, "Add a condition on the day", FactKind.CIRCUMSTANCE)
    _part("Speaking up, and what followed", list(_pairs(found, reference)), NO_CONCERN)
    _add(person, case, found, "Add a concern raised", FactKind.CONCERN)
    _add(person, case, found, "Add a detriment", FactKind.DETRIMENT)
    _part("Grounds alleged", list(_grounds(case, found, reference)), NO_GROUND)
    _fold(case, "Say what a ground touched", lambda: fact_forms.tie(person, case, found))
    _part("Impact on the doctor", [_plain(fact, reference) for fact in found.of(FactKind.IMPACT)], NO_IMPACT)
    _add(person, case, found, "Add an impact", FactKind.IMPACT)
    around = found.of(*AROUND)
    _part("Pay, policy and cover", [_plain(fact, reference, kind=True) for fact in around], NO_COVER)
    _fold(case, "Add pay, policy or indemnity", lambda: fact_forms.one_of(person, case, found, AROUND))
    if found.standing:
        fold(
            "Change or withdraw a fact",
            lambda: fact_forms.change(person, case, found),
            about=case.reference,
            icon=":material/edit:",
        )
    _earlier(found, reference)
    st.markdown("### Kept encrypted", anchors=False)
    lock = ":material/lock:"
    fold("The doctor’s adviser", lambda: told_apart.adviser(case), about=case.reference, icon=lock)
    fold(
        "What the doctor tells of themselves",
        lambda: told_apart.characteristics(person, case),
        about=case.reference,
        icon=lock,
    )


def touched(person: Person, case: CaseDetail) -> None:
    """At the processes: which grounds are said to have touched which of them."""
    reference = store.words(person)
    ties = [fact for fact in store.facts(person, case.reference).of(FactKind.GROUND) if fact.said.case_process_id]
    if ties:
        lines = "\n".join(f"- {_tie(case, fact, reference, {})}" for fact in ties)
        st.markdown(f"**Grounds alleged**\n\n{lines}")


def grounds_of_findings(person: Person, case: CaseDetail) -> dict[tuple[str, int | None], list[str]]:
    """{(code of a finding, its process): labels of the grounds that are said to have touched it}."""
    found, labels = store.facts(person, case.reference), store.words(person).terms["ground"]
    told: dict[tuple[str, int | None], list[str]] = {}
    for fact in found.of(FactKind.GROUND):
        coded = (found.findings or {}).get(fact.said.finding_id or 0)
        if coded:
            told.setdefault((coded.code, coded.case_process_id), []).append(_label(labels, fact.said.code))
    return told


def _add(person: Person, case: CaseDetail, found: CaseFacts, label: str, kind: FactKind) -> None:
    _fold(case, label, lambda: fact_forms.record(person, case, found, kind))


def _fold(case: CaseDetail, label: str, draw: Callable[[], None]) -> None:
    fold(label, draw, about=case.reference, icon=":material/add:")


def _part(title: str, lines: list[str], empty: str) -> None:
    told = "\n".join(f"- {line}" for line in lines) or f":gray[{empty}]"
    st.markdown(f"### {title}\n\n{told}", anchors=False)


def _label(labels: dict[str, str], code: str | None) -> str:
    return text.plain(labels.get(code or "", code or ""))


def _term(fact: Fact, reference: Reference) -> str:
    return _label(reference.terms[TERMS[fact.kind] or ""], fact.said.code)


def _note(said: SaidFact, indent: str = "  ") -> str:
    return f"  \n{indent}{text.plain(said.note)}" if said.note else ""


def _day(said: SaidFact) -> str:
    return text.day(said.took_place_on) if said.took_place_on else "day not known"


def _condition(fact: Fact, reference: Reference) -> str:
    by = examined(fact.said.examined_by, reference.terms)
    badge = f":orange-badge[{by}]" if "nobody" in fact.said.examined_by else by
    return f"**{_term(fact, reference)}** · {_day(fact.said)} · {badge}{_note(fact.said)}"


def _plain(fact: Fact, reference: Reference, *, kind: bool = False) -> str:
    """A policy has its name in place of a term."""
    if fact.kind is FactKind.POLICY:
        return f"**Local policy:** {text.plain(fact.said.note)} · dated {_day(fact.said)}"
    label = f"**{fact.kind.label}:** {_term(fact, reference)}" if kind else f"**{_term(fact, reference)}**"
    since = "since " if fact.kind is FactKind.PAY and fact.said.took_place_on else ""
    return f"{label} · {since}{_day(fact.said)}{_note(fact.said)}"


def _pairs(found: CaseFacts, reference: Reference) -> Iterator[str]:
    """Each concern with the detriments after it, then those that no concern is known to."""
    concerns = found.of(FactKind.CONCERN)
    detriments = found.of(FactKind.DETRIMENT)
    for concern in concerns:
        line = (
            f"**Concern raised** with {_term(concern, reference).lower()} · {_day(concern.said)}{_note(concern.said)}"
        )
        followed = [one for one in detriments if one.said.after == concern.number]
        yield "\n".join([line, *(f"    - {_detriment(one, concern, reference)}" for one in followed)])
    known = {concern.number for concern in concerns}
    for one in detriments:
        if one.said.after not in known:
            yield f"{_detriment(one, None, reference)}  \n  :gray[Not joined to a concern yet.]"


def _detriment(one: Fact, concern: Fact | None, reference: Reference) -> str:
    gap = apart(concern.said, one.said) if concern else None
    when = f"{_day(one.said)}, **{gap}**" if gap else _day(one.said)
    return f"**Detriment:** {_term(one, reference).lower()} · {when}{_note(one.said, '    ')}"


def _grounds(case: CaseDetail, found: CaseFacts, reference: Reference) -> Iterator[str]:
    """Each tie, then the grounds alleged of which nobody has said yet what they touched."""
    ties = found.of(FactKind.GROUND)
    yield from (_tie(case, fact, reference, dict(found.findings or {})) for fact in ties)
    for code in case.grounds:
        if code not in {fact.said.code for fact in ties}:
            yield f"**{_label(reference.terms['ground'], code)}** · :gray[nobody has said yet what it touched]"


def _tie(case: CaseDetail, fact: Fact, reference: Reference, findings: dict[int, object]) -> str:
    ground = _label(reference.terms["ground"], fact.said.code)
    place = fact_forms.place_words(case, fact.said, reference, findings)
    return f"**{ground}** is said to have touched {text.plain(place)}{_note(fact.said)}"


def _earlier(found: CaseFacts, reference: Reference) -> None:
    if not found.earlier:
        return
    with st.expander("Earlier editions of facts"):
        st.markdown("\n".join(f"- {_before(row, reference)}" for row in found.earlier))


def _before(row: EarlierFact, reference: Reference) -> str:
    done = "Withdrawn" if row.withdrawn else "Changed"
    who = f"{text.plain(row.by or 'The system')}, {text.moment(row.at)}"
    before = text.plain(in_words(row.kind, row.said, reference.terms))
    return f"{done} · {who} · {text.plain(row.reason)}  \n  Before: {before}{_note(row.said)}"
