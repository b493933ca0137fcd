"""Words for codes, and who can be chosen: what every form and filter offers."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.access import Viewer
from db.choices import Role
from db.models import (
    CodedTerm,
    FindingCode,
    Organisation,
    OrganisationAlias,
    Process,
    ProcessStage,
    Volunteer,
)
from db.queries.names import namesakes
from db.rule_asks import rules_of
from db.rules.time_rules import Rule


@dataclass(frozen=True)
class Reference:
    """All reference words. Terms and findings keep their published order; ended ones are left out. Rules are all
    there: one that has ended still counts from a day on which it held. `asides` are (process, stage) of stages that
    are no usual next step."""

    terms: dict[str, dict[str, str]]
    red_flags: frozenset[str]
    processes: dict[str, str]
    process_stages: dict[str, dict[str, str]]
    asides: frozenset[tuple[str, str]]
    findings: dict[str, tuple[str, str]]
    rules: dict[str, Rule]


def reference(session: Session, today: date) -> Reference:
    """Everything coded, as of today. Needs no viewer: it holds nothing about any case."""
    terms: dict[str, dict[str, str]] = {}
    red = set()
    for term in session.scalars(select(CodedTerm).order_by(CodedTerm.list, CodedTerm.position)):
        if term.valid_to is None or term.valid_to >= today:
            terms.setdefault(term.list, {})[term.code] = term.label
        if term.list == "flag" and term.extra == "red":
            red.add(term.code)
    stages: dict[str, dict[str, str]] = {}
    asides = set()
    for step in session.scalars(select(ProcessStage).order_by(ProcessStage.process, ProcessStage.position)):
        stages.setdefault(step.process, {})[step.code] = step.label
        if step.course == "aside":
            asides.add((step.process, step.code))
    return Reference(
        terms=terms,
        red_flags=frozenset(red),
        processes={row.code: row.label for row in session.scalars(select(Process).order_by(Process.position))},
        process_stages=stages,
        asides=frozenset(asides),
        findings={
            row.code: (row.kind.value, row.label)
            for row in session.scalars(select(FindingCode).order_by(FindingCode.position))
            if row.valid_to is None or row.valid_to >= today
        },
        rules=rules_of(session),
    )


def caseworkers(session: Session, viewer: Viewer) -> dict[int, str]:
    """{id: name} of active leads and volunteers, by name; namesakes with their usernames. Nothing for observers."""
    if not viewer.sees_cases:
        return {}
    rows = session.execute(
        select(Volunteer.id, Volunteer.name)
        .where(Volunteer.active, Volunteer.role != Role.OBSERVER)
        .order_by(Volunteer.name, Volunteer.id)
    )
    apart = namesakes(session)
    return {row.id: apart.get(row.id, row.name) for row in rows}


@dataclass(frozen=True)
class Body:
    """A body as a search offers it."""

    id: int
    name: str
    code: str
    kind: str
    region: str
    nation: str
    closed_on: date | None


def find_bodies(session: Session, words: str, *, most: int = 30) -> list[Body]:
    """Bodies whose name, former name or code has every word, open ones first. Holds nothing about cases."""
    parts = words.split()[:6]
    if not parts:
        return []
    query = select(Organisation)
    for part in parts:
        former = select(OrganisationAlias.organisation_id).where(
            OrganisationAlias.name.icontains(part, autoescape=True)
        )
        query = query.where(
            or_(
                Organisation.name.icontains(part, autoescape=True),
                Organisation.code == part.upper(),
                Organisation.id.in_(former),
            )
        )
    ordered = query.order_by(Organisation.closed_on.is_not(None), Organisation.name).limit(most)
    return [body_of(row) for row in session.scalars(ordered)]


def body_of(row: Organisation) -> Body:
    return Body(row.id, row.name, row.code, row.kind, row.region, row.nation, row.closed_on)
