"""Labels for codes, people and organisations to choose from: what forms and filters offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from weakref import WeakKeyDictionary

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from db.access import Viewer
from db.choices import Certainty, Role
from db.dated_events import events_of
from db.models import (
    CodedTerm,
    FindingCode,
    HelpContact,
    Organisation,
    OrganisationAlias,
    OutcomeTerm,
    Process,
    ProcessStage,
    Volunteer,
)
from db.queries.names import namesakes
from db.rule_asks import rules_of
from db.rules.body_search import BodyIndex, Entry, index_of
from db.rules.dated_events import DatedEvent
from db.rules.nations import Scope
from db.rules.outcomes import Effect
from db.rules.time_rules import Rule


@dataclass(frozen=True)
class HelpLine:
    """Somebody a doctor in danger can call. `nations` is empty for all; `checked_on` is the day the number was last
    compared with its source, None if never."""

    label: str
    number: str
    hours: str
    nations: frozenset[str]
    note: str
    checked_on: date | None


@dataclass(frozen=True)
class OutcomeKind:
    """What a process may come to: see `db.models.OutcomeTerm`. `is_over` if it is not offered any more."""

    label: str
    definition: str
    processes: str
    effect: Effect | None
    asks: frozenset[str]
    ends_as: str
    review_as: str
    starts: str | None
    is_unconfirmed: bool
    is_over: bool


@dataclass(frozen=True)
class Reference:
    """All the reference lists. Terms and findings are in published order, without ended ones. Rules are complete: one
    that has ended still applies to a day when it was in force. `asides` are the (process, stage) that are not a usual
    next step; `scopes` are the nations a process is of, none for the whole UK. `definitions` are by list and code,
    those of findings under “finding”. `outcomes` are what processes may come to, ended ones too."""

    terms: dict[str, dict[str, str]]
    red_flags: frozenset[str]
    processes: dict[str, str]
    scopes: dict[str, Scope]
    process_stages: dict[str, dict[str, str]]
    asides: frozenset[tuple[str, str]]
    findings: dict[str, tuple[str, str]]
    definitions: dict[str, dict[str, str]]
    rules: dict[str, Rule]
    outcomes: dict[str, OutcomeKind]
    events: tuple[DatedEvent, ...]
    help: tuple[HelpLine, ...]


def reference(session: Session, today: date) -> Reference:
    """All coded lists, as of today. Needs no viewer, as it has nothing about any case."""
    terms: dict[str, dict[str, str]] = {}
    definitions: dict[str, dict[str, str]] = {}
    red = set()
    for term in session.scalars(select(CodedTerm).order_by(CodedTerm.list, CodedTerm.position)):
        if term.valid_to is None or term.valid_to >= today:
            terms.setdefault(term.list, {})[term.code] = term.label
        definitions.setdefault(term.list, {})[term.code] = term.definition
        if term.list == "flag" and term.extra == "red":
            red.add(term.code)
    stages: dict[str, dict[str, str]] = {}
    asides = set()
    for step in session.scalars(select(ProcessStage).order_by(ProcessStage.process, ProcessStage.position)):
        stages.setdefault(step.process, {})[step.code] = step.label
        if step.course == "aside":
            asides.add((step.process, step.code))
    coded = session.scalars(select(FindingCode).order_by(FindingCode.position)).all()
    processes = session.scalars(select(Process).order_by(Process.position)).all()
    return Reference(
        terms=terms,
        red_flags=frozenset(red),
        processes={row.code: row.label for row in processes},
        scopes={row.code: tuple(row.nation_scope.split()) for row in processes},
        process_stages=stages,
        asides=frozenset(asides),
        findings={
            row.code: (row.kind.value, row.label) for row in coded if row.valid_to is None or row.valid_to >= today
        },
        definitions=definitions | {"finding": {row.code: row.definition for row in coded}},
        rules=rules_of(session),
        outcomes=_outcomes(session, today),
        events=events_of(session),
        help=tuple(
            HelpLine(row.label, row.number, row.hours, frozenset(row.nations.split()), row.note, row.checked_on)
            for row in session.scalars(select(HelpContact).order_by(HelpContact.position))
            if (row.valid_from is None or row.valid_from <= today) and (row.valid_to is None or row.valid_to >= today)
        ),
    )


def _outcomes(session: Session, today: date) -> dict[str, OutcomeKind]:
    return {
        row.code: OutcomeKind(
            label=row.label,
            definition=row.definition,
            processes=row.processes,
            effect=Effect(row.effect) if row.effect else None,
            asks=frozenset(row.asks.split()),
            ends_as=row.ends_as,
            review_as=row.review_as,
            starts=row.starts,
            is_unconfirmed=row.certainty is Certainty.UNCONFIRMED,
            is_over=row.valid_to is not None and row.valid_to < today,
        )
        for row in session.scalars(select(OutcomeTerm).order_by(OutcomeTerm.position))
    }


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
    """An organisation as a search offers it. `town` and `parent` tell it from others with the same name."""

    id: int
    name: str
    code: str
    kind: str
    region: str
    nation: str
    closed_on: date | None
    town: str = ""
    parent: str = ""


def find_bodies(session: Session, words: str, *, most: int = 30, least: float = 1.0) -> list[Body]:
    """Organisations found by name, sites, former and everyday names, code, town and postcode
    (`db/rules/body_search.py`), likeliest first, open before closed. `least` is the share of the typed words that must
    be found. Has nothing about cases."""
    return find_bodies_for(session, [words], most=most, least=least)[0]


def find_bodies_for(session: Session, many: Sequence[str], *, most: int, least: float) -> list[list[Body]]:
    """What `find_bodies` has, for each of many words in turn."""
    if not many:
        return []
    index = body_index(session)
    hits = [[hit.id for hit in index.search(words, most=most, least=least)] for words in many]
    parent = aliased(Organisation)
    rows = session.execute(
        select(Organisation, parent.name)
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .where(Organisation.id.in_({id for ids in hits for id in ids}))
    )
    found = {row.id: body_of(row, of or "") for row, of in rows}
    return [[found[id] for id in ids if id in found] for ids in hits]


def body_of(row: Organisation, parent: str = "") -> Body:
    return Body(row.id, row.name, row.code, row.kind, row.region, row.nation, row.closed_on, row.town or "", parent)


Stamp = tuple[object, ...]
_INDEXES: WeakKeyDictionary[object, tuple[Stamp, BodyIndex]] = WeakKeyDictionary()


def body_index(session: Session) -> BodyIndex:
    """The index of all organisations, kept in memory until one of them or of their names changes."""
    engine = session.get_bind().engine
    stamp = tuple(session.execute(_stamp()).one())
    kept = _INDEXES.get(engine)
    if kept is None or kept[0] != stamp:
        kept = _INDEXES[engine] = (stamp, index_of(_entries(session)))
    return kept[1]


def _stamp() -> Select[*tuple[object, ...]]:
    asked = (
        select(func.count(Organisation.id)),
        select(func.max(Organisation.changed_at)),
        select(func.count(OrganisationAlias.id)),
        select(func.max(OrganisationAlias.id)),
    )
    return select(*(one.scalar_subquery() for one in asked))


def _entries(session: Session) -> list[Entry]:
    others: dict[int, list[str]] = {}
    for body_id, name in session.execute(select(OrganisationAlias.organisation_id, OrganisationAlias.name)):
        others.setdefault(body_id, []).append(name)
    columns = (
        Organisation.id,
        Organisation.code,
        Organisation.name,
        Organisation.town,
        Organisation.postcode,
        Organisation.closed_on,
    )
    return [
        Entry(id, code, name, tuple(others.get(id, ())), town or "", postcode or "", closed_on is not None)
        for id, code, name, town, postcode, closed_on in session.execute(select(*columns))
    ]
