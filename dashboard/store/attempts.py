"""Who was refused what might lower a wall is written down: what they began is undone with its own audit rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dashboard.store.core import database
from db.commands.affiliations import end_affiliation
from db.commands.approvals import agree_approval
from db.commands.four_eyes import note_attempt
from db.commands.people import add_volunteer, change_volunteer, deactivate, reactivate, send_link
from db.commands.second_factor import reset_factor
from db.commands.wall import remove_party
from db.errors import CommandRefused
from db.queries.session import Person

# By name: some are run by a function of the store that stands for them.
NOTED = frozenset(
    command.__name__
    for command in (
        add_volunteer,
        agree_approval,
        change_volunteer,
        deactivate,
        end_affiliation,
        reactivate,
        remove_party,
        reset_factor,
        send_link,
    )
)


@contextmanager
def noting(person: Person, command: Callable[..., Any], fields: dict[str, Any]) -> Iterator[list[bool]]:
    """Passes every refusal on. Gives a list to put something in once the command itself is tried: by then it is known
    who tries."""
    tried: list[bool] = []
    try:
        yield tried
    except CommandRefused:
        if tried and command.__name__ in NOTED:
            told = fields.get("volunteer_id")
            about = told if type(told) is int and 0 < told < 2**31 else None
            with database().log() as session:
                note_attempt(session, actor_id=person.id, command=command.__name__, volunteer_id=about)
        raise
