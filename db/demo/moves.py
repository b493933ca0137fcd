"""A case's stage events, with everything that each move must record."""

from datetime import date, timedelta

from db import clock
from db.choices import Attributable, Representation, Stage, YesNo
from db.demo.life import Step
from db.demo.story import Story, a_lead
from db.demo.world import World
from db.models import Audit, StageEvent

OUTCOMES = (
    "procedure_corrected",
    "informal_resolution",
    "exclusion_lifted",
    "return_to_work",
    "no_case",
    "closed_with_advice",
    "settlement",
    "allegation_withdrawn",
    "gmc_closed_triage",
    "apology",
    "resigned",
    "training_restored",
    "warning",
    "dismissed",
    "lost_contact",
)
CLOSURES = ("purpose_met", "purpose_met", "purpose_met", "doctor_withdrew", "lost_contact", "referred_on")
DECLINES = ("out_of_scope", "no_capacity", "duplicate", "withdrew")
SENT_TO = ("The union’s helpline", "A medical defence organisation", "The training office’s adviser")
VIEWS = ("Glad to have been heard.", "Wishes it had started sooner.", "Content with the outcome.", "Not asked again.")
LIMITS = ("None known", "A reply is due within a month", "There may be a hearing, no date yet")
DOCUMENTS = ("Letter and policy", "Letter only", "Twelve papers, indexed", "None yet")
REASONS = {
    Stage.NEW: "Message received",
    Stage.TRIAGE: "Screened",
    Stage.REVIEW: "Accepted; review of circumstances and context started",
    Stage.FINDINGS: "Review done; findings coded",
    Stage.ACTIVE: "Plan agreed with the doctor",
    Stage.CLOSING: "Our part is done",
    Stage.LEARNING: "The doctor agreed to de-identified learning",
    Stage.CLOSED: "Finished",
    Stage.DECLINED: "Outside our scope",
    Stage.REFERRED: "Somebody else can help better",
}
CAUSES = ("A new letter about the same events", "A new stage has started", "The doctor came back with papers")
YEARS_KEPT = 6


def add_moves(world: World, story: Story) -> date | None:
    """Adds the stage events. Returns how long the record is kept, if the case is over."""
    kept: date | None = None
    for step in story.steps:
        details = _details(world, story, step)
        over = step.stage in (Stage.CLOSED, Stage.DECLINED, Stage.REFERRED)
        reopened = step.came_from is not None and not step.came_from.is_open
        by = a_lead(world, story) if over or reopened or step.came_from is None else story.author
        world.rows.add(
            StageEvent,
            case_id=story.id,
            from_stage=step.came_from.value if step.came_from else None,
            to_stage=step.stage.value,
            by_id=by.id,
            at=step.at,
            reason=details["cause"] if reopened else REASONS[step.stage],
            details=details,
        )
        if over:
            kept = kept_until(step)
        if world.full_audit or step.came_from is None:
            action = "stage" if step.came_from else "open_case"
            noted = {"came_from": step.came_from.value, "to": step.stage.value} if step.came_from else {}
            world.rows.add(Audit, at=step.at, actor_id=by.id, action=action, case_id=story.id, details=noted)
    return kept if not story.is_open else None


def kept_until(step: Step) -> date:
    """YEARS_KEPT after closing; one year for a case declined or referred on."""
    years = YEARS_KEPT if step.stage is Stage.CLOSED else 1
    return clock.london_day(step.at) + timedelta(days=round(365.25 * years))


def _details(world: World, story: Story, step: Step) -> dict[str, object]:
    day = clock.london_day(step.at)
    other = story.second if story.second and story.second is not story.author else a_lead(world, story)
    if step.came_from and not step.came_from.is_open:
        return {"cause": world.pick(CAUSES)}
    match step.stage:
        case Stage.TRIAGE:
            return {
                "representation": story.representation.value,
                "limit_dates": world.pick(LIMITS),
                "scope": "A doctor facing a process; within scope.",
            }
        case Stage.REVIEW:
            first = max(story.opened_on, day - world.days(0, 3))
            return {"first_contact": first.isoformat(), "documents": world.pick(DOCUMENTS)}
        case Stage.FINDINGS:
            shown = YesNo.YES if world.chance(0.7) else YesNo.NO
            return {"second_coder": other.id, "shown": shown.value}
        case Stage.ACTIVE:
            return {"plan": "Help with the reply; support at meetings.", "authority": "None yet"}
        case Stage.CLOSING:
            return {
                "outcome": world.pick(OUTCOMES),
                "attributable": world.pick(tuple(Attributable)).value,
                "doctor_view": world.pick(VIEWS),
                "safe_ending": day.isoformat(),
                "papers": "Returned to the doctor; copies deleted.",
            }
        case Stage.LEARNING:
            return {"redaction_checked_by": other.id}
        case Stage.CLOSED:
            return {
                "closure_reason": world.pick(CLOSURES),
                "retain_until": kept_until(step).isoformat(),
                "reviewer": other.id,
            }
        case Stage.DECLINED | Stage.REFERRED:
            reason = "other" if step.stage is Stage.REFERRED else world.pick(DECLINES)
            return {"decline_reason": reason, "sent_to": world.pick(SENT_TO), "told_on": day.isoformat()}
    return {}


def representation_of(world: World, story: Story) -> Representation:
    """Known after triage."""
    if story.stage is Stage.NEW:
        return Representation.UNKNOWN
    members = (
        Representation.NONE,
        Representation.MDO,
        Representation.UNION,
        Representation.SOLICITOR,
        Representation.SEVERAL,
        Representation.UNKNOWN,
    )
    return world.rng.choices(members, weights=(22, 26, 26, 8, 10, 8))[0]
