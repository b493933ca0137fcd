"""One case while it is being made up: what its parts need to know of each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from db import clock
from db.choices import Representation, Stage
from db.demo.bodies import HOT_REGIONS, Body
from db.demo.life import Step
from db.demo.world import Person, World
from db.rules.consent import Needed

SAS = ("specialty_doctor", "specialist", "associate_specialist")
TRAINEES = ("fy1", "fy2", "ct_st1_2", "st3_8", "gpst")


@dataclass(frozen=True)
class Scenario:
    """One of the demo volunteer's own cases, written by hand. Days count from today."""

    stage: Stage
    process: str
    process_stage: str
    summary: str
    update_days: int
    action_in: int
    due_in: int | None = None
    body_due_in: int | None = None
    chase_in: int | None = None
    age: int = 90


@dataclass(frozen=True)
class Facing:
    """A process of the case."""

    id: int
    process: str
    stage: str
    body_id: int | None
    started_on: date
    ended_on: date | None
    # The days that rules of its current stage count from.
    triggers: list[date] = field(default_factory=list)


@dataclass
class Story:
    id: int
    reference: str
    doctor_id: int
    body: Body
    is_listed: bool
    grade: str
    specialty: str
    steps: list[Step]
    learning: bool
    screener: Person
    recused: frozenset[int] = frozenset()
    scenario: Scenario | None = None
    unallocated: bool = False
    representation: Representation = Representation.UNKNOWN
    lead: Person | None = None
    second: Person | None = None
    facing: list[Facing] = field(default_factory=list)
    grounds: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    # What was done with the doctor's consent.
    agreed: set[Needed] = field(default_factory=set)

    @property
    def stage(self) -> Stage:
        return self.steps[-1].stage

    @property
    def is_open(self) -> bool:
        return self.stage.is_open

    @property
    def received(self) -> datetime:
        return self.steps[0].at

    @property
    def opened_on(self) -> date:
        return clock.london_day(self.received)

    @property
    def author(self) -> Person:
        return self.lead or self.screener

    @property
    def is_hot(self) -> bool:
        """Where the demo's first pattern is: exclusions without reviews at some acute trusts."""
        return self.body.kind == "acute" and self.body.region in HOT_REGIONS

    @property
    def is_trainee(self) -> bool:
        return self.grade in TRAINEES

    @property
    def is_outside_training(self) -> bool:
        return self.grade == "locally_employed" or self.grade in SAS

    def reached(self, *stages: Stage) -> bool:
        return any(step.stage in stages for step in self.steps)

    def last_at(self, stage: Stage) -> datetime:
        return next(step.at for step in reversed(self.steps) if step.stage is stage)

    def body_ids(self) -> list[int]:
        """Every organisation that counts for the conflict wall."""
        own = [self.body.id] if self.is_listed else []
        return own + [facing.body_id for facing in self.facing if facing.body_id]

    def end(self, world: World) -> datetime:
        return world.now if self.is_open else self.steps[-1].at

    def may_see(self, person: Person) -> bool:
        return person.id not in self.recused and not person.is_barred(self.body_ids(), self.opened_on)


def anyone(world: World, story: Story, *, besides: Sequence[Person] = ()) -> Person | None:
    """Somebody with a caseload who may see this case, busy people more often; None if nobody was found."""
    for _ in range(40):
        person = world.rng.choices(world.carriers, cum_weights=world.carrier_weights)[0]
        if person not in besides and story.may_see(person):
            return person
    return None


def a_lead(world: World, story: Story) -> Person:
    """A lead who may see the case."""
    free = [person for person in world.leads if story.may_see(person)]
    return world.pick(free or world.leads)


def after(moment: datetime, days: float, limit: datetime) -> datetime:
    return min(moment + timedelta(days=days), limit)
