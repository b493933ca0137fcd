"""The same command on several cases: a transaction and an answer each, and none is skipped."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from dashboard.store.writes import write
from db.errors import CommandRefused, PersonalData, ProofNeeded
from db.queries.session import Person

MOST = 100
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of one case: done, or refused in these words."""

    reference: str
    done: bool
    said: str


def write_each(
    person: Person,
    command: Callable[..., object],
    references: Sequence[str],
    *,
    once: str,
    redact: bool = False,
    keep_reason: str = "",
    **fields: Any,
) -> list[Outcome]:
    """Runs the command on each case by itself, in the order given, once each however often it is sent.

    Refuses as a whole, before anything is done: none or more than MOST. What must be asked first (personal data in the
    words, which are the same for all, or the password) is asked at the first case and for all of them.
    """
    wanted = list(dict.fromkeys(references))
    if not wanted:
        raise CommandRefused("Select cases first.")
    if len(wanted) > MOST:
        raise CommandRefused(f"{len(wanted)} cases are selected: at most {MOST} at once. Nothing is done yet.")

    def one(reference: str) -> None:
        told = fields | {"reference": reference}
        write(person, command, once=f"{once}:{reference}", redact=redact, keep_reason=keep_reason, **told)

    return [_outcome(reference, one) for reference in wanted]


def _outcome(reference: str, write_one: Callable[[str], None]) -> Outcome:
    try:
        write_one(reference)
    except (PersonalData, ProofNeeded):
        raise
    except CommandRefused as refusal:
        return Outcome(reference, False, refusal.message)
    except SQLAlchemyError:
        # The others must still be told of.
        LOG.exception("One case of several could not be written.")
        return Outcome(reference, False, "Could not be saved just now. Nothing of it is: try it again.")
    return Outcome(reference, True, "Done")
