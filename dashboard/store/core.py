"""The database of this installation, with one engine in each process, and the public ids of its rows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.settings import SettingsError, settings
from dashboard.store import outage
from db.engine import Database, make_engine
from db.errors import NotNow
from db.key_check import unfit
from db.outage import OUTAGE

_WORDS = re.compile(r"[a-z_]*")


class Record(Database):
    """What pages read and write with. Where the database cannot be used they wait for it; a save is refused."""

    @contextmanager
    def read(self) -> Iterator[Session]:
        try:
            with super().read() as session:
                yield session
        except Exception as error:
            outage.wait_for(error)

    @contextmanager
    def log(self) -> Iterator[Session]:
        try:
            with super().log() as session:
                yield session
        except Exception as error:
            outage.wait_for(error)

    @contextmanager
    def write(self, *, patterns: bool = True) -> Iterator[Session]:
        try:
            with super().write(patterns=patterns) as session:
                yield session
        except Exception as error:
            if OUTAGE.meet(error):
                raise NotNow from error
            raise


def database() -> Record:
    try:
        return _database(settings().database_url)
    except Exception as error:
        outage.wait_for(error)


@st.cache_resource(show_spinner=False)
def _database(url: str) -> Record:
    told = settings()
    engine = make_engine(url, serves=True)
    if words := unfit(engine, told.vault):
        raise SettingsError(words)
    looks = make_engine(url, looks=True) if engine.dialect.name == "postgresql" else None
    return Record(engine, told.vault, told.limits, looks=looks)


def public_id(kind: str, id: int | str) -> str:
    """What replaces the id of a row in everything that leaves the server: see `Vault.public_id`."""
    return database().vault.public_id(kind, id)


def key(name: str) -> str:
    """The key of a widget or a form, which is sent to the browser: its first words, then a public id in place of what
    follows them, such as the id of a row."""
    words = _WORDS.match(name)
    assert words is not None
    return name if words.end() == len(name) else f"{words[0]}{public_id('key', name)}"
