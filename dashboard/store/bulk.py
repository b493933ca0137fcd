"""The same command on several cases: each has its own transaction and outcome, and none is skipped."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from dashboard.store.reads import saves
from dashboard.store.writes import write
from db.commands.used_tokens import Drawn
from db.errors import CommandRefused, PersonalData, ProofNeeded
from db.queries.session import Person

MOST_CASES = 100
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of one case: done, or refused with these words."""

    reference: str
    done: bool
    said: str


def write_each(
    person: Person,
    command: Callable[..., object],
    references: Sequence[str],
    *,
    once: str,
    drawn: Drawn | None = None,
    redact: bool = False,
    keep_reason: str = "",
    **fields: Any,
) -> list[Outcome]:
    """Runs the command on each case separately, in the order given, once each however often the form is sent.

    Refuses as a whole, before anything is done: no cases, or more than MOST_CASES. Questions that come first (about
    personal data in the words, which are the same for all, or the password) are asked at the first case, once for all.
    """
    wanted = list(dict.fromkeys(references))
    if not wanted:
        raise CommandRefused("Select cases first.")
    if len(wanted) > MOST_CASES:
        raise CommandRefused(f"{len(wanted)} cases are selected. Choose at most {MOST_CASES}. Nothing was changed.")

    def one(reference: str) -> None:
        told = fields | {"reference": reference}
        each = _on(person, drawn, reference) if drawn else None
        write(person, command, once=f"{once}:{reference}", drawn=each, redact=redact, keep_reason=keep_reason, **told)

    return [_outcome(reference, one) for reference in wanted]


def _on(person: Person, drawn: Drawn, reference: str) -> Drawn:
    """The form as drawn for one case: a case that was done before the answer was lost is not done again."""
    form = f"{drawn.form}:{reference}"
    last = saves(person).of(form)
    return replace(drawn, form=form, after=last.number if last else 0)


def _outcome(reference: str, write_one: Callable[[str], None]) -> Outcome:
    try:
        write_one(reference)
    except (PersonalData, ProofNeeded):
        raise
    except CommandRefused as refusal:
        return Outcome(reference, False, refusal.message)
    except SQLAlchemyError:
        # The other cases must still be done and reported.
        LOG.exception("One case of several could not be written.")
        return Outcome(reference, False, "Nothing was saved. Please try again.")
    return Outcome(reference, True, "Done")
