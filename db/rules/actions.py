"""Actions: how they end, whose a list shows, and by when."""

from db.choices import Choice


class ActionEnd(Choice):
    """How an action came to its end: only what was done is work."""

    DONE = "done", "Done"
    DROPPED = "dropped", "No longer needed"
    REPLACED = "replaced", "Replaced by another in a status update"
    CASE_ENDED = "case_ended", "Left when the case ended"


class Whosever(Choice):
    """Whose actions the list shows."""

    MINE = "mine", "Mine"
    EVERYBODY = "everybody", "Everybody’s"
    AWAY = "away", "Of people away"


WEEK_DAYS = 7


class ActionDue(Choice):
    LATE = "late", "Late"
    WEEK = "week", f"Next {WEEK_DAYS} days"
    LATER = "later", "Later"
