"""A button that asks for a file, and then the link to it."""

import secrets

import streamlit as st

from dashboard import store
from dashboard.reports import files
from dashboard.site import downloads
from dashboard.ui import text
from db.choices import DownloadKind
from db.commands.downloads import Asked, ask_download
from db.errors import CommandRefused
from db.queries.session import Person

ASKED = "files_asked_for"
SAVE_IT = "Opens once, within two minutes, in this browser only. What you save is outside our protection: keep it safe."


def button(person: Person, label: str, kind: DownloadKind, **about: str) -> None:
    """The first press asks, which checks and logs it; the link then shown fetches the file, once. `about` says which
    file of its kind."""
    name = store.key(f"download_{kind} {sorted(about.items())}")
    asked: dict[str, Asked] = st.session_state.setdefault(ASKED, {})
    if st.button(label, key=name, icon=":material/download:"):
        asked.pop(name, None)
        try:
            asked[name] = _ask(person, kind, about)
        except CommandRefused as refusal:
            st.error(text.sentence(refusal.message), icon=":material/error:")
    if name in asked and not store.download_waits(person, asked[name].token):
        del asked[name]
    if name in asked:
        address = downloads.address(asked[name].token)
        st.link_button(f"Save “{files.name_of(kind, about)}”", address, icon=":material/save:", type="primary")
        st.caption(SAVE_IT)


def _ask(person: Person, kind: DownloadKind, about: dict[str, str]) -> Asked:
    # Each press asks anew: the one before may have been fetched.
    once, here = secrets.token_hex(8), person.session_id
    return store.write(person, ask_download, once=once, session_id=here, kind=kind, about=about)
