"""One organisation, for leads without a conflict. Each refuses anybody else with NotFound, as for an unknown code."""

from dashboard.store.reads import fresh
from db import clock
from db.choices import CaseState
from db.queries import organisation as organisation_queries
from db.queries.organisation import CasesThere, OrganisationDetail
from db.queries.organisation_findings import FindingsThere
from db.queries.organisation_findings import organisation_findings as findings_query
from db.queries.organisation_limits import BrokenLimit
from db.queries.organisation_limits import organisation_limits as limits_query
from db.queries.session import Person


def organisation(person: Person, code: str) -> OrganisationDetail:
    return fresh(organisation_queries.organisation, person.key, code)


def organisation_cases(person: Person, code: str, state: CaseState, page: int) -> CasesThere:
    return fresh(organisation_queries.organisation_cases, person.key, code, state, page, clock.today())


def organisation_limits(person: Person, code: str) -> tuple[BrokenLimit, ...]:
    return fresh(limits_query, person.key, code, clock.today())


def organisation_findings(person: Person, code: str, quarters: tuple[str, ...]) -> FindingsThere:
    return fresh(findings_query, person.key, code, quarters)
