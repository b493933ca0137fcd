"""Alembic's environment: batch mode for SQLite, the URL from settings passed in or DATABASE_URL."""

import os

from alembic import context
from sqlalchemy import Connection

import db.models  # noqa: F401 - fills the metadata
from db.base import Base
from db.engine import make_engine

config = context.config
url = config.get_main_option("sqlalchemy.url") or os.environ["DATABASE_URL"]


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """SQLite's index for searches, and the tables it keeps itself in, are in no model."""
    return kind != "table" or not (name or "").startswith("search_index")


def run() -> None:
    given = config.attributes.get("connection")
    if given is not None:
        # Whoever gives one commits it, or not.
        run_through(given)
        return
    engine = make_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A table is made anew to change it, and cannot be dropped while others refer to it. Before the transaction:
            # within one it is ignored.
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        run_through(connection)
        if engine.dialect.name == "sqlite":
            astray = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            assert astray is None, f"a row of {astray and astray[0]} refers to nothing"
        connection.commit()
    engine.dispose()


def run_through(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="db.base.",
        include_name=_is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
