"""What the access review flags."""

from db.choices import Choice


class Unusual(Choice):
    """Why the access review flags a view or another line. Unusual is not wrong."""

    MANY = "many", "Many in one day"
    NO_PLACE = "no_place", "Not on the case"
    ENDED = "ended", "After leaving the case"
    CONFLICT = "conflict", "Conflict of interest"
    LEFT = "left", "After their account ended"
    DECLARED = "declared", "Declared an employer"
