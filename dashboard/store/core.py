"""The database of this installation: one engine a process."""

import streamlit as st

from dashboard.settings import settings
from db.engine import Database, make_engine
from db.vault import Vault


def database() -> Database:
    return _database(settings().database_url)


@st.cache_resource(show_spinner=False)
def _database(url: str) -> Database:
    told = settings()
    return Database(make_engine(url), Vault(keys=told.identity_keys, hash_key=told.hash_key), told.limits)
