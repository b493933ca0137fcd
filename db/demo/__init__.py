"""Fictional data of any size, always the same for a seed and a day.

Everything is invented (docs/domain.md §8): organisations, people and stories. `build_demo` fills an empty database.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from random import Random

from sqlalchemy import select, text, true, update
from sqlalchemy.orm import Session
from tqdm import tqdm

from db import clock, search_index
from db.card import refresh_cards
from db.choices import Stage
from db.commands.wall import fill_name_hashes
from db.demo import cases as telling
from db.demo import life, showcase, team, to_do
from db.demo.bodies import make_bodies
from db.demo.care import add_care
from db.demo.codings import add_codings
from db.demo.corrections import add_corrections
from db.demo.enquiries import add_enquiries
from db.demo.learnings import add_learnings
from db.demo.meetings import add_meetings
from db.demo.outputs import add_outputs
from db.demo.people import PASSWORD, SIGN_INS, make_people
from db.demo.releases import add_releases
from db.demo.replayed import add_replayed
from db.demo.rows import Rows
from db.demo.second_lead import add_asks
from db.demo.series import add_series
from db.demo.work import add_marks, add_news, add_same_doctor, add_views, answer_for_cover
from db.demo.world import World
from db.engine import Database
from db.errors import CommandRefused
from db.models import Case, FairnessQuestion, Organisation, ProcessStage, Revision, TimeRule, Volunteer
from db.vault import Vault

__all__ = ["PASSWORD", "SIGN_INS", "build_demo"]
BATCH = 2_000
# With more cases than this, each has only one audit row.
FULL_AUDIT = 5_000
# In a demonstration that somebody looks at, six timelines are told on top of these cases (`db/demo/timelines.py`).
REPLAYED_FROM = 250


def build_demo(database: Database, *, cases: int, seed: int, progress: bool = True) -> None:
    """Fills an empty database with this many fictional cases, in one transaction.

    Refuses a database with any case, account or organisation: demonstration data must never mix with real data.
    """
    with database.write() as session:
        _refuse_if_used(session)
        _fill(session, cases, seed, progress)
        session.execute(update(Revision).values(is_demo=True))
    _tidy(database)


def _refuse_if_used(session: Session) -> None:
    for model in (Case, Volunteer, Organisation):
        if session.scalar(select(model.id).limit(1)) is not None:
            raise CommandRefused(
                "This database is in use. Demonstration data needs an empty one: name another with DATABASE_URL."
            )


def _fill(session: Session, cases: int, seed: int, progress: bool) -> None:
    rng = Random(seed)
    world = _make_world(session, rng, cases)
    fates = life.intake(rng, world.today, cases)
    with tqdm(total=cases, desc="Demo cases", unit="case", disable=not progress) as bar:
        for number in _tell_all(world, fates):
            if number % BATCH == 0:
                world.rows.flush()
                bar.update(BATCH)
        world.rows.flush()
        bar.update(cases - bar.n)
    world.rows.continue_numbering()
    fill_name_hashes(session)
    add_views(session)
    # The planner needs the sizes before the statement that reads everything.
    session.execute(text("ANALYZE"))
    refresh_cards(session, true())
    answer_for_cover(session)
    add_marks(session)
    add_news(session)
    add_corrections(session)
    add_same_doctor(session)
    add_asks(session)
    if REPLAYED_FROM <= cases <= FULL_AUDIT:
        add_replayed(session)
        add_enquiries(session)
        add_meetings(session)
        add_learnings(session)
        add_codings(session)
        add_series(session)
        add_care(session)
    add_releases(session)
    if REPLAYED_FROM <= cases <= FULL_AUDIT:
        add_outputs(session)
    while search_index.fill(session):
        pass


def _make_world(session: Session, rng: Random, cases: int) -> World:
    vault = session.info["vault"]
    assert isinstance(vault, Vault)
    today, rows = clock.today(), Rows(session)
    bodies = make_bodies(rows, today)
    people = make_people(rows, rng, today, bodies, cases)
    stages: dict[str, list[str]] = defaultdict(list)
    asides: set[tuple[str, str]] = set()
    for stage in session.scalars(select(ProcessStage).order_by(ProcessStage.process, ProcessStage.position)):
        stages[stage.process].append(stage.code)
        asides |= {(stage.process, stage.code)} if stage.course == "aside" else set()
    rules: dict[tuple[str, str], list[TimeRule]] = defaultdict(list)
    for rule in session.scalars(select(TimeRule).order_by(TimeRule.code)):
        rules[rule.process, rule.stage].append(rule)
    questions: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for question in session.scalars(select(FairnessQuestion).order_by(FairnessQuestion.code)):
        questions[question.process].append((question.code, question.finding))
    return World(
        rng=rng,
        today=today,
        now=clock.now().replace(microsecond=0),
        vault=vault,
        rows=rows,
        bodies=bodies,
        people=people,
        stages=stages,
        asides=asides,
        rules=rules,
        questions=questions,
        full_audit=cases <= FULL_AUDIT,
    )


def _tell_all(world: World, fates: list[life.Fate]) -> Iterator[int]:
    scenarios = showcase.own_cases(fates, world.today)
    aside = [world.leads[0].id, world.volunteer.id, *(person.id for person in world.carriers[:4])]
    recused = showcase.recusals(world.rng, fates, scenarios, aside)
    process_ids, taken, doctors = count(1), set[str](), telling.Doctors()
    offered, owed, asked = False, False, False
    for number, fate in enumerate(fates):
        again = len(doctors) > 20 and number not in scenarios and world.chance(telling.SAME_DOCTOR)
        told = doctors.next_one(world, number + 1, again=again)
        story = telling.tell_case(
            world,
            number + 1,
            telling.draw_reference(world, taken),
            fate,
            process_ids,
            doctor_id=told.doctor_id,
            scenario=scenarios.get(number),
            recused=recused.get(number, frozenset()),
        )
        telling.add_identity(world, story, told)
        if fate.unallocated and not offered and story.lead is None and story.may_see(world.volunteer):
            team.offer_to_volunteer(world, story)
            offered = True
        if story.scenario and story.scenario.process == "MHPS":
            team.owe_debrief(world, story, world.volunteer, days_ago=20)
        elif story.lead and story.stage is Stage.ACTIVE and not story.scenario and not owed:
            team.owe_debrief(world, story, story.lead, days_ago=5)
            owed = True
        if story.scenario and story.lead == world.volunteer and not asked:
            to_do.offer_to_volunteer(world, story)
            asked = True
        yield number + 1


def _tidy(database: Database) -> None:
    """Tidies up after one big write: removes dead rows and updates the planner's statistics."""
    if database.engine.dialect.name == "postgresql":
        with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
    else:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
