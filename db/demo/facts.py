"""Facts of a case: how it was on the day and who examined that, a concern and what followed, what a ground touched."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from db.choices import Stage
from db.demo.story import Story
from db.demo.world import World
from db.models import CaseFact
from db.rules.facts import FactKind, SaidFact

CONDITIONS = {
    "rota_gap": "One registrar for two wards that night.",
    "staffing": "Three nurses short of the plan.",
    "supervision": "The consultant on call was in theatre elsewhere.",
    "it_failure": "Results could not be seen for four hours.",
    "known_hazard": "Reported twice the winter before.",
    "handover": "",
}
EXAMINED = (("nobody",), ("nobody",), ("employer",), ("unknown",), ("coroner",), ("employer", "coroner"))
CONCERNS = {
    "manager": "That the night rota was unsafe.",
    "incident_report": "Three near misses in one month.",
    "guardian": "That juniors were left alone.",
}
DETRIMENTS = {
    "investigated": "A conduct process began.",
    "moved": "Taken off the theatre list.",
    "counter_allegation": "A complaint about tone, from those whom it was about.",
    "excluded": "Sent home the same week.",
}
IMPACTS = ("mental_health", "income", "career_training", "reputation", "family")
PAY = ("full", "full", "basic", "unknown")
TOLD, SPOKE_UP, SHARE = 0.5, 0.1, 0.5
Said = tuple[FactKind, SaidFact]


def add_facts(world: World, story: Story) -> None:
    """For a case past triage. Uses the case's own random numbers, so that changes here change nothing else."""
    if not story.reached(Stage.REVIEW):
        return
    chance = Random(f"facts {story.id}")
    happened = min([facing.started_on for facing in story.facing], default=story.opened_on)
    said = [*_what_happened(story, chance, happened), *_what_it_did(story, chance, happened)]
    for number, (kind, fact) in enumerate(said, start=1):
        # The concern is the fact before.
        after = number - 1 if kind is FactKind.DETRIMENT else None
        _write(world, story, number, kind, replace(fact, after=after))


def _what_happened(story: Story, chance: Random, happened: date) -> Iterator[Said]:
    if chance.random() < TOLD:
        day = happened - timedelta(days=chance.randrange(5, 60))
        for code, note in chance.sample(list(CONDITIONS.items()), chance.randrange(1, 3)):
            yield FactKind.CIRCUMSTANCE, SaidFact(code, day, note, chance.choice(EXAMINED))
    if "speaking_up" in story.grounds or chance.random() < SPOKE_UP:
        code, note = chance.choice(list(CONCERNS.items()))
        yield FactKind.CONCERN, SaidFact(code, happened - timedelta(days=chance.randrange(20, 120)), note)
        code, note = chance.choice(list(DETRIMENTS.items()))
        yield FactKind.DETRIMENT, SaidFact(code, happened, note)


def _what_it_did(story: Story, chance: Random, happened: date) -> Iterator[Said]:
    for ground in story.grounds if story.facing else ():
        if chance.random() < SHARE:
            yield FactKind.GROUND, SaidFact(ground, case_process_id=story.facing[0].id)
    for code in chance.sample(IMPACTS, chance.randrange(3)):
        yield FactKind.IMPACT, SaidFact(code, happened if chance.random() < SHARE else None)
    if "EXCL" in story.flags:
        yield FactKind.PAY, SaidFact(chance.choice(PAY), happened)
    if chance.random() < SHARE / 2:
        yield (
            FactKind.POLICY,
            SaidFact(None, date(happened.year - 2, 4, 1), "Managing concerns about doctors, version 3"),
        )


def _write(world: World, story: Story, number: int, kind: FactKind, fact: SaidFact) -> None:
    world.rows.add(
        CaseFact,
        case_id=story.id,
        number=number,
        edition=1,
        kind=kind.value,
        code=fact.code,
        took_place_on=fact.took_place_on,
        note=fact.note,
        examined_by=" ".join(fact.examined_by),
        after=fact.after,
        case_process_id=fact.case_process_id,
        by_id=story.author.id,
        at=min(story.last_at(Stage.REVIEW) + timedelta(hours=1), world.now),
    )
