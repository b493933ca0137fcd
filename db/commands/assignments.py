"""Places on a case: offered with a reason, accepted or declined, and ended with a handover note."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, is_barred, read_case, require_lead, viewer_of
from db.away import away_today
from db.card import refresh_card
from db.choices import AssignmentRole, AssignmentStatus, ConsentPurpose, EntryKind, Role
from db.commands.action_owners import pass_on
from db.commands.caps import too_much
from db.commands.conflicts import say_no_conflict, step_aside
from db.commands.first_reply import own_first_reply
from db.commands.interim_places import end_contacts, keep_a_contact
from db.commands.record import add_line, audit, clean_text, touch
from db.consented import agrees, need_consent
from db.declared import Patterns, Tells, change, command
from db.errors import CommandRefused, NotFound
from db.models import Assignment, Case, Handover, Leave, Volunteer
from db.rules.consent import Needed
from db.rules.families import NOT_MATCHED
from db.rules.limits import REASON_LENGTH


def _answered(details: Mapping[str, object]) -> str:
    # Rows from an earlier version say only that there was an answer.
    if "accepted" not in details:
        return "answered an offer of the case"
    return f"{'accepted' if details['accepted'] else 'declined'} the offer of the case"


change(
    "left_behind",
    says="noted that {about} has left and the case must be handed over",
    tells=Tells.LEADS,
    moves_access=True,
)


@command(says="offered the case to {about}", patterns=Patterns.NEVER)
def offer_case(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    volunteer_id: int,
    role: AssignmentRole,
    reason: str,
    unchecked: bool = False,
) -> None:
    """A lead offers a place. Refuses: not a lead, not found, a closed case, somebody barred, away, at capacity, over
    their caseload limit or not doing casework; a second case lead; a second volunteer to whom the doctor has not
    agreed; and a case whose organisation is not matched, unless the lead says that nobody has been checked
    (`unchecked`).
    """
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    if not case.is_open:
        raise CommandRefused("This case is not open.")
    if role is AssignmentRole.LEAD and case.lead_id is not None:
        raise CommandRefused(
            "This case already has a case lead. Offer it as a handover, or end their part in it first.", field="role"
        )
    person, _ = add_offer(session, viewer, case, volunteer_id, role, reason, unchecked=unchecked)
    words = f"{role.label} offered to {person.name}.{said_unchecked(case)}"
    _record(session, viewer, case, words, "offer_case", volunteer_id)


def add_offer(
    session: Session,
    viewer: Viewer,
    case: Case,
    volunteer_id: int,
    role: AssignmentRole,
    reason: str,
    *,
    unchecked: bool = False,
) -> tuple[Volunteer, Assignment]:
    """Offers a place on an open case, after checking that this person may have it."""
    if case.organisation_id is None and not unchecked:
        raise CommandRefused(f"{NOT_MATCHED}. Match it first, or tick to offer the case anyway.", field="unchecked")
    words = clean_text(reason, field="reason", label="Reason")
    if role is AssignmentRole.SECOND:
        need_consent(session, case, Needed(ConsentPurpose.SECOND), field="role")
    person = session.get(Volunteer, volunteer_id)
    # The same sentence for every reason, so that it does not show who is barred.
    unfit = person is None or not person.active or person.role is Role.OBSERVER
    if person is None or unfit or is_barred(session, volunteer_id, case.id):
        raise CommandRefused("Volunteer: choose from the list.", field="volunteer_id")
    if person.says_full:
        raise CommandRefused(
            f"{person.name} is at capacity. Ask them first, or offer it to somebody else.",
            field="volunteer_id",
        )
    if session.scalar(away_today().where(Leave.volunteer_id == volunteer_id)) is not None:
        raise CommandRefused(f"{person.name} is on leave today. Offer it to somebody else.", field="volunteer_id")
    if too := too_much(session, viewer, person, case, role):
        raise CommandRefused(
            f"{person.name} {too}. Offer it to somebody else, or raise their caseload limit on “People”.",
            field="volunteer_id",
        )
    row = Assignment(
        case_id=case.id,
        volunteer_id=volunteer_id,
        role=role,
        status=AssignmentStatus.OFFERED,
        offered_by_id=viewer.id,
        offered_at=clock.now(),
        reason=words,
    )
    session.add(row)
    session.flush()
    return person, row


def said_unchecked(case: Case) -> str:
    """Added to the record of an offer if nobody could be checked."""
    return "" if case.organisation_id is not None else f" {NOT_MATCHED}."


@command(says=_answered, patterns=Patterns.ALWAYS, tells=Tells.ASKER)
def answer_offer(
    session: Session,
    *,
    actor_id: int,
    assignment_id: int,
    accept: bool,
    no_conflict: bool = False,
    has_conflict: bool = False,
    reason: str = "",
) -> str:
    """The person offered a place accepts it, having seen the names of the case's organisations (`see_bodies`) and said
    that they know of no conflict; or declines it. Somebody with a conflict steps back instead.

    When a case lead accepts, a place handed over ends with its note, and so does every interim contact's; the first
    reply to the doctor is theirs from now on. Whoever offered it is told of the answer; they and leads read what was
    said with it (`reason`), whatever the answer was.

    Returns the case's reference. Refuses: somebody else's offer or none ("not found"), already answered, no answer
    about a conflict, names they have not seen or that have changed, over their caseload limit,
    and accepting to be case lead after somebody else has.
    """
    viewer = viewer_of(session, actor_id)
    row, case = _own_row(session, viewer, assignment_id, AssignmentStatus.OFFERED)
    left: list[Volunteer] = []
    said = clean_text(reason, field="reason", label="Reason", required=False, most=REASON_LENGTH)
    if has_conflict:
        step_aside(session, viewer, case, said=said)
        return case.reference
    if accept:
        if row.role is AssignmentRole.SECOND and not agrees(session, case, Needed(ConsentPurpose.SECOND)):
            # What the doctor said is for people on the case.
            raise CommandRefused("This offer can’t be accepted any more. Ask whoever made it.")
        say_no_conflict(session, viewer, case, no_conflict=no_conflict)
        person = session.get_one(Volunteer, viewer.id)
        if too := too_much(session, viewer, person, case, row.role):
            raise CommandRefused(f"{person.name} {too}. Decline it, or ask a lead to raise your caseload limit.")
        if row.role is AssignmentRole.LEAD:
            left = _take_over(session, viewer, case, row)
        row.status, row.no_conflict = AssignmentStatus.ACCEPTED, True
        words = f"{row.role.label} accepted."
    else:
        row.status = AssignmentStatus.DECLINED
        words = f"{row.role.label} declined."
    row.answered_at, row.answer = clock.now(), said or None
    session.flush()
    for person in left:
        pass_on(session, viewer, case, person, "left the case", only_to_a_lead=True)
    if accept and row.role is AssignmentRole.LEAD:
        own_first_reply(session, viewer, case)
    asked = {"accepted": accept, "asked_by_id": row.offered_by_id, "assignment_id": row.id}
    _record(session, viewer, case, words, "answer_offer", viewer.id, **asked)
    return case.reference


@command(says="noted that {about} is no longer on the case", patterns=Patterns.ALWAYS)
def end_assignment(session: Session, *, actor_id: int, reference: str, assignment_id: int, handover: str) -> None:
    """Ends a place or takes back an offer, with a handover note: a person's own, or anybody's for a lead. Their actions
    on the case pass to a lead."""
    viewer = viewer_of(session, actor_id)
    case = read_case(session, viewer, reference)
    row = session.get(Assignment, assignment_id)
    live = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
    if row is None or row.case_id != case.id or row.status not in live:
        raise CommandRefused("They have already left this case.", field="assignment_id")
    if row.volunteer_id != viewer.id:
        require_lead(viewer)
    note = clean_text(handover, field="handover", label="Handover note")
    person = session.get_one(Volunteer, row.volunteer_id)
    was_on_it = row.status is AssignmentStatus.ACCEPTED
    row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), note
    if was_on_it:
        pass_on(session, viewer, case, person, "left the case", only_to_a_lead=True)
    words = f"Offer to {person.name} taken back. {note}"
    if was_on_it:
        words = f"{person.name} is no longer {row.role.label.lower()}. Handover: {note}"
        keep_a_contact(session, viewer, case, left=row.volunteer_id)
    _record(session, viewer, case, words, "end_assignment", row.volunteer_id)


def end_seconds(session: Session, viewer: Viewer, case: Case) -> None:
    """Ends every second volunteer's place and takes back every offer of one: the doctor does not agree to any."""
    live = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
    rows = session.execute(
        select(Assignment, Volunteer)
        .join(Volunteer, Volunteer.id == Assignment.volunteer_id)
        .where(Assignment.case_id == case.id, Assignment.role == AssignmentRole.SECOND, Assignment.status.in_(live))
        .order_by(Assignment.id)
    ).all()
    for row, person in rows:
        was_on_it = row.status is AssignmentStatus.ACCEPTED
        row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), "No consent any more"
        session.flush()
        if was_on_it:
            pass_on(session, viewer, case, person, "left the case", only_to_a_lead=True)
        words = "The doctor does not agree to a second volunteer: "
        words += f"{person.name} is no longer on the case." if was_on_it else f"offer to {person.name} taken back."
        _record(session, viewer, case, words, "end_assignment", person.id)


