"""The queue's filters. Each is in the address, except the search words, which never go there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dashboard import store
from dashboard.queue import set_fields
from dashboard.ui import definitions, text
from dashboard.ui.options import told_apart
from dashboard.ui.text import one_of
from db.choices import OPEN_STAGES, Condition, Lack, QueueOrder, Stage
from db.queries.queue import QueueFilters
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules import queue_filters as offered

NO_LEAD = 0
OWN_ONLY = "Finds only cases you may open: other cases don’t show this."
PENDING = "queue_view_to_apply"
USUAL = ("stage", "process", "lead", "flag", "body_kind", "region", "order")
MORE = ("show", "deadline", "age", "grade", "specialty", "meeting", "finding", "missing")
OPENED = "queue_filters_open"
DRAWN = "queue_fields_drawn"
AGES = {label: days for days, label in offered.AGES.items()}
WINDOWS = {label: days for days, label in offered.WINDOWS.items()}
MISSING: dict[str, Lack | None] = {"Any": None} | {lack.label: lack for lack in Lack}
SHOWN = {"Open": "open", "Closed": "closed", "All": "all"}
# What each filter has when it is not set.
UNSET: tuple[object, ...] = (None, [], False, "Any", "Open", QueueOrder.URGENT)
LEFT = "Somebody who has left"
IN_CRISIS = "a doctor in crisis first, then "
ORDERS = {
    QueueOrder.URGENT: "urgent flags, then the nearest deadline, then the longest unallocated",
    QueueOrder.DEADLINE: "the nearest deadline",
    QueueOrder.AGE: "the oldest case",
    QueueOrder.REACHED: "the doctor longest not reached",
    QueueOrder.UNALLOCATED: "the longest unallocated",
}


@dataclass(frozen=True)
class Chip:
    """One thing that is filtered by, which a press takes away."""

    label: str
    words: str
    key: str
    value: object = None


def first_page() -> None:
    """Where another list begins, it is shown from its start."""
    st.session_state["queue_page"] = 1


def _changed(key: str) -> None:
    if set_fields.was_chosen(key):
        first_page()


def _page() -> int:
    """Drawn below the list, so on the first run it is only in the address."""
    asked = st.session_state.get("queue_page") or st.query_params.get("queue_page", "")
    return int(asked) if str(asked).isascii() and str(asked).isdigit() and len(str(asked)) < 8 else 1


@dataclass(frozen=True)
class Fields:
    """The fields of some filters; the others are not drawn, and narrow nothing."""

    names: Collection[str]

    def several(self, label: str, key: str, options: Mapping[str, str], help: str | None = None) -> tuple[str, ...]:
        return _several(label, key, options, help) if key in self.names else ()

    def one(self, label: str, key: str, options: Collection[str], help: str | None = None) -> str:
        """The first option is the one that narrows nothing."""
        return _one(label, key, options, help) if key in self.names else next(iter(options))


def _several(label: str, key: str, options: Mapping[str, str], help: str | None = None) -> tuple[str, ...]:
    # A saved view may hold a code that has ended: it still narrows, and says so.
    gone = [code for code in st.session_state.get(f"queue_{key}") or () if code not in options]
    got = st.multiselect(
        label,
        [*options, *gone],
        key=f"queue_{key}",
        format_func=lambda code: _code_words(options, code),
        help=help,
        bind="query-params",
        on_change=_changed,
        args=(f"queue_{key}",),
        placeholder="Any",
        width="stretch",
    )
    return tuple(got)


def _code_words(options: Mapping[str, str], code: str) -> str:
    return options.get(code, f"{code} (no longer in use)")


def _one(label: str, key: str, options: Collection[str], help: str | None = None) -> str:
    return st.selectbox(
        label,
        list(options),
        key=f"queue_{key}",
        bind="query-params",
        on_change=_changed,
        args=(f"queue_{key}",),
        help=help,
        width="stretch",
    )


def _leads(person: Person) -> dict[int, str]:
    people = {NO_LEAD: "Nobody yet", **store.caseworkers(person)}
    chosen = st.session_state.get("queue_lead")
    return people if chosen is None or chosen in people else people | {chosen: LEFT}


def _lead(people: dict[int, str]) -> int | None:
    got: int | None = st.selectbox(
        "Lead",
        list(people),
        index=None,
        key="queue_lead",
        format_func=told_apart(people, lambda id: people.get(id, "?")),
        bind="query-params",
        on_change=_changed,
        args=("queue_lead",),
        placeholder="Any",
        width="stretch",
    )
    return got


def queue_filters(person: Person) -> QueueFilters:
    """Draws search, filters and conditions, and returns what they say. The page number is drawn below the list."""
    words = store.words(person)
    set_fields.begin()
    _fill_in()
    people = _leads(person)
    asked = QueueFilters(page=_page())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            "Search",
            type="search",
            key="queue_search",
            on_change=first_page,
            max_chars=200,
            placeholder="Reference, the doctor’s name, or any words",
            icon=":material/search:",
            label_visibility="collapsed",
        )
        box = st.popover("Filters", icon=":material/tune:", key=OPENED, on_change="rerun")
    set_fields.note(is_open=bool(box.open))
    # Closed, those that narrow nothing need not be drawn.
    fields = Fields([*USUAL, *MORE] if box.open else _that_are_set())
    _put_into_address(fields, words, people)
    if fields.names:
        with box:
            asked = _with_more(_with_usual(asked, fields, person, words, people), fields, person, words)
    if any(stage not in OPEN_STAGES for stage in asked.stages):
        asked = replace(asked, status="all")
    condition = _conditions(store.condition_counts(person))
    _chips(list(_chosen(words, people)) if fields.names else [])
    return replace(asked, search=search or "", condition=condition)


def _with_usual(
    asked: QueueFilters, fields: Fields, person: Person, words: Reference, people: dict[int, str]
) -> QueueFilters:
    stages = {each.value: each.label for each in Stage}
    return replace(
        asked,
        order=_order(person) if "order" in fields.names else asked.order,
        stages=tuple(Stage(code) for code in fields.several("Stage", "stage", stages)),
        processes=fields.several("Process", "process", words.processes),
        lead=_lead(people) if "lead" in fields.names else None,
        flags=fields.several("Flag", "flag", words.terms["flag"]),
        body_kinds=fields.several("Kind of organisation", "body_kind", words.terms["body_kind"]),
        regions=fields.several("Region", "region", words.terms["region"]),
    )


def order_in_words(filters: QueueFilters) -> str:
    """The order that holds, for the line above the list."""
    if filters.search.strip() and filters.order is QueueOrder.URGENT:
        return "the best match first, and among equals the newest"
    return "the last closed first" if filters.status == "closed" else f"{IN_CRISIS}{ORDERS[filters.order]}"


def _order(person: Person) -> QueueOrder:
    return QueueOrder(
        st.selectbox(
            "Order",
            list(QueueOrder),
            key="queue_order",
            format_func=lambda order: order.label,
            bind="query-params",
            on_change=_changed,
            args=("queue_order",),
            help=None if person.is_lead else "By when the doctor was reached: only cases you may open.",
            width="stretch",
        )
    )


def _with_more(asked: QueueFilters, fields: Fields, person: Person, words: Reference) -> QueueFilters:
    """Filters used less often."""
    help = None if person.is_lead else OWN_ONLY
    shown = fields.one("Show", "show", SHOWN)
    window = fields.one("Deadline", "deadline", WINDOWS)
    age = fields.one("Open for", "age", AGES)
    grades = fields.several("Grade", "grade", words.terms["grade"], help)
    specialty_groups = fields.several("Specialty group", "specialty", words.terms["specialty_group"], help)
    findings = fields.several("Finding", "finding", definitions.findings_of(words), help)
    if "finding" in fields.names:
        definitions.folded(words, definitions.FINDING, definitions.findings_of(words), about="queue")
    missing = fields.one("Missing", "missing", MISSING, help)
    return replace(
        asked,
        grades=grades,
        specialty_groups=specialty_groups,
        findings=findings,
        for_meeting="meeting" in fields.names and _for_meeting(help),
        lacks=MISSING.get(missing),
        older_than_days=AGES.get(age, 0),
        deadline_within_days=WINDOWS.get(window),
        status=SHOWN.get(shown, "open"),
    )


def _for_meeting(help: str | None) -> bool:
    return st.checkbox(
        "For the next meeting",
        key="queue_meeting",
        bind="query-params",
        on_change=_changed,
        args=("queue_meeting",),
        help=help,
    )


def _is_set(value: object) -> bool:
    # Nobody's number is 0, which Python takes for False.
    return all(value != unset or type(value) is not type(unset) for unset in UNSET)


def _that_are_set() -> list[str]:
    """By the address, by hand, or by a view just applied."""
    keys, addressed = {name: f"queue_{name}" for name in (*USUAL, *MORE)}, set(st.query_params)
    return [name for name, key in keys.items() if key in addressed or _is_set(st.session_state.get(key))]


def _put_into_address(fields: Fields, words: Reference, people: dict[int, str]) -> None:
    """What a view or a press has set, in fields that are now drawn for the first time: only of others does Streamlit do
    so itself."""
    drawn = st.session_state.get(DRAWN, ())
    st.session_state[DRAWN] = list(fields.names)
    told: dict[str, list[str]] = {}
    for chip in _chosen(words, people):
        told.setdefault(chip.key, []).append(chip.words or "true")
    if (lead := st.session_state.get("queue_lead")) is not None:
        told["queue_lead"] = [told_apart(people, lambda id: people.get(id, "?"))(lead)]
    order = st.session_state.get("queue_order")
    if order is not None and _is_set(order):
        told["queue_order"] = [order.label]
    for name in fields.names:
        key = f"queue_{name}"
        if name not in drawn and key in told and key not in st.query_params:
            # One that is still bound to an earlier field is Streamlit's to write.
            with suppress(StreamlitAPIException):
                st.query_params[key] = told[key]


def _chosen(words: Reference, people: Mapping[int, str]) -> Iterator[Chip]:
    listed: tuple[tuple[str, str, Mapping[str, str]], ...] = (
        ("Stage", "stage", {stage.value: stage.label for stage in Stage}),
        ("Process", "process", words.processes),
        ("Flag", "flag", words.terms["flag"]),
        ("Kind of organisation", "body_kind", words.terms["body_kind"]),
        ("Region", "region", words.terms["region"]),
        ("Grade", "grade", words.terms["grade"]),
        ("Specialty group", "specialty", words.terms["specialty_group"]),
        ("Finding", "finding", definitions.findings_of(words)),
    )
    for label, key, known in listed:
        for code in st.session_state.get(f"queue_{key}") or ():
            yield Chip(label, _code_words(known, code), f"queue_{key}", code)
    lead = st.session_state.get("queue_lead")
    if lead is not None:
        yield Chip("Lead", people.get(lead, LEFT), "queue_lead")
    for label, key in (("Show", "show"), ("Deadline", "deadline"), ("Open for", "age"), ("Missing", "missing")):
        if _is_set(value := st.session_state.get(f"queue_{key}")):
            yield Chip(label, str(value), f"queue_{key}")
    if st.session_state.get("queue_meeting"):
        yield Chip("For the next meeting", "", "queue_meeting")


def _chips(chips: list[Chip]) -> None:
    """What is filtered by, each with a press that takes it away."""
    if not chips:
        return
    with st.container(horizontal=True, gap="xsmall"):
        for chip in chips:
            words = f"{chip.label}: {text.plain(chip.words)}" if chip.words else chip.label
            st.button(
                words,
                key=store.key(f"chip_{chip.key}_{chip.value}"),
                icon=":material/close:",
                on_click=_remove,
                args=(chip,),
                help="Remove this filter",
            )
        if len(chips) > 1:
            st.button("Remove all", key="chips_all", type="tertiary", on_click=_remove_all, args=(chips,))
    if any(chip.words == LEFT or chip.words.endswith("(no longer in use)") for chip in chips):
        st.warning("This view filters by something that is no longer there. Remove it to see more cases.")


def _remove(chip: Chip) -> None:
    kept = st.session_state.get(chip.key)
    if isinstance(kept, list):
        set_fields.put(chip.key, [each for each in kept if each != chip.value])
    else:
        _unset(chip.key)
    first_page()


def _remove_all(chips: list[Chip]) -> None:
    for chip in chips:
        _unset(chip.key)
    first_page()


def _unset(key: str) -> None:
    """Each in the type that its field holds."""
    kept = st.session_state.get(key)
    first = {"queue_show": "Open", "queue_deadline": "Any", "queue_age": "Any", "queue_missing": "Any"}.get(key)
    set_fields.put(key, [] if isinstance(kept, list) else False if isinstance(kept, bool) else first)


def apply(view: QueueFilters) -> None:
    """Replaces the filters, and so the address, with those of a view at the next run."""
    st.session_state[PENDING] = view


def _fill_in() -> None:
    view: QueueFilters | None = st.session_state.pop(PENDING, None)
    if view is None:
        return
    listed: dict[str, Iterable[str]] = {
        "stage": [stage.value for stage in view.stages],
        "process": view.processes,
        "flag": view.flags,
        "body_kind": view.body_kinds,
        "region": view.regions,
        "grade": view.grades,
        "specialty": view.specialty_groups,
        "finding": view.findings,
    }
    for key, codes in listed.items():
        set_fields.put(f"queue_{key}", list(codes))
    set_fields.put("queue_lead", view.lead)
    set_fields.put("queue_meeting", view.for_meeting)
    set_fields.put("queue_order", view.order)
    st.session_state["queue_condition"] = view.condition
    st.session_state["queue_search"], st.session_state["queue_page"] = "", 1
    for key, labels, value in (
        ("show", SHOWN, view.status),
        ("deadline", WINDOWS, view.deadline_within_days),
        ("age", AGES, view.older_than_days),
        ("missing", MISSING, view.lacks),
    ):
        assert isinstance(labels, dict)
        set_fields.put(f"queue_{key}", next(label for label, worth in labels.items() if worth == value))


def _conditions(counts: dict[Condition, int]) -> Condition | None:
    """Conditions with live counts. A label has the count in it, so the code is put into the address by hand."""
    key = "queue_condition"
    asked = st.query_params.get("condition")
    if key not in st.session_state and asked in list(Condition):
        st.session_state[key] = Condition(asked)
    options = [condition for condition in Condition if counts[condition] or st.session_state.get(key) is condition]
    chosen = st.pills(
        "Needs attention",
        options,
        key=key,
        on_change=first_page,
        label_visibility="collapsed",
        wrap=False,
        format_func=lambda condition: one_of(f"{condition.label} **{counts[condition]}**"),
    )
    if chosen is None:
        st.query_params.pop("condition", None)
    elif asked != chosen:
        st.query_params["condition"] = chosen.value
    return chosen
