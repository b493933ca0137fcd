"""Matching a typed organisation to one on the list: done by a lead, and the wall takes effect at once."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import Viewer, read_case, require_lead, viewer_of, visible_cases
from db.card import refresh_card
from db.choices import EntryKind
from db.commands.bodies import add_body, remember_name
from db.commands.record import add_line, audit, touch
from db.commands.recusals import bar
from db.commands.wall import end_barred_access, keeps_a_lead
from db.declared import Patterns, command
from db.errors import CommandRefused
from db.models import Case, CaseProcess, Organisation
from db.rules.body_search import fold

DONE = "Somebody has just matched it. Look at the list again."
LINK = "I work or worked there"


@command(says="matched the organisation to one on the list", patterns=Patterns.ALWAYS)
def match_body(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    organisation_id: int,
    all_same: bool = False,
    remember: bool = False,
) -> int:
    """A lead says which organisation on the list was meant. Its wall takes effect at once: places and offers of people
    it bars end.

    `all_same` matches every case with that typed name that the lead may see; `remember` keeps the typed name as another
    name of the organisation. Returns how many cases were matched. Refuses: not a lead, not found, already matched, no
    such organisation.
    """
    viewer = viewer_of(session, actor_id)
    case = _unmatched(session, viewer, reference)
    body = session.get(Organisation, organisation_id)
    if body is None:
        raise CommandRefused("Organisation: choose from the list.", field="organisation_id")
    return _match(session, viewer, case, body, all_same=all_same, remember=remember)


@command(says=None, patterns=Patterns.ALWAYS)
def match_new_body(
    session: Session,
    *,
    actor_id: int,
    reference: str,
    name: str,
    kind: str,
    region: str,
    nation: str,
    parent_id: int | None = None,
    all_same: bool = False,
) -> int:
    """For an organisation that is on no list: a lead adds it, perhaps as part of one that is, and matches the case.

    Refuses whatever `match_body` or `add_body` refuses.
    """
    viewer = viewer_of(session, actor_id)
    case = _unmatched(session, viewer, reference)
    body = add_body(session, viewer, name=name, kind=kind, region=region, nation=nation, parent_id=parent_id)
    return _match(session, viewer, case, body, all_same=all_same, remember=True)


@command(says=None, patterns=Patterns.ALWAYS)
def step_back_from_body(session: Session, *, actor_id: int, reference: str) -> int:
    """A lead who works or worked there steps back from every case with that typed name that they may see. Returns from
    how many. Refuses: not a lead, not found, already matched."""
    viewer = viewer_of(session, actor_id)
    cases = _same(session, viewer, _unmatched(session, viewer, reference))
    for case in cases:
        audit(session, viewer, "declare_conflict", case=case, volunteer_id=viewer.id)
        bar(session, viewer, case, viewer.id, LINK)
    return len(cases)


def _unmatched(session: Session, viewer: Viewer, reference: str) -> Case:
    case = read_case(session, viewer, reference)
    require_lead(viewer)
    # If two leads do this at once, the second waits here and then sees what the first did.
    locked = select(Case.organisation_id).where(Case.id == case.id).with_for_update()
    if session.scalar(locked) is not None:
        raise CommandRefused(DONE)
    session.refresh(case)
    return case


def _same(session: Session, viewer: Viewer, case: Case) -> Sequence[Case]:
    """The case, and the others with the same typed name that this lead may see."""
    typed = fold(case.body_text or "")
    rows = session.scalars(
        select(Case).where(Case.organisation_id.is_(None), visible_cases(viewer)).order_by(Case.id).with_for_update()
    )
    return [row for row in rows if row.id == case.id or (typed and fold(row.body_text or "") == typed)]


def _match(session: Session, viewer: Viewer, case: Case, body: Organisation, *, all_same: bool, remember: bool) -> int:
    typed = case.body_text or ""
    cases = _same(session, viewer, case) if all_same else [case]
    ids = [one.id for one in cases]
    with keeps_a_lead(session, ids):
        for one in cases:
            _match_one(session, viewer, one, body)
        if remember and typed:
            remember_name(session, body, typed)
    end_barred_access(session, viewer, case_ids=ids)
    for id in ids:
        refresh_card(session, id)
    return len(ids)


def _match_one(session: Session, viewer: Viewer, case: Case, body: Organisation) -> None:
    case.organisation_id = body.id
    case.body_kind = body.kind
    # If the list does not say, keep what the doctor said.
    if body.region != "not_stated":
        case.region, case.nation = body.region, body.nation
    # Processes from the first day were said to be run by that organisation.
    began_with_it = select(CaseProcess).where(
        CaseProcess.case_id == case.id,
        CaseProcess.organisation_id.is_(None),
        CaseProcess.started_on == case.opened_on,
    )
    for process in session.scalars(began_with_it):
        process.organisation_id = body.id
    add_line(
        session,
        viewer,
        case,
        EntryKind.SYSTEM,
        f"Organisation matched: “{case.body_text or 'not known'}” is {body.name} ({body.code}).",
    )
    touch(case, viewer)
    audit(session, viewer, "match_body", case=case, organisation_id=body.id)
