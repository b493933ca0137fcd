"""For leads: exact numbers over a month or a quarter, and the lists of work behind them."""

from collections.abc import Iterable

import streamlit as st

from dashboard import store
from dashboard.leadership import agreement
from dashboard.reports import caseload_chart, leadership_lines
from dashboard.reports.document import Row, Section
from dashboard.settings import settings
from dashboard.ui import download, navigation, text
from db.choices import AuditAction, DownloadKind, Lack
from db.queries.leadership import Leadership
from db.queries.session import Person

MEANS = {
    Lack.UNCODED: "Open, at Findings or later, and no finding is coded",
    Lack.UNMATCHED: "Open, and its organisation is not matched: nobody can be checked for a conflict",
    Lack.NO_CONSENT: "Open, and no standing yes to keeping a record is recorded",
    Lack.NO_DEADLINE: "Open, and no deadline of anybody’s was ever recorded",
}


def casework(person: Person) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        code = _period()
        pack(person, code)
    store.log_access(person, AuditAction.LEADERSHIP, once=code)
    found, load = store.casework_over(person, code)
    st.caption(f"**{leadership_lines.NOT_FOR_SHARING}** {leadership_lines.CASES_BROUGHT}")
    st.vega_lite_chart(found.months, caseload_chart.caseload_spec(), alt=caseload_chart.in_words(found.months))
    own = (*leadership_lines.ours(found, settings().limits), leadership_lines.today(load, found.wellbeing))
    st.markdown("\n\n".join(map(table, own)), anchors=False)
    _lacking(found)
    agreement.agreement(person)
    st.markdown("\n\n".join(map(table, leadership_lines.theirs(found, store.words(person)))), anchors=False)
    _changes(found)


def _period() -> str:
    periods = store.leadership_periods()
    return st.selectbox(
        "Period",
        list(periods),
        key="leadership_period",
        bind="query-params",
        format_func=lambda code: periods[code].words if code in periods else code,
        width=320,
    )


def table(section: Section) -> str:
    """Markdown: all numbers in one element, as each of its own would cost the browser as much."""
    said = [f"## {section.title}", *([text.sentence(section.method)] if section.method else [])]
    if not section.rows:
        return "\n\n".join((*said, "Nothing recorded."))
    head = ["", *map(text.plain, section.columns)]
    rows = [head, ["---"] * len(head), *([_named(row), *map(text.plain, row.values)] for row in section.rows)]
    return "\n\n".join((*said, "\n".join(f"| {' | '.join(row)} |" for row in rows)))


def _named(row: Row) -> str:
    label = text.plain(row.label)
    if row.is_part:
        return f"– {label}"
    return f"**{label}** {f':gray[:small[{row.method}]]' if row.method else ''}"


def _lacking(found: Leadership) -> None:
    text.heading("What is missing in the record")
    st.caption(f"Of {found.now.open:,} open cases. Each number opens those cases in the queue.")
    with st.container(horizontal=True, gap="small"):
        for lack, count in found.lacking.items():
            colour = "orange" if count else "gray"
            label = f":{colour}-badge[**{count:,}**] {lack.label}"
            navigation.queue_link(label, help=MEANS[lack], queue_missing=lack.label)


def _changes(found: Leadership) -> None:
    text.heading(leadership_lines.CHANGED)
    said = leadership_lines.changes(found.changes) or ["Nothing is recorded."]
    st.markdown(f"{leadership_lines.changed_between(found)}\n\n{_listed(said)}")


def _listed(said: Iterable[str]) -> str:
    return "\n".join(f"- {text.sentence(words)}" for words in said)


def pack(person: Person, code: str) -> None:
    download.button(person, "Pack as Word", DownloadKind.LEADERSHIP, period=code, form="docx")
    download.button(person, "Pack as a web page", DownloadKind.LEADERSHIP, period=code, form="html")
