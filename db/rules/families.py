"""Which organisations count as one for the conflict wall: a trust, its sites, its predecessors and successors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Kinds with so many organisations under them that those have nothing to do with each other. Somebody who belongs to one
# of these is barred from cases at every organisation under it, and the other way round.
WIDE = frozenset(
    {
        "armed_forces",
        "cqc",
        "deanery",
        "dhsc_nhse",
        "gmc",
        "icb",
        "mpts",
        "nhs_resolution",
        "not_stated",
        "other",
        "royal_college",
        "university",
    }
)
# Shown wherever a case is offered before its organisation is matched.
NOT_MATCHED = "Organisation not matched: nobody has been checked"
Pair = tuple[int, int]


@dataclass(frozen=True)
class Member:
    """What working out the families needs to know of an organisation."""

    id: int
    parent_id: int | None
    kind: str


def families(bodies: Iterable[Member], mergers: Iterable[Pair]) -> dict[int, int]:
    """{organisation: the one that represents its family}: joined by parents that are not WIDE, and by mergers."""
    known = {body.id: body for body in bodies}
    root = {id: id for id in known}

    def top(id: int) -> int:
        while root[id] != id:
            root[id] = root[root[id]]
            id = root[id]
        return id

    narrow = ((id, body.parent_id) for id, body in known.items() if body.parent_id in known)
    links = [(child, parent) for child, parent in narrow if parent and known[parent].kind not in WIDE]
    for one, other in (*links, *((a, b) for a, b in mergers if a in known and b in known)):
        low, high = sorted((top(one), top(other)))
        root[high] = low
    return {id: top(id) for id in known}


def kin(bodies: Iterable[Member], mergers: Iterable[Pair]) -> set[Pair]:
    """Pairs of organisations that count as one for the wall, both ways round: families, and families with a WIDE parent
    of one of their members."""
    listed = list(bodies)
    family = families(listed, mergers)
    members: dict[int, list[int]] = {}
    for id, of in family.items():
        members.setdefault(of, []).append(id)
    joined = {(of, of) for of, those in members.items() if len(those) > 1}
    for body in listed:
        if body.parent_id in family:
            low, high = sorted((family[body.id], family[body.parent_id]))
            joined.add((low, high))
    return {pair for one, other in joined for pair in _pairs(members[one], members[other])}


def _pairs(some: list[int], others: list[int]) -> Iterator[Pair]:
    for one in some:
        for other in others:
            if one != other:
                yield one, other
                yield other, one
