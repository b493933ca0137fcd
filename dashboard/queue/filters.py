"""The queue's filters. Each is in the address, except the search words, which never go there."""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from dashboard import store
from dashboard.ui.options import told_apart
from dashboard.ui.text import one_of
from db.choices import OPEN_STAGES, Condition, Stage
from db.queries.queue import QueueFilters
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules import queue_filters as offered

NO_LEAD = 0
OWN_ONLY = "Finds only cases you may open: other cases don’t show this."
PENDING = "queue_view_to_apply"
MORE = ("show", "deadline", "age", "grade", "specialty", "meeting", "finding")
MORE_OPENED = "queue_more_open"
AGES = {label: days for days, label in offered.AGES.items()}
WINDOWS = {label: days for days, label in offered.WINDOWS.items()}
SHOWN = {"Open": "open", "Closed": "closed", "All": "all"}


def _first_page() -> None:
    st.session_state["queue_page"] = 1


def _several(label: str, key: str, options: Mapping[str, str], help: str | None = None) -> tuple[str, ...]:
    got = st.multiselect(
        label,
        list(options),
        key=f"queue_{key}",
        format_func=lambda code: options.get(code, code),
        help=help,
        bind="query-params",
        on_change=_first_page,
        placeholder="Any",
        width="stretch",
    )
    return tuple(got)


def _one(label: str, key: str, options: Iterable[str]) -> str:
    return st.selectbox(
        label, list(options), key=f"queue_{key}", bind="query-params", on_change=_first_page, width="stretch"
    )


def _lead(person: Person) -> int | None:
    people = {NO_LEAD: "Nobody yet", **store.caseworkers(person)}
    got: int | None = st.selectbox(
        "Lead",
        list(people),
        index=None,
        key="queue_lead",
        format_func=told_apart(people, lambda id: people.get(id, "?")),
        bind="query-params",
        on_change=_first_page,
        placeholder="Any",
        width="stretch",
    )
    return got


def queue_filters(person: Person) -> QueueFilters:
    """Draws the filters and returns what they say. The page number is drawn below the table."""
    words = store.words(person)
    _fill_in(person)
    search = st.text_input(
        "Search",
        type="search",
        key="queue_search",
        on_change=_first_page,
        max_chars=200,
        placeholder="Reference, or words in the summary",
        icon=":material/search:",
    )
    condition = _chips(store.condition_counts(person))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        stages = _several("Stage", "stage", {stage.value: stage.label for stage in Stage})
        processes = _several("Process", "process", words.processes)
        lead = _lead(person)
        flags = _several("Flag", "flag", words.terms["flag"])
        body_kinds = _several("Kind of organisation", "body_kind", words.terms["body_kind"])
        regions = _several("Region", "region", words.terms["region"])
    return QueueFilters(
        search=search or "",
        stages=tuple(Stage(code) for code in stages),
        flags=flags,
        processes=processes,
        lead=lead,
        body_kinds=body_kinds,
        regions=regions,
        condition=condition,
        page=int(st.session_state.get("queue_page") or 1),
        **_more(person, words, stages),
    )


def _more(person: Person, words: Reference, stages: tuple[str, ...]) -> dict[str, Any]:
    """Filters used less often: drawn once the section is opened, or if one of them is set."""
    box = st.expander("More filters", key=MORE_OPENED, on_change="rerun")
    if not (box.open or _is_more_set()):
        return {"status": "all"} if _asks_for_ended(stages) else {}
    help = None if person.is_lead else OWN_ONLY
    with box, st.container(horizontal=True, gap="small"):
        shown = _one("Show", "show", SHOWN)
        window = _one("Deadline", "deadline", WINDOWS)
        age = _one("Open for", "age", AGES)
        grades = _several("Grade", "grade", words.terms["grade"], help)
        specialty_groups = _several("Specialty group", "specialty", words.terms["specialty_group"], help)
        findings = _several(
            "Finding", "finding", {code: f"{code} {label}" for code, (_, label) in words.findings.items()}, help
        )
        for_meeting = st.checkbox(
            "For the next meeting", key="queue_meeting", bind="query-params", on_change=_first_page, help=help
        )
    return {
        "grades": grades,
        "specialty_groups": specialty_groups,
        "findings": findings,
        "for_meeting": for_meeting,
        "older_than_days": AGES.get(age, 0),
        "deadline_within_days": WINDOWS.get(window),
        "status": "all" if _asks_for_ended(stages) else SHOWN.get(shown, "open"),
    }


def _is_more_set() -> bool:
    """Whether the address, or a view just applied, sets one of them."""
    keys = [f"queue_{name}" for name in MORE]
    unset: tuple[Any, ...] = (None, [], False, "Any", "Open")
    return any(key in st.query_params or st.session_state.get(key) not in unset for key in keys)


def apply(view: QueueFilters) -> None:
    """Replaces the filters, and so the address, with those of a view at the next run."""
    st.session_state[PENDING] = view


def _fill_in(person: Person) -> None:
    view: QueueFilters | None = st.session_state.pop(PENDING, None)
    if view is None:
        return
    words = store.words(person)
    listed: dict[str, tuple[Iterable[str], Iterable[str]]] = {
        "stage": ([stage.value for stage in view.stages], list(Stage)),
        "process": (view.processes, words.processes),
        "flag": (view.flags, words.terms["flag"]),
        "body_kind": (view.body_kinds, words.terms["body_kind"]),
        "region": (view.regions, words.terms["region"]),
        "grade": (view.grades, words.terms["grade"]),
        "specialty": (view.specialty_groups, words.terms["specialty_group"]),
        "finding": (view.findings, words.findings),
    }
    for key, (codes, known) in listed.items():
        # The field would refuse a code that a later version has dropped.
        st.session_state[f"queue_{key}"] = [code for code in codes if code in set(known)]
    people = {NO_LEAD, *store.caseworkers(person)}
    st.session_state["queue_lead"] = view.lead if view.lead in people else None
    st.session_state["queue_condition"] = view.condition
    st.session_state["queue_meeting"] = view.for_meeting
    st.session_state["queue_search"], st.session_state["queue_page"] = "", 1
    for key, labels, value in (
        ("show", SHOWN, view.status),
        ("deadline", WINDOWS, view.deadline_within_days),
        ("age", AGES, view.older_than_days),
    ):
        assert isinstance(labels, dict)
        st.session_state[f"queue_{key}"] = next(label for label, worth in labels.items() if worth == value)


def _asks_for_ended(stages: tuple[str, ...]) -> bool:
    return any(stage not in OPEN_STAGES for stage in stages)


def _chips(counts: dict[Condition, int]) -> Condition | None:
    """Conditions with live counts. A chip's label has the count in it, so the code is put into the address by hand."""
    key = "queue_condition"
    asked = st.query_params.get("condition")
    if key not in st.session_state and asked in list(Condition):
        st.session_state[key] = Condition(asked)
    options = [condition for condition in Condition if counts[condition] or st.session_state.get(key) is condition]
    chosen = st.pills(
        "Needs attention",
        options,
        key=key,
        on_change=_first_page,
        label_visibility="collapsed",
        format_func=lambda condition: one_of(f"{condition.label} **{counts[condition]}**"),
    )
    if chosen is None:
        st.query_params.pop("condition", None)
    elif asked != chosen:
        st.query_params["condition"] = chosen.value
    return chosen
