"""Inboxes: cached, and read again only after a change that can matter to their reader."""

from sqlalchemy.orm import Session

from dashboard.store.cache import Latest
from db import clock
from db.access import Viewer
from db.queries import inbox as inbox_query
from db.queries.changed_cases import newest_change
from db.queries.inbox import Notice
from db.queries.inbox_changes import MOST_CHANGES, is_as_it_was

# For each reader: the change at which their inbox was read, the change up to which it is known to be right, the inbox.
KEPT = Latest(most=300)


def inbox(session: Session, viewer: Viewer, database: str, seen: int) -> list[Notice]:
    # Read before the inbox, so that what is kept under it is never older.
    head = newest_change(session)
    key = (database, viewer, seen, clock.today())
    read_at, stands_at, notices = KEPT.get(key) or (0, 0, None)
    # Read again at times all the same, because only so many changes are looked through.
    far = head > read_at + MOST_CHANGES
    if notices is None or far or not is_as_it_was(session, viewer, notices, since=stands_at):
        read_at, notices = head, inbox_query.inbox(session, viewer, seen)
    KEPT.put(key, (read_at, head, notices))
    return list(notices)
