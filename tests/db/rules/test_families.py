"""Which bodies are one for the wall: families closed over parents and mergers, and what a wide parent adds."""

from hypothesis import given
from hypothesis import strategies as st

from db.rules.families import Member, families, kin

TRUST, SITE, OTHER_SITE, OLD, OLDER, NEIGHBOUR, BOARD, ABOVE = range(1, 9)
BODIES = (
    Member(TRUST, BOARD, "acute"),
    Member(SITE, TRUST, "acute"),
    Member(OTHER_SITE, TRUST, "acute"),
    Member(OLD, None, "acute"),
    Member(OLDER, None, "acute"),
    Member(NEIGHBOUR, BOARD, "acute"),
    Member(BOARD, ABOVE, "icb"),
    Member(ABOVE, None, "dhsc_nhse"),
)
MERGERS = ((OLD, TRUST), (OLDER, OLD))
KIN = kin(BODIES, MERGERS)


def test_a_trust_its_sites_and_whom_it_came_from_are_one_both_ways() -> None:
    family = (TRUST, SITE, OTHER_SITE, OLD, OLDER)
    assert all((one, other) in KIN for one in family for other in family if one != other)


def test_a_wide_parent_is_one_with_each_family_under_it_and_makes_no_kin_of_them() -> None:
    for member in (TRUST, SITE, OLDER, NEIGHBOUR):
        assert {(BOARD, member), (member, BOARD)} <= KIN
    assert (NEIGHBOUR, TRUST) not in KIN
    assert (NEIGHBOUR, SITE) not in KIN


def test_what_is_above_a_wide_parent_is_not_one_with_what_is_below() -> None:
    assert (BOARD, ABOVE) in KIN
    assert (TRUST, ABOVE) not in KIN


def test_parents_that_run_in_a_ring_or_are_not_known_end_somewhere() -> None:
    ring = [Member(1, 2, "acute"), Member(2, 1, "acute"), Member(3, 99, "acute")]
    assert kin(ring, [(3, 98)]) == {(1, 2), (2, 1)}


BODY = st.integers(1, 12)


@given(
    st.dictionaries(BODY, st.tuples(st.none() | BODY, st.sampled_from(("acute", "icb", "private")))),
    st.lists(st.tuples(BODY, BODY), max_size=8),
)
def test_kin_is_mutual_holds_every_direct_link_and_whole_families(
    drawn: dict[int, tuple[int | None, str]], mergers: list[tuple[int, int]]
) -> None:
    bodies = [Member(id, parent, kind) for id, (parent, kind) in drawn.items()]
    found, family = kin(bodies, mergers), families(bodies, mergers)
    assert all((other, one) in found and one != other for one, other in found)
    for body in bodies:
        if body.parent_id in drawn and body.parent_id != body.id:
            assert (body.id, body.parent_id) in found
    for one, other in mergers:
        if one in drawn and other in drawn and one != other:
            assert (one, other) in found
            # Whoever is one with the one is one with the other.
            assert {pair[1] for pair in found if pair[0] == one} - {other} == (
                {pair[1] for pair in found if pair[0] == other} - {one}
            )
    assert all((a, b) in found for a in family for b in family if a != b and family[a] == family[b])
