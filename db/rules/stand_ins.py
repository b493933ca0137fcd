"""Who takes the chair and the notes of an item for somebody who may not hear of it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Present:
    """Somebody who came, or is asked to."""

    id: int
    name: str
    is_lead: bool


@dataclass(frozen=True)
class StandIns:
    """None where whoever was chosen for the meeting stays. `has_no_chair`: the chair leaves, and nobody can take it."""

    chair_id: int | None = None
    notes_id: int | None = None
    has_no_chair: bool = False


def stand_ins(chair_id: int, note_taker_id: int, present: Sequence[Present], cannot_hear: Collection[int]) -> StandIns:
    """The chair goes to the first lead present, by name, who may hear of the item: rather one who takes no notes. The
    notes go to the first person, by name, rather not to whoever then has the chair. Source: our own rule, as anybody in
    the room can work it out beforehand (docs/domain.md §7).
    """
    left = {person.id for person in present} & set(cannot_hear)
    stay = [person for person in sorted(present, key=lambda one: (one.name, one.id)) if person.id not in left]
    leads = [person.id for person in stay if person.is_lead]
    chair = _first(leads, note_taker_id) if chair_id in left else None
    if chair_id in left and chair is None:
        return StandIns(has_no_chair=True)
    # A note-taker who has to take the chair hands the notes on too.
    hands_on = note_taker_id in left or chair == note_taker_id
    notes = _first([person.id for person in stay], chair or chair_id) if hands_on else None
    return StandIns(chair, None if notes == note_taker_id else notes)


def _first(ids: Sequence[int], rather_not: int) -> int | None:
    return next(iter([*_others(ids, rather_not), *ids]), None)


def _others(ids: Sequence[int], but: int) -> Iterator[int]:
    return (id for id in ids if id != but)
