"""The database of this installation, with one engine in each process, and the public ids of its rows."""

import re

import streamlit as st

from dashboard.settings import SettingsError, settings
from db.engine import Database, make_engine
from db.key_check import unfit

_WORDS = re.compile(r"[a-z_]*")


def database() -> Database:
    return _database(settings().database_url)


@st.cache_resource(show_spinner=False)
def _database(url: str) -> Database:
    told = settings()
    engine = make_engine(url)
    if words := unfit(engine, told.vault):
        raise SettingsError(words)
    return Database(engine, told.vault, told.limits)


def public_id(kind: str, id: int | str) -> str:
    """What replaces the id of a row in everything that leaves the server: see `Vault.public_id`."""
    return database().vault.public_id(kind, id)


def key(name: str) -> str:
    """The key of a widget or a form, which is sent to the browser: its first words, then a public id in place of what
    follows them, such as the id of a row."""
    words = _WORDS.match(name)
    assert words is not None
    return name if words.end() == len(name) else f"{words[0]}{public_id('key', name)}"
