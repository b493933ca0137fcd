"""Saved views of the queue: counts in the sidebar, and a place to save, rename, replace and delete them."""

from dataclasses import replace

import streamlit as st

from dashboard import store
from dashboard.queue import filters
from dashboard.ui import forms, text
from dashboard.ui.options import at_once, sole
from db.commands.views import delete_view, rename_view, replace_view, save_view
from db.queries.queue import QueueFilters
from db.queries.session import Person
from db.queries.views import View
from db.rules import queue_filters
from db.rules.limits import VIEW_NAME_LENGTH

# Only this many are counted; any others are listed without a number.
COUNTED = 8
OPENED = "queue_views_open"


def sidebar(person: Person, shown: QueueFilters) -> None:
    """Each view as a button that fills in its filters, and so its address."""
    views = store.saved_views(person)
    if not views:
        return
    counts = store.view_counts(person, tuple(view.filters for view in views[:COUNTED]))
    now = _comparable(shown)
    with st.sidebar:
        st.caption("Saved views")
        for place, view in enumerate(views):
            many = f" **{counts[place]:,}**" if place < len(counts) else ""
            chosen = view.filters == now
            st.button(
                f"{text.plain(view.name)}{many}",
                key=store.key(f"view_{view.id}"),
                type="tertiary",
                width="content",
                icon=":material/check:" if chosen else ":material/group:" if view.shared else ":material/bookmark:",
                on_click=filters.apply,
                args=(view.filters,),
                help="Shared by a lead with everybody" if view.shared else None,
            )


def manage(person: Person, shown: QueueFilters) -> None:
    """To save the current filters as a view, and to change views."""
    box = st.expander("Saved views", icon=":material/bookmarks:", key=OPENED, on_change="rerun")
    if not box.open:
        # Drawn only when opened: most people who use the queue change neither.
        return
    with box:
        _keep(person, shown)
        own = {view.id: view for view in store.saved_views(person) if view.changeable}
        if own:
            _change(own, shown)


def _comparable(shown: QueueFilters) -> QueueFilters:
    return replace(shown, search="", page=1)


def _keep(person: Person, shown: QueueFilters) -> None:
    with forms.form("view_new") as form:
        name = form.text("name", "Name for the current filters", required=True, most=VIEW_NAME_LENGTH)
        shared = person.is_lead and form.tick("shared", "Share it with everybody")
        if shown.search.strip():
            st.caption("Search words are never kept. The view holds only the filters.")
        form.submit("Save view")
    form.save(save_view, "View saved.", name=name, shared=shared, filters=queue_filters.written(shown))


def _change(own: dict[int, View], shown: QueueFilters) -> None:
    with forms.form(f"view_change{sole(own)}") as form:
        chosen = form.choice(
            "view_id",
            "Change a view",
            own,
            required=True,
            index=at_once(own),
            words=lambda id: f"{own[id].name}{' (shared)' if own[id].shared else ''}" if id in own else "Deleted",
        )
        name = form.text("name", "New name", most=VIEW_NAME_LENGTH)
        what = form.submit_one_of(
            {"rename": "Rename", "replace": "Replace with the current filters", "delete": "Delete view"}
        )
    if what == "rename":
        form.save(rename_view, "View renamed.", view_id=chosen, name=name)
    elif what == "replace":
        form.save(replace_view, "View replaced.", view_id=chosen, filters=queue_filters.written(shown))
    elif what == "delete":
        form.save(delete_view, "View deleted.", view_id=chosen)
