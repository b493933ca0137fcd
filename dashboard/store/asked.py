"""What somebody is asked to take on, and what leads have to match: cached like all reads."""

from dashboard.store.reads import fresh
from db.asked import ShownBodies
from db.queries import matching as matching_queries
from db.queries import offers as offer_queries
from db.queries.matching import ToMatch
from db.queries.offers import OwnOffer
from db.queries.session import Person


def own_offers(person: Person, reference: str) -> list[OwnOffer]:
    """Offers of this case that wait for this person's answer."""
    return fresh(offer_queries.own_offers, person.key, reference)


def bodies_to_answer(person: Person, reference: str) -> ShownBodies | None:
    """Refuses with NotFound anybody who has not been asked about the case."""
    return fresh(offer_queries.bodies_to_answer, person.key, reference)


def must_say(person: Person, reference: str) -> bool:
    """Refuses with NotFound anybody who has not been asked about the case."""
    return fresh(offer_queries.must_say, person.key, reference)


def cover_to_answer(person: Person) -> dict[str, ShownBodies | None]:
    """{reference: what `bodies_to_answer` has of it}, the most urgent first."""
    return fresh(offer_queries.cover_to_answer, person.key)


def bodies_to_match(person: Person) -> ToMatch:
    """For leads; empty for anybody else."""
    return fresh(matching_queries.bodies_to_match, person.key)
