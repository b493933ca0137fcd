"""What needs whoever runs the server: nobody within may see it, or nobody is left to answer it."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.queries.approvals import unanswerable
from db.unled import count_unled


@dataclass(frozen=True)
class Attention:
    """Open cases that no lead may see, and asks that no second lead is left to answer: numbers only."""

    cases_no_lead_may_see: int
    asks_nobody_can_answer: int


def attention(engine: Engine) -> Attention:
    """Counted anew each time."""
    with Session(engine) as session:
        return Attention(count_unled(session), unanswerable(session))
