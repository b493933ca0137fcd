"""People's names as they are offered in lists: with the username if two active people share a name."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from db.models import Volunteer
from db.rules.apart import seen_as, with_username


def namesakes(session: Session) -> dict[int, str]:
    """{id: name and username} of active people who share their name with another active person.

    Among everybody, not only the people in a list: a shared name is never enough.
    """
    rows = session.execute(
        select(Volunteer.id, Volunteer.name, Volunteer.username).where(Volunteer.active).order_by(Volunteer.id)
    )
    return apart(rows)


def apart(rows: Iterable[Row[*tuple[object, ...]]]) -> dict[int, str]:
    """The same, among rows with an id, a name and a username."""
    by_name = defaultdict(list)
    for row in rows:
        by_name[seen_as(row.name)].append(row)
    return {row.id: with_username(row.name, row.username) for same in by_name.values() if len(same) > 1 for row in same}
