"""The first run: a link, printed in the terminal, that makes the first lead."""

from sqlalchemy.orm import Session

from db.commands.accounts import first_lead_link
from db.engine import IMMEDIATE, make_engine


def first_lead_token(url: str) -> str | None:
    """The token of a new one-time link where the database has no account at all; None where it has one."""
    engine = make_engine(url)
    try:
        with Session(engine.execution_options(**{IMMEDIATE: True})) as session, session.begin():
            return first_lead_link(session)
    finally:
        engine.dispose()
