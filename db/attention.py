"""What only the operator can put right: no user may see it, or nobody is left to answer it."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.queries.approvals import unanswerable
from db.unled import count_unled


@dataclass(frozen=True)
class Attention:
    """How many open cases no lead may see, and how many requests no second lead is left to answer."""

    cases_no_lead_may_see: int
    asks_nobody_can_answer: int


def attention(engine: Engine) -> Attention:
    """Counted each time it is asked for."""
    with Session(engine) as session:
        return Attention(count_unled(session), unanswerable(session))
