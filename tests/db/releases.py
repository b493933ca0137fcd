"""A release for tests, made and let out through the commands that the app uses."""

from db.commands.releases import keep_release, review_release, sign_release
from db.queries.releases import ready
from db.rules.release_record import protected
from tests.factories import Casework


def compute_release(casework: Casework, quarter: str, *, actor_id: int | None = None) -> str:
    """Computes and keeps the release of a quarter; returns its fingerprint."""
    with casework.database.read() as session:
        made = protected(ready(session, quarter))
    with casework.database.write() as session:
        keep_release(session, actor_id=actor_id, made=made)
    return made.fingerprint


def sign_release_of(casework: Casework, quarter: str) -> str:
    """The same, reviewed by the lead and signed by the other."""
    mark = compute_release(casework, quarter)
    for command, who in ((review_release, casework.lead), (sign_release, casework.in_conflict)):
        with casework.database.write() as session:
            command(session, actor_id=who, quarter=quarter, fingerprint=mark)
    return mark
