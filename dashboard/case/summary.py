"""How a case begins: whose it is, where it stands, what it is about."""

from datetime import date

import streamlit as st

from dashboard import store
from dashboard.case import recorded, steps
from dashboard.ui import organisation_link, text
from db.choices import AssignmentStatus, Condition, Whose
from db.queries.case_detail import CaseDetail
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.words import many

# Codes that say nothing about a doctor.
UNTOLD = ("other", "not_stated")


def head(person: Person, case: CaseDetail) -> None:
    """Grade, specialty and organisation; under it reference, lead, flags, and the stages as steps."""
    reference = store.words(person)
    with st.container(key="case_head", gap="xsmall"):
        if case.full:
            st.title(title(person, case, reference), anchor=False)
            told = [_who(case), " ".join(_badges(case, reference)), steps.steps(case)]
            told += ["\n".join(f"- {notice}" for notice in _notices(case, reference))]
            st.markdown("\n\n".join(told))
            return
        st.title(case.reference, anchor=False)
        st.markdown(" ".join([text.stage_badge(case.stage), *_badges(case, reference)]))
    with st.container(border=True):
        st.markdown("  \n".join(_card_lines(case)))


def title(person: Person, case: CaseDetail, reference: Reference) -> str:
    """“Consultant, surgery · Example Acute Trust O”; for a lead the organisation's name leads to its page."""
    grade = "" if case.grade in UNTOLD else reference.terms["grade"].get(case.grade, case.grade)
    group = "" if case.specialty_group in UNTOLD else reference.terms["specialty_group"].get(case.specialty_group, "")
    group = group[:1].lower() + group[1:]
    doctor = ", ".join(part for part in (grade or "Doctor", group) if part)
    body = organisation_link.named(person, case.body or "organisation not known", case.body_code)
    return f"{text.plain(doctor)} · {body}"


def _who(case: CaseDetail) -> str:
    is_open = case.stage.is_open
    others = [
        text.plain(place.name)
        for place in case.places
        if place.status is AssignmentStatus.ACCEPTED and place.volunteer_id != case.lead_id
    ]
    lead = f"**{text.plain(case.lead_name)}**" if case.lead_name else "**none yet**" if is_open else "none"
    parts = [f"**{case.reference}**", f"case lead: {lead}"]
    parts += [f"with {', '.join(others)}"] if others else []
    parts += [f"opened {text.day(case.opened_on)}"]
    parts += [] if case.is_matched else [":orange-badge[organisation not matched yet]"]
    return " · ".join(parts)


def _badges(case: CaseDetail, reference: Reference) -> list[str]:
    return [*(text.flag_badge(reference, code) for code in case.flags), *_condition_badges(case)]


def _condition_badges(case: CaseDetail) -> list[str]:
    """One for each condition but the crisis, which is a flag too."""
    shown = sorted(case.conditions - {Condition.CRISIS})
    return [text.condition_badge(condition, case.days_without_news) for condition in shown]


def _notices(case: CaseDetail, reference: Reference) -> list[str]:
    """Why each flag is raised and when to review it; who asked for an update; what is for the next meeting."""
    told = [
        f"{text.flag_badge(reference, flag.code)} {text.plain(flag.why)} "
        f":small[raised {text.moment(flag.set_at)} · review {text.due(flag.review_on)}]"
        for flag in case.raised
    ]
    if case.update_asked:
        who, at = case.update_asked
        told.append(f":material/forum: {text.plain(who)} asked for an update, {text.moment(at)}")
    if case.for_meeting:
        why, who, at = case.for_meeting
        told.append(f":material/groups: For the next meeting: {text.plain(why)} ({text.plain(who)}, {text.moment(at)})")
    return told


def _card_lines(case: CaseDetail) -> list[str]:
    deadline, is_open = "none recorded", case.stage.is_open
    if case.next_deadline:
        deadline = _deadline(*case.next_deadline)
    if case.coming:
        deadline += f"; then {_deadline(*case.coming)}"
    lines = [f":material/event: Next deadline: {deadline}"] if is_open or case.next_deadline else []
    if case.unallocated:
        lines.append(f":material/person: Case lead: {'**none yet**' if is_open else 'none'}")
    days = many(case.days_in_stage, "day")
    since = f"{days} in {case.stage.label}" if is_open else f"{case.stage.label} for {days}"
    return [*lines, f":material/schedule: {since} · opened {text.day(case.opened_on)}"]


def _deadline(name: str, due: date, whose: Whose) -> str:
    return f"**{text.plain(name)}**, {text.due(due)}, {whose.label.lower()}"


def card_facts(person: Person, case: CaseDetail) -> None:
    """The card's facts, for everybody who may see it."""
    st.markdown("  \n".join(f":gray[{name}:] {value}" for name, value in _card_facts(person, case).items()))


def _card_facts(person: Person, case: CaseDetail) -> dict[str, str]:
    terms = store.words(person).terms
    return {
        "Kind of organisation": terms["body_kind"].get(case.body_kind, case.body_kind),
        "Region": terms["region"].get(case.region, case.region),
        "Processes": ", ".join(case.process_codes) or "none",
    }


def about(person: Person, case: CaseDetail) -> None:
    """The summary, what was agreed with the doctor, how it ended."""
    reference, found = store.words(person), recorded.latest(case)
    told = ["## Summary", text.plain(case.summary)]
    ended = recorded.lines(found, recorded.ENDED, reference)
    if agreed := recorded.lines(found, recorded.AGREED, reference):
        told.append("  \n".join(agreed))
    elif case.stage.is_open:
        told.append(":gray[The plan and the authority for outside contact stand here once support has started.]")
    if ended:
        told += ["## How it ended", "  \n".join(ended)]
    st.markdown("\n\n".join(told), anchors=False)


def more(person: Person, case: CaseDetail) -> None:
    """The other facts, and what else was recorded."""
    reference, found = store.words(person), recorded.latest(case)
    facts = [f":gray[{name}:] {value}" for name, value in _facts(person, case).items()]
    st.markdown("  \n".join([*facts, *recorded.lines(found, recorded.others(found), reference)]))


def _facts(person: Person, case: CaseDetail) -> dict[str, str]:
    terms = store.words(person).terms
    named = organisation_link.named(person, case.body or "not known", case.body_code)
    return {
        "Organisation": named if case.is_matched else f"{named} :orange-badge[not matched yet]",
        **_card_facts(person, case),
        "Grade": terms["grade"].get(case.grade, case.grade),
        "Specialty group": terms["specialty_group"].get(case.specialty_group, case.specialty_group),
        "Workload points": str(case.points),
        "Representation": case.representation,
        "Grounds alleged": ", ".join(terms["ground"].get(g, g) for g in case.grounds) or "none recorded",
    }
