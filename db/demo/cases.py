"""Makes up one case after another and adds its rows."""

from collections.abc import Iterator
from datetime import date, datetime

from db import clock
from db.case_reference import ALPHABET, PREFIX, RANDOM_LENGTH, check_character
from db.choices import Channel, YesNo
from db.demo import (
    checklists,
    deadlines,
    facing,
    facts,
    life,
    looks,
    marks,
    moves,
    papers,
    pathways,
    patterns,
    team,
    timeline,
    words,
)
from db.demo.bodies import Body
from db.demo.doctors import Doctors, add_identity
from db.demo.story import SAS, Scenario, Story, a_lead
from db.demo.world import World
from db.models import Case, Recusal

GRADES = {
    "fy1": 6,
    "fy2": 7,
    "ct_st1_2": 9,
    "st3_8": 14,
    "gpst": 5,
    "locally_employed": 13,
    SAS[0]: 9,
    SAS[1]: 2,
    SAS[2]: 2,
    "consultant": 18,
    "locum_bank": 7,
    "clinical_academic": 2,
    "medical_leader": 1,
    "not_stated": 3,
}
GP_GRADES = {"gp_partner": 5, "gp_salaried": 7, "gp_locum": 5, "gpst": 4}
SPECIALTIES = {
    "medicine": 20,
    "surgery": 19,
    "emergency": 12,
    "anaesthesia_icm": 11,
    "obs_gynae": 8,
    "paediatrics": 8,
    "psychiatry": 6,
    "radiology": 4,
    "pathology": 3,
    "ophthalmology": 2,
    "oncology": 3,
    "not_stated": 3,
}
CHANNELS = {
    Channel.EMAIL: 40,
    Channel.WEB_FORM: 35,
    Channel.MESSAGE: 10,
    Channel.PHONE: 8,
    Channel.REFERRAL: 7,
}
__all__ = ["SAME_DOCTOR", "Doctors", "add_identity", "draw_reference", "tell_case"]
# What people call the place they work: some are sites of listed trusts, one is on no list.
UNLISTED = (
    "the riverside infirmary",
    "Demoford General",
    "St Fictions",
    "Moorside",
    "EAT Q",
    "Sampling Walk-in Clinic",
)
# In a large demo, more unlisted names would only be more of the same.
LAST_UNLISTED = 5_000
SAME_DOCTOR = 0.04


def draw_reference(world: World, taken: set[str]) -> str:
    """A reference in the usual form from the demo's own random numbers, so that a seed always gives the same."""
    while True:
        letters = "".join(world.rng.choices(ALPHABET, k=RANDOM_LENGTH))
        reference = PREFIX + letters + check_character(letters)
        if reference not in taken:
            taken.add(reference)
            return reference


def tell_case(
    world: World,
    number: int,
    reference: str,
    fate: life.Fate,
    process_ids: Iterator[int],
    *,
    doctor_id: int,
    scenario: Scenario | None,
    recused: frozenset[int],
) -> Story:
    """One case from the first message until today, with everything recorded about it."""
    story = _begin(world, number, reference, fate, doctor_id, scenario, recused)
    facing.add_processes(world, story, process_ids)
    story.screener = a_lead(world, story)
    story.representation = moves.representation_of(world, story)
    team.choose_team(world, story)
    patterns.add_grounds(world, story)
    deadlines.add_deadlines(world, story)
    last = timeline.add_timeline(world, story)
    _write_case(world, story, moves.add_moves(world, story), last)
    team.add_team(world, story)
    looks.add_looks(world, story)
    patterns.add_findings(world, story)
    timeline.add_actions(world, story)
    timeline.add_waiting(world, story)
    marks.add_flags(world, story)
    marks.add_consents(world, story)
    papers.add_papers(world, story)
    pathways.add_events(world, story)
    checklists.add_answers(world, story)
    facts.add_facts(world, story)
    for person in recused:
        reason = "Knows the doctor." if world.chance(0.5) else "May be asked for a statement."
        world.rows.add(Recusal, volunteer_id=person, case_id=story.id, reason=reason, at=story.received)
    return story


def _begin(
    world: World,
    number: int,
    reference: str,
    fate: life.Fate,
    doctor_id: int,
    scenario: Scenario | None,
    recused: frozenset[int],
) -> Story:
    body = _body(world)
    # The stories told of the demo volunteer are of English processes.
    while scenario and (body.nation != "england" or world.volunteer.is_barred([body.id], fate.opened_on)):
        body = _body(world)
    learning = world.chance(0.6)
    grades = GP_GRADES if body.kind == "gp_practice" else GRADES
    specialty = "general_practice" if body.kind == "gp_practice" else _one_of(world, SPECIALTIES)
    if body.kind == "mental_health":
        specialty = "psychiatry"
    stage = scenario.stage if scenario else None
    return Story(
        id=number,
        reference=reference,
        doctor_id=doctor_id,
        body=body,
        is_listed=scenario is not None or not world.chance(0.03) or number > LAST_UNLISTED,
        grade=_one_of(world, grades),
        specialty=specialty,
        steps=life.tell(world, fate, learning=learning, final=stage),
        learning=learning,
        screener=world.leads[0],
        recused=recused,
        scenario=scenario,
        unallocated=fate.unallocated,
    )


def _body(world: World) -> Body:
    return world.rng.choices(world.employers, cum_weights=world.employer_weights)[0]


def _one_of(world: World, shares: dict[str, int]) -> str:
    return world.rng.choices(list(shares), weights=list(shares.values()))[0]


def _write_case(world: World, story: Story, kept: date | None, last: datetime) -> None:
    body, listed = story.body, story.is_listed
    updated = max(last, story.steps[-1].at)
    world.rows.add(
        Case,
        id=story.id,
        reference=story.reference,
        doctor_id=story.doctor_id,
        organisation_id=body.id if listed else None,
        body_text=None if listed else UNLISTED[story.id % len(UNLISTED)],
        body_kind=body.kind,
        region=body.region,
        nation=body.nation,
        grade=story.grade,
        specialty_group=story.specialty,
        stage=story.stage.value,
        summary=story.scenario.summary if story.scenario else _summary(world),
        channel=world.rng.choices(list(CHANNELS), weights=list(CHANNELS.values()))[0].value,
        immediate_danger=(YesNo.NO if world.chance(0.93) else YesNo.NOT_ASKED).value,
        received_at=story.received,
        opened_on=story.opened_on,
        representation=story.representation.value,
        large_bundle=world.chance(0.12),
        weekly_contact=world.chance(0.15),
        retain_until=kept,
        updated_at=updated,
        updated_by_id=story.author.id,
        version=len(story.steps),
        is_open=story.is_open,
        stage_since=story.steps[-1].at,
        closed_on=None if story.is_open else clock.london_day(story.steps[-1].at),
    )


def _summary(world: World) -> str:
    context = world.pick(words.CONTEXTS)
    rare = f" Mentions a {world.pick(words.RARE)}." if world.chance(0.004) else ""
    return f"{world.pick(words.TRIGGERS)}; {context}. {world.pick(words.ASKS)}{rare}"
