"""Whether anything since an inbox was read concerns its reader. Usually nothing does."""

import functools
from collections.abc import Collection

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, visible_among
from db.declared import is_plain
from db.models import Assignment, Audit
from db.queries.inbox import LATELY, Notice, theirs_since
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
    asked = {"viewer_id": viewer.id, "since": since, "lately": clock.now() - LATELY}
    rows = session.execute(_changes(), asked).all()
    return (
        # No rows if the record changed without the audit, as a restored one may.
        0 < len(rows) <= MOST_CHANGES
        and all(is_plain(row.action) and (row.actor_id == viewer.id or not row.is_theirs) for row in rows)
        and visible_among(session, viewer, cases) == cases
        and set(read_among(session, viewer, named)) == named
    )


@functools.cache
def _changes() -> Select[*tuple[object, ...]]:
    place = theirs_since(bindparam("viewer_id"), bindparam("lately"))
    is_theirs = exists().where(Assignment.case_id == Audit.case_id, place)
    return (
        select(Audit.actor_id, Audit.action, is_theirs.label("is_theirs"))
        .where(Audit.id > bindparam("since"))
        .order_by(Audit.id)
        .limit(MOST_CHANGES + 1)
    )
