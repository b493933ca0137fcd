"""A message from somebody other than the doctor: what is kept, for how long, and what ends it (docs/domain.md §4.6).

No more is kept than is needed to reach the doctor safely, and nothing once it is clear that they do not agree.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta

# The doctor is asked within two weeks unless a nearer day is chosen, and never later than four.
ASK_WITHIN, ASK_AT_MOST = timedelta(days=14), timedelta(days=28)
# For an answer that is on its way. After that it has not come.
KEPT_AFTER = timedelta(days=14)


@dataclass(frozen=True, repr=False)
class Reach:
    """Who wrote, which doctor, and how to reach them so that nobody else reads or listens. Its repr shows nothing."""

    writer: str
    writer_contact: str
    doctor: str
    doctor_contact: str
    never_use: str
    note: str


def packed(reach: Reach) -> str:
    return json.dumps(asdict(reach))


def unpacked(text: str) -> Reach:
    return Reach(**json.loads(text))


def deleted_on(ask_by: date) -> date:
    """The first day on which nothing of it is left, unless the doctor has agreed."""
    return ask_by + KEPT_AFTER


def problem_with_ask_by(ask_by: date, received_on: date, today: date) -> str | None:
    if ask_by < today:
        return "Ask by: choose today or a day to come."
    if ask_by > received_on + ASK_AT_MOST:
        return "Ask by: choose a day within four weeks of the message. We keep none longer unasked."
    return None
