"""Whether anything since an inbox was read concerns its reader. Usually nothing does."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, visible_among
from db.declared import is_plain
from db.models import Assignment, Audit
from db.queries.inbox import Notice, theirs
from db.queries.paired import others_in, read_among

# With more changes than this, reading the inbox again is as fast.
MOST_CHANGES = 200


def is_as_it_was(session: Session, viewer: Viewer, notices: Collection[Notice], *, since: int) -> bool:
    """Whether this person's notices are still the same after the changes since `since` (an audit id).

    True is always right: anything not known to be plain, or on a case they are or recently were on, counts as a change.
    People are not told about what they did themselves. The walls are checked again, because the command line may change
    them without an audit row.
    """
    cases = {notice.case_id for notice in notices}
    named = {other for notice in notices for other in others_in(notice.details)}
    changes = select(Audit.actor_id, Audit.action, Audit.case_id).where(Audit.id > since)
    rows = session.execute(changes.order_by(Audit.id).limit(MOST_CHANGES + 1)).all()
    others = [row for row in rows if row.actor_id != viewer.id]
    return (
        # No rows if the record changed without the audit, as a restored one may.
        0 < len(rows) <= MOST_CHANGES
        and all(is_plain(row.action) for row in rows)
        and not _has_place(session, viewer, {row.case_id for row in others})
        and visible_among(session, viewer, cases) == cases
        and set(read_among(session, viewer, named)) == named
    )


def _has_place(session: Session, viewer: Viewer, case_ids: Collection[int]) -> bool:
    if not case_ids:
        return False
    place = select(Assignment.id).where(theirs(viewer), Assignment.case_id.in_(case_ids)).limit(1)
    return session.scalars(place).first() is not None
