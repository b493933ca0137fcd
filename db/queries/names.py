"""The names that people are chosen by: with the username where two active people share one."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from db.models import Volunteer
from db.rules.apart import seen_as, with_username


def namesakes(session: Session) -> dict[int, str]:
    """{id: name and username} of active people who share their name with another active one; nobody else.

    Of everybody, not only of those a list offers: a name that another has too is never enough by itself.
    """
    rows = session.execute(
        select(Volunteer.id, Volunteer.name, Volunteer.username).where(Volunteer.active).order_by(Volunteer.id)
    )
    return apart(rows)


def apart(rows: Iterable[Row[*tuple[object, ...]]]) -> dict[int, str]:
    """The same among rows that have an id, a name and a username."""
    by_name = defaultdict(list)
    for row in rows:
        by_name[seen_as(row.name)].append(row)
    return {row.id: with_username(row.name, row.username) for same in by_name.values() if len(same) > 1 for row in same}
