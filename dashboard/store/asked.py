"""What somebody is asked to take on, and what leads have to match: cached as all reads are."""

from dashboard.store.reads import fresh
from db import clock
from db.asked import ShownBodies
from db.queries.matching import ToMatch
from db.queries.offers import OwnOffer
from db.queries.session import Person


def own_offers(person: Person) -> list[OwnOffer]:
    """Offers of a place that wait for this person's answer."""
    offers: list[OwnOffer] = fresh("own_offers", person.key)
    return offers


def bodies_to_answer(person: Person, reference: str) -> ShownBodies | None:
    """Refuses with NotFound whoever is not asked about the case."""
    shown: ShownBodies | None = fresh("bodies_to_answer", person.key, reference)
    return shown


def must_say(person: Person, reference: str) -> bool:
    """Refuses with NotFound whoever is not asked about the case."""
    still: bool = fresh("must_say", person.key, reference)
    return still


def cover_to_answer(person: Person) -> list[str]:
    references: list[str] = fresh("cover_to_answer", person.key, clock.today())
    return references


def bodies_to_match(person: Person) -> ToMatch:
    """For leads; empty for anybody else."""
    found: ToMatch = fresh("bodies_to_match", person.key)
    return found
