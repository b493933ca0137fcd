"""Safety of the doctor (docs/domain.md §4.5): which flags leads are told of at once, and when they are looked at again.
Nothing here scores anybody."""

from datetime import date, timedelta

from db.choices import Choice

CRISIS, PATIENT_SAFETY = "CRISIS", "PSAFE"
# The flags of which the reference list says: tell the named lead today.
TOLD_AT_ONCE = (CRISIS, PATIENT_SAFETY)
SECOND_PERSON = "A crisis is cleared by a lead, or by somebody other than whoever raised it."
CRISIS_ACTION = "Call the doctor today: they may be in immediate danger"


class AlertState(Choice):
    """CLAIMED means that sending has started. If it stays so, the email may or may not have arrived."""

    WAITING = "waiting", "Waiting to be sent"
    CLAIMED = "claimed", "Started"
    SENT = "sent", "Sent"
    NOT_NEEDED = "not_needed", "Not needed any more"


class CheckInAt(Choice):
    """Where the fact is recorded that asks for a check-in."""

    STAGE = "stage", "Stage of a process"
    END = "end", "End of a process"
    OUTCOME = "outcome", "Outcome of the case or of a process"
    FLAG = "flag", "Flag"
    RULE = "rule", "Deadline by a rule"
    FINDING = "finding", "Finding"
    ADVOCACY = "advocacy", "Advocacy"


def looked_at_again(code: str, today: date) -> date:
    """By when somebody looks at a flag again, unless they say: a danger tomorrow, anything else in a week."""
    return today + timedelta(days=1 if code in TOLD_AT_ONCE else 7)


def may_clear(code: str, set_by_id: int | None, viewer_id: int, *, is_lead: bool) -> bool:
    """A crisis takes a lead, or a second person; where nobody knows who raised it, a lead."""
    return code != CRISIS or is_lead or (set_by_id is not None and set_by_id != viewer_id)
