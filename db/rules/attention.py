"""What a line of somebody's day can be: on Home, in the daily e-mail, or wherever else it is read."""

from collections.abc import Mapping

from db.choices import Choice


class Need(Choice):
    """What needs a person. Its words say nothing about the case: they go out by e-mail."""

    CRISIS = "crisis", "review"
    DEADLINE = "deadline", "deadline"
    AT_RISK = "at_risk", "deadline, no plan confirmed yet"
    ACTION = "action", "action"
    CHASE = "chase", "chase"
    UPDATE = "update", "status update"
    ASKED = "asked", "status update, asked for by a lead"
    OFFER = "offer", "offer to answer"
    ACTION_OFFER = "action_offer", "an action to take over"


def for_each_need(told: Mapping[Need, str]) -> Mapping[Need, str]:
    """The same, once it is certain that nothing is left out: checked as the program starts."""
    if missing := set(Need) - set(told):
        raise LookupError(f"Nothing is said of {', '.join(sorted(missing))}.")
    return told
