"""Findings under a code that another replaced count as findings of the new one (`db/reference/finding_mappings.csv`).

A code that was replaced twice has its row point at the last, so that one step is enough.
"""

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select

from db.models import Finding, FindingMapping


def counts_as(*codes: str) -> ColumnElement[bool]:
    """The condition on `Finding`: it has one of these codes, or one that they replaced."""
    replaced = select(FindingMapping.old_code).where(FindingMapping.new_code.in_(codes))
    return or_(Finding.code.in_(codes), Finding.code.in_(replaced))


def counted_code() -> ColumnElement[str]:
    """The code under which a `Finding` counts."""
    return func.coalesce(_new_code(), Finding.code)


def _new_code() -> ScalarSelect[str]:
    return select(FindingMapping.new_code).where(FindingMapping.old_code == Finding.code).scalar_subquery()
