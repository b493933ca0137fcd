"""Asked in view of the body's name, before anything of a case is read: is there a conflict?"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer, viewer_of
from db.asked import asked_case, bodies_of, check_of, is_to_cover
from db.choices import AssignmentStatus
from db.commands.record import audit
from db.commands.recusals import bar
from db.declared import Patterns, Tells, change, command
from db.errors import CommandRefused, NotFound
from db.models import Assignment, Case, ConflictCheck, Recusal

FIELD = "no_conflict"
ANSWER = "Say first whether you have a link to this organisation."
LOOK = "Look at the organisation first: it has not been shown to you, or it has changed since."
LINK = "Has or had a link to the organisation"


change(
    "declare_conflict",
    says="has or had a link to the organisation, and is recused",
    tells=Tells.LEADS,
    moves_access=True,
)


@command(
    says="was shown which organisation the case is about, before answering",
    patterns=Patterns.ALWAYS,
    moves_access=False,
)
def see_bodies(session: Session, *, actor_id: int, reference: str) -> None:
    """Notes, and logs, that somebody who is asked to take on a case is shown the names of its bodies.

    Refuses with NotFound: a case that they are not asked about, behind their wall, or not there.
    """
    viewer = viewer_of(session, actor_id)
    case = asked_case(session, viewer, reference)
    mark = bodies_of(session, case).mark
    known = check_of(session, viewer, case)
    if known is None:
        session.add(ConflictCheck(volunteer_id=viewer.id, case_id=case.id, bodies=mark, shown_at=clock.now()))
    elif known.bodies != mark:
        # What was said of other names says nothing of these.
        known.bodies, known.shown_at, known.answered_at, known.no_conflict = mark, clock.now(), None, None
    else:
        known.shown_at = clock.now()
    audit(session, viewer, "see_bodies", case=case, volunteer_id=viewer.id)


@command(says="said that they know of no conflict, and covers", patterns=Patterns.ALWAYS)
def answer_cover(
    session: Session, *, actor_id: int, reference: str, no_conflict: bool = False, has_conflict: bool = False
) -> None:
    """Whoever covers says of one case, with its bodies in view, whether there is a conflict. Without one they have the
    case while the leave runs; with one they are recused.

    Refuses with NotFound a case they are not to cover; and no answer, and names not seen.
    """
    viewer = viewer_of(session, actor_id)
    case = asked_case(session, viewer, reference)
    if session.scalar(select(Case.id).where(Case.id == case.id, is_to_cover(viewer))) is None:
        raise NotFound
    if has_conflict:
        step_aside(session, viewer, case)
        return
    say_no_conflict(session, viewer, case, no_conflict=no_conflict)
    audit(session, viewer, "answer_cover", case=case, volunteer_id=viewer.id)


def say_no_conflict(session: Session, viewer: Viewer, case: Case, *, no_conflict: bool) -> None:
    """Keeps the answer. Refuses: none given, and names that were not in view, or are not these any more."""
    if not no_conflict:
        raise CommandRefused(ANSWER, field=FIELD)
    known = check_of(session, viewer, case)
    if known is None or known.bodies != bodies_of(session, case).mark:
        raise CommandRefused(LOOK, field=FIELD)
    known.answered_at, known.no_conflict = clock.now(), True
    session.flush()


def say_at_intake(session: Session, viewer: Viewer, case: Case, link: bool | None) -> None:
    """Of a body that is not listed no wall can know: whoever took the message, and typed its name, says it themselves.
    One who has or had a link is recused before the case has a contact."""
    if case.organisation_id is not None or link is None:
        return
    moment = clock.now()
    session.add(
        ConflictCheck(
            volunteer_id=viewer.id,
            case_id=case.id,
            bodies=bodies_of(session, case).mark,
            shown_at=moment,
            answered_at=moment,
            no_conflict=not link,
        )
    )
    if link:
        session.add(Recusal(volunteer_id=viewer.id, case_id=case.id, reason=LINK, at=moment))
        audit(session, viewer, "declare_conflict", case=case, volunteer_id=viewer.id)
    session.flush()


def step_aside(session: Session, viewer: Viewer, case: Case) -> None:
    """They have or had a link: offers to them end as declined, they are recused, and leads hear of it."""
    for row in session.scalars(
        select(Assignment).where(
            Assignment.case_id == case.id,
            Assignment.volunteer_id == viewer.id,
            Assignment.status == AssignmentStatus.OFFERED,
        )
    ):
        row.status, row.answered_at, row.ended_reason = AssignmentStatus.DECLINED, clock.now(), LINK
    if (known := check_of(session, viewer, case)) is not None:
        known.answered_at, known.no_conflict = clock.now(), False
    audit(session, viewer, "declare_conflict", case=case, volunteer_id=viewer.id)
    bar(session, viewer, case, viewer.id, LINK)
