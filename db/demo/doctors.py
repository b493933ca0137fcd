"""The demo's doctors: most come once, some again, and a few may or may not be the same person."""

from dataclasses import dataclass, field

from db.demo.story import Story
from db.demo.world import World
from db.models import CaseIdentity, Doctor, DoctorAnswer
from db.rules.contacts import contact_key, contact_keys
from db.rules.names import name_key, name_words
from db.vault import Identity

# Of doctors who come again, the first few wait for a lead's answer, some of them with a different contact.
UNANSWERED, OTHER_CONTACT = 5, 4
CONSONANTS, VOWELS = "bcdfghjklmnpqrstvwxz", "aeiou"


@dataclass(frozen=True)
class Told:
    """Whose case it is: the doctor's number, and their first case if this is not it."""

    person: int
    doctor_id: int
    first_case: int | None
    is_answered: bool
    other_contact: bool


@dataclass
class Doctors:
    """Everybody who has come so far, by their first case."""

    first_cases: list[int] = field(default_factory=list)
    again: int = 0

    def __len__(self) -> int:
        return len(self.first_cases)

    def next_one(self, world: World, case_id: int, *, again: bool) -> Told:
        """A new doctor, or one who comes again. Each case has its own doctor row, with the case's number."""
        if not again:
            self.first_cases.append(case_id)
            return Told(len(self), case_id, None, False, False)
        person = world.rng.randint(1, len(self))
        first, self.again = self.first_cases[person - 1], self.again + 1
        answered = self.again > UNANSWERED
        return Told(person, first if answered else case_id, first, answered, self.again in (OTHER_CONTACT, UNANSWERED))


def add_identity(world: World, story: Story, told: Told) -> None:
    """An identity that nobody could mistake for a real one, sealed like a real one."""
    is_first = told.first_case is None
    word = "other" if told.other_contact else "doctor"
    name = name_of(told.person)
    identity = Identity(
        name=name if is_first else f"Dr {name}",
        contact=f"demo.{word}.{told.person:04}@example.org",
        safe_channel="Personal email" if is_first else "Text message",
        safe_times=world.pick(("Evenings", "Weekends", "Any time", "After 19:00")) if is_first else "",
        never_use=world.pick(("", "Work email", "Work phone", "The shared house phone")) if is_first else "",
    )
    vault = world.vault
    world.rows.add(Doctor, id=story.id, created_at=story.received)
    world.rows.add(
        CaseIdentity,
        case_id=story.id,
        doctor_id=story.id,
        sealed=vault.seal(identity),
        contact_hash=vault.contact_hash(contact_key(identity.contact)),
        name_hash=vault.keyed_hash(f"person {name_key(identity.name)}"),
        search_words=vault.search_words(name_words(identity.name), contact_keys(identity.contact)),
    )
    if told.first_case is not None and told.is_answered:
        world.rows.add(
            DoctorAnswer,
            one_id=told.first_case,
            other_id=story.id,
            is_one=True,
            by_id=story.screener.id,
            at=story.received,
        )


def name_of(person: int) -> str:
    """A different name for each number, without digits: “Demo Doctor Babade”."""
    digits = f"{person:06}"
    pairs = (int(digits[at : at + 2]) for at in range(0, len(digits) - 1, 2))
    return "Demo Doctor " + "".join(CONSONANTS[n // 5] + VOWELS[n % 5] for n in pairs).capitalize()
