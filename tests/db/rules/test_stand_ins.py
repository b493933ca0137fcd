"""Who takes the chair and the notes of an item for somebody who may not hear of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules.stand_ins import Present, StandIns, stand_ins

LENA, LOTTE, UMA, VIK = (Present(n, name, n < 3) for n, name in enumerate(("Lena", "Lotte", "Uma", "Vik"), start=1))
EVERYBODY = [VIK, UMA, LOTTE, LENA]


def test_the_first_lead_by_name_takes_the_chair_and_the_first_person_the_notes() -> None:
    assert stand_ins(LENA.id, UMA.id, EVERYBODY, {VIK.id}) == StandIns()
    assert stand_ins(LENA.id, UMA.id, EVERYBODY, {LENA.id}) == StandIns(chair_id=LOTTE.id)
    assert stand_ins(LENA.id, UMA.id, EVERYBODY, {UMA.id}) == StandIns(notes_id=LOTTE.id)
    assert stand_ins(LENA.id, UMA.id, EVERYBODY, {LENA.id, UMA.id}) == StandIns(LOTTE.id, VIK.id)


def test_a_lead_who_takes_notes_takes_the_chair_last_and_hands_the_notes_on() -> None:
    assert stand_ins(LENA.id, LOTTE.id, EVERYBODY, {LENA.id}) == StandIns(LOTTE.id, UMA.id)
    assert stand_ins(LENA.id, LOTTE.id, [LENA, LOTTE], {LENA.id}) == StandIns(LOTTE.id)


def test_where_no_lead_may_hear_of_it_nobody_takes_the_chair() -> None:
    assert stand_ins(LENA.id, UMA.id, EVERYBODY, {LENA.id, LOTTE.id}) == StandIns(has_no_chair=True)


PEOPLE = st.lists(
    st.builds(Present, st.integers(1, 9), st.sampled_from("ABC"), st.booleans()), unique_by=lambda p: p.id
)


@settings(max_examples=60)
@given(st.integers(1, 9), st.integers(1, 9), PEOPLE, st.sets(st.integers(1, 9)))
def test_whoever_stands_in_is_there_and_may_hear_of_it(
    chair: int, notes: int, people: list[Present], deaf: set[int]
) -> None:
    found = stand_ins(chair, notes, people, deaf)
    stay = {person.id for person in people} - deaf
    assert {found.chair_id, found.notes_id} <= stay | {None}
    leads = {person.id for person in people if person.is_lead}
    assert found.chair_id in leads | {None}
    has_left = chair in deaf & {person.id for person in people}
    assert found.has_no_chair == (has_left and not stay & leads)
    assert stand_ins(chair, notes, people[::-1], deaf) == found
