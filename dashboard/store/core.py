"""The database of this installation: one engine a process; and what stands for its rows outside."""

import re

import streamlit as st

from dashboard.settings import settings
from db.engine import Database, make_engine
from db.vault import Vault

_WORDS = re.compile(r"[a-z_]*")


def database() -> Database:
    return _database(settings().database_url)


@st.cache_resource(show_spinner=False)
def _database(url: str) -> Database:
    told = settings()
    return Database(make_engine(url), Vault(keys=told.identity_keys, hash_key=told.hash_key), told.limits)


def public_id(kind: str, id: int | str) -> str:
    """What stands for the number of a row in all that leaves the server: see `Vault.public_id`."""
    return database().vault.public_id(kind, id)


def key(name: str) -> str:
    """A widget's or a form's key for a browser, which is sent it: its first words, and a public id in place of whatever
    follows them, such as the number of a row."""
    words = _WORDS.match(name)
    assert words is not None
    return name if words.end() == len(name) else f"{words[0]}{public_id('key', name)}"
