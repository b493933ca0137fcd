"""Who is on a case: offers accepted and declined, handovers, second volunteers, and places ended on closing."""

from datetime import datetime, timedelta

from db.choices import AssignmentRole, AssignmentStatus, ConsentPurpose, Stage
from db.demo import words
from db.demo.story import Story, after, anyone
from db.demo.world import Person, World
from db.models import Assignment, Debrief
from db.rules.allotting import DebriefKind
from db.rules.consent import Needed

TURNED_DOWN = ("No room this month.", "I know somebody there.", "Not my field.")
HANDED_OVER = ("Starting a new post, with no time left.", "Going on leave for several months.", "Rota has changed.")


def choose_team(world: World, story: Story) -> None:
    """Chooses the case lead and the second volunteer. An unallocated case has neither."""
    if story.scenario:
        story.lead = world.volunteer
    elif story.is_open and not story.unallocated:
        story.lead = anyone(world, story) or story.screener
    elif story.reached(Stage.REVIEW):
        own = not story.is_open and world.chance(0.03) and story.may_see(world.volunteer)
        story.lead = world.volunteer if own else anyone(world, story)
    if story.lead and story.reached(Stage.REVIEW) and world.chance(0.75):
        story.second = anyone(world, story, besides=(story.lead,))


def add_team(world: World, story: Story) -> None:
    """Adds the places of every time the case was open. Closing it ended them all."""
    if story.is_open and story.unallocated:
        _contact(world, story)
    for start, end in _episodes(story):
        is_last = end is None
        limit = end or world.now
        if world.chance(0.06):
            _declined(world, story, start, limit)
        if story.lead and is_last and story.unallocated:
            # The volunteer has left, and the case waits for another.
            ended = after(limit, -float(world.rng.randint(1, 16)), limit)
            _place(world, story, story.lead, AssignmentRole.LEAD, start, max(start, ended), left=True)
            continue
        if story.lead and story.is_open and world.chance(0.07) and not story.scenario:
            earlier = anyone(world, story, besides=_known(story))
            if earlier:
                handover = after(start, 9, limit)
                _place(world, story, earlier, AssignmentRole.LEAD, start, handover, left=True)
                start = handover
        if story.lead:
            _place(world, story, story.lead, AssignmentRole.LEAD, start, end)
        if story.second and world.chance(0.65):
            _place(world, story, story.second, AssignmentRole.SECOND, after(start, 2, limit), end)
            story.agreed.add(Needed(ConsentPurpose.SECOND))


def _episodes(story: Story) -> list[tuple[datetime, datetime | None]]:
    """(allocated, closed) for each time the case was open; closed is None if it still is."""
    episodes: list[tuple[datetime, datetime | None]] = []
    began: datetime | None = None
    led = False
    for step in story.steps:
        if step.stage is Stage.TRIAGE:
            began, led = step.at, False
        led = led or step.stage is Stage.REVIEW
        if not step.stage.is_open and began:
            if led:
                episodes.append((began, step.at))
            began = None
    if began and story.is_open and story.lead:
        episodes.append((began, None))
    return episodes


def _place(
    world: World,
    story: Story,
    person: Person,
    role: AssignmentRole,
    start: datetime,
    end: datetime | None,
    *,
    left: bool = False,
) -> None:
    offered, answered = world.moments(start, after(start, 2, end or world.now), 2)
    reason = world.pick(HANDED_OVER) if left else f"Case: {Stage.CLOSED.label}" if end else None
    world.rows.add(
        Assignment,
        case_id=story.id,
        volunteer_id=person.id,
        role=role.value,
        status=(AssignmentStatus.ENDED if end else AssignmentStatus.ACCEPTED).value,
        offered_by_id=story.screener.id,
        offered_at=offered,
        reason=world.pick(words.OFFER_REASONS),
        answered_at=answered,
        no_conflict=True,
        ended_at=end,
        ended_reason=reason,
    )


def _contact(world: World, story: Story) -> None:
    """An interim contact for most unallocated cases; some have nobody."""
    person = world.carriers[story.id % len(world.carriers)]
    if story.id % 4 and story.may_see(person):
        answered = min(story.received + timedelta(minutes=20), world.now)
        world.rows.add(
            Assignment,
            case_id=story.id,
            volunteer_id=person.id,
            role=AssignmentRole.INTERIM.value,
            status=AssignmentStatus.ACCEPTED.value,
            offered_by_id=person.id,
            offered_at=answered,
            reason="Until a case lead accepts",
            answered_at=answered,
            no_conflict=True,
        )


def owe_debrief(world: World, story: Story, person: Person, *, days_ago: int) -> None:
    """A debrief to arrange after a hearing."""
    world.rows.add(
        Debrief,
        case_id=story.id,
        volunteer_id=person.id,
        kind=DebriefKind.HEARING.value,
        happened_on=max(story.opened_on, world.today - timedelta(days=days_ago)),
    )


def _declined(world: World, story: Story, start: datetime, limit: datetime) -> None:
    person = anyone(world, story, besides=_known(story))
    if person is None:
        return
    offered, answered = world.moments(start, after(start, 2, limit), 2)
    world.rows.add(
        Assignment,
        case_id=story.id,
        volunteer_id=person.id,
        role=AssignmentRole.LEAD.value,
        status=AssignmentStatus.DECLINED.value,
        offered_by_id=story.screener.id,
        offered_at=offered,
        reason=world.pick(words.OFFER_REASONS),
        answered_at=answered,
        answer=world.pick(TURNED_DOWN),
    )


def _known(story: Story) -> list[Person]:
    return [person for person in (story.lead, story.second) if person]


def offer_to_volunteer(world: World, story: Story) -> None:
    """The offer that waits for the demo volunteer's answer."""
    world.rows.add(
        Assignment,
        case_id=story.id,
        volunteer_id=world.volunteer.id,
        role=AssignmentRole.LEAD.value,
        status=AssignmentStatus.OFFERED.value,
        offered_by_id=story.screener.id,
        offered_at=max(story.received, world.now - timedelta(hours=20)),
        reason="Knows this process and has room for one more.",
    )
