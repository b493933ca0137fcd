"""What is emerging: a lead says how many false alarms to put up with, and dismisses what they have looked at."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import require_lead, viewer_of
from db.choices import FalseAlarms
from db.commands.record import audit, clean_text
from db.declared import Patterns, command, label
from db.errors import CommandRefused
from db.models import AlarmBudget, Case, Dismissal, DismissedCase, FindingCode
from db.rising_rows import budget as budget_now
from db.rising_rows import known, lines
from db.rules.emerging import series_of
from db.rules.limits import REASON_LENGTH

MOVED = "What is behind it has changed since you looked. Look at it again."


def _set(details: Mapping[str, object]) -> str:
    return f"set how many false alarms to expect: {label(FalseAlarms, details.get('budget'), 'not known').lower()}"


@command(says=_set, patterns=Patterns.ALWAYS, moves_access=False)
def set_false_alarms(session: Session, *, actor_id: int, budget: FalseAlarms) -> None:
    """Sets how many alarms a year may be chance, for everybody. Refuses: not a lead, and what is so already."""
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    if budget is budget_now(session):
        raise CommandRefused("It is set to this already.", field="budget")
    session.add(AlarmBudget(budget=budget, by_id=viewer.id, at=clock.now()))
    audit(session, viewer, "set_false_alarms", budget=budget.value)


@command(says="dismissed a rise of findings", patterns=Patterns.ALWAYS, moves_access=False)
def dismiss_rise(session: Session, *, actor_id: int, codes: Sequence[str], seen: Sequence[str], reason: str) -> None:
    """Dismisses a code, or a pair in order, that rises: the cases behind it are known from now on. `seen` are the
    references of all of them, as they were shown. Refuses: not a lead, other cases than these, no reason.
    """
    viewer = viewer_of(session, actor_id)
    require_lead(viewer)
    words = clean_text(reason, field="reason", label="Reason", most=REASON_LENGTH)
    asked = tuple(codes)
    # Held until the end, so that of two leads the second finds that it is known already.
    session.execute(select(FindingCode.code).where(FindingCode.code.in_(asked)).with_for_update())
    found = series_of(lines(session, viewer, clock.today()), known(session, viewer))
    cases = next((series.recent_cases() for series in found if series.codes == asked), frozenset[int]())
    references = set(session.scalars(select(Case.reference).where(Case.id.in_(cases))))
    if not cases or references != set(seen):
        raise CommandRefused(MOVED)
    first, other = asked if len(asked) == 2 else (*asked, None)
    row = Dismissal(code=first, other=other, reason=words, by_id=viewer.id, at=clock.now())
    session.add(row)
    session.flush()
    session.add_all(DismissedCase(dismissal_id=row.id, case_id=case) for case in sorted(cases))
    audit(session, viewer, "dismiss_rise", codes=list(asked))