def mark_left_behind(session: Session, viewer: Viewer | None, person: Volunteer, why: str = "has left") -> None:
    """For somebody who leaves or stops doing casework (`why`): takes back their unanswered offers, and notes on each of
    their open cases that it must be handed over.
    """
    live = (AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED)
    rows = session.execute(
        select(Assignment, Case)
        .join(Case, Case.id == Assignment.case_id)
        .where(Assignment.volunteer_id == person.id, Assignment.status.in_(live), Case.is_open)
        .order_by(Assignment.id)
    ).all()
    for row, case in rows:
        if row.status is AssignmentStatus.OFFERED:
            row.status, row.ended_at, row.ended_reason = AssignmentStatus.ENDED, clock.now(), "Has left"
            words, action = f"Offer taken back: {person.name} {why}.", "end_assignment"
        else:
            words, action = f"{person.name}, {row.role.label.lower()}, {why}: please hand over.", "left_behind"
        _record(session, viewer, case, words, action, person.id)


def _own_row(session: Session, viewer: Viewer, assignment_id: int, status: AssignmentStatus) -> tuple[Assignment, Case]:
    row = session.get(Assignment, assignment_id)
    if row is None or row.volunteer_id != viewer.id or is_barred(session, viewer.id, row.case_id):
        raise NotFound("That offer is no longer open.")
    if row.status is not status:
        raise CommandRefused("That offer has already been answered.")
    return row, session.get_one(Case, row.case_id)


