"""What an access review points at."""

from db.choices import Choice


class Unusual(Choice):
    """Why an access review points at a look."""

    MANY = "many", "Many in one day"
    NO_PLACE = "no_place", "Not on the team"
    ENDED = "ended", "After their place ended"
    CONFLICT = "conflict", "In conflict"
    LEFT = "left", "After leaving"
    DECLARED = "declared", "Declared an employer"
