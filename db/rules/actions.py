"""Actions: how they end, whose a list shows, and when they are due."""

from datetime import date, timedelta

from db.choices import Choice

FIRST_ACTION = "Triage: reply to the doctor, check time limits and conflicts"
FIRST_REPLY = "Reply to the doctor: say that you lead their case now, and what happens next"
DECIDE = "Decide with a colleague whether to break confidence: see “Care of the doctor”"
# How long whoever pressed “Done” or “No change” can undo it.
UNDO_WITHIN = timedelta(minutes=15)


class ActionEnd(Choice):
    """How an action ended. Only DONE counts as work."""

    DONE = "done", "Done"
    DROPPED = "dropped", "No longer needed"
    REPLACED = "replaced", "Replaced by another in a status update"
    CASE_ENDED = "case_ended", "Not done when the case ended"


class Whosever(Choice):
    """Whose actions the list shows."""

    MINE = "mine", "Mine"
    EVERYBODY = "everybody", "Everybody’s"
    AWAY = "away", "Owner away"


WEEK_DAYS = 7


class ActionDue(Choice):
    LATE = "late", "Overdue"
    WEEK = "week", f"Next {WEEK_DAYS} days"
    LATER = "later", "Later"

    def holds(self, day: date, today: date) -> bool:
        last = today + timedelta(days=WEEK_DAYS)
        return {self.LATE: day < today, self.WEEK: today <= day <= last, self.LATER: day > last}[self]