def _take_over(session: Session, viewer: Viewer, case: Case, offer: Assignment) -> list[Volunteer]:
    """Ends the places that the new case lead takes over; returns whose they were, except leads who were contacts.
    Refuses if there is a case lead whom this offer does not replace."""
    known = session.scalar(select(Handover).where(Handover.offer_id == offer.id))
    held = session.get_one(Assignment, known.replaces_id) if known else None
    if case.lead_id is not None and not (held and held.status is AssignmentStatus.ACCEPTED):
        raise CommandRefused("Somebody else has just become case lead. Refresh to see who.")
    before = None
    if known and held and held.status is AssignmentStatus.ACCEPTED:
        before = session.get_one(Volunteer, held.volunteer_id)
        held.status, held.ended_at, held.ended_reason = AssignmentStatus.ENDED, clock.now(), known.note
        words = f"{before.name} is no longer {held.role.label.lower()}. Handover: {known.note}"
        add_line(session, viewer, case, EntryKind.SYSTEM, words)
        audit(session, viewer, "end_assignment", case=case, volunteer_id=before.id)
        # Written before the new case lead: the database allows one at a time.
        session.flush()
    contacts = (
        select(Volunteer)
        .join(Assignment, Assignment.volunteer_id == Volunteer.id)
        .where(
            Assignment.case_id == case.id,
            Assignment.role == AssignmentRole.INTERIM,
            Assignment.status == AssignmentStatus.ACCEPTED,
            Volunteer.role != Role.LEAD,
        )
    )
    left = list(session.scalars(contacts))
    end_contacts(session, case)
    return [*left, before] if before else left


def _record(
    session: Session, viewer: Viewer | None, case: Case, words: str, action: str, volunteer_id: int, **details: object
) -> None:
    add_line(session, viewer, case, EntryKind.SYSTEM, words)
    touch(case, viewer)
    audit(session, viewer, action, case=case, volunteer_id=volunteer_id, **details)
    refresh_card(session, case.id)
