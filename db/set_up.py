"""What every start makes sure of: a link for the first lead, and hashes that an upgrade could not make."""

from sqlalchemy.orm import Session

from db import search_index
from db.commands.accounts import first_lead_link
from db.commands.identity import fill_identity_hashes
from db.commands.wall import fill_name_hashes
from db.engine import IMMEDIATE, Database, make_engine


def first_lead_token(url: str) -> str | None:
    """The token of a new one-time link if the database has no accounts; None if it has any."""
    engine = make_engine(url)
    try:
        with Session(engine.execution_options(**{IMMEDIATE: True})) as session, session.begin():
            return first_lead_link(session)
    finally:
        engine.dispose()


def fill_hashes(database: Database) -> None:
    """After an upgrade: makes the keyed hashes of names and contacts by the current rules, which need the key. In
    batches, so that nobody has to wait. Writes nothing if there is nothing to do."""
    with database.log() as session:
        fill_name_hashes(session)
    last: int | None = 0
    while last is not None:
        with database.log() as session:
            last = fill_identity_hashes(session, last)


def fill_search(database: Database) -> None:
    """After an upgrade: makes the search index of cases that have none by the current rule, in batches. Writes nothing
    if there is nothing to do."""
    with database.read() as session:
        if search_index.is_filled(session):
            return
    is_missing = True
    while is_missing:
        with database.write(patterns=False) as session:
            is_missing = search_index.fill(session) > 0
    with database.engine.connect() as connection:
        # How common a word is decides how it is looked for.
        connection.exec_driver_sql("ANALYZE search_texts")
        connection.commit()
