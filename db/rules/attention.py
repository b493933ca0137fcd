"""What can need somebody today: shown on Home, in the daily email and elsewhere."""

from collections.abc import Mapping

from db.choices import Choice


class Need(Choice):
    """What needs a person. The labels say nothing about the case, because they go out by email."""

    CRISIS = "crisis", "review"
    DEADLINE = "deadline", "deadline"
    AT_RISK = "at_risk", "deadline without a confirmed plan"
    ACTION = "action", "action"
    CHASE = "chase", "follow-up"
    UPDATE = "update", "status update"
    ASKED = "asked", "status update requested by a lead"
    OFFER = "offer", "offer to answer"
    FLAG = "flag", "flag to look at again"
    CONSENT = "consent", "consent to ask for again"
    ACTION_OFFER = "action_offer", "action offered to you"
    CODING = "coding", "case to code a second time"


# Nobody asks for quiet from these.
LOUD = frozenset({Need.CRISIS, Need.DEADLINE, Need.AT_RISK})
# What somebody at capacity is not reminded of: what others would like from them.
ASKING = frozenset({Need.UPDATE, Need.ASKED, Need.OFFER, Need.ACTION_OFFER, Need.CODING})


def is_hushed(need: Need, *, quiet: bool, says_full: bool) -> bool:
    """Whether it can wait: never a crisis or a limit."""
    return need not in LOUD and (quiet or (says_full and need in ASKING))


def for_each_need(told: Mapping[Need, str]) -> Mapping[Need, str]:
    """Returns `told`, after checking at start-up that no need is missing."""
    if missing := set(Need) - set(told):
        raise LookupError(f"No entry for {', '.join(sorted(missing))}.")
    return told
