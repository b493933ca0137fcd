"""The stages of a case as steps: those it has been through with their days, the one it is at, those to come."""

from collections import Counter
from itertools import pairwise

from db import clock
from db.choices import Stage
from db.queries.case_detail import CaseDetail
from db.rules.words import many

USUAL = (
    Stage.NEW,
    Stage.TRIAGE,
    Stage.REVIEW,
    Stage.FINDINGS,
    Stage.ACTIVE,
    Stage.CLOSING,
    Stage.LEARNING,
    Stage.CLOSED,
)
TURNED_AWAY = (Stage.NEW, Stage.TRIAGE)


def steps(case: CaseDetail) -> str:
    """An ordered list; the page's style lays it out as a row."""
    spent = days_by_stage(case)
    path = USUAL if case.stage in USUAL else (*TURNED_AWAY, case.stage)
    return "\n".join(f"1. {_step(case, stage, spent)}" for stage in path)


def _step(case: CaseDetail, stage: Stage, spent: dict[Stage, int]) -> str:
    if stage is case.stage:
        return f":{'blue' if stage.is_open else 'gray'}-badge[Now: {stage.label}] {many(case.days_in_stage, 'day')}"
    if stage in spent:
        return f":material/check: {stage.label}, {many(spent[stage], 'day')}"
    return f":gray[{stage.label}]"


def days_by_stage(case: CaseDetail) -> dict[Stage, int]:
    """How long the case was at each stage that it has left, all its times there together."""
    spent: Counter[Stage] = Counter()
    for move, following in pairwise(case.moves):
        spent[move.to_stage] += (clock.london_day(following.at) - clock.london_day(move.at)).days
    return dict(spent)
