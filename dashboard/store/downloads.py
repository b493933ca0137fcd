"""Files that somebody asked for."""

from dashboard.store.core import database
from db.commands import downloads
from db.commands.downloads import Fetched
from db.queries import session as session_queries
from db.queries.downloads import still_waits
from db.queries.session import Person


def fetch_download(session_token: str, token: str) -> tuple[Person, Fetched] | None:
    """Who fetches what, which is used up by this; None for anything that this session may not fetch."""
    with database().log() as session:
        person = session_queries.person_of(session, session_token)
        if person is None or person.must_add_factor:
            return None
        fetched = downloads.fetch_download(session, actor_id=person.id, session_id=person.session_id, token=token)
    return (person, fetched) if fetched else None


def download_waits(person: Person, token: str) -> bool:
    """Whether this session can still fetch it."""
    with database().read() as session:
        return still_waits(session, person.session_id, token)
