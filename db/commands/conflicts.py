"""Before somebody reads a case they see the names of its organisations, and say whether they have a conflict."""

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
ANSWER = "Say whether you have or had a link to this organisation."
LOOK = "See the organisation’s name first: you have not seen it yet, or it has changed."
LINK = "Has or had a link to the organisation"


change(
    "declare_conflict",
    says="stepped back: has or had a link to the organisation",
    tells=Tells.LEADS,
    moves_access=True,
)


@command(
    says="saw which organisation the case is about, before answering",
    patterns=Patterns.ALWAYS,
    moves_access=False,
)
def see_bodies(session: Session, *, actor_id: int, reference: str) -> None:
    """Records that somebody who is asked to take on a case has been shown the names of its organisations.

    Refuses (NotFound): a case they are not asked about, one they are barred from, or one that does not exist.
    """
    viewer = viewer_of(session, actor_id)
    case = asked_case(session, viewer, reference)
    mark = bodies_of(session, case).mark
    known = check_of(session, viewer, case)
    if known is None:
        session.add(ConflictCheck(volunteer_id=viewer.id, case_id=case.id, bodies=mark, shown_at=clock.now()))
    elif known.bodies != mark:
        # Their answer was about other names.
        known.bodies, known.shown_at, known.answered_at, known.no_conflict = mark, clock.now(), None, None
    else:
        known.shown_at = clock.now()
    audit(session, viewer, "see_bodies", case=case, volunteer_id=viewer.id)


@command(says="said that they know of no conflict, and can cover the case", patterns=Patterns.ALWAYS)
def answer_cover(
    session: Session, *, actor_id: int, reference: str, no_conflict: bool = False, has_conflict: bool = False
) -> None:
    """The person covering says, for one case and having seen its organisations' names, whether they have a conflict.
    Without one they have the case during the leave; with one they step back.

    Refuses: a case they do not cover (NotFound), no answer, names they have not seen.
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
    """Keeps the answer. Refuses: no answer, and names they have not seen or that have changed since."""
    if not no_conflict:
        raise CommandRefused(ANSWER, field=FIELD)
    known = check_of(session, viewer, case)
    if known is None or known.bodies != bodies_of(session, case).mark:
        raise CommandRefused(LOOK, field=FIELD)
    known.answered_at, known.no_conflict = clock.now(), True
    session.flush()


def say_at_intake(session: Session, viewer: Viewer, case: Case, link: bool | None) -> None:
    """No wall can know of an organisation that is not listed, so the person recording the case, who typed its name, is
    asked. If they have or had a link, they step back before the case gets an interim contact."""
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


def step_aside(session: Session, viewer: Viewer, case: Case, *, said: str = "") -> None:
    """Somebody steps back because of a link: offers to them end as declined, with what they `said`, they are barred,
    and leads are told."""
    offer: dict[str, int] = {}
    for row in session.scalars(
        select(Assignment).where(
            Assignment.case_id == case.id,
            Assignment.volunteer_id == viewer.id,
            Assignment.status == AssignmentStatus.OFFERED,
        )
    ):
        row.status, row.answered_at, row.ended_reason = AssignmentStatus.DECLINED, clock.now(), LINK
        row.answer, offer = said or None, {"assignment_id": row.id}
    if (known := check_of(session, viewer, case)) is not None:
        known.answered_at, known.no_conflict = clock.now(), False
    audit(session, viewer, "declare_conflict", case=case, volunteer_id=viewer.id, **offer)
    bar(session, viewer, case, viewer.id, LINK)
