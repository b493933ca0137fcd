"""What was done (contacts, documents, decisions, updates, support), the next action, and waiting for others."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db import clock
from db.choices import ConsentPurpose, Contact, EntryKind, Stage, Wellbeing
from db.demo import to_do, words
from db.demo.story import Story, after
from db.demo.world import World
from db.models import Action, Entry, Waiting
from db.rules import consent
from db.rules.actions import ActionEnd
from db.rules.consent import Needed

KINDS = (
    EntryKind.CONTACT,
    EntryKind.DOCUMENT,
    EntryKind.NOTE,
    EntryKind.DECISION,
    EntryKind.UPDATE,
    EntryKind.SUPPORT,
    EntryKind.ADVOCACY,
)
KIND_SHARES = (24, 38, 51, 58, 80, 93, 100)
SUPPORTS = (
    "listening",
    "explaining_process",
    "meeting_preparation",
    "chronology",
    "reading_papers",
    "drafting_help",
    "wellbeing_check",
    "signpost_union",
    "signpost_mdo",
    "peer_mentor",
    "return_to_work",
    "accompanying",
)
ADVOCACY = (
    "letter_employer",
    "letter_gmc",
    "meeting_ro_md",
    "joint_action",
    "complaint",
    "letter_deanery",
    "mp_briefing",
    "none_by_choice",
)
FEELING = (Wellbeing.SAME, Wellbeing.WORSE, Wellbeing.BETTER, Wellbeing.NOT_ASKED)
FEELING_SHARES = (45, 62, 82, 100)


@dataclass(frozen=True)
class Recency:
    """How recent the news of an open case is: days since the last news, and since the last status update."""

    quiet_days: int
    update_days: int | None


def recency_of(world: World, story: Story) -> Recency:
    """Most open cases are up to date; some have no recent news."""
    age = (world.today - story.opened_on).days
    if story.scenario:
        return Recency(min(story.scenario.update_days, age), story.scenario.update_days)
    if story.unallocated or story.lead is None:
        return Recency(min(age, world.rng.randint(0, 9)), None)
    quiet = world.rng.randint(16, 45) if world.chance(0.12) else world.rng.randint(0, 12)
    update = world.rng.randint(8, 24) if world.chance(0.2) else world.rng.randint(0, 6)
    return Recency(min(quiet, age), min(max(update, 0), age))


def add_timeline(world: World, story: Story) -> datetime:
    """Adds the entries in order. Returns the time of the last."""
    recency = recency_of(world, story) if story.is_open else None
    until = story.end(world)
    if recency:
        until = max(story.received, world.now - timedelta(days=recency.quiet_days))
    count = world.rng.randint(2, 4) if not story.reached(Stage.REVIEW) else world.rng.randint(4, 9)
    moments = world.moments(story.received, until, count)
    if recency:
        moments[-1] = until
    for position, moment in enumerate(moments):
        _entry(world, story, moment, _kind(world, story, position))
    last = moments[-1]
    if recency and recency.update_days is not None and story.lead:
        last_update = max(story.received, world.now - timedelta(days=recency.update_days))
        contact = Contact.REACHED if recency.update_days <= recency.quiet_days else Contact.NONE
        _update(world, story, last_update, contact)
        last = max(last, last_update)
    return last


def _kind(world: World, story: Story, position: int) -> EntryKind:
    if position == 0:
        return EntryKind.CONTACT
    kind = world.rng.choices(KINDS, cum_weights=KIND_SHARES)[0]
    # An open case's last update is added separately, by its age. Only case leads write updates here.
    if kind is EntryKind.UPDATE and (story.is_open or story.lead is None):
        return EntryKind.DOCUMENT
    return kind


def _entry(world: World, story: Story, at: datetime, kind: EntryKind) -> None:
    contact = Contact.REACHED if world.chance(0.73) else Contact.TRIED
    if kind is EntryKind.UPDATE:
        _update(world, story, at, contact)
        return
    code = None
    if kind is EntryKind.SUPPORT:
        code = world.pick(SUPPORTS)
    elif kind is EntryKind.ADVOCACY:
        code = world.pick(ADVOCACY)
        if needed := consent.ADVOCACY.get(code):
            story.agreed.add(needed)
    texts = {
        EntryKind.CONTACT: words.REACHED if contact is Contact.REACHED else words.TRIED,
        EntryKind.DOCUMENT: words.DOCUMENTS,
        EntryKind.NOTE: words.NOTES,
        EntryKind.DECISION: words.DECISIONS,
        EntryKind.SUPPORT: words.SUPPORTS,
        EntryKind.ADVOCACY: words.ADVOCACY,
    }[kind]
    author = story.second if story.second and world.chance(0.2) else story.author
    world.rows.add(
        Entry,
        case_id=story.id,
        at=at,
        recorded_at=after(at, world.rng.random() / 12, world.now),
        author_id=author.id,
        kind=kind.value,
        contact=contact.value if kind is EntryKind.CONTACT else None,
        code=code,
        text=world.pick(texts),
    )


def _update(world: World, story: Story, at: datetime, contact: Contact) -> None:
    wanted = world.pick(words.HELP) if world.chance(0.12) else None
    if wanted:
        story.agreed.add(Needed(ConsentPurpose.MEETING))
    feeling = world.rng.choices(FEELING, cum_weights=FEELING_SHARES)[0]
    world.rows.add(
        Entry,
        case_id=story.id,
        at=at,
        recorded_at=at,
        author_id=story.author.id,
        kind=EntryKind.UPDATE.value,
        contact=contact.value,
        wellbeing=(feeling if contact is Contact.REACHED else Wellbeing.NOT_ASKED).value,
        text=world.pick(words.UPDATES),
        blocked_by=world.pick(words.BLOCKED) if world.chance(0.2) else None,
        help_wanted=wanted,
    )


def add_actions(world: World, story: Story) -> None:
    """Actions that are done and, on every open case, at least one that is not."""
    end = story.end(world)
    done = world.rng.randint(0, 2)
    for created in world.moments(story.received, end, done):
        finished = after(created, world.rng.random() * 12, end)
        due = clock.london_day(created) + world.days(2, 12)
        _action(world, story, world.pick(words.NEXT_ACTIONS), due, created, finished)
    if not story.is_open:
        return
    created = max(story.received, world.now - world.days(1, 12))
    text = world.pick(words.NEXT_ACTIONS if story.reached(Stage.REVIEW) else words.FIRST_ACTIONS)
    to_do.add_open(world, story, text, _due(world, story), created)
    if not story.scenario and world.chance(0.25):
        due = world.today + world.days(3, 30)
        _action(world, story, world.pick(words.NEXT_ACTIONS), due, created, None)


def _due(world: World, story: Story) -> date:
    if story.scenario:
        return world.today + timedelta(days=story.scenario.action_in)
    if world.chance(0.15):
        return max(story.opened_on, world.today - world.days(1, 12))
    return world.today if world.chance(0.08) else world.today + world.days(1, 14)


def _action(world: World, story: Story, text: str, due: date, created: datetime, done: datetime | None) -> None:
    owner = story.screener if story.unallocated else story.author
    world.rows.add(
        Action,
        id=next(world.action_ids),
        case_id=story.id,
        text=text,
        owner_id=owner.id,
        due_on=due,
        created_at=created,
        done_at=done,
        done_by_id=owner.id if done else None,
        ended_how=ActionEnd.DONE.value if done else None,
    )


def add_waiting(world: World, story: Story) -> None:
    """Waiting for others: some over, some current, some past the day to follow up."""
    told = story.scenario
    if told and told.chase_in is not None:
        chase = world.today + timedelta(days=told.chase_in)
        _wait(world, story, max(story.opened_on, world.today - timedelta(days=9)), chase, None)
    elif story.is_open and not told and story.reached(Stage.REVIEW) and world.chance(0.25):
        chase = world.today + (-world.days(0, 10) if world.chance(0.35) else world.days(1, 21))
        _wait(world, story, max(story.opened_on, chase - world.days(10, 25)), chase, None)
    if not told and story.reached(Stage.REVIEW) and world.chance(0.15):
        since = (story.received + (story.end(world) - story.received) * world.rng.random()).date()
        over = min(since + world.days(3, 25), clock.london_day(story.end(world)))
        _wait(world, story, min(since, over), since + world.days(7, 20), over)


def _wait(world: World, story: Story, since: date, chase: date, ended: date | None) -> None:
    since = min(since, world.today)
    world.rows.add(
        Waiting,
        case_id=story.id,
        on_whom=world.pick(words.WAITS),
        since=since,
        expected_on=chase - timedelta(days=2) if world.chance(0.6) else None,
        chase_on=chase,
        ended_on=ended,
    )
