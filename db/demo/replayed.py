"""Tells the six timelines (`db/demo/timelines.py`) with the commands that people use, so that each event is kept,
shown and acted on as it would be."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypedDict, assert_never

from sqlalchemy import and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db import clock
from db.card import refresh_cards
from db.choices import AssignmentRole, Channel, Role, YesNo
from db.commands.deadlines import change_deadline
from db.commands.facts import record_fact, tie_ground
from db.commands.findings import add_finding
from db.commands.links import link_cases
from db.commands.open_case import Intake, open_case
from db.commands.outcomes import record_outcome
from db.commands.processes import add_process, move_process
from db.demo.timelines import TIMELINES, Began, Came, Event, Found, Met, Reached, Timeline, Touched, Was
from db.demo.work import first_of
from db.models import Affiliation, Assignment, BodyKin, Case, CaseProcess, Deadline, Organisation
from db.rules.facts import SaidFact
from db.rules.quarters import quarter_of

# The doctors came to us long after it began: it is told from the papers.
CAME_TO_US = timedelta(days=3)
KINDS = {"employer": "acute", "deanery": "deanery", "gmc": "gmc", "mpts": "mpts", "coroner": "other"}


class About(TypedDict):
    actor_id: int
    reference: str


@dataclass
class Telling:
    """One story while it is told: who tells it, of which case, and what has been told so far by its name."""

    session: Session
    actor_id: int
    reference: str
    bodies: dict[str, int]
    processes: dict[str, int] = field(default_factory=dict)
    concerns: dict[str, int] = field(default_factory=dict)

    @property
    def about(self) -> About:
        return {"actor_id": self.actor_id, "reference": self.reference}


def replay(session: Session, *, actor_id: int, bodies: dict[str, int]) -> dict[str, str]:
    """Opens a case for each timeline and tells it; returns {name: reference}. `bodies` are organisations by what they
    are to the doctor: the employer at least."""
    told: dict[str, str] = {}
    for timeline in TIMELINES:
        reference = _open(session, actor_id, timeline, bodies)
        telling = Telling(session, actor_id, reference, bodies)
        for event in timeline.events:
            _tell(telling, event)
        for other, kind in timeline.links:
            link_cases(session, actor_id=actor_id, reference=reference, other_reference=told[other], kind=kind)
        told[timeline.name] = reference
    return told


def add_replayed(session: Session) -> dict[str, str]:
    """The same in the demonstration, by its lead, who leads them, at organisations that the lead has no link to."""
    lead = first_of(Role.LEAD)
    told = replay(session, actor_id=lead, bodies=free_bodies(session, lead))
    mine = Case.reference.in_(told.values())
    for place in session.scalars(select(Assignment).join(Case, Case.id == Assignment.case_id).where(mine)):
        place.role = AssignmentRole.LEAD
    session.flush()
    refresh_cards(session, mine)
    return told


def free_bodies(session: Session, who: int) -> dict[str, int]:
    """Organisations that this person has no link to, by what they are to a doctor."""
    related = select(BodyKin.kin_id).join(Affiliation, Affiliation.organisation_id == BodyKin.body_id)
    own = select(Affiliation.organisation_id).where(
        Affiliation.volunteer_id == who, Affiliation.organisation_id.is_not(None)
    )
    free = (
        select(Organisation.kind, Organisation.id)
        .where(
            Organisation.nation == "england",
            Organisation.closed_on.is_(None),
            Organisation.id.not_in(own),
            Organisation.id.not_in(related.where(Affiliation.volunteer_id == who)),
        )
        .order_by(Organisation.id)
    )
    first: dict[str, int] = {}
    for kind, id in session.execute(free):
        first.setdefault(kind, id)
    return {body: first[kind] for body, kind in KINDS.items() if kind in first}


def _open(session: Session, actor_id: int, timeline: Timeline, bodies: dict[str, int]) -> str:
    employer = session.get_one(Organisation, bodies["employer"])
    intake = Intake(
        received_at=clock.now() - CAME_TO_US,
        channel=Channel.EMAIL,
        immediate_danger=YesNo.NO,
        name=f"Demo Doctor {timeline.name.replace('_', ' ').title()}",
        contact=f"{timeline.name.replace('_', '.')}@example.org",
        safe_channel="Personal email",
        privacy_notice=True,
        consent_to_hold=True,
        summary=timeline.summary,
        organisation_id=employer.id,
        body_kind=employer.kind,
        region=employer.region,
        nation=employer.nation,
        grade=timeline.grade,
        specialty_group=timeline.specialty,
    )
    return open_case(session, actor_id=actor_id, intake=intake)


def _tell(telling: Telling, event: Event) -> None:
    match event:
        case Began():
            _begin(telling, event)
        case Reached():
            _reach(telling, event)
        case Came():
            _come(telling, event)
        case Met():
            _meet(telling, event)
        case Was():
            _record(telling, event)
        case Touched():
            process = telling.processes[event.key]
            tie_ground(telling.session, **telling.about, ground=event.ground, case_process_id=process, finding_id=None)
        case Found():
            _code(telling, event)
        case _:
            assert_never(event)


def _begin(telling: Telling, event: Began) -> None:
    day = _day(event.ago)
    add_process(
        telling.session,
        **telling.about,
        process=event.process,
        stage=event.stage,
        organisation_id=telling.bodies.get(event.body),
        started_on=day,
        since=day,
    )
    telling.processes[event.key] = _newest(telling.session, CaseProcess.id)


def _reach(telling: Telling, event: Reached) -> None:
    process = telling.processes[event.key]
    move_process(telling.session, **telling.about, case_process_id=process, stage=event.stage, since=_day(event.ago))


def _come(telling: Telling, event: Came) -> None:
    day = _day(event.ago)
    record_outcome(
        telling.session,
        **telling.about,
        case_process_id=telling.processes[event.key],
        code=event.outcome,
        happened_on=day,
        end_on=day + timedelta(days=event.lasts) if event.lasts else None,
        review_on=day + timedelta(days=event.review) if event.review else None,
        changes=event.changes,
        costs_threat=event.threat,
        confidential=event.secret,
        note=event.note,
        ended=event.ended,
    )


def _meet(telling: Telling, event: Met) -> None:
    case = telling.session.scalars(select(Case).where(Case.reference == telling.reference)).one()
    live = and_(Deadline.case_id == case.id, Deadline.met_on.is_(None), Deadline.lapsed_on.is_(None))
    found = telling.session.scalars(select(Deadline.id).where(live, Deadline.rule == event.rule)).one()
    change_deadline(telling.session, **telling.about, deadline_id=found, met_on=_day(event.ago))


def _record(telling: Telling, event: Was) -> None:
    fact = SaidFact(
        code=event.code,
        took_place_on=_day(event.ago),
        note=event.note,
        examined_by=event.examined,
        after=telling.concerns.get(event.after),
    )
    number = record_fact(telling.session, **telling.about, kind=event.kind, fact=fact)
    if event.name:
        telling.concerns[event.name] = number


def _code(telling: Telling, event: Found) -> None:
    add_finding(
        telling.session,
        **telling.about,
        code=event.code,
        evidence=event.evidence,
        case_process_id=telling.processes[event.key],
        quarter=quarter_of(_day(event.ago)),
        note=event.note,
    )


def _newest(session: Session, column: InstrumentedAttribute[int]) -> int:
    session.flush()
    return session.scalars(select(column).order_by(column.desc()).limit(1)).one()


def _day(ago: int) -> date:
    return clock.today() - timedelta(days=ago)
